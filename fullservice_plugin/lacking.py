# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands in for the plugin where a compiled library is missing that the ZIP cannot bring along."""

from __future__ import annotations

import importlib.util
import shutil
from typing import Any

from qgis.core import Qgis, QgsApplication

from fullservice_plugin.i18n import set_language, tr

#: Libraries with compiled parts that everything here is built on. QGIS for Windows has them all; the packages of QGIS
#: for Debian and Ubuntu do not ask for scipy and shapely.
NEEDED = ("numpy", "scipy", "shapely", "psycopg2")


def lacking() -> list[str]:
    """Return the needed libraries that this Python cannot find; nothing is imported to find out."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


class LackingPlugin:
    """Says in one sentence what to install, instead of an error for every part; nothing else is loaded."""

    def __init__(self, iface: Any, missing: list[str]) -> None:
        set_language(QgsApplication.locale())
        self.iface = iface
        self.text = (
            tr("Python libraries are missing. Run “sudo apt install {packages}”, then start QGIS again.",
               packages=" ".join(f"python3-{name}" for name in missing))
            if shutil.which("apt") else
            tr("Python libraries are missing. Run “python3 -m pip install {names}” with the Python of QGIS, then start "
               "QGIS again.", names=" ".join(missing)))

    def initProcessing(self) -> None:  # noqa: N802 (the name QGIS asks for)
        """Say it in the log, which is what ``qgis_process`` prints."""
        QgsApplication.messageLog().logMessage(self.text, "FullService", Qgis.MessageLevel.Critical)

    def initGui(self) -> None:  # noqa: N802 (the name QGIS asks for)
        """Say it in the message bar, where it stays."""
        self.initProcessing()
        self.iface.messageBar().pushMessage(tr("Full-Service Battle Map"), self.text, Qgis.MessageLevel.Critical, 0)

    def unload(self) -> None:
        """Nothing was added, so nothing is left to remove."""
