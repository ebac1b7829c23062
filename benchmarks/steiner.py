# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees: SteinLib ``.stp``, PACE ``.gr`` and prize-collecting files, also gzipped; prints ``name cost lower_bound
seconds`` per file.

Runs the code of the wired design. Each tree is checked by code of its own. Where an ``index.csv`` lies beside a file
(columns ``file, lower, best`` or ``file, dual_…, primal_…``), cost ≥ lower and lower_bound ≤ best are checked too; a
file that fails makes the exit status 1. ``--peers`` lets networkx, rustworkx and pcst_fast solve the same file, where
they can be installed. The last line holds the totals as JSON.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Optional

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from instances import Instance, Refused, consistent, known, read  # noqa: E402
from peers import python_with  # noqa: E402
from stage import files_or_default, use_stage  # noqa: E402


def solve(case: Instance, seconds: float) -> tuple[Any, bool]:
    """Return the result and whether the tree is one and costs what it says."""
    from fullservice_plugin.core.access.wired.prize_tree import solve_prize_tree
    from fullservice_plugin.core.access.wired.steiner import solve_steiner

    graph = case.n, case.tails, case.heads, case.costs
    if case.prizes is None:
        found = solve_steiner(*graph, case.terminals, seconds)
        return found, consistent(case, found.edges, found.cost)
    priced = solve_prize_tree(*graph, case.prizes, case.root, seconds)
    return priced, consistent(case, priced.edges, priced.cost, priced.nodes)


def ask_peers(python: Optional[str], case: Instance) -> dict[str, list[float]]:
    """Return peer → [cost, seconds] for the libraries that are there."""
    if python is None:
        return {}
    none = np.zeros(0)
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        np.savez(
            file,
            n=case.n,
            tails=case.tails,
            heads=case.heads,
            costs=case.costs,
            terminals=none if case.terminals is None else case.terminals,
            prizes=none if case.prizes is None else case.prizes,
            root=-1 if case.root is None else case.root,
        )
        file.flush()
        script = str(ROOT / "benchmarks" / "common" / "tree_peers.py")
        done = subprocess.run([python, "-P", script, file.name], capture_output=True, text=True)
    sys.stderr.write(done.stderr[-300:])
    return dict(json.loads(done.stdout)) if done.returncode == 0 else {}


def main() -> int:
    """Solve every file; 1 where one is refused, unreadable or contradicts its index."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="default: the development data")
    parser.add_argument("--seconds", type=float, default=10.0, help="time limit per file")
    parser.add_argument("--peers", action="store_true", help="let other libraries solve the same files")
    options = parser.parse_args()
    use_stage()
    from fullservice_plugin.core.access.wired.jit import HAS_NUMBA

    python = python_with("trees", "networkx", "rustworkx", "pcst_fast", "numpy<2") if options.peers else None
    total: dict[str, Any] = {
        "files": 0,
        "cost": 0.0,
        "lower_bound": 0.0,
        "seconds": 0.0,
        "slowest": 0.0,
        "wrong": 0,
        "refused": 0,
        "optimal": 0,
    }
    gaps: list[float] = []
    proven: list[float] = []
    peers: dict[str, list[float]] = {}
    default = options.files or [
        *files_or_default([], "wired/steiner/*.gr.gz", "tests/data/steiner/*.gr.gz"),
        *files_or_default([], "wired/pcstp/*.gz"),
    ]
    for path in default:
        try:
            case = read(path)
        except (Refused, OSError, ValueError, EOFError) as reason:
            print(f"{path.name} refused: {reason}", file=sys.stderr, flush=True)
            total["refused"] += 1
            continue
        start = time.perf_counter()
        result, whole = solve(case, options.seconds)
        seconds = time.perf_counter() - start
        print(f"{path.name} {result.cost:.10g} {result.lower_bound:.10g} {seconds:.3f}", flush=True)
        lower, best = known(path)
        slack = 1e-6 * max(1.0, result.cost)
        wrong = not whole or result.cost < lower - slack or result.lower_bound > min(best, result.cost) + slack
        if wrong:
            print(f"{path.name} is no tree or contradicts its index: {lower:g} – {best:g}", file=sys.stderr, flush=True)
        total["wrong"] += int(wrong)
        total["files"] += 1
        for name, value in (("cost", result.cost), ("lower_bound", result.lower_bound), ("seconds", seconds)):
            total[name] += value
        total["slowest"] = max(total["slowest"], seconds)
        total["optimal"] += int(result.cost <= best + slack)
        if 0 < best < float("inf"):
            gaps.append(result.cost / best - 1)
            for name, (cost, _) in ask_peers(python, case).items():
                peers.setdefault(name, []).append(cost / best - 1)
        proven.append(result.cost / result.lower_bound - 1 if result.lower_bound > 0 else float(result.cost > 0))
    for name, values in (("mean_gap_percent", gaps), ("mean_proven_percent", proven)):
        if values:
            total[name] = 100 * sum(values) / len(values)
    total["peers_gap_percent"] = {name: round(100 * sum(gap) / len(gap), 3) for name, gap in peers.items()}
    total["numba"] = HAS_NUMBA
    total["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({name: round(v, 4) if isinstance(v, float) else v for name, v in total.items()}))
    return int(total["wrong"] > 0 or total["refused"] > 0)


if __name__ == "__main__":
    sys.exit(main())
