# SPDX-License-Identifier: GPL-2.0-or-later
"""Installing and upgrading the store, for the toolbox and for administrators' scripts."""
from __future__ import annotations

from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import tr
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.migrate import Installed, install


def create_store(store: Store, upgrade: bool = True, progress: Progress = SILENT) -> Installed:
    """Install the store on an open connection, or upgrade it; says what it did. StoreError when it may not."""
    done = install(store, upgrade, progress)
    if not done.rebuilt:
        progress.say(tr("The store “{name}” is up to date (version {version}).", name=store.name, version=done.version))
    elif done.applied:
        progress.say(tr("The store “{name}” now has version {version}.", name=store.name, version=done.version))
    else:
        progress.say(tr("Functions, rights and lists of the store “{name}” were renewed (version {version}).",
                        name=store.name, version=done.version))
    return done
