# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries of the review of doubtful pairs: what waits, and what was decided. Each in the caller's transaction."""

from __future__ import annotations

from typing import Any, Optional

from fullservice_plugin.store.connection import named_rows

_WAITING = """
from fullservice.source_record r
left join fullservice.building b on b.id = coalesce(r.proposed_id, case when r.state = 'gone' then r.building_id end)
where r.kind = 'building' and r.band = 'review' and not r.is_deleted and not coalesce(b.is_deleted, false)
  and (%(source)s::text is null or r.source_name = %(source)s)
"""


def decisions(cur: Any, source_name: str) -> dict[tuple[str, str], str]:
    """Return (key, building id) → decision of a source."""
    cur.execute(
        "select source_key, building_id::text, decision from fullservice.match_decision"
        " where source_name = %s and not is_deleted",
        (source_name,),
    )
    return {(key, building): decision for key, building, decision in cur.fetchall()}


def sources(cur: Any) -> list[tuple[str, int]]:
    """Return (source, pairs that wait), most first."""
    cur.execute("select r.source_name, count(*)" + _WAITING + "group by 1 order by 2 desc, 1", {"source": None})
    return list(cur.fetchall())


def waiting(cur: Any, source_name: Optional[str], limit: int) -> list[dict[str, Any]]:
    """Return the pairs that wait, most doubtful first, neighbours together; shapes as WKB."""
    cur.execute(
        "select r.id::text as record_id, r.row_version as version, r.source_name, r.source_key, r.state, r.score,"
        " r.relation, r.attributes, r.observed_on, ST_AsBinary(r.geom) as shape, b.id::text as building_id,"
        " b.code, b.name, b.number, b.use, b.storeys, b.households, b.discovery_source,"
        " ST_AsBinary(coalesce(b.geom, b.entry_point)) as outline"
        + _WAITING
        + "order by (r.state = 'gone'), round(coalesce(r.score, 0)::numeric, 1), "
        "ST_GeoHash(coalesce(ST_Centroid(r.geom), ST_Centroid(b.geom)), 6), r.fid limit %(limit)s",
        {"source": source_name, "limit": limit},
    )
    return named_rows(cur)


def record(cur: Any, record_id: str) -> Optional[dict[str, Any]]:
    """Return one record, locked, None when it is gone."""
    cur.execute(
        "select r.id::text as record_id, r.row_version as version, r.source_name, r.source_key, r.state, r.band,"
        " r.attributes, r.building_id::text as building_id, r.proposed_id::text as proposed_id, r.branch_code,"
        " ST_AsBinary(r.geom) as shape from fullservice.source_record r"
        " where r.id = %s::uuid and not r.is_deleted for update",
        (record_id,),
    )
    return next(iter(named_rows(cur)), None)


def keep_decision(cur: Any, source_name: str, key: str, building: str, decision: str, reason: str) -> None:
    """Keep a decision; a later one takes the place of an earlier one."""
    cur.execute(
        "select id::text from fullservice.match_decision where source_name = %s and source_key = %s"
        " and building_id = %s::uuid for update",
        (source_name, key, building),
    )
    found = cur.fetchone()
    if found:
        cur.execute(
            "update fullservice.match_decision set decision = %s, reason = %s, is_deleted = false,"
            " edit_base = row_version where id = %s::uuid",
            (decision, reason or None, found[0]),
        )
    else:
        cur.execute(
            "insert into fullservice.match_decision (source_name, source_key, building_id, decision, reason)"
            " values (%s, %s, %s::uuid, %s, %s)",
            (source_name, key, building, decision, reason or None),
        )


def settle(cur: Any, record_id: str, version: int, building: Optional[str], state: str) -> bool:
    """Settle a record: its building and change; False when somebody was faster."""
    cur.execute(
        "update fullservice.source_record set building_id = %s::uuid, state = %s, band = 'match',"
        " edit_base = row_version where id = %s::uuid and row_version = %s",
        (building, state, record_id, version),
    )
    return int(cur.rowcount) == 1
