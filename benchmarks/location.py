# SPDX-License-Identifier: GPL-2.0-or-later
"""Single-source facility location: prints ``name cost lower_bound seconds`` per file, last line totals as JSON.

``location.py FILE… [--seconds N]`` reads files as of Holmberg and the OR-Library, also gzipped: sites, customers;
capacities; fixed costs; demands; a line of costs per customer. Where a file ``os`` lies beside them, line k holds the
optimum of p*k*: cost ≥ optimum ≥ lower_bound is checked, and a contradiction makes the exit status 1. The peer of the
same run is the usual greedy: customers by demand, each to the site where it costs least now.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from stage import files_or_default, use_stage  # noqa: E402


def read(path: Path) -> tuple[Any, Any, Any, Any]:
    """Return capacities, fixed costs, demands, costs (customers × sites)."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="latin-1") as file:
        words = np.array(file.read().split(), dtype=np.float64)
    sites, customers = int(words[0]), int(words[1])
    cuts = np.cumsum([2, sites, sites, customers])
    if len(words) < cuts[-1] + sites * customers:
        raise ValueError("too few numbers")
    capacity, fixed, demand = words[2 : cuts[1]], words[cuts[1] : cuts[2]], words[cuts[2] : cuts[3]]
    return capacity, fixed, demand, words[cuts[3] : cuts[3] + sites * customers].reshape(customers, sites)


def optimum(path: Path) -> float:
    """Return the known optimum of a file, infinity where none is known."""
    table, number = path.parent / "os", re.match(r"p(\d+)", path.name)
    if not table.exists() or number is None:
        return float("inf")
    lines = table.read_text(encoding="ascii").split()
    k = int(number.group(1))
    return float(lines[k - 1]) if k <= len(lines) else float("inf")


def greedy(capacity: Any, fixed: Any, demand: Any, cost: Any) -> float:
    """Return the cost of the peer's plan; infinity where it gets stuck."""
    left, opened, total = capacity.copy(), np.zeros(len(fixed), dtype=bool), 0.0
    for row in np.argsort(-demand, kind="stable"):
        price = np.where(left >= demand[row], cost[row] + np.where(opened, 0.0, fixed), np.inf)
        site = int(np.argmin(price))
        if not np.isfinite(price[site]):
            return float("inf")
        total, left[site], opened[site] = total + float(price[site]), left[site] - demand[row], True
    return total


def main() -> int:
    """Solve every file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="default: the development data")
    parser.add_argument("--seconds", type=float, default=10.0, help="time limit per file")
    options = parser.parse_args()
    use_stage()
    from fullservice_plugin.core.access.location import solve_location

    total: dict[str, Any] = {"files": 0, "cost": 0.0, "lower_bound": 0.0, "seconds": 0.0, "slowest": 0.0, "wrong": 0}
    gaps, proven, peer = [], [], []
    files = [path for path in files_or_default(options.files, "wired/sscflp/*/p*") if path.name != "os"]
    for path in files:
        case = read(path)
        start = time.perf_counter()
        found = solve_location(*case, options.seconds)
        seconds = time.perf_counter() - start
        print(f"{path.parent.name}/{path.name} {found.cost:.10g} {found.lower_bound:.10g} {seconds:.3f}", flush=True)
        load = np.bincount(found.site, weights=case[2], minlength=len(case[0]))
        own = case[1][np.unique(found.site)].sum() + case[3][np.arange(len(found.site)), found.site].sum()
        best = optimum(path)
        slack = 1e-6 * max(1.0, abs(found.cost))
        wrong = bool((load > case[0]).any()) or abs(own - found.cost) > slack
        wrong |= found.lower_bound > best + slack or found.cost < best - slack and np.isfinite(best)
        total["wrong"] += int(wrong)
        total["files"] += 1
        for name, value in (("cost", found.cost), ("lower_bound", found.lower_bound), ("seconds", seconds)):
            total[name] += value
        total["slowest"] = max(total["slowest"], seconds)
        proven.append(found.cost / found.lower_bound - 1 if found.lower_bound > 0 else 0.0)
        other = greedy(*case)
        if np.isfinite(best):
            gaps.append(found.cost / best - 1)
            if np.isfinite(other):
                peer.append(other / best - 1)
    for name, values in (("mean_gap_percent", gaps), ("mean_proven_percent", proven), ("peer_gap_percent", peer)):
        if values:
            total[name], total[name.replace("percent", "max")] = 100 * sum(values) / len(values), 100 * max(values)
    print(json.dumps({name: round(v, 4) if isinstance(v, float) else v for name, v in total.items()}))
    return int(total["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main())
