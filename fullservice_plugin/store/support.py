# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries for the log for support: versions, sizes, and whose names are to be taken out."""

from __future__ import annotations

from fullservice_plugin.store.connection import Store


def facts(store: Store) -> list[tuple[str, str]]:
    """Return (name, value): versions, role, time zone, limits, estimated rows of the tables that have any."""
    rows = store.rows(
        """
        select 'PostgreSQL', current_setting('server_version') union all
        select 'PostGIS', extversion from pg_extension where extname = 'postgis' union all
        select 'Encoding', current_setting('server_encoding') union all
        select 'Time zone', current_setting('TimeZone') union all
        select 'lock_timeout', current_setting('lock_timeout') union all
        select 'Role', coalesce((select role from fullservice.staff where login = session_user and active
                                 and not is_deleted), '-')
        """
    )
    sizes = store.rows(
        "select c.relname, c.reltuples::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = 'fullservice' and c.relkind = 'r' and c.reltuples > 0 order by 1"
    )
    return [("Version of the store", str(store.version())), *((str(name), str(value)) for name, value in rows),
            *((f"rows of {name}, about", str(count)) for name, count in sizes)]


def people(store: Store) -> list[str]:
    """Return names and logins of the staff this login sees, and its own."""
    rows = store.rows("select login from fullservice.staff union select name from fs_app.person")
    return sorted({row[0] for row in rows if row[0]} | {store.login})
