# SPDX-License-Identifier: GPL-2.0-or-later
"""Levels of the map in the store: where a point lies, indicators counted again by hand, what is one's own."""

from __future__ import annotations

import pytest

#: A second branch with the same codes and names as the first one, 0.1° to the east; the store itself forbids the codes.
TWIN = """
alter table fullservice.org_unit drop constraint org_unit_code_unique;
set session_replication_role = replica;
create temp table twin as select id as old, gen_random_uuid() as new from fullservice.org_unit;
insert into fullservice.org_unit (id, branch_code, level, code, name, parent_id, geom)
select t.new, 'SZ', o.level, o.code, o.name, p.new, ST_Translate(o.geom, 0.1, 0)
from fullservice.org_unit o join twin t on t.old = o.id left join twin p on p.old = o.parent_id;
insert into fullservice.estate (id, branch_code, code, name, grid_id, lead_state, geom)
select gen_random_uuid(), 'SZ', 'Z' || e.code, e.name, t.new, 'verified', ST_Translate(e.geom, 0.1, 0)
from fullservice.estate e join twin t on t.old = e.grid_id;
set session_replication_role = origin;
"""


@pytest.fixture(scope="module")
def town(store_name, databases):
    from fullservice_plugin.store.connection import Store

    databases.fill(store_name, TWIN, "select fs_app.refresh_aggregates()")
    with Store.connect({"service": store_name}) as store:
        yield store


def chain(store, lon: float, lat: float, language: str = "zh"):
    from fullservice_plugin.store.map_place import chain_at

    return chain_at(store, lon, lat, language)


def test_a_point_lies_in_a_chain_from_branch_to_building(town):
    lon, lat = town.rows("select ST_X(p), ST_Y(p) from (select ST_PointOnSurface(geom) p from fullservice.building "
                         "where geom is not null order by code limit 1) x")[0]
    found = chain(town, lon, lat)
    assert [place.kind for place in found] == ["branch", "micro_region", "grid", "estate", "building"]
    assert [place.parent_id for place in found[1:]] == [place.id for place in found[:-1]]
    assert all(place.box and place.box[0] <= lon <= place.box[2] for place in found)
    assert [place.kind for place in chain(town, lon, 50.0)] == []


def test_areas_with_the_same_codes_hold_their_own_children(town):
    here, there = chain(town, 113.3222, 23.1305), chain(town, 113.4222, 23.1305)
    assert [place.name for place in here[:3]] == [place.name for place in there[:3]]
    assert not {place.id for place in here} & {place.id for place in there}
    for found in (here, there):
        ids = [place.id for place in found]
        parents = dict(town.rows("select id::text, parent_id::text from fullservice.org_unit "
                                 "where id = any(%s::uuid[])", (ids,)))
        assert parents[ids[2]] == ids[1] and parents[ids[1]] == ids[0] and parents[ids[0]] is None


def test_indicators_are_the_counts_of_the_rows(town):
    rows = town.rows("""
        select o.level, o.code, s.estates, s.buildings, s.signed, s.under_way, s.late, s.households,
            s.covered_households, t.indicators_zh, t.indicators_en
        from fullservice.org_unit o join fs_app.level_stat s on s.id = o.id join fs_app.map_territory t on t.id = o.id
        where o.branch_code = 'GZ' order by o.code""")
    assert [row[0] for row in rows] == ["branch", "micro_region", "grid", "grid"]
    under = "('party_identified','contacted','surveyed','proposal_sent','negotiating','terms_agreed','in_approval')"
    for level, code, estates, buildings, signed, under_way, late, homes, covered, zh, en in rows:
        test = "g.code = %(code)s" if level == "grid" else "true"
        # nobody talks about one building twice in this town, so that its talk is its stage
        wanted = town.rows(f"""
            select count(distinct b.estate_id), count(*), count(*) filter (where n.stage in
                ('signed','entry_permitted','in_force','renewing')), count(*) filter (where n.stage in {under}),
                count(*) filter (where n.stage in {under} and n.stage_since < now() - make_interval(days => (
                    select nullif(max(t.sla_days), 0) from fs_meta.sm_transition t
                    where t.machine = 'SM-2' and t.to_state = n.stage))),
                sum(b.households), coalesce(sum(b.households) filter (where b.coverage_level >= 3), 0)
            from fullservice.building b join fullservice.org_unit g on g.id = b.grid_id and g.branch_code = 'GZ'
            left join fullservice.negotiation n on n.building_id = b.id and not n.is_deleted and n.stage <> 'closed'
            where not b.is_deleted and {test}""", {"code": code})[0]
        assert (estates, buildings, signed, under_way, late, homes, covered) == wanted
        share = round(100 * covered / homes)
        assert zh.startswith(f"{estates}盘 签约{signed}/{buildings}栋 覆盖{share}%")
        assert f"在途{under_way}（逾{late}）" in zh
        assert f"{signed}/{buildings} signed · {share} % covered" in en and f"{under_way} under way ({late} late)" in en


def test_what_nobody_knows_is_said_and_never_zero(town):
    said = town.rows("select distinct t.indicators_zh, t.indicators_en from fs_app.map_territory t "
                     "join fullservice.org_unit o on o.id = t.id where o.branch_code = 'SZ' and o.level = 'grid'")
    assert said == [("尚无楼栋数据", "no buildings known")]
    text = "select fs_app.indicator_text(3, 8, 0, 0, null, 8, 0, 0, 0, {})"
    assert town.rows(text.format("true")) == [("3盘 8栋 无洽谈记录 户数未知",)]
    assert town.rows(text.format("false")) == [("3 estates · 8 buildings, no talks recorded · households unknown",)]
    assert town.rows("select count(*) from fs_app.map_level where buildings is null and signed_share is not null"
                     " or households is null and covered_share is not null") == [(0,)]


def test_levels_fill_with_shares_of_the_same_sums(town):
    rows = town.rows("""
        select l.level, l.signed_share, l.covered_share, m.signed, m.buildings, m.covered_households, m.households
        from fs_app.map_level l join fs_app.map_estate m on m.id = l.id and l.level = 'estate' where m.buildings > 0""")
    assert len(rows) == 6
    for _, signed_share, covered_share, signed, buildings, covered, homes in rows:
        assert signed_share == pytest.approx(signed / buildings)
        assert covered_share == pytest.approx(float(covered) / float(homes))
    assert town.rows("select count(*) - count(distinct fid) from fs_app.map_level") == [(0,)]


def test_own_rows_are_those_of_the_login(town, store_name, databases):
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.roles import add_person

    login = f"{store_name}_li"
    with town.transaction(bulk=True) as cur:
        staff = add_person(cur, login, "customer_manager", ("GZ",))
        cur.execute("update fullservice.estate set owner_staff_id = %s where code = 'LP0003'", (staff,))
        cur.execute("insert into fullservice.area_assignment (staff_id, org_unit_id) select %s, id from "
                    "fullservice.org_unit where code = 'GZ-TH-02' and branch_code = 'GZ'", (staff,))
    databases.service(login, store_name, login)
    with Store.connect({"service": login}) as own:
        codes = {code for (code,) in own.rows("select e.code from fs_app.map_own m join fullservice.estate e "
                                              "on e.id = m.estate_id")}
        assert codes == {"LP0003"}
        held = {code for (code,) in own.rows("select code from fs_app.map_own_area")}
        assert "GZ-TH-02" in held and not held & {"GZ-TH", "GZ-TH-01"}
    assert town.rows("select count(*) from fs_app.map_own") == [(0,)]
