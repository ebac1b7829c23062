# SPDX-License-Identifier: GPL-2.0-or-later
"""What happened in a week, by grid, asked set-based; rights are those of the reader. The week ends with ``day``."""

from __future__ import annotations

from datetime import date
from typing import Any, Mapping

from psycopg2 import sql

from fullservice_plugin.core.negotiation.outlook import GRANTED
from fullservice_plugin.store.connection import named_rows


def grids(cur: Any, where: sql.Composable, values: Mapping[str, Any], first: date, day: date) -> list[dict[str, Any]]:
    """Return one row per grid (and one without code for what lies in none): stock, and what moved in the week."""
    cur.execute(
        sql.SQL(
            """
        with house as materialized (
            select b.id, b.grid_id, b.estate_id, b.households, b.coverage_level from fullservice.building b
            where not b.is_deleted and {where}
        ), step as (
            select n.building_id, e.to_stage, e.from_stage from fullservice.negotiation_event e
            join fullservice.negotiation n on n.id = e.negotiation_id and not n.is_deleted
            where e.at::date between %(first)s and %(day)s and e.from_stage is not null
        ), met as (
            select n.building_id, count(*) as n from fullservice.visit_log v
            join fullservice.negotiation n on n.id = v.negotiation_id
            where not v.is_deleted and v.at::date between %(first)s and %(day)s group by 1
        ), seen as (
            select o.building_id, count(*) as n from fullservice.intel_observation o
            where not o.is_deleted and o.observed_on between %(first)s and %(day)s and o.building_id is not null group
            by 1
        ), due as (
            select n.building_id, count(*) as n from fullservice.negotiation n where not n.is_deleted
                and n.next_action_due between %(day)s and %(day)s + 7
                and n.stage not in ('closed', 'terminated', 'expired') group by 1
        ), moved as (
            select s.building_id, count(*) as steps,
                bool_or(s.to_stage = any(%(granted)s) and s.from_stage <> all(%(granted)s)) as granted,
                bool_or(s.to_stage in ('refused', 'blocked')) as lost
            from step s group by 1
        )
        select o.code, o.name, count(distinct h.estate_id) as estates, count(*) as buildings,
            sum(h.households)::bigint as households, count(*) filter (where h.households is null) as unknown,
            (sum(h.households) filter (where h.coverage_level >= 3))::bigint as covered,
            count(*) filter (where t.stage = any(%(granted)s)) as signed,
            coalesce(sum(m.steps), 0)::bigint as steps, count(*) filter (where m.granted) as granted,
            coalesce(sum(h.households) filter (where m.granted), 0)::bigint as unlocked,
            count(*) filter (where m.lost) as lost, coalesce(sum(v.n), 0)::bigint as contacts,
            coalesce(sum(i.n), 0)::bigint as observed, coalesce(sum(d.n), 0)::bigint as due
        from house h left join fullservice.org_unit o on o.id = h.grid_id
        left join fs_app.building_stage t on t.building_id = h.id
        left join moved m on m.building_id = h.id left join met v on v.building_id = h.id
        left join seen i on i.building_id = h.id left join due d on d.building_id = h.id
        group by o.code, o.name order by o.code nulls last
        """
        ).format(where=where),
        {**values, "first": first, "day": day, "granted": list(GRANTED)},
    )
    return named_rows(cur)


def steps(cur: Any, where: sql.Composable, values: Mapping[str, Any], first: date, day: date,
          most: int) -> list[dict[str, Any]]:
    """Return the steps of talks in the week: estate, from, to, buildings, who, day; the newest first."""
    cur.execute(
        sql.SQL(
            """
        select coalesce(nullif(e.name, ''), e.code, b.code) as place, v.from_stage as before, v.to_stage as after,
            count(*) as buildings, v.by as who, v.at::date as day, max(v.reason) as reason
        from fullservice.negotiation_event v join fullservice.negotiation n on n.id = v.negotiation_id and not
        n.is_deleted
        join fullservice.building b on b.id = n.building_id
        left join fullservice.estate e on e.id = coalesce(n.estate_id, b.estate_id)
        where v.at::date between %(first)s and %(day)s and v.from_stage is not null and {where}
        group by 1, 2, 3, 5, 6 order by 6 desc, 1, 3 limit %(most)s
        """
        ).format(where=where),
        {**values, "first": first, "day": day, "most": most},
    )
    return named_rows(cur)


def designs(cur: Any, where: sql.Composable, values: Mapping[str, Any], first: date, day: date) -> list[dict[str, Any]]:
    """Return the designs made or decided in the week: estate, version, state, cost, homes, author, approver."""
    cur.execute(
        sql.SQL(
            """
        select coalesce(nullif(e.name, ''), e.code) as place, d.version_no, d.state, d.cost_total::float8 as cost,
            d.homes_served as homes, d.author, d.approver, p.currency
        from fullservice.access_design d join fullservice.estate e on e.id = d.estate_id
        left join fullservice.plan p on p.id = d.plan_id
        where not d.is_deleted and d.changed_at::date between %(first)s and %(day)s
            and exists (select 1 from fullservice.building b where b.estate_id = e.id and not b.is_deleted and {where})
        order by d.state, 1 limit 200
        """
        ).format(where=where),
        {**values, "first": first, "day": day},
    )
    return named_rows(cur)


def rivals(cur: Any, where: sql.Composable, values: Mapping[str, Any], first: date, day: date) -> list[dict[str, Any]]:
    """Return what was observed of rivals in the week: operator, estate, kinds, number."""
    cur.execute(
        sql.SQL(
            """
        select o.operator_code as operator, coalesce(nullif(e.name, ''), e.code, b.code) as place,
            array_agg(distinct o.field order by o.field) as fields, count(*) as number
        from fullservice.intel_observation o
        join fullservice.competitor_operator c on c.code = o.operator_code and not c.is_self
        join fullservice.building b on b.id = o.building_id left join fullservice.estate e on e.id = b.estate_id
        where not o.is_deleted and o.state <> 'retired' and o.observed_on between %(first)s and %(day)s and {where}
        group by 1, 2 order by 4 desc, 1, 2 limit 60
        """
        ).format(where=where),
        {**values, "first": first, "day": day},
    )
    return named_rows(cur)
