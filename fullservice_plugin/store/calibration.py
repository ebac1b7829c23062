# SPDX-License-Identifier: GPL-2.0-or-later
"""Corrections of the WLAN model by walk tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg2 import sql

from fullservice_plugin.store.bulk import stage_rows

COLUMNS = ("building_id", "offset_db", "slope", "rmse_db", "points", "measured_on", "source")
_SAME = sql.SQL("c.building_id = s.building_id and c.measured_on = s.measured_on and c.source = s.source "
                "and not c.is_deleted")  # fmt: skip


def keep(cur: Any, rows: Sequence[Sequence[Any]]) -> tuple[int, int]:
    """Write rows (:data:`COLUMNS`); those of the same building, day and walk test are replaced. (new, changed)."""
    staged = stage_rows(cur, "wlan_calibration", COLUMNS, rows).table
    cur.execute(sql.SQL(
        "update fullservice.wlan_calibration c set offset_db = s.offset_db, slope = s.slope, rmse_db = s.rmse_db, "
        "points = s.points from {staged} s where {same} and (c.offset_db, c.slope, c.rmse_db, c.points) is distinct "
        "from (s.offset_db, s.slope, s.rmse_db, s.points)").format(staged=staged, same=_SAME))
    changed = cur.rowcount
    cur.execute(sql.SQL(
        "insert into fullservice.wlan_calibration (building_id, offset_db, slope, rmse_db, points, measured_on, "
        "source, origin) select s.building_id, s.offset_db, s.slope, s.rmse_db, s.points, s.measured_on, s.source, "
        "'import' from {staged} s where not exists (select 1 from fullservice.wlan_calibration c where {same})"
    ).format(staged=staged, same=_SAME))
    return cur.rowcount, changed
