# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents of a talk opened with whatever the computer has for them, from a copy that goes with the session."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """A folder of this session; its content goes when QGIS ends."""
    return tempfile.TemporaryDirectory(prefix="fullservice-")


def open_paper(name: str, content: bytes) -> Path:
    """Write a copy of a document, read-only, and open it; the document in the store stays as it was filed."""
    path = Path(_folder().name) / Path(name).name
    if path.exists():
        path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(0o400)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
    return path
