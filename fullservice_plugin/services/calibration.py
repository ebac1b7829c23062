# SPDX-License-Identifier: GPL-2.0-or-later
"""Corrections of the WLAN model kept in the store: the next plan of these buildings uses them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Mapping

from fullservice_plugin.core.access.wlan.walktest import Correction
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.store import calibration, subjects
from fullservice_plugin.store.connection import Store


@dataclass(frozen=True)
class Kept:
    """How many corrections are new or changed; ``unknown``: building codes that the store does not know."""

    new: int
    changed: int
    unknown: tuple[str, ...]


def keep_corrections(store: Store, found: Mapping[str, Correction], source: str, measured_on: date) -> Kept:
    """Write corrections by building code in one transaction; the same walk test again changes nothing."""
    if not source.strip():
        raise ParameterError("Name the walk test: its corrections are kept under this name and its day.")
    with store.transaction(bulk=True) as cur:
        ids = subjects.buildings_by_code(cur, sorted(found))
        rows = [
            (ids[code].id, round(one.offset_db, 4), round(one.slope, 5), round(one.rmse_db, 4), one.points, measured_on,
             source.strip())
            for code, one in sorted(found.items()) if code in ids
        ]  # fmt: skip
        new, changed = calibration.keep(cur, rows) if rows else (0, 0)
    return Kept(new, changed, tuple(sorted(set(found) - set(ids))))
