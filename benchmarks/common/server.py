# SPDX-License-Identifier: GPL-2.0-or-later
"""The private PostGIS of the checkout, and QGIS without a window, for benchmarks that need them."""

from __future__ import annotations

import os
import sys
from typing import Any

from stage import ROOT


def private_server() -> Any:
    """Start the server and let libpq find its services; returns its ``tools/cluster.py`` object."""
    sys.path.append(str(ROOT / "tools"))
    from cluster import Cluster

    cluster = Cluster()
    cluster.start()
    cluster.wait_for_disk(True)  # tests that were killed may have left it off
    os.environ["PGSERVICEFILE"] = str(cluster.service_file)
    return cluster


def qgis() -> Any:
    """Start QGIS; it lives as long as what is returned."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from qgis.core import QgsApplication

    application = QgsApplication([], False)
    application.initQgis()
    return application
