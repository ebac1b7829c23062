# SPDX-License-Identifier: GPL-2.0-or-later
"""What the start dock and the first steps ask the store: who is asking, what waits, what is there already."""

from __future__ import annotations

from typing import Any

from psycopg2 import sql

from fullservice_plugin.store.connection import named_rows

#: Whose talks and agreements are told: a customer manager's own and nobody's; other roles hear of all that they see.
_CONCERNS = sql.SQL(
    "({owner} is null or {owner} = any ((select fs_app.my_staff())::uuid[])"
    " or not (select fs_app.acts_as('customer_manager')) or (select fs_app.has_role('admin')))")


def person(cur: Any) -> dict[str, Any]:
    """Return the login with its name, role, areas (names, empty: none assigned) and whom it stands in for."""
    cur.execute(
        """
        select session_user::text as login, s.role,
            (select p.name from fs_app.person p where p.staff_id = s.id) as name,
            (select fs_app.has_role('admin')) as admin, (select fs_app.my_staff())::text[] as staff,
            coalesce((select array_agg(o.name order by o.level, o.code) from fullservice.area_assignment a
                join fullservice.org_unit o on o.id = a.org_unit_id and not o.is_deleted
                where a.staff_id = s.id and not a.is_deleted and a.valid_from <= current_date
                    and coalesce(a.valid_to, current_date) >= current_date), array[]::text[]) as areas,
            (select d.login from fullservice.staff d where d.id = s.deputy_of and not d.is_deleted
                and current_date between coalesce(s.deputy_from, current_date) and coalesce(s.deputy_to, current_date)
            ) as stands_in_for
        from (select 1) one left join fullservice.staff s on s.login = session_user and s.active and not s.is_deleted
        """
    )
    return named_rows(cur)[0]


def tasks(cur: Any) -> tuple[int, int]:
    """Return how many open tasks the login has, and how many of them are late."""
    cur.execute(
        "select count(*), count(*) filter (where t.due < current_date) from fullservice.task t where not t.is_deleted"
        " and t.state not in ('done', 'verified', 'cancelled')"
        " and t.assignee_staff_id = any ((select fs_app.my_staff())::uuid[])"
    )
    row = cur.fetchone()
    return int(row[0]), int(row[1])


def designs_to_review(cur: Any) -> int:
    """Return how many designs wait for somebody like this login: another one handed them in, the role may decide."""
    cur.execute(
        "select count(*) from fullservice.access_design d where not d.is_deleted and d.state in ('submitted',"
        " 'in_review') and d.author is distinct from session_user::text and exists (select 1 from fs_meta.sm_transition"
        " t where t.machine = 'SM-3' and t.from_state = d.state and fs_app.acts_as(t.role))"
    )
    return int(cur.fetchone()[0])


def may_discover(cur: Any) -> bool:
    """Return whether doubtful pairs and ledger rows are this login's work."""
    cur.execute("select fs_app.acts_as('planner')")
    return bool(cur.fetchone()[0])


def rivals(cur: Any, most: int) -> list[dict[str, Any]]:
    """Return the estates where a rival entered and nobody read it: estate_id, estate, operators, the newest first."""
    cur.execute(
        sql.SQL(
            """
        select e.id::text as estate_id, coalesce(nullif(e.name, ''), e.code) as estate,
            array_agg(distinct coalesce(o.name, r.message)) as names,
            array_agg(distinct coalesce(nullif(o.name_en, ''), o.name, r.message)) as names_en,
            count(*) over () as estates
        from fullservice.reminder r join fullservice.negotiation n on n.id = r.subject_id
        left join fullservice.building b on b.id = n.building_id
        join fullservice.estate e on e.id = coalesce(b.estate_id, n.estate_id)
        left join fullservice.competitor_operator o on o.code = r.message
        where r.kind = 'rival' and r.acked_at is null and not r.is_deleted and {concerns}
        group by e.id, e.name, e.code order by max(r.fid) desc limit %(most)s
        """
        ).format(concerns=_CONCERNS.format(owner=sql.SQL("n.owner_staff_id"))),
        {"most": most},
    )
    return named_rows(cur)


def expiring(cur: Any, days: int, most: int) -> list[dict[str, Any]]:
    """Return agreements in force that end within ``days``: number, estate or building, the day; the nearest first."""
    cur.execute(
        sql.SQL(
            """
        select g.number, g.valid_to, w.estate_id::text, w.building_id::text,
            coalesce(nullif(e.name, ''), e.code, nullif(b.name, ''), b.code) as place, count(*) over () as agreements
        from fullservice.agreement g
        left join lateral (
            select coalesce(n.estate_id, x.estate_id, g.estate_id) as estate_id, x.id as building_id, n.owner_staff_id
            from fullservice.agreement_building l join fullservice.building x on x.id = l.building_id
            left join fullservice.negotiation n on n.building_id = x.id and not n.is_deleted and n.stage <> 'closed'
            where l.agreement_id = g.id and not l.is_deleted
            order by n.owner_staff_id nulls last, l.fid limit 1) w on true
        left join fullservice.estate e on e.id = coalesce(w.estate_id, g.estate_id)
        left join fullservice.building b on b.id = w.building_id
        where not g.is_deleted and g.status in ('approved', 'active')
            and g.valid_to between current_date and current_date + %(days)s and {concerns}
        order by g.valid_to, g.number limit %(most)s
        """
        ).format(concerns=_CONCERNS.format(owner=sql.SQL("w.owner_staff_id"))),
        {"days": days, "most": most},
    )
    return named_rows(cur)


def holdings(cur: Any) -> dict[str, int]:
    """Return how many areas of each level, buildings, estates, streets, supply points and plans the login sees."""
    cur.execute(
        """
        select (select count(*) from fullservice.org_unit where level = 'branch' and not is_deleted) as branch,
            (select count(*) from fullservice.org_unit where level = 'micro_region' and not is_deleted) as micro_region,
            (select count(*) from fullservice.org_unit where level = 'grid' and not is_deleted) as grid,
            (select count(*) from fullservice.building where not is_deleted) as building,
            (select count(*) from fullservice.estate where not is_deleted) as estate,
            (select count(*) from fullservice.street where not is_deleted) as street,
            (select count(*) from fullservice.network_resource where kind = 'olt' and not is_deleted) as olt,
            (select count(*) from fullservice.plan where not is_deleted) as plan
        """
    )
    return {name: int(count) for name, count in named_rows(cur)[0].items()}


def areas_to_plan(cur: Any, most: int) -> list[dict[str, Any]]:
    """Return grids and estates that have buildings with a position, grids first, the fullest first.

    ``households`` is None where those of no building are known; ``west`` … ``north`` are degrees (EPSG:4326).
    """
    cur.execute(
        """
        with place as (
            select 'grid' as kind, o.id, o.code, o.name, o.geom, b.buildings, b.households
            from fullservice.org_unit o join lateral (
                select count(*) as buildings, sum(x.households) as households from fullservice.building x
                where x.grid_id = o.id and not x.is_deleted and coalesce(x.geom, x.entry_point) is not null) b on true
            where o.level = 'grid' and not o.is_deleted
            union all
            select 'estate', e.id, e.code, coalesce(nullif(e.name, ''), e.code), e.geom, b.buildings, b.households
            from fullservice.estate e join lateral (
                select count(*) as buildings, sum(x.households) as households from fullservice.building x
                where x.estate_id = e.id and not x.is_deleted and coalesce(x.geom, x.entry_point) is not null) b on true
            where not e.is_deleted)
        select kind, id::text, code, name, buildings, households, ST_XMin(geom) as west, ST_YMin(geom) as south,
            ST_XMax(geom) as east, ST_YMax(geom) as north
        from place where buildings > 0 order by kind desc, households desc nulls last, code limit %(most)s
        """,
        {"most": most},
    )
    return named_rows(cur)
