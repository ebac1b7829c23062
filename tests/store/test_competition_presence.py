# SPDX-License-Identifier: GPL-2.0-or-later
"""Presence in the store against the same rule computed on its own."""

from __future__ import annotations

import importlib.util
import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from fullservice_plugin.core.competition.presence import Observation, derive
from fullservice_plugin.services.competition import import_competitors

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)
TODAY = date.today()
VALUES = {
    "presence": ["in_service", "planned", "withdrawn"], "technology": ["ftth", "xdsl", "hfc_eoc"],
    "exclusivity": ["none", "contract"], "promotion": ["stall", "flyer"]}  # fmt: skip
CLASSES = ["official", "win_loss", "manager", "resident", "hearsay"]


@pytest.fixture(scope="module")
def place(empty_database):
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store = Store.connect({"service": empty_database})
    install(store)
    ids = town.build(store)
    yield store, ids
    store.close()


def test_view_equals_the_rule_on_a_thousand_observations(place):
    store, _ = place
    draw = random.Random(11)
    rows = []
    for n in range(1000):
        field = draw.choice(list(VALUES))
        building = f"E{draw.randint(1, 2)}-{draw.randint(1, 3)}"
        rows.append((
            building, draw.choice(["CTCC", "CUCC"]), field, draw.choice(VALUES[field]),
            draw.choice(CLASSES), f"source {n}", (TODAY - timedelta(days=draw.randint(0, 700))).isoformat(),
            f"observer {n}"))  # fmt: skip
    names = ("building_code", "operator_code", "field", "value", "source_class", "source_text", "observed_on",
             "observer")  # fmt: skip
    result = import_competitors(store, town.table({name: list(column) for name, column in zip(names, zip(*rows))}))
    assert result.counts["observations"] == 1000

    from fullservice_plugin.core.competition.evidence import initial_confidence

    expected = {}
    for building in {row[0] for row in rows}:
        seen = [Observation(row[1], row[2], row[3], date.fromisoformat(row[6]), row[4], initial_confidence(row[4]))
                for row in rows if row[0] == building]  # fmt: skip
        for fact in derive(seen, TODAY):
            expected[(building, fact.operator, fact.field)] = fact
    stored = store.rows("select b.code, f.operator_code, f.field, f.value, f.confidence, f.conflict, f.observed_on from"
                        " fs_app.competitor_fact f join fullservice.building b on b.id = f.building_id")  # fmt: skip
    assert {row[:3] for row in stored} == set(expected)
    for building, operator, field, value, confidence, conflict, _ in stored:
        fact = expected[(building, operator, field)]
        assert confidence == pytest.approx(fact.confidence, abs=1e-9)
        assert conflict == fact.conflict, (building, operator, field)
        assert value == fact.value or conflict
