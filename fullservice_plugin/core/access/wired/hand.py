# SPDX-License-Identifier: GPL-2.0-or-later
"""The designer's hand: what a person has drawn, locked, forbidden or placed, and the street graph under it.

All geometry is in the metric CRS of the design. What cannot be honoured is told, never dropped in silence.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence

import numpy as np
from scipy.spatial import cKDTree

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.wired.graph import StreetGraph
from fullservice_plugin.core.access.wired.jit import Array
from fullservice_plugin.core.access.wired.noding import near
from fullservice_plugin.core.access.wlan.model import GivenAp
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable, Problem

_ALONG = 0.5  # metres: what lies within this of a line runs along it
_DRAWN = "hand-"  # ids of drawn ways
_ACTIONS = ("draw", "lock", "forbid", "prefer")
_CONSTRUCTIONS = ("trench", "aerial", "wall", "duct")
_KINDS = ("box", "cabinet")


@dataclass(frozen=True)
class DrawnRoute:
    """A way drawn by hand: ``line`` (shapely) and how it is built (trench, aerial, wall or duct)."""

    line: Any
    construction: str = "trench"


@dataclass(frozen=True)
class Hand:
    """What the designer decided.

    ``drawn``: new ways, always built; ``locked``: lines of ways that stay in the design; ``forbidden`` and
    ``preferred``: lines no way may follow, or rather should (its price times the rule ``preferred_factor`` in the
    search, its true price in the bill); ``cabinets`` and ``boxes``: points where one stands; ``homes``: building id →
    point of the box that serves it; ``aps``: access points of the WLAN that keep their places.
    """

    drawn: tuple[DrawnRoute, ...] = ()
    locked: tuple[Any, ...] = ()
    forbidden: tuple[Any, ...] = ()
    preferred: tuple[Any, ...] = ()
    cabinets: tuple[Any, ...] = ()
    boxes: tuple[Any, ...] = ()
    homes: Mapping[str, Any] = field(default_factory=dict)
    aps: tuple[GivenAp, ...] = ()

    def __bool__(self) -> bool:
        return any((self.drawn, self.locked, self.forbidden, self.preferred, self.cabinets, self.boxes, self.homes,
                    self.aps))


def read_hand(ways: Optional[FeatureTable], sites: Optional[FeatureTable]) -> Hand:
    """The hand from two layers in the metric CRS.

    ``ways`` (lines): ``action`` draw (default), lock, forbid or prefer; ``construction`` of a drawn way. ``sites``
    (points): ``kind`` box (default) or cabinet; ``building_id`` moves that building to a box here. Raises
    :class:`InputError` that names layer and feature for a value that cannot be used.
    """
    lines: dict[str, list[Any]] = {action: [] for action in _ACTIONS}
    if ways is not None:
        for key, shape, action, how in zip(ways.ids, ways.geometry, ways.column("action"), ways.column("construction")):
            what = _one_of(ways, key, "action", action, _ACTIONS)
            built = _one_of(ways, key, "construction", how, _CONSTRUCTIONS)
            _shaped(ways, key, shape, "Line")
            lines[what].append(DrawnRoute(shape, built) if what == "draw" else shape)
    points: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    homes: dict[str, Any] = {}
    if sites is not None:
        for key, shape, kind, home in zip(sites.ids, sites.geometry, sites.column("kind"), sites.column("building_id")):
            _shaped(sites, key, shape, "Point")
            chosen = _one_of(sites, key, "kind", kind, _KINDS)
            if home not in (None, ""):
                homes[str(home)] = shape
            else:
                points[chosen].append(shape)
    return Hand(tuple(lines["draw"]), tuple(lines["lock"]), tuple(lines["forbid"]), tuple(lines["prefer"]),
                tuple(points["cabinet"]), tuple(points["box"]), homes)


def _one_of(table: FeatureTable, key: str, name: str, value: Any, known: tuple[str, ...]) -> str:
    text = str(value or known[0]).strip().lower()
    if text not in known:
        raise InputError("{layer}: field {field} of feature {feature} must be one of {known}, found {value}.",
                         layer=table.name or "Hand", field=name, feature=key, known=list(known), value=repr(value))
    return text


def _shaped(table: FeatureTable, key: str, shape: Any, kind: str) -> None:
    if shape is None or shape.is_empty or kind not in shape.geom_type:
        raise InputError("{layer}: feature {feature} has no geometry that can be used here.",
                         layer=table.name or "Hand", feature=key)


@dataclass
class Marks:
    """The hand on a graph: masks of edges ``locked`` and ``preferred``, nodes of given ``cabinets`` and ``boxes``,
    ``homes`` building row → node of its box; ``problems`` what could not be honoured."""

    locked: Array
    preferred: Array
    cabinets: list[int] = field(default_factory=list)
    boxes: list[int] = field(default_factory=list)
    homes: dict[int, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def sites(self) -> list[int]:
        """Nodes that a tree must reach for the given sites."""
        return sorted({*self.cabinets, *self.boxes, *self.homes.values()})


def with_drawn(streets: FeatureTable, hand: Hand) -> FeatureTable:
    """The streets with drawn ways added, and those that lie on a forbidden line as a whole forbidden.

    Raises :class:`InputError` for a drawn way that is no line.
    """
    if not hand.drawn and not hand.forbidden:
        return streets
    for k, way in enumerate(hand.drawn):
        if way.line is None or way.line.is_empty or "Line" not in way.line.geom_type or not way.line.length > 0:
            raise InputError("The way {number} drawn by hand is no line. Draw at least two different points.",
                             number=k + 1)
    n, more = len(streets), len(hand.drawn)
    columns = {name: [*values, *[None] * more] for name, values in streets.columns.items()}
    for name in ("construction", "forbidden", "highway"):
        columns.setdefault(name, [None] * (n + more))
    typed = any(value not in (None, "") for value in columns["highway"])
    for k, way in enumerate(hand.drawn):
        columns["construction"][n + k] = way.construction
        columns["highway"][n + k] = "residential" if typed else None
    for i in np.flatnonzero(_covered(list(streets.geometry), hand.forbidden)):
        columns["forbidden"][int(i)] = True
    return FeatureTable([*streets.ids, *(f"{_DRAWN}{k + 1}" for k in range(more))],
                        [*streets.geometry, *(way.line for way in hand.drawn)], columns, list(streets.problems),
                        streets.name)


def _covered(shapes: list[Any], lines: Sequence[Any]) -> Array:
    """Which of the shapes (lines or None) lie along the given lines with all their corners and middles."""
    found = np.zeros(len(shapes), dtype=bool)
    start, end = _segments(lines)
    if not len(start):
        return found
    points, owner = [], []
    for i, shape in enumerate(shapes):
        if shape is not None and not shape.is_empty and "Line" in shape.geom_type:
            xy = np.concatenate([np.asarray(part.coords)[:, :2] for part in getattr(shape, "geoms", [shape])])
            xy = np.concatenate([xy, (xy[1:] + xy[:-1]) / 2])
            points.append(xy)
            owner.append(np.full(len(xy), i))
    if not points:
        return found
    of, on = np.concatenate(owner), np.zeros(sum(map(len, points)), dtype=bool)
    on[near(np.concatenate(points), start, end, _ALONG)[0]] = True
    return np.bincount(of, minlength=len(shapes)) == np.bincount(of[on], minlength=len(shapes)) if on.any() else found


def _segments(lines: Sequence[Any]) -> tuple[Array, Array]:
    start, end = [], []
    for line in lines:
        for part in getattr(line, "geoms", [line]):
            xy = np.asarray(part.coords, dtype=np.float64)[:, :2]
            start.append(xy[:-1])
            end.append(xy[1:])
    if not start:
        return np.zeros((0, 2)), np.zeros((0, 2))
    return np.concatenate(start), np.concatenate(end)


def mark(graph: StreetGraph, hand: Hand, buildings: FeatureTable, catalogue: Catalogue) -> Marks:
    """Find on the graph what the hand speaks of; forbidden edges are taken out of the graph.

    A given site stands at the nearest node within the rule ``supply_max_m``.
    """
    taken = _along(graph, hand.forbidden)
    if taken.any():
        graph.keep_edges(~taken)
    locked = _along(graph, [*hand.locked, *(way.line for way in hand.drawn)])
    marks = Marks(locked, _along(graph, hand.preferred))
    reach = catalogue.rule("supply_max_m")
    index = cKDTree(graph.xy)
    for points, nodes in ((hand.cabinets, marks.cabinets), (hand.boxes, marks.boxes)):
        for point in points:
            node = _node(index, point, reach)
            if node is None:
                marks.problems.append(_too_far(point, reach))
            elif node not in nodes:
                nodes.append(node)
    row_of = {key: i for i, key in enumerate(buildings.ids)}
    for key, point in sorted(hand.homes.items()):
        node = _node(index, point, reach)
        if key not in row_of or node is None:
            marks.problems.append(_too_far(point, reach) if key in row_of else Problem(
                key, "Building {building} was moved to another box by hand but is not in this design.",
                {"building": key}))
        else:
            marks.homes[row_of[key]] = node
    return marks


def _along(graph: StreetGraph, lines: Sequence[Any]) -> Array:
    """Mask of the edges whose ends and middle lie along the lines."""
    found = np.zeros(graph.m, dtype=bool)
    start, end = _segments(lines)
    if not len(start):
        return found
    hits = np.zeros(graph.m, dtype=np.int64)
    a, b = graph.xy[graph.tails], graph.xy[graph.heads]
    for points in (a, b, (a + b) / 2):
        hits[np.unique(near(points, start, end, _ALONG)[0])] += 1
    along: Array = hits == 3
    return along


def _node(index: cKDTree, point: Any, reach: float) -> Optional[int]:
    far, node = index.query([point.x, point.y])
    return int(node) if far <= reach else None


def _too_far(point: Any, reach: float) -> Problem:
    return Problem("hand", "The place given at {x}, {y} lies more than {distance} m from every way. Move it, or draw "
                   "the way that leads there.",
                   {"x": round(point.x, 1), "y": round(point.y, 1), "distance": round(reach)})


def search_costs(costs: Array, marks: Marks, catalogue: Catalogue) -> Array:
    """The costs the tree search sees: locked ways are paid for anyway, preferred ones are cheaper than they are."""
    seen = np.where(marks.preferred, costs * catalogue.rule("preferred_factor"), costs)
    return np.where(marks.locked, 0.0, seen)


def locked_ends(graph: StreetGraph, marks: Marks) -> list[int]:
    """Nodes that a tree must reach so that every locked edge is part of it."""
    ends = np.unique(np.concatenate([graph.tails[marks.locked], graph.heads[marks.locked]]))
    return [int(node) for node in ends]
