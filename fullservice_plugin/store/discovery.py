# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries of building discovery: buildings, source records, addresses, streets and land areas, in bulk.

Every function works in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Optional

from psycopg2 import extensions, sql

from fullservice_plugin.store.bulk import identifier, json_text, stage_rows

_LOCK = 7_310_001  # one discovery at a time per store

_TYPES = {
    "name": "text",
    "number": "text",
    "use": "text",
    "storeys": "int",
    "basements": "int",
    "height_m": "float8",
}

BUILDING_COLUMNS = (
    "code",
    "name",
    "number",
    "use",
    "geom",
    "storeys",
    "basements",
    "height_m",
    "gross_area_m2",
    "height_source",
    "position_method",
    "position_accuracy_m",
    "discovery_source",
    "discovery_confidence",
    "discovery_run_id",
    "grid_id",
    "origin",
    "branch_code",
)
RECORD_COLUMNS = (
    "run_id",
    "source_name",
    "source_key",
    "kind",
    "licence",
    "observed_on",
    "building_id",
    "relation",
    "state",
    "score",
    "band",
    "attributes",
    "geom",
    "origin",
    "is_deleted",
    "branch_code",
    "proposed_id",
)
ADDRESS_COLUMNS = (
    "source_record_id",
    "building_id",
    "full_text",
    "street",
    "housenumber",
    "postcode",
    "city",
    "unit",
    "geom",
    "origin",
    "is_deleted",
    "branch_code",
)
STREET_COLUMNS = ("source_name", "source_key", "name", "highway", "geom", "origin", "is_deleted", "branch_code")
AREA_COLUMNS = ("source_name", "source_key", "kind", "name", "geom", "origin", "is_deleted", "branch_code")
POI_COLUMNS = ("kind", "code", "name", "address", "geom", "origin", "is_deleted", "branch_code")


def record_row(
    source: Any,
    run_id: str,
    key: str,
    building: Optional[str],
    *,
    kind: str = "building",
    observed_on: Optional[str] = None,
    relation: Optional[str] = None,
    state: Optional[str] = None,
    score: Optional[float] = None,
    band: Optional[str] = None,
    attributes: Optional[dict[str, Any]] = None,
    shape: Any = None,
    branch: Optional[str] = None,
    proposed: Optional[str] = None,
) -> list[Any]:
    """Return one row of source_record, in the order of :data:`RECORD_COLUMNS`; ``source`` gives name and licence."""
    return [
        run_id, source.name, key, kind, source.licence, observed_on, building, relation, state, score, band, attributes,
        shape, "algorithm", False, branch, proposed,
    ]  # fmt: skip


def lock(cur: extensions.cursor) -> None:
    """Wait for other runs of discovery; released with the transaction."""
    cur.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))


def existing_buildings(
    cur: extensions.cursor, bounds: Optional[Sequence[float]] = None
) -> list[tuple[Any, ...]]:
    """Return (id, code, WKB, source, name, street, house number, number) of buildings that meet ``bounds``.

    Buildings without footprint are left out. ``bounds`` are west, south, east, north in degrees; None for all.
    """
    box = list(bounds) if bounds is not None else [-180.0, -90.0, 180.0, 90.0]
    cur.execute(
        "select b.id::text, b.code, ST_AsBinary(b.geom), b.discovery_source, b.name, a.street, a.housenumber,"
        " b.number"
        " from fullservice.building b"
        " left join lateral (select street, housenumber from fullservice.address"
        "   where building_id = b.id and not is_deleted and housenumber is not null order by fid limit 1) a on true"
        " where not b.is_deleted and b.geom is not null and b.geom && ST_MakeEnvelope(%s, %s, %s, %s, 4326)"
        " order by b.fid",
        box,
    )
    return list(cur.fetchall())


def any_footprint(cur: extensions.cursor) -> bool:
    """Tell whether a building has a footprint, of those the login sees."""
    cur.execute("select exists (select 1 from fullservice.building where geom is not null and not is_deleted)")
    found = cur.fetchone()
    return bool(found and found[0])


def source_records(cur: extensions.cursor, source_name: str, kind: str) -> list[tuple[Any, ...]]:
    """Return (key, id, building id, WKB, state, band, attributes) of a source's records that hold."""
    cur.execute(
        "select source_key, id::text, building_id::text, ST_AsBinary(geom), state, band, attributes"
        " from fullservice.source_record where source_name = %s and kind = %s and not is_deleted",
        (source_name, kind),
    )
    return list(cur.fetchall())


def branches(cur: extensions.cursor) -> list[tuple[str, Any]]:
    """Return (code, WKB or None) of the branches."""
    cur.execute(
        "select code, ST_AsBinary(geom) from fullservice.org_unit where level = 'branch' and not is_deleted"
        " order by fid"
    )
    return list(cur.fetchall())


def grids(cur: extensions.cursor) -> list[tuple[str, Any]]:
    """Return (id, WKB) of the grids that hold today."""
    cur.execute(
        "select id::text, ST_AsBinary(geom) from fullservice.org_unit where level = 'grid' and not is_deleted"
        " and geom is not null and (valid_from is null or valid_from <= current_date)"
        " and (valid_to is null or valid_to >= current_date)"
    )
    return list(cur.fetchall())


def building_ids(cur: extensions.cursor, codes: Iterable[str]) -> dict[str, str]:
    """Return code → id."""
    cur.execute("select code, id::text from fullservice.building where code = any(%s)", (list(codes),))
    return dict(cur.fetchall())


def record_ids(cur: extensions.cursor, source_name: str) -> dict[str, str]:
    """Return source key → record id of a source."""
    cur.execute("select source_key, id::text from fullservice.source_record where source_name = %s", (source_name,))
    return dict(cur.fetchall())


def update_buildings(cur: extensions.cursor, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Bring buildings up to date by ``id`` (the first column); rows that are the same stay untouched."""
    return update_rows(cur, "building", columns, rows)


def update_rows(cur: extensions.cursor, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Write ``rows`` over those with the same ``id`` (first column) where a value differs; returns how many did."""
    if not rows:
        return 0
    staged = stage_rows(cur, table, columns, rows)
    names = [sql.Identifier(name) for name in columns[1:]]
    cur.execute(
        sql.SQL("update {} t set {} from {} s where t.id = s.id and ({}) is distinct from ({})").format(
            identifier(table),
            sql.SQL(", ").join(sql.SQL("{} = s.{}").format(name, name) for name in names),
            staged.table,
            sql.SQL(", ").join(sql.SQL("t.{}").format(name) for name in names),
            sql.SQL(", ").join(sql.SQL("s.{}").format(name) for name in names),
        )
    )
    return int(cur.rowcount)


def sync_rows(
    cur: extensions.cursor, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], key: Sequence[str]
) -> tuple[int, int]:
    """Insert rows whose ``key`` is not there yet and bring the others up to date; returns (inserted, updated).

    For tables whose key has no unique constraint; the discovery lock keeps two runs apart.
    """
    staged = stage_rows(cur, table, columns, rows)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    match = sql.SQL(" and ").join(
        sql.SQL("t.{} is not distinct from s.{}").format(sql.Identifier(name), sql.Identifier(name))
        if name == "kind"
        else sql.SQL("t.{} = s.{}").format(sql.Identifier(name), sql.Identifier(name))
        for name in key
    )
    others = [sql.Identifier(name) for name in columns if name not in key and name != "branch_code"]
    cur.execute(
        sql.SQL("update {} t set {} from {} s where {} and ({}) is distinct from ({})").format(
            identifier(table),
            sql.SQL(", ").join(sql.SQL("{} = s.{}").format(name, name) for name in others),
            staged.table,
            match,
            sql.SQL(", ").join(sql.SQL("t.{}").format(name) for name in others),
            sql.SQL(", ").join(sql.SQL("s.{}").format(name) for name in others),
        )
    )
    updated = int(cur.rowcount)
    cur.execute(
        sql.SQL("insert into {} ({}) select {} from {} s where not exists (select 1 from {} t where {})").format(
            identifier(table), names, names, staged.table, identifier(table), match
        )
    )
    return int(cur.rowcount), updated


def drop_absent(cur: extensions.cursor, table: str, source_name: str, keys: Sequence[str]) -> int:
    """Mark as deleted the streets or land areas of a source whose key is no longer among ``keys``."""
    cur.execute(
        sql.SQL(
            "update {} set is_deleted = true where source_name = %s and not is_deleted and not source_key = any(%s)"
        ).format(identifier(table)),
        (source_name, list(keys)),
    )
    return int(cur.rowcount)


def supersede_records(cur: extensions.cursor, source_name: str, keys: Sequence[str]) -> int:
    """Mark records of a source as no longer holding."""
    cur.execute(
        "update fullservice.source_record set is_deleted = true where source_name = %s and source_key = any(%s)"
        " and not is_deleted",
        (source_name, list(keys)),
    )
    return int(cur.rowcount)


def drop_addresses(cur: extensions.cursor, source_name: str) -> int:
    """Mark addresses as deleted whose source record no longer holds or no longer has an address."""
    cur.execute(
        "update fullservice.address a set is_deleted = true from fullservice.source_record r"
        " where a.source_record_id = r.id and r.source_name = %s and r.is_deleted and not a.is_deleted",
        (source_name,),
    )
    return int(cur.rowcount)


def insert_run(cur: extensions.cursor, values: Sequence[Any]) -> str:
    """Insert a discovery run (source, file, hash, licence, datum, params, west, south, east, north, start); its id."""
    cur.execute(
        "insert into fullservice.discovery_run"
        " (source_name, file_name, input_hash, licence, datum, params, extent, started_at, origin)"
        " values (%s, %s, %s, %s, %s, %s::jsonb, ST_MakeEnvelope(%s, %s, %s, %s, 4326), %s, 'algorithm')"
        " returning id::text",
        list(values),
    )
    return str(cur.fetchone()[0])


def finish_discovery(cur: extensions.cursor, run_id: str, counts: str) -> None:
    """Write the counts (JSON) and the end of a run."""
    cur.execute(
        "update fullservice.discovery_run set counts = %s::jsonb, finished_at = clock_timestamp() where id = %s::uuid",
        (counts, run_id),
    )


def review_counts(cur: extensions.cursor, source_name: str) -> tuple[int, int]:
    """Return (records to review, records settled) of a source's buildings that still show."""
    cur.execute(
        "select count(*) filter (where band = 'review'), count(*) filter (where band <> 'review')"
        " from fullservice.source_record where source_name = %s and kind = 'building' and not is_deleted"
        " and state is distinct from 'gone'",
        (source_name,),
    )
    found = cur.fetchone()
    return int(found[0]), int(found[1])


def replace_values(cur: extensions.cursor, column: str, changed: Sequence[tuple[str, Any, Any]]) -> int:
    """Set ``column`` of buildings from an old to a new value: (id, old, new). What a person changed stays."""
    if not changed:
        return 0
    cur.execute(
        sql.SQL(
            "update fullservice.building t set {} = s.fresh"
            " from jsonb_to_recordset(%s::jsonb) as s(id uuid, old {}, fresh {})"
            " where t.id = s.id and t.{} is not distinct from s.old"
        ).format(sql.Identifier(column), *(sql.SQL(_TYPES[column]),) * 2, sql.Identifier(column)),
        (json_text([{"id": key, "old": old, "fresh": fresh} for key, old, fresh in changed]),),
    )
    return int(cur.rowcount)


def keep_estimates(cur: extensions.cursor, rows: Sequence[Sequence[Any]]) -> Optional[int]:
    """Write (id or code, storeys, households, low, high, method); returns how many buildings changed.

    None when not one of the ids is known. Households of a ledger or given by a person stay; storeys are
    written only where unknown.
    """
    keys = ("key", "storeys", "households", "low", "high", "method")
    cur.execute(
        "create temp table fs_estimate on commit drop as"
        " select b.id, s.storeys, s.households, s.low, s.high, s.method"
        " from jsonb_to_recordset(%s::jsonb)"
        " as s(key text, storeys int, households int, low int, high int, method text)"
        " join fullservice.building b on b.code = s.key or b.id::text = s.key where not b.is_deleted",
        (json_text([dict(zip(keys, row)) for row in rows]),),
    )
    cur.execute("select count(*) from fs_estimate")
    if cur.fetchone()[0] == 0:
        cur.execute("drop table fs_estimate")
        return None
    # storeys that were estimated are marked, so that the next estimate does not take them for known
    cur.execute(
        "update fullservice.building b set storeys = v.storeys, height_source = v.source, households = s.households,"
        " households_low = s.low, households_high = s.high, households_method = s.method from fs_estimate s"
        " join fullservice.building o on o.id = s.id cross join lateral (select"
        " case when o.storeys is null or o.height_source = 'estimate' then s.storeys else o.storeys end as storeys,"
        " case when o.storeys is null then 'estimate' else o.height_source end as source) v"
        " where b.id = s.id and coalesce(b.households_method, '') not in ('ledger', 'given', 'survey')"
        " and (b.households is null or b.households_method is not null)"
        " and (v.storeys, v.source, s.households, s.low, s.high, s.method) is distinct from"
        " (b.storeys, b.height_source, b.households, b.households_low, b.households_high, b.households_method)"
    )
    changed = int(cur.rowcount)
    cur.execute("drop table fs_estimate")
    return changed
