# SPDX-License-Identifier: GPL-2.0-or-later
"""The method of every building of a city chosen with shared trenches: a line per budget, last line totals as JSON.

``choice.py [CITY.osm.pbf] [--homes N] [--budget SHARE] [--seconds N]`` takes the buildings nearest to the middle, draws
take rates, probabilities and businesses (seeded), chooses without a budget and with a share of that plan's cost.
Printed: buildings, cost, benefit, gap against every thinkable design, gap of the choice at its own prices, seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, Optional

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from plan import city, sized  # noqa: E402
from stage import development_data, use_stage  # noqa: E402


def with_market(case: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    """Return the tables with take rates, probabilities of agreement and businesses, the same every time."""
    dice, buildings = np.random.default_rng(1), case[0]
    count = len(buildings)
    buildings.columns["take_rate"] = [float(x) for x in dice.choice([0.2, 0.3, 0.4, 0.5], count)]
    buildings.columns["probability"] = [float(x) for x in dice.choice([0.5, 0.75, 1.0], count)]
    buildings.columns["businesses"] = [int(x) for x in dice.choice([0, 0, 0, 1, 3], count)]
    return case


def chosen(case: tuple[Any, Any, Any], budget: Optional[float], seconds: float) -> dict[str, Any]:
    """Return the figures of one plan."""
    from fullservice_plugin.core.access.catalogue import load_catalogue
    from fullservice_plugin.core.access.choice.model import AccessOptions
    from fullservice_plugin.core.access.choice.plan import plan_access

    start = time.perf_counter()
    plan = plan_access(*case, None, load_catalogue(None), AccessOptions(time_limit=seconds, budget=budget))
    return {
        "buildings": len(case[0]),
        "budget": None if budget is None else round(budget),
        "cost": round(plan.cost),
        "benefit": round(plan.benefit),
        "benefit_gap": round(plan.benefit_gap, 4),
        "choice_gap": round(plan.choice_gap, 4),
        "seconds": round(time.perf_counter() - start, 1),
    }


def main() -> int:
    """Choose without and within a budget."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("city", nargs="?", type=Path)
    parser.add_argument("--homes", type=int, default=8000)
    parser.add_argument("--budget", type=float, default=0.5)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    use_stage()
    shipped = ROOT / "demo" / "data" / "helsinki_centre.osm.pbf"
    known = development_data() / "city" / "porto.osm.pbf"
    path = options.city or (known if known.exists() else shipped)
    case = with_market(sized(city(path), options.homes))
    free = chosen(case, None, options.seconds)
    bound = chosen(case, options.budget * free["cost"], options.seconds)
    for found in (free, bound):
        print(*found.values())
    print(json.dumps({"free": free, "budget": bound}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
