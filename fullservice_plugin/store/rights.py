# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the login may do what it is about to do, asked before long work."""

from __future__ import annotations

from typing import Any

from fullservice_plugin.core.errors import StoreError


def require_bulk(cur: Any, *tables: str) -> None:
    """Raise StoreError unless the login may import in bulk (planner, administrator) and write all ``tables``."""
    cur.execute(
        "select session_user::text, fs_app.is_bulk(), array(select t from unnest(%s::text[]) as t"
        " where not has_table_privilege('fullservice.' || t, 'insert'))",
        (list(tables),),
    )
    login, bulk, closed = cur.fetchone()
    if closed or not bulk:
        raise StoreError(
            "The login {login} may not do this: it takes the role of planner or administrator. Ask the"
            " store's administrator.",
            login=login,
        )
