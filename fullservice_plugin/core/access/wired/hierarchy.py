# SPDX-License-Identifier: GPL-2.0-or-later
"""Boxes and cabinets on the tree: what lies below a node is bundled bottom-up until a capacity or length is reached."""
from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Mapping, Optional, Sequence

from fullservice_plugin.core.access.catalogue import Size
from fullservice_plugin.core.access.wired.demand import Demand
from fullservice_plugin.core.access.wired.jit import Array
from fullservice_plugin.core.access.wired.rules import Rules

_FULL = 0.9  # a cabinet this full is set up where it stands
_OPEN = 4  # bundles of boxes that may move up side by side in search of company


@dataclass
class RootedTree:
    """The chosen edges, rooted at the supply points. ``order`` lists nodes parents first.

    ``parent`` and ``edge`` (−1 at roots and outside), ``dist`` metres from the supply point, ``root`` its node.
    """

    order: list[int]
    parent: dict[int, int]
    edge: dict[int, int]
    dist: dict[int, float]
    root: dict[int, int]

    def path(self, low: int, high: int) -> list[int]:
        """Nodes from ``high`` down to ``low``; ``high`` is an ancestor of ``low``."""
        nodes = [low]
        while nodes[-1] != high:
            nodes.append(self.parent[nodes[-1]])
        return nodes[::-1]

    def between(self, start: int, end: int) -> list[int]:
        """Nodes from ``start`` to ``end``, both in the same tree."""
        down = [end]
        while down[-1] != start and self.parent[down[-1]] >= 0:
            down.append(self.parent[down[-1]])
        if down[-1] == start:
            return down[::-1]
        up = [start]
        place = {start: 0}
        while self.parent[up[-1]] >= 0:
            up.append(self.parent[up[-1]])
            place[up[-1]] = len(up) - 1
        down = [end]
        while down[-1] not in place:
            down.append(self.parent[down[-1]])
        return up[:place[down[-1]]] + down[::-1]

    def apart(self, one: int, two: int) -> float:
        """Metres along the tree between two nodes."""
        if one == two:
            return 0.0
        nodes = self.between(one, two)
        return self.dist[one] + self.dist[two] - 2 * min(self.dist[v] for v in nodes)


@dataclass
class Box:
    """A FAT at ``node``: buildings with the users and homes it serves, splitters of the second stage."""

    node: int
    size: Size
    users: int
    homes: int
    splitters: int
    members: list[tuple[int, int]]  # building row, users
    inside: bool
    cabinet: int = -1
    whole: int = 0  # homes of the whole building
    floor: int = 0  # in a building with several boxes: the floor in the middle of those it serves

    def indoors(self, rules: Rules) -> bool:
        """Whether its building has more homes than a street cabinet may serve, and so cabinets of its own."""
        return self.inside and self.whole > rules.cabinet_homes


@dataclass
class Cabinet:
    """An FDT at ``node`` with its boxes (numbers), splitters of the first stage and fibres towards the boxes.

    ``standing``: id of a cabinet that is there already, with ``room`` free lines; nothing of it is bought.
    """

    node: int
    size: Size
    homes: int
    boxes: list[int] = field(default_factory=list)
    fibres: int = 0
    splitters: int = 0
    standing: str = ""
    room: int = 0


@dataclass
class _Bundle:
    """Things that still move up the tree together."""

    load: int
    homes: int
    far: float
    members: list[tuple[int, int]]


def root_tree(n: int, edges: Array, tails: Array, heads: Array, length: Array,
              roots: list[int], before: Mapping[int, float] = MappingProxyType({})) -> RootedTree:
    """Root the chosen edges at the supply nodes; each node belongs to the root whose part of the forest it is in.

    ``before``: metres that count before a root (the feeder of a cabinet that stands already).
    """
    near: dict[int, list[tuple[int, int]]] = {}
    for e in edges.tolist():
        a, b = int(tails[e]), int(heads[e])
        near.setdefault(a, []).append((b, e))
        near.setdefault(b, []).append((a, e))
    tree = RootedTree([], {}, {}, {}, {})
    for start in roots:
        if start in tree.parent:
            continue
        tree.parent[start], tree.edge[start], tree.dist[start], tree.root[start] = -1, -1, before.get(start, 0.0), start
        stack = [start]
        while stack:
            v = stack.pop()
            tree.order.append(v)
            for u, e in sorted(near.get(v, ()), reverse=True):
                if u not in tree.parent:
                    tree.parent[u], tree.edge[u], tree.root[u] = v, e, start
                    tree.dist[u] = tree.dist[v] + float(length[e])
                    stack.append(u)
    return tree


def place_boxes(tree: RootedTree, starts: dict[int, tuple[int, float]], own: dict[int, int], demand: Demand,
                rules: Rules, given: Sequence[Box] = ()) -> list[Box]:
    """Boxes for all buildings; those of ``given`` boxes are not in ``starts`` any more.

    ``own``: building row → facade node; it gets boxes inside. ``starts``: row → (street node, metres of lead-in);
    such buildings share boxes on the street: ports ≥ users × (1 + reserve), homes within the limit of an area,
    every drop at most ``rules.drop_max`` metres. A bundle moves up to the next junction only where its longer
    drops, less the cable that then is not needed, cost no more than the box it may save there.
    """
    boxes: list[Box] = list(given)
    for row in sorted(own):
        boxes.extend(_own_boxes(row, own[row], demand, rules))
    at: dict[int, list[int]] = {}
    for row in sorted(starts):
        at.setdefault(starts[row][0], []).append(row)
    waiting: dict[int, list[_Bundle]] = {}
    junction = _next_junction(tree, set(at))
    cabled = {box.node for box in boxes}  # nodes with a box below or at them: a cable comes there anyway
    for v in reversed(tree.order):
        bundles = waiting.pop(v, [])
        if v in cabled:
            cabled.add(tree.parent[v])
        for row in at.get(v, ()):
            bundles.append(_Bundle(demand.users[row], demand.homes[row], starts[row][1], [(row, demand.users[row])]))
        if not bundles:
            continue
        packed = _pack(bundles, rules.street_users, rules.street_homes)
        step = tree.dist[v] - tree.dist[tree.parent[v]] if tree.parent[v] >= 0 else math.inf
        last = packed[-1]  # the one with most room left moves on
        ahead = junction[v]
        each = last.load * rules.drop_price - (0.0 if v in cabled or len(packed) > 1 else rules.cable_price)
        dear = ahead is None or each * (tree.dist[v] - tree.dist[ahead]) > rules.street_sizes[0].price
        if last.far + step > rules.drop_max or last.load >= rules.street_users or dear:
            closed = packed
        else:
            closed = packed[:-1]
            last.far += step
            waiting.setdefault(tree.parent[v], []).append(last)
        boxes.extend(street_box(v, bundle.members, bundle.homes, rules) for bundle in closed)
        if closed:
            cabled.add(tree.parent[v])
    place = {v: i for i, v in enumerate(tree.order)}
    boxes.sort(key=lambda b: (place[b.node], b.inside, b.members[0]))
    return boxes


def _next_junction(tree: RootedTree, starts: set[int]) -> dict[int, Optional[int]]:
    """For each node the nearest one above where bundles from elsewhere may join; None where there is none."""
    branches: dict[int, int] = {}
    holds = set(starts)
    for v in reversed(tree.order):
        up = tree.parent[v]
        if v in holds and up >= 0:
            holds.add(up)
            branches[up] = branches.get(up, 0) + 1
    found: dict[int, Optional[int]] = {}
    for v in tree.order:
        up = tree.parent[v]
        if up < 0:
            found[v] = None
        else:
            found[v] = up if up in starts or branches.get(up, 0) > 1 else found[up]
    return found


def place_cabinets(tree: RootedTree, boxes: list[Box], rules: Rules,
                   given: Optional[dict[int, list[int]]] = None, kept: Sequence[Cabinet] = ()) -> list[Cabinet]:
    """Cabinets above the boxes, each on the way from its boxes to the supply point; numbers the boxes' ``cabinet``.

    A building with more homes than a street cabinet may serve gets cabinets of its own. ``given``: node of a cabinet
    placed by hand → numbers of its boxes; ``kept``: cabinets that stand already, with their boxes.
    """
    cabinets: list[Cabinet] = []
    inside: dict[int, list[int]] = {}
    street: dict[int, list[int]] = {}
    kept = list(kept)
    for node, members in (given or {}).items():
        bundle = _Bundle(0, sum(boxes[i].homes for i in members), 0.0, [(i, 0) for i in members])
        kept.append(_cabinet(node, bundle, boxes, rules, False))
    taken = {i for cabinet in kept for i in cabinet.boxes}
    for i, box in enumerate(boxes):
        if i in taken:
            continue
        if box.indoors(rules):
            inside.setdefault(box.members[0][0], []).append(i)
        else:
            street.setdefault(box.node, []).append(i)
    for row in sorted(inside):
        groups = _fill([_Bundle(boxes[i].splitters, boxes[i].homes, 0.0, [(i, 0)]) for i in inside[row]],
                       rules.indoor_lines, rules.indoor_homes)
        cabinets.extend(_cabinet(boxes[inside[row][0]].node, g, boxes, rules, True) for g in groups)
    waiting: dict[int, list[_Bundle]] = {}
    for v in reversed(tree.order):
        bundles = waiting.pop(v, []) + [_Bundle(boxes[i].splitters, boxes[i].homes, 0.0, [(i, 0)])
                                        for i in street.get(v, ())]
        if not bundles:
            continue
        packed = _pack(bundles, rules.cabinet_lines, rules.cabinet_homes)
        up = tree.parent[v]
        moving = [b for b in packed if up >= 0 and max(b.load / rules.cabinet_lines,
                                                       b.homes / rules.cabinet_homes) < _FULL][-_OPEN:]
        cabinets.extend(_cabinet(v, bundle, boxes, rules, False) for bundle in packed if bundle not in moving)
        if moving:
            waiting.setdefault(up, []).extend(moving)
    place = {v: i for i, v in enumerate(tree.order)}
    cabinets = _join_small(tree, cabinets, boxes, rules) + kept
    cabinets.sort(key=lambda c: (place[c.node], min(c.boxes)))
    for number, cabinet in enumerate(cabinets):
        for i in cabinet.boxes:
            boxes[i].cabinet = number
    return cabinets


def _join_small(tree: RootedTree, cabinets: list[Cabinet], boxes: list[Box], rules: Rules) -> list[Cabinet]:
    """Join a half-empty cabinet with another where their boxes fit into one that stands above both, if that is cheaper.

    Moving a cabinet up costs a metre of distribution cable per metre; what is saved is a cabinet.
    """
    own = [c for c in cabinets if boxes[c.boxes[0]].indoors(rules)]
    shared = [c for c in cabinets if not any(c is other for other in own)]
    for small in sorted(shared, key=lambda c: (c.homes, c.fibres, c.boxes)):
        if small.homes * 2 > rules.cabinet_homes or not any(small is c for c in shared):
            continue
        ways = {v: i for i, v in enumerate(_upwards(tree, small.node))}
        best, partner, place = rules.cabinet_sizes[0].price, None, -1
        for other in shared:
            if (other is small or other.homes + small.homes > rules.cabinet_homes
                    or other.fibres + small.fibres > rules.cabinet_lines
                    or tree.root[other.node] != tree.root[small.node]):
                continue
            meet = next(v for v in _upwards(tree, other.node) if v in ways)
            metres = tree.dist[other.node] + tree.dist[small.node] - 2 * tree.dist[meet]
            if metres * rules.cable_price < best:
                best, partner, place = metres * rules.cable_price, other, meet
        if partner is not None:
            bundle = _Bundle(0, small.homes + partner.homes, 0.0, [(i, 0) for i in small.boxes + partner.boxes])
            shared = [c for c in shared if c is not small and c is not partner]
            shared.append(_cabinet(place, bundle, boxes, rules, False))
    return own + shared


def _upwards(tree: RootedTree, node: int) -> list[int]:
    """A node and all above it."""
    found = [node]
    while tree.parent[found[-1]] >= 0:
        found.append(tree.parent[found[-1]])
    return found


def _pack(bundles: list[_Bundle], most: int, homes: int) -> list[_Bundle]:
    """First-fit decreasing; the fullest first, the one with most room last. A single bundle may be over the limit."""
    bins: list[_Bundle] = []
    for bundle in sorted(bundles, key=lambda b: (-b.load, -b.homes, b.members)):
        for found in bins:
            if found.load + bundle.load <= most and found.homes + bundle.homes <= homes:
                _join(found, bundle)
                break
        else:
            bins.append(bundle)
    bins.sort(key=lambda b: (-b.load, -b.homes, b.members))
    return bins


def _fill(bundles: list[_Bundle], most: int, homes: int) -> list[_Bundle]:
    """Fill one after the other in the given order."""
    bins: list[_Bundle] = []
    for bundle in bundles:
        if bins and bins[-1].load + bundle.load <= most and bins[-1].homes + bundle.homes <= homes:
            _join(bins[-1], bundle)
        else:
            bins.append(bundle)
    return bins


def _join(into: _Bundle, other: _Bundle) -> None:
    into.load += other.load
    into.homes += other.homes
    into.far = max(into.far, other.far)
    into.members.extend(other.members)


def street_box(node: int, members: list[tuple[int, int]], homes: int, rules: Rules) -> Box:
    """A box on the street for buildings (row, users) with so many homes."""
    users = sum(count for _, count in members)
    need = rules.ports_for(users)
    size = next((s for s in rules.street_sizes if s.capacity >= need), rules.street_sizes[-1])
    return Box(node, size, users, homes, rules.second_for(need), sorted(members), False)


def _own_boxes(row: int, node: int, demand: Demand, rules: Rules) -> list[Box]:
    """The boxes of one building: users are shared out over their ports, homes over the users."""
    users, homes = demand.users[row], demand.homes[row]
    sizes = rules.own_set(users, homes)
    shares, left, ports = [], users, sum(s.capacity for s in sizes)
    for size in sizes:
        shares.append(min(rules.users_for(size.capacity), math.ceil(left * size.capacity / ports)))
        left, ports = left - shares[-1], ports - size.capacity
    for k, size in enumerate(sizes):
        more = min(left, rules.users_for(size.capacity) - shares[k])
        shares[k], left = shares[k] + more, left - more
    boxes, before = [], 0
    for size, mine in zip(sizes, shares):
        covered = homes * (before + mine) // users - homes * before // users
        floor = 1 + math.floor(demand.storeys[row] * (before + mine / 2) / users) if len(sizes) > 1 else 0
        before += mine
        if mine:
            boxes.append(Box(node, size, mine, covered, rules.second_for(rules.ports_for(mine)), [(row, mine)], True,
                             whole=homes, floor=min(floor, demand.storeys[row])))
    return boxes


def _cabinet(node: int, bundle: _Bundle, boxes: list[Box], rules: Rules, indoor: bool) -> Cabinet:
    members = sorted(i for i, _ in bundle.members)
    lines = sum(boxes[i].splitters for i in members)
    size = rules.cabinet_size(lines, rules.indoor_sizes if indoor else rules.cabinet_sizes)
    return Cabinet(node, size, bundle.homes, members, lines, rules.first_for(lines))
