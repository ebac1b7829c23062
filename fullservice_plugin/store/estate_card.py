# SPDX-License-Identifier: GPL-2.0-or-later
"""What the estate card asks the store: one estate with its buildings, talks, designs, packages, papers and its story.

Set-based, in the caller's transaction. ``place`` is what :func:`parts` returns: the ids that belong to the estate, so
that each query goes straight to the rows by an index.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

from fullservice_plugin.store.connection import named_rows

Row = dict[str, Any]


def estate_of(cur: Any, kind: str, key: str) -> Optional[str]:
    """Return the id of the estate of a place (estate, building or address); None where it is in none."""
    queries = {
        "estate": "select id::text from fullservice.estate where id = %s::uuid and not is_deleted",
        "building": "select estate_id::text from fullservice.building where id = %s::uuid and not is_deleted",
        "address": "select b.estate_id::text from fullservice.address a join fullservice.building b on "
                   "b.id = a.building_id where a.id = %s::uuid and not b.is_deleted",
    }  # fmt: skip
    cur.execute(queries[kind], (key,))
    row = cur.fetchone()
    return None if row is None else row[0]


def parts(cur: Any, estate: str) -> Optional[Row]:
    """Return an estate with its box (degrees, EPSG:4326) and the ids of its buildings, talks, agreements, designs."""
    cur.execute(
        """
        with house as materialized (select b.id from fs_app.live_building b where b.estate_id = %(estate)s::uuid),
        talk as materialized (
            select n.id from fullservice.negotiation n
            where n.building_id in (select h.id from house h) and not n.is_deleted
            union
            select n.id from fullservice.negotiation n where n.estate_id = %(estate)s::uuid and not n.is_deleted
        ), deal as (
            select g.id from fullservice.agreement g where g.estate_id = %(estate)s::uuid and not g.is_deleted
            union
            select l.agreement_id from fullservice.agreement_building l
            where l.building_id in (select h.id from house h) and not l.is_deleted
        )
        select e.id::text as estate, e.code, coalesce(nullif(e.name, ''), e.code) as name, e.estate_type, e.created_at,
            e.created_by, e.origin, s.login as owner, o.name as grid, ST_XMin(e.geom) as west, ST_YMin(e.geom) as south,
            ST_XMax(e.geom) as east, ST_YMax(e.geom) as north, array(select id::text from house) as houses,
            array(select id::text from talk) as talks, array(select id::text from deal) as agreements,
            array(select d.id::text from fullservice.access_design d
                  where d.estate_id = e.id and not d.is_deleted) as designs
        from fullservice.estate e
        left join fullservice.staff s on s.id = e.owner_staff_id
        left join fullservice.org_unit o on o.id = e.grid_id
        where e.id = %(estate)s::uuid and not e.is_deleted
        """,
        {"estate": estate},
    )
    return next(iter(named_rows(cur)), None)


def sums(cur: Any, place: Mapping[str, Any]) -> Row:
    """Return buildings, households (None: all unknown), unknown ones, covered ones, signed, blocked and talked ones."""
    cur.execute(
        """
        with stage as (
            select distinct on (n.building_id) n.building_id, n.stage
            from fullservice.negotiation n
            join fs_meta.code c on c.list = 'negotiation_stage' and c.code = n.stage
            where n.building_id = any(%(houses)s::uuid[]) and not n.is_deleted and n.stage <> 'closed'
            order by n.building_id, c.sort, n.fid)
        select count(*) as buildings, sum(b.households) as households,
            count(*) filter (where b.households is null) as unknown,
            coalesce(sum(b.households) filter (where b.coverage_level >= 3), 0) as covered,
            count(*) filter (where s.stage in ('signed', 'entry_permitted', 'in_force', 'renewing')) as signed,
            count(*) filter (where s.stage in ('refused', 'blocked', 'escalated_external')) as blocked,
            count(s.stage) as talked
        from fullservice.building b left join stage s on s.building_id = b.id
        where b.id = any(%(houses)s::uuid[])
        """,
        dict(place),
    )
    return named_rows(cur)[0]


def deals(cur: Any, place: Mapping[str, Any]) -> list[Row]:
    """Return the open talks by stage, the nearest to entry last: ids, homes, owners, parties, clock, last contact.

    ``overdue``, ``stalled`` and ``evidence_missing`` count the talks of which that is true.
    """
    cur.execute(
        """
        select n.stage, array_agg(n.id::text order by b.code) as ids, count(*) as talks,
            sum(b.households) as households, min(n.stage_since)::date as since, min(n.next_action_due) as due,
            (array_agg(n.next_action order by n.next_action_due) filter (where n.next_action <> ''))[1] as next_action,
            array_remove(array_agg(distinct s.login), null) as owners,
            array_remove(array_agg(distinct p.name), null) as parties,
            max(v.last_at)::date as last_contact, max(k.days) as allowed,
            count(*) filter (where n.evidence_missing) as evidence_missing,
            count(*) filter (where n.stage_since + make_interval(days => k.days) < now()) as overdue,
            count(*) filter (where fs_app.is_stalled(n.stage, greatest(v.last_at, n.stage_since)::date, current_date,
                (select fs_app.stalled_days()))) as stalled
        from fullservice.negotiation n
        join fullservice.building b on b.id = n.building_id
        left join fs_app.stage_clock k on k.stage = n.stage
        left join fullservice.staff s on s.id = n.owner_staff_id
        left join fullservice.property_party p on p.id = n.party_id
        left join (select w.negotiation_id, max(w.at) as last_at from fullservice.visit_log w
                   where w.negotiation_id = any(%(talks)s::uuid[]) and not w.is_deleted group by 1) v
            on v.negotiation_id = n.id
        left join fs_meta.code c on c.list = 'negotiation_stage' and c.code = n.stage
        where n.id = any(%(talks)s::uuid[]) and n.stage <> 'closed'
        group by n.stage order by min(c.sort)
        """,
        dict(place),
    )
    return named_rows(cur)


def agreements(cur: Any, place: Mapping[str, Any]) -> list[Row]:
    """Return the agreements, the newest first; ``ending``: in force, and over within 90 days."""
    cur.execute(
        """
        select g.id::text, g.number, g.type, g.version_no, g.status, g.signed_on, g.valid_from, g.valid_to,
            p.name as party, g.status = 'active' and coalesce(g.valid_to between current_date and current_date + 90,
                false) as ending,
            (select count(*) from fullservice.agreement_building l
             where l.agreement_id = g.id and not l.is_deleted) as buildings
        from fullservice.agreement g left join fullservice.property_party p on p.id = g.party_id
        where g.id = any(%(agreements)s::uuid[]) and not g.is_deleted order by g.fid desc
        """,
        dict(place),
    )
    return named_rows(cur)


def designs(cur: Any, place: Mapping[str, Any]) -> list[Row]:
    """Return the newest design of every scenario with ``methods`` (method → buildings), the newest first.

    One that is under review or approved is not hidden by a later draft.
    """
    cur.execute(
        """
        with newest as (
            select distinct on (p.scenario, k.kind) d.*, p.code as plan, p.scenario, p.currency, k.kind,
                max(d.version_no) over (partition by p.scenario) as latest
            from fullservice.access_design d join fullservice.plan p on p.id = d.plan_id and not p.is_deleted
            cross join lateral fs_app.design_kind(d.state) as k (kind)
            where d.id = any(%(designs)s::uuid[]) order by p.scenario, k.kind, d.version_no desc)
        select n.id::text, n.plan, n.scenario, n.version_no, n.state, n.cost_total, n.homes_served, n.author,
            n.approver, n.currency, n.created_at::date as made_on, coalesce(m.methods, '{}') as methods
        from newest n left join (
            select x.design_id, jsonb_object_agg(x.method, x.houses) as methods
            from (select c.design_id, c.method, count(*) as houses from fullservice.access_decision c
                  where c.design_id = any(%(designs)s::uuid[]) and not c.is_deleted group by 1, 2) x
            group by 1) m on m.design_id = n.id
        where n.kind <> 'other' or n.version_no = n.latest
        order by n.created_at desc, n.fid desc
        """,
        dict(place),
    )
    return named_rows(cur)


def packages(cur: Any, place: Mapping[str, Any]) -> list[Row]:
    """Return the area packages in force in the estate today, the one that counts first. Touching a border is not in."""
    cur.execute(
        """
        select p.id::text, p.code, p.name, p.segment, p.price_month, p.priority, p.valid_from, p.valid_to, p.placed,
            a.down_mbps
        from fs_app.package_place p join fullservice.area_package a on a.id = p.id
        cross join (select e.geom from fullservice.estate e where e.id = %(estate)s::uuid) here
        where p.state = 'approved' and p.period @> current_date and (p.everywhere
            or p.geom && here.geom and ST_Area(ST_Intersection(p.geom, here.geom)::geography) >= 1)
        order by p.segment, p.priority desc, p.everywhere, p.code
        """,
        dict(place),
    )
    return named_rows(cur)


def documents(cur: Any, place: Mapping[str, Any], most: int) -> list[Row]:
    """Return the papers of estate, buildings, talks, agreements, designs and observations, the newest first."""
    cur.execute(
        """
        with subject as materialized (
            select x::uuid as id from unnest(array[%(estate)s] || %(houses)s::text[] || %(talks)s::text[]
                || %(agreements)s::text[] || %(designs)s::text[]) x
            union all
            select o.id from fullservice.intel_observation o where not o.is_deleted
                and (o.building_id = any(%(houses)s::uuid[]) or o.estate_id = %(estate)s::uuid))
        select a.id::text, a.kind, a.file_name, a.subject_kind, a.size_bytes, a.created_at, a.created_by as who,
            a.origin, a.content is not null as kept
        from fullservice.attachment a join subject s on s.id = a.subject_id
        where not a.is_deleted order by a.created_at desc, a.fid desc limit %(most)s
        """,
        {**place, "most": most},
    )
    return named_rows(cur)
