# SPDX-License-Identifier: GPL-2.0-or-later
"""The weekly report: its figures equal what happened, its text equals its figures, in both languages."""

from __future__ import annotations

import importlib.util
import io
from datetime import date, timedelta
from pathlib import Path

import pytest

pytest.importorskip("qgis.core")
from pypdf import PdfReader

from fullservice_plugin.core.errors import InputError, OutputError

_spec = importlib.util.spec_from_file_location("fs_town", Path(__file__).with_name("town.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
TODAY = date.today()


@pytest.fixture(scope="module")
def place(databases):
    from fullservice_plugin.services import negotiation as talks
    from fullservice_plugin.services.competition import record_observation

    store, ids = made.opened(databases.create())
    party = talks.record_party(store, ids["E1"], "Owner", "owner", contact={"name": "Li", "phone": "13800001234"})
    for number in (1, 2):
        talk = talks.start_negotiation(store, ids[f"E1-{number}"], party_id=party, next_action="call",
                                       next_action_due=TODAY + timedelta(days=3))
        talks.advance_negotiation(store, talk, "party_identified")
    talks.record_visit(store, talk, "friendly", channel="phone")
    talks.advance_negotiation(store, talk, "contacted")
    talks.advance_negotiation(store, talk, "refused", "no fee agreed",
                              changes={"reason_code": "fee", "next_review": TODAY + timedelta(days=90)})
    record_observation(store, "CTCC", "presence", "in_service", "manager", "said", building_id=ids["E1-1"])
    record_observation(store, "CTCC", "presence", "in_service", "manager", "said", building_id=ids["E1-2"],
                       observed_on=TODAY - timedelta(days=30))
    yield store
    store.close()


def test_figures_are_what_happened_in_the_week(place):
    from fullservice_plugin.services.weekly import read_week

    report = read_week(place, "G", "en", TODAY)
    assert [row["code"] for row in report.grids] == ["G"]
    row = report.grids[0]
    told = {name: int(row[name] or 0) for name in ("estates", "buildings", "households", "steps", "contacts", "lost",
                                                   "observed", "due", "granted", "unknown")}
    assert told == {"estates": 2, "buildings": 6, "households": 216, "steps": 4, "contacts": 1, "lost": 1,
                    "observed": 1, "due": 2, "granted": 0, "unknown": 0}
    assert sum(row["buildings"] for row in report.steps) == 4
    assert [row["operator"] for row in report.rivals] == ["CTCC"]
    before = read_week(place, "G", "en", TODAY - timedelta(days=8))
    assert before.total("steps") == 0 and not before.steps and not before.rivals
    with pytest.raises(InputError, match="NOWHERE"):
        read_week(place, "NOWHERE", "en", TODAY)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pdf_says_what_the_figures_say(qgis_app, place, tmp_path, language):
    from fullservice_plugin.services.weekly import export_weekly

    path = export_weekly(place, "G", language, str(tmp_path / "week.pdf"))
    pages = PdfReader(io.BytesIO(path.read_bytes())).pages
    text = "\n".join(page.extract_text() for page in pages)
    words = {"en": ("Weekly report", "Whom to talk to first", "Refused"), "zh": ("周报", "先谈谁", "拒绝")}
    for word in words[language]:
        assert word in text, word
    assert "216" in text and TODAY.isoformat() in text and "None" not in text and "\ufffd" not in text
    again = export_weekly(place, "G", language, str(tmp_path / "again.pdf"))
    assert again.read_bytes() == path.read_bytes(), "the same week gives the same bytes"
    with pytest.raises(OutputError):
        export_weekly(place, "G", language, str(tmp_path / "nowhere" / "week.pdf"))
