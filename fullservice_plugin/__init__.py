# SPDX-License-Identifier: GPL-2.0-or-later
"""Full-Service Battle Map (全业务作战地图): QGIS plugin entry point."""

from __future__ import annotations

from typing import Any

from fullservice_plugin import vendoring

vendoring.install()


def classFactory(iface: Any) -> Any:  # noqa: N802 (the name QGIS asks for)
    """Return the plugin object; ``iface`` is QGIS' interface."""
    from fullservice_plugin.lacking import LackingPlugin, lacking

    vendoring.install()
    if missing := lacking():
        return LackingPlugin(iface, missing)
    from fullservice_plugin.plugin import FullServicePlugin

    return FullServicePlugin(iface)
