# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportnegotiations``: the PDF about the property talks of an area."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

from fullservice_plugin.processing.file_export import PdfExport
from fullservice_plugin.services.reports import export_negotiations


class ExportNegotiations(PdfExport):
    """Writes where every talk of an area stands, what is next and which agreements end, with a map."""

    ID = "exportnegotiations"
    WORKBOOK = True

    @staticmethod
    def printer() -> Callable[..., Path]:
        """Return the service that prints it."""
        return export_negotiations
