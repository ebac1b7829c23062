# SPDX-License-Identifier: GPL-2.0-or-later
"""Set covering on OR-Library files: prints ``name cost lower_bound seconds``, last line totals as JSON.

Runs the covering code of the WLAN design; the greedy of the same run stands beside it in the totals.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from stage import files_or_default, use_stage  # noqa: E402


def read(path: Path) -> tuple[Any, Any]:
    """Return (matrix, costs) of an OR-Library set covering file."""
    import numpy as np
    from scipy import sparse

    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as file:
        numbers = np.array(file.read().split(), dtype=float)
    rows, columns = int(numbers[0]), int(numbers[1])
    costs = numbers[2:2 + columns]
    place, row_of, column_of = 2 + columns, [], []
    for row in range(rows):
        count = int(numbers[place])
        column_of.extend(int(c) - 1 for c in numbers[place + 1:place + 1 + count])
        row_of.extend([row] * count)
        place += 1 + count
    if place != len(numbers):
        raise SystemExit(f"{path}: not an OR-Library set covering file")
    return sparse.csc_matrix((np.ones(len(row_of)), (row_of, column_of)), shape=(rows, columns)), costs


def main() -> None:
    """Solve every file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="default: the development data")
    parser.add_argument("--seconds", type=float, default=10.0, help="time limit per file")
    options = parser.parse_args()
    use_stage()
    from fullservice_plugin.core.access.wlan.setcover import greedy, solve_cover

    total = dict.fromkeys(("files", "cost", "lower_bound", "greedy_cost", "proven", "seconds", "slowest"), 0.0)
    for path in files_or_default(options.files, "wlan/orlib_scp/scp4*.txt"):
        matrix, costs = read(path)
        total["greedy_cost"] += float(costs[greedy(matrix, costs)].sum())
        start = time.perf_counter()
        result = solve_cover(matrix, costs, options.seconds)
        seconds = time.perf_counter() - start
        print(f"{path.name} {result.cost:g} {result.lower_bound:g} {seconds:.3f}", flush=True)
        total["files"] += 1
        total["cost"] += result.cost
        total["lower_bound"] += result.lower_bound
        total["proven"] += int(result.cost - result.lower_bound < 1e-6)
        total["seconds"] += seconds
        total["slowest"] = max(total["slowest"], seconds)
    print(json.dumps({name: round(value, 3) for name, value in total.items()}))


if __name__ == "__main__":
    main()
