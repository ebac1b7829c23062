# SPDX-License-Identifier: GPL-2.0-or-later
"""QGIS without a window, with Processing and the staged plugin's provider: for demo and tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_kept: list[Any] = []  # QGIS dies with its application object


def start_qgis(home: Path) -> Any:
    """Return a QgsApplication with Processing and our provider; its profile lies in ``home``.

    The stage must be on ``sys.path``. QGIS' own package ``processing`` must not be shadowed.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QGIS_CUSTOM_CONFIG_PATH"] = str(home)
    runtime = home / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from qgis.core import QgsApplication

    application = QgsApplication.instance()
    if application is None:
        QgsApplication.setPrefixPath(os.environ.get("QGIS_PREFIX_PATH", "/usr"), True)
        application = QgsApplication([], True)
        application.initQgis()
        _kept.append(application)
    plugins = str(Path(QgsApplication.pkgDataPath()) / "python" / "plugins")
    if plugins not in sys.path:
        sys.path.append(plugins)
    from processing.core.Processing import Processing

    Processing.initialize()
    if QgsApplication.processingRegistry().providerById("fullservice") is None:
        from fullservice_plugin.processing.provider import FullServiceProvider

        application.fullservice_provider = FullServiceProvider()  # held: Python would drop it
        QgsApplication.processingRegistry().addProvider(application.fullservice_provider)
    return application
