# SPDX-License-Identifier: GPL-2.0-or-later
"""What documents for property managers say of many buildings at once: each question is one statement for all of them.

Row security decides what a login sees at all; deleted rows are left out. Results are by building id.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time
from typing import Any, Optional, Sequence

from fullservice_plugin.core.negotiation.outlook import GRANTED
from fullservice_plugin.store.connection import Store, named_rows

Row = dict[str, Any]


def area_buildings(store: Store, area: str) -> list[str]:
    """Return the ids of the buildings of an estate, a territory, of one building, or of all (''), in reading order.

    A code that an estate or a territory has as well is theirs.
    """
    found = store.rows(
        """
        with recursive unit as (
            select id from fullservice.org_unit where code = %(area)s and not is_deleted
            union
            select o.id from fullservice.org_unit o join unit on o.parent_id = unit.id where not o.is_deleted)
        select b.id::text from fullservice.building b
        left join fullservice.estate e on e.id = b.estate_id and not e.is_deleted
        where not b.is_deleted and b.geom is not null and (%(area)s = '' or e.code = %(area)s
            or (b.code = %(area)s and not exists (select from unit) and not exists (
                select from fullservice.estate x where x.code = %(area)s and not x.is_deleted))
            or b.grid_id in (select id from unit) or e.grid_id in (select id from unit))
        order by e.code nulls last, length(b.number), b.number, length(b.code), b.code
        """,
        {"area": area},
    )
    return [str(row[0]) for row in found]


def subjects(cur: Any, buildings: Sequence[str], on: date) -> dict[str, Row]:
    """Return each building with its estate, its least advanced open talk (None: none), the party and the address.

    A building without a talk, or whose talk names nobody, speaks to the only party of its estate, if it has just one.
    """
    cur.execute(
        """
        with talk as (
            select distinct on (n.building_id) n.*
            from fullservice.negotiation n
            left join fs_meta.code c on c.list = 'negotiation_stage' and c.code = n.stage
            where n.building_id = any(%(ids)s::uuid[]) and not n.is_deleted and n.stage <> 'closed'
            order by n.building_id, c.sort, n.fid),
        sole as (
            select p.estate_id, (array_agg(p.id))[1] as id from fullservice.property_party p
            where not p.is_deleted and coalesce(p.valid_from, %(on)s) <= %(on)s
              and coalesce(p.valid_to, %(on)s) >= %(on)s
            group by p.estate_id having count(*) = 1)
        select b.id::text as building_id, t.id::text, t.fid, t.stage, t.owner_staff_id::text, p.id::text as party_id,
            p.fid as party_fid, p.name as party, p.role as party_role, e.id::text as estate_id, e.fid as estate_fid,
            e.code as estate_code, e.name as estate_name, b.fid as building_fid, b.code as building_code,
            b.name as building_name, b.number, b.households, b.storeys, b.basements, b.use,
            (select a.full_text from fullservice.address a where a.building_id = b.id and not a.is_deleted
             and a.full_text <> '' order by a.street nulls last, length(a.housenumber), a.housenumber, a.full_text
             limit 1) as address,
            (select max(v.at) from fullservice.visit_log v where v.negotiation_id = t.id
             and v.channel = 'letter' and not v.is_deleted and v.at < %(midnight)s) as last_letter
        from fullservice.building b
        left join fullservice.estate e on e.id = b.estate_id and not e.is_deleted
        left join talk t on t.building_id = b.id
        left join sole s on s.estate_id = b.estate_id
        left join fullservice.property_party p on p.id = coalesce(t.party_id, s.id) and not p.is_deleted
        where b.id = any(%(ids)s::uuid[]) and not b.is_deleted
        """,
        {"ids": list(buildings), "on": on, "midnight": datetime.combine(on, time()).astimezone()},
    )
    found = {row["building_id"]: row for row in named_rows(cur)}
    for row in found.values():
        if row["last_letter"] is not None:
            row["last_letter"] = row["last_letter"].astimezone().date()
    return found


def packages(cur: Any, buildings: Sequence[str], on: date) -> dict[str, list[Row]]:
    """Return the packages in force on a day where each building stands: for homes first, the highest priority first."""
    cur.execute(
        """
        select b.id::text as building_id, a.name, a.segment, a.down_mbps, a.up_mbps, a.price_month, a.contract_months
        from fullservice.building b
        join fs_app.package_place p on p.state = 'approved' and p.period @> %(on)s::date and (p.everywhere
            or p.geom && b.geom and ST_Area(ST_Intersection(p.geom, b.geom)::geography) >= 1)
        join fullservice.area_package a on a.id = p.id
        where b.id = any(%(ids)s::uuid[])
        order by b.id, a.segment <> 'home', a.priority desc, p.everywhere, a.code
        """,
        {"ids": list(buildings), "on": on},
    )
    return _grouped(cur)


def inside(cur: Any, buildings: Sequence[str], plans: Sequence[Optional[str]]) -> dict[str, list[Row]]:
    """Return what the plan puts into or before each building: access points by floor, and the boxes that feed it.

    ``indoors``: whether the box stands in the building or at its wall. ``plans`` go with ``buildings``.
    """
    cur.execute(
        """
        with wanted as (select * from unnest(%(ids)s::uuid[], %(plans)s::uuid[]) as w(building, plan)),
        own as (
            select w.building, w.plan, x.kind, x.code, x.parent_code, x.floor, x.length_m
            from wanted w join fullservice.design_element x on x.plan_id = w.plan and x.building_id = w.building
            where x.kind in ('drop', 'ap', 'switch') and not x.is_deleted),
        box as (
            select distinct w.building, w.plan, d.parent_code as code from own d join wanted w using (building, plan)
            where d.kind = 'drop' and d.parent_code is not null)
        select o.building::text as building_id, o.kind, o.code, o.floor, null::int as ports, null as splitter,
            null as parent_code, true as indoors, o.length_m
        from own o where o.kind <> 'drop'
        union all
        select b.building::text, x.kind, x.code, x.floor, x.ports, x.splitter, x.parent_code,
            coalesce(x.floor is not null or ST_DWithin(x.geom::geography, h.geom::geography, 2.0), false),
            (select max(o.length_m) from own o where o.building = b.building and o.parent_code = b.code)
        from box b
        join fullservice.building h on h.id = b.building
        join fullservice.design_element x on x.plan_id = b.plan and x.code = b.code and x.kind in ('fat', 'fdt', 'olt')
            and not x.is_deleted
        order by 1, 2, 4 nulls first, 3
        """,
        {"ids": list(buildings), "plans": list(plans)},
    )
    return _grouped(cur)


def photos(cur: Any, buildings: Sequence[str], largest: int) -> dict[str, Row]:
    """Return id and hash of the newest photo of each building that is no larger than ``largest`` bytes."""
    cur.execute(
        """
        select distinct on (a.subject_id) a.subject_id::text as building_id, a.id::text, a.sha256, a.file_name
        from fullservice.attachment a
        where a.subject_kind = 'building' and a.subject_id = any(%(ids)s::uuid[]) and a.kind = 'photo'
          and not a.is_deleted and a.content is not null and coalesce(a.size_bytes, 0) <= %(largest)s
        order by a.subject_id, a.taken_at desc nulls last, a.fid desc
        """,
        {"ids": list(buildings), "largest": largest},
    )
    return {row["building_id"]: row for row in named_rows(cur)}


def content(store: Store, attachment: str) -> bytes:
    """Return the content of an attachment, empty where it is gone."""
    found = store.value("select content from fullservice.attachment where id = %s and not is_deleted", (attachment,))
    return b"" if found is None else bytes(found)


def asked(cur: Any, plan: str) -> list[Row]:
    """Return the properties a plan needs a yes from: buildings it enters without permission, and walls it follows.

    ``enters``: the plan gives the building a method and its talk is not there yet; ``metres`` is the length
    of the routes along its walls for others, None where none runs there: leave to enter is no leave to pass through.
    """
    cur.execute(
        """
        with crossed as (
            select (c ->> 'building_id')::uuid as building, sum((c ->> 'metres')::float) as metres
            from fullservice.plan p
            cross join lateral jsonb_array_elements(coalesce(p.params -> 'crossings', '[]')) c
            where p.id = %(plan)s group by 1),
        entered as (
            select d.building_id as building, d.method from fullservice.access_decision d
            left join fs_app.building_stage s on s.building_id = d.building_id
            where d.plan_id = %(plan)s and not d.is_deleted and d.method <> 'none'
              and coalesce(s.stage, '') <> all(%(permitted)s))
        select b.id::text as building_id, b.code, coalesce(e.method, '') as method, e.building is not null as enters,
            c.metres
        from fullservice.building b
        left join entered e on e.building = b.id
        left join crossed c on c.building = b.id
        where not b.is_deleted and (e.building is not null or c.building is not null)
        order by b.code
        """,
        {"plan": plan, "permitted": list(GRANTED)},
    )
    return named_rows(cur)


def _grouped(cur: Any) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in named_rows(cur):
        found[row["building_id"]].append(row)
    return found
