# SPDX-License-Identifier: GPL-2.0-or-later
"""What the ranking of talks asks the store: history, buildings with their talks, designs and rivals. Set-based."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from psycopg2 import sql

from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.negotiation.outlook import CHAIN
from fullservice_plugin.core.negotiation.survival import DONE, ENTERED, OVER, Spell
from fullservice_plugin.store.area import JOINED, NO_LEADS, find_area
from fullservice_plugin.store.connection import named_rows

_LOST = ("refused", "blocked", "terminated", "closed", "expired")


def prepare(cur: Any) -> None:
    """Give this transaction memory for all observations; compiling its queries would take longer than they do."""
    cur.execute("select set_config('work_mem', '256MB', true), set_config('jit', 'off', true)")


# In a small area the indexes lead to its observations; of all of them one pass is faster.
_NEAR = sql.SQL(
    "(w.building_id = any (array(select id from wanted)) or w.building_id is null"
    " and w.estate_id = any (array(select distinct estate_id from wanted)))"
)


def near(values: Mapping[str, Any]) -> sql.Composable:
    """A condition on weighed observations (``w``): those of the buildings ``wanted`` and their estates, else none."""
    return _NEAR if values else sql.SQL("true")


def area_filter(cur: Any, code: str) -> tuple[sql.Composable, dict[str, Any]]:
    """Return a condition on ``b`` (buildings) for an area and its values ('': all).

    Raises ParameterError for an area that is unknown to this login.
    """
    if not code:
        return sql.SQL("true"), {}
    found = find_area(cur, code)
    if found is None:
        raise ParameterError("There is no estate or territory with the code {code} that your login may see.", code=code)
    kind, key = found
    if kind in ("estate", "estates"):
        return sql.SQL("b.estate_id = any(%(area)s::uuid[])"), {"area": key.split(JOINED)}
    return (
        sql.SQL(
            "b.grid_id in (with recursive below as (select id from fullservice.org_unit where id = %(area)s::uuid"
            " union all select o.id from fullservice.org_unit o join below on o.parent_id = below.id"
            " where not o.is_deleted) select id from below)"
        ),
        {"area": key},
    )


def history(cur: Any) -> list[Spell]:
    """Return the history of all talks of the login's branches, by stage, obstacle and role of the other party.

    A stay lasts from one event to the next, the last one of a talk until now. What came by import was not watched
    before its first event: counting the days since its stage began would leave out all those that went on before.
    """
    cur.execute(
        """
        with place as (select s.stage, s.n from unnest(%(chain)s::text[]) with ordinality s (stage, n)),
        steps as (
            select e.negotiation_id, e.to_stage as stage, e.at,
                lead(e.at) over talk as left_at, lead(e.to_stage) over talk as next_stage
            from fullservice.negotiation_event e
            window talk as (partition by e.negotiation_id order by e.at, e.fid)
        ), stays as (
            select s.stage, n.obstacle_code as obstacle, p.role, s.next_stage,
                date_part('epoch', coalesce(s.left_at, now()) - s.at) / 86400 as days
            from steps s join fullservice.negotiation n on n.id = s.negotiation_id and not n.is_deleted
            left join fullservice.property_party p on p.id = n.party_id
            where s.left_at is not null or s.stage = n.stage
        )
        select s.stage, s.obstacle, s.role, sum(greatest(s.days, 0)), count(s.next_stage),
            count(*) filter (where b.n > coalesce(a.n, 0) or (a.n is null and b.n is not null)),
            count(*) filter (where s.next_stage = any(%(lost)s))
        from stays s left join place a on a.stage = s.stage left join place b on b.stage = s.next_stage
        where s.stage <> all(%(done)s)
        group by 1, 2, 3 order by 1, 2, 3
        """,
        {"chain": list(CHAIN), "lost": list(_LOST), "done": list(DONE)},
    )
    return [Spell(row[0], row[1], row[2], float(row[3]), int(row[4]), int(row[5]), int(row[6]))
            for row in cur.fetchall()]


def allowed_days(cur: Any) -> dict[str, int]:
    """Return the days that the store allows per stage of a talk, where a clock runs."""
    cur.execute("select stage, days from fs_app.stage_clock where days is not null")
    return {stage: int(days) for stage, days in cur.fetchall()}


def cost_per_home(cur: Any) -> float:
    """Return what a home costs by rule of thumb: the term of the score of opportunities."""
    cur.execute("select fs_app.opportunity_term('cost_per_home')")
    return float(cur.fetchone()[0])


def open_buildings(cur: Any, where: sql.Composable, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the buildings that nobody may enter yet, with their least advanced talk, newest design and estate.

    Columns: building id, code, estate id, households, businesses, stage, since, obstacle, role, kind, method, cost,
    permission value, owner (staff id), next due day.
    """
    cur.execute(
        sql.SQL(
            """
        with talk as (
            select distinct on (n.building_id) n.building_id, n.stage, n.stage_since, n.obstacle_code, n.kind,
                n.owner_staff_id, n.next_action_due, p.role
            from fullservice.negotiation n
            join fs_meta.code c on c.list = 'negotiation_stage' and c.code = n.stage
            left join fullservice.property_party p on p.id = n.party_id
            where not n.is_deleted and n.stage <> all(%(over)s)
            order by n.building_id, c.sort, n.fid
        ), design as (
            select distinct on (x.building_id) x.building_id, x.method, x.cost::float8 as cost,
                x.permission_value::float8 as permission_value
            from fullservice.access_decision x join fullservice.access_design d on d.id = x.design_id
            where not x.is_deleted and not d.is_deleted and d.state not in ('rejected', 'superseded')
            order by x.building_id, d.created_at desc, d.fid desc, x.fid desc
        )
        select b.id::text, b.code, b.estate_id::text, b.households, b.businesses, t.stage, t.stage_since::date,
            t.obstacle_code, t.role, t.kind, d.method, d.cost, d.permission_value, t.owner_staff_id::text,
            t.next_action_due
        from fullservice.building b
        left join talk t on t.building_id = b.id
        left join design d on d.building_id = b.id
        where not b.is_deleted and b.lead_state <> all(%(none)s)
            and (t.stage is null or t.stage <> all(%(entered)s)) and {where}
        order by b.fid
        """
        ).format(where=where),
        {**values, "none": list(NO_LEADS), "over": list(OVER), "entered": list(ENTERED)},
    )
    return list(cur.fetchall())


def rival_weights(
    cur: Any, where: sql.Composable, values: Mapping[str, Any], effects: Mapping[str, float], unknown: float,
    estate_cap: float,
) -> dict[str, float]:
    """Return building id → Π (1 − effect of the technology · confidence) over its rivals, our own networks left out.

    What is known of the whole estate counts with at most ``estate_cap`` confidence, and only for operators that nobody
    saw in the building itself.
    """
    cur.execute(
        sql.SQL(
            """
        with effect as (select * from unnest(%(techs)s::text[], %(sizes)s::float8[]) as e (technology, size)),
        wanted as materialized (select b.id, b.estate_id from fullservice.building b where not b.is_deleted and
        {where}),
        rival as materialized (
            select w.subject_kind = 'building' as own, case w.subject_kind when 'building' then w.building_id
                else w.estate_id end as subject, w.operator_code, max(w.weight) as weight,
                max(to_char(w.weight, '0.000000') || w.observed_on::text || w.value) filter (
                    where w.field = 'technology') as technology,
                max(to_char(w.weight, '0.000000') || w.observed_on::text || w.value) filter (
                    where w.field = 'presence') as status
            from fs_app.intel_weighed w
            where w.operator_code in (select o.code from fullservice.competitor_operator o where not o.is_self)
                and {near}
            group by 1, 2, 3
        ), present as (
            select r.own, r.subject, r.operator_code, r.weight, coalesce(e.size, %(unknown)s) as size
            from rival r left join effect e on e.technology = substr(r.technology, 20)
            where coalesce(substr(r.status, 20), 'in_service') not in ('withdrawn', 'planned')
        ), here as (
            select p.subject as id, p.size * least(1, p.weight) as w from present p where p.own
            union all
            select b.id, p.size * least(%(cap)s, p.weight)
            from present p join wanted b on b.estate_id = p.subject
            where not p.own and not exists (
                select 1 from rival x where x.own and x.subject = b.id and x.operator_code = p.operator_code)
        )
        select h.id::text, exp(sum(ln(1 - least(0.999999, h.w)))) from here h join wanted using (id) group by h.id
        """
        ).format(where=where, near=near(values)),
        {**values, "techs": list(effects), "sizes": list(effects.values()), "unknown": unknown, "cap": estate_cap},
    )
    return dict(cur.fetchall())


def exclusive_rights(cur: Any) -> list[tuple[str, Any]]:
    """Return id of a building or estate and the last day of a rival's exclusive contract there (None: unknown)."""
    cur.execute(
        """
        select coalesce(f.building_id, f.estate_id)::text, f.valid_until
        from fs_app.competitor_fact f
        where f.field = 'exclusivity' and f.value = 'contract'
            and exists (select 1 from fullservice.competitor_operator o where o.code = f.operator_code and not
            o.is_self)
        """
    )
    return list(cur.fetchall())


def estates(cur: Any, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return estate id → code, name, outline (WKB), a point in it, and owner's login."""
    cur.execute(
        """
        select e.id::text as id, e.code, coalesce(e.name, '') as name, ST_AsBinary(e.geom) as geom,
            ST_X(ST_PointOnSurface(e.geom)) as x, ST_Y(ST_PointOnSurface(e.geom)) as y, s.login as owner
        from fullservice.estate e left join fullservice.staff s on s.id = e.owner_staff_id
        where e.id = any(%s::uuid[])
        """,
        (list(keys),),
    )
    return {row["id"]: row for row in named_rows(cur)}


def packages_in_force(cur: Any) -> list[dict[str, Any]]:
    """Return the packages approved and valid today with their place (WKB, None: everywhere), EPSG:4326."""
    cur.execute(
        """
        select p.segment, p.price_month::float8 as price_month, p.priority, a.down_mbps, ST_AsBinary(p.geom) as geom
        from fs_app.package_place p join fullservice.area_package a on a.id = p.id
        where p.state = 'approved' and p.period @> current_date and (p.everywhere or p.geom is not null)
        order by p.code
        """
    )
    return named_rows(cur)


def logins(cur: Any, keys: Sequence[str]) -> dict[str, str]:
    """Return staff id → login."""
    cur.execute("select id::text, login from fullservice.staff where id = any(%s::uuid[])", (list(keys),))
    return dict(cur.fetchall())
