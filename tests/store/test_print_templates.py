# SPDX-License-Identifier: GPL-2.0-or-later
"""The template of a store: whose counts, who may keep one for everybody, what old settings still do."""

from __future__ import annotations

import json
from datetime import date

import pytest
from pypdf import PdfReader

from fullservice_plugin.core.errors import InputError, StoreError
from fullservice_plugin.gis.settings import TEMPLATE
from fullservice_plugin.services import letters, reports, templates
from fullservice_plugin.services import negotiation as talks

pytestmark = pytest.mark.usefixtures("qgis_app")
ON = date(2026, 5, 4)


def setting(town, key: str, value) -> None:
    with town.store.transaction() as cur:
        cur.execute("delete from fs_meta.setting where key = %s", (key,))
        if value is not None:
            cur.execute("insert into fs_meta.setting (key, value) values (%s, %s)", (key, json.dumps(value)))


@pytest.fixture(autouse=True)
def clean(town):
    yield
    TEMPLATE.reset()
    for key in ("print_template", "letter_templates", "logo"):
        setting(town, key, None)


@pytest.fixture(scope="module")
def talk(town) -> str:
    return talks.start_negotiation(town.login("customer_manager"), town.ids["HEL-B0"])


def text_of(path) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(str(path)).pages)


def test_a_file_is_laid_over_this_computers_over_the_stores(town, tmp_path):
    setting(town, "print_template", {"operator": "Store", "mark": "Store", "paper": "A3"})
    mine, now = tmp_path / "mine.json", tmp_path / "now.json"
    mine.write_text('{"operator": "Mine", "mark": "Mine"}')
    now.write_text('{"operator": "Now"}')
    TEMPLATE.write(str(mine))
    look = templates.find_template(town.store, str(now))
    assert (look.word("operator", "en"), look.word("mark", "zh"), look.paper) == ("Now", "Mine", "A3")
    assert look.source == str(now)


def test_everybody_prints_with_the_template_of_the_store(town, talk, tmp_path):
    setting(town, "print_template", {"operator": "North Bay", "mark": "Internal", "footer": "Ref {code}",
                                     "letters": {"introduction": {"en": {"subject": "Own subject"}}}})  # fmt: skip
    clerk = town.login("read_only")
    letter = letters.write_letter(clerk, talk, "introduction", "en", str(tmp_path / "l.pdf"), on=ON)
    assert all(word in text_of(letter) for word in ("North Bay", "Internal", "Own subject", "Ref "))
    report = reports.export_negotiations(clerk, "HEL", "en", str(tmp_path / "r.pdf"), on=ON)
    assert "North Bay" in text_of(report) and "Full-Service Battle Map" not in text_of(report)


def test_old_settings_still_count_and_the_new_one_is_laid_over_them(town, talk, tmp_path):
    setting(town, "letter_templates", {"introduction": {"en": {"subject": "Old subject", "closing": "Old end"}}})
    setting(town, "print_template", {"letters": {"introduction": {"en": {"subject": "New subject"}}}})
    text = text_of(letters.write_letter(town.store, talk, "introduction", "en", str(tmp_path / "l.pdf"), on=ON))
    assert "New subject" in text and "Old end" in text and "Old subject" not in text


def test_only_an_administrator_keeps_one_for_everybody(town, tmp_path):
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    file = tmp_path / "t.json"
    file.write_text('{"mark": "All", "logo": "logo.svg"}')
    for role in ("customer_manager", "read_only"):
        with pytest.raises(StoreError, match="administrator"):
            templates.keep_file(town.login(role), str(file))
    templates.keep_file(town.login("admin"), str(file))
    look = templates.find_template(town.login("read_only"))
    assert look.word("mark", "en") == "All" and look.logo.startswith(b"\x89PNG")
    templates.keep_template(town.login("admin"), {})
    assert templates.find_template(town.store).data == {}


def test_a_fault_in_the_stores_template_is_told_before_anything_is_written(town, tmp_path):
    setting(town, "print_template", {"colour": {}})
    target = tmp_path / "r.pdf"
    with pytest.raises(InputError, match="print_template"):
        reports.export_negotiations(town.store, "HEL", "en", str(target), on=ON)
    assert not target.exists()
    setting(town, "print_template", str(tmp_path / "lost.json"))
    with pytest.raises(InputError, match="lost.json"):
        templates.find_template(town.store)
    setting(town, "print_template", {"layouts": {"portrait": str(tmp_path / "lost.qpt")}})
    with pytest.raises(InputError, match="lost.qpt"):
        templates.find_template(town.store)


def test_the_example_is_written_with_its_logo_and_can_be_used(town, tmp_path):
    path = templates.write_example(str(tmp_path / "own.json"))
    look = templates.find_template(town.store, str(path))
    assert look.logo.startswith(b"\x89PNG") and look.paper == "A3"
