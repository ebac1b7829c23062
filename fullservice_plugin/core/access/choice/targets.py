# SPDX-License-Identifier: GPL-2.0-or-later
"""Strategic targets: a least share of the households of each grid that the plan serves, whatever it brings.

A target enters as a bonus μ per household of its grid, added to what every method brings there. For every μ ≥ 0 a
plan that meets the targets brings at most (best with bonus) − Σ μ · asked, so that bounds hold as without targets.
What is asked is what can be: refused and unreachable buildings cannot be served and are told.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from shapely.prepared import prep

from fullservice_plugin.core.access.choice.problem import Problem, boosted
from fullservice_plugin.core.access.choice.sites import Site
from fullservice_plugin.core.access.choice.solve import complete_plan
from fullservice_plugin.core.access.choice.target_areas import TargetArea, TargetResult

if TYPE_CHECKING:
    from fullservice_plugin.core.access.choice.instance import Instance

_RISES, _HALVES = 10, 4
"""Steps by which a bonus is raised until the target holds, then lowered again while it holds."""


@dataclass(frozen=True)
class Target:
    """One target on the sites of a choice: ``homes`` by site row; ``asked`` of them, at most ``possible``."""

    code: str
    share: float
    homes: dict[int, float]
    possible: float
    asked: float

    def served(self, methods: Mapping[int, str]) -> float:
        """Return the households that a choice (row → method) serves."""
        return math.fsum(count for row, count in self.homes.items() if row in methods)


def targets_of(areas: Sequence[TargetArea], sites: Sequence[Site], shapes: Sequence[Any],
               served: Mapping[int, Any]) -> list[Target]:
    """Return the targets on the sites; ``served``: rows that can be served at all. A site counts where its point is."""
    points = {site.row: shapes[site.row].representative_point() for site in sites
              if shapes[site.row] is not None and not shapes[site.row].is_empty}
    found = []
    for area in areas:
        inside = prep(area.shape)
        homes = {site.row: float(site.market.homes) for site in sites
                 if site.row in points and site.market.homes > 0 and inside.intersects(points[site.row])}
        possible = math.fsum(count for row, count in homes.items() if served.get(row))
        asked = min(math.ceil(area.share * math.fsum(homes.values()) - 1e-9), possible)
        if homes:
            found.append(Target(area.code, area.share, homes, possible, float(asked)))
    return found


def shortfall(targets: Sequence[Target], methods: Mapping[int, str]) -> float:
    """Return the households that a choice serves too few, over all targets."""
    return math.fsum(max(0.0, target.asked - target.served(methods)) for target in targets)


def bonus_of(targets: Sequence[Target], prices: Sequence[float]) -> dict[int, float]:
    """Return row → what serving it is worth beside its revenue, at a price per household of each target."""
    found: dict[int, float] = {}
    for target, price in zip(targets, prices):
        if price > 0:
            for row, homes in target.homes.items():
                found[row] = found.get(row, 0.0) + price * homes
    return found


def prices_for(targets: Sequence[Target], problem: Problem, rows: Sequence[int]) -> list[float]:
    """Return the least prices per household found at which a good plan without a budget meets each target."""
    spent = math.fsum(min(option.cost for option in options) for options in problem.sites if options)
    homes = math.fsum(math.fsum(target.homes.values()) for target in targets)
    step = max(1.0, spent / max(1.0, homes)) / 4
    low, high = [0.0] * len(targets), [0.0] * len(targets)
    for _ in range(_RISES):
        unmet = _unmet(targets, high, problem, rows)
        if not any(unmet):
            break
        for number in (k for k, missed in enumerate(unmet) if missed):
            low[number], high[number] = high[number], max(step, 2 * high[number])
    for _ in range(_HALVES):
        tried = [(a + b) / 2 for a, b in zip(low, high)]
        unmet = _unmet(targets, tried, problem, rows)
        if not any(unmet):
            high = tried
        else:
            low = [t if missed else a for t, missed, a in zip(tried, unmet, low)]
    return high


def trimmed(
    instance: "Instance", targets: Sequence[Target], methods: Mapping[int, str], until: float
) -> dict[int, str]:
    """Return a choice without the buildings that lose money and that no target needs, the dearest first.

    A bonus per household serves whole groups at once; what lies beyond the target is given up again here. Prices are
    the estimated ones; ``until``: when to stop (``time.perf_counter``).
    """
    kept = dict(methods)
    while time.perf_counter() < until:
        lone = instance.lone_ways(kept)
        losses = sorted((instance.options[row][method].revenue - instance.options[row][method].cost - lone[row], row)
                        for row, method in kept.items() if row in lone and not instance.locked(row))
        spare = {target.code: target.served(kept) - target.asked for target in targets}
        drop = next((row for value, row in losses if value < 0 and all(
            target.homes.get(row, 0.0) <= max(0.0, spare[target.code]) + 1e-9 for target in targets)), None)
        if drop is None:
            break
        del kept[drop]
    return kept


def _unmet(targets: Sequence[Target], prices: Sequence[float], problem: Problem, rows: Sequence[int]) -> list[bool]:
    plan = complete_plan(boosted(problem, rows, bonus_of(targets, prices)))
    methods = {row: "" for row, pick in zip(rows, plan.picks) if pick >= 0}
    return [target.served(methods) < target.asked - 1e-6 for target in targets]


def results(targets: Sequence[Target], methods: Mapping[int, str]) -> list[TargetResult]:
    """Return what became of the targets in a choice."""
    return [TargetResult(one.code, one.share, math.fsum(one.homes.values()), one.possible, one.asked,
                         one.served(methods)) for one in targets]
