# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportcompetition``: the PDF about the rivals in an area."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

from fullservice_plugin.processing.file_export import PdfExport
from fullservice_plugin.services.reports import export_competition


class ExportCompetition(PdfExport):
    """Writes who is where in an area, since when, on what evidence, with shares, threat and a map."""

    ID = "exportcompetition"
    WORKBOOK = True

    @staticmethod
    def printer() -> Callable[..., Path]:
        """Return the service that prints it."""
        return export_competition
