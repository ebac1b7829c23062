# SPDX-License-Identifier: GPL-2.0-or-later
"""Icons of the plugin."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtGui import QIcon

RESOURCES = Path(__file__).resolve().parents[1] / "resources"


def icon(name: str = "icon") -> QIcon:
    """Return the icon ``resources/<name>.svg``."""
    return QIcon(str(RESOURCES / f"{name}.svg"))
