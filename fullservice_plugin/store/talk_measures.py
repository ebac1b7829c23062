# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of the negotiation stage from the store, as numerators and denominators; rights are those of the reader."""

from __future__ import annotations

from datetime import date
from typing import Any, Mapping, Optional

from psycopg2 import sql

from fullservice_plugin.core.negotiation.outlook import GRANTED
from fullservice_plugin.store.area import NO_LEADS


def signed(cur: Any, where: sql.Composable, values: Mapping[str, Any]) -> tuple[int, int, int, int, int]:
    """Return signed buildings, all buildings, their households, all households, buildings of unknown households.

    A building counts as signed when its least advanced talk is.
    """
    cur.execute(
        sql.SQL(
            """
        select count(*) filter (where s.stage = any(%(granted)s)), count(*),
            coalesce(sum(b.households) filter (where s.stage = any(%(granted)s)), 0), coalesce(sum(b.households), 0),
            count(*) filter (where b.households is null)
        from fullservice.building b left join fs_app.building_stage s on s.building_id = b.id
        where not b.is_deleted and b.lead_state <> all(%(none)s) and {where}
        """
        ).format(where=where),
        {**values, "granted": list(GRANTED), "none": list(NO_LEADS)},
    )
    row = cur.fetchone()
    return int(row[0]), int(row[1]), int(row[2]), int(row[3]), int(row[4])


def stage_days(cur: Any, where: sql.Composable, values: Mapping[str, Any]) -> list[tuple[str, float, int]]:
    """Return stage, median days of the stays that are over, and how many there were, in the order of the stages."""
    cur.execute(
        sql.SQL(
            """
        with stays as (
            select e.to_stage as stage, e.at, lead(e.at) over (partition by e.negotiation_id order by e.at, e.fid) as
            left_at
            from fullservice.negotiation_event e join fullservice.negotiation n on n.id = e.negotiation_id
            join fullservice.building b on b.id = n.building_id
            where not n.is_deleted and {where})
        select s.stage, percentile_cont(0.5) within group (order by extract(epoch from s.left_at - s.at)) / 86400,
        count(*)
        from stays s left join fs_meta.code c on c.list = 'negotiation_stage' and c.code = s.stage
        where s.left_at is not null group by s.stage, c.sort order by c.sort
        """
        ).format(where=where),
        dict(values),
    )
    return [(row[0], float(row[1]), int(row[2])) for row in cur.fetchall()]


def refusals(cur: Any, where: sql.Composable, values: Mapping[str, Any]) -> list[tuple[Optional[str], int, int]]:
    """Return reason, talks that stand refused or blocked, and their buildings' households; the most first."""
    cur.execute(
        sql.SQL(
            """
        select n.reason_code, count(*), coalesce(sum(b.households), 0)
        from fullservice.negotiation n join fullservice.building b on b.id = n.building_id
        where not n.is_deleted and n.stage in ('refused', 'blocked') and {where}
        group by 1 order by 2 desc, 1
        """
        ).format(where=where),
        dict(values),
    )
    return [(row[0], int(row[1]), int(row[2])) for row in cur.fetchall()]


def expiring(cur: Any, where: sql.Composable, values: Mapping[str, Any], day: date, ahead: int = 90) -> tuple[int, int]:
    """Return agreements in force that end within ``ahead`` days, and how many of them no renewal talks about."""
    cur.execute(
        sql.SQL(
            """
        with ending as (
            select distinct g.id from fullservice.agreement g
            join fullservice.agreement_building l on l.agreement_id = g.id and not l.is_deleted
            join fullservice.building b on b.id = l.building_id
            where not g.is_deleted and g.status in ('approved', 'active')
                and g.valid_to between %(day)s and %(day)s + %(ahead)s and {where})
        select count(*), count(*) filter (where not exists (
            select 1 from fullservice.agreement_building l
            join fullservice.negotiation n on n.building_id = l.building_id and not n.is_deleted
            where l.agreement_id = e.id and (n.stage = 'renewing' or (n.kind = 'renewal' and n.stage <> 'closed'))))
        from ending e
        """
        ).format(where=where),
        {**values, "day": day, "ahead": ahead},
    )
    row = cur.fetchone()
    return int(row[0]), int(row[1])


def unlocked(
    cur: Any, where: sql.Composable, values: Mapping[str, Any], day: date, months: int = 12
) -> list[tuple[str, int]]:
    """Return month (``2026-11``) and households of buildings that were first granted in it, for the last ``months``.

    What came by import was granted before; it counts in the month of its agreement.
    """
    cur.execute(
        sql.SQL(
            """
        with granted as (
            select n.building_id, min(case when e.from_stage is null then coalesce(g.signed_on, e.at::date)
                                      else e.at::date end) as day
            from fullservice.negotiation_event e join fullservice.negotiation n on n.id = e.negotiation_id
            left join lateral (
                select min(a.signed_on) as signed_on from fullservice.agreement a
                join fullservice.agreement_building l on l.agreement_id = a.id and not l.is_deleted
                where l.building_id = n.building_id and not a.is_deleted) g on true
            where not n.is_deleted and e.to_stage = any(%(granted)s) group by 1)
        select to_char(m.month, 'YYYY-MM'), coalesce(sum(b.households) filter (where b.id is not null), 0)
        from generate_series(date_trunc('month', %(day)s::date) - make_interval(months => %(months)s - 1),
                             date_trunc('month', %(day)s::date), interval '1 month') m (month)
        left join granted g on date_trunc('month', g.day) = m.month
        left join fullservice.building b on b.id = g.building_id and not b.is_deleted and {where}
        group by 1 order by 1
        """
        ).format(where=where),
        {**values, "granted": list(GRANTED), "day": day, "months": months},
    )
    return [(row[0], int(row[1])) for row in cur.fetchall()]


def effort(cur: Any, where: sql.Composable, values: Mapping[str, Any]) -> tuple[int, int, int, int]:
    """Return contacts logged in signed talks, how many signed talks have any, open talks, the stalled ones of these.

    Talks that came by import were led elsewhere: no contact of theirs is known, which is not none.
    """
    cur.execute(
        sql.SQL(
            """
        select coalesce(sum(v.n) filter (where s.stage = any(%(granted)s)), 0),
            count(*) filter (where s.stage = any(%(granted)s) and v.n > 0),
            count(*) filter (where s.stage <> all(%(closed)s)),
            count(*) filter (where s.stalled and s.stage <> all(%(closed)s))
        from fs_app.negotiation_status s join fullservice.building b on b.id = s.building_id
        left join lateral (select count(*) as n from fullservice.visit_log v
                           where v.negotiation_id = s.id and not v.is_deleted) v on true
        where {where}
        """
        ).format(where=where),
        {**values, "granted": list(GRANTED), "closed": [*GRANTED, "refused", "closed", "terminated", "expired"]},
    )
    row = cur.fetchone()
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])
