# SPDX-License-Identifier: GPL-2.0-or-later
"""negotiationqueue, checknegotiations, assignwork and competitorscores through Processing, in both languages."""

from __future__ import annotations

import importlib.util
from datetime import date, timedelta
from pathlib import Path

import pytest

qgis_core = pytest.importorskip("qgis.core")
from qgis.core import QgsFeature, QgsProcessingException, QgsVectorLayer  # noqa: E402

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).parents[1] / "store" / "town.py")
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
TODAY = date.today()


@pytest.fixture(scope="module")
def place(databases):
    from fullservice_plugin.services.competition import record_observation

    name = databases.create()
    store, ids = made.opened(name)
    with store:
        with store.transaction(bulk=True) as cur:
            made.insert(cur, "staff", login="ann", role="customer_manager", branch_code="B")
            made.insert(cur, "staff", login="bob", role="customer_manager", branch_code="B")
            for number, stage in enumerate(("negotiating", "contacted", "signed"), 1):
                made.insert(cur, "negotiation", building_id=ids[f"E1-{number}"], estate_id=ids["E1"], stage=stage,
                            origin="import", stage_since=TODAY - timedelta(days=40), next_action="call",
                            next_action_due=TODAY)
            cur.execute("insert into fs_meta.setting (key, value) values ('opportunity', '{\"cost_per_home\": 50}')")
        record_observation(store, "CTCC", "technology", "ftth", "official", "list", building_id=ids["E1-1"])
        record_observation(store, "CTCC", "subs", None, "manager", "said", building_id=ids["E1-1"], number=9)
    return name


def run(qgis_app, name: str, **parameters):
    import processing

    return processing.run(f"fullservice:{name}", parameters)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_queue_is_a_layer_with_reasons(qgis_app, place, language):
    from fullservice_plugin.i18n import set_language

    set_language(language)
    try:
        found = run(qgis_app, "negotiationqueue", STORE=place, AREA="G", OUTPUT="memory:")
    finally:
        set_language("en")
    rows = list(found["OUTPUT"].getFeatures())
    assert [row["rank"] for row in rows] == [1, 2] and found["ESTATES"] == 2
    assert {row["estate"] for row in rows} == {"E1", "E2"} and all(not row.geometry().isEmpty() for row in rows)
    assert found["VALUE"] == pytest.approx(sum(row["value"] for row in rows))
    first = rows[0]
    assert first["value"] == pytest.approx(first["revenue"] - first["cost"])
    assert ("per day" if language == "en" else "合每日") in first["reason"]
    stages = next(row["stages"] for row in rows if row["estate"] == "E1")
    assert ("洽谈中" if language == "zh" else "Negotiating") in stages


def test_scores_are_a_layer_and_unknown_is_null(qgis_app, place):
    found = run(qgis_app, "competitorscores", STORE=place, OUTPUT="memory:")
    rows = {row["estate"]: row for row in found["OUTPUT"].getFeatures()}
    assert found["ESTATES"] == 2 and found["SCORED"] == 1
    assert rows["E1"]["leader"] == "CTCC" and rows["E1"]["leader_share"] == pytest.approx(9 / 108)
    assert not rows["E2"]["threat"] and rows["E2"]["seen"] == 0 and not rows["E2"]["white_homes"]


def test_reminders_once_with_and_without_a_layer(qgis_app, place):
    first = run(qgis_app, "checknegotiations", STORE=place)
    assert first["REMINDERS"] > 0 and first["OVERDUE"] == 3 and first["ACTION_DUE"] == 3
    second = run(qgis_app, "checknegotiations", STORE=place, OUTPUT="memory:")
    assert second["REMINDERS"] == 0
    late = list(second["OUTPUT"].getFeatures())
    assert len(late) == 3 and all(row["overdue"] == 1 and not row.geometry().isEmpty() for row in late)
    with pytest.raises(QgsProcessingException, match="ON_DATE"):
        run(qgis_app, "checknegotiations", STORE=place, ON_DATE="tomorrow")


def test_work_is_assigned_by_load_and_by_a_list(qgis_app, place):
    done = run(qgis_app, "assignwork", STORE=place, BY="load")
    assert (done["ESTATES"], done["TALKS"], done["WITHOUT"]) == (2, 3, 0)
    table = QgsVectorLayer("NoGeometry?field=estate:string&field=login:string", "list", "memory")
    row = QgsFeature(table.fields())
    row.setAttributes(["E1", "bob"])
    table.dataProvider().addFeatures([row])
    done = run(qgis_app, "assignwork", STORE=place, BY="list", LIST=table, EVERYTHING=True)
    assert done["ESTATES"] <= 1 and done["WITHOUT"] == 0
    with pytest.raises(QgsProcessingException, match="LIST"):
        run(qgis_app, "assignwork", STORE=place, BY="list")
    row.setAttributes(["E1", "ann"])
    table.dataProvider().addFeatures([row])
    with pytest.raises(QgsProcessingException, match="exactly one login"):
        run(qgis_app, "assignwork", STORE=place, BY="list", LIST=table)
