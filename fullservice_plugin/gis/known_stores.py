# SPDX-License-Identifier: GPL-2.0-or-later
"""Which stores a user can choose: saved PostgreSQL connections and services of pg_service.conf."""

from __future__ import annotations

import configparser
import os
from pathlib import Path

from qgis.core import QgsProject, QgsProviderConnectionException, QgsProviderRegistry, QgsSettings

from fullservice_plugin.gis.layers import STORE_VARIABLE
from fullservice_plugin.gis.settings import STORE

LAST = "fullservice/store"


def service_files() -> list[Path]:
    """Return the service files that libpq would read."""
    named = os.environ.get("PGSERVICEFILE")
    places = [Path(named)] if named else [Path.home() / ".pg_service.conf"]
    system = os.environ.get("PGSYSCONFDIR")
    if system:
        places.append(Path(system) / "pg_service.conf")
    return [place for place in places if place.is_file()]


def services() -> list[str]:
    """Return the names of the pg services; their contents stay unread here."""
    found: list[str] = []
    for place in service_files():
        reader = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            reader.read(place, encoding="utf-8")
        except configparser.Error:
            continue
        found.extend(name for name in reader.sections() if name not in found)
    return found


def saved_connections() -> list[str]:
    """Return the names of the PostgreSQL connections saved in QGIS."""
    metadata = QgsProviderRegistry.instance().providerMetadata("postgres")
    try:
        return sorted(metadata.connections(False))
    except QgsProviderConnectionException:
        return []


def store_names() -> list[str]:
    """Return every store a user can choose: saved connections first, then services."""
    saved = saved_connections()
    return saved + [name for name in services() if name not in saved]


def last_store() -> str:
    """Return the store to offer first: the one of the settings, else the one used last; empty at first."""
    return str(STORE.read()) or str(QgsSettings().value(LAST, "") or "")


def store_of_map() -> str:
    """Return the store of the open battle map; empty without one."""
    return str(QgsProject.instance().customVariables().get(STORE_VARIABLE) or "")


def store_at_hand() -> str:
    """Return the store of the open battle map, else the one to offer first; empty when there is none."""
    return store_of_map() or last_store()


def remember_store(name: str) -> None:
    """Remember the store used last."""
    QgsSettings().setValue(LAST, name)
