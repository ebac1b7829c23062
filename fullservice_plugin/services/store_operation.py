# SPDX-License-Identifier: GPL-2.0-or-later
"""Operating a store: save it, bring it back, look whether it is whole, take it away."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from psycopg2 import sql

from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import tr
from fullservice_plugin.store import backup, check
from fullservice_plugin.store.check import Finding
from fullservice_plugin.store.connection import Store


def backup_store(store: Store, path: Path, progress: Progress = SILENT) -> dict[str, Any]:
    """Write the whole store into one file; returns the manifest."""
    made = backup.backup(store, path, progress)
    progress.say(tr("{rows} rows of {tables} tables are in {file} ({size} MB).", tables=len(made["tables"]),
                    rows=sum(entry["rows"] for entry in made["tables"].values()), file=path.name,
                    size=round(path.stat().st_size / 1e6, 1)))
    return made


def remove_store(store: Store, path: Path, typed: str, progress: Progress = SILENT) -> dict[str, Any]:
    """Save the store, look at the file once more, then take the store out of the database."""
    backup.confirm(store, typed)
    made = backup_store(store, path, progress)
    backup.read(path)
    backup.remove(store)
    progress.say(tr("The store “{name}” was removed. Its backup is {file}.", name=store.name, file=path.name))
    return made


def restore_store(store: Store, path: Path, progress: Progress = SILENT) -> dict[str, Any]:
    """Bring a backup into an empty database and give the people their roles again; returns the manifest."""
    made = backup.restore(store, path, progress)
    back, absent = backup.regrant(store)
    progress.say(tr("{rows} rows of {tables} tables came back, the same as on {at}.", tables=len(made["tables"]),
                    rows=sum(entry["rows"] for entry in made["tables"].values()), at=made["at"]))
    if back:
        progress.say(tr("{count} people have their roles again.", count=len(back)))
    if absent:
        progress.warn(tr("These logins are not on this server; make them with manageuser: {logins}", logins=absent))
    return made


def check_store(store: Store, path: Optional[Path] = None, progress: Progress = SILENT) -> list[Finding]:
    """Everything that is wrong with a store; with a backup also what changed since. For owner and administrators."""
    made = backup.read(path) if path else None
    with store.transaction() as cur:
        cur.execute("select session_user::text, fs_app.has_role('admin')")
        login, allowed = cur.fetchone()
        if not allowed:
            raise StoreError("The login {login} may not do this: it takes the role of administrator. Ask the store's "
                             "administrator.", login=login)
        found = check.catalogue(cur)
        progress.step(0.3)
        found += check.rows(cur, progress.part(0.3, 0.6))
    if made is not None:
        owner = backup.require_owner(store)
        with store.transaction() as cur:
            cur.execute(sql.SQL("set local role {}").format(sql.Identifier(owner)))
            found += check.against_backup(cur, made, progress.part(0.6, 1.0))
    return found
