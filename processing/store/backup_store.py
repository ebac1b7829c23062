# SPDX-License-Identifier: GPL-2.0-or-later
"""backupstore: the whole store in one file; on request the store is removed afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.connections import connect
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.store_operation import backup_store, remove_store


class BackupStore(FullServiceAlgorithm):
    """Saves a store with pg_dump, with a manifest of every table beside it in the same file."""

    ID = "backupstore"
    GROUP = "store"

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        self.add(QgsProcessingParameterFileDestination("FILE", self.label("FILE"), "Backup (*.fsbackup)"))
        self.add(QgsProcessingParameterBoolean("REMOVE", self.label("REMOVE"), False), advanced=True)
        self.add(QgsProcessingParameterString("CONFIRM", self.label("CONFIRM"), None, False, True), advanced=True)
        for name in ("TABLES", "ROWS"):
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Write the backup; returns its path and what it holds."""
        path = Path(self.parameterAsFileOutput(parameters, "FILE", context))
        with connect(self.parameterAsString(parameters, "STORE", context)) as store:
            store.require_installed()
            if self.parameterAsBool(parameters, "REMOVE", context):
                typed = self.parameterAsString(parameters, "CONFIRM", context).strip()
                made = remove_store(store, path, typed, progress)
            else:
                made = backup_store(store, path, progress)
        return {"FILE": str(path), "TABLES": len(made["tables"]),
                "ROWS": sum(entry["rows"] for entry in made["tables"].values())}
