# SPDX-License-Identifier: GPL-2.0-or-later
"""Availability files of regulators become observations: placed, summed up and written in a few statements.

Two ways lead to an observation. A position goes to the one footprint it lies in, or to the estate around it. An area
goes to the estates it covers; that way has no column for a building, so that no average can become a building's fact.
Every function works in the caller's transaction, on temporary tables that go with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg2 import sql

from fullservice_plugin.store.bulk import stage_rows
from fullservice_plugin.store.competition import OBSERVATION_FIELDS, insert_staged

CLAIM_FIELDS = ("n", "operator_code", "code", "technology", "rank", "down", "up", "spot", "observed_on", "x", "y",
                "area")
SHARE_FIELDS = ("n", "area", "observed_on", "premises", "full_fibre", "gigabit", "ufbb_300", "ufbb_100", "sfbb")
# An area speaks of an estate only if its outlines cover at least half of it; a class of speed counts as offered
# where at least half of the premises can have it. Below, the opposite would be the better guess.
MOSTLY = 0.5

_SHAPES = (
    "create temp table fs_claim_shape (n int, operator_code text, code int, technology text, rank int, down numeric,"
    " up numeric, spot text, observed_on date, x float8, y float8, area int) on commit drop",
    "create temp table fs_share_shape (n int, area int, observed_on date, premises numeric, full_fibre numeric,"
    " gigabit numeric, ufbb_300 numeric, ufbb_100 numeric, sfbb numeric) on commit drop",
    "create temp table fs_area_shape (area int, geom geometry(Geometry, 4326)) on commit drop",
    "create temp table fs_said (n int, subject_kind text, building_id uuid, estate_id uuid, operator_code text,"
    " observed_on date, code int, technology text, rank int, down numeric, up numeric, confidence float8)"
    " on commit drop",
)
_MADE = ("fs_claim_shape", "fs_share_shape", "fs_area_shape", "fs_said", "fs_spot", "fs_piece", "fs_fact")


def begin(cur: Any) -> None:
    """Make the empty temporary tables, also after another import of the same transaction."""
    cur.execute("select set_config('client_min_messages', 'warning', true)")
    for name in _MADE:
        cur.execute(sql.SQL("drop table if exists pg_temp.{}").format(sql.Identifier(name)))
    for statement in _SHAPES:
        cur.execute(statement)
    cur.execute(
        sql.SQL("create temp table fs_fact on commit drop as select {} from fullservice.intel_observation with no data")
        .format(sql.SQL(", ").join(map(sql.Identifier, OBSERVATION_FIELDS)))
    )


def stage_claims(cur: Any, rows: Iterable[Sequence[Any]]) -> sql.Identifier:
    """Stage what providers say to offer; columns as in ``CLAIM_FIELDS``."""
    return _staged(cur, "pg_temp.fs_claim_shape", CLAIM_FIELDS, rows)


def stage_shares(cur: Any, rows: Iterable[Sequence[Any]]) -> sql.Identifier:
    """Stage shares of premises by area; columns as in ``SHARE_FIELDS``."""
    return _staged(cur, "pg_temp.fs_share_shape", SHARE_FIELDS, rows)


def place_positions(cur: Any, claims: sql.Identifier, official: float, cap: float) -> tuple[list[Any], list[int]]:
    """Bring the claims with a position to a building or estate.

    Return those that come to none inside the store's territory, as (n, buildings, estates, shared), and the numbers
    of those outside it. A position that several locations share is the middle of an area, and names no building.
    """
    cur.execute(
        sql.SQL(
            """
        create temp table fs_spot on commit drop as
        with territory as (
            select ST_SetSRID(ST_Extent(t.geom)::geometry, 4326) as box
            from (select geom from fullservice.building where not is_deleted
                  union all select geom from fullservice.estate where not is_deleted) t),
        spot as (
            select x, y, count(distinct spot) > 1 as shared, ST_SetSRID(ST_MakePoint(x, y), 4326) as geom
            from {claims} where x is not null group by x, y)
        select s.x, s.y, s.shared, b.buildings, e.estates,
            case when b.buildings = 1 and not s.shared then b.id end as building_id,
            case when b.buildings = 1 and not s.shared then b.home
                 when e.estates = 1 then e.id when e.estates = 0 and b.buildings = 1 then b.home end as estate_id
        from spot s join territory t on s.geom && t.box
        cross join lateral (
            select count(*) as buildings, (array_agg(h.id))[1] as id, (array_agg(h.estate_id))[1] as home
            from fullservice.building h where not h.is_deleted and ST_Intersects(h.geom, s.geom)) b
        cross join lateral (
            select count(*) as estates, (array_agg(h.id))[1] as id
            from fullservice.estate h where not h.is_deleted and ST_Intersects(h.geom, s.geom)) e
        """
        ).format(claims=claims)
    )
    cur.execute(
        sql.SQL(
            """
        insert into fs_said select c.n, case when s.building_id is null then 'estate' else 'building' end,
            s.building_id, s.estate_id, c.operator_code, c.observed_on, c.code, c.technology, c.rank, c.down, c.up,
            case when s.building_id is null then %(cap)s else %(official)s end
        from {claims} c join fs_spot s on s.x = c.x and s.y = c.y
        where s.building_id is not null or s.estate_id is not null
        """
        ).format(claims=claims),
        {"cap": cap, "official": official},
    )
    cur.execute(
        sql.SQL(
            """
        select c.n, s.buildings, s.estates, s.shared, s.x is not null from {claims} c
        left join fs_spot s on s.x = c.x and s.y = c.y
        where c.x is not null and s.building_id is null and s.estate_id is null
        """
        ).format(claims=claims)
    )
    lost = cur.fetchall()
    return [row[:4] for row in lost if row[4]], [row[0] for row in lost if not row[4]]


def cut_areas(cur: Any, areas: Iterable[tuple[int, Any]]) -> None:
    """Cut the areas (number, outline) along the estates; ``share`` is the part of the estate a piece covers.

    Parts are compared within one estate, where degrees are as good as metres.
    """
    staged = _staged(cur, "pg_temp.fs_area_shape", ("area", "geom"), areas)
    cur.execute(
        sql.SQL(
            """
        create temp table fs_piece on commit drop as
        with whole as (select area, sum(ST_Area(geom)) as size from {areas} group by area)
        select c.estate_id, c.area, ST_Union(c.geom) as geom, min(c.size) as estate_size, min(w.size) as area_size,
            least(1.0, ST_Area(ST_Union(c.geom)) / min(c.size)) as share
        from (select e.id as estate_id, a.area, ST_Area(e.outline) as size,
                  ST_CollectionExtract(ST_Intersection(e.outline, a.geom), 3) as geom
              from {areas} a join (select id, geom, ST_MakeValid(geom) as outline from fullservice.estate
                                   where not is_deleted and geom is not null) e
              on e.geom && a.geom and ST_Intersects(e.outline, a.geom)) c
        join whole w on w.area = c.area
        where c.size > 0 and not ST_IsEmpty(c.geom)
        group by c.estate_id, c.area
        """
        ).format(areas=staged)
    )


def spread_claims(cur: Any, claims: sql.Identifier, cap: float) -> tuple[list[int], list[int]]:
    """Bring the claims for areas to the estates they cover for the greater part; no building comes into it.

    Return the numbers of the claims that cover too little of every estate they touch, and of those that touch none.
    """
    cur.execute(
        sql.SQL(
            """
        with told as (
            select operator_code, observed_on, code, technology, rank, area, max(down) as down, max(up) as up
            from {claims} where x is null and area is not null
            group by operator_code, observed_on, code, technology, rank, area),
        held as (
            select operator_code, observed_on, code, technology, rank, p.estate_id,
                least(1.0, ST_Area(ST_Union(geom)) / min(estate_size)) as share,
                coalesce(max(down) filter (where share >= %(mostly)s), min(down)) as down,
                coalesce(max(up) filter (where share >= %(mostly)s), min(up)) as up
            from told t join fs_piece p on p.area = t.area
            group by operator_code, observed_on, code, technology, rank, p.estate_id)
        insert into fs_said select null, 'estate', null, estate_id, operator_code, observed_on, code, technology, rank,
            down, up, %(cap)s * share
        from held where share >= %(mostly)s
        """
        ).format(claims=claims),
        {"cap": cap, "mostly": MOSTLY},
    )
    cur.execute(
        sql.SQL(
            """
        select c.n, exists (select 1 from fs_piece p where p.area = c.area) from {claims} c
        where c.x is null and c.area is not null and not exists (
            select 1 from fs_piece p join fs_said s on s.estate_id = p.estate_id
            where p.area = c.area and s.n is null and s.operator_code = c.operator_code and s.code = c.code
              and s.observed_on = c.observed_on)
        """
        ).format(claims=claims)
    )
    return _apart(cur.fetchall())


def sum_claims(cur: Any, source: str, official: float, cap: float) -> None:
    """Turn what was said into facts: presence, the strongest technology and the highest speed of each operator.

    What speaks of an estate keeps below ``cap``, wherever it came from.
    """
    cur.execute(
        """
        insert into fs_fact (subject_kind, building_id, estate_id, operator_code, field, value, number, unit,
            source_class, source_text, observed_on, observer, confidence)
        select g.subject_kind, g.building_id, g.estate_id, g.operator_code, f.field, f.value, f.number, f.unit,
            'official', concat(%(source)s, ' · FCC BDC ', g.codes, g.speeds), g.observed_on, 'FCC',
            case when g.subject_kind = 'building' then %(official)s else least(g.confidence, %(cap)s) end
        from (
            select subject_kind, building_id, estate_id, operator_code, observed_on, max(confidence) as confidence,
                (array_agg(technology order by rank))[1] as technology, max(down) as down,
                string_agg(distinct code::text, '+' order by code::text) as codes,
                ' · ' || coalesce(trim_scale(max(down))::text, '?') || '/' || coalesce(trim_scale(max(up))::text, '?')
                    || ' Mbit/s' as speeds
            from fs_said
            group by subject_kind, building_id, estate_id, operator_code, observed_on) g
        cross join lateral (values
            ('presence', 'in_service', null::numeric, null),
            ('technology', nullif(g.technology, 'unknown'), null, null),
            ('speed', null, nullif(g.down, 0), 'Mbit/s')) as f(field, value, number, unit)
        where f.value is not null or f.number is not null
        """,
        {"source": source, "official": official, "cap": cap},
    )


def sum_shares(cur: Any, shares: sql.Identifier, source: str, operator: str, cap: float) -> tuple[list[int], list[int]]:
    """Turn shares of premises by area into facts about estates; none about a building.

    An estate's share is the mean of its areas by their premises, or by outline where a file tells none. Cable is what
    has gigabits and no fibre. Return the rows that cover too little of every estate they touch, and those that touch
    none.
    """
    values = {"source": source, "operator": operator, "cap": cap, "mostly": MOSTLY, "half": 100 * MOSTLY}
    cur.execute(
        sql.SQL(
            """
        with weighed as (
            select p.estate_id, p.share, s.*,
                (ST_Area(p.geom) * coalesce(s.premises::float8 / nullif(p.area_size, 0), 1.0))::numeric as w
            from {shares} s join fs_piece p on p.area = s.area),
        mean as (
            select estate_id, observed_on, least(1.0, sum(share)) as covered,
                round(sum(w * full_fibre) / nullif(sum(w) filter (where full_fibre is not null), 0), 1) as full_fibre,
                round(sum(w * gigabit) / nullif(sum(w) filter (where gigabit is not null), 0), 1) as gigabit,
                round(sum(w * ufbb_300) / nullif(sum(w) filter (where ufbb_300 is not null), 0), 1) as ufbb_300,
                round(sum(w * ufbb_100) / nullif(sum(w) filter (where ufbb_100 is not null), 0), 1) as ufbb_100,
                round(sum(w * sfbb) / nullif(sum(w) filter (where sfbb is not null), 0), 1) as sfbb
            from weighed group by estate_id, observed_on),
        best as (
            select *, greatest(full_fibre, gigabit, ufbb_300, ufbb_100, sfbb) as most, gigabit - full_fibre as cable
            from mean where covered >= %(mostly)s)
        insert into fs_fact (subject_kind, estate_id, operator_code, field, value, number, unit, source_class,
            source_text, observed_on, observer, confidence)
        select 'estate', b.estate_id, %(operator)s, f.field, f.value, f.number, f.unit, 'official',
            concat(%(source)s, ' · Ofcom'), b.observed_on, 'Ofcom',
            least(%(cap)s, %(cap)s * b.covered * case when f.share >= %(half)s then f.share / 100.0 else 1.0 end)
        from best b cross join lateral (values
            ('presence', case when b.most >= %(half)s then 'in_service' else 'unknown' end, b.most, '%%', b.most),
            ('technology', case when b.full_fibre >= %(half)s then 'ftth' when b.cable >= %(half)s then 'hfc_eoc' end,
                case when b.full_fibre >= %(half)s then b.full_fibre else b.cable end, '%%',
                case when b.full_fibre >= %(half)s then b.full_fibre else b.cable end),
            ('speed', null,
                case when b.gigabit >= %(half)s then 1000 when b.ufbb_300 >= %(half)s then 300
                     when b.ufbb_100 >= %(half)s then 100 when b.sfbb >= %(half)s then 30 end, 'Mbit/s',
                case when b.gigabit >= %(half)s then b.gigabit when b.ufbb_300 >= %(half)s then b.ufbb_300
                     when b.ufbb_100 >= %(half)s then b.ufbb_100 else b.sfbb end)
            ) as f(field, value, number, unit, share)
        where f.value is not null or (f.field = 'speed' and f.number is not null)
        """
        ).format(shares=shares),
        values,
    )
    cur.execute(
        sql.SQL(
            """
        select s.n, exists (select 1 from fs_piece p where p.area = s.area) from {shares} s
        where not exists (select 1 from fs_piece p join fs_fact f on f.estate_id = p.estate_id
                          where p.area = s.area and f.observed_on = s.observed_on)
        """
        ).format(shares=shares)
    )
    return _apart(cur.fetchall())


def facts(cur: Any) -> tuple[list[str], int, int, int]:
    """Return of the facts made: the codes of their operators, how many there are, their buildings, their estates."""
    cur.execute(
        "select coalesce(array_agg(distinct operator_code), '{}'), count(*), count(distinct building_id),"
        " count(distinct estate_id) filter (where subject_kind = 'estate') from fs_fact"
    )
    codes, count, buildings, estates = cur.fetchone()
    return list(codes), count, buildings, estates


def write(cur: Any, strongest: Sequence[str]) -> int:
    """Add the facts the store does not know yet and return how many.

    A regulator publishes one day in several files: a weaker technology or speed of the same day beside a stronger one
    would be a contradiction that is none.
    """
    cur.execute(
        """
        delete from fs_fact f using fullservice.intel_observation o
        where coalesce(o.building_id, o.estate_id) = coalesce(f.building_id, f.estate_id)
          and o.subject_kind = f.subject_kind and o.operator_code = f.operator_code and o.field = f.field
          and o.observed_on = f.observed_on and o.observer = f.observer and o.source_class = f.source_class
          and not o.is_deleted and o.state <> 'retired'
          and ((f.field = 'speed' and o.number > f.number)
            or (f.field = 'technology'
                and array_position(%(strongest)s, o.value) < array_position(%(strongest)s, f.value)))
        """,
        {"strongest": list(strongest)},
    )
    return insert_staged(cur, sql.Identifier("fs_fact"), "import")


def _staged(cur: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> sql.Identifier:
    """Stage rows and count them for the planner, which would else take ten million rows for a thousand."""
    staged = stage_rows(cur, table, columns, rows).table
    cur.execute(sql.SQL("analyze {}").format(staged))
    return staged


def _apart(rows: Sequence[tuple[int, bool]]) -> tuple[list[int], list[int]]:
    return [n for n, touches in rows if touches], [n for n, touches in rows if not touches]
