# SPDX-License-Identifier: GPL-2.0-or-later
"""Steiner arborescences by directed cuts: what dual ascent leaves open, settled in HiGHS where it is small.

Every set of nodes that holds a terminal and not the root needs an arc into it. The linear program starts with the
sets of one node and a few rows that every tree keeps (Koch and Martin 1998), and takes on sets that its solution
violates, found by maximum flow. Once none is violated the program is solved in whole numbers, and goes on as long as
that solution leaves a terminal out. Each program's value is a proven bound.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Callable, Optional

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse.csgraph import breadth_first_order, dijkstra, maximum_flow

from fullservice_plugin.core.access.wired.dual_ascent import ascent_cuts
from fullservice_plugin.core.access.wired.jit import Array

SMALL = 12_000  # arcs left up to which cuts soon decide a tree
_MOST = 40_000  # arcs left up to which cuts are tried
_FIRST = 4_000  # cuts of the dual ascent that the first program has at most
_LOOSE = 0.5  # of an arc by which a cut must be satisfied to be dropped
_ROUNDS, _NODES = 150, 3_000  # programs, and nodes of one program in whole numbers, at most: the same on every machine
_FLOW = 6_000  # arcs up to which each arc is tied to those into its tail: many numbers, fewer rounds
_ROUNDING = 1e-7  # relative rounding of a program's value
_UNIT = 1_000_000  # flow units of one whole arc
_NESTED = 4  # cuts in a row asked for each terminal
_SLACK = 0.02  # share of a whole arc by which a cut must be violated
_TAIL = 12  # programs in a row with hardly any gain after which whole numbers are asked for
_GAIN = 1e-4  # of the gap


@dataclass(frozen=True)
class Arcs:
    """A directed instance in integers; every solution pays ``offset`` beyond what counts."""

    n: int
    tails: Array
    heads: Array
    costs: Array
    root: int
    terminals: Array
    offset: int = 0


@dataclass(frozen=True)
class Settled:
    """A proven bound, and the arcs of an optimal solution where one was found."""

    bound: float
    arcs: Optional[Array]


def usable(arcs: Arcs, reduced: Array, bound: float, upper: float) -> Array:
    """Return the arcs that a solution cheaper than ``upper`` may use, by the reduced costs of a dual solution."""
    matrix = sparse.coo_matrix((np.maximum(reduced, 1e-9), (arcs.tails, arcs.heads)), shape=(arcs.n, arcs.n)).tocsr()
    start = dijkstra(matrix, indices=arcs.root)
    end = dijkstra(matrix.T.tocsr(), indices=arcs.terminals, min_only=True)
    through = start[arcs.tails] + reduced + end[arcs.heads]
    keep = bound + through <= upper - 1 + 1e-6 + 1e-9 * arcs.n
    return np.flatnonzero(keep & (arcs.heads != arcs.root) & (arcs.tails != arcs.heads))


def settle(
    arcs: Arcs, reduced: Array, bound: float, upper: float, seconds: float, look: Callable[[Array], float]
) -> Settled:
    """Return a better bound than ``bound``, and the arcs of a solution cheaper than ``upper`` where there is one.

    ``look`` gets the share (0–1) of every arc in each program's solution and returns the cost of the best solution
    known by then: rounding shares is the best heuristic there is.
    """
    kept = usable(arcs, reduced, bound, upper)
    missing = np.setdiff1d(arcs.terminals, arcs.heads[kept])
    if len(missing) - (arcs.root in missing):
        return Settled(upper, None)  # a terminal cannot be reached any cheaper: the plan at hand is the best
    if len(kept) > _MOST:
        return Settled(bound, None)
    return _Program(arcs, kept, upper, time.monotonic() + seconds, look).run(bound)


def along(share: Array, costs: Array) -> tuple[Array, Array]:
    """Return how much a program uses each edge (either way), and costs that lead a heuristic along those edges.

    The first arcs of an instance are its edges, one way and then the other.
    """
    m = len(costs)
    used = np.maximum(share[:m], share[m : 2 * m])
    return used, (costs * (1.0 - used) * 64).astype(np.int64) + costs // 1024


class _Program:
    """The linear program over the arcs ``kept``, its rows growing."""

    def __init__(self, arcs: Arcs, kept: Array, upper: float, end: float, look: Callable[[Array], float]) -> None:
        self.look = look
        self.arcs, self.kept, self.upper, self.end = arcs, kept, upper, end
        self.tails, self.heads = arcs.tails[kept], arcs.heads[kept]
        self.costs = arcs.costs[kept].astype(np.float64)
        self.goal = arcs.terminals[arcs.terminals != arcs.root]
        self.rows: list[Array] = []  # arcs of each cut
        self.known: set[bytes] = set()
        self.most = np.ones(len(kept))  # largest share that each arc may still take
        self._base = self._fixed_rows()
        for t in self.goal.tolist():
            self._add(np.flatnonzero(self.heads == t))
        for cut in ascent_cuts(self.tails, self.heads, arcs.costs[kept], arcs.n, arcs.root, self.goal, _FIRST):
            self._add(cut)

    def _add(self, columns: Array) -> bool:
        key = columns.tobytes()
        if key in self.known or not len(columns):
            return False
        self.known.add(key)
        self.rows.append(columns)
        return True

    def _fixed_rows(self) -> tuple[Any, Array]:
        """Rows ≤ that every arborescence keeps: one way into a node, and none out of it without one in."""
        m, n = len(self.kept), self.arcs.n
        into = sparse.csr_matrix((np.ones(m), (self.heads, np.arange(m))), shape=(n, m))
        back: dict[tuple[int, int], int] = {
            (a, b): k for k, (a, b) in enumerate(zip(self.tails.tolist(), self.heads.tolist()))
        }
        used = np.flatnonzero(np.asarray(into.sum(axis=1)).ravel() > 1)
        if m > _FLOW:
            return into[used].tocsr(), np.ones(len(used))
        rows, columns, values = [], [], []
        by_head: dict[int, list[int]] = {}
        for k, b in enumerate(self.heads.tolist()):
            by_head.setdefault(b, []).append(k)
        count = 0
        for k, (a, b) in enumerate(zip(self.tails.tolist(), self.heads.tolist())):
            if a == self.arcs.root:
                continue
            opposite = back.get((b, a), -1)
            rows.append(count)
            columns.append(k)
            values.append(1.0)
            for other in by_head.get(a, ()):
                if other != opposite:
                    rows.append(count)
                    columns.append(other)
                    values.append(-1.0)
            count += 1
        flow = sparse.csr_matrix((values, (rows, columns)), shape=(count, m))
        return sparse.vstack([into[used], flow]).tocsr(), np.concatenate([np.ones(len(used)), np.zeros(count)])

    def _cut_rows(self) -> Any:
        rows = np.repeat(np.arange(len(self.rows)), [len(row) for row in self.rows])
        return sparse.csr_matrix(
            (np.ones(len(rows)), (rows, np.concatenate(self.rows))), shape=(len(self.rows), len(self.kept))
        )

    def run(self, bound: float) -> Settled:
        """Add cuts until none is violated, then ask for whole numbers."""
        slow = 0
        for _ in range(_ROUNDS):
            if time.monotonic() > self.end:
                break
            found = linprog(
                self.costs,
                A_ub=sparse.vstack([self._base[0], -self._cut_rows()]).tocsr(),
                b_ub=np.concatenate([self._base[1], -np.ones(len(self.rows))]),
                bounds=np.column_stack([np.zeros(len(self.most)), self.most]),
                method="highs",
                options={"time_limit": max(0.1, self.end - time.monotonic())},
            )
            if found.status == 2:
                return Settled(self.upper, None)
            if found.status != 0:
                break
            self._show(found.x)
            self._forget(found.x)
            value = float(found.fun) - _ROUNDING * max(1.0, abs(float(found.fun)))
            # an arc whose reduced cost leads to the best tree known cannot be in a better one
            dear = value + np.asarray(found.lower.marginals) > self.upper - 1 + _ROUNDING * abs(self.upper)
            self.most[dear & (found.x < 0.5)] = 0.0
            slow = slow + 1 if value < bound + _GAIN * (self.upper - bound) else 0
            bound = max(bound, value)
            if self._closed(bound):
                return Settled(self.upper, None)
            if not self._violated(found.x) or slow >= _TAIL:
                return self._whole(bound)
        return Settled(bound, None)

    def _closed(self, bound: float) -> bool:
        """Whether no whole-numbered solution can be cheaper than the best one known."""
        return math.ceil(bound - _ROUNDING * max(1.0, abs(bound))) >= self.upper

    def _forget(self, x: Array) -> None:
        """Drop cuts that the solution satisfies by far; they come back where they are violated again."""
        loose = self._cut_rows() @ x > 1.0 + _LOOSE
        if loose.sum() > len(self.rows) // 4:
            self.known -= {row.tobytes() for row, far in zip(self.rows, loose) if far}
            self.rows = [row for row, far in zip(self.rows, loose) if not far]

    def _show(self, x: Array) -> None:
        share = np.zeros(len(self.arcs.costs))
        share[self.kept] = np.clip(x, 0.0, 1.0)
        self.upper = min(self.upper, self.look(share))

    def _violated(self, x: Array) -> bool:
        """Add the cuts that a solution violates; False when there is none."""
        units = np.maximum(np.rint(x * _UNIT), 0).astype(np.int32)
        before = len(self.rows)
        for t in self.goal.tolist():
            if time.monotonic() > self.end:
                break
            own = units
            for _ in range(_NESTED):
                columns = self._weak_cuts(own, t)
                if not columns:
                    break
                own = own.copy()
                for cut in columns:
                    self._add(cut)
                    own[cut] = _UNIT  # the next cut of this terminal shares no arc with these
        return len(self.rows) > before

    def _weak_cuts(self, units: Array, t: int) -> list[Array]:
        """Return the cuts next to the root and next to ``t`` where the flow between them is short of one arc."""
        n = self.arcs.n
        network = sparse.csr_matrix((units, (self.tails, self.heads)), shape=(n, n), dtype=np.int32)
        flow = maximum_flow(network, self.arcs.root, t)
        if flow.flow_value >= _UNIT * (1 - _SLACK):
            return []
        left = network - (flow.flow if hasattr(flow, "flow") else flow.residual)
        left.data = (left.data > 0).astype(np.int32)
        left.eliminate_zeros()
        found = []
        for matrix, start, sink_side in ((left, self.arcs.root, False), (left.T.tocsr(), t, True)):
            inside = np.zeros(n, dtype=bool)
            inside[breadth_first_order(matrix, start, return_predecessors=False)] = True
            inside = inside if sink_side else ~inside
            found.append(np.flatnonzero(~inside[self.tails] & inside[self.heads]))
        return found

    def _whole(self, bound: float) -> Settled:
        """Solve in whole numbers, adding cuts as long as a terminal is left out."""
        for _ in range(_ROUNDS):
            if time.monotonic() > self.end:
                break
            limits = [
                LinearConstraint(self._base[0], -np.inf, self._base[1]),
                LinearConstraint(self._cut_rows(), 1, np.inf),
            ]
            found = milp(
                self.costs,
                constraints=limits,
                integrality=np.ones(len(self.costs)),
                bounds=Bounds(0, self.most),
                options={"time_limit": max(0.1, self.end - time.monotonic()), "mip_rel_gap": 0.0, "node_limit": _NODES},
            )
            if found.status == 2:
                return Settled(self.upper, None)
            dual = getattr(found, "mip_dual_bound", None)
            if dual is not None and np.isfinite(dual):
                bound = max(bound, min(self.upper, float(dual) - _ROUNDING * abs(float(dual))))
            if found.x is None:
                break
            self._show(found.x)
            if self._closed(bound):
                return Settled(self.upper, None)
            if found.status != 0:
                break
            value = float(np.rint(found.fun))
            if not self._violated(found.x):
                return Settled(value, self.kept[np.flatnonzero(found.x > 0.5)])
        return Settled(bound, None)
