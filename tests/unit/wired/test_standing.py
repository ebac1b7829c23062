# SPDX-License-Identifier: GPL-2.0-or-later
"""Cabinets that stand already: used as far as their free ports go, nothing of them bought, bounds still below."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.choice.model import AccessOptions
from fullservice_plugin.core.access.choice.plan import plan_access
from fullservice_plugin.core.access.wired.design import design_wired
from fullservice_plugin.core.access.wired.phases import bills_by_cabinet, plan_phases
from fullservice_plugin.core.access.wired.records import WiredOptions
from fullservice_plugin.core.table import FeatureTable

CORNER = Point(303, 203)
MIDDLE = Point(203, 103)


def supply_of(cabinets, olt=True):
    rows = ([("olt", "", Point(-5, 3), None, None)] if olt else []) + [
        (key, "fdt", place, lines, feeder) for key, place, lines, feeder in cabinets]
    return FeatureTable([row[0] for row in rows], [row[2] for row in rows],
                        {"kind": [row[1] for row in rows], "free_ports": [row[3] for row in rows],
                         "feeder_m": [row[4] for row in rows]}, name="Supply")


def make(town, cabinets, olt=True, seconds=2.0, **columns):
    buildings, streets, _ = town(**columns)
    return buildings, design_wired(buildings, streets, supply_of(cabinets, olt), load_catalogue(),
                                   WiredOptions(0.6, seconds))


def node_of(design, key):
    return next((node for node in design.nodes if node.node_id == key), None)


def test_a_cabinet_with_room_for_all_replaces_olt_feeder_and_splitters(town, findings) -> None:
    houses = [2] * 27 + [0, 0]
    buildings, design = make(town, [("K7", CORNER, 40, 900.0)], False, households=houses)
    cabinet = node_of(design, "FDT-K7")
    assert cabinet.parent_id == "" and cabinet.ports == 40 and 0 < cabinet.used <= 40
    assert [node.kind for node in design.nodes].count("fdt") == 1 and not [n for n in design.nodes if n.kind == "olt"]
    assert {route.kind for route in design.routes} == {"distribution"}
    assert {line.component for line in design.bom}.isdisjoint({"cabinets", "olt_ports"})
    assert len(design.served) == 27 and findings(buildings, design) == []
    plain = make(town, [], households=houses)[1]
    assert design.wired_cost < plain.wired_cost - 3000
    assert 0 < design.wired_lower_bound <= design.wired_cost
    far = make(town, [("K7", CORNER, 40, 1900.0)], False, households=houses)[1]
    assert far.worst_loss_db - design.worst_loss_db == pytest.approx(0.35, abs=1e-3)  # a kilometre of feeder more


def test_a_cabinet_too_small_for_all_takes_what_is_near_and_new_ones_the_rest(town, findings) -> None:
    buildings, design = make(town, [("K7", MIDDLE, 6, None)])
    cabinet = node_of(design, "FDT-K7")
    assert 0 < cabinet.used <= 6
    assert len(design.served) == 29 and findings(buildings, design) == []
    assert [node.kind for node in design.nodes].count("olt") == 1
    assert design.wired_cost < make(town, [])[1].wired_cost


def test_without_an_olt_the_free_ports_are_all_there_is(town, findings) -> None:
    buildings, design = make(town, [("K7", CORNER, 3, None)], olt=False)
    assert 0 < node_of(design, "FDT-K7").used <= 3
    assert design.served and {why for _, why in design.unserved} == {"no free port left at its supply point"}
    assert [p for p in design.problems if "0 m" in p.text()]
    assert [f for f in findings(buildings, design) if f.rule != "building.unserved"] == []


def test_a_cabinet_of_no_use_changes_nothing(town) -> None:
    plain = make(town, [])[1]
    for cabinet in (("K", CORNER, 0, None), ("K", CORNER, None, None), ("K", Point(-5, 3), 9, None)):
        design = make(town, [cabinet])[1]
        assert design.wired_cost == pytest.approx(plain.wired_cost, rel=1e-9)
        assert node_of(design, "FDT-K") is None
    assert "K" in design.problems[-1].text()


def test_phases_and_bills_know_it(town) -> None:
    design = make(town, [("K7", MIDDLE, 6, None)])[1]
    bills = bills_by_cabinet(design)
    assert sum(line.cost for bill in bills.values() for line in bill) == pytest.approx(design.wired_cost)
    assert "cabinets" not in {line.component for line in bills["FDT-K7"]}
    phases = plan_phases(design, [design.wired_cost / 3])
    assert sum(phase.cost for phase in phases.phases) == pytest.approx(design.wired_cost)
    assert "FDT-K7" in phases.nodes


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cabinets=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(0, 60),
                                   st.one_of(st.none(), st.floats(0, 15_000))), max_size=4), olt=st.booleans())
def test_any_cabinets_give_a_sound_design(town, findings, cabinets, olt) -> None:
    rows = [(f"K{i}", Point(x, y), lines, feeder) for i, (x, y, lines, feeder) in enumerate(cabinets)]
    buildings, design = make(town, rows, olt or not rows, seconds=0.3)
    unserved = {key for key, _ in design.unserved}
    bad = [f for f in findings(buildings, design) if not (f.rule == "building.unserved" and f.feature in unserved)]
    assert bad == []
    assert design.wired_lower_bound <= design.wired_cost
    for key, _, lines, _ in rows:
        node = node_of(design, f"FDT-{key}")
        assert node is None or 0 < node.used <= lines


def test_the_choice_uses_it_and_its_bound_holds(town) -> None:
    buildings, streets, _ = town()
    options = AccessOptions(take_rate=0.4, time_limit=10)
    plans = [plan_access(buildings, streets, supply_of(cabinets), None, load_catalogue(), options)
             for cabinets in ([], [("K7", MIDDLE, 60, None)])]
    assert plans[1].benefit > plans[0].benefit
    assert plans[1].benefit_upper_bound >= plans[1].benefit
