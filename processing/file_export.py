# SPDX-License-Identifier: GPL-2.0-or-later
"""What the algorithms that write a file from the store share."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.i18n import language
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.beside import workbook_beside


class FileExport(FullServiceAlgorithm):
    """Writes one file about ``SUBJECTS``, the text parameters that say what of the store it is about."""

    GROUP = "plans"
    WRITES = False
    SUBJECTS: tuple[str, ...] = ("PLAN_ID",)
    REQUIRED: tuple[str, ...] = ("PLAN_ID",)
    FILES = ""
    #: Whether a workbook of the same numbers stands beside the file.
    WORKBOOK = False
    #: Whether it is printed with a template.
    TEMPLATED = False

    @staticmethod
    def printer() -> Callable[..., Path]:
        """Return the service: (store, *subjects, language, output, progress=) → path of the file."""
        raise NotImplementedError

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        for name in self.SUBJECTS:
            self.add(QgsProcessingParameterString(name, self.label(name), None, False, name not in self.REQUIRED))
        self.add_choice("LANGUAGE", ["zh", "en"], language())
        self.define_further()
        if self.TEMPLATED:
            self.add_template()
        if self.WORKBOOK:
            self.add(QgsProcessingParameterBoolean("WORKBOOK", self.label("WORKBOOK"), True))
        self.add(QgsProcessingParameterFileDestination("OUTPUT", self.label("OUTPUT"), self.FILES))
        if self.WORKBOOK:
            self.addOutput(QgsProcessingOutputString("WORKBOOK_FILE", self.label("WORKBOOK_FILE")))

    def define_further(self) -> None:
        """Add the parameters that only this export has."""

    def further(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Return what the service takes beside the usual, by name."""
        return {}

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Write the file; return its path."""
        output = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        more: dict[str, str] = {}
        if self.WORKBOOK:
            wanted = self.parameterAsBool(parameters, "WORKBOOK", context)
            more["workbook"] = workbook_beside(output) if wanted else ""
        if self.TEMPLATED:
            more["template"] = self.parameterAsString(parameters, "TEMPLATE", context)
        subjects = [self.parameterAsString(parameters, name, context).strip() for name in self.SUBJECTS]
        store = self.store(parameters, context)
        try:
            path = self.printer()(
                store,
                *subjects,
                self.parameterAsString(parameters, "LANGUAGE", context),
                output,
                progress=progress,
                **more,
                **self.further(parameters, context),
            )
        finally:
            store.close()
        return {"OUTPUT": str(path), **({"WORKBOOK_FILE": more["workbook"]} if self.WORKBOOK else {})}


class PdfExport(FileExport):
    """Writes one document as a PDF."""

    SUBJECTS = ("AREA",)
    REQUIRED: tuple[str, ...] = ()
    FILES = "PDF (*.pdf)"
    TEMPLATED = True

    def flags(self) -> QgsProcessingAlgorithm.Flags:
        """Layouts are drawn in the main thread."""
        return super().flags() | QgsProcessingAlgorithm.Flag.FlagNoThreading
