# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries of estates: written in bulk with their buildings; what a person corrected stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg2 import extensions, sql

from fullservice_plugin.store.bulk import json_text, stage_rows

ESTATE_COLUMNS = (
    "code",
    "name",
    "aliases",
    "grid_id",
    "estate_type",
    "households",
    "method",
    "geom",
    "origin",
    "branch_code",
)


def buildings_of(cur: extensions.cursor, keys: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """Return building key (id or code, as asked) → (building id, code of its estate)."""
    cur.execute(
        "select s.key, b.id::text, e.code from unnest(%s::text[]) as s(key)"
        " join fullservice.building b on b.code = s.key or b.id::text = s.key"
        " left join fullservice.estate e on e.id = b.estate_id and not e.is_deleted where not b.is_deleted",
        (list(keys),),
    )
    return {key: (building, estate) for key, building, estate in cur.fetchall()}


def drawn_by_hand(cur: extensions.cursor, buildings: Sequence[str]) -> tuple[set[str], list[bytes]]:
    """Return which buildings (ids) are of an estate drawn by hand, and the outlines (WKB) of such estates near them."""
    cur.execute(
        "select b.id::text from fullservice.building b join fullservice.estate e on e.id = b.estate_id"
        " where b.id = any(%s::uuid[]) and e.method = 'manual' and not e.is_deleted",
        (list(buildings),),
    )
    held = {key for (key,) in cur.fetchall()}
    cur.execute(
        "select ST_AsBinary(e.geom) from fullservice.estate e where e.method = 'manual' and not e.is_deleted"
        " and e.geom && (select ST_SetSRID(ST_Extent(geom)::geometry, 4326) from fullservice.building"
        " where id = any(%s::uuid[]))",
        (list(buildings),),
    )
    return held, [shape for (shape,) in cur.fetchall()]


def recount_drawn(cur: extensions.cursor, buildings: Sequence[str]) -> int:
    """Bring the households of the estates drawn by hand, to which ``buildings`` belong, up to date."""
    cur.execute(
        "update fullservice.estate e set households = s.households from (select b.estate_id as id,"
        " sum(b.households) as households from fullservice.building b where not b.is_deleted and b.estate_id in"
        " (select o.estate_id from fullservice.building o where o.id = any(%s::uuid[])) group by 1) s"
        " where e.id = s.id and e.method = 'manual' and e.households is distinct from s.households",
        (list(buildings),),
    )
    return int(cur.rowcount)


def keep_estates(cur: extensions.cursor, rows: Sequence[Sequence[Any]]) -> int:
    """Insert estates (columns :data:`ESTATE_COLUMNS`) or bring them up to date; returns how many changed.

    Estates that a person edited (method ``manual``, or changed last from the desktop) keep name and outline.
    """
    staged = stage_rows(cur, "estate", ESTATE_COLUMNS, rows).table
    cur.execute(
        sql.SQL(
            "update fullservice.estate e set name = coalesce(e.name, s.name), grid_id = s.grid_id,"
            " households = s.households,"
            " estate_type = coalesce(e.estate_type, s.estate_type), is_deleted = false,"
            " method = s.method, geom = s.geom from {} s where e.code = s.code and e.method is distinct from 'manual'"
            " and (coalesce(e.name, s.name), s.grid_id, s.households,"
            " coalesce(e.estate_type, s.estate_type), false, s.method,"
            " s.geom) is distinct from"
            " (e.name, e.grid_id, e.households, e.estate_type, e.is_deleted, e.method, e.geom)"
        ).format(staged)
    )
    changed = int(cur.rowcount)
    cur.execute(
        sql.SQL("insert into fullservice.estate ({}) select {} from {} on conflict (code) do nothing").format(
            *(sql.SQL(", ").join(map(sql.Identifier, ESTATE_COLUMNS)),) * 2, staged
        )
    )
    return changed + int(cur.rowcount)


def assign_buildings(cur: extensions.cursor, pairs: Sequence[tuple[str, str]]) -> int:
    """Set the estate (code) and grid of buildings (id); returns how many changed.

    A building's grid is its estate's, so that an estate is never split between grids.
    """
    cur.execute(
        "update fullservice.building b set estate_id = e.id, grid_id = coalesce(e.grid_id, b.grid_id)"
        " from jsonb_to_recordset(%s::jsonb) as s(building uuid, estate text)"
        " join fullservice.estate e on e.code = s.estate where b.id = s.building"
        " and (e.id, coalesce(e.grid_id, b.grid_id)) is distinct from (b.estate_id, b.grid_id)",
        (json_text([{"building": building, "estate": estate} for building, estate in pairs]),),
    )
    return int(cur.rowcount)


def households_of(cur: extensions.cursor, buildings: Sequence[str]) -> dict[str, tuple[int | None, str | None]]:
    """Return building id → (households, use)."""
    cur.execute(
        "select id::text, households, use from fullservice.building where id = any(%s::uuid[])", (list(buildings),)
    )
    return {key: (homes, use) for key, homes, use in cur.fetchall()}


def addresses_of(cur: extensions.cursor, buildings: Sequence[str]) -> dict[str, list[tuple[str | None, str | None]]]:
    """Return building id → its (street, house number) pairs."""
    cur.execute(
        "select building_id::text, street, housenumber from fullservice.address"
        " where building_id = any(%s::uuid[]) and not is_deleted and street is not null",
        (list(buildings),),
    )
    found: dict[str, list[tuple[str | None, str | None]]] = {}
    for key, street, number in cur.fetchall():
        found.setdefault(key, []).append((street, number))
    return found


def drop_empty(cur: extensions.cursor, codes: Sequence[str]) -> int:
    """Mark as deleted those estates among ``codes`` that have no building left and no work hanging on them."""
    cur.execute(
        "update fullservice.estate e set is_deleted = true where e.code = any(%s) and not e.is_deleted"
        " and e.method is distinct from 'manual'"
        " and not exists (select 1 from fullservice.building b where b.estate_id = e.id and not b.is_deleted)"
        " and not exists (select 1 from fullservice.negotiation n where n.estate_id = e.id)"
        " and not exists (select 1 from fullservice.access_design d where d.estate_id = e.id)",
        (list(codes),),
    )
    return int(cur.rowcount)
