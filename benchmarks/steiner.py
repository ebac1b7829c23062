# SPDX-License-Identifier: GPL-2.0-or-later
"""Steiner trees: SteinLib ``.stp`` and PACE ``.gr`` files, also gzipped; prints ``name cost lower_bound
seconds`` per file.

Runs the code of the wired design. Where an ``index.csv`` (columns ``file, lower, best``) lies beside a file, cost ≥
lower and lower_bound ≤ best are checked; a file that fails makes the exit status 1. Prize-collecting files are
recognised and refused by name. The last line holds the totals as JSON.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from stage import files_or_default, use_stage  # noqa: E402


class Refused(Exception):
    """The file is of a kind that is not solved here."""


def read(path: Path) -> tuple[int, Any, Any, Any, Any]:
    """Return (nodes, tails, heads, costs, terminals) of a SteinLib or PACE file; numbers start at 0."""
    import numpy as np

    opener = gzip.open if path.suffix == ".gz" else open
    count, edges, terminals = 0, [], []
    with opener(path, "rt", encoding="latin-1") as file:
        for line in file:
            word = line.split()
            if not word:
                continue
            key = word[0].upper()
            if key in ("TP", "NODE", "LINK") or (key == "PROBLEM" and "prize" in line.lower()):
                raise Refused("a prize-collecting instance; only Steiner trees are solved here")
            if key in ("A", "ARCS"):
                raise Refused("a directed instance; only undirected ones are solved here")
            if key == "NODES":
                count = int(word[1])
            elif key == "E" and len(word) >= 4:
                edges.append((int(word[1]) - 1, int(word[2]) - 1, float(word[3])))
            elif key == "T" and len(word) == 2:
                terminals.append(int(word[1]) - 1)
    if not count or not edges or not terminals:
        raise Refused("neither a SteinLib nor a PACE file")
    table = np.array(edges)
    return count, table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], np.array(terminals)


def known(path: Path) -> dict[str, tuple[float, float]]:
    """Return file → (lower, best) of the index beside a file."""
    index = path.parent / "index.csv"
    if not index.exists():
        return {}
    with index.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["file"]: (float(row["lower"]), float(row["best"])) for row in rows if "lower" in row and "best" in row}


def main() -> int:
    """Solve every file; 1 where one is refused, unreadable or contradicts its index."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="default: the development data")
    parser.add_argument("--seconds", type=float, default=10.0, help="time limit per file")
    options = parser.parse_args()
    use_stage()
    from fullservice_plugin.core.access.wired.jit import HAS_NUMBA
    from fullservice_plugin.core.access.wired.steiner import solve_steiner

    total: dict[str, Any] = {"files": 0, "cost": 0.0, "lower_bound": 0.0, "seconds": 0.0, "slowest": 0.0, "wrong": 0,
                             "refused": 0}
    gaps, proven = [], []
    for path in files_or_default(options.files, "wired/steiner/*.gr.gz", "tests/data/steiner/*.gr.gz"):
        try:
            nodes, tails, heads, costs, terminals = read(path)
        except (Refused, OSError, ValueError, EOFError) as reason:
            print(f"{path.name} refused: {reason}", file=sys.stderr, flush=True)
            total["refused"] += 1
            continue
        start = time.perf_counter()
        result = solve_steiner(nodes, tails, heads, costs, terminals, options.seconds)
        seconds = time.perf_counter() - start
        print(f"{path.name} {result.cost:.10g} {result.lower_bound:.10g} {seconds:.3f}", flush=True)
        lower, best = known(path).get(path.name, (0.0, float("inf")))
        wrong = result.cost < lower - 1e-6 or result.lower_bound > best + 1e-6 or result.lower_bound > result.cost
        if wrong:
            print(f"{path.name} contradicts its index: {lower:g} – {best:g}", file=sys.stderr, flush=True)
        total["wrong"] += int(wrong)
        total["files"] += 1
        total["cost"] += result.cost
        total["lower_bound"] += result.lower_bound
        total["seconds"] += seconds
        total["slowest"] = max(total["slowest"], seconds)
        if best < float("inf") and best > 0:
            gaps.append(result.cost / best - 1)
        proven.append(result.cost / result.lower_bound - 1 if result.lower_bound > 0 else 0.0)
    if gaps:
        total["mean_gap_percent"] = 100 * sum(gaps) / len(gaps)
    if proven:
        total["mean_proven_percent"] = 100 * sum(proven) / len(proven)
    total["numba"] = HAS_NUMBA
    total["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({name: round(v, 4) if isinstance(v, float) else v for name, v in total.items()}))
    return int(total["wrong"] > 0 or total["refused"] > 0)


if __name__ == "__main__":
    sys.exit(main())
