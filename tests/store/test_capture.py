# SPDX-License-Identifier: GPL-2.0-or-later
"""A sighting of a rival: facts, a promotion and a photo in one transaction, by every role, or nothing at all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fullservice_plugin.core.errors import FullServiceError, InputError, ParameterError
from fullservice_plugin.services.capture import Sighting, operators, record_sighting

TODAY = date.today()
FACTS = ("select field, value, number::float8, unit, valid_until, confidence, state, source_text, observer from "
         "fullservice.intel_observation where building_id = %s and operator_code = %s order by field")


def full(**other) -> Sighting:
    return Sighting("CUCC", "site_photo", **{**dict(
        technology="ftth", speed=1000, price=99.5, subscribers=12, ports=16, exclusivity="contract",
        exclusive_until=TODAY + timedelta(days=400), contracts=4, contracts_until=TODAY + timedelta(days=60),
        promotion="stall", promotion_text="门口摆摊", source_text="楼道箱体", observer="li"), **other})  # fmt: skip


def test_everything_seen_is_kept_at_once_and_only_once(town, tmp_path):
    photo = tmp_path / "箱体.jpg"
    photo.write_bytes(b"\xff\xd8 a picture")
    store, house = town.login("customer_manager"), town.ids["HEL-B0"]
    made = record_sighting(store, full(photo=photo), building_id=house)
    assert (made.new, made.known, made.confidence) == (9, 0, 0.8)
    rows = town.store.rows(FACTS, (house, "CUCC"))
    assert [row[0] for row in rows] == sorted(["presence", "technology", "promotion", "exclusivity", "speed", "tariff",
                                               "subs", "ports", "contract_end"])
    told = {row[0]: row for row in rows}
    assert told["presence"][1] == "in_service" and told["technology"][1] == "ftth"
    assert told["tariff"][2:4] == (99.5, "/month") and told["contract_end"][2] == 4
    assert told["exclusivity"][4] == TODAY + timedelta(days=400)
    assert {row[5:] for row in rows} == {(0.8, "captured", "楼道箱体", "li")}
    filed = ("select a.file_name, a.branch_code, count(*) from fullservice.attachment a join "
             "fullservice.intel_observation o on o.id = a.subject_id where "
             "a.subject_kind = 'observation' and a.kind = 'photo' group by 1, 2")
    assert town.store.rows(filed) == [("箱体.jpg", "HEL", 4)]
    promoted = ("select kind, description, estate_id::text from fullservice.competitor_promotion "
                "where operator_code = 'CUCC'")
    assert town.store.rows(promoted) == [("stall", "门口摆摊", town.ids["HEL-E"])]
    again = record_sighting(store, full(photo=photo), building_id=house)
    assert (again.new, again.known) == (0, 9)
    assert town.store.rows(filed)[0][2] == 4 and len(town.store.rows(promoted)) == 1


def test_a_photo_verifies_what_it_shows(town):
    store = town.login("network_support")
    key = town.store.value("select id::text from fullservice.intel_observation where field = 'technology' and "
                           "building_id = %s", (town.ids["HEL-B0"],))
    store.transition("intel", key, "verified")
    assert town.store.value("select state from fullservice.intel_observation where id = %s", (key,)) == "verified"


@pytest.mark.parametrize("role", ["customer_manager", "network_support", "functional", "planner"])
def test_whoever_gathers_intelligence_captures_with_a_photo(town, role, tmp_path):
    photo = tmp_path / f"{role}.png"
    photo.write_bytes(role.encode())
    made = record_sighting(town.login(role), Sighting("CTCC", "resident", technology="xdsl", photo=photo),
                           estate_id=town.ids["HEL-E"])
    assert (made.new, made.confidence) == (2, 0.5)


def test_readers_and_other_branches_capture_nothing(town):
    for store in (town.login("read_only"), town.login("customer_manager", "ESP")):
        with pytest.raises(FullServiceError):
            record_sighting(store, Sighting("CTCC", "resident", technology="wlan"), building_id=town.ids["HEL-B1"])
    assert town.store.rows(FACTS, (town.ids["HEL-B1"], "CTCC")) == []


def test_the_least_that_can_be_said(town):
    store = town.login("planner")
    house = town.ids["HEL-B2"]
    made = record_sighting(store, Sighting("CTCC", "hearsay", presence="planned"), building_id=house)
    assert (made.new, made.confidence) == (1, 0.3)
    row = town.store.rows(FACTS, (house, "CTCC"))[0]
    assert row[:2] == ("presence", "planned") and row[7] == "hearsay" and row[8] == store.login
    assert record_sighting(store, Sighting("CTCC", "web_ad", promotion="price_cut"), building_id=house).new == 1


@pytest.mark.parametrize(("wrong", "words"), [
    (dict(operator="NOBODY"), "not among"), (dict(source_class=""), "class of its source"),
    (dict(technology=None), "nothing"),
    (dict(technology="steam"), "steam"), (dict(presence="here"), "here"), (dict(speed=0.0), "speed"),
    (dict(price=-1.0), "tariff"), (dict(observed_on=TODAY + timedelta(days=2)), "future"),
    (dict(contracts=3.0), "number"), (dict(contracts_until=TODAY), "number"),
    (dict(exclusivity="contract", exclusive_until=TODAY - timedelta(days=9)), "before"),
    (dict(promotion="parade"), "parade"), (dict(photo="/nowhere/x.jpg"), "cannot be read"),
    (dict(exclusivity="maybe"), "maybe"),
    (dict(subscribers=1e12), "subs"),
])  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_kept(town, wrong, words):
    before = town.store.value("select count(*) from fullservice.intel_observation")
    seen = Sighting(**{**dict(operator="CUCC", source_class="manager", technology="ftth"), **wrong})
    with pytest.raises((ParameterError, InputError), match=words) as told:
        record_sighting(town.login("planner"), seen, building_id=town.ids["HEL-B1"])
    from fullservice_plugin.i18n import translate

    assert translate(told.value.template, "zh", **told.value.values) != str(told.value)
    assert town.store.value("select count(*) from fullservice.intel_observation") == before


def test_a_place_that_is_none_is_refused(town):
    seen = Sighting("CUCC", "manager", technology="ftth")
    with pytest.raises(ParameterError, match="missing"):
        record_sighting(town.login("planner"), seen)
    with pytest.raises(InputError):
        record_sighting(town.login("planner"), seen, building_id="00000000-0000-0000-0000-000000000000")


def test_a_photo_that_may_not_be_filed_takes_the_facts_back(town, tmp_path, monkeypatch):
    from fullservice_plugin.services import capture

    def broken(*_values):
        raise InputError("The document {file} is empty.", file="x")

    monkeypatch.setattr(capture, "attach", broken)
    photo = tmp_path / "x.jpg"
    photo.write_bytes(b"x")
    before = town.store.value("select count(*) from fullservice.intel_observation")
    with pytest.raises(InputError):
        record_sighting(town.login("planner"), Sighting("CUCC", "manager", technology="hfc_eoc", photo=photo),
                        building_id=town.ids["HEL-B2"])
    assert town.store.value("select count(*) from fullservice.intel_observation") == before


def test_operators_keep_their_order_when_one_comes(town):
    before = [row["code"] for row in operators(town.store)]
    assert before[0] == "CMCC"
    town.store.execute("insert into fullservice.competitor_operator (code, name) values ('AAA', 'first by name')")
    assert [row["code"] for row in operators(town.store)] == [*before, "AAA"]
