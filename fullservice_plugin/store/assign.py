# SPDX-License-Identifier: GPL-2.0-or-later
"""Who looks after which estates and talks: read and written set-based."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from psycopg2 import extras, sql


def open_estates(cur: Any, where: sql.Composable, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return estate id, code, owner, keeper of its grid, branch, households and open talks that nobody or others own.

    ``where`` speaks of buildings (``b``); estates without buildings are left out.
    """
    cur.execute(
        sql.SQL(
            """
        select e.id::text, e.code, e.owner_staff_id::text, fs_app.keeper_org_unit(e.grid_id)::text, e.branch_code,
            x.households, coalesce(l.loose, 0)
        from fullservice.estate e
        join (select b.estate_id, coalesce(sum(b.households), 0) as households from fullservice.building b
              where not b.is_deleted and {where} group by 1) x on x.estate_id = e.id
        left join (
            select coalesce(n.estate_id, h.estate_id) as estate_id, count(*) as loose
            from fullservice.negotiation n join fullservice.building h on h.id = n.building_id
            where not n.is_deleted and n.stage not in ('closed', 'terminated', 'expired') and n.owner_staff_id is null
            group by 1) l on l.estate_id = e.id
        where not e.is_deleted and e.lead_state not in ('lost', 'duplicate', 'not_a_building', 'demolished')
        order by e.code
        """
        ).format(where=where),
        dict(values),
    )
    return list(cur.fetchall())


def lone_talks(cur: Any, where: sql.Composable, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return id, building, owner, keeper of its grid, branch and households of open talks where no estate is."""
    cur.execute(
        sql.SQL(
            """
        select n.id::text, b.code, n.owner_staff_id::text, fs_app.keeper_org_unit(b.grid_id)::text, n.branch_code,
            coalesce(b.households, 0)
        from fullservice.negotiation n join fullservice.building b on b.id = n.building_id
        where n.estate_id is null and b.estate_id is null and not n.is_deleted
            and n.stage not in ('closed', 'terminated', 'expired') and {where}
        order by b.code, n.fid
        """
        ).format(where=where),
        dict(values),
    )
    return list(cur.fetchall())


def managers(cur: Any) -> list[tuple[str, str, str, float]]:
    """Return id, login, branch and load (households of the open estates they own) of active account managers."""
    cur.execute(
        """
        select s.id::text, s.login, s.branch_code, coalesce(sum(b.households), 0)::float8
        from fullservice.staff s
        left join fullservice.estate e on e.owner_staff_id = s.id and not e.is_deleted
            and e.lead_state not in ('lost', 'duplicate', 'not_a_building', 'demolished')
        left join fullservice.building b on b.estate_id = e.id and not b.is_deleted
        where s.role = 'customer_manager' and s.active and not s.is_deleted group by 1, 2, 3 order by 2
        """
    )
    return list(cur.fetchall())


def give(cur: Any, estates: Mapping[str, str], talks: Mapping[str, str], leaver: Optional[str]) -> tuple[int, int]:
    """Write the owners of estates (with their open talks) and of lone talks; return how many of each changed.

    Talks of an estate that somebody else owns already stay theirs, unless that is the ``leaver``, whose tasks go along.
    """
    cur.execute("create temp table if not exists given (kind text, id uuid, person uuid) on commit drop")
    cur.execute("truncate given")
    rows = [("estate", key, person) for key, person in estates.items()]
    rows += [("talk", key, person) for key, person in talks.items()]
    extras.execute_values(cur, "insert into given values %s", rows, page_size=10_000)
    cur.execute(
        "update fullservice.estate e set owner_staff_id = g.person from given g"
        " where g.kind = 'estate' and e.id = g.id and e.owner_staff_id is distinct from g.person"
    )
    owned = int(cur.rowcount)
    cur.execute(
        """
        update fullservice.negotiation n set owner_staff_id = g.person from given g, fullservice.building h
        where h.id = n.building_id and g.kind = 'estate' and coalesce(n.estate_id, h.estate_id) = g.id
            and (n.owner_staff_id is null or n.owner_staff_id = %(leaver)s::uuid)
            and n.owner_staff_id is distinct from g.person and not n.is_deleted
            and n.stage not in ('closed', 'terminated', 'expired')
        """,
        {"leaver": leaver},
    )
    moved = int(cur.rowcount)
    cur.execute(
        """
        update fullservice.negotiation n set owner_staff_id = g.person from given g
        where g.kind = 'talk' and n.id = g.id and n.owner_staff_id is distinct from g.person and not n.is_deleted
            and n.stage not in ('closed', 'terminated', 'expired')
        """
    )
    moved += int(cur.rowcount)
    if leaver:
        cur.execute(
            """
            update fullservice.task t set assignee_staff_id = x.person
            from (select t.id, coalesce(n.owner_staff_id, e.owner_staff_id) as person from fullservice.task t
                  left join fullservice.negotiation n on n.id = t.ref_id
                  left join fullservice.estate e on e.id = coalesce(n.estate_id, t.ref_id)
                  where t.assignee_staff_id = %s::uuid and not t.is_deleted
                    and t.state not in ('done', 'verified', 'cancelled')) x
            where x.id = t.id and x.person is not null and x.person <> t.assignee_staff_id
            """,
            (leaver,),
        )
    return owned, moved
