# SPDX-License-Identifier: GPL-2.0-or-later
"""The estate card tells what is in the store, as each login sees it, and nothing of other estates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.services.capture import Sighting, record_sighting
from fullservice_plugin.services.estate_card import estate_card
from fullservice_plugin.services.leads import LeadUpdate, lead, register
from fullservice_plugin.services.negotiation import begin_talks
from fullservice_plugin.services.talk_desk import add_document, deals_at, log_contact, set_party
from fullservice_plugin.store.map_views import search

TODAY = date.today()


@pytest.fixture(scope="module")
def told(town):
    """The estate after a talk, a visit, a document, an observation, a lead step; its card."""
    store, estate = town.login("planner"), town.ids["HEL-E"]
    before = estate_card(store, "estate", estate)
    register(store, lead(store, estate), LeadUpdate(visited_on=TODAY, result="面积属实", value_class="red"))
    begin_talks(store, "estate", [estate], "找谁")
    deal = deals_at(store, estate, None)[0]
    set_party(store, deal, None, "翠湖物业", "property_mgmt")
    log_contact(store, deal, "愿意谈", next_step="提交方案", due=TODAY - timedelta(days=1))
    add_document(store, deal, "survey", b"%PDF-1.4 x", "勘察.pdf")
    seen = Sighting(operator="CTCC", technology="ftth", speed=300, source_class="site_photo", source_text="分纤箱",
                    observed_on=TODAY, observer="李伟")
    record_sighting(store, seen, building_id=town.ids["HEL-B1"])
    return before, estate_card(store, "building", town.ids["HEL-B1"])


def test_nothing_is_made_up_for_an_estate_that_nobody_touched(told):
    before, _ = told
    assert before.rivals is None and before.deals == before.documents == before.agreements == before.designs == []
    assert before.signed == 0 and before.buildings == 3 and before.flags == ()
    assert (before.households, before.unknown, before.coverage) == (33, 0, 0.0)
    assert {row["kind"] for row in before.story} == {"created"}


def test_a_building_leads_to_the_card_of_its_estate(told, town):
    _, card = told
    assert card.id == town.ids["HEL-E"] and card.buildings == 3 and card.talked == 3
    assert card.lead["value_class"] == "red" and card.box is not None and card.box[0] < card.box[2]


def test_talks_rivals_and_papers_are_there(told, town):
    _, card = told
    assert [(row["stage"], row["talks"], row["parties"]) for row in card.deals] == [
        ("not_started", 3, ["翠湖物业"])]
    assert card.deals[0]["last_contact"] == TODAY and len(card.deals[0]["ids"]) == 3
    assert card.rivals == 1 and card.present[0]["technology"] == "ftth"
    assert [row["file_name"] for row in card.documents] == ["勘察.pdf"]


def test_flags_count_the_talks_they_mean(town):
    """Of three talks of one stage one is out of time: the flag says one."""
    store = town.login("planner")
    with town.store.transaction() as cur:
        cur.execute("select set_config('session_replication_role', 'replica', true)")
        cur.execute("update fullservice.negotiation set stage_since = now() - interval '300 days' "
                    "where building_id = %s", (town.ids["HEL-B0"],))
    assert dict(estate_card(store, "estate", town.ids["HEL-E"]).flags)["overdue"] == {"count": 1}


def test_the_story_names_source_and_person_newest_first(told):
    _, card = told
    kinds = {row["kind"] for row in card.story}
    assert {"created", "contact", "document", "rival"} <= kinds
    assert [row["at"] for row in card.story] == sorted((row["at"] for row in card.story), reverse=True)
    rival = next(row for row in card.story if row["kind"] == "rival")
    assert (rival["who"], rival["source"]) == ("李伟", "site_photo")
    said = {row["detail"]: row["before"] for row in card.story if row["kind"] == "rival"}
    assert said["technology"] == "ftth" and said["speed"] == "300 Mbit/s"
    talks = [row for row in card.story if row["kind"] == "contact" and row["what"] == "visit"]
    assert max(row["times"] for row in talks) == 3, "one visit in three buildings is told once"


def test_the_other_branch_sees_nothing(told, town):
    with pytest.raises(InputError):
        estate_card(town.login("planner", "ESP"), "estate", town.ids["HEL-E"])
    other = estate_card(town.login("planner", "ESP"), "estate", town.ids["ESP-E"])
    assert other.deals == [] and other.documents == [] and other.rivals is None


def test_unknown_households_are_never_zero(town):
    with town.store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set households = null where estate_id = %s", (town.ids["ESP-E"],))
    card = estate_card(town.login("planner", "ESP"), "estate", town.ids["ESP-E"])
    assert card.households is None and card.coverage is None and card.unknown == 3


def test_what_lies_in_no_estate_says_so(town):
    with pytest.raises(InputError):
        estate_card(town.store, "building", "00000000-0000-0000-0000-000000000000")


@pytest.fixture(scope="module")
def named(told, town):
    """Estates with Chinese names."""
    with town.store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.estate set name = '翠湖名邸' where id = %s", (town.ids["HEL-E"],))
        cur.execute("update fullservice.estate set name = '春晖花园' where id = %s", (town.ids["ESP-E"],))
        cur.execute("insert into fs_pii.contact (party_id, name, phone) select id, '王建国', '13912345678' "
                    "from fullservice.property_party where name = '翠湖物业'")
    return town.store


@pytest.mark.parametrize("typed", ["cuihu", "ch", "chmd", "cuihmd", "翠湖", "HEL-E"])
def test_an_estate_is_found_by_its_sound(named, typed):
    found = [place.name for place in search(named, typed)]
    assert found[0] in ("翠湖名邸", "春晖花园") and "翠湖名邸" in found
    first = [place.name for place in search(named, typed, only_estates=True)]
    assert "翠湖名邸" in first and found[:len(first)] == first, "all begins with the estates"


def test_initials_and_syllables_leave_others_out(named):
    assert [place.name for place in search(named, "chunhui")] == ["春晖花园"]
    assert [place.name for place in search(named, "chhy")] == ["春晖花园"]


@pytest.mark.parametrize("typed, language, detail", [
    ("翠湖物业", "zh", "翠湖物业 · 物业公司"), ("cuihuwuye", "zh", "翠湖物业 · 物业公司"),
    ("物业公司", "zh", "翠湖物业 · 物业公司"),
    ("property manager", "en", "翠湖物业 · Property manager"),
])
def test_an_estate_is_found_by_its_party_or_the_role(named, typed, language, detail):
    found = [place for place in search(named, typed, language=language) if place.detail == detail]
    assert [(place.kind, place.name) for place in found] == [("estate", "翠湖名邸")]


@pytest.mark.parametrize("typed", ["王建国", "13912345678", "1391234", "wangjianguo", "wjg"])
def test_people_are_never_found(named, typed):
    assert search(named, typed) == []


def test_no_other_branch_is_found(named, town):
    assert [place.name for place in search(town.login("planner", "ESP"), "ch")] == ["春晖花园"]


@pytest.mark.parametrize("typed, found", [
    ("Hof 7号", True), ("hof 7号楼", True), ("HOF 7", True), ("hof_7", False), ("hof 7%", False), ("bau-c7", True),
    ("7号", True), ("8号", False),
])  # fmt: skip
def test_a_building_is_found_whatever_the_case_of_its_letters(named, town, typed, found):
    with town.store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set name = 'Hof 7号楼', code = 'BAU-c7' where id = %s",
                    (town.ids["HEL-B1"],))
    assert ("Hof 7号楼" in [place.name for place in search(named, typed)]) is found


@pytest.mark.parametrize("typed", ["cuizhulou", "czl"])
def test_a_building_is_found_by_its_sound(named, town, typed):
    with town.store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set name = '翠竹楼' where id = %s", (town.ids["HEL-B2"],))
    assert [(place.kind, place.name) for place in search(named, typed)] == [("building", "翠竹楼")]


@pytest.mark.parametrize("typed", ["eglise", "EGLISE ", "église 7", "egli\u0301se", "l'eglise"])
def test_accents_are_typed_or_not(named, town, typed):
    with town.store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set name = 'Résidence de l''Église 7' where id = %s",
                    (town.ids["HEL-B2"],))
        cur.execute("insert into fullservice.address (full_text, building_id) select '7, rue de l''Église 7', %s "
                    "where not exists (select 1 from fullservice.address where full_text like '%%Église%%')",
                    (town.ids["HEL-B2"],))
    assert {place.kind for place in search(named, typed)} == {"building", "address"}


def test_the_server_reads_a_spelling_as_python_does(named):
    import re

    from fullservice_plugin.core.spelling import spelt_like
    from tests.unit.test_spelling import SAME

    typed = [one for one, _ in SAME] * 2
    names = [name for _, name in SAME] + [name for _, name in SAME][::-1]
    read = named.rows("select n ~ p from unnest(%s::text[], %s::text[]) with ordinality as t (n, p, i) order by i",
                      (names, [spelt_like(one) for one in typed]))
    assert [found for found, in read] == [re.search(spelt_like(one), name) is not None
                                          for one, name in zip(typed, names)]
