# SPDX-License-Identifier: GPL-2.0-or-later
"""restorestore: a backup comes back into an empty database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingOutputNumber, QgsProcessingParameterFile

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.connections import connect
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.store_operation import restore_store


class RestoreStore(FullServiceAlgorithm):
    """Restores a backup, compares every table with its manifest, and makes rights and functions anew."""

    ID = "restorestore"
    GROUP = "store"

    def define(self) -> None:
        """Add the parameters."""
        self.add_store(new=True)
        self.add(QgsProcessingParameterFile("FILE", self.label("FILE")))
        for name in ("TABLES", "ROWS"):
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Restore; returns what came back."""
        path = Path(self.parameterAsFile(parameters, "FILE", context))
        with connect(self.parameterAsString(parameters, "STORE", context)) as store:
            made = restore_store(store, path, progress)
        return {"TABLES": len(made["tables"]), "ROWS": sum(entry["rows"] for entry in made["tables"].values())}
