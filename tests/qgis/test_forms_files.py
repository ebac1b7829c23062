# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms' files agree with the field catalogue, the relations and each other."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORMS = sorted((ROOT / "forms").glob("*.ui"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_form_holds_every_field_of_its_table_once(path):
    from fullservice_plugin.core.catalogue.fields import TABLES
    from fullservice_plugin.gis.form_groups import HIDDEN, RECORD
    from fullservice_plugin.gis.layers import definition

    names = [widget.get("name") for widget in ET.parse(path).iter("widget")]
    table = TABLES[definition(path.stem).table]
    expected = [f.name for f in table.fields if not f.is_geometry] + list(RECORD)
    assert [name for name in expected if names.count(name) != 1] == []
    assert not set(names) & set(HIDDEN)
    boxes = {w.get("name") for w in ET.parse(path).iter("widget") if w.get("class") == "QCheckBox"}
    assert {f"label_{name}" for name in expected if name not in boxes} <= set(names)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_sub_forms_name_real_relations_and_have_a_layout(path):
    """QGIS 3.22 crashes on a relation placeholder without a layout."""
    from fullservice_plugin.gis.form_groups import LINKS

    found = {}
    for widget in ET.parse(path).iter("widget"):
        for entry in widget.findall("property"):
            if entry.get("name") == "qgisRelation":
                found[entry.findtext("string")] = widget.find("layout") is not None
    assert set(found) == {link.id for link in LINKS if link.parent == path.stem}
    assert all(found.values())


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_form_has_its_logic(path, qgis_app):
    import inspect

    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.gui.own_forms import openers

    opener = getattr(openers(Notifier(None)), path.stem)
    assert len(inspect.getfullargspec(opener)[0]) == 3  # QGIS counts them


def test_groups_and_names_know_only_real_fields_and_layers():
    from fullservice_plugin.core.catalogue.fields import TABLES
    from fullservice_plugin.gis.form_groups import COMPUTED, GROUPS, LINKS, NAMES
    from fullservice_plugin.gis.layers import LAYERS, definition

    for key, groups in GROUPS.items():
        table = TABLES[definition(key).table]
        for group in groups:
            for name in group.fields:
                table.field(name)
    for key, names in COMPUTED.items():
        for name in names:
            if name != "*":
                TABLES[definition(key).table].field(name)
    keys = {spec.key for spec in LAYERS}
    for link in LINKS:
        assert {link.child, link.parent} <= keys
        if definition(link.child).schema == "fullservice":
            TABLES[definition(link.child).table].field(link.field)
    assert {key for key, _, _ in NAMES.values()} <= keys


def test_units_stand_behind_labels():
    from fullservice_plugin.core.catalogue.fields import TABLES
    from fullservice_plugin.gis.units import field_label

    building, agreement = TABLES["building"], TABLES["agreement"]
    assert field_label(building.field("gross_area_m2"), "en") == "Gross floor area (m²)"
    assert field_label(building.field("households"), "en") == "Households"
    assert field_label(agreement.field("notice_days"), "zh") == "通知期（天）"
    assert field_label(agreement.field("fee_amount"), "zh") == "费用（元）"


def test_palette_covers_every_state_and_method():
    from fullservice_plugin.core.catalogue.lists import LISTS
    from fullservice_plugin.gis import palette
    from fullservice_plugin.gui.stage_chain import CHAIN

    stages = [code for _, codes in palette.STAGE_CLASSES for code in codes]
    assert sorted(stages) == sorted(entry.code for entry in LISTS["negotiation_stage"])
    assert [stage for stage in stages if stage in CHAIN] == list(CHAIN)
    assert set(palette.METHODS) == {entry.code for entry in LISTS["access_method"]}
    assert set(palette.COVERAGE) == {entry.code for entry in LISTS["coverage_level"]}
    leads = [code for _, codes in palette.LEADS for code in codes]
    assert sorted(leads) == sorted(entry.code for entry in LISTS["lead_state"])
