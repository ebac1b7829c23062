# SPDX-License-Identifier: GPL-2.0-or-later
"""Buildings joined from the nearest pair upwards, without crossing what separates them.

Single linkage with refusals: what is already joined needs no further link, so the exact distance between
walls is computed only for pairs of boxes that still matter, from near to far.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.boxes import near_pairs
from fullservice_plugin.core.discovery.footprints import Footprints
from fullservice_plugin.core.discovery.nearest import shortest_links

_STEPS = (0.5, 4.0, 15.0)  # m between walls up to which pairs are taken at once
_TOUCH = 1e-6  # m added to a gap, for a graph has no edge of length 0


class Groups:
    """Buildings by group: joined as long as no two different labels (positive numbers) come together."""

    def __init__(self, label: Array) -> None:
        self._parent = list(range(len(label)))
        self._label = label.tolist()

    def root(self, k: int) -> int:
        """Return the first building of the group of ``k``."""
        parent = self._parent
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    def roots(self) -> Array:
        """Return the first building of the group of each building."""
        parent = np.array(self._parent, dtype=np.int64)
        while True:
            further = parent[parent] if len(parent) else parent
            if (further == parent).all():
                return parent
            parent = further

    def labels(self) -> Array:
        """Return the label of the group of each building, 0 for none."""
        return np.array(self._label, dtype=np.int64)[self.roots()] if self._label else np.zeros(0, dtype=np.int64)

    def join(self, i: Sequence[int], j: Sequence[int]) -> None:
        """Join pairs in the order given."""
        for first, second in zip(i, j):
            a, b = self.root(first), self.root(second)
            if a == b or (self._label[a] and self._label[b] and self._label[a] != self._label[b]):
                continue
            low, high = (a, b) if a < b else (b, a)
            self._parent[high] = low
            self._label[low] = self._label[low] or self._label[high]


@dataclass(frozen=True)
class Rules:
    """What may be linked: ``allowed(i, j)`` tells pairs that may at all, ``limit(i, j)`` up to how many metres.

    ``barred(i, j, lines)`` tells pairs that something separates, given their shortest connecting lines (rows
    x0, y0, x1, y1); ``label`` is a number per building, 0 for none: two different ones never come together.
    """

    allowed: Callable[[Array, Array], Array]
    limit: Callable[[Array, Array], Array]
    barred: Callable[[Array, Array, Array], Array]
    label: Array


def single_linkage(
    prints: Footprints, rows: Array, reach: float, rules: Rules, ties: tuple[Array, Array]
) -> list[list[int]]:
    """Return the groups of the buildings ``rows`` of ``prints`` (numbers within ``rows``).

    Pairs within ``reach`` metres are looked at, and the pairs ``ties`` whatever lies between them.
    """
    groups = Groups(rules.label)
    boxes = prints.bounds[rows]
    tie_gap = _box_gap(boxes[ties[0]], boxes[ties[1]])
    tie_ok = rules.allowed(*ties)
    for upper in [step for step in _STEPS if step < reach] + [reach, np.inf]:
        root, label = groups.roots(), groups.labels()

        def apart(i: Array, j: Array, root: Array = root, label: Array = label) -> Array:
            free = (label[i] == 0) | (label[j] == 0) | (label[i] == label[j])
            return np.asarray((i < j) & free & (root[i] != root[j]))

        def wanted(i: Array, j: Array) -> Array:
            some = np.nonzero(apart(i, j))[0]
            return some[rules.allowed(i[some], j[some])]

        due = np.nonzero(tie_ok & apart(*ties) & (tie_gap <= upper))[0]
        i, j = ties[0][due], ties[1][due]
        if upper <= reach:
            near_i, near_j = near_pairs(boxes, boxes, upper, wanted)
            code = np.unique(np.concatenate([near_i, i]) * np.int64(len(rows)) + np.concatenate([near_j, j]))
            i, j = code // max(len(rows), 1), code % max(len(rows), 1)
        lines, gap = shortest_links(prints, rows[i], rows[j])
        near = np.nonzero(gap <= np.minimum(rules.limit(i, j), upper))[0]
        near = near[~rules.barred(i[near], j[near], lines[near])]
        _join(groups, i[near], j[near], gap[near])
    return _lists(groups.roots())


def _join(groups: Groups, i: Array, j: Array, gap: Array) -> None:
    """Join the pairs from the shortest up: the shortest tree first, then what refusals left open."""
    while len(i):
        root, label = groups.roots(), groups.labels()
        free = (label[i] == 0) | (label[j] == 0) | (label[i] == label[j])
        open_pair = free & (root[i] != root[j])
        i, j, gap = i[open_pair], j[open_pair], gap[open_pair]
        if not len(i):
            return
        a, b = root[i], root[j]
        low, high, cost = np.minimum(a, b), np.maximum(a, b), gap + _TOUCH
        order = np.lexsort((cost, high, low))
        first = np.ones(len(order), dtype=bool)
        first[1:] = (low[order][1:] != low[order][:-1]) | (high[order][1:] != high[order][:-1])
        best = order[first]
        names, place = np.unique(np.concatenate([low[best], high[best]]), return_inverse=True)
        shape = (len(names), len(names))
        ends = place[: len(best)], place[len(best) :]
        tree = minimum_spanning_tree(coo_matrix((cost[best], ends), shape=shape)).tocoo()
        turn = np.lexsort((tree.col, tree.row, tree.data))
        groups.join(names[tree.row[turn]].tolist(), names[tree.col[turn]].tolist())


def _lists(root: Array) -> list[list[int]]:
    order = np.argsort(root, kind="stable")
    cuts = np.nonzero(np.diff(root[order]))[0] + 1
    return [part.tolist() for part in np.split(order, cuts)] if len(root) else []


def _box_gap(a: Array, b: Array) -> Array:
    """Return the distance between boxes, 0 where they meet: never more than that between what they hold."""
    apart = np.maximum(np.maximum(a[:, :2] - b[:, 2:], b[:, :2] - a[:, 2:]), 0.0)
    return np.asarray(np.hypot(apart[:, 0], apart[:, 1]))
