# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportweekly``: the week of an area's grids as PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

from fullservice_plugin.processing.file_export import PdfExport
from fullservice_plugin.services.weekly import export_weekly


class ExportWeekly(PdfExport):
    """Writes what moved in the last seven days, by grid, and whom to talk to first."""

    ID = "exportweekly"
    WORKBOOK = True

    @staticmethod
    def printer() -> Callable[..., Path]:
        """Return the service that prints it."""
        return export_weekly
