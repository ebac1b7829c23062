# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``buildproject``: the QGIS project of a store."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
)

from fullservice_plugin.core.errors import OutputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.project import build_project, write_project
from fullservice_plugin.i18n import language
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.map_project import credit, refresh_sums


class BuildProject(FullServiceAlgorithm):
    """Writes a .qgz with layers, forms, styles, relations and map themes of a store."""

    ID = "buildproject"
    GROUP = "store"
    WRITES = False

    def flags(self) -> QgsProcessingAlgorithm.Flags:
        """Layers of a project are made in the main thread."""
        return super().flags() | QgsProcessingAlgorithm.Flag.FlagNoThreading

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        self.add_choice("LANGUAGE", ["zh", "en"], language())
        self.add(
            QgsProcessingParameterFileDestination("OUTPUT", self.label("OUTPUT"), "QGIS (*.qgz)")
        )
        self.addOutput(QgsProcessingOutputNumber("LAYERS", self.label("LAYERS")))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Build and write the project; return its path and the number of layers."""
        path = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        if not path.lower().endswith((".qgz", ".qgs")):
            raise OutputError("The project file must end in .qgz, found {file}.", file=path)
        name = self.parameterAsString(parameters, "STORE", context)
        store = self.store(parameters, context)
        try:
            refresh_sums(store, progress)
            sources = credit(store)
        finally:
            store.close()
        project = build_project(name, self.parameterAsString(parameters, "LANGUAGE", context), progress, sources)
        write_project(project, path)
        count = len(project.mapLayers())
        project.clear()
        return {"OUTPUT": path, "LAYERS": count}
