# SPDX-License-Identifier: GPL-2.0-or-later
"""Competitor intelligence in the real QGIS: reported, looked at, verified, told and drawn, in both languages."""

from __future__ import annotations

import pytest

OBSERVER = {"zh": "李伟", "en": "Li Wei"}
RIVALS = """
insert into fullservice.intel_observation (id, branch_code, origin, subject_kind, building_id, operator_code, field,
    value, number, valid_until, source_class, source_text, observed_on, observer)
select gen_random_uuid(), 'GZ', 'sample', 'building', b.id, o.code, f.field, f.value, f.number, f.ends, f.source,
    '走访', current_date - f.age - b.fid % 9, f.who
from fullservice.building b join fullservice.estate e on e.id = b.estate_id
join fullservice.competitor_operator o on o.is_self or exists (
    select 1 from fullservice.intel_observation x where x.building_id = b.id and x.operator_code = o.code)
join lateral (values
    ('technology', case o.code when 'CTCC' then 'ftth' else 'fttb_lan' end, null::numeric, null::date, 'manager', 2,
     'li.wei'),
    ('technology', case when o.code = 'CTCC' and b.fid % 5 = 0 then 'xdsl' end, null, null, 'manager', 3, 'zhang.min'),
    ('subs', null, 4 + (b.fid + ascii(right(o.name_en, 1))) % 9, null, 'win_loss', 10, 'li.wei'),
    ('tariff', null, case o.code when 'CTCC' then 45 when 'CUCC' then 59 end, null, 'web_ad', 20, 'li.wei'),
    ('exclusivity', case when o.code = 'CUCC' and b.fid % 7 = 0 then 'contract' end, null, current_date + 70, 'manager',
     5, 'li.wei')) f (field, value, number, ends, source, age, who) on coalesce(f.value, f.number::text) is not null;
update fullservice.building b set households = 36 from fullservice.estate e
where e.id = b.estate_id and e.code = 'LP0002' and b.households is null;
update fullservice.intel_observation o set observed_on = o.observed_on - 1400 from fullservice.building b,
    fullservice.estate e where b.id = o.building_id and e.id = b.estate_id and e.code = 'LP0003';
delete from fullservice.intel_observation o using fullservice.building b, fullservice.estate e
where b.id = o.building_id and e.id = b.estate_id and e.code = 'LP0004'
"""


@pytest.fixture(scope="module")
def rich(store_name, databases) -> str:
    """A town whose rivals are well known in one estate, disputed, stale or unknown in others."""
    return databases.fill(store_name, "begin; set local session_replication_role = replica", RIVALS,
                          "commit; select fs_app.refresh_aggregates()")


@pytest.fixture(scope="module", params=["zh", "en"])
def tour(request, rich, walk) -> dict:
    """What a walk through forms, dock and map found."""
    observer = OBSERVER[request.param]
    return {**walk(request.param, rich, steps=["install", "open_map", "rivals"], observer=observer), "own": observer}


def test_loading_and_unloading_leaves_nothing_behind(tour):
    assert tour["before"] == [] and tour["unloaded"] == [] and tour["loaded"] == tour["reloaded"]
    assert not [line for line in tour["log"] if "Traceback" in line], tour["log"]


def test_a_rival_is_reported_by_clicks_and_told(tour):
    assert tour["rival_needs"] == [False, False, False, True]
    assert tour["rival_kept"] == [["presence", "in_service", None], ["speed", None, 1000.0], ["tariff", None, 88.0],
                                  ["technology", "ftth", None]]
    assert tour["rival_photo"] == 2 and tour["rival_alerted"] >= 1
    assert tour["rival_verify"][0] == [False, True, True] and tour["rival_verify"][1]
    assert tour["rival_verified"] == ["verified", [True, True, True]] and tour["rival_retired"] == "retired"
    assert tour["rival_estate"][0] >= 2 and tour["rival_estate"][1] and tour["rival_acked"] == [True, False]
    assert tour["rival_legend"] > 8
    assert tour["rival_again"][1] == tour["rival_again"][0] == tour["own"]


def test_pictures_are_there(tour):
    for name in ("rival_form", "rival_closed", "rivals_building", "rivals_estate", "rivals_reckoned", "rivals_map"):
        assert (tour["pictures"] / f"{tour['language']}_{name}.png").stat().st_size > 5000
