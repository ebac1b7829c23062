# SPDX-License-Identifier: GPL-2.0-or-later
"""What the store keeps as a code is read as a word, in forms and in lists, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.lists import LISTS, code_label

SEEN = [("intel_observation", "value", "in_service", "In service", "在用"),
        ("intel_observation", "value", "hfc_eoc", "HFC/EoC", "同轴/EoC"),
        ("intel_observation", "value", "de_facto", "De facto", "事实排他"),
        ("intel_observation", "value", "price_cut", "Price cut", "降价"),
        ("intel_observation", "unit", "lines", "lines", "户"),
        ("intel_observation", "unit", "/month", "per month", "/月"),
        ("price_item", "unit", "per line and month", "per line and month", "每户每月"),
        ("design_bom", "unit", "piece", "piece", "个"),
        ("street", "highway", "residential", "Residential street", "居住区道路"),
        ("street", "highway", "tertiary_link", "Tertiary road ramp", "支路匝道")]


@pytest.mark.parametrize("table, name, code, english, chinese", SEEN)
def test_forms_and_lists_say_words(qgis_app, table, name, code, english, chinese):
    from fullservice_plugin.gis.forms import widget
    from fullservice_plugin.gis.layers import definition
    from fullservice_plugin.gui.row_words import value_words

    for language, word in (("en", english), ("zh", chinese)):
        assert value_words(table, name, code, language) == word
        assert value_words(table, name, "一级公路", language) == "一级公路", "a source's own word stands as it is"
        setup = widget(definition(table), TABLES[table].field(name), language, {})
        assert setup.type() == "ValueMap" and {word: code} in setup.config()["map"]


def test_every_unit_of_the_catalogue_has_a_word(qgis_app):
    from fullservice_plugin.core.access import catalogue

    def units(one):
        if isinstance(one, dict):
            found = {one["unit"]} if isinstance(one.get("unit"), str) else set()
            return found.union(*map(units, one.values()))
        return set().union(*map(units, one)) if isinstance(one, list) else set()

    text = Path(catalogue.__file__).with_name("catalogue_default.json").read_text(encoding="utf-8")
    assert units(json.loads(text)) == {entry.code for entry in LISTS["figure_unit"]}


def test_every_class_and_value_we_know_has_a_word(qgis_app):
    from fullservice_plugin.core.access.wired import streets
    from fullservice_plugin.gis import styles
    from fullservice_plugin.gui.competition.words import VALUE_LISTS

    known = {entry.code for entry in LISTS["street_class"]}
    assert {*styles._MAIN, *styles._MINOR, *streets._UNUSABLE} <= known
    for name in VALUE_LISTS.values():
        for entry in LISTS[name]:
            for language, word in (("en", entry.en), ("zh", entry.zh)):
                assert code_label("observed_value", entry.code, language) == word
    for name in ("street_class", "observed_value", "observed_unit", "figure_unit"):
        entries = LISTS[name]
        assert len({entry.code for entry in entries}) == len({entry.zh for entry in entries}) == len(entries)


@pytest.mark.parametrize("field, number, unit, english, chinese", [
    ("subs", 1200, "lines", "1,200 lines", "1,200 户"), ("subs", 30, "%", "30 %", "30%"),
    ("tariff", 99.5, "/month", "99.5 per month", "99.5/月"), ("speed", 300, "Mbit/s", "300 Mbit/s", "300 Mbit/s"),
    ("ports", 64, "ports", "64 ports", "64 端口"), ("ports", 8, "柜", "8 柜", "8 柜"), ("ports", 8, None, "8", "8"),
])
def test_what_was_seen_has_its_unit_in_words(qgis_app, field, number, unit, english, chinese):
    """In the dock of rivals, and in the timelines of a card and of a talk."""
    from fullservice_plugin.gui.competition.words import told
    from fullservice_plugin.gui.negotiation.words import event
    from fullservice_plugin.i18n import set_language
    from fullservice_plugin.services.rivals import Seen

    seen = Seen(**{**dict.fromkeys(Seen.__dataclass_fields__), "field": field, "number": number, "unit": unit})
    row = {"kind": "rival", "what": "CTCC", "detail": field, "times": 1,
           "before": f"{number} {unit}" if unit else f"{number}"}
    try:
        for language, words in (("en", english), ("zh", chinese)):
            set_language(language)
            assert told(seen).endswith(words) and event(row)[1] == words
    finally:
        set_language("en")


def test_shares_are_written_as_each_language_does(qgis_app):
    from fullservice_plugin.gui.competition.bars import confidence_item
    from fullservice_plugin.gui.competition.share_pie import SharePie
    from fullservice_plugin.i18n import set_language

    pie = SharePie()
    try:
        for language, wanted in (("en", ["77 %", "CMCC  10 %", "Unknown  90 %"]),
                                 ("zh", ["77%", "CMCC  10%", "未知  90%"])):
            set_language(language)
            pie.show_shares([("CMCC", 0.1, "#000")], 0.9)
            assert [confidence_item(0.77).text(), *(text for text, _ in pie.legend())] == wanted
    finally:
        set_language("en")
