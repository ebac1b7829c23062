# SPDX-License-Identifier: GPL-2.0-or-later
"""A table of the store as a CSV file that may be handed on: as the login sees it, people masked, nothing live in it."""
from __future__ import annotations

import csv
import os
import tempfile
from pathlib import Path
from typing import Any

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.core.catalogue.model import Field
from fullservice_plugin.core.errors import OutputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.spreadsheet import safe_cell
from fullservice_plugin.store import export
from fullservice_plugin.store.connection import Store


def export_table(store: Store, name: str, path: Path, language: str, progress: Progress = SILENT) -> int:
    """Write ``path`` (UTF-8 with mark) and return the number of rows. The file is there whole or not at all."""
    if not path.parent.is_dir():
        raise OutputError("The folder {folder} does not exist. Create it or choose another one.", folder=path.parent)
    table = export.table_of(name)
    count = 0
    handle, fresh = tempfile.mkstemp(prefix=".export-", suffix=".csv", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            rows = export.read(store, table)
            fields = export.columns(table)
            writer.writerow([_heading(field, language) for field in fields])
            for row in rows:
                if count % 1000 == 0:
                    progress.check()
                writer.writerow([safe_cell(_cell(field, value, language)) for field, value in zip(fields, row)])
                count += 1
        os.replace(fresh, path)
    finally:
        Path(fresh).unlink(missing_ok=True)
    return count


def _heading(field: Field, language: str) -> str:
    label = field.zh if language == "zh" else field.en
    return f"{label} [{field.unit}]" if field.unit else label


def _cell(field: Field, value: Any, language: str) -> Any:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return code_label(field.list, str(value), language) if field.list else value
