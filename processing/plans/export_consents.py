# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportconsents``: what a plan must ask of properties, one pack for each party."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.consents import day_of, export_consents


class ExportConsents(FullServiceAlgorithm):
    """Writes letter, drawings and consent form for each property party of a plan, and an index of all."""

    ID = "exportconsents"
    GROUP = "plans"

    def flags(self) -> QgsProcessingAlgorithm.Flags:
        """Fonts and projections are those of the main thread."""
        return super().flags() | QgsProcessingAlgorithm.Flag.FlagNoThreading

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        self.add(QgsProcessingParameterString("PLAN_ID", self.label("PLAN_ID"), None, False, False))
        self.add_choice("LANGUAGE", ["zh", "en"], language())
        self.add(QgsProcessingParameterBoolean("NAMES", self.label("NAMES"), False), advanced=True)
        self.add(QgsProcessingParameterString("DATE", self.label("DATE"), None, False, True), advanced=True)
        templates = QgsProcessingParameterFile("TEMPLATES", self.label("TEMPLATES"), extension="json", optional=True)
        self.add(templates, advanced=True)
        self.add_template()
        self.add(QgsProcessingParameterFolderDestination("OUTPUT_FOLDER", self.label("OUTPUT_FOLDER")))
        for name in ("PACKS", "WRITTEN", "PROPERTIES", "HOMES"):
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Write the packs; return the folder and what is in it."""
        on = day_of(self.parameterAsString(parameters, "DATE", context).strip())
        store = self.store(parameters, context)
        try:
            done = export_consents(
                store,
                self.parameterAsString(parameters, "PLAN_ID", context).strip(),
                self.parameterAsString(parameters, "LANGUAGE", context),
                self.parameterAsString(parameters, "OUTPUT_FOLDER", context),
                named=self.parameterAsBool(parameters, "NAMES", context),
                on=on,
                templates=self.parameterAsString(parameters, "TEMPLATES", context),
                template=self.parameterAsString(parameters, "TEMPLATE", context),
                progress=progress,
            )
        finally:
            store.close()
        progress.say(tr("{count} packs for {properties} properties in {folder}.", count=done.packs,
                        properties=done.properties, folder=done.folder))  # fmt: skip
        return {"OUTPUT_FOLDER": str(done.folder), "PACKS": done.packs, "WRITTEN": done.written,
                "PROPERTIES": done.properties, "HOMES": done.homes}  # fmt: skip
