# SPDX-License-Identifier: GPL-2.0-or-later
"""What the algorithms that write a PDF from the store share."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.i18n import language
from fullservice_plugin.processing.base import FullServiceAlgorithm


class PdfExport(FullServiceAlgorithm):
    """Writes one document about ``SUBJECTS``, the text parameters that say what of the store it is about."""

    GROUP = "plans"
    WRITES = False
    SUBJECTS: tuple[str, ...] = ("AREA",)
    REQUIRED: tuple[str, ...] = ()

    @staticmethod
    def printer() -> Callable[..., Path]:
        """Return the service: (store, *subjects, language, output, progress=) → path of the PDF."""
        raise NotImplementedError

    def flags(self) -> QgsProcessingAlgorithm.Flags:
        """Layouts are drawn in the main thread."""
        return super().flags() | QgsProcessingAlgorithm.Flag.FlagNoThreading

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        for name in self.SUBJECTS:
            self.add(QgsProcessingParameterString(name, self.label(name), None, False, name not in self.REQUIRED))
        self.add_choice("LANGUAGE", ["zh", "en"], language())
        self.add(QgsProcessingParameterFileDestination("OUTPUT", self.label("OUTPUT"), "PDF (*.pdf)"))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Write the PDF; return its path."""
        subjects = [self.parameterAsString(parameters, name, context).strip() for name in self.SUBJECTS]
        store = self.store(parameters, context)
        try:
            path = self.printer()(
                store,
                *subjects,
                self.parameterAsString(parameters, "LANGUAGE", context),
                self.parameterAsFileOutput(parameters, "OUTPUT", context),
                progress=progress,
            )
        finally:
            store.close()
        return {"OUTPUT": str(path)}
