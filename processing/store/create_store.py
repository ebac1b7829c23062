# SPDX-License-Identifier: GPL-2.0-or-later
"""createstore: install or upgrade the shared PostGIS store."""
from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingOutputNumber, QgsProcessingParameterBoolean

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.connections import connect
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.store_admin import create_store


class CreateStore(FullServiceAlgorithm):
    """Installs the store into an empty database, or brings an older one up to date."""

    ID = "createstore"
    GROUP = "store"

    def define(self) -> None:
        """Add STORE and UPGRADE."""
        self.add_store(new=True)
        self.add(QgsProcessingParameterBoolean("UPGRADE", self.label("UPGRADE"), True))
        self.addOutput(QgsProcessingOutputNumber("VERSION", self.label("VERSION")))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Install; returns the version."""
        with connect(self.parameterAsString(parameters, "STORE", context)) as store:
            done = create_store(store, self.parameterAsBool(parameters, "UPGRADE", context), progress)
        return {"VERSION": done.version}
