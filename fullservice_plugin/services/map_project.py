# SPDX-License-Identifier: GPL-2.0-or-later
"""What a map of a store needs besides its layers."""

from __future__ import annotations

from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import tr
from fullservice_plugin.store.connection import Store


def credit(store: Store) -> str:
    """Return the licences and credits of the sources of the map in one line; empty when none states one."""
    rows = store.rows("select distinct licence from fullservice.discovery_run "
                      "where not is_deleted and coalesce(licence, '') <> '' order by licence")
    return " · ".join(row[0] for row in rows)


def refresh_sums(store: Store, progress: Progress = SILENT) -> bool:
    """Bring the sums per area up to date; tell whether this login may do that.

    A login without the right sees the sums of the last refresh, and is told so.
    """
    try:
        store.rows("select fs_app.refresh_aggregates()")
    except StoreError:
        progress.say(tr("The sums per area are those of their last refresh: this login may not refresh them."))
        return False
    return True
