# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of the log for support: versions, settings, what was written. Scrubbed as one, so that nothing slips by."""

from __future__ import annotations

import configparser
import getpass
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

from osgeo import gdal
from qgis.core import Qgis, QgsApplication, QgsSettings
from qgis.PyQt.QtCore import PYQT_VERSION_STR, qVersion

from fullservice_plugin.core.scrub import scrub
from fullservice_plugin.gis import settings
from fullservice_plugin.i18n import language

METADATA = Path(__file__).resolve().parents[2] / "metadata.txt"
_LIBRARIES = ("numpy", "scipy", "shapely", "psycopg2", "reportlab", "pypdf", "numba")


def plugin_version() -> str:
    """Return the version of the plugin as its metadata say."""
    reader = configparser.ConfigParser(interpolation=None)
    reader.read(METADATA, encoding="utf-8")
    return reader.get("general", "version", fallback="?")


def versions() -> list[tuple[str, str]]:
    """Return (name, version) of everything on this computer that the plugin stands on."""
    found = [
        ("Full-Service Battle Map", plugin_version()), ("QGIS", Qgis.version()), ("Qt", qVersion()),
        ("PyQt", PYQT_VERSION_STR), ("Python", platform.python_version()), ("GDAL", gdal.__version__),
        ("System", platform.platform()), ("Locale of QGIS", QgsApplication.locale()), ("Language", language()),
    ]
    for name in _LIBRARIES:
        try:
            module = __import__(name)
        except ImportError:
            found.append((name, "not installed"))
        else:
            found.append((name, str(getattr(module, "__version__", getattr(module, "Version", "?")))))
    return found


def kept_settings() -> list[tuple[str, str]]:
    """Return our settings that differ from their defaults, and whatever else stands under ``fullservice/``."""
    known = {setting.path for setting in settings.ALL}
    found = [(one.path, str(one.read())) for one in settings.ALL if one.read() != one.default]
    reader = QgsSettings()
    reader.beginGroup("fullservice")
    others = [f"fullservice/{key}" for key in reader.allKeys()]
    reader.endGroup()
    return found + [(path, str(QgsSettings().value(path, ""))) for path in sorted(others) if path not in known]


def known_people() -> list[str]:
    """Return what this computer calls its user."""
    names = [QgsApplication.userFullName(), QgsApplication.userLoginName()]
    try:
        names.append(getpass.getuser())
    except (KeyError, OSError):  # no such user is known to the system
        pass
    return [name for name in names if name and name != "root"]


def compose(lines: Iterable[str], store: Sequence[tuple[str, str]], people: Iterable[str]) -> str:
    """Return the whole text: this computer, the store (``store``: name and value), settings, log; scrubbed."""
    def section(title: str, rows: Iterable[tuple[str, str]]) -> list[str]:
        return [f"== {title}", *(f"{name}: {value}" for name, value in rows), ""]

    text = [*section("Versions", versions()), *section("Store", store), *section("Settings", kept_settings()),
            "== Log", *lines]
    return scrub("\n".join(text), [*people, *known_people()]) + "\n"
