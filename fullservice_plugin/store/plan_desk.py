# SPDX-License-Identifier: GPL-2.0-or-later
"""What the design workbench asks the store: areas to plan, the plans of an area, one plan taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Optional

from psycopg2 import sql

from fullservice_plugin.core.pinyin import sounds_like
from fullservice_plugin.core.spelling import spelt_like
from fullservice_plugin.store.area import JOINED
from fullservice_plugin.store.bulk import identifier
from fullservice_plugin.store.connection import Store, named_rows

Row = dict[str, Any]
#: Tables of a plan, the parts before the whole.
_PARTS = ("design_bom", "design_element", "access_decision", "access_design")
_VALID = sql.SQL("current_date between coalesce(o.valid_from, current_date) and coalesce(o.valid_to, current_date)")


def areas_like(store: Store, text: str, limit: int = 12) -> list[Row]:
    """Return areas (kind, code, name) whose name, alias or code contains a text, or whose name sounds like it."""
    wanted = text.strip()
    if not wanted:
        return []
    spelt = spelt_like(wanted)
    query = sql.SQL(
        """
        select kind, code, name from (
            select 'estate' as kind, e.code, coalesce(nullif(e.name, ''), e.code) as name,
                case when e.code ~ %(whole)s or e.name ~ %(whole)s then 1 else 3 end as rank
            from fullservice.estate e where not e.is_deleted and (e.name ~ %(spelt)s or e.code ~ %(spelt)s
                or e.name ~ %(sound)s or exists (select 1 from unnest(e.aliases) a where a ~ %(spelt)s))
            union all
            select o.level, o.code, coalesce(nullif(o.name, ''), o.code),
                case when o.code ~ %(whole)s or o.name ~ %(whole)s then 1 else 2 end
            from fullservice.org_unit o where not o.is_deleted and {valid}
                and (o.name ~ %(spelt)s or o.code ~ %(spelt)s or o.name ~ %(sound)s)) f
        order by rank, length(name), code limit %(limit)s
        """
    ).format(valid=_VALID)
    return store.dicts(query, {"spelt": spelt, "whole": f"^{spelt}$", "sound": sounds_like(wanted), "limit": limit})


def areas_at(store: Store, lon: float, lat: float) -> list[Row]:
    """Return what lies at a place: the estates, smallest first, then the territories, smallest first."""
    query = sql.SQL(
        """
        with at as (select ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) as g)
        select kind, code, name from (
            select 'estate' as kind, e.code, coalesce(nullif(e.name, ''), e.code) as name, 1 as rank,
                ST_Area(e.geom) as size
            from fullservice.estate e, at where not e.is_deleted and e.geom && at.g and ST_Intersects(e.geom, at.g)
            union all
            select 'estate', e.code, coalesce(nullif(e.name, ''), e.code), 2, ST_Area(b.geom)
            from fullservice.building b join fullservice.estate e on e.id = b.estate_id and not e.is_deleted, at
            where not b.is_deleted and b.geom && at.g and ST_Intersects(b.geom, at.g)
            union all
            select o.level, o.code, coalesce(nullif(o.name, ''), o.code), 3, ST_Area(o.geom)
            from fullservice.org_unit o, at where not o.is_deleted and o.geom && at.g and ST_Intersects(o.geom, at.g)
                and {valid}) f
        group by kind, code, name order by min(rank), min(size)
        """
    ).format(valid=_VALID)
    return store.dicts(query, {"lon": lon, "lat": lat})


def estates_in(store: Store, box: Sequence[float]) -> list[Row]:
    """Return the estates (kind, code, name) that touch a box (west, south, east, north), with a building in them."""
    west, south, east, north = box
    return store.dicts(
        """
        with box as (select ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, 4326) as g)
        select 'estate' as kind, e.code, coalesce(nullif(e.name, ''), e.code) as name
        from fullservice.estate e, box where not e.is_deleted and (
            (e.geom && box.g and ST_Intersects(e.geom, box.g)) or exists (
                select 1 from fullservice.building b where b.estate_id = e.id and not b.is_deleted
                and coalesce(b.geom, b.entry_point) && box.g and ST_Intersects(coalesce(b.geom, b.entry_point), box.g)))
        and exists (select 1 from fullservice.building b where b.estate_id = e.id and not b.is_deleted)
        order by e.code limit 500
        """,
        {"w": west, "s": south, "e": east, "n": north},
    )


def names_of(cur: Any, code: str) -> list[str]:
    """Return what people call an area, several estates by all their names."""
    cur.execute(
        "select coalesce(nullif(max(x.name), ''), c.code) from unnest(%s::text[]) with ordinality c(code, n) left join "
        "(select code, name from fullservice.estate where not is_deleted union all "
        "select code, name from fullservice.org_unit where not is_deleted) x on x.code = c.code "
        "group by c.code, c.n order by c.n",
        (code.split(JOINED),),
    )
    return [str(name) for (name,) in cur.fetchall()]


def figures_of(cur: Any, buildings: Sequence[str]) -> Row:
    """Return counts and box of buildings: buildings, estates, homes, unknown, frozen (estates), west … north."""
    cur.execute(
        "select count(*) as buildings, count(distinct b.estate_id) as estates, "
        "coalesce(sum(b.households), 0) as homes, count(*) filter (where b.households is null) as unknown, "
        "count(distinct d.estate_id) as frozen, "
        "ST_XMin(ST_Extent(g)) as west, ST_YMin(ST_Extent(g)) as south, ST_XMax(ST_Extent(g)) as east, "
        "ST_YMax(ST_Extent(g)) as north from fullservice.building b "
        "cross join lateral (select coalesce(b.geom, b.entry_point) as g) place "
        "left join lateral (select d.estate_id from fullservice.access_design d where d.estate_id = b.estate_id "
        "and d.state = 'approved' and not d.is_deleted limit 1) d on true where b.id = any(%s::uuid[])",
        (list(buildings),),
    )
    return named_rows(cur)[0]


def scenario_names(cur: Any) -> list[str]:
    """Return the names of all scenarios that have plans or settings."""
    cur.execute(
        "select distinct name from (select scenario as name from fullservice.plan where not is_deleted union all "
        "select substr(key, 10) from fs_meta.setting where starts_with(key, 'scenario:')) s "
        "where coalesce(name, '') <> '' order by 1"
    )
    return [str(name) for (name,) in cur.fetchall()]


def plans_of(store: Store, area: str, plan: Optional[str] = None) -> list[Row]:
    """Return the plans of an area (or one, by id or code) with states of designs and methods counted, newest first."""
    return store.dicts(
        """
        select p.id::text, p.code, p.area_code, p.scenario, p.cost::float8, p.lower_bound::float8, p.benefit::float8,
            p.benefit_upper_bound::float8, p.homes_passed, p.unserved, p.currency, p.budget::float8,
            p.horizon_years::float8, p.seconds::float8, p.created_at, p.created_by,
            p.created_by = session_user::text as mine, (p.params ->> 'take_rate')::float8 as take_rate,
            (p.params ->> 'choice_gap')::float8 as choice_gap, p.params -> 'frontier' as frontier,
            p.params -> 'allowed' as allowed, coalesce(p.params -> 'hand', '{}') not in ('{}', 'null') as by_hand,
            coalesce(d.states, '{}') as states, coalesce(m.methods, '{}') as methods
        from fullservice.plan p
        left join lateral (select jsonb_object_agg(state, n) as states from (
            select state, count(*) as n from fullservice.access_design where plan_id = p.id and not is_deleted
            group by 1) s) d on true
        left join lateral (select jsonb_object_agg(method, n) as methods from (
            select method, count(*) as n from fullservice.access_decision where plan_id = p.id and not is_deleted
            group by 1) s) m on true
        where not p.is_deleted and (p.area_code = %(area)s or p.code = %(plan)s or p.id::text = %(plan)s)
        order by p.fid desc
        """,
        {"area": area, "plan": plan},
    )


def open_designs(cur: Any, plan: str) -> list[str]:
    """Return the ids of a plan's designs that were not handed in yet, and hold them until the transaction ends."""
    cur.execute(
        "select id::text from fullservice.access_design where plan_id = %s and not is_deleted "
        "and state in ('draft', 'returned') order by fid for update",
        (plan,),
    )
    return [str(key) for (key,) in cur.fetchall()]


def frozen_designs(cur: Any, plan: str) -> int:
    """Return how many designs of a plan were handed in or decided."""
    cur.execute(
        "select count(*) from fullservice.access_design where plan_id = %s and not is_deleted "
        "and state not in ('draft', 'returned')",
        (plan,),
    )
    return int(cur.fetchone()[0])


def withdraw(cur: Any, plan: str) -> Optional[datetime]:
    """Take a plan with all its parts out of sight; return the moment, which brings it back (None: no plan)."""
    cur.execute("select clock_timestamp()")
    since = cur.fetchone()[0]
    for table in _PARTS:
        _mark(cur, table, "plan_id", plan, True, None)
    return since if _mark(cur, "plan", "id", plan, True, None) else None


def bring_back(cur: Any, plan: str, since: datetime) -> int:
    """Show a plan again with the parts that went with it, not those deleted before; returns how many plans that is."""
    found = _mark(cur, "plan", "id", plan, False, since)
    for table in reversed(_PARTS):
        _mark(cur, table, "plan_id", plan, False, since)
    return found


def _mark(cur: Any, table: str, key: str, plan: str, gone: bool, since: Optional[datetime]) -> int:
    cur.execute(
        sql.SQL(
            "update {table} set is_deleted = %(gone)s, edit_base = row_version where {key} = %(plan)s "
            "and is_deleted <> %(gone)s and (%(since)s::timestamptz is null or changed_at >= %(since)s)"
        ).format(table=identifier(table), key=sql.Identifier(key)),
        {"gone": gone, "plan": plan, "since": since},
    )
    return int(cur.rowcount)
