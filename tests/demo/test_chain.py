# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole chain on cities it was not made for, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def run_chain(root: Path, city: str, out: Path, store: str) -> tuple[dict, str]:
    variables = {**os.environ, "PGSERVICEFILE": str(root / "build" / "pg_service.conf")}
    done = subprocess.run([sys.executable, "-P", str(root / "demo" / "run.py"), "--city", city, "--out", str(out),
                           "--store", store],
                          capture_output=True, text=True, env=variables, cwd=root, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads((out / "summary.json").read_text(encoding="utf-8")), done.stdout


@pytest.fixture(scope="module", params=["monaco", "yangban"])
def chain(request, cluster, root, tmp_path_factory):
    city = str(root / "tests" / "data" / "city" / "monaco.osm.pbf") if request.param == "monaco" else request.param
    out = tmp_path_factory.mktemp(request.param)
    store = f"chain_test_{request.param}"
    summary, text = run_chain(root, city, out, store)
    yield request.param, summary, text
    cluster.drop_database(store)


def test_second_discovery_finds_nothing_new(chain):
    again = chain[1]["again: nothing new"]
    assert (again["new"], again["changed"], again["gone"], again["review"]) == (0, 0, 0, 0)
    assert chain[1]["discoverbuildings"]["new"] > 300


def test_perturbed_source_is_recognised(chain):
    """Most of it is matched; what the demo added is new; a partial source never makes the rest disappear."""
    first, second = chain[1]["discoverbuildings"], chain[1]["second source"]
    assert 0 < second["new"] < 0.2 * first["new"]


def test_the_refused_step_is_named(chain):
    said = {"monaco": "was tried, and the store refused it: From “Party identified” one cannot go to “Signed”",
            "yangban": "尝试了不允许的一步，共享库予以拒绝：不能从“权属已摸清”"}
    assert said[chain[0]] in chain[2], chain[2]


def test_ledger_is_located(chain):
    totals = chain[1]["totals"]
    assert totals["ledger_located"] >= 0.8 * totals["ledger_rows"]
    assert totals["ledger_located"] < totals["ledger_rows"]  # some rows cannot be located, and are not


def test_plan_keeps_its_budget_and_its_bounds(chain):
    plan = chain[1]["plan"]
    assert 0 < plan["LOWER_BOUND"] <= plan["COST"]
    assert 0 <= plan["BENEFIT_GAP"]
    assert chain[1]["findings"] == 0


def test_documents_and_projects_lie_there(chain):
    files = [Path(path) for path in chain[1]["files"]]
    assert len([path for path in files if path.suffix == ".pdf"]) == 6
    assert len([path for path in files if path.suffix == ".qgz"]) == 2
    assert all(path.stat().st_size > 10_000 for path in files)


def test_chain_is_quick(chain):
    """A guard against a step that explodes, not a measurement: two minutes are promised on two free cores."""
    assert chain[1]["seconds"] < 300


def test_numbers_are_printed(chain):
    english = ("Buildings", "Estates", "Homes passed", "proven lower bound", "Methods chosen")
    chinese = ("楼栋", "楼盘", "覆盖户数", "可证下界", "接入方式")
    for label in chinese if chain[0] == "yangban" else english:
        assert label in chain[2]
