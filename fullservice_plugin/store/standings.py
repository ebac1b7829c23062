# SPDX-License-Identifier: GPL-2.0-or-later
"""What the competitor scores ask the store: per estate and operator what is known today. Set-based."""

from __future__ import annotations

from typing import Any, Mapping

from psycopg2 import sql

from fullservice_plugin.store.connection import named_rows
from fullservice_plugin.store.talk_queue import near

# Of each operator's observations of one kind about one building that of the highest weight counts, the younger of two
# equal ones: the maximum of "weight, day, value" as text. One pass without a sort; the view of facts takes three times
# as long over all of a million. Technologies go as numbers, so that the best one of an estate is a maximum.
_OPERATORS = sql.SQL(
    """
with wanted as materialized (
    select b.id, b.estate_id from fullservice.building b where not b.is_deleted and b.estate_id is not null and {where}
), rank as (
    select * from unnest(%(techs)s::text[], %(ranks)s::integer[]) as r (technology, rank)
), seen as (
    select w.building_id is null as whole, coalesce(w.building_id, w.estate_id) as subject, w.operator_code, w.field,
        w.weight, w.observed_on, w.number, w.valid_until, w.value,
        to_char(w.weight, '0.000000') || w.observed_on::text || '|' as mark
    from fs_app.intel_weighed w
    where w.field <> 'promotion' and not (w.field = 'subs' and w.unit is not distinct from '%%') and {near}
), told as materialized (
    select s.whole, s.subject, s.operator_code,
        split_part(max(s.mark || s.number) filter (where s.field = 'subs'), '|', 2)::float8 as subs,
        split_part(max(s.mark || s.value) filter (where s.field = 'presence'), '|', 2) as presence,
        split_part(max(s.mark || s.value) filter (where s.field = 'technology'), '|', 2) as technology,
        split_part(max(s.mark || s.number) filter (where s.field = 'tariff'), '|', 2)::float8 as price,
        split_part(max(s.mark || s.value) filter (where s.field = 'exclusivity'), '|', 2) as exclusivity,
        max(s.valid_until) filter (where s.field = 'exclusivity' and s.value = 'contract') as exclusive_until,
        sum(s.number) filter (where s.field = 'contract_end' and s.valid_until <= current_date + %(window)s) as ending,
        max(s.weight) as confidence, max(s.observed_on) as observed_on,
        min(s.value) filter (where s.field = 'technology') <> max(s.value) filter (where s.field = 'technology')
            or min(s.value) filter (where s.field = 'presence') <> max(s.value) filter (where s.field = 'presence')
            as several
    from seen s group by 1, 2, 3
), doubtful as materialized (
    select b.subject, b.operator_code
    from (select s.subject, s.operator_code, s.field, max(s.weight) as weight,
              max(max(s.weight)) over (partition by s.subject, s.operator_code, s.field) as best
          from seen s join told t on t.several and t.operator_code = s.operator_code and t.subject = s.subject
          where s.field in ('technology', 'presence')
          group by s.subject, s.operator_code, s.field, s.value) b
    where b.weight >= 0.7 * b.best group by 1, 2 having count(*) > count(distinct b.field)
), placed as (
    select w.estate_id as place, t.* from told t join wanted w on w.id = t.subject where not t.whole
    union all
    select e.estate_id, t.* from told t join (select distinct w.estate_id from wanted w) e on e.estate_id = t.subject
    where t.whole and {areas}
), here as (
    select p.*, r.rank, d.subject is not null as conflict
    from placed p left join rank r on r.technology = p.technology
    left join doubtful d on d.subject = p.subject and d.operator_code = p.operator_code
    where coalesce(p.presence, 'in_service') not in ('withdrawn', 'planned')
)
select h.place::text as estate, h.operator_code as code, o.is_self as own, sum(h.subs) as subs,
    bool_or(h.subs is null) as partial, max(h.rank) as rank, min(h.price) as price,
    bool_or(h.exclusivity = 'contract') as exclusive, max(h.exclusive_until) as exclusive_until, sum(h.ending)::float8
    as ending, avg(h.confidence) as confidence,
    max(h.observed_on) as observed_on, bool_or(h.conflict) as conflict
from here h join fullservice.competitor_operator o on o.code = h.operator_code
group by 1, 2, 3 order by 1, 2
"""
)


def operators(cur: Any, where: sql.Composable, values: Mapping[str, Any], ranks: Mapping[str, int],
              window_days: int, whole_estates: bool = True) -> list[dict[str, Any]]:
    """Return one row per estate and operator that is there today; ``rank`` is its best technology's.

    ``where`` speaks of buildings (``b``). Without ``whole_estates`` only what is known of the buildings themselves
    counts: an average of an estate is no fact about one of them.
    """
    cur.execute(_OPERATORS.format(where=where, near=near(values), areas=sql.Literal(whole_estates)), {
        **values, "techs": list(ranks), "ranks": list(ranks.values()), "window": window_days})
    return named_rows(cur)


def first_building(cur: Any, where: sql.Composable, values: Mapping[str, Any]) -> list[str]:
    """Return the id of one building of the area: its branch's prices hold."""
    cur.execute(
        sql.SQL("select b.id::text from fullservice.building b where not b.is_deleted and {where} limit 1").format(
            where=where), dict(values))
    return [row[0] for row in cur.fetchall()]


def _only(where: sql.Composable, values: Mapping[str, Any]) -> sql.Composable:
    """A condition on observations (``o``) that leads to those of an area by the indexes; none for everything."""
    if not values:
        return sql.SQL("true")
    return sql.SQL(
        "(o.building_id = any (array(select b.id from fullservice.building b where not b.is_deleted and {where}))"
        " or o.building_id is null and o.estate_id = any (array(select distinct b.estate_id from fullservice.building b"
        " where not b.is_deleted and {where})))").format(where=where)


def promoted(cur: Any, where: sql.Composable, values: Mapping[str, Any], days: int) -> set[tuple[str, str]]:
    """Return (estate id, operator) with a promotion observed in the area or running within the last days."""
    cur.execute(
        sql.SQL(
            """
        select coalesce(o.estate_id, b.estate_id)::text, o.operator_code from fullservice.intel_observation o
        left join fullservice.building b on b.id = o.building_id
        where o.field = 'promotion' and not o.is_deleted and o.state <> 'retired'
            and o.observed_on between current_date - %(days)s and current_date and {only}
        union
        select p.estate_id::text, p.operator_code from fullservice.competitor_promotion p
        where not p.is_deleted and p.started_on <= current_date
            and coalesce(p.ended_on, p.started_on + 30) >= current_date - %(days)s
        """
        ).format(only=_only(where, values)),
        {**values, "days": days},
    )
    return {(row[0], row[1]) for row in cur.fetchall() if row[0]}


def growth(cur: Any, where: sql.Composable, values: Mapping[str, Any], days: int) -> dict[tuple[str, str], float]:
    """Return (estate id, operator) → lines gained: the newest count less the newest that was at least ``days`` old.

    Only subjects count that were seen at both times.
    """
    cur.execute(
        sql.SQL(
            """
        with seen as (
            select o.building_id, o.estate_id, o.operator_code, o.number, o.observed_on, o.fid,
                o.observed_on <= current_date - %(days)s as old
            from fullservice.intel_observation o
            where o.field = 'subs' and o.number is not null and o.unit is distinct from '%%' and not o.is_deleted
                and o.state <> 'retired' and {only}
        ), newest as (
            select s.building_id, s.estate_id, s.operator_code,
                (array_agg(s.number order by s.observed_on desc, s.fid desc) filter (where not s.old))[1] as now_,
                (array_agg(s.number order by s.observed_on desc, s.fid desc) filter (where s.old))[1] as before
            from seen s group by 1, 2, 3 having bool_or(s.old) and bool_or(not s.old))
        select coalesce(b.estate_id, n.estate_id)::text, n.operator_code, sum(n.now_ - n.before)::float8
        from newest n left join fullservice.building b on b.id = n.building_id
        group by 1, 2
        """
        ).format(only=_only(where, values)),
        {**values, "days": days},
    )
    return {(row[0], row[1]): row[2] for row in cur.fetchall() if row[0] and row[2] is not None}


def offers(cur: Any) -> list[tuple[str, Any, Any]]:
    """Return operator, lowest price per month and contract months of offers that hold everywhere or in a territory."""
    cur.execute(
        """
        select o.operator_code, min(o.price_month)::float8,
            (array_agg(o.contract_months order by o.observed_on desc) filter (where o.contract_months > 0))[1]
        from fullservice.competitor_offer o where not o.is_deleted and (o.promo_until is null or o.promo_until >=
        current_date)
        group by 1
        """
    )
    return [(row[0], row[1], row[2]) for row in cur.fetchall()]


def estates(cur: Any, where: sql.Composable, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the estates of the area: households, own networks, white and overbuilt homes, our design, outline.

    ``white``: homes in buildings where somebody looked and no rival is in service, nor are we; ``overbuilt``: homes
    with at least two networks; ``seen``: buildings that anybody observed.
    """
    cur.execute(
        sql.SQL(
            """
        with wanted as materialized (
            select b.id, b.estate_id, b.households, b.coverage_level from fullservice.building b
            where not b.is_deleted and b.estate_id is not null and {where}
        ), seen as (
            select w.building_id, w.operator_code,
                max(to_char(w.weight, '0.000000') || w.observed_on::text || w.value) filter (
                    where w.field = 'presence') as status
            from fs_app.intel_weighed w where w.building_id is not null and {near} group by 1, 2
        ), networks as (
            select s.building_id, count(*) filter (where not o.is_self and coalesce(substr(s.status, 20), 'in_service')
                in ('in_service', 'building')) as rivals
            from seen s join fullservice.competitor_operator o on o.code = s.operator_code group by 1
        ), sums as (
            select w.estate_id, count(*) as buildings, sum(w.households) as households,
                count(*) filter (where w.households is null) as unknown, count(n.building_id) as seen,
                sum(w.households) filter (where n.rivals = 0 and coalesce(w.coverage_level, 0) < 1) as white,
                sum(w.households) filter (where n.rivals + (coalesce(w.coverage_level, 0) >= 1)::integer >= 2) as
                overbuilt
            from wanted w left join networks n on n.building_id = w.id group by 1
        )
        select e.id::text as id, e.code, coalesce(e.name, '') as name, s.*, o.code as grid,
            (select d.method from fullservice.access_decision d join fullservice.access_design a on a.id = d.design_id
             where a.estate_id = e.id and a.state = 'approved' and not a.is_deleted and d.method <> 'none'
             limit 1) as designed, ST_AsBinary(e.geom) as geom,
            ST_X(ST_PointOnSurface(e.geom)) as x, ST_Y(ST_PointOnSurface(e.geom)) as y
        from sums s join fullservice.estate e on e.id = s.estate_id
        left join fullservice.org_unit o on o.id = e.grid_id
        where not e.is_deleted order by e.code
        """
        ).format(where=where, near=near(values)),
        dict(values),
    )
    return named_rows(cur)
