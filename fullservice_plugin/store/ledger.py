# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries of ledgers: what the store calls its buildings, ledger rows, households that a ledger knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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


def keep_households(cur: extensions.cursor, rows: Sequence[tuple[str, int, int, int, str]]) -> int:
    """Write (building id, households, low, high, method) that a ledger gives; what a person gave stays."""
    keys = ("id", "households", "low", "high", "method")
    cur.execute(
        "update fullservice.building b set households = s.households, households_low = s.low, households_high = s.high,"
        " households_method = s.method"
        " from jsonb_to_recordset(%s::jsonb) as s(id uuid, households int, low int, high int, method text)"
        " where b.id = s.id and coalesce(b.households_method, '') not in ('given', 'survey')"
        " and (s.households, s.low, s.high, s.method) is distinct from"
        " (b.households, b.households_low, b.households_high, b.households_method)",
        (json_text([dict(zip(keys, row)) for row in rows]),),
    )
    return int(cur.rowcount)


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
        "update fullservice.estate e set households = s.households from ("
        " select estate_id, sum(households)::int as households from fullservice.building"
        " where estate_id = any(%s::uuid[]) and not is_deleted group by estate_id) s"
        " where e.id = s.estate_id and e.households is distinct from s.households",
        (list(estates),),
    )
    return int(cur.rowcount)
