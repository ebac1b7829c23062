# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries of what people do by hand on the map: pins, outlines, new rows. Each works in the caller's transaction.

Positions and outlines are shapely geometries in EPSG:4326. ``base`` is the version of the row that the person saw;
ConflictError (raised by the connection) when somebody changed it meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from psycopg2 import sql

from fullservice_plugin.core.errors import ConflictError
from fullservice_plugin.store.bulk import identifier

#: Column that holds the pin of a table's rows.
PINS = {"building": "entry_point", "ledger_row": "geom", "site_poi": "geom"}


def deed_number(cur: Any) -> int:
    """Return the number of the open transaction, by which it can be taken back."""
    cur.execute("select txid_current()")
    return int(cur.fetchone()[0])


def undo(cur: Any, number: int) -> int:
    """Take a deed back; returns how many rows that touched."""
    cur.execute("select fs_app.undo_deed(%s)", (number,))
    return int(cur.fetchone()[0])


def wkb(shape: Any) -> Optional[str]:
    """Return a geometry as hexadecimal WKB for ``ST_GeomFromWKB(decode(…, 'hex'), 4326)``."""
    return None if shape is None else str(shape.wkb_hex)


def _value(value: Any) -> sql.Composable:
    """A placeholder; geometries come as WKB."""
    if hasattr(value, "wkb_hex"):
        return sql.SQL("ST_GeomFromWKB(decode(%s, 'hex'), 4326)")
    return sql.Placeholder()


def _bound(values: Mapping[str, Any]) -> list[Any]:
    return [wkb(value) if hasattr(value, "wkb_hex") else value for value in values.values()]


def insert(cur: Any, table: str, values: Mapping[str, Any]) -> str:
    """Insert a row and return its id."""
    cur.execute(
        sql.SQL("insert into {} ({}) values ({}) returning id::text").format(
            identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(_value(value) for value in values.values()),
        ),
        _bound(values),
    )
    return str(cur.fetchone()[0])


def update(cur: Any, table: str, row_id: str, values: Mapping[str, Any], base: Optional[int] = None) -> None:
    """Change columns of a living row; ConflictError when it is gone or its version is no longer ``base``."""
    cur.execute(
        sql.SQL(
            "update {} set {}, edit_base = coalesce(%s, row_version) where id = %s::uuid and not is_deleted"
        ).format(
            identifier(table),
            sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), _value(value)) for name, value in values.items()
            ),
        ),
        [*_bound(values), base, row_id],
    )
    if cur.rowcount != 1:
        raise ConflictError("The row was deleted meanwhile, or lies outside your branch. Refresh the map.")


def shapes(cur: Any, table: str, ids: Sequence[str]) -> dict[str, tuple[bytes, dict[str, Any]]]:
    """Return id → (WKB of the outline or None, the other columns) of living rows."""
    cur.execute(
        sql.SQL(
            "select t.id::text, ST_AsBinary(t.geom), to_jsonb(t) - 'geom' - 'entry_point' from {} t"
            " where t.id = any(%s::uuid[]) and not t.is_deleted"
        ).format(identifier(table)),
        (list(ids),),
    )
    return {key: (shape, columns) for key, shape, columns in cur.fetchall()}


def building_at(cur: Any, point: Any) -> Optional[tuple[str, Optional[str]]]:
    """Return (id, estate id) of the building whose footprint holds a point."""
    cur.execute(
        "select b.id::text, b.estate_id::text from fullservice.building b, "
        "(select ST_GeomFromWKB(decode(%s, 'hex'), 4326) as at) p where not b.is_deleted and b.geom && p.at "
        "and ST_Intersects(b.geom, p.at) order by ST_Area(b.geom), b.fid limit 1",
        (wkb(point),),
    )
    found = cur.fetchone()
    return (found[0], found[1]) if found else None


def ledger_of(cur: Any, row_id: str) -> tuple[str, Optional[str]]:
    """Return (ledger, building on which the row lies today) of a ledger row."""
    cur.execute("select source_name, building_id::text from fullservice.ledger_row where id = %s::uuid", (row_id,))
    found = cur.fetchone()
    return (found[0] or "", found[1]) if found else ("", None)


def estate_at(cur: Any, point: Any) -> Optional[str]:
    """Return the estate whose outline holds a point; the smallest where outlines overlap."""
    cur.execute(
        "select e.id::text from fullservice.estate e, (select ST_GeomFromWKB(decode(%s, 'hex'), 4326) as at) p "
        "where not e.is_deleted and e.geom && p.at and ST_Intersects(e.geom, p.at) "
        "order by ST_Area(e.geom), e.fid limit 1",
        (wkb(point),),
    )
    found = cur.fetchone()
    return found[0] if found else None


def grid_at(cur: Any, point: Any) -> Optional[str]:
    """Return the grid in which a point lies today."""
    cur.execute(
        "select o.id::text from fullservice.org_unit o, (select ST_GeomFromWKB(decode(%s, 'hex'), 4326) as at) p "
        "where o.level = 'grid' and not o.is_deleted and o.geom && p.at and ST_Intersects(o.geom, p.at) "
        "and current_date between coalesce(o.valid_from, current_date) and coalesce(o.valid_to, current_date) "
        "order by o.fid limit 1",
        (wkb(point),),
    )
    found = cur.fetchone()
    return found[0] if found else None


def buildings_inside(cur: Any, outline: Any) -> list[tuple[str, Optional[str], bool]]:
    """Return (id, estate id, whether that estate was drawn by hand) of buildings whose inner point lies inside."""
    cur.execute(
        "select b.id::text, e.id::text, coalesce(e.method = 'manual', false) from fullservice.building b "
        "left join fullservice.estate e on e.id = b.estate_id and not e.is_deleted, "
        "(select ST_GeomFromWKB(decode(%s, 'hex'), 4326) as shape) o where not b.is_deleted "
        "and coalesce(b.geom, b.entry_point) && o.shape "
        "and ST_Intersects(o.shape, coalesce(ST_PointOnSurface(b.geom), b.entry_point)) order by b.fid",
        (wkb(outline),),
    )
    return list(cur.fetchall())


def members(cur: Any, estate_id: str) -> list[tuple[str, Optional[bytes]]]:
    """Return (id, WKB of the inner point or None) of an estate's buildings."""
    cur.execute(
        "select id::text, ST_AsBinary(coalesce(ST_PointOnSurface(geom), entry_point)) from fullservice.building "
        "where estate_id = %s::uuid and not is_deleted order by fid",
        (estate_id,),
    )
    return list(cur.fetchall())


def bind(cur: Any, buildings: Sequence[str], estate_id: Optional[str]) -> None:
    """Bind buildings to an estate, or to none; the grid follows the estate."""
    if buildings:
        cur.execute(
            "update fullservice.building b set estate_id = %(estate)s::uuid, edit_base = b.row_version, grid_id = "
            "coalesce((select e.grid_id from fullservice.estate e where e.id = %(estate)s::uuid), b.grid_id) "
            "where b.id = any(%(ids)s::uuid[])",
            {"estate": estate_id, "ids": list(buildings)},
        )


def recount(cur: Any, estates: Sequence[str]) -> None:
    """Set the households of estates to the sum of their buildings'; unknown where none is known."""
    cur.execute(
        "select e.id::text, s.households from fullservice.estate e, lateral (select sum(b.households)::int "
        "as households from fullservice.building b where b.estate_id = e.id and not b.is_deleted) s "
        "where e.id = any(%s::uuid[]) and not e.is_deleted and s.households is distinct from e.households",
        (list(estates),),
    )
    for key, households in cur.fetchall():
        update(cur, "estate", key, {"households": households})


def drop_emptied(cur: Any, estates: Sequence[str]) -> None:
    """Mark those computed estates as deleted that have no building left and nothing hanging on them."""
    cur.execute(
        "select e.id::text from fullservice.estate e where e.id = any(%s::uuid[]) and not e.is_deleted "
        "and e.method is distinct from 'manual' and fs_app.leans_on('fullservice.estate', e.id, 0) is null",
        (list(estates),),
    )
    for (key,) in cur.fetchall():
        update(cur, "estate", key, {"is_deleted": True})


def decided_designs(cur: Any, estates: Sequence[str]) -> dict[str, str]:
    """Return id → name or code of those ``estates`` that have a design under review or approved, by name."""
    cur.execute(
        "select e.id::text, coalesce(e.name, e.code) as name from fullservice.estate e where e.id = any(%s::uuid[]) "
        "and exists (select 1 from fullservice.access_design d where d.estate_id = e.id and not d.is_deleted "
        "and d.state not in ('draft', 'returned', 'rejected', 'superseded')) order by 2, 1",
        (list(estates),),
    )
    return dict(cur.fetchall())


def replace_buildings(cur: Any, former: Sequence[str], present: Sequence[str], relation: str, why: str) -> None:
    """Carry everything over from former to present buildings and keep the lineage."""
    cur.execute(
        "select fs_app.replace_buildings(%s::uuid[], %s::uuid[], %s, %s)", (list(former), list(present), relation, why)
    )


def merge_estates(cur: Any, heir: str, former: Sequence[str]) -> None:
    """Carry everything over from ``former`` estates to ``heir``."""
    cur.execute("select fs_app.merge_estates(%s::uuid, %s::uuid[])", (heir, list(former)))


def my_staff(cur: Any) -> Optional[str]:
    """Return the person of this login, None for a login without one."""
    cur.execute("select fs_app.staff_id()::text")
    return cur.fetchone()[0]
