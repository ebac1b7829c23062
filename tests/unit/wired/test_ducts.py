# SPDX-License-Identifier: GPL-2.0-or-later
"""Ducts fill up: a trench gets further ones where it needs them, the verifier counts anew, full ones are told."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from fullservice_plugin.core.access.catalogue import Catalogue, load_catalogue
from fullservice_plugin.core.access.wired.design import design_wired
from fullservice_plugin.core.access.wired.ducts import DuctRules
from fullservice_plugin.core.access.wired.phases import bills_by_cabinet, plan_phases
from fullservice_plugin.core.access.wired.records import WiredOptions
from fullservice_plugin.core.table import FeatureTable


def catalogue_with(**rules):
    data = load_catalogue().data
    inner = rules.pop("inner_mm", None)
    data = {**data, "rules": {**data["rules"], **{k: {**data["rules"][k], "value": v} for k, v in rules.items()}}}
    if inner:
        data["ducts"] = {"duct": {**data["ducts"]["duct"], "inner_mm": inner}}
    return Catalogue(data, "test")


def made(tables, catalogue):
    return design_wired(*tables, catalogue, WiredOptions(0.6, 1.0))


def ducts_of(design):
    return [line for line in design.bom if line.component == "ducts"]


@pytest.mark.parametrize(
    ("filled", "spare", "ducts"),
    [(0.0, 0, 1), (544.5, 0, 1), (544.6, 0, 2), (1089.0, 0, 2), (1089.1, 1, 4)],
)
def test_ducts_by_cross_section(filled, spare, ducts) -> None:
    """A 40/33 mm duct filled to one half: 33² / 2 = 544.5 mm² of squared diameters."""
    assert DuctRules(0.5 * 33.0**2, {}, 9.0, spare).needed(filled) == ducts


@pytest.mark.parametrize("inner", [8.0, 10.0, 14.0])
def test_narrow_ducts_need_more_and_the_verifier_agrees(town, findings, inner) -> None:
    tables, catalogue = town(), catalogue_with(inner_mm=inner)
    design = made(tables, catalogue)
    (line,) = ducts_of(design)
    assert line.quantity > 0 and line.unit_price == 11.0
    assert findings(tables[0], design, catalogue) == []
    assert math.fsum(x.cost for x in design.bom) == design.wired_cost >= design.wired_lower_bound
    short = replace(design, bom=[x if x.component != "ducts" else replace(
        x, quantity=x.quantity * 0.9, cost=x.cost * 0.9) for x in design.bom])
    assert {found.rule for found in findings(tables[0], short, catalogue)} == {"bom.quantity"}
    gone = replace(design, bom=[x for x in design.bom if x.component != "ducts"])
    assert {found.rule for found in findings(tables[0], gone, catalogue)} == {"bom.missing"}


def test_spare_ducts_lie_in_every_trench(town, findings) -> None:
    tables, catalogue = town(), catalogue_with(spare_ducts=1)
    design = made(tables, catalogue)
    dug = math.fsum(r.length_m for r in design.routes if r.construction == "trench" and r.trench_cost > 0)
    assert ducts_of(design)[0].quantity == pytest.approx(dug, rel=1e-6)
    assert findings(tables[0], design, catalogue) == []


def test_phases_and_cabinets_share_them_out(town) -> None:
    design = made(town(blocks=4), catalogue_with(inner_mm=12.0))
    whole = ducts_of(design)[0].quantity
    phases = plan_phases(design, [design.wired_cost / 3]).phases
    for bills in (bills_by_cabinet(design).values(), [phase.bom for phase in phases]):
        parts = [line.quantity for bill in bills for line in bill if line.component == "ducts"]
        assert math.fsum(parts) == pytest.approx(whole)


def test_an_existing_duct_that_is_too_full_is_told(town) -> None:
    buildings, streets, supply = town()
    columns = {"existing_duct": [True] * len(streets), "duct_owner": ["own"] * len(streets),
               "free_bores": [1] * len(streets), "name": [f"Street {i}" for i in range(len(streets))]}
    tables = (buildings, FeatureTable(streets.ids, streets.geometry, columns, name="Streets"), supply)
    roomy = made(tables, load_catalogue())
    assert any(r.construction == "duct" for r in roomy.routes)
    assert not [p for p in roomy.problems if "existing duct" in p.text()]
    narrow = made(tables, catalogue_with(inner_mm=10.0))
    told = [p for p in narrow.problems if "existing duct along Street" in p.text()]
    assert told and all(p.values["need"] > p.values["free"] for p in told)


def test_a_catalogue_without_ducts_asks_for_none(town, findings) -> None:
    data = {key: value for key, value in load_catalogue().data.items() if key != "ducts"}
    tables = town()
    design = made(tables, Catalogue(data, "test"))
    assert not ducts_of(design) and findings(tables[0], design, Catalogue(data, "test")) == []
