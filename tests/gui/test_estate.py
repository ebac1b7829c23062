# SPDX-License-Identifier: GPL-2.0-or-later
"""One estate from discovery to signed to approved design, by clicking in the real QGIS, in both languages."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", params=["zh", "en"])
def flow(request, databases, walk, tmp_path_factory) -> dict:
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install
    from fullservice_plugin.store.roles import add_person

    name = databases.create()
    with Store.connect({"service": name}) as store:
        install(store)
        databases.fill(name)
        place = supply(store)
        boss = f"{name}_boss"
        with store.transaction(bulk=True) as cur:
            cur.execute("select code from fullservice.org_unit where level = 'branch' order by code limit 1")
            add_person(cur, boss, "functional", (cur.fetchone()[0],))
    service = databases.service(boss, name, boss)
    papers = tmp_path_factory.mktemp("papers")
    return {**walk(request.param, name, steps=["install", "algorithm", "open_map", "estate"], place=place, boss=service,
                   papers=str(papers), search="", limit=280), "language": request.param}


def supply(store) -> list[float]:
    """An exchange at the end of a street; return a free place beside the street."""
    from shapely.geometry import Point

    from fullservice_plugin.core.table import FeatureTable
    from fullservice_plugin.services.resources import import_resources

    lon, lat = store.rows(
        "select ST_X(p), ST_Y(p) from (select ST_StartPoint(ST_GeometryN(s.geom, 1)) as p from fullservice.street s "
        "join fullservice.org_unit o on o.level = 'grid' and ST_Intersects(s.geom, o.geom) order by o.code, "
        "s.source_key limit 1) x")[0]
    columns = {"code": ["OLT-FLOW"], "kind": ["olt"], "free_ports": [64]}
    import_resources(store, FeatureTable(["1"], [Point(lon, lat)], columns, [], "sample"))
    x, y = store.rows(
        "select ST_X(c), ST_Y(c) from (select ST_LineInterpolatePoint(ST_GeometryN(s.geom, 1), 0.5) as c, s.geom "
        "from fullservice.street s where ST_Length(s.geom::geography) > 150 order by ("
        "select min(ST_Distance(ST_LineInterpolatePoint(ST_GeometryN(s.geom, 1), 0.5), b.geom)) "
        "from fullservice.building b where b.geom is not null) desc, s.source_key limit 1) t")[0]
    return [x, y + 0.0006]


def test_the_estate_is_discovered_and_its_talks_begin(flow):
    assert flow["discovered"] == [[2, 800]] and flow["begun"] == ["not_started", 2]
    assert flow["first_action"]


def test_every_dialog_waits_for_what_it_needs(flow):
    closed = flow["closed_at_first"]
    assert closed["party"] and closed["contact"] and closed["document"] and closed["signed"]
    assert not closed["terms"], "a draft may stay open"


def test_a_drop_that_is_not_allowed_says_why_and_one_that_is_moves(flow):
    assert ("不能直接到" if flow["language"] == "zh" else "No step leads") in flow["refused_drop"]
    assert flow["dropped"] == "party_identified"
    assert "13800001234" not in flow["masked"] and "138" in flow["masked"], "contacts are masked"


def test_the_law_is_cited_and_the_estate_is_signed_and_entered(flow):
    assert "CN-EXCLUSIVE-ACCESS" in flow["law"]
    assert (flow["talked"], flow["signed"], flow["entered"]) == ("negotiating", "signed", "entry_permitted")
    assert flow["timeline"] >= 15


def test_the_area_is_chosen_by_click_rectangle_and_code(flow):
    assert flow["plan_first"] == [1, False, True], "nothing empty is offered, and it says what is missing"
    assert flow["plan_clicked"] == [True, False] and flow["plan_rectangle"] is True


def test_a_plan_is_made_stopped_and_compared_in_the_workbench(flow):
    assert flow["plan_shown"] == [True, True, True] and flow["plan_more"] == [1, 1]
    assert len([words for words in flow["plan_stages"]["base"] if words]) >= 3, flow["plan_stages"]
    assert flow["plan_stopped"] == [True, True], "a stop leaves nothing half-written"
    assert flow["plan_compared"][:2] == [True, True] and flow["plan_compared"][2] > flow["plan_compared_off"]
    assert flow["plan_back"] == 2, "withdrawn and brought back whole"


def test_the_plan_is_handed_in_and_printed(flow):
    assert flow["plan_frozen"][0] is False and flow["plan_frozen"][1]
    assert flow["plan_pdf"][0] == "%PDF-" and flow["plan_pdf"][1] > 50_000


def test_somebody_else_approves_the_design(flow):
    assert flow["own_approval_closed"] and flow["approved"] == [["approved", True]]
    assert len(flow["methods"]) == 2 and set(flow["methods"]) != {"none"}
