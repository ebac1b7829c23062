# SPDX-License-Identifier: GPL-2.0-or-later
"""The Processing provider: every algorithm found in the group folders."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

from qgis.core import Qgis, QgsApplication, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import GROUPS, PLUGIN_ROOT, FullServiceAlgorithm


def algorithm_classes() -> list[type[FullServiceAlgorithm]]:
    """Return the algorithm classes of all groups, ordered by id.

    An algorithm whose libraries are missing is left out and said so in the log; the others still load.
    """
    found: dict[str, type[FullServiceAlgorithm]] = {}
    for group in GROUPS:
        for path in sorted((Path(__file__).resolve().parent / group).glob("[a-z]*.py")):
            try:
                module = importlib.import_module(f"fullservice_plugin.processing.{group}.{path.stem}")
            except ImportError as error:
                text = tr("The algorithm {name} cannot be loaded: {reason}", name=path.stem, reason=str(error))
                QgsApplication.messageLog().logMessage(text, "FullService", Qgis.MessageLevel.Critical)
                continue
            for _, member in inspect.getmembers(module, inspect.isclass):
                if issubclass(member, FullServiceAlgorithm) and member.ID and member.__module__ == module.__name__:
                    found[member.ID] = member
    return [found[key] for key in sorted(found)]


class FullServiceProvider(QgsProcessingProvider):
    """Algorithms of the Full-Service Battle Map."""

    def id(self) -> str:
        """Return the frozen provider id."""
        return "fullservice"

    def name(self) -> str:
        """Return the provider's name in the current language."""
        return tr("Full-Service Battle Map")

    def longName(self) -> str:  # noqa: N802
        """Return the provider's full name."""
        return self.name()

    def icon(self) -> QIcon:
        """Return the plugin's icon."""
        return QIcon(str(PLUGIN_ROOT / "resources" / "icon.svg"))

    def loadAlgorithms(self) -> None:  # noqa: N802
        """Register a fresh instance of each algorithm."""
        for algorithm in algorithm_classes():
            self.addAlgorithm(algorithm())
