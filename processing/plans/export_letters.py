# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportletters``: a letter as PDF for every open talk of an area."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.plans.letter_templates import KINDS
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.letters import write_letters


class ExportLetters(FullServiceAlgorithm):
    """Writes letters and proposals to property managers and owners; files them in their talks where asked to."""

    ID = "exportletters"
    GROUP = "plans"

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        self.add(QgsProcessingParameterString("AREA", self.label("AREA"), None, False, True))
        self.add_choice("KIND", list(KINDS), KINDS[0])
        self.add_choice("LANGUAGE", ["zh", "en"], language())
        self.add(QgsProcessingParameterBoolean("KEEP", self.label("KEEP"), False))
        templates = QgsProcessingParameterFile("TEMPLATES", self.label("TEMPLATES"), extension="json", optional=True)
        self.add(templates, advanced=True)
        self.add_template()
        self.add(QgsProcessingParameterFolderDestination("OUTPUT_FOLDER", self.label("OUTPUT_FOLDER")))
        self.addOutput(QgsProcessingOutputNumber("LETTERS", self.label("LETTERS")))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Write the letters; return the folder and how many there are."""
        folder = self.parameterAsString(parameters, "OUTPUT_FOLDER", context)
        store = self.store(parameters, context)
        try:
            done = write_letters(
                store,
                self.parameterAsString(parameters, "AREA", context).strip(),
                self.parameterAsString(parameters, "KIND", context),
                self.parameterAsString(parameters, "LANGUAGE", context),
                folder,
                keep=self.parameterAsBool(parameters, "KEEP", context),
                templates=self.parameterAsString(parameters, "TEMPLATES", context),
                template=self.parameterAsString(parameters, "TEMPLATE", context),
                progress=progress,
            )
        finally:
            store.close()
        if done.letters:
            progress.say(tr("{count} letters written to {folder}.", count=len(done.letters), folder=folder))
        else:
            progress.warn(tr("No talk of this area asks for such a letter; none was written."))
        return {"OUTPUT_FOLDER": folder, "LETTERS": len(done.letters)}
