# SPDX-License-Identifier: GPL-2.0-or-later
"""A PDF and the workbook of the same numbers beside it: both written, and what somebody has changed in one kept."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Callable

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.i18n import tr, translate
from fullservice_plugin.plans.xlsx import is_ours


def workbook_beside(output: str) -> str:
    """Return the path of the workbook of a PDF: its name with .xlsx, or with a number where somebody changed that one.

    A workbook has prices to be tried out: one that a spreadsheet program has saved since is never replaced.
    """
    path = Path(output)
    if path.suffix.lower() != ".pdf":
        return ""  # the PDF itself is refused in plain words
    target, number = path.with_suffix(".xlsx"), 2
    while target.exists() and not _ours(target):
        target, number = path.with_name(f"{path.stem} ({number}).xlsx"), number + 1
    return str(target)


def _ours(path: Path) -> bool:
    try:
        return is_ours(path)
    except (OSError, zipfile.BadZipFile):
        return False


def write_both(path: Path, assembly: Any, workbook: str, progress: Progress) -> Path:
    """Print an ``Assembly`` to ``path`` and, where one is named, its ``workbook``: each whole or not at all.

    Returns ``path``. Raises OutputError where a file cannot be written.
    """
    from fullservice_plugin.plans.merge import write_whole
    from fullservice_plugin.plans.sections import report_workbook

    write_whole(path, assembly.run(progress))
    if workbook:
        write_workbook(workbook, report_workbook(assembly.document), progress)
    return path


def write_workbook(target: str, data: bytes, progress: Progress) -> None:
    """Write the workbook whole or not at all, and tell where it is. OutputError where it cannot be written."""
    from fullservice_plugin.plans.merge import write_whole

    progress.check()
    write_whole(Path(target), data)
    progress.say(tr("The same numbers as a workbook: {file}", file=target))


def words(language: str) -> Callable[..., str]:
    """Return the translator into a language."""

    def told(source: str, /, **values: Any) -> str:
        return translate(source, language, **values)

    return told
