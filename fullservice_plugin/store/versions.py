# SPDX-License-Identifier: GPL-2.0-or-later
"""Which version of the store is installed, and whether this plugin may use it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.i18n import tr

MIGRATIONS = Path(__file__).parent / "migrations"

#: Oldest client that may write a store made by this plugin, and oldest that may read it: versions of their own store.
MIN_CLIENT = 2
MIN_READER = 1


def files() -> list[tuple[int, Path]]:
    """The numbered migrations, in order: (number, file)."""
    found = [
        (int(match.group(1)), path) for path in MIGRATIONS.glob("*.sql") if (match := re.match(r"(\d{4})_", path.name))
    ]
    return sorted(found)


def current() -> int:
    """The version that this plugin installs."""
    return files()[-1][0]


def installed(cur: Any) -> int:
    """Installed version, 0 when the database holds no store."""
    cur.execute("select to_regclass('fs_meta.migration') is not null")
    if not cur.fetchone()[0]:
        return 0
    cur.execute("select coalesce(max(v), 0) from fs_meta.migration")
    return int(cur.fetchone()[0])


def absent(name: str) -> StoreError:
    """The error of a database without a store."""
    return StoreError("There is no store in “{name}” yet. Run createstore on it first.", name=name)


def require(cur: Any, name: str, write: bool = True) -> str:
    """StoreError when the store is absent, too old or too new for this plugin.

    A store that was upgraded past this plugin may still be read where it says so (``min_reader``): with ``write`` off
    the reason is returned, empty when everything is allowed.
    """
    found = installed(cur)
    if not found:
        raise absent(name)
    if found < current():
        raise StoreError(
            "The store “{name}” has version {found}, this plugin needs {needed}. Let its administrator run "
            "createstore with UPGRADE.",
            name=name,
            found=found,
            needed=current(),
        )
    oldest = _setting(cur, "min_client", found)
    if current() >= oldest:
        return ""
    if not write and current() >= _setting(cur, "min_reader", oldest):
        return tr(
            "The store “{name}” has version {found} and takes changes only from a plugin for version {oldest} or "
            "later; this one is for {needed}, so it only reads. Update the plugin.",
            name=name,
            found=found,
            oldest=oldest,
            needed=current(),
        )
    raise StoreError(
        "The store “{name}” has version {found} and needs a plugin for version {oldest} or later; this "
        "one is for {needed}. Update the plugin.",
        name=name,
        found=found,
        oldest=oldest,
        needed=current(),
    )


def _setting(cur: Any, key: str, default: int) -> int:
    cur.execute("select value from fs_meta.setting where key = %s", (key,))
    row = cur.fetchone()
    return int(row[0]) if row else default
