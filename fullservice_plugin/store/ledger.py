# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries of ledgers: what the store calls its buildings, ledger rows, households that a ledger knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from psycopg2 import extensions

from fullservice_plugin.store.bulk import json_text
from fullservice_plugin.store.discovery import sync_rows

ROW_COLUMNS = (
    "batch",
    "source_name",
    "row_number",
    "ledger_key",
    "name",
    "address",
    "x",
    "y",
    "datum",
    "households",
    "building_id",
    "method",
    "accuracy_m",
    "score",
    "band",
    "reason",
    "attributes",
    "geom",
    "origin",
    "is_deleted",
    "branch_code",
)


_PIN = 8.0  # m around the pin of a building without footprint


def named_buildings(cur: extensions.cursor) -> list[tuple[Any, ...]]:
    """Return (id, WKB, name, number, estate name, estate id, branch) of every building.

    A planned one without footprint counts with a circle around its pin.
    """
    cur.execute(
        "select b.id::text, ST_AsBinary(coalesce(b.geom, ST_Multi(ST_Buffer(b.entry_point::geography,"
        " %s, 2)::geometry))), b.name, b.number, e.name, e.id::text, b.branch_code"
        " from fullservice.building b left join fullservice.estate e on e.id = b.estate_id and not e.is_deleted"
        " where not b.is_deleted and (b.geom is not null or b.entry_point is not null) order by b.fid",
        (_PIN,),
    )
    return list(cur.fetchall())


def landmarks(cur: extensions.cursor) -> list[tuple[str, Any, float, float]]:
    """Return (name, address, longitude, latitude) of the named points of interest."""
    cur.execute(
        "select name, address, ST_X(geom), ST_Y(geom) from fullservice.site_poi"
        " where kind = 'poi' and not is_deleted and name is not null and geom is not null order by fid"
    )
    return list(cur.fetchall())


def building_addresses(cur: extensions.cursor) -> list[tuple[str, Any, Any]]:
    """Return (building id, street, house number) of every address on a building."""
    cur.execute(
        "select building_id::text, street, housenumber from fullservice.address"
        " where building_id is not null and not is_deleted and street is not null order by fid"
    )
    return list(cur.fetchall())


def keep_rows(cur: extensions.cursor, source_name: str, rows: Sequence[Sequence[Any]]) -> tuple[int, int]:
    """Write ledger rows (columns :data:`ROW_COLUMNS`), by source name and ledger key; returns (new, changed).

    Rows of this ledger that are no longer in it are marked deleted.
    """
    done = sync_rows(cur, "ledger_row", ROW_COLUMNS, rows, key=("source_name", "ledger_key"))
    cur.execute(
        "update fullservice.ledger_row set is_deleted = true where source_name = %s and not is_deleted"
        " and not ledger_key = any(%s)",
        (source_name, [row[3] for row in rows]),
    )
    return done


def keep_households(
    cur: extensions.cursor, rows: Sequence[tuple[str, Optional[int], Optional[int], Optional[int], Optional[str]]]
) -> int:
    """Write (building id, households, low, high, method) that a ledger gives; what a person gave stays."""
    keys = ("id", "households", "low", "high", "method")
    cur.execute(
        "create temp table fs_households on commit drop as select b.id, s.households, s.low, s.high, s.method"
        " from jsonb_to_recordset(%s::jsonb) as s(id uuid, households int, low int, high int, method text)"
        " join fullservice.building b on b.id = s.id where coalesce(b.households_method, '') not in ('given', 'survey')"
        " and (s.households, s.low, s.high, s.method) is distinct from"
        " (b.households, b.households_low, b.households_high, b.households_method)",
        (json_text([dict(zip(keys, row)) for row in rows]),),
    )
    changed = int(cur.rowcount)
    if changed:  # an update that hits no row is refused outside of imports: it would be somebody's lost edit
        cur.execute(
            "update fullservice.building b set households = s.households, households_low = s.low,"
            " households_high = s.high, households_method = s.method, edit_base = b.row_version"
            " from fs_households s where b.id = s.id"
        )
    cur.execute("drop table fs_households")
    return changed


def counted_buildings(cur: extensions.cursor, source_name: str) -> set[str]:
    """Return the buildings whose households come from a ledger and for which rows of this one speak.

    A row that was put on an estate by its name speaks for all of the estate's buildings.
    """
    cur.execute(
        "select b.id::text from fullservice.building b where b.households_method = 'ledger' and not b.is_deleted"
        " and (b.id in (select building_id from fullservice.ledger_row where source_name = %(source)s"
        " and not is_deleted) or b.estate_id in (select o.estate_id from fullservice.ledger_row r"
        " join fullservice.building o on o.id = r.building_id where r.source_name = %(source)s and r.method = 'name'"
        " and not r.is_deleted))",
        {"source": source_name},
    )
    return {row[0] for row in cur.fetchall()}


def spoken_for(cur: extensions.cursor, buildings: Sequence[str], but: Optional[str] = None) -> set[str]:
    """Return for which of the buildings, or their estates by name, a row of a ledger (another than ``but``) speaks."""
    cur.execute(
        "select b.id::text from fullservice.building b where b.id = any(%s::uuid[]) and exists (select 1"
        " from fullservice.ledger_row r join fullservice.building o on o.id = r.building_id"
        " where r.source_name is distinct from %s and not r.is_deleted and r.households is not null"
        " and ((o.id = b.id and r.band = 'match') or (r.method = 'name' and o.estate_id = b.estate_id)))",
        (list(buildings), but),
    )
    return {row[0] for row in cur.fetchall()}


def placed_households(
    cur: extensions.cursor, source_name: str, buildings: Sequence[str]
) -> list[tuple[str, int]]:
    """Return (building, households) that the placed rows of a ledger give; rows that say the same count once."""
    cur.execute(
        "select building_id::text, sum(households)::int from (select distinct on (building_id, name, address,"
        " case when coalesce(name, address) is null then ledger_key end) building_id, households"
        " from fullservice.ledger_row where source_name = %s and building_id = any(%s::uuid[]) and band = 'match'"
        " and households is not null and not is_deleted"
        " order by building_id, name, address, case when coalesce(name, address) is null then ledger_key end,"
        " row_number) x group by 1",
        (source_name, list(buildings)),
    )
    return list(cur.fetchall())


def footprint_facts(cur: extensions.cursor, buildings: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return (id, area m², storeys, height m, use, perimeter m) of buildings; estimated storeys are unknown."""
    cur.execute(
        "select id::text, ST_Area(geom::geography), case when height_source is distinct from 'estimate' then storeys"
        " end, height_m, use, ST_Perimeter(geom::geography) from fullservice.building"
        " where id = any(%s::uuid[]) and geom is not null order by fid",
        (list(buildings),),
    )
    return list(cur.fetchall())


def counted_around(cur: extensions.cursor, buildings: Sequence[str]) -> list[str]:
    """Return those of the buildings and of their estates' whose households come from a ledger."""
    cur.execute(
        "select id::text from fullservice.building where households_method = 'ledger' and not is_deleted"
        " and (id = any(%(ids)s::uuid[]) or estate_id in (select estate_id from fullservice.building"
        " where id = any(%(ids)s::uuid[]))) order by fid",
        {"ids": list(buildings)},
    )
    return [row[0] for row in cur.fetchall()]


def estates_of(cur: extensions.cursor, buildings: Sequence[str]) -> list[str]:
    """Return the estates of buildings."""
    cur.execute(
        "select distinct estate_id::text from fullservice.building where id = any(%s::uuid[])"
        " and estate_id is not null order by 1",
        (list(buildings),),
    )
    return [row[0] for row in cur.fetchall()]


def estate_households(cur: extensions.cursor, estates: Sequence[str]) -> list[tuple[str, str, int | None, str | None]]:
    """Return (estate id, building id, households, method) of the buildings of estates."""
    cur.execute(
        "select estate_id::text, id::text, households, households_method from fullservice.building"
        " where estate_id = any(%s::uuid[]) and not is_deleted order by fid",
        (list(estates),),
    )
    return list(cur.fetchall())


def sum_estates(cur: extensions.cursor, estates: Sequence[str]) -> int:
    """Bring the households of estates up to date with their buildings'."""
    cur.execute(
        "select e.id::text, s.households from fullservice.estate e join (select estate_id, sum(households)::int"
        " as households from fullservice.building where estate_id = any(%s::uuid[]) and not is_deleted"
        " group by estate_id) s on s.estate_id = e.id where e.households is distinct from s.households",
        (list(estates),),
    )
    found = cur.fetchall()
    if found:
        cur.execute(
            "update fullservice.estate e set households = s.households, edit_base = e.row_version"
            " from unnest(%s::uuid[], %s::int[]) as s(id, households) where e.id = s.id",
            ([key for key, _ in found], [count for _, count in found]),
        )
    return len(found)
