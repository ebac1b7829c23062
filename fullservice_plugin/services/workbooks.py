# SPDX-License-Identifier: GPL-2.0-or-later
"""Workbooks of a store's plans: written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from fullservice_plugin.core.errors import OutputError, ParameterError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.plans.merge import write_whole
from fullservice_plugin.plans.plan_workbook import plan_workbook
from fullservice_plugin.services.beside import words
from fullservice_plugin.services.plans import read_access_plan
from fullservice_plugin.store.connection import Store


def export_workbook(store: Store, plan_id: str, language: str, output: str, *, progress: Progress = SILENT) -> Path:
    """Write the bill of quantities of the plan ``plan_id`` (code or uuid) as XLSX and return its path.

    Raises InputError where the plan is not there for this login, OutputError where the file cannot be written.
    """
    if not output.strip():
        raise ParameterError("No output file is named. Give the path of an XLSX file.")
    path = Path(output)
    if path.suffix.lower() != ".xlsx":
        raise OutputError("The workbook is XLSX: the file name must end in .xlsx, found {file}.", file=output)
    plan = read_access_plan(store, plan_id, "", language)
    progress.step(0.5)
    data = plan_workbook(plan, language, words(language))
    progress.check()
    write_whole(path, data)
    progress.step(1.0)
    return path
