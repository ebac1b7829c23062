# SPDX-License-Identifier: GPL-2.0-or-later
"""What the PDF plans read from the store: rows as dicts, geometries as WKB (EPSG:4326).

Deleted rows are left out everywhere; row security decides what a login sees at all.
"""

from __future__ import annotations

from typing import Any, Optional, Sequence

from psycopg2 import sql

from fullservice_plugin.store.connection import Store

Row = dict[str, Any]

# What a building b is called on paper: its name, its first address, its number, else its code.
_NAME = sql.SQL(
    "coalesce(nullif(b.name, ''), (select x.full_text from fullservice.address x where x.building_id = b.id "
    "and not x.is_deleted and x.full_text <> '' order by x.street nulls last, length(x.housenumber), x.housenumber, "
    "x.full_text limit 1), nullif(b.number, ''), b.code)"
)

# Buildings of an area: an estate's code, the code of a branch, micro-region or grid, or '' for all.
_AREA = sql.SQL(
    """
    with recursive unit as (
        select id from fullservice.org_unit where code = %(area)s and not is_deleted
        union
        select o.id from fullservice.org_unit o join unit on o.parent_id = unit.id where not o.is_deleted),
    area as (
        select b.id, b.estate_id, b.code, {name} as name, b.households, b.geom,
            e.code as estate_code, coalesce(nullif(e.name, ''), e.code) as estate_name
        from fullservice.building b left join fullservice.estate e on e.id = b.estate_id and not e.is_deleted
        where not b.is_deleted and (%(area)s = '' or e.code = %(area)s
            or b.grid_id in (select id from unit) or e.grid_id in (select id from unit)))
    """
).format(name=_NAME)


def find_plan(store: Store, key: str) -> Optional[Row]:
    """Return the plan whose code or uuid is ``key``, or None where there is none for this login."""
    found = store.dicts(
        "select p.*, p.created_at::date as created, coalesce(nullif(o.name, ''), e.name, p.area_code) as "
        "area_name "
        "from fullservice.plan p "
        "left join fullservice.org_unit o on o.code = p.area_code and not o.is_deleted "
        "left join fullservice.estate e on e.code = p.area_code and not e.is_deleted "
        "where not p.is_deleted and (p.code = %(key)s or p.id::text = lower(%(key)s)) limit 1",
        {"key": key.strip()},
    )
    return found[0] if found else None


def plan_codes(store: Store, limit: int = 10) -> list[str]:
    """Return the codes of the newest plans, for messages and choices."""
    rows = store.rows(
        "select code from fullservice.plan where not is_deleted order by created_at desc limit %s", (limit,)
    )
    return [str(row[0]) for row in rows]


def area_codes(store: Store, limit: int) -> list[tuple[str, str]]:
    """Return code and name of the areas that this login sees: branch, micro-regions and grids, then estates."""
    rows = store.rows(
        "select code, name from (select code, name, case level when 'branch' then 1 when 'micro_region' then 2 "
        "else 3 end as rank from fullservice.org_unit where not is_deleted "
        "union all select code, coalesce(nullif(name, ''), code), 4 from fullservice.estate where not is_deleted) a "
        "order by rank, code limit %s",
        (limit,),
    )
    return [(str(code), str(name or code)) for code, name in rows]


def designs(store: Store, plan: str) -> list[Row]:
    """Return the design versions of a plan with their estates, in the order of the estates' codes."""
    return store.dicts(
        "select d.id::text, d.version_no, d.state, d.cost_total, d.cost_per_home, d.homes_served, d.author, "
        "d.submitted_at, "
        "d.approver, d.approved_at, d.note, e.code, e.name, ST_AsBinary(e.geom) as geom "
        "from fullservice.access_design d join fullservice.estate e on e.id = d.estate_id "
        "where d.plan_id = %s and not d.is_deleted order by e.code, d.version_no",
        (plan,),
    )


def decisions(store: Store, plan: str) -> list[Row]:
    """Return the decisions of a plan with their buildings."""
    query = sql.SQL(
        "select a.design_id::text, a.building_id::text, a.method, a.runner_up, a.cost, a.revenue, "
        "a.cost_delta, "
        "a.constraint_code, a.reason_zh, a.reason_en, a.locked, a.permission_value, b.code, {name} as name, "
        "b.households, b.storeys, "
        "e.code as estate, ST_AsBinary(b.geom) as geom "
        "from fullservice.access_decision a join fullservice.building b on b.id = a.building_id "
        "left join fullservice.estate e on e.id = b.estate_id "
        "where a.plan_id = %s and not a.is_deleted order by e.code, b.code"
    ).format(name=_NAME)
    return store.dicts(query, (plan,))


def elements(store: Store, plan: str) -> list[Row]:
    """Return the network elements of a plan with their buildings and estates."""
    query = sql.SQL(
        "select x.design_id::text, x.kind, x.code, x.parent_code, x.ports, x.used, x.splitter, x.route_kind, "
        "x.length_m, "
        "x.fibres, x.loss_db, x.floor, x.building_id::text, case when b.id is not null then {name} end as building, "
        "b.code as building_code, e.code as estate, ST_AsBinary(x.geom) as geom "
        "from fullservice.design_element x "
        "left join fullservice.building b on b.id = x.building_id "
        "left join fullservice.access_design d on d.id = x.design_id "
        "left join fullservice.estate e on e.id = coalesce(d.estate_id, b.estate_id) "
        "where x.plan_id = %s and not x.is_deleted order by x.kind, x.code, x.fid"
    ).format(name=_NAME)
    return store.dicts(query, (plan,))


def network(store: Store, plan: str) -> list[Row]:
    """Return what of a plan is built and has a place, with every figure; the codes of estates and buildings."""
    return store.dicts(
        "select x.kind, x.code, x.parent_code, x.ports, x.used, x.splitter, x.route_kind, x.construction, x.cable, "
        "x.length_m, x.fibres, x.loss_db, x.trench_cost, x.cable_cost, x.floor, x.band, x.channel, x.eirp_dbm, "
        "(x.props ->> 'phase')::int as phase, b.code as building_code, e.code as estate, ST_AsBinary(x.geom) as geom "
        "from fullservice.design_element x "
        "left join fullservice.building b on b.id = x.building_id "
        "left join fullservice.access_design d on d.id = x.design_id "
        "left join fullservice.estate e on e.id = coalesce(d.estate_id, b.estate_id) "
        "where x.plan_id = %s and x.kind <> 'coverage' and x.geom is not null and not x.is_deleted "
        "order by x.kind, x.code, x.fid",
        (plan,),
    )


def all_approved(store: Store, plan: str) -> bool:
    """Return whether every design of a plan is approved."""
    found = store.value(
        "select bool_and(state = 'approved') from fullservice.access_design where plan_id = %s and not is_deleted",
        (plan,),
    )
    return bool(found)


def bills(store: Store, plan: str, design_ids: Optional[Sequence[str]] = None) -> list[Row]:
    """Return the bill of a plan summed by domain, item, unit and price; of some designs only where given."""
    return store.dicts(
        "select domain, item, coalesce(unit, '') as unit, coalesce(unit_price, 0) as unit_price, "
        "sum(quantity) as quantity, sum(cost) as cost "
        "from fullservice.design_bom where plan_id = %(plan)s and not is_deleted "
        "and (%(designs)s::uuid[] is null or design_id = any(%(designs)s::uuid[])) "
        "group by 1, 2, 3, 4 having sum(quantity) > 0 order by domain desc, sum(cost) desc, item",
        {"plan": plan, "designs": None if design_ids is None else list(design_ids)},
    )


def reviews(store: Store, plan: str) -> list[Row]:
    """Return the review steps of the designs of a plan, oldest first."""
    return store.dicts(
        "select r.design_id::text, r.at, r.by, r.decision, r.comment, e.code as estate "
        "from fullservice.design_review r join fullservice.access_design d on d.id = r.design_id "
        "left join fullservice.estate e on e.id = d.estate_id "
        "where d.plan_id = %s and not r.is_deleted order by r.at, r.fid",
        (plan,),
    )


def talks(store: Store, buildings: Sequence[str]) -> list[Row]:
    """Return the talks not closed of some buildings."""
    return store.dicts(
        "select n.building_id::text, n.stage, n.stage_since::date as since, n.next_action, "
        "n.next_action_due, n.next_review, "
        "n.reason_code, n.obstacle_code, n.evidence_missing, s.login as owner "
        "from fullservice.negotiation n left join fullservice.staff s on s.id = n.owner_staff_id "
        "where n.building_id = any(%s::uuid[]) and not n.is_deleted and n.stage <> 'closed' order by "
        "n.building_id, n.fid",
        (list(buildings),),
    )


def agreements(store: Store, buildings: Sequence[str]) -> list[Row]:
    """Return agreements in force that cover some buildings, with how many of them, by their end."""
    return store.dicts(
        "select a.number, a.type, a.status, a.valid_from, a.valid_to, a.auto_renew, a.notice_days, p.name as "
        "party, "
        "e.code as estate, count(*) as buildings "
        "from fullservice.agreement a "
        "join fullservice.agreement_building ab on ab.agreement_id = a.id and not ab.is_deleted "
        "left join fullservice.property_party p on p.id = a.party_id "
        "left join fullservice.building b on b.id = ab.building_id "
        "left join fullservice.estate e on e.id = coalesce(a.estate_id, b.estate_id) "
        "where ab.building_id = any(%s::uuid[]) and not a.is_deleted and a.status not in ('terminated', "
        "'draft') "
        "group by a.id, a.number, a.type, a.status, a.valid_from, a.valid_to, a.auto_renew, a.notice_days, "
        "p.name, e.code "
        "order by a.valid_to nulls last, a.number",
        (list(buildings),),
    )


def area_name(store: Store, area: str) -> Optional[str]:
    """Return the name of an estate or territory by its code, None where the login sees neither."""
    found = store.rows(
        "select coalesce(nullif(name, ''), code) from fullservice.estate where code = %(area)s and not "
        "is_deleted "
        "union all select name from fullservice.org_unit where code = %(area)s and not is_deleted limit 1",
        {"area": area},
    )
    return str(found[0][0]) if found else None


def stalled_days(store: Store) -> int:
    """Return after how many days without a word a talk is stalled here."""
    return int(store.value("select fs_app.stalled_days()"))


def area_buildings(store: Store, area: str) -> list[Row]:
    """Return the buildings of an area: id, code, name, households, estate, footprint."""
    query = _AREA + sql.SQL(
        "select id::text, estate_id::text, code, name, households, estate_code, estate_name, "
        "ST_AsBinary(geom) as geom "
        "from area order by estate_code nulls last, code"
    )
    return store.dicts(query, {"area": area})


def area_talks(store: Store, area: str) -> list[Row]:
    """Return the talks of an area with party, owner, last visit and the end of the building's agreement."""
    query = _AREA + sql.SQL(
        "select n.id::text, a.id::text as building_id, a.code, a.name, a.households, a.estate_code, "
        "a.estate_name, n.kind, "
        "n.stage, n.stage_since::date as since, n.next_action, n.next_action_due, n.next_review, "
        "n.evidence_missing, "
        "p.name as party, s.login as owner, ST_AsBinary(a.geom) as geom, "
        "(select max(v.at)::date from fullservice.visit_log v where v.negotiation_id = n.id and not "
        "v.is_deleted) as last_contact, "
        "(select max(g.valid_to) from fullservice.agreement g join fullservice.agreement_building ab on "
        "ab.agreement_id = g.id "
        " where ab.building_id = a.id and not g.is_deleted and not ab.is_deleted and g.status not in "
        "('terminated', 'draft')"
        ") as valid_to "
        "from fullservice.negotiation n join area a on a.id = n.building_id "
        "left join fullservice.property_party p on p.id = n.party_id "
        "left join fullservice.staff s on s.id = n.owner_staff_id "
        "where not n.is_deleted order by a.estate_code nulls last, a.code, n.fid"
    )
    return store.dicts(query, {"area": area})


def presences(store: Store, area: str) -> list[Row]:
    """Return who is present where in an area, with the newest source of each presence."""
    query = _AREA + sql.SQL(
        "select c.building_id::text, c.estate_id::text, c.operator_code, c.technology, c.status, c.since, "
        "c.max_down_mbps, "
        "c.subs_est, c.share, c.exclusivity, c.exclusive_until, c.confidence, c.observed_on, c.conflict, "
        "coalesce(a.estate_code, e.code) as estate_code, coalesce(a.estate_name, e.name, e.code) as "
        "estate_name, "
        "a.name as building, a.code, ST_AsBinary(a.geom) as geom, "
        "(select i.source_class from fullservice.intel_observation i where i.operator_code = c.operator_code "
        " and i.building_id is not distinct from c.building_id "
        " and (c.building_id is not null or i.estate_id = c.estate_id) and not i.is_deleted and i.state <> "
        "'retired' "
        " order by i.observed_on desc, i.confidence desc nulls last, i.fid limit 1"
        ") as source_class "
        "from fs_app.competitor_presence c "
        "left join area a on a.id = c.building_id "
        "left join fullservice.estate e on e.id = coalesce(c.estate_id, a.estate_id) "
        "where a.id is not null or (c.building_id is null and "
        "exists (select 1 from area x where x.estate_id = c.estate_id)) "
        "order by coalesce(a.estate_code, e.code), a.code nulls first, c.operator_code"
    )
    return store.dicts(query, {"area": area})


def operators(store: Store) -> list[Row]:
    """Return the operators: code, names, whether it is our own, colour."""
    return store.dicts(
        "select code, name, name_en, is_self, colour from fullservice.competitor_operator where not "
        "is_deleted "
        "order by is_self desc, code"
    )


def sources(store: Store) -> list[Row]:
    """Return the data sources of the store with licence, newest day and number of records."""
    return store.dicts(
        "select r.source_name as name, max(coalesce(r.licence, '')) as licence, "
        "max(coalesce(r.finished_at, r.created_at))::date as observed, "
        "(select count(*) from fullservice.source_record s "
        "where s.source_name = r.source_name and not s.is_deleted) as records "
        "from fullservice.discovery_run r where not r.is_deleted group by r.source_name order by "
        "r.source_name"
    )


def other_sources(store: Store) -> list[str]:
    """Return names of sources of streets and land that no discovery run explains."""
    rows = store.rows(
        "select distinct source_name from ("
        "select source_name from fullservice.street where not is_deleted "
        "union select source_name from fullservice.land_area where not is_deleted) s "
        "where source_name is not null and not exists ("
        "select 1 from fullservice.discovery_run r where r.source_name = s.source_name and not r.is_deleted) "
        "order by 1"
    )
    return [str(row[0]) for row in rows]


def base_map(store: Store, box: Sequence[float], leave_out: Sequence[str]) -> list[Row]:
    """Return streets, land and other buildings that meet ``box`` (west, south, east, north): layer, kind, "
    "name, WKB."""
    west, south, east, north = box
    return store.dicts(
        "with box as (select ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, 4326) as g) "
        "select 'street' as layer, coalesce(t.highway, '') as kind, t.name, ST_AsBinary(t.geom) as geom, "
        "t.fid "
        "from fullservice.street t, box where t.geom && box.g and not t.is_deleted "
        "union all select 'land', l.kind, l.name, ST_AsBinary(l.geom), l.fid "
        "from fullservice.land_area l, box where l.geom && box.g and l.kind in ('water', 'green') and not "
        "l.is_deleted "
        "union all select 'building', 'building', '', ST_AsBinary(b.geom), b.fid "
        "from fullservice.building b, box where b.geom && box.g and not b.is_deleted "
        "and not b.id = any(%(out)s::uuid[]) "
        "order by 1, 5",
        {"w": west, "s": south, "e": east, "n": north, "out": list(leave_out)},
    )
