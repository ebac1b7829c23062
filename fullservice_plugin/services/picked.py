# SPDX-License-Identifier: GPL-2.0-or-later
"""What a click or a selection on the map means, asked of the store: the window need not wait for a layer."""

from __future__ import annotations

from typing import Optional, Sequence

from fullservice_plugin.store import picked
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.map_views import Box
from fullservice_plugin.store.picked import Picked, Selection

__all__ = ["Picked", "Selection", "row_at", "selected_ids", "selected_row"]


def row_at(store: Store, keys: Sequence[str], lon: float, lat: float, box: Box) -> Optional[Picked]:
    """Return what lies at a point (degrees), looking around it in ``box``; None where there is nothing of the kinds."""
    with store.transaction() as cur:
        return picked.row_at(cur, keys, lon, lat, box)


def selected_ids(store: Store, chosen: Selection) -> list[str]:
    """Return the ids of what is selected; those that are gone are missing."""
    with store.transaction() as cur:
        return picked.ids_of(cur, chosen)


def selected_row(store: Store, chosen: Selection) -> Optional[Picked]:
    """Return the first row that is selected; None where it is gone."""
    with store.transaction() as cur:
        found = picked.ids_of(cur, chosen)
        return picked.row_of(cur, chosen.kind, found[0]) if found else None
