# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportworkbook``: the bill of quantities of an access plan with live formulas."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

from fullservice_plugin.processing.file_export import FileExport


class ExportWorkbook(FileExport):
    """Writes prices, bill, cabinets, boxes, estates and buildings of a plan as XLSX; every sum follows the prices."""

    ID = "exportworkbook"
    FILES = "XLSX (*.xlsx)"

    @staticmethod
    def printer() -> Callable[..., Path]:
        """Return the service that writes it."""
        from fullservice_plugin.services.workbooks import export_workbook

        return export_workbook
