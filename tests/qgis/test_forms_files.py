# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms' files agree with the field catalogue, the relations and each other."""

from __future__ import annotations

import importlib.util
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORMS = sorted((ROOT / "forms").glob("*.ui"))


#: Tables that people write through their own windows and algorithms, and in no form: each with the reason.
ELSEWHERE = {
    "discovery_run": "written by discovery", "source_record": "decided in the review of doubtful buildings",
    "match_decision": "decided in the review of doubtful buildings", "source_mapping": "remembered by imports",
    "ledger_row": "placed in the dock of ledger rows", "reminder": "read in “my day”",
    "building_lineage": "written by splits and merges", "design_bom": "computed with its design",
}


def test_forms_are_what_the_catalogue_makes(root, qgis_app):
    spec = importlib.util.spec_from_file_location("make_forms", root / "tools" / "make_forms.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    wanted = {layer.key for layer in module.edited_layers()}
    assert {path.stem for path in FORMS} == wanted
    stale = [path.name for path in FORMS if path.read_text(encoding="utf-8") != module.document(path.stem)]
    assert not stale, "run make forms"


def test_every_table_that_people_write_has_a_form():
    from fullservice_plugin.core.catalogue.fields import TABLES
    from fullservice_plugin.gis.layers import LAYERS

    written = {table.name for table in TABLES.values() if table.writers or table.inserters}
    edited = {spec.table for spec in LAYERS if not spec.read_only}
    assert written - edited == set(ELSEWHERE)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_form_holds_every_field_of_its_table_once(path):
    from fullservice_plugin.core.catalogue.fields import TABLES
    from fullservice_plugin.gis.form_groups import ABSENT, HIDDEN, RECORD
    from fullservice_plugin.gis.layers import definition

    names = [widget.get("name") for widget in ET.parse(path).iter("widget")]
    spec = definition(path.stem)
    record = [name for name in RECORD if spec.schema != "fs_app" or not name.startswith("created")]
    absent = ABSENT.get(path.stem, ())
    expected = [f.name for f in TABLES[spec.table].fields if not f.is_geometry and f.name not in absent] + record
    assert [name for name in expected if names.count(name) != 1] == []
    assert not set(names) & set(HIDDEN + absent)
    boxes = {w.get("name") for w in ET.parse(path).iter("widget") if w.get("class") == "QCheckBox"}
    assert {f"label_{name}" for name in expected if name not in boxes} <= set(names)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_list_of_related_rows_has_its_place(path):
    """A place with a layout for each relation, filled when its tab is opened: QGIS itself would make all at once."""
    from fullservice_plugin.gis.form_groups import LINKS

    found = {}
    for widget in ET.parse(path).iter("widget"):
        if widget.get("name", "").startswith("relation_"):
            found[widget.get("name")[len("relation_"):]] = widget.find("layout") is not None
        assert not [entry for entry in widget.findall("property") if entry.get("name") == "qgisRelation"]
    assert set(found) == {link.id for link in LINKS if link.parent == path.stem and link.tab}
    assert all(found.values())


def test_every_form_has_its_logic(qgis_app):
    import inspect

    from fullservice_plugin.gui.attribute_forms.own_forms import openers
    from fullservice_plugin.gui.notify import Notifier

    made = openers(Notifier(None))
    for path in FORMS:
        assert len(inspect.getfullargspec(getattr(made, path.stem))[0]) == 3, path.stem  # QGIS counts them


def test_searched_references_have_their_relation():
    """A reference that is looked up while one types needs a relation; without it the form has a hole."""
    from fullservice_plugin.core.catalogue.fields import TABLES
    from fullservice_plugin.gis.form_groups import ABSENT, LINKS
    from fullservice_plugin.gis.forms import is_searched
    from fullservice_plugin.gis.layers import LAYERS

    for spec in LAYERS:
        for field in TABLES[spec.table].fields if not spec.read_only else ():
            if is_searched(spec, field) and field.name not in ABSENT.get(spec.key, ()):
                known = any(link.child == spec.key and link.field == field.name for link in LINKS)
                assert known, (spec.key, field.name)


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
