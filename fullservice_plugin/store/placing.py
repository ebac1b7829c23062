# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries of ledger rows that wait for a place. Each in the caller's transaction."""

from __future__ import annotations

from typing import Any, Optional

from fullservice_plugin.store.connection import named_rows

MANUAL = "manual"
_WAITING = """
from fullservice.ledger_row r
left join fullservice.building b on b.id = r.building_id and not b.is_deleted
left join lateral (select concat_ws(' ', a.street, a.housenumber) as said from fullservice.address a
    where a.building_id = b.id and not a.is_deleted and a.street is not null order by a.fid limit 1) a on true
where not r.is_deleted and r.band in ('review', 'unplaced') and r.method is distinct from 'manual'
  and (%(source)s::text is null or r.source_name = %(source)s)
"""


def sources(cur: Any) -> list[tuple[str, int]]:
    """Return (ledger, rows that wait), most first."""
    cur.execute(
        "select coalesce(r.source_name, r.batch), count(*)" + _WAITING + "group by 1 order by 2 desc, 1",
        {"source": None},
    )
    return list(cur.fetchall())


def waiting(cur: Any, source_name: Optional[str], limit: int) -> list[dict[str, Any]]:
    """Return the rows that wait, those with a proposal first, the best proposal first; shapes as WKB."""
    cur.execute(
        "select r.id::text as row_id, r.row_version as version, coalesce(r.source_name, r.batch) as source,"
        " r.row_number, r.ledger_key, r.name, r.address, r.households, r.band, r.score, r.reason,"
        " ST_AsBinary(r.geom) as shape, b.id::text as building_id,"
        " b.code, b.name as building_name, b.number, b.households as building_households,"
        " a.said as building_address,"
        " ST_AsBinary(coalesce(b.geom, b.entry_point)) as outline"
        + _WAITING
        + "order by b.id is null, r.score desc nulls last, r.source_name, r.row_number, r.fid limit %(limit)s",
        {"source": source_name, "limit": limit},
    )
    return named_rows(cur)


def placed_by_hand(cur: Any, source_name: str) -> dict[str, tuple[Optional[str], str, Any, Any, Any]]:
    """Return key → (building id, band, WKB of the position, name, address) of rows that a person placed or refused."""
    cur.execute(
        "select ledger_key, building_id::text, band, ST_AsBinary(geom), name, address from fullservice.ledger_row"
        " where source_name = %s and method = %s and not is_deleted",
        (source_name, MANUAL),
    )
    return {key: (building, band, shape, name, address) for key, building, band, shape, name, address in cur.fetchall()}
