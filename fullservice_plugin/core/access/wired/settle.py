# SPDX-License-Identifier: GPL-2.0-or-later
"""Cabinets improved by local search on what they really cost: cables with their sizes, splitters, ports and homes.

Three kinds of moves, each priced exactly and made where it saves money: boxes go to a neighbouring cabinet (a few
where that empties a splitter, or all, which closes the cabinet), and a cabinet goes to another node of the tree. The
order is fixed and every move lowers the cost, so that the same input gives the same cabinets.
"""
from __future__ import annotations

from functools import lru_cache
from typing import Callable, Iterable, Sequence

from scipy.spatial import cKDTree

from fullservice_plugin.core.access.wired.hierarchy import Box, Cabinet, RootedTree
from fullservice_plugin.core.access.wired.jit import Array
from fullservice_plugin.core.access.wired.rules import Rules

_NEAR = 6  # neighbouring cabinets that are asked
_PASSES = 4
_PLACES = 12  # nodes tried for one cabinet
_TINY = 1e-6

Flow = dict[int, int]


class _Settling:
    """The fibres on every edge of the tree (by lower node) as cabinets change."""

    def __init__(self, tree: RootedTree, xy: Array, boxes: list[Box], cabinets: list[Cabinet], fixed: set[int],
                 rules: Rules, laying: float, line_price: float) -> None:
        self.tree, self.xy, self.boxes, self.cabinets, self.rules = tree, xy, boxes, cabinets, rules
        self.laying, self.port = laying, line_price * rules.first
        self.free = [n for n, cabinet in enumerate(cabinets) if n not in fixed]
        self.flow: tuple[Flow, Flow] = ({}, {})  # feeder, distribution
        self.metre: Callable[[int], float] = lru_cache(maxsize=None)(self._metre)
        for cabinet in cabinets:
            if not cabinet.standing:
                self._apply(self._feeder(cabinet.node, cabinet.splitters), 0)
            for i in cabinet.boxes:
                nodes, fibres = tree.between(cabinet.node, boxes[i].node), boxes[i].splitters
                self._apply({self._low(*pair): fibres for pair in zip(nodes, nodes[1:])}, 1)

    def _metre(self, fibres: int) -> float:
        """Price of a metre of way with a cable for so many fibres."""
        if fibres <= 0:
            return 0.0
        return self.rules.cable(fibres)[1] + self.laying * sum(n for _, n in self.rules.cable_parts(fibres))

    def _low(self, one: int, two: int) -> int:
        """The lower of two neighbouring nodes."""
        return two if self.tree.parent[two] == one else one

    def _feeder(self, node: int, fibres: int) -> Flow:
        flow: Flow = {}
        v = node
        while fibres and self.tree.parent[v] >= 0:
            flow[v] = fibres
            v = self.tree.parent[v]
        return flow

    def _apply(self, change: Flow, kind: int) -> None:
        flow = self.flow[kind]
        for v, fibres in change.items():
            flow[v] = flow.get(v, 0) + fibres

    def _cost(self, change: Flow, kind: int) -> float:
        """What the cables cost more after a change of fibres."""
        flow, tree, metre = self.flow[kind], self.tree, self.metre
        more = 0.0
        for v, fibres in change.items():
            if fibres:
                before = flow.get(v, 0)
                step = metre(before + fibres) - metre(before)
                if step:
                    more += step * (tree.dist[v] - tree.dist[tree.parent[v]])
        return more

    def _parts(self, lines: int) -> float:
        """Cabinet, first stage and ports for so many lines; nothing for none."""
        if not lines:
            return 0.0
        return self.rules.cabinet_size(lines, self.rules.cabinet_sizes).price + self.port * self.rules.first_for(lines)

    def lines(self, members: Iterable[int]) -> int:
        """Second-stage splitters of the boxes."""
        return sum(self.boxes[i].splitters for i in members)

    def _meets(self, nodes: list[int], members: Iterable[int]) -> dict[int, int]:
        """Where on a path the way of each box joins it: place in ``nodes``."""
        parent, place = self.tree.parent, {v: k for k, v in enumerate(nodes)}
        top = min(range(len(nodes)), key=lambda k: self.tree.dist[nodes[k]])
        found = {}
        for i in members:
            v = self.boxes[i].node
            while v >= 0 and v not in place:
                v = parent[v]
            found[i] = place[v] if v >= 0 else top
        return found

    def move(self, moved: Sequence[int], start: int, end: int, nodes: list[int], meets: dict[int, int]) -> bool:
        """Move boxes between cabinets where that is allowed and saves money.

        ``nodes``: path from the one to the other; ``meets``: where the boxes join it.
        """
        one, two, rules = self.cabinets[start], self.cabinets[end], self.rules
        s, homes = self.lines(moved), sum(self.boxes[i].homes for i in moved)
        most = two.room if two.standing else rules.cabinet_lines
        if two.fibres + s > most or two.homes + homes > rules.cabinet_homes:
            return False
        steps = [0] * len(nodes)  # a box no longer comes from the start up to where it joins, but from the end
        for i in moved:
            steps[meets[i]] += self.boxes[i].splitters
        change, now = Flow(), -s
        for k, (v, u) in enumerate(zip(nodes, nodes[1:])):
            now += 2 * steps[k]
            change[self._low(v, u)] = now
        feeder = self._feeder(one.node, rules.first_for(one.fibres - s) - one.splitters)
        delta = self._parts(one.fibres - s) - self._parts(one.fibres)
        more = 0 if two.standing else rules.first_for(two.fibres + s) - two.splitters
        if not two.standing:
            delta += self._parts(two.fibres + s) - self._parts(two.fibres)
            for v, fibres in self._feeder(two.node, more).items():
                feeder[v] = feeder.get(v, 0) + fibres
        if delta + self._cost(change, 1) + self._cost(feeder, 0) > -_TINY:
            return False
        self._apply(change, 1)
        self._apply(feeder, 0)
        gone = set(moved)
        one.boxes, two.boxes = [i for i in one.boxes if i not in gone], sorted([*two.boxes, *moved])
        for cabinet, sign in ((one, -1), (two, 1)):
            cabinet.fibres, cabinet.homes = cabinet.fibres + sign * s, cabinet.homes + sign * homes
        one.splitters, two.splitters = rules.first_for(one.fibres), two.splitters + more
        return True

    def place(self, number: int) -> bool:
        """Move a cabinet along the tree to where it costs least."""
        cabinet, tree = self.cabinets[number], self.tree
        paths = [tree.between(cabinet.node, self.boxes[i].node) for i in cabinet.boxes]
        ways: dict[int, list[int]] = {}
        for k, path in enumerate(paths):
            if len(path) > 1:
                ways.setdefault(path[1], []).append(k)
        best, found = -_TINY, None
        for step in sorted({*ways, tree.parent[cabinet.node]} - {-1}):
            group = ways.get(step, [])
            through = self.lines(cabinet.boxes[k] for k in group)
            chain = self._chain(cabinet.node, [paths[k] for k in group])
            change, feeder = Flow(), Flow()
            for v, u in zip(chain, chain[1:]):
                change[self._low(v, u)] = cabinet.fibres - 2 * through
                feeder[self._low(v, u)] = cabinet.splitters if tree.parent[u] == v else -cabinet.splitters
                delta = self._cost(change, 1) + self._cost(feeder, 0)
                if delta < best:
                    best, found = delta, (u, dict(change), dict(feeder))
        if found is None:
            return False
        cabinet.node = found[0]
        self._apply(found[1], 1)
        self._apply(found[2], 0)
        return True

    def _chain(self, start: int, paths: list[list[int]]) -> list[int]:
        """The nodes that all paths share, or without paths the way up; a few at most."""
        if paths:
            shared = 0
            while shared < _PLACES and all(len(p) > shared and p[shared] == paths[0][shared] for p in paths):
                shared += 1
            return paths[0][:shared]
        chain = [start]
        while len(chain) < _PLACES and self.tree.parent[chain[-1]] >= 0:
            chain.append(self.tree.parent[chain[-1]])
        return chain

    def neighbours(self) -> dict[int, list[int]]:
        """The nearest cabinets of the same supply point, by straight distance."""
        alive = [n for n, cabinet in enumerate(self.cabinets) if cabinet.boxes]
        if len(alive) < 2:
            return {}
        xy = self.xy[[self.cabinets[n].node for n in alive]]
        _, near = cKDTree(xy).query(xy, k=min(len(alive), _NEAR + 1))
        root, usable = self.tree.root, set(self.free) | {n for n in alive if self.cabinets[n].standing}
        found = {}
        for k, n in enumerate(alive):
            found[n] = [alive[j] for j in near[k].tolist() if j != k and alive[j] in usable
                        and root[self.cabinets[alive[j]].node] == root[self.cabinets[n].node]]
        return found

    def improve(self, number: int, others: Sequence[int]) -> bool:
        """Try every move of one cabinet."""
        cabinet, changed = self.cabinets[number], False
        for other in others:
            if not cabinet.boxes or not self.cabinets[other].boxes:
                continue
            nodes = self.tree.between(cabinet.node, self.cabinets[other].node)
            meets = self._meets(nodes, cabinet.boxes)
            order = sorted(cabinet.boxes, key=lambda i: (-meets[i], i))  # nearest to the other first
            over = (cabinet.fibres - 1) % self.rules.first + 1  # lines in the last splitter
            few = next((k for k in range(1, len(order) + 1) if self.lines(order[:k]) >= over), len(order))
            for count in sorted({1, few, len(order)}):
                if self.move(order[:count], number, other, nodes, meets):
                    changed = True
                    break
        return (bool(cabinet.boxes) and self.place(number)) or changed


def settle(tree: RootedTree, xy: Array, boxes: list[Box], cabinets: list[Cabinet], fixed: set[int], rules: Rules,
           laying: float, line_price: float) -> list[Cabinet]:
    """Improve cabinets in place and number the boxes anew; returns those that still serve somebody.

    ``fixed``: numbers of cabinets that stay as they are (given by hand, or in buildings); those that stand already
    may take in boxes. ``laying``: price per metre of laying a cable; ``line_price``: of a line of the first stage.
    """
    work = _Settling(tree, xy, boxes, cabinets, fixed, rules, laying, line_price)
    todo = set(work.free)
    for _ in range(_PASSES):
        near, again = work.neighbours(), set[int]()
        for number in sorted(todo):
            if number in near and cabinets[number].boxes and work.improve(number, near[number]):
                again |= {number, *near[number]}
        todo = again & set(work.free)
        if not todo:
            break
    kept = [cabinet for cabinet in cabinets if cabinet.boxes]
    order = {v: i for i, v in enumerate(tree.order)}
    kept.sort(key=lambda c: (order[c.node], min(c.boxes)))
    for number, cabinet in enumerate(kept):
        if not cabinet.standing and cabinet.size in rules.cabinet_sizes:
            cabinet.size = rules.cabinet_size(cabinet.fibres, rules.cabinet_sizes)
        for i in cabinet.boxes:
            boxes[i].cabinet = number
    return kept


def spread(tree: RootedTree, cabinets: Sequence[Cabinet], boxes: Sequence[Box]) -> bool:
    """Whether some box does not lie below its cabinet, so that fibre goes round by it."""
    def below(low: int, high: int) -> bool:
        while low >= 0 and low != high:
            low = tree.parent[low]
        return low == high

    return any(not below(boxes[i].node, cabinet.node) for cabinet in cabinets for i in cabinet.boxes)


def steady(cabinets: Sequence[Cabinet], boxes: Sequence[Box], given: Iterable[int], rules: Rules) -> set[int]:
    """Numbers of cabinets that local search leaves alone: at nodes given by hand, standing ones, those in buildings."""
    there = set(given)
    return {n for n, cabinet in enumerate(cabinets)
            if cabinet.standing or cabinet.node in there
            or any(boxes[i].indoors(rules) for i in cabinet.boxes)}
