# SPDX-License-Identifier: GPL-2.0-or-later
"""Tells open maps which tables changed: a statement-level NOTIFY per table of the catalogue."""
from __future__ import annotations

from typing import Any

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.store.triggers import trigger

#: The channel of every store; channels belong to a database.
CHANNEL = "fullservice"


def create(cur: Any) -> None:
    """Create the triggers of every table; people's data say nothing, not even that they changed."""
    for table in TABLES.values():
        if table.schema == "fs_pii":
            continue
        for verb in ("insert", "update", "delete"):
            side = {"old": "touched"} if verb == "delete" else {"new": "touched"}
            trigger(cur, table, "fs_95_tell_" + verb, "after " + verb, "tell_change", "statement", **side)
