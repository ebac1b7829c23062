# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole curve of cost and benefit, not one point of it: designed plans, and what no plan at their cost exceeds."""

from __future__ import annotations

import math
from typing import Sequence

from fullservice_plugin.core.access.choice.instance import Instance
from fullservice_plugin.core.access.choice.model import FrontierPoint
from fullservice_plugin.core.access.choice.realise import Realised
from fullservice_plugin.core.access.choice.solve import SWEEP, Solver

_LINES = SWEEP[::2]


def bound_lines(instance: Instance) -> list[tuple[float, float]]:
    """Return (λ, a) such that no plan of cost at most b has a benefit above a + λ·b.

    For a multiplier λ ≥ 0 the best of Σ revenue − (1 + λ) cost, bounded by dual ascent, is a; a plan of cost ≤ b
    gains at most λ·b over it. The allowance for cabinets that stand already counts as money on top.
    """
    solver, more = Solver(instance.lower_problems(None)[0]), instance.allowance
    return [(multiplier, solver.upper(multiplier)[0] + (1 + multiplier) * more) for multiplier in _LINES]


def frontier(instance: Instance, tried: Sequence[Realised], upper: float) -> list[FrontierPoint]:
    """Return the undominated plans by cost with their bounds; ``upper`` bounds every plan of any cost."""
    lines = bound_lines(instance)
    points: list[FrontierPoint] = []
    for found in sorted(tried, key=lambda one: (one.cost, -instance.revenue_of(one.methods))):
        benefit = instance.revenue_of(found.methods) - found.cost
        if points and benefit <= points[-1].benefit + 1e-9:
            continue
        bound = min([upper, *(value + multiplier * found.cost for multiplier, value in lines)], default=math.inf)
        homes = sum(instance.sites[row].homes for row in found.methods)
        points.append(FrontierPoint(found.cost, benefit, max(bound, benefit), homes))
    return points


def spread(costs: Sequence[float], count: int) -> list[int]:
    """Return the numbers of ``count`` plans whose (estimated) costs are spread evenly, the last one included."""
    if not costs or count < 1:
        return []
    wanted = [costs[-1] * (k + 1) / count for k in range(count)]
    return sorted({min(range(len(costs)), key=lambda n: (abs(costs[n] - cost), n)) for cost in wanted})
