# SPDX-License-Identifier: GPL-2.0-or-later
"""The pair model fitted anew, and how well it does on countries it has not seen: last line totals as JSON.

``pair_model.py [--write]`` reads the labelled pairs of the development data, generates its own candidates, leaves each
country out of its own fit, and prints precision, recall and F1 per country, pooled, and with the candidates moved 8 m
as a whole. ``--write`` replaces the shipped coefficients by a fit on all of them.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))
sys.path.append(str(ROOT / "benchmarks"))

from matching import FRAMES, labelled, read  # noqa: E402
from stage import development_data, use_stage  # noqa: E402

RIDGE = 3.0
MOVED = (5.66, 5.66)  # m, together 8 m


def pairs_of_two(left: str, right: str, move: tuple[float, float]) -> Any:
    """Return features, labels, countries, which pairs only touch, and which true pairs were no candidates."""
    from shapely.affinity import translate

    from fullservice_plugin.core.discovery.boxes import near_pairs
    from fullservice_plugin.core.discovery.features import measure, neighbours_only, pair_features
    from fullservice_plugin.core.discovery.footprints import footprints_of
    from fullservice_plugin.core.discovery.matching import REACH
    from fullservice_plugin.core.discovery.shift import local_shift

    data = development_data() / "conflation"
    FRAMES.clear()
    first, second = (read(data / f"buildings_{name}.gpkg", "") for name in (left, right))
    second.geometry = [translate(shape, *move) for shape in second.geometry]
    truth = labelled(data / "pairs.csv", set(first.ids), set(second.ids))
    a, b = footprints_of(first.geometry), footprints_of(second.geometry)
    moved = b.moved(*local_shift(a, b))
    i, j = near_pairs(a.bounds, moved.bounds, REACH)
    found = measure(a, moved, i, j)
    names = [(first.ids[p], second.ids[q]) for p, q in zip(i, j)]
    rows = np.array([k for k, name in enumerate(names) if name in truth])
    matrix = pair_features(a, moved, found)[rows]
    label = np.array([truth[names[k]] for k in rows])
    country = np.array([names[k][0][:2] for k in rows])
    touching = neighbours_only(a, moved, found)[rows]
    offered = {names[k] for k in rows}
    missed = [name[0][:2] for name, match in truth.items() if match and name not in offered]
    return matrix, label, country, touching, missed


def fit(matrix: Any, label: Any) -> Any:
    """Return the coefficients of a ridge logistic regression on the model's terms."""
    from scipy.optimize import minimize

    from fullservice_plugin.core.discovery.features import expand

    terms = expand(matrix)
    sign = np.where(label, 1.0, -1.0)
    weight = np.full(terms.shape[1], RIDGE)
    weight[0] = 0.0

    def loss(beta: Any) -> tuple[float, Any]:
        margin = sign * (terms @ beta)
        value = np.logaddexp(0.0, -margin).sum() + 0.5 * (weight * beta * beta).sum()
        slope = -(terms * (sign / (1.0 + np.exp(np.clip(margin, -50, 50))))[:, None]).sum(axis=0) + weight * beta
        return float(value), slope

    return minimize(loss, np.zeros(terms.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x


def said(beta: Any, matrix: Any, touching: Any) -> Any:
    """Tell which pairs a model calls a match."""
    from fullservice_plugin.core.discovery.features import expand

    return (expand(matrix) @ beta >= 0.0) & ~touching


def figures(match: Any, label: Any, missed: int) -> dict[str, float]:
    """Return pairs, precision, recall and F1; ``missed`` true pairs were never offered."""
    right = int((match & label).sum())
    precision, recall = right / max(int(match.sum()), 1), right / max(int(label.sum()) + missed, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    return {"pairs": len(label), "precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def left_out(data: Any, test: Any) -> dict[str, Any]:
    """Return the figures per country of models fitted without it on ``data``, told on ``test``."""
    matrix, label, country, _, _ = data
    test_matrix, test_label, test_country, touching, missed = test
    every = np.zeros(len(test_label), dtype=bool)
    found: dict[str, Any] = {}
    for name in sorted(set(test_country)):
        beta = fit(matrix[country != name], label[country != name])
        own = test_country == name
        every[own] = said(beta, test_matrix[own], touching[own])
        if own.sum() >= 50:
            found[name] = figures(every[own], test_label[own], missed.count(name))
    found["pooled"] = figures(every, test_label, len(missed))
    return found


def together(move: tuple[float, float]) -> Any:
    """Return the pairs of all three combinations of sources."""
    parts = [pairs_of_two(*names, move) for names in (("gov", "msft"), ("gov", "osm"), ("osm", "msft"))]
    stacked = [np.concatenate([part[k] for part in parts]) for k in range(4)]
    return (*stacked, [name for part in parts for name in part[4]])


def main() -> int:
    """Cross-validate; write where asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--write", action="store_true", help="replace the shipped coefficients")
    parser.add_argument("--seconds", type=float, default=0.0, help="accepted for uniformity; the fit has no limit")
    arguments = parser.parse_args()
    use_stage()
    if not (development_data() / "conflation" / "pairs.csv").exists():
        sys.stderr.write("The labelled pairs are not at hand: nothing to measure.\n")
        print(json.dumps({}))
        return 0
    from fullservice_plugin.core.discovery.features import FEATURES

    plain, moved = together((0.0, 0.0)), together(MOVED)
    totals = left_out(plain, plain)
    totals["moved_8_m"] = left_out(plain, moved)["pooled"]
    for name, found in totals.items():
        print(name, found["pairs"], found["precision"], found["recall"], found["f1"])
    if arguments.write:
        path = ROOT / "fullservice_plugin" / "core" / "discovery" / "pair_model.json"
        about = (
            f"Quadratic logistic model of a footprint pair; fitted with ridge {RIDGE:g} on {len(plain[1]):,} "
            "human-labelled pairs of the EUBUCCO conflation study (21 countries, MIT); F1 "
            f"{totals['pooled']['f1']:.3f} when each country is left out of its own fit"
        )
        beta = [round(float(value), 5) for value in fit(plain[0], plain[1])]
        text = json.dumps({"about": about, "features": list(FEATURES), "coefficients": beta}, indent=0)
        path.write_text(text + "\n", encoding="utf-8")
    print(json.dumps(totals))
    return 0


if __name__ == "__main__":
    sys.exit(main())
