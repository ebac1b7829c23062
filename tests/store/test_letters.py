# SPDX-License-Identifier: GPL-2.0-or-later
"""Letters from a real store: what they say, who may write them, and what a filed one proves."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from fullservice_plugin.core.errors import (
    Cancelled,
    FullServiceError,
    InputError,
    OutputError,
    ParameterError,
    StoreError,
    TransitionError,
)
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.plans.letter_templates import KINDS
from fullservice_plugin.services import letters
from fullservice_plugin.services import negotiation as talks

ON = date(2026, 5, 4)
UK = ("request_notice", "warning_1", "warning_2", "final_notice")
CONTACT, PHONE = "李四光", "13912345678"


def text_of(path) -> str:
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(str(path)).pages))


def setting(town, key: str, value) -> None:
    with town.store.transaction() as cur:
        cur.execute("delete from fs_meta.setting where key = %s", (key,))
        if value is not None:
            cur.execute("insert into fs_meta.setting (key, value) values (%s, %s)", (key, json.dumps(value)))


@pytest.fixture(scope="module")
def filled(town):
    """HEL-B0 with everything a letter can say, HEL-B1 with nothing but its talk; ids of the talks."""
    manager = town.login("customer_manager")
    party = talks.record_party(manager, town.ids["HEL-E"], "Rose Court Management", "property_mgmt", authority="sign",
                               contact={"name": CONTACT, "phone": PHONE, "consent": True})  # fmt: skip
    full = talks.start_negotiation(manager, town.ids["HEL-B0"], party_id=party)
    bare = talks.start_negotiation(manager, town.ids["HEL-B1"])
    with town.store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.competitor_operator set name_en = 'China Mobile' where code = 'CMCC'")
        cur.execute("insert into fullservice.street (source_name, source_key, name, highway, geom) values "
                    "('made', 's1', '市场街', 'residential', "
                    "'SRID=4326;MULTILINESTRING((24.89 60.0012, 24.92 60.0012))')")
        cur.execute("insert into fullservice.address (building_id, full_text, street, housenumber) values "
                    "(%s, '市场街 5', '市场街', '5')", (town.ids["HEL-B0"],))
        drawn = []
        for version, state, method in ((1, "approved", "fttb"), (2, "draft", "ftth"), (3, "rejected", "wlan")):
            cur.execute("insert into fullservice.plan (code, area_code, params) values (%s, 'HEL-E', '{}') "
                        "returning id", (f"P-{version}",))
            plan = cur.fetchone()[0]
            cur.execute("insert into fullservice.access_design (plan_id, estate_id, version_no, cost_total) values "
                        "(%s, %s, %s, 1) returning id", (plan, town.ids["HEL-E"], version))
            design = cur.fetchone()[0]
            drawn.append((plan, design, town.ids["HEL-B0"]))
            cur.execute("insert into fullservice.access_decision (design_id, plan_id, building_id, method) values "
                        "(%s, %s, %s, %s)", (design, plan, town.ids["HEL-B0"], method))
            if state != "draft":
                cur.execute("set local session_replication_role = replica")  # the states as a finished review left them
                cur.execute("update fullservice.access_design set state = %s where id = %s", (state, design))
                cur.execute("set local session_replication_role = origin")
        cur.execute("insert into fullservice.design_element (plan_id, design_id, kind, building_id, geom) values "
                    "(%s, %s, 'drop', %s, 'SRID=4326;LINESTRING(24.9005 60.0012, 24.9005 60.001)')", drawn[1])
        cur.execute("insert into fullservice.agreement (number, status, estate_id, valid_from, valid_to, notice_days, "
                    "works_from, works_to, works_hours, fee_model, exclusivity) values ('R-7', 'active', %s, "
                    "'2024-06-01', '2026-06-30', 60, '2026-06-01', '2026-06-20', '08:30–17:30', 'none', 'none') "
                    "returning id", (town.ids["HEL-E"],))
        cur.execute("insert into fullservice.agreement_building (agreement_id, building_id) values (%s, %s)",
                    (cur.fetchone()[0], town.ids["HEL-B0"]))
    return {"full": full, "bare": bare, "party": party, "manager": manager}


SAYS = {
    "en": ("ChinaMobile", "RoseCourtManagement", "MrorMs李四光", "HEL-B0/", "4May2026", "18May2026",
           "Fibretothehome(FTTH)", "10homes", "onthenorthside,from市场街", "from1June2026to20June2026", "08:30–17:30",
           "None.Survey,worksandmaintenancearepaidbyChinaMobile.", "Preliminary,maystillchange", "Page1of"),
    "zh": ("中国移动", "RoseCourtManagement", "李四光先生/女士", "HEL-B0/", "2026年5月4日", "2026年5月18日",
           "光纤到户（FTTH）", "10户", "北侧（由市场街引入）", "2026年6月1日至2026年6月20日", "08:30–17:30",
           "无。勘查、施工与维护费用均由中国移动承担。", "初步方案，仍可能调整", "第1页"),
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_proposal_says_what_is_stored(filled, tmp_path, language):
    path = letters.write_letter(filled["manager"], filled["full"], "proposal", language, str(tmp_path / "p.pdf"), on=ON)
    text = text_of(path)
    for said in SAYS[language]:
        assert said in text, said
    for digits in (PHONE, PHONE[:3], PHONE[-4:]):
        assert digits not in text
    shown = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    assert re.sub(r"\s+", "", SAYS[language][6]) in re.sub(r"\s+", "", shown)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_with_everything_and_with_nothing(town, filled, tmp_path, kind, language):
    setting(town, "jurisdiction", "UK" if kind in UK else None)
    for talk in (filled["full"], filled["bare"]):
        path = letters.write_letter(filled["manager"], talk, kind, language, str(tmp_path / f"{talk}.pdf"), on=ON)
        text = text_of(path)
        assert "None" not in text.replace("None.Survey", "").replace("Noneofthem", ""), text
        assert not re.search(r"[{}�\x00]", text) and "null" not in text
        fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True).stdout
        rows = [row.split() for row in fonts.splitlines()[2:]]
        assert rows and all(row[-5] == "yes" for row in rows), fonts  # embedded
    setting(town, "jurisdiction", None)


def test_what_is_not_known_becomes_a_neutral_sentence(filled, tmp_path):
    for language, said in (
        ("en", ("Theownerormanageroftheproperty", "DearSirorMadam", "Weagreewithyouonsite", "Tobeagreedwithyou",
                "Inpreparation")),
        ("zh", ("物业管理单位（业主）", "尊敬的物业负责人", "施工日期另行与贵方商定", "由双方现场确定", "编制中")),
    ):
        path = letters.write_letter(
            filled["manager"], filled["bare"], "proposal", language, str(tmp_path / "p.pdf"), on=ON
        )
        assert all(part in text_of(path) for part in said), text_of(path)


def test_names_are_for_those_who_may_read_them_and_every_look_is_written_down(town, filled, tmp_path):
    looks = "select count(*) from fs_audit.unmask"
    before = town.store.value(looks)
    letters.write_letter(filled["manager"], filled["full"], "introduction", "zh", str(tmp_path / "m.pdf"), on=ON)
    assert CONTACT in text_of(tmp_path / "m.pdf") and town.store.value(looks) == before + 1
    purpose = town.store.value("select purpose from fs_audit.unmask order by seq desc limit 1")
    assert purpose == f"letter introduction of talk {filled['full']}"
    letters.write_letter(town.login("planner"), filled["full"], "introduction", "zh", str(tmp_path / "p.pdf"), on=ON)
    text = text_of(tmp_path / "p.pdf")
    assert CONTACT not in text and "尊敬的物业公司负责人" in text and town.store.value(looks) == before + 1


def test_a_filed_proposal_makes_the_step_legal(town, filled, tmp_path):
    manager, talk = filled["manager"], filled["full"]
    talks.advance_negotiation(manager, talk, "party_identified")
    talks.record_visit(manager, talk, "they listen", channel="phone")
    talks.advance_negotiation(manager, talk, "contacted")
    with pytest.raises(TransitionError, match="evidence"):
        talks.advance_negotiation(manager, talk, "proposal_sent", "no survey needed")
    path = tmp_path / "p.pdf"
    for _ in range(2):  # made again on the same day it is filed once
        letters.write_letter(manager, talk, "proposal", "zh", str(path), keep=True)
    kept = manager.dicts("select kind, file_name, content from fullservice.attachment where subject_id = %s", (talk,))
    assert [(row["kind"], row["file_name"]) for row in kept] == [("proposal", "p.pdf")]
    assert bytes(kept[0]["content"]) == path.read_bytes()
    assert CONTACT not in text_of(path) and "尊敬的物业公司负责人" in text_of(path)
    logged = manager.rows("select result, by from fullservice.visit_log where negotiation_id = %s and "
                          "channel = 'letter'", (talk,))
    assert logged == [("关于HEL estate HEL-B0号楼光纤接入方案的函", manager.login)]
    talks.advance_negotiation(manager, talk, "proposal_sent", "no survey needed")


def test_filing_is_all_or_nothing(town, filled, tmp_path, monkeypatch):
    manager, talk, path = filled["manager"], filled["bare"], tmp_path / "p.pdf"
    counted = "select (select count(*) from fullservice.attachment), (select count(*) from fullservice.visit_log)"
    before = town.store.rows(counted)

    def broken(*_, **__):
        raise StoreError("The store refused the request: {reason}.", reason="made")

    monkeypatch.setattr(letters, "record_visit", broken)
    with pytest.raises(StoreError, match="made"):
        letters.write_letter(manager, talk, "reminder", "en", str(path), keep=True)
    assert list(tmp_path.iterdir()) == [] and town.store.rows(counted) == before
    path.write_bytes(b"the letter of yesterday")
    with pytest.raises(StoreError, match="made"):
        letters.write_letter(manager, talk, "reminder", "en", str(path), keep=True)
    assert path.read_bytes() == b"the letter of yesterday" and town.store.rows(counted) == before
    monkeypatch.undo()
    (tmp_path / "d.pdf").mkdir()
    with pytest.raises(OutputError):
        letters.write_letter(manager, talk, "reminder", "en", str(tmp_path / "no" / "x.pdf"), keep=True)
    assert town.store.rows(counted) == before


def test_another_branch_and_readers_are_refused(town, filled, tmp_path):
    path = str(tmp_path / "p.pdf")
    with pytest.raises(StoreError, match="no property talk"):
        letters.write_letter(town.login("customer_manager", "ESP"), filled["full"], "proposal", "zh", path)
    neighbour = town.login("customer_manager", "ESP")
    with pytest.raises(InputError, match="HEL-E"):
        letters.write_letters(neighbour, "HEL-E", "proposal", "zh", str(tmp_path / "f"))
    assert letters.write_letters(neighbour, "", "proposal", "zh", str(tmp_path)).letters == ()
    for role in ("read_only", "functional"):
        with pytest.raises(StoreError, match="without KEEP"):
            letters.write_letter(town.login(role), filled["full"], "proposal", "zh", path, keep=True)
    assert list(tmp_path.glob("*.pdf")) == []
    assert letters.write_letter(town.login("read_only"), filled["full"], "proposal", "zh", path).is_file()


def test_an_area_at_once_and_cancel(town, filled, tmp_path):
    manager = filled["manager"]
    done = letters.write_letters(manager, "HEL-G", "introduction", "en", str(tmp_path / "all"), on=ON)
    assert len(done.letters) == 2 and not done.failures
    assert sorted(path.name[:6] for path in (tmp_path / "all").iterdir()) == ["HEL-B0", "HEL-B1"]
    assert letters.write_letters(manager, "HEL-E", "works_notice", "en", str(tmp_path / "none")).letters == ()
    seen = []

    def stop() -> bool:
        seen.append(1)
        return len(seen) > 3

    counted = "select count(*) from fullservice.visit_log where channel = 'letter'"
    before = town.store.value(counted)
    with pytest.raises(Cancelled):
        letters.write_letters(manager, "HEL-E", "survey_request", "zh", str(tmp_path / "cut"), keep=True,
                              progress=Progress(cancelled=stop))  # fmt: skip
    whole = list((tmp_path / "cut").iterdir())
    assert len(whole) == town.store.value(counted) - before == 1
    assert all(path.suffix == ".pdf" and PdfReader(str(path)).pages for path in whole)


def test_one_letter_that_cannot_be_made_does_not_stop_the_others(town, filled, tmp_path):
    name = "update fullservice.building set name = %s where code = 'HEL-B1'"
    told = []
    with town.store.transaction(bulk=True) as cur:
        cur.execute(name, ("\U00010c80",))  # no font has it
    done = letters.write_letters(filled["manager"], "HEL-E", "introduction", "en", str(tmp_path), on=ON,
                                 progress=Progress(warn=told.append))  # fmt: skip
    assert done.letters and done.failures == tuple(told) and [text[:8] for text in told] == ["HEL-B1: "]
    assert len(list(tmp_path.iterdir())) == len(done.letters)
    with town.store.transaction(bulk=True) as cur:
        cur.execute(name, (None,))


def test_renewals_go_to_agreements_that_end_soon(town, filled, tmp_path):
    manager = filled["manager"]
    with town.store.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.negotiation (building_id, estate_id, stage, origin) values "
                    "(%s, %s, 'in_force', 'import') returning id::text", (town.ids["HEL-B0"], town.ids["HEL-E"]))
        talk = cur.fetchone()[0]
    soon = letters.write_letters(manager, "HEL-E", "renewal", "en", str(tmp_path), on=ON)
    assert len(soon.letters) == 1
    text = text_of(soon.letters[0])
    assert "agreementR-7" in text and "endson30June2026" in text and "60days" in text
    late = letters.write_letters(manager, "HEL-E", "renewal", "en", str(tmp_path), on=ON - timedelta(days=200))
    assert late.letters == ()
    with town.store.transaction(bulk=True) as cur:
        cur.execute("set local session_replication_role = replica")
        cur.execute("delete from fullservice.negotiation where id = %s", (talk,))


def test_the_statutory_chain_belongs_to_its_jurisdiction(town, filled, tmp_path):
    path, warned = str(tmp_path / "n.pdf"), []
    with pytest.raises(ParameterError, match="jurisdiction UK"):
        letters.write_letter(filled["manager"], filled["bare"], "request_notice", "en", path)
    setting(town, "jurisdiction", "UK")
    tell = Progress(warn=warned.append)
    with town.store.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.negotiation (building_id, estate_id) values (%s, %s) returning id::text",
                    (town.ids["HEL-B2"], town.ids["HEL-E"]))
        talk = cur.fetchone()[0]
    manager = filled["manager"]
    letters.write_letter(manager, talk, "request_notice", "en", path, keep=True, on=ON, progress=tell)
    assert warned == []
    letters.write_letter(manager, talk, "warning_1", "en", path, on=ON + timedelta(days=28), progress=tell)
    assert warned == [] and "On4May2026wegaveyouarequestnotice" in text_of(path)
    letters.write_letter(manager, filled["bare"], "warning_1", "en", path, on=ON, progress=tell)
    assert "request_notice" in warned[0]
    setting(town, "jurisdiction", None)


def test_own_templates_and_what_is_wrong_in_them(town, filled, tmp_path):
    own, path = tmp_path / "own.json", str(tmp_path / "p.pdf")

    def write(**entries):
        own.write_text(json.dumps(entries, ensure_ascii=False), encoding="utf-8")
        return letters.write_letter(
            filled["manager"], filled["full"], "reminder", "en", path, on=ON, templates=str(own)
        )

    write(reminder={"en": {"paragraphs": ["Own words about {building}, {if valid_to}until {valid_to}{else}x{end}."]},
                    "reply_days": 3, "table": ["cost"]})  # fmt: skip
    text = text_of(path)
    assert "OwnwordsaboutbuildingHEL-B0(HELestate),until30June2026." in text and "Reminder" in text
    for entries, said in (
        ({"reminder": {"en": {"subject": "Dear {friend}"}}}, r"\{friend\} in reminder.en.subject"),
        ({"proposal": {"zh": {"paragraphs": ["{building.__class__}"]}}}, r"\{building.__class__\}"),
        ({"reminder": {"en": {"subject": "{building!r}"}}}, r"\{building!r\}"),
        ({"reminder": {"en": {"subject": "{if friend}x{end}"}}}, r"\{friend\}"),
        ({"reminder": {"en": {"subject": "{if building}x"}}}, "counterpart"),
        ({"reminder": {"en": {"subject": "a } b"}}}, "counterpart"),
        ({"reminder": {"en": {"paragraphs": "text"}}}, "reminder.en.paragraphs"),
        ({"reminder": {"en": []}}, "reminder.en"),
        ({"reminder": {"fr": {}}}, "reminder.fr"),
        ({"reminder": {"table": ["price"]}}, "reminder.table"),
        ({"reminder": {"reply_days": True}}, "reply_days"),
        ({"postcard": {}}, "postcard"),
    ):
        with pytest.raises(InputError, match=said):
            write(**entries)
    own.write_text("[]")
    with pytest.raises(InputError, match="JSON"):
        letters.write_letter(filled["manager"], filled["full"], "reminder", "en", path, templates=str(own))
    own.write_text("{")
    with pytest.raises(InputError, match="no valid JSON"):
        letters.write_letter(filled["manager"], filled["full"], "reminder", "en", path, templates=str(own))
    with pytest.raises(InputError, match="cannot be read"):
        letters.write_letter(filled["manager"], filled["full"], "reminder", "en", path, templates="no.json")
    setting(town, "letter_templates", {"reminder": {"en": {"subject": "From the store: {building}"}}})
    letters.write_letter(filled["manager"], filled["full"], "reminder", "en", path, on=ON)
    assert "Fromthestore:buildingHEL-B0" in text_of(path)
    setting(town, "letter_templates", {"reminder": {"en": {"subject": "{nonsense}"}}})
    with pytest.raises(InputError, match=r"\{nonsense\}"):
        letters.write_letter(filled["manager"], filled["full"], "reminder", "en", path, on=ON)
    setting(town, "letter_templates", None)


def test_the_logo(town, filled, tmp_path):
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGBA", (300, 90), (10, 80, 120, 128)).save(picture, "PNG")
    (tmp_path / "logo.png").write_bytes(picture.getvalue())
    path = str(tmp_path / "p.pdf")
    encoded = "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode()
    for value in (encoded, str(tmp_path / "logo.png")):
        setting(town, "logo", value)
        letters.write_letter(filled["manager"], filled["full"], "reminder", "en", path, on=ON)
        listed = subprocess.run(["pdfimages", "-list", path], capture_output=True, text=True, check=True).stdout
        assert [row.split()[2] for row in listed.splitlines()[2:]] == ["image", "smask"]
    Path(path).unlink()
    (tmp_path / "text.png").write_text("no picture")
    for value in (str(tmp_path / "none.png"), str(tmp_path / "text.png"), "data:image/png;base64,x", 7):
        setting(town, "logo", value)
        with pytest.raises(InputError, match="logo"):
            letters.write_letter(filled["manager"], filled["full"], "reminder", "en", path, on=ON)
    setting(town, "logo", None)
    assert not Path(path).exists()


def test_misuse(filled, tmp_path):
    manager, talk, path = filled["manager"], filled["full"], str(tmp_path / "p.pdf")
    for wrong in ({"kind": "postcard"}, {"language": "fr"}, {"output": ""}):
        given = {"kind": "reminder", "language": "en", "output": path, **wrong}
        with pytest.raises(ParameterError):
            letters.write_letter(manager, talk, **given)
    with pytest.raises(ParameterError):
        letters.write_letters(manager, "", "reminder", "en", " ")
    with pytest.raises(FullServiceError):
        letters.write_letter(manager, "no uuid", "reminder", "en", path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        letters.write_letters(manager, "", "reminder", "en", str(tmp_path / "file" / "x"))
