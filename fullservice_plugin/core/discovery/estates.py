# SPDX-License-Identifier: GPL-2.0-or-later
"""Buildings grouped into estates (楼盘): by areas, by names, else by street block and distance.

Buildings are linked from the nearest pair upwards. A link is taken only where it crosses no main road
(primary to tertiary), stays in one block unless both sides are known to be one estate, and joins no two
different names. What hangs together is an estate.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Optional, Sequence

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.blocks import Blocks, build_blocks, crosses, holding
from fullservice_plugin.core.discovery.boxes import near_pairs
from fullservice_plugin.core.discovery.cluster import Rules, single_linkage
from fullservice_plugin.core.discovery.footprints import Footprints, footprints_of
from fullservice_plugin.core.discovery.households import number_in
from fullservice_plugin.core.discovery.names import normal, parse_name
from fullservice_plugin.core.discovery.nearest import point_distances
from fullservice_plugin.core.discovery.outlines import outlines
from fullservice_plugin.core.discovery.source import COLUMNS
from fullservice_plugin.core.discovery.threads import in_threads
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

_NEAR = 20.0  # m between walls that make neighbours in a block
_ALIKE_NEAR = 40.0  # m between walls of two alike buildings (rows of slabs stand 20–40 m apart)
_SAME_LABEL = 150.0  # m between buildings of one name or area
_ALIKE = 0.55  # area ratio from which two footprints count as alike
_TALL, _SAME_HEIGHT = 12.0, 0.9  # m and ratio of heights from which two buildings count as alike as well
_NEXT, _SERIES = 3, 60.0  # buildings called 85幢 and 86幢 alone: numbers apart, m between walls
_STOREY_M = 3.0
_POINTS = 20_000  # points looked at at once
_STREET_FIELDS = ("addr:street", "street", "addr_street")
_NUMBER_FIELDS = ("addr:housenumber", "housenumber", "addr_housenumber")


@dataclass(frozen=True)
class Estate:
    """One estate: ``members`` are row numbers of the buildings; ``geometry`` its outline (metres).

    ``method`` is ``area``, ``name`` or ``block``; ``households`` None where no member has any known;
    ``named_by`` is ``area``, ``name``, ``building``, ``address``, ``guess`` (one of many buildings) or empty.
    """

    id: str
    name: str
    members: tuple[int, ...]
    households: Optional[int]
    geometry: Any
    method: str
    named_by: str = ""


@dataclass(frozen=True)
class _Label:
    key: str
    name: str
    method: str
    area: Any = None


def group_estates(
    buildings: FeatureTable,
    streets: Optional[FeatureTable] = None,
    areas: Optional[FeatureTable] = None,
    name_field: str = "name",
    progress: Progress = SILENT,
) -> list[Estate]:
    """Return the estates of a table of footprints; all tables in one metric CRS.

    ``streets`` may have a road class (``highway`` or alike), ``areas`` a ``name``. A column ``households``
    is summed, a column ``estate_id`` (an earlier grouping) keeps ids stable. Every building with a
    footprint belongs to exactly one estate; those without get none.
    """
    prints = footprints_of(buildings.geometry)
    rows = np.nonzero(prints.area > 0)[0]
    points = inner_points(prints, rows, buildings.geometry)
    blocks = build_blocks(streets, points)
    progress.step(0.3)
    labels = _labels(buildings, rows, points, areas, name_field)
    hints = _heights(buildings, rows), _numbers(buildings, rows, name_field)
    progress.step(0.4)
    groups = [[int(rows[k]) for k in group] for group in _grouped(rows, prints, blocks, labels, *hints)]
    progress.step(0.7)
    at = {int(row): k for k, row in enumerate(rows)}
    facts = {
        name: buildings.column(name) for name in ("households", name_field, *_STREET_FIELDS, *_NUMBER_FIELDS) if name
    }
    ids = _stable_ids(buildings, groups)
    told = [_label_of([at[row] for row in group], labels) for group in groups]
    given = [label.area if label is not None else None for label in told]
    drawn = outlines(groups, prints, buildings.geometry, given, progress.part(0.7, 1.0))
    return [_estate(ids[k], group, told[k], drawn[k], facts, name_field) for k, group in enumerate(groups)]


def inner_points(prints: Footprints, rows: Array, shapes: Sequence[Any]) -> Array:
    """Return a point (row x, y) inside each footprint of ``rows``: its centroid where that lies inside."""
    points = prints.centroid[rows].copy()
    parts = [slice(first, first + _POINTS) for first in range(0, len(rows), _POINTS)]
    away = in_threads(lambda part: point_distances(prints, points[part, 0], points[part, 1], rows[part]) > 0, parts)
    for k in np.nonzero(np.concatenate([np.zeros(0, dtype=bool), *away]))[0]:
        point = shapes[rows[k]].representative_point()
        points[k] = point.x, point.y
    return points


def _labels(
    buildings: FeatureTable, rows: Array, points: Array, areas: Optional[FeatureTable], name_field: str
) -> list[Optional[_Label]]:
    """Return what is known of each building: the smallest area it lies in, else the estate in its name."""
    found: list[Optional[_Label]] = [None] * len(rows)
    if areas is not None and len(areas):
        names = areas.column("name")
        shapes = [(k, s) for k, s in enumerate(areas.geometry) if s is not None and s.geom_type.endswith("Polygon")]
        if shapes and len(points):
            shapes.sort(key=lambda pair: -pair[1].area)  # the smallest comes last and stays
            for k, inside in holding([shape for _, shape in shapes], points):
                row, shape = shapes[k]
                label = _Label(f"area:{areas.ids[row]}", _area_name(names[row]), "area", shape)
                for point in inside.tolist():
                    found[point] = label
    given = buildings.columns.get(name_field, []) if name_field else []
    parsed = {k: parse_name(given[row]) for k, row in enumerate(rows.tolist()) if given and given[row]}
    keys = {k: normal(one.estate) for k, one in parsed.items()}
    seen = Counter(keys.values())
    for k, one in parsed.items():
        if found[k] is None and keys[k] and (one.number or one.phase) and seen[keys[k]] > 1:
            found[k] = _Label(f"name:{keys[k]}", one.estate, "name")
    return found


def _heights(buildings: FeatureTable, rows: Array) -> Array:
    """Return the height in metres of each row, from its height or its storeys; 0 where neither is known."""
    found = np.zeros(len(rows))
    for names, metres in ((COLUMNS["storeys"], _STOREY_M), (COLUMNS["height"], 1.0)):
        for name in names:
            if name in buildings.columns:
                column = buildings.columns[name]
                told = np.array([number_in(column[row]) or 0.0 for row in rows.tolist()])
                found = np.where(told > 0, told * metres, found)
                break
    return found


def _numbers(buildings: FeatureTable, rows: Array, name_field: str) -> Array:
    """Return the number of each building that is called by a number alone (86幢), 0 for all others."""
    found = np.zeros(len(rows), dtype=np.int64)
    given = buildings.columns.get(name_field, []) if name_field else []
    for k, row in enumerate(rows.tolist() if given else ()):
        one = parse_name(given[row]) if given[row] else None
        if one is not None and not one.estate and one.number.isdigit() and len(one.number) <= 4:
            found[k] = int(one.number)
    return found


def _area_name(value: Any) -> str:
    """Return an area's name without the words that only say it is an outline (…轮廓, …范围)."""
    return re.sub(r"(?:轮廓|范围|边界|boundary)$", "", str(value or "")).strip()


def _grouped(
    rows: Array,
    prints: Footprints,
    blocks: Blocks,
    labels: Sequence[Optional[_Label]],
    height: Array,
    number: Array,
) -> list[list[int]]:
    """Return the buildings of each estate, by their numbers within ``rows``.

    ``height`` (m) and ``number`` (of a building called by a number alone) are per row, 0 where not known.
    """
    codes: dict[str, int] = {}
    label = np.array([codes.setdefault(one.key, len(codes) + 1) if one else 0 for one in labels], dtype=np.int64)
    ties = _same_label_pairs(prints.bounds[rows], label)
    area, closed = prints.area[rows], np.array([bool(one and one.method == "area") for one in labels], dtype=bool)

    def one(i: Array, j: Array) -> Array:
        return np.asarray((label[i] == label[j]) & (label[i] > 0))

    def allowed(i: Array, j: Array) -> Array:
        # an area is closed: nothing outside it joins
        free = ~closed[i] & ~closed[j] & (blocks.face[i] == blocks.face[j])
        return np.asarray((blocks.main_face[i] == blocks.main_face[j]) & (one(i, j) | free))

    def limit(i: Array, j: Array) -> Array:
        alike = np.minimum(area[i], area[j]) >= _ALIKE * np.maximum(area[i], area[j])
        high = np.minimum(height[i], height[j])
        alike |= (high >= _TALL) & (high >= _SAME_HEIGHT * np.maximum(height[i], height[j]))
        series = (number[i] > 0) & (number[j] > 0) & (np.abs(number[i] - number[j]) <= _NEXT)
        return np.where(one(i, j), _SAME_LABEL, np.where(series, _SERIES, np.where(alike, _ALIKE_NEAR, _NEAR)))

    def barred(i: Array, j: Array, lines: Array) -> Array:
        found = crosses(lines, blocks.main_lines)
        outside = (blocks.face[i] < 0) & ~one(i, j)
        found[outside] |= crosses(lines[outside], blocks.lines)
        return found

    return single_linkage(
        prints, rows, _SERIES if number.any() else _ALIKE_NEAR, Rules(allowed, limit, barred, label), ties
    )


def _same_label_pairs(boxes: Array, label: Array) -> tuple[Array, Array]:
    """Return the pairs that tie each label's buildings together, found label by label.

    Of all pairs within reach only those of the shortest tree over their boxes are kept: the near ones are
    linked anyway, and a village of hundreds would have tens of thousands.
    """
    named = np.nonzero(label)[0]
    order = named[np.argsort(label[named], kind="stable")]
    groups = np.split(order, np.nonzero(np.diff(label[order]))[0] + 1) if len(order) else []
    left, right = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for own in groups:
        i, j = near_pairs(boxes[own], boxes[own], _SAME_LABEL)
        i, j = i[i < j], j[i < j]
        if len(i) > len(own):
            a, b = boxes[own[i]], boxes[own[j]]
            apart = np.maximum(np.maximum(a[:, :2] - b[:, 2:], b[:, :2] - a[:, 2:]), 0.0)
            cost = np.hypot(apart[:, 0], apart[:, 1]) + 1e-6
            tree = minimum_spanning_tree(coo_matrix((cost, (i, j)), shape=(len(own), len(own)))).tocoo()
            i, j = np.minimum(tree.row, tree.col), np.maximum(tree.row, tree.col)
        left.append(own[i])
        right.append(own[j])
    return np.concatenate(left), np.concatenate(right)


def _label_of(group: Sequence[int], labels: Sequence[Optional[_Label]]) -> Optional[_Label]:
    return next((label for label in (labels[k] for k in group) if label is not None), None)


def _stable_ids(buildings: FeatureTable, groups: list[list[int]]) -> list[str]:
    """Return one id per group: that of the earlier estate with most members in it, else from its first building.

    An earlier id goes to one group only, the one that kept most of it.
    """
    earlier = buildings.column("estate_id")
    shared: Counter[tuple[str, int]] = Counter()
    for number, group in enumerate(groups):
        for row in group:
            if earlier[row]:
                shared[str(earlier[row]), number] += 1
    ids: dict[int, str] = {}
    for (key, number), _ in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if number not in ids and key not in ids.values():
            ids[number] = key
    taken = set(ids.values())
    for number, group in enumerate(groups):
        if number in ids:
            continue
        for row in sorted(group, key=lambda k: buildings.ids[k]):
            key = "E" + hashlib.blake2s(buildings.ids[row].encode(), digest_size=5).hexdigest().upper()
            if key not in taken:
                break
        ids[number] = key
        taken.add(key)
    return [ids[number] for number in range(len(groups))]


def _estate(
    key: str, members: list[int], label: Optional[_Label], outline: Any, facts: dict[str, list[Any]], name_field: str
) -> Estate:
    known = [value for value in (facts["households"][row] for row in members) if value is not None]
    name, named_by = (label.name, label.method) if label and label.name else _name(members, facts, name_field)
    return Estate(
        key,
        name,
        tuple(members),
        int(sum(float(value) for value in known)) if known else None,
        outline,
        label.method if label else "block",
        named_by,
    )


def _name(members: Sequence[int], facts: dict[str, list[Any]], name_field: str) -> tuple[str, str]:
    """Return (name, by what): the name shared by buildings, else street and numbers, else one building's name."""
    names = facts.get(name_field, [])
    given = Counter(parse_name(names[row]).estate for row in members if names and names[row])
    given.pop("", None)
    if given and (len(members) == 1 or given.most_common(1)[0][1] > 1):
        return given.most_common(1)[0][0], "building"
    streets = (_first(facts, _STREET_FIELDS, row) for row in members)
    numbers = (_first(facts, _NUMBER_FIELDS, row) for row in members)
    found = name_of_addresses([pair for pair in zip(streets, numbers) if pair[0]])
    if found:
        return found, "address"
    return (given.most_common(1)[0][0], "guess") if given else ("", "")


def _first(facts: dict[str, list[Any]], fields: Sequence[str], row: int) -> Any:
    return next((facts[name][row] for name in fields if facts[name][row]), None)


def name_of_addresses(addresses: Sequence[tuple[Any, Any]]) -> str:
    """Return a name such as ``Hauptstraße 5–17`` for (street, house number) pairs; empty without a street."""
    common = Counter(str(street) for street, _ in addresses if street)
    if not common:
        return ""
    street = max(common, key=lambda name: (common[name], name))
    own = sorted({str(number) for name, number in addresses if name == street and number}, key=_by_number)
    if not own:
        return street
    first, last = _ends(own)
    return f"{street} {first}–{last}" if first != last else f"{street} {first}"


def _ends(numbers: Sequence[str]) -> tuple[str, str]:
    """Return the first part of the lowest and the last part of the highest of sorted house numbers."""
    return numbers[0].split("-")[0].strip(), numbers[-1].split("-")[-1].strip()


def _by_number(text: str) -> tuple[int, str]:
    digits = ""
    for letter in text:
        if not letter.isdigit():
            break
        digits += letter
    return int(digits or 0), text
