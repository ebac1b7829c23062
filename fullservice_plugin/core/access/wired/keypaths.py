# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of the key-path exchange; see :mod:`local` for what they do together.

Each works on flat integer arrays (or lists, where numba is absent) and fills the work arrays it is given.
"""
from __future__ import annotations

import heapq
from typing import Any

from fullservice_plugin.core.access.wired.jit import kernel


@kernel
def root_tree(root: int, pointer: Any, near: Any, edge: Any, flags: Any, parent: Any, above: Any,
               tin: Any, tout: Any, degree: Any) -> Any:
    """Preorder of the tree; fills parent, edge above, first and last number below each node, degrees."""
    order = [root]
    order.pop()
    stack = [root]
    while len(stack) > 0:
        v = stack.pop()
        tin[v] = len(order)
        order.append(v)
        for k in range(pointer[v], pointer[v + 1]):
            if flags[edge[k]] == 1:
                degree[v] += 1
                u = near[k]
                if edge[k] != above[v]:
                    parent[u] = v
                    above[u] = edge[k]
                    stack.append(u)
    for v in order:
        tout[v] = tin[v]
    for i in range(len(order) - 1, 0, -1):
        v = order[i]
        if tout[v] > tout[parent[v]]:
            tout[parent[v]] = tout[v]
    return order


@kernel
def voronoi(pointer: Any, near: Any, edge: Any, costs: Any, sources: Any, dist: Any, base: Any, via: Any) -> None:
    """Nearest source of each node, its distance, and the neighbour on the way to it."""
    heap = [(0, 0)]
    heap.pop()
    for v in sources:
        dist[v] = 0
        base[v] = v
        heap.append((0, v))
    heapq.heapify(heap)
    while len(heap) > 0:
        d, v = heapq.heappop(heap)
        if d > dist[v]:
            continue
        for k in range(pointer[v], pointer[v + 1]):
            u = near[k]
            c = d + costs[edge[k]]
            if c < dist[u]:
                dist[u] = c
                base[u] = base[v]
                via[u] = v
                heapq.heappush(heap, (c, u))


@kernel
def _merge(a: int, b: int, left: Any, right: Any) -> int:
    """Join two skew heaps; the number of an entry is its key."""
    if a < 0:
        return b
    if b < 0:
        return a
    if b < a:
        a, b = b, a
    top = a
    while True:
        r = right[a]
        right[a] = left[a]
        if r < 0:
            left[a] = b
            return top
        if b < r:
            r, b = b, r
        left[a] = r
        a = r


@kernel
def find_moves(pointer: Any, near: Any, edge: Any, tails: Any, heads: Any, costs: Any, terminal: Any,  # noqa: C901
          root: int, order: Any, parent: Any, above: Any, tin: Any, tout: Any, degree: Any, dist: Any, base: Any,
          via: Any, border: Any, members: Any, first: Any, heap: Any, left: Any, right: Any, path_of: Any,
          near_dist: Any, near_base: Any, near_via: Any) -> Any:
    """Improving moves: (gain, lower end of the key path, start in ``nodes``, ``nodes`` of the new ways)."""
    for r in range(len(border)):
        e = border[r]
        a = base[tails[e]]
        b = base[heads[e]]
        heap[a] = _merge(heap[a], 2 * r, left, right)
        heap[b] = _merge(heap[b], 2 * r + 1, left, right)
    gains = [0]
    gains.pop()
    lows = [0]
    lows.pop()
    starts = [0]
    starts.pop()
    nodes = [0]
    nodes.pop()
    for i in range(len(order) - 1, 0, -1):
        v = order[i]
        up = parent[v]
        if terminal[v] == 1 or degree[v] >= 3:
            lo = tin[v]
            hi = tout[v]
            worth = costs[above[v]]
            p = up
            cell = [p]
            cell.pop()
            while terminal[p] == 0 and degree[p] == 2 and p != root:
                path_of[p] = v
                for k in range(first[p], first[p + 1]):
                    cell.append(members[k])
                worth += costs[above[p]]
                p = parent[p]
            best = worth
            best_edge = -1
            aside = [0]
            aside.pop()
            while heap[v] >= 0:
                h = heap[v]
                e = border[h >> 1]
                x = tails[e]
                y = heads[e]
                bx = base[x]
                by = base[y]
                inx = lo <= tin[bx] <= hi
                iny = lo <= tin[by] <= hi
                if not (inx and iny):
                    c = dist[x] + costs[e] + dist[y]
                    if c >= best:
                        break
                    other = by if inx else bx
                    if path_of[other] != v:
                        best = c
                        best_edge = e
                        break
                    aside.append(h)
                heap[v] = _merge(left[h], right[h], left, right)
            for h in aside:
                left[h] = -1
                right[h] = -1
                heap[v] = _merge(heap[v], h, left, right)
            queue = [(0, 0)]
            queue.pop()
            for u in cell:
                near_dist[u] = 1 << 60
                near_base[u] = -1
            for u in cell:
                for k in range(pointer[u], pointer[u + 1]):
                    w = near[k]
                    if base[w] >= 0 and path_of[base[w]] != v:
                        c = dist[w] + costs[edge[k]]
                        if c < near_dist[u] and c < best:
                            near_dist[u] = c
                            near_base[u] = base[w]
                            near_via[u] = w
                if near_base[u] >= 0:
                    queue.append((near_dist[u], u))
            heapq.heapify(queue)
            while len(queue) > 0:
                d, u = heapq.heappop(queue)
                if d > near_dist[u]:
                    continue
                for k in range(pointer[u], pointer[u + 1]):
                    w = near[k]
                    if base[w] >= 0 and path_of[base[w]] == v:
                        c = d + costs[edge[k]]
                        if c < near_dist[w] and c < best:
                            near_dist[w] = c
                            near_base[w] = near_base[u]
                            near_via[w] = u
                            heapq.heappush(queue, (c, w))
            renewed = False
            for u in cell:
                if near_base[u] < 0:
                    continue
                inu = lo <= tin[near_base[u]] <= hi
                for k in range(pointer[u], pointer[u + 1]):
                    w = near[k]
                    if base[w] < 0:
                        continue
                    if path_of[base[w]] == v:
                        if near_base[w] < 0:
                            continue
                        bw = near_base[w]
                        dw = near_dist[w]
                    else:
                        bw = base[w]
                        dw = dist[w]
                    if (lo <= tin[bw] <= hi) != inu:
                        c = near_dist[u] + costs[edge[k]] + dw
                        if c < best:
                            best = c
                            best_edge = edge[k]
                            renewed = True
            if best_edge >= 0 and best < worth:
                gains.append(worth - best)
                lows.append(v)
                starts.append(len(nodes))
                side = [0]
                side.pop()
                x = tails[best_edge]
                while True:
                    side.append(x)
                    if renewed and path_of[base[x]] == v:
                        x = near_via[x]
                    elif via[x] >= 0:
                        x = via[x]
                    else:
                        break
                for j in range(len(side) - 1, -1, -1):
                    nodes.append(side[j])
                x = heads[best_edge]
                while True:
                    nodes.append(x)
                    if renewed and path_of[base[x]] == v:
                        x = near_via[x]
                    elif via[x] >= 0:
                        x = via[x]
                    else:
                        break
        heap[up] = _merge(heap[up], heap[v], left, right)
    return gains, lows, starts, nodes


@kernel
def apply_moves(pointer: Any, near: Any, edge: Any, costs: Any, terminal: Any, parent: Any, above: Any,  # noqa: C901
                degree: Any, rank: Any, low: Any, start: Any, nodes: Any, mark: Any) -> int:
    """Apply moves in the order of ``rank``, changing parent, edge above and degree; returns what was gained.

    The tree may have changed since a move was found. A new way that is still free takes out the dearest key path of the
    cycle it closes. One that runs over its own key path takes out the path above ``low``, if that leaves two parts
    which it joins. Either is done only where it gains. ``mark`` is −1.
    """
    gained = 0
    for step in range(len(rank)):
        i = rank[step]
        s = start[i]
        t = start[i + 1] - 1
        a = nodes[s]
        b = nodes[t]
        if degree[a] == 0 or degree[b] == 0:
            continue
        free = True
        fresh = 0
        for j in range(s, t):
            if j > s and degree[nodes[j]] > 0:
                free = False
            c = 1 << 60
            for k in range(pointer[nodes[j]], pointer[nodes[j] + 1]):
                if near[k] == nodes[j + 1] and costs[edge[k]] < c:
                    c = costs[edge[k]]
            fresh += c
        best = 0
        best_low = -1
        best_end = -1
        best_from = -1
        if free:
            x = a
            while x >= 0:
                mark[x] = step
                x = parent[x]
            meet = b
            while mark[meet] != step:
                meet = parent[meet]
            for turn in range(2):
                x = a if turn == 0 else b
                low_end = x
                run = 0
                while x != meet:
                    run += costs[above[x]]
                    x = parent[x]
                    if x == meet or terminal[x] == 1 or degree[x] >= 3:
                        if run > best:
                            best = run
                            best_low = low_end
                            best_end = x
                            best_from = a if turn == 0 else b
                        run = 0
                        low_end = x
        elif degree[low[i]] > 0 and parent[low[i]] >= 0:
            best_low = low[i]
            x = best_low
            while True:
                best += costs[above[x]]
                x = parent[x]
                if parent[x] < 0 or terminal[x] == 1 or degree[x] >= 3:
                    break
            best_end = x
        if best <= fresh:
            continue
        cut = [(0, 0)]
        cut.pop()
        x = best_low
        while x != best_end:
            up = parent[x]
            cut.append((x, above[x]))
            degree[x] -= 1
            degree[up] -= 1
            parent[x] = -1
            above[x] = -1
            x = up
        if best_from < 0:
            good = True
            for j in range(s, t + 1):
                x = nodes[j]
                kept = degree[x] > 0 or x == best_low or x == best_end
                if kept != (j == s or j == t):
                    good = False
            x = a
            while parent[x] >= 0:
                x = parent[x]
            y = b
            while parent[y] >= 0:
                y = parent[y]
            if x == best_low and y != best_low:
                best_from = a
            elif y == best_low and x != best_low:
                best_from = b
            else:
                good = False
            if not good:
                up = best_end
                for j in range(len(cut) - 1, -1, -1):
                    x, e = cut[j]
                    parent[x] = up
                    above[x] = e
                    degree[x] += 1
                    degree[up] += 1
                    up = x
                continue
        x = best_from
        last = -1
        last_edge = -1
        while x >= 0:  # turn the cut-off part so that it hangs from the new way
            up = parent[x]
            e = above[x]
            parent[x] = last
            above[x] = last_edge
            last = x
            last_edge = e
            x = up
        j = s if best_from == a else t
        stride = 1 if best_from == a else -1
        stop = t if best_from == a else s
        while j != stop:
            x = nodes[j]
            y = nodes[j + stride]
            c = 1 << 60
            pick = -1
            for k in range(pointer[x], pointer[x + 1]):
                if near[k] == y and costs[edge[k]] < c:
                    c = costs[edge[k]]
                    pick = edge[k]
            parent[x] = y
            above[x] = pick
            degree[x] += 1
            degree[y] += 1
            j += stride
        gained += best - fresh
    return gained
