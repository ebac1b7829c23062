# SPDX-License-Identifier: GPL-2.0-or-later
"""What a letter to a property says of the store: talk, building, party, design, agreement, entry, contact.

Row security decides what a login sees at all; deleted rows are left out.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import Any, Mapping, Optional, Sequence

from psycopg2 import sql

from fullservice_plugin.store.area import setting
from fullservice_plugin.store.connection import Store, named_rows

Row = dict[str, Any]

# Where a drop enters a house (``line``, ``geom``). One that ends before the house: at that end. One that goes on
# inside: where it comes in; a drop whose outer end stands at the wall (1e-5 degrees: a metre) comes in there,
# whatever the last digits of the outline say.
WAY_IN = sql.SQL(
    """
    (select case when ST_Distance(e.inside_end, geom) > 0 then e.inside_end
            when ST_DWithin(e.outer_end, geom, 1e-5) then ST_ClosestPoint(ST_Boundary(geom), e.outer_end)
            else ST_ClosestPoint(case when ST_Intersects(line, ST_Boundary(geom))
                                      then ST_Intersection(line, ST_Boundary(geom)) else ST_Boundary(geom) end,
                                 e.outer_end) end
     from (select case when w.first then ST_StartPoint(line) else ST_EndPoint(line) end as inside_end,
                  case when w.first then ST_EndPoint(line) else ST_StartPoint(line) end as outer_end
           from (select ST_Distance(ST_StartPoint(line), ST_Centroid(geom))
                        < ST_Distance(ST_EndPoint(line), ST_Centroid(geom)) as first) w) e)
    """
)
STREET_M = 60.0  # a street further from the building than this does not say where a cable comes from


def subject(cur: Any, talk: str, on: date) -> Row:
    """Return talk, building, estate and party of a talk that this login sees, and the day of its last letter.

    Letters of the day ``on`` itself do not count: the same letter made again must say the same.
    """
    cur.execute(
        """
        select n.id::text, n.fid, n.building_id::text, n.estate_id::text, n.party_id::text, n.stage,
            n.owner_staff_id::text, b.code as building_code, b.name as building_name, b.number, b.households,
            e.code as estate_code, e.name as estate_name, p.name as party, p.role as party_role,
            (select a.full_text from fullservice.address a where a.building_id = b.id and not a.is_deleted
             and a.full_text <> '' order by a.street nulls last, length(a.housenumber), a.housenumber, a.full_text
             limit 1) as address,
            (select max(v.at) from fullservice.visit_log v where v.negotiation_id = n.id and v.channel = 'letter'
             and not v.is_deleted and v.at < %(midnight)s) as last_letter
        from fullservice.negotiation n
        join fullservice.building b on b.id = n.building_id
        left join fullservice.estate e on e.id = coalesce(n.estate_id, b.estate_id) and not e.is_deleted
        left join fullservice.property_party p on p.id = n.party_id and not p.is_deleted
        where n.id = %(talk)s
        """,
        {"talk": talk, "midnight": datetime.combine(on, time()).astimezone()},
    )
    row = named_rows(cur)[0]
    if row["last_letter"] is not None:
        row["last_letter"] = row["last_letter"].astimezone().date()
    return row


def decision(cur: Any, building: str) -> Optional[Row]:
    """Return the newest design decision of a building: method, state and version of the design, its plan."""
    return decisions(cur, [building]).get(building)


def decisions(cur: Any, buildings: Sequence[str], plan: Optional[str] = None) -> dict[str, Row]:
    """Return the newest design decision of each building, of one plan only where it is named."""
    cur.execute(
        """
        select distinct on (d.building_id) d.building_id::text, d.method, d.plan_id::text, g.state, g.version_no,
            g.approved_at::date as approved_on, p.currency
        from fullservice.access_decision d
        left join fullservice.plan p on p.id = d.plan_id
        left join fullservice.access_design g on g.id = d.design_id
        where d.building_id = any(%(ids)s::uuid[]) and not d.is_deleted and p.is_deleted is not true
          and (%(plan)s::uuid is null or d.plan_id = %(plan)s::uuid)
          and (g.id is null or (not g.is_deleted and g.state not in ('returned', 'rejected', 'superseded')))
        order by d.building_id, g.version_no desc nulls last, d.created_at desc, d.fid desc
        """,
        {"ids": list(buildings), "plan": plan},
    )
    return {row["building_id"]: row for row in named_rows(cur)}


def entry(cur: Any, building: str, plan: Optional[str]) -> Optional[Row]:
    """Return where the cable enters a building: azimuth (degrees) from its middle, and the street it comes from.

    The end of the plan's drop that touches the house, else the entry point of the building. None: neither is known.
    """
    return entries(cur, [building], [plan]).get(building)


def entries(cur: Any, buildings: Sequence[str], plans: Sequence[Optional[str]]) -> dict[str, Row]:
    """Return :func:`entry` of each building by its plan; ``plans`` go with ``buildings``."""
    query = sql.SQL(
        """
        with house as (
            select b.id, b.geom, b.entry_point, w.plan
            from unnest(%(ids)s::uuid[], %(plans)s::uuid[]) as w(building, plan)
            join fullservice.building b on b.id = w.building where b.geom is not null),
        drops as (
            select distinct on (h.id) h.id, h.geom, ST_LineMerge(x.geom) as line
            from house h join fullservice.design_element x on x.plan_id = h.plan and x.building_id = h.id
            where x.kind = 'drop' and not x.is_deleted and GeometryType(ST_LineMerge(x.geom)) = 'LINESTRING'
            order by h.id, x.fid),
        place as (
            select h.id, h.geom, coalesce(d.way_in, h.entry_point) as way_in
            from house h left join (select id, {way_in} as way_in from drops) d on d.id = h.id)
        select p.id::text as building_id,
            degrees(ST_Azimuth(ST_Centroid(p.geom)::geography, p.way_in::geography)) as azimuth, (
            select s.name from fullservice.street s where s.name <> '' and not s.is_deleted
              and ST_DWithin(s.geom::geography, p.way_in::geography, %(reach)s)
              and s.geom && ST_Expand(p.way_in, 0.01)
            order by ST_Distance(s.geom::geography, p.way_in::geography), s.fid limit 1) as street
        from place p where p.way_in is not null
        """
    ).format(way_in=WAY_IN)
    cur.execute(
        query,
        {"ids": list(buildings), "plans": list(plans), "reach": STREET_M},
    )
    return {row["building_id"]: row for row in named_rows(cur)}


def agreement(cur: Any, building: str, estate: Optional[str]) -> Optional[Row]:
    """Return the agreement that counts for a building, one in force before drafts; with its first buildings by name."""
    return agreements(cur, [building], [estate]).get(building)


def agreements(cur: Any, buildings: Sequence[str], estates: Sequence[Optional[str]]) -> dict[str, Row]:
    """Return :func:`agreement` of each building and its estate; ``estates`` go with ``buildings``."""
    cur.execute(
        """
        with wanted as (select * from unnest(%(ids)s::uuid[], %(estates)s::uuid[]) as w(building, estate)),
        deals as (
            select w.building, g.* from wanted w join fullservice.agreement g on
                exists (select 1 from fullservice.agreement_building b
                        where b.agreement_id = g.id and b.building_id = w.building and not b.is_deleted)
                or (g.estate_id = w.estate and not exists (
                    select 1 from fullservice.agreement_building b where b.agreement_id = g.id and not b.is_deleted))
            where not g.is_deleted and g.status <> 'terminated'),
        best as (
            select distinct on (g.building) g.* from deals g
            order by g.building, g.status in ('active', 'approved') desc, g.valid_to desc nulls last,
                g.version_no desc, g.fid desc)
        select g.building::text as building_id, g.number, g.status, g.valid_from, g.valid_to, g.notice_days,
            g.works_from, g.works_to, g.works_hours, g.auto_renew, g.exclusivity, g.fee_model, g.fee_amount,
            g.fee_period, g.share_pct, g.power_model, g.deposit,
            (select array_agg(array[coalesce(b.name, ''), coalesce(b.number, ''), b.code]
                              order by length(b.code), b.code)
             from fullservice.agreement_building ab join fullservice.building b on b.id = ab.building_id
             where ab.agreement_id = g.id and not ab.is_deleted) as buildings
        from best g
        """,
        {"ids": list(buildings), "estates": list(estates)},
    )
    return {row["building_id"]: row for row in named_rows(cur)}


def contacts(cur: Any, parties: Sequence[Optional[str]]) -> dict[str, Row]:
    """Return id and title of the first contact of each party; names stay where they are."""
    cur.execute(
        "select distinct on (party_id) party_id::text, id::text, title from fs_app.contact "
        "where party_id = any(%s::uuid[]) order by party_id, is_primary desc, fid",
        ([key for key in parties if key],),
    )
    return {row["party_id"]: row for row in named_rows(cur)}


def contact(cur: Any, party: Optional[str]) -> Optional[Row]:
    """Return id and title of the first contact of a party; None: there is none, or the role may not see contacts."""
    return contacts(cur, [party]).get(str(party))


def contact_name(store: Store, key: str, purpose: str) -> str:
    """Return the name of a contact in clear; the look is written down even where the letter then comes to nothing."""
    shown = store.value("select fs_app.reveal(%s, %s)", (key, purpose))
    return str(shown.get("name") or "")


def colleagues(cur: Any, staff: Sequence[Optional[str]]) -> dict[Optional[str], str]:
    """Return the names of account managers by staff id, this login's own by None, as far as the role may see them."""
    cur.execute(
        "select case when s.id::text = any(%(ids)s) then s.id::text end as staff_id, p.name, "
        "s.login = session_user as me "
        "from fs_app.person p join fullservice.staff s on s.id = p.staff_id "
        "where s.id::text = any(%(ids)s) or s.login = session_user",
        {"ids": [key for key in staff if key]},
    )
    found: dict[Optional[str], str] = {}
    for row in named_rows(cur):
        for key in ([row["staff_id"]] if row["staff_id"] else []) + ([None] if row["me"] else []):
            found[key] = str(row["name"] or "")
    return found


def colleague(cur: Any, staff: Optional[str]) -> str:
    """Return the name of the account manager of a talk, or of this login; empty where the role may not see names."""
    return colleagues(cur, [staff]).get(staff, "")


def own_operator(cur: Any, language: str) -> str:
    """Return the name of our own company (empty: not entered)."""
    cur.execute(
        "select coalesce(case when %s = 'en' then nullif(name_en, '') end, name) from fullservice.competitor_operator "
        "where is_self and not is_deleted order by code limit 1",
        (language,),
    )
    row = cur.fetchone()
    return str(row[0]) if row and row[0] else ""


def print_settings(store: Store) -> tuple[Any, Any, Any]:
    """Return the store's own print template, letter templates and logo (None: not set)."""
    with store.transaction() as cur:
        return setting(cur, "print_template"), setting(cur, "letter_templates"), setting(cur, "logo")


def may_set(store: Store) -> bool:
    """Return whether the login may change settings of the store."""
    return bool(store.value("select has_table_privilege('fs_meta.setting', 'insert')"))


def set_print_template(store: Store, data: Optional[Mapping[str, Any]]) -> None:
    """Keep a print template for everybody; None takes it away."""
    with store.transaction() as cur:
        cur.execute("delete from fs_meta.setting where key = 'print_template'")
        if data is not None:
            cur.execute("insert into fs_meta.setting (key, value) values ('print_template', %s)", (json.dumps(data),))


def may_log(store: Store) -> bool:
    """Return whether the login may file documents and log letters at all."""
    return bool(
        store.value(
            "select has_table_privilege('fullservice.visit_log', 'insert') "
            "and has_table_privilege('fullservice.attachment', 'insert')"
        )
    )


def is_filed(cur: Any, talk: str, kind: str, sha256: str) -> bool:
    """Return whether the very same document is attached to the talk already."""
    cur.execute(
        "select 1 from fullservice.attachment where subject_id = %s and kind = %s and sha256 = %s and not is_deleted",
        (talk, kind, sha256),
    )
    return cur.fetchone() is not None


def talks(store: Store, area: str, stages: list[str], ends_by: Optional[date]) -> list[tuple[str, str]]:
    """Return (id, building code) of the talks of an area that stand in ``stages``, by estate and building.

    With ``ends_by`` only those being renewed, or whose agreement ends by that day.
    """
    return store.rows(
        """
        with recursive unit as (
            select id from fullservice.org_unit where code = %(area)s and not is_deleted
            union
            select o.id from fullservice.org_unit o join unit on o.parent_id = unit.id where not o.is_deleted)
        select n.id::text, b.code from fullservice.negotiation n
        join fullservice.building b on b.id = n.building_id and not b.is_deleted
        left join fullservice.estate e on e.id = b.estate_id and not e.is_deleted
        where not n.is_deleted and n.stage = any(%(stages)s) and (%(area)s = '' or e.code = %(area)s
            or b.grid_id in (select id from unit) or e.grid_id in (select id from unit))
          and (%(ends_by)s::date is null or n.stage = 'renewing' or exists (
            select 1 from fullservice.agreement_building ab join fullservice.agreement g on g.id = ab.agreement_id
            where ab.building_id = b.id and not ab.is_deleted and not g.is_deleted
              and g.status not in ('draft', 'terminated') and g.valid_to <= %(ends_by)s))
        order by e.code nulls last, b.code, n.fid
        """,
        {"area": area, "stages": stages, "ends_by": ends_by},
    )
