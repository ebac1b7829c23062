# SPDX-License-Identifier: GPL-2.0-or-later
"""Styles, layers and documents say what the catalogue says; the database and the forms have tests of their own."""

from __future__ import annotations

import importlib.util
import re

import pytest

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.lists import LISTS, codes

QUOTED = re.compile(r'"(\w+)"\s*(?:=|IN|in)\s*\(?((?:\'[^\']*\',?\s*)+)')


def test_the_dictionary_is_what_the_catalogue_makes(root):
    spec = importlib.util.spec_from_file_location("data_dictionary", root / "tools" / "data_dictionary.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.TARGET.read_text(encoding="utf-8") == module.document(), "run make dictionary"


def test_palettes_colour_every_code_of_their_list_once():
    from fullservice_plugin.gis import palette

    for list_name, found in (
        ("negotiation_stage", [code for _, group in palette.STAGE_CLASSES for code in group]),
        ("lead_state", [code for _, group in palette.LEADS for code in group]),
        ("access_method", list(palette.METHODS)),
        ("coverage_level", list(palette.COVERAGE)),
    ):
        assert sorted(found) == sorted(codes(list_name)), list_name
        assert len(set(found)) == len(found), list_name


@pytest.mark.parametrize("language", ["en", "zh"])
def test_rules_of_every_layer_style_name_known_fields_and_codes(qgis_app, store_name, language):
    """Each value that a renderer compares a field of ours with is a code of that field's list."""
    from fullservice_plugin.gis.layers import LAYERS, make_layer
    from fullservice_plugin.gis.styles import apply_style

    compared = 0
    for spec in LAYERS:
        layer = make_layer(store_name, spec, language)
        assert layer.isValid(), spec.key
        apply_style(layer, spec, language)
        names = set(layer.fields().names())
        for text in _expressions(layer.renderer()):
            for name, values in QUOTED.findall(text):
                assert name in names, (spec.key, name)
                table = TABLES.get(spec.table_of_labels)
                fields = table.fields if table is not None else ()  # sums of the map have no list
                entry = next((field for field in fields if field.name == name), None)
                if entry is not None and entry.list:
                    compared += 1
                    assert set(re.findall(r"'([^']*)'", values)) <= set(codes(entry.list)), (spec.key, text)
    assert compared > 20


def _expressions(renderer) -> list[str]:
    if renderer is None or not hasattr(renderer, "rootRule"):
        return []
    return [rule.filterExpression() for rule in renderer.rootRule().descendants()]


def test_every_list_that_a_field_names_is_there_and_used_somewhere():
    used = {field.list for table in TABLES.values() for field in table.fields if field.list}
    assert used <= set(LISTS)
