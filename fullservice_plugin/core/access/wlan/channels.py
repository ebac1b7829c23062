# SPDX-License-Identifier: GPL-2.0-or-later
"""Channels of access points: DSATUR order, then tabu search on the co-channel interference."""

from __future__ import annotations

from typing import Optional

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


def cost_of(weights: Array, colours: Ints) -> float:
    """Return the summed weight of pairs on one channel; ``weights`` is symmetric with a zero diagonal."""
    return float((weights * (colours[:, None] == colours[None, :])).sum() / 2)


def dsatur(weights: Array, count: int, fixed: Optional[Ints] = None) -> Ints:
    """Assign ``count`` channels: most channels seen first, then heaviest; each takes its quietest channel.

    ``fixed`` (n): the channel index that an access point keeps, −1 where it is free.
    """
    n = len(weights)
    colours = np.full(n, -1, dtype=np.int64) if fixed is None else fixed.copy()
    seen = np.zeros((n, count))
    for vertex in np.flatnonzero(colours >= 0):
        seen[:, colours[vertex]] += weights[:, vertex]
    total = weights.sum(axis=1)
    for _ in range(int((colours < 0).sum())):
        saturation = (seen > 0).sum(axis=1).astype(float)
        saturation[colours >= 0] = -1
        top = np.flatnonzero(saturation == saturation.max())
        vertex = int(top[np.argmax(total[top])])
        colour = int(np.argmin(seen[vertex]))
        colours[vertex] = colour
        seen[:, colour] += weights[:, vertex]
    return colours


def tabu(
    weights: Array, colours: Ints, count: int, iterations: int, seed: int = 1, fixed: Optional[Ints] = None,
    patience: Optional[int] = None,
) -> Ints:
    """Improve an assignment by single changes with a tabu list; never returns a worse one.

    ``patience``: ends after so many steps without a better one.
    """
    n = len(weights)
    kept = np.zeros(n, dtype=bool) if fixed is None else fixed >= 0
    if n < 2 or count < 2 or kept.all():
        return colours
    random = np.random.default_rng(seed)
    current = colours.copy()
    seen = np.zeros((n, count))
    for colour in range(count):
        seen[:, colour] = weights[:, current == colour].sum(axis=1)
    every = np.arange(n)
    cost = cost_of(weights, current)
    best, best_cost = current.copy(), cost
    forbidden = np.zeros((n, count), dtype=np.int64)
    improved = 0
    for step in range(1, iterations + 1):
        if best_cost <= 1e-9 or (patience is not None and step - improved > patience):
            break
        delta = seen - seen[every, current][:, None]
        blocked = (forbidden > step) & (cost + delta >= best_cost - 1e-9)
        delta = np.where(blocked, np.inf, delta)
        delta[every, current] = np.inf
        delta[kept] = np.inf
        move = int(np.argmin(delta))
        vertex, colour = divmod(move, count)
        if not np.isfinite(delta[vertex, colour]):
            continue
        old = int(current[vertex])
        cost += float(delta[vertex, colour])
        current[vertex] = colour
        seen[:, old] -= weights[:, vertex]
        seen[:, colour] += weights[:, vertex]
        forbidden[vertex, old] = step + 5 + int(random.integers(0, 10)) + n // 10
        if cost < best_cost - 1e-9:
            best, best_cost, improved = current.copy(), cost, step
    return best


def assign_channels(
    weights: Array, count: int, faint: Optional[Array] = None, fixed: Optional[Ints] = None
) -> Ints:
    """Return a channel index (0 … count − 1) per access point; never worse than DSATUR alone.

    ``faint``: small weights of pairs that do not share airtime but disturb each other a little; they decide where the
    strong ones leave a choice. ``fixed`` (n): indices that are kept, −1 where free.
    """
    n = len(weights)
    if n == 0 or count < 1:
        return np.zeros(n, dtype=np.int64)
    steps = min(20000, 100 + 3 * n * n)
    found = tabu(weights, dsatur(weights, count, fixed), count, steps, fixed=fixed)
    if faint is None:
        return found
    return tabu(weights + faint, found, count, steps, fixed=fixed, patience=50 + 5 * n)
