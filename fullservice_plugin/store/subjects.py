# SPDX-License-Identifier: GPL-2.0-or-later
"""Which building or estate a row of an imported table speaks of, asked of the store in a few queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Iterable, Optional, Sequence

from psycopg2 import sql

from fullservice_plugin.core.intake import fold

# A position this far outside every footprint (metres) no longer names a building.
NEAR_M = 40.0
# A position this far outside every estate (metres) no longer names an estate.
ESTATE_NEAR_M = 60.0


@dataclass(frozen=True)
class Building:
    """Ids of a building and of its estate (None: no estate yet)."""

    id: str
    estate_id: Optional[str]


def buildings_by_code(cur: Any, codes: Iterable[str]) -> dict[str, Building]:
    """Return the buildings with these codes."""
    cur.execute(
        "select code, id::text, estate_id::text from fullservice.building where code = any(%s) and not is_deleted",
        (sorted(set(codes)),),
    )
    return {code: Building(key, estate) for code, key, estate in cur.fetchall()}


def buildings_by_key(cur: Any, keys: Iterable[str]) -> dict[str, Building]:
    """Return the buildings known under these keys of their sources or of the ledger; ambiguous keys are left out."""
    wanted = sorted(set(keys))
    cur.execute(
        """
        select k.key, b.id::text, b.estate_id::text
        from (select source_key as key, building_id from fullservice.source_record
              where source_key = any(%(keys)s) and kind = 'building' and building_id is not null and not is_deleted
              union
              select ledger_key, building_id from fullservice.ledger_row
              where ledger_key = any(%(keys)s) and building_id is not null and not is_deleted) k
        join fullservice.building b on b.id = k.building_id and not b.is_deleted
        """,
        {"keys": wanted},
    )
    return _unique((key, Building(found, estate)) for key, found, estate in cur.fetchall())


def buildings_by_name(cur: Any, names: Iterable[str]) -> dict[tuple[Optional[str], str], list[Building]]:
    """Return the buildings with these names or numbers by (estate id, folded name), and under (None, name)."""
    wanted = sorted({fold(name) for name in names})
    cur.execute(
        """
        select fs.label, b.id::text, b.estate_id::text
        from fullservice.building b
        cross join lateral (values (lower(btrim(b.name))), (lower(btrim(b.number)))) as fs(label)
        where fs.label = any(%s) and not b.is_deleted
        """,
        (wanted,),
    )
    found: dict[tuple[Optional[str], str], dict[str, Building]] = defaultdict(dict)
    for name, key, estate in cur.fetchall():
        building = Building(key, estate)
        found[(estate, fold(name))][key] = building
        found[(None, fold(name))][key] = building
    return {label: list(hits.values()) for label, hits in found.items()}


def estates_by_code(cur: Any, codes: Iterable[str]) -> dict[str, str]:
    """Return the ids of the estates with these codes."""
    cur.execute(
        "select code, id::text from fullservice.estate where code = any(%s) and not is_deleted", (sorted(set(codes)),)
    )
    return dict(cur.fetchall())


def estates_by_name(cur: Any, names: Iterable[str]) -> dict[str, list[str]]:
    """Return the ids of the estates with these names or aliases, by folded name."""
    cur.execute(
        """
        select fs.label, e.id::text
        from fullservice.estate e
        cross join lateral unnest(array_append(coalesce(e.aliases, '{}'), e.name)) as fs(label)
        where lower(btrim(fs.label)) = any(%s) and not e.is_deleted
        """,
        (sorted({fold(name) for name in names}),),
    )
    found: dict[str, set[str]] = defaultdict(set)
    for name, key in cur.fetchall():
        found[fold(name)].add(key)
    return {name: sorted(keys) for name, keys in found.items()}


def buildings_of_estates(cur: Any, estates: Iterable[str]) -> dict[str, list[str]]:
    """Return the building ids of each estate, in the order of their codes."""
    cur.execute(
        "select estate_id::text, id::text from fullservice.building"
        " where estate_id = any(%s::uuid[]) and not is_deleted order by code",
        (sorted(set(estates)),),
    )
    found: dict[str, list[str]] = defaultdict(list)
    for estate, building in cur.fetchall():
        found[estate].append(building)
    return dict(found)


def buildings_at(cur: Any, positions: Sequence[tuple[int, float, float]]) -> dict[int, tuple[Building, float]]:
    """Return, per (row, lon, lat in WGS 84), the building there or the nearest within 40 m, and its distance."""
    if not positions:
        return {}
    rows, xs, ys = (list(part) for part in zip(*positions))
    cur.execute(
        """
        select p.n, b.id::text, b.estate_id::text, b.metres
        from unnest(%s::int[], %s::float8[], %s::float8[]) as p(n, x, y)
        cross join lateral (
            select c.id, c.estate_id,
                ST_Distance(c.shape::geography, ST_SetSRID(ST_MakePoint(p.x, p.y), 4326)::geography) as metres
            from (select id, estate_id, coalesce(geom, entry_point) as shape from fullservice.building
                  where not is_deleted and geom is not null
                  order by geom <-> ST_SetSRID(ST_MakePoint(p.x, p.y), 4326) limit 3) c
            order by metres, c.id limit 1) b
        where b.metres <= %s
        """,
        (rows, xs, ys, NEAR_M),
    )
    return {row: (Building(key, estate), metres) for row, key, estate, metres in cur.fetchall()}


def estates_at(cur: Any, positions: Sequence[tuple[int, float, float]]) -> dict[int, str]:
    """Return, per (row, lon, lat in WGS 84), the estate there or the nearest within 60 m."""
    if not positions:
        return {}
    rows, xs, ys = (list(part) for part in zip(*positions))
    cur.execute(
        """
        select p.n, e.id::text
        from unnest(%s::int[], %s::float8[], %s::float8[]) as p(n, x, y)
        cross join lateral (
            select c.id, ST_Distance(c.geom::geography, ST_SetSRID(ST_MakePoint(p.x, p.y), 4326)::geography) as metres
            from (select id, geom from fullservice.estate where not is_deleted and geom is not null
                  order by geom <-> ST_SetSRID(ST_MakePoint(p.x, p.y), 4326) limit 3) c
            order by metres, c.id limit 1) e
        where e.metres <= %s
        """,
        (rows, xs, ys, ESTATE_NEAR_M),
    )
    return dict(cur.fetchall())


def _unique(pairs: Iterable[tuple[str, Building]]) -> dict[str, Building]:
    found: dict[str, set[Building]] = defaultdict(set)
    for key, building in pairs:
        found[key].add(building)
    return {key: next(iter(hits)) for key, hits in found.items() if len(hits) == 1}


#: Tables that a document hangs on, by the code of their subject kind.
_SUBJECT_TABLES = {"negotiation": "negotiation", "agreement": "agreement", "estate": "estate", "building": "building",
                   "visit": "visit_log", "design": "access_design", "plan": "plan", "task": "task",
                   "observation": "intel_observation"}


def subject_kind(cur: Any, subject: str) -> str:
    """Return the subject kind of the row with this id; empty where the login sees no such row."""
    asked = sql.SQL(" union all ").join(
        sql.SQL("select {}::text from {} where id = %(id)s").format(
            sql.Literal(kind), sql.Identifier("fullservice", table)) for kind, table in _SUBJECT_TABLES.items())
    cur.execute(asked, {"id": subject})
    row = cur.fetchone()
    return str(row[0]) if row is not None else ""
