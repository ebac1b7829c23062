# SPDX-License-Identifier: GPL-2.0-or-later
"""Steps of the driver in a QGIS with stock Python packages: a plan as PDF, another version over this one, none."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pyplugin_installer
import qgis.utils
from qgis.core import QgsApplication
from qgis.PyQt.QtWidgets import QDockWidget
from qgis.utils import iface

NAME = "fullservice_plugin"


def installed() -> Path:
    """The plugin's folder in the profile."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "python" / "plugins" / NAME


def profile_files() -> list[str]:
    """What lies in the profile, but for settings and what Python itself writes."""
    home = Path(QgsApplication.qgisSettingsDirPath())
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()
                  and path.suffix != ".ini" and "cache" not in str(path).lower())


def put(archive: str) -> None:
    """Install a ZIP with QGIS' own installer."""
    pyplugin_installer.instance().installFromZipFile(archive)


def stock(driver, found: dict, tour: dict) -> None:
    """Which libraries this Python finds, and what it prints with them."""
    import processing

    found["stock_path"] = [entry for entry in sys.path if "vendor" in entry]
    found["stock_last_finder"] = type(sys.meta_path[-1]).__name__
    target = Path(tour["maps"]) / "plan.pdf"
    target.parent.mkdir(exist_ok=True)
    processing.run("fullservice:exportplan", {
        "STORE": tour["store"], "PLAN_ID": tour["plan"], "LANGUAGE": tour["language"], "OUTPUT": str(target)})
    found["stock_pdf"] = str(target)
    for name in ("reportlab", "pypdf"):
        found[f"stock_{name}"] = str(Path(importlib.import_module(name).__file__).parent)
    found["stock_folder"] = str(installed().resolve())
    found["stock_pillow"] = "PIL" in sys.modules or "PIL.Image" in sys.modules
    driver.picture("stock")


def versions(driver, found: dict, tour: dict) -> None:
    """An older ZIP over this one, this one over the older; then none."""
    for name in ("old", "zip"):
        put(tour[name])
        driver.settle()
        toolbox = importlib.import_module(f"{NAME}.gui.toolbox")
        found[f"version_{name}"] = [
            qgis.utils.pluginMetadata(NAME, "version"), getattr(toolbox, "MARK", None),
            (installed() / "core" / "only_old.py").exists(), NAME in qgis.utils.active_plugins,
        ]
        if name == "old":
            importlib.import_module(f"{NAME}.core.only_old")
        else:
            found["version_stale"] = stale_modules()
    pyplugin_installer.instance().uninstallPlugin(NAME, quiet=True)
    driver.settle()
    found["gone_folder"] = installed().exists()
    found["gone_modules"] = sorted(name for name, module in list(sys.modules.items()) if name.split(".")[0] == NAME
                                   or NAME in (getattr(module, "__file__", None) or ""))
    found["gone_finders"] = [kind for kind in map(lambda finder: type(finder).__name__, sys.meta_path)
                             if kind == "VendorFinder"]
    found["gone_paths"] = [entry for entry in sys.path if NAME in entry]
    found["gone_windows"] = driver.inventory()
    found["gone_files"] = [path for path in profile_files() if "fullservice" in path.lower()]


def stale_modules() -> list[str]:
    """Our modules in memory whose file is gone, or is not what it was when they were loaded."""
    wrong = []
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None) or ""
        if f"{os.sep}{NAME}{os.sep}" in place and (not Path(place).exists() or getattr(module, "MARK", "") == "old"):
            wrong.append(name)
    return wrong


def lacking(driver, found: dict, tour: dict) -> None:
    """Installed where a compiled library is missing: one sentence, no error."""
    put(tour["zip"])
    driver.settle()
    found["lacking_said"] = [item.text() for item in iface.messageBar().items()]
    found["lacking_added"] = driver.inventory()
    driver.picture("lacking")
    found["lacking_unloaded"] = qgis.utils.unloadPlugin(NAME)


def unzipped(driver, found: dict, tour: dict) -> None:
    """Unpacked into the profile by hand and switched on: QGIS starts with it."""
    window = iface.mainWindow()
    found["unzipped_active"] = NAME in qgis.utils.active_plugins
    docks = [dock for dock in window.findChildren(QDockWidget) if dock.objectName().startswith("FullService")]
    first = next(dock for dock in docks if dock.objectName() == "FullServiceWorkbench")
    right = [dock for dock in docks if window.dockWidgetArea(dock) == window.dockWidgetArea(first)]
    found["unzipped_apart"] = [dock.objectName() for dock in right
                               if dock is not first and dock not in window.tabifiedDockWidgets(first)]
    kept = bytes(window.saveState())
    found["unzipped_unkept"] = [dock.objectName() for dock in docks
                                if dock.objectName().encode("utf-16-be") not in kept]
    for dock in docks:
        dock.show()
        driver.settle(0.1)
    found["unzipped_height"] = window.height()
    driver.picture("unzipped")
