# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries of buildings that are known by a pin only: planned ones (在建) and those nobody has drawn yet."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2 import extensions

from fullservice_plugin.store.bulk import json_text

PLANNED_COLUMNS = (
    "code",
    "name",
    "number",
    "use",
    "storeys",
    "basements",
    "height_m",
    "households",
    "households_method",
    "handover_date",
    "entry_point",
    "position_method",
    "position_accuracy_m",
    "discovery_source",
    "discovery_confidence",
    "discovery_run_id",
    "grid_id",
    "origin",
    "branch_code",
)


def pins(cur: extensions.cursor, bounds: Sequence[float]) -> list[tuple[str, float, float]]:
    """Return (building id, lon, lat) of the buildings without footprint whose pin lies in ``bounds`` (degrees)."""
    cur.execute(
        "select id::text, ST_X(entry_point), ST_Y(entry_point) from fullservice.building"
        " where geom is null and entry_point is not null and not is_deleted"
        " and entry_point && ST_MakeEnvelope(%s, %s, %s, %s, 4326) order by fid",
        list(bounds),
    )
    return list(cur.fetchall())


def move_pins(cur: extensions.cursor, moved: Sequence[tuple[str, float, float]]) -> int:
    """Put the pins of buildings that are still without footprint where their source shows them now."""
    cur.execute(
        "update fullservice.building b set entry_point = p.at from (select s.id,"
        " ST_SetSRID(ST_MakePoint(s.x, s.y), 4326) as at"
        " from jsonb_to_recordset(%s::jsonb) as s(id uuid, x float8, y float8)) p"
        " where b.id = p.id and b.geom is null and b.position_method is distinct from 'manual'"
        " and b.entry_point is distinct from p.at",
        (json_text([{"id": key, "x": x, "y": y} for key, x, y in moved]),),
    )
    return int(cur.rowcount)


def join_estates(cur: extensions.cursor, buildings: Sequence[str]) -> int:
    """Bind buildings without estate to the estate in which their pin lies."""
    cur.execute(
        "update fullservice.building b set estate_id = f.estate, grid_id = coalesce(f.grid_id, b.grid_id)"
        " from (select x.id, e.id as estate, e.grid_id from fullservice.building x join lateral ("
        "   select o.id, o.grid_id from fullservice.estate o where not o.is_deleted and o.geom && x.entry_point"
        "   and ST_Intersects(o.geom, x.entry_point) order by ST_Area(o.geom), o.fid limit 1) e on true"
        "   where x.id = any(%s::uuid[]) and x.estate_id is null) f where b.id = f.id",
        (list(buildings),),
    )
    return int(cur.rowcount)
