# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries of the territory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg2 import extensions

from fullservice_plugin.store.bulk import Counts, upsert

UNIT_COLUMNS = ("level", "code", "name", "parent_id", "geom", "origin", "is_deleted", "coverage_target")


def units(cur: extensions.cursor, level: str) -> list[tuple[str, str, Any, Any]]:
    """Return (id, code, WKB or None, parent's code) of the areas of a level."""
    cur.execute(
        "select o.id::text, o.code, ST_AsBinary(o.geom), p.code from fullservice.org_unit o"
        " left join fullservice.org_unit p on p.id = o.parent_id"
        " where o.level = %s and not o.is_deleted order by o.fid",
        (level,),
    )
    return list(cur.fetchall())


def levels_of(cur: extensions.cursor, codes: Sequence[str]) -> dict[str, str]:
    """Return code → level of the codes that exist already."""
    cur.execute("select code, level from fullservice.org_unit where code = any(%s)", (list(codes),))
    return dict(cur.fetchall())


def keep_units(cur: extensions.cursor, rows: Sequence[Sequence[Any]], targets: bool) -> Counts:
    """Insert areas (columns :data:`UNIT_COLUMNS`) or bring those with the same code up to date.

    Without ``targets`` the stored coverage targets stay.
    """
    keep = ("origin",) if targets else ("origin", "coverage_target")
    return upsert(cur, "org_unit", UNIT_COLUMNS, rows, key=("code",), keep=keep)


def place_in_grids(cur: extensions.cursor) -> int:
    """Give estates and buildings the grid they lie in; returns how many changed. A building follows its estate."""
    cur.execute(
        "update fullservice.estate e set grid_id = g.id from fullservice.org_unit g"
        " where g.level = 'grid' and not g.is_deleted and not e.is_deleted and e.geom is not null"
        " and g.geom && e.geom and ST_Intersects(g.geom, ST_PointOnSurface(e.geom)) and e.grid_id is null"
    )
    changed = int(cur.rowcount)
    cur.execute(
        "update fullservice.building b set grid_id = coalesce(e.grid_id, g.id) from fullservice.building o"
        " left join fullservice.estate e on e.id = o.estate_id"
        " left join lateral (select id from fullservice.org_unit g where g.level = 'grid' and not g.is_deleted"
        "   and g.geom && o.geom and ST_Intersects(g.geom, ST_PointOnSurface(o.geom)) limit 1) g on true"
        " where b.id = o.id and not b.is_deleted and b.grid_id is null and coalesce(e.grid_id, g.id) is not null"
    )
    return changed + int(cur.rowcount)


def place_in_branches(cur: extensions.cursor) -> int:
    """Give rows that were there before the territory their branch; returns how many."""
    cur.execute("select fs_app.place_branches()")
    return int(cur.fetchone()[0])
