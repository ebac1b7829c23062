# SPDX-License-Identifier: GPL-2.0-or-later
"""Algorithm ``exportnetwork``: the network of an access plan for other systems."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

from fullservice_plugin.processing.file_export import FileExport


class ExportNetwork(FileExport):
    """Writes routes, nodes, drops and access points of a plan as GeoPackage, KML, DXF or Open Fibre Data Standard."""

    ID = "exportnetwork"
    FILES = "GeoPackage (*.gpkg);;KML (*.kml);;DXF (*.dxf);;Open Fibre Data Standard (*.json)"

    @staticmethod
    def printer() -> Callable[..., Path]:
        """Return the service that writes it."""
        from fullservice_plugin.services.network_files import export_network

        return export_network
