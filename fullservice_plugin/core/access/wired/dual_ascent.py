# SPDX-License-Identifier: GPL-2.0-or-later
"""Wong's dual ascent: a lower bound for the directed Steiner tree (arborescence) problem.

For every set W of nodes that holds a terminal and not the root, an arborescence pays at least one arc into W. Dual
ascent raises the price of such cuts one after the other without ever paying more for an arc than it costs; the sum
of the raises is a lower bound (Wong 1984). Cuts with few arcs go first (Pajor, Uchoa, Werneck 2018). A search keeps
growing after each raise instead of starting again; it is a reverse Dijkstra over the reduced costs.

Costs are rounded *down* to integers of a fine grid before the ascent, so the bound holds exactly, free of rounding.
"""
from __future__ import annotations

import heapq
import math
import time
from typing import Any, Optional, Sequence, Union

import numpy as np

from fullservice_plugin.core.access.wired.jit import Array, ints, kernel, native
from fullservice_plugin.core.errors import SolverError

Numbers = Union[Sequence[float], Array]
_GRID_BITS = 50  # the sum of all integer costs stays below 2**50: exact in int64 and in float64
_CHUNK = 400_000  # arcs scanned between two looks at the clock


def dual_ascent(tails: Numbers, heads: Numbers, costs: Numbers, n: int, root: int, terminals: Numbers,
                seconds: float = math.inf, tree: Optional[Array] = None) -> tuple[float, Array]:
    """Lower bound on the cheapest arborescence from ``root`` to all ``terminals``, valid for asymmetric arcs.

    Parameters: ``tails``, ``heads`` (m node numbers), ``costs`` (m, ≥ 0; ``inf`` = forbidden arc), ``n`` nodes,
    ``root``, ``terminals`` (node numbers; the root among them does no harm). ``seconds`` stops early: the bound
    reached is still valid. ``tree`` (m flags) may name the arcs of a good solution: cuts that it crosses once go
    first, since an optimal dual raises no other.

    Returns ``(bound, reduced)``: the bound in the unit of the costs, and the reduced cost of each arc (m, ≥ 0). A
    solution that uses arc a costs at least ``bound + reduced[a]`` + the reduced distance root → tail(a). ``bound``
    is ``inf`` where a terminal cannot be reached. Negative or NaN costs raise :class:`SolverError`.
    """
    cost = np.asarray(costs, dtype=np.float64)
    tail, head = ints(tails), ints(heads)
    if cost.size and (np.isnan(cost).any() or cost.min() < 0):
        raise SolverError("Arc costs must be numbers that are not negative.")
    usable = np.flatnonzero(np.isfinite(cost) & (tail != head))
    scale = grid_scale(cost[usable])
    grid = np.floor(cost[usable] * scale).astype(np.int64)
    order = np.argsort(head[usable], kind="stable")
    pointer = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(head[usable], minlength=n), out=pointer[1:])
    reduced = native(grid[order])
    flags = np.zeros(len(order), dtype=np.int64) if tree is None else ints(tree)[usable][order]
    bound, finished = _run(n, root, pointer, tail[usable][order], reduced, ints(terminals), seconds, flags)
    full = cost.copy()
    full[usable[order]] = np.asarray(reduced, dtype=np.float64) / scale
    if finished < 0:
        return math.inf, full
    return bound / scale, full


def grid_scale(cost: Array) -> float:
    """The power of two by which costs are multiplied before they become integers (1 where they are integers)."""
    total = float(cost.sum())
    if total <= 0 or (total < 2.0 ** _GRID_BITS and bool(np.all(cost == np.floor(cost)))):
        return 1.0
    return 2.0 ** min(20, math.floor(_GRID_BITS - math.log2(total)))


def ascent_cuts(
    tails: Numbers, heads: Numbers, costs: Numbers, n: int, root: int, terminals: Numbers, most: int
) -> list[Array]:
    """Return the cuts (arc numbers, ascending) that an ascent raises, at most ``most``; ``costs`` are integers ≥ 0.

    A plain ascent for small instances: the smallest cut first, one raise at a time, each written down.
    """
    tail, head = ints(tails), ints(heads)
    order = np.argsort(head, kind="stable")
    pointer = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(head, minlength=n), out=pointer[1:])
    active = np.zeros(n, dtype=np.int64)
    active[ints(terminals)] = 1
    active[root] = 0
    size, found = _record(root, native(pointer), native(tail[order]), native(ints(costs)[order]), native(active),
                          native(np.zeros(n, dtype=np.int64)), most)  # fmt: skip
    parts = np.split(order[ints(found)], np.cumsum(ints(size))[:-1]) if len(size) else []
    return [np.sort(part) for part in parts]


@kernel
def _record(  # noqa: C901
    root: int, pointer: Any, tails: Any, red: Any, active: Any, mark: Any, most: int
) -> tuple[Any, Any]:
    """Raise cuts one at a time; returns the size of each and the arcs of all, one after the other."""
    queue = [(0, 0)]
    queue.pop()
    for t in range(len(active)):
        if active[t] == 1:
            queue.append((pointer[t + 1] - pointer[t], t))
    heapq.heapify(queue)
    sizes = [0]
    sizes.pop()
    found = [0]
    found.pop()
    stamp = 0
    while len(queue) > 0 and len(sizes) < most:
        _, t = heapq.heappop(queue)
        stamp += 1
        mark[t] = stamp
        stack = [t]
        border = [0]
        border.pop()
        connected = False
        while len(stack) > 0 and not connected:
            v = stack.pop()
            for a in range(pointer[v], pointer[v + 1]):
                u = tails[a]
                if mark[u] == stamp:
                    continue
                if red[a] > 0:
                    border.append(a)
                elif u == root or active[u] == 1:
                    connected = True
                    break
                else:
                    mark[u] = stamp
                    stack.append(u)
        if connected:
            active[t] = 0
            continue
        least = -1
        count = 0
        for a in border:
            if mark[tails[a]] != stamp:
                count += 1
                if least < 0 or red[a] < least:
                    least = red[a]
        if count == 0:
            break
        for a in border:
            if mark[tails[a]] != stamp:
                red[a] -= least
                found.append(a)
        sizes.append(count)
        heapq.heappush(queue, (count, t))
    return sizes, found


def _run(n: int, root: int, pointer: Array, tails: Array, reduced: Any, terminals: Array,
         seconds: float, tree: Array) -> tuple[int, int]:
    """Run the kernel in pieces until it is done or the time is over; ``reduced`` is changed in place."""
    flag = np.zeros(n, dtype=np.int64)
    flag[terminals] = 1
    flag[root] = 0
    active, score = native(flag), native(ints(np.diff(pointer)))
    mark, joined, waiting, crossed = (native(np.zeros(n, dtype=np.int64)) for _ in range(4))
    pointer, tails, inside = native(pointer), native(tails), native(tree)
    bound, stamp, end = 0, 0, time.monotonic() + seconds
    while True:
        gained, stamp, left = _ascend(root, pointer, tails, reduced, active, score, mark, joined, waiting,
                                      stamp, _CHUNK, inside, crossed)
        bound += gained
        if left <= 0 or time.monotonic() > end:
            return int(bound), int(left)


@kernel
def _ascend(root: int, pointer: Any, tails: Any, red: Any, active: Any, score: Any, mark: Any,  # noqa: C901
            joined: Any, waiting: Any, stamp: int, budget: int, tree: Any, crossed: Any) -> tuple[int, int, int]:
    """Raise cuts until no terminal is active or ``budget`` arcs were scanned.

    ``active[v]`` 1 for terminals not yet connected, ``score[v]`` cut size seen last, ``mark`` the search that
    reached v, ``joined`` the offset at which v joined it, ``waiting`` cut arcs out of v, ``crossed`` those of the
    ``tree`` among them. Returns (gain, stamp, terminals still active; -1 where one cannot be reached).
    """
    queue = [(score[t], t) for t in range(len(active)) if active[t] == 1]
    heapq.heapify(queue)
    bound = 0
    while len(queue) > 0:
        if budget < 0:
            return bound, stamp, len(queue)
        _, t = heapq.heappop(queue)
        limit = -1
        if len(queue) > 0:
            limit = queue[0][0] + queue[0][0] // 4  # a quarter of slack saves most restarts
        stamp += 1
        mark[t] = stamp
        joined[t] = 0
        waiting[t] = 0
        crossed[t] = 0
        over = 0
        stack = [t]
        border = [(0, 0)]  # gives the list its type
        border.pop()
        touched = [t]
        offset = 0
        cut = 0
        connected = False
        while True:
            while len(stack) > 0:
                v = stack.pop()
                first = pointer[v]
                last = pointer[v + 1]
                budget -= last - first
                for a in range(first, last):
                    u = tails[a]
                    if mark[u] == stamp:
                        continue
                    if red[a] == 0:
                        if u == root or active[u] == 1:
                            connected = True
                            break
                        mark[u] = stamp
                        joined[u] = offset
                        if waiting[u] > 0:
                            cut -= waiting[u]
                            over -= crossed[u]
                            waiting[u] = 0
                            crossed[u] = 0
                        stack.append(u)
                    else:
                        heapq.heappush(border, (red[a] + offset, a))
                        if waiting[u] == 0:
                            touched.append(u)
                        waiting[u] += 1
                        crossed[u] += tree[a]
                        cut += 1
                        over += tree[a]
                if connected:
                    break
            if connected or (limit >= 0 and cut * max(over, 1) > limit):
                break
            if cut == 0:
                return bound, stamp, -1
            key, a = heapq.heappop(border)
            u = tails[a]
            if mark[u] == stamp:
                red[a] = key - joined[u]
                continue
            offset = key
            red[a] = 0
            if u == root or active[u] == 1:
                connected = True
                break
            mark[u] = stamp
            joined[u] = offset
            cut -= waiting[u]
            over -= crossed[u]
            waiting[u] = 0
            crossed[u] = 0
            stack.append(u)
        bound += offset
        if offset > 0:
            for key, a in border:
                u = tails[a]
                if mark[u] == stamp:
                    red[a] = key - joined[u]
                else:
                    red[a] = key - offset
        for u in touched:
            waiting[u] = 0
            crossed[u] = 0
        if connected:
            active[t] = 0
        else:
            score[t] = cut * max(over, 1)
            heapq.heappush(queue, (score[t], t))
    return bound, stamp, 0
