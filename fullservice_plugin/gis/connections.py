# SPDX-License-Identifier: GPL-2.0-or-later
"""From the name of a saved QGIS connection or pg service to an open store or a layer's address."""

from __future__ import annotations

from qgis.core import QgsDataSourceUri, QgsProviderConnectionException, QgsProviderRegistry

from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.store.connection import Store


def connection_uri(name: str) -> QgsDataSourceUri:
    """Return the address of the store called ``name``: a saved PostgreSQL connection, else a pg service.

    Credentials stay in authcfg or the service file. Raises StoreError for an empty name.
    """
    if not name.strip():
        raise StoreError("No store is named. Give the name of a PostgreSQL connection or of a pg service.")
    metadata = QgsProviderRegistry.instance().providerMetadata("postgres")
    try:
        saved = metadata.connections(False)
    except QgsProviderConnectionException as error:
        raise StoreError("The saved connections cannot be read: {reason}", reason=str(error)) from None
    if name in saved:
        return QgsDataSourceUri(saved[name].uri())
    uri = QgsDataSourceUri()
    uri.setConnection(name, "", "", "")
    return uri


def open_store(name: str, write: bool = True) -> Store:
    """Return an open, version-checked store for the connection or service ``name``; ``write`` off: to read only."""
    store = connect(name)
    try:
        store.require_version(write)
    except StoreError:
        store.close()
        raise
    return store


def connect(name: str) -> Store:
    """Return a connection without looking at the installed version (to install or upgrade)."""
    uri = connection_uri(name)
    dsn = uri.connectionInfo(True)  # expands authcfg: never log it
    return Store.connect(dsn, name)


def table_uri(name: str, schema: str, table: str, geometry: str = "", key: str = "fid", where: str = "") -> str:
    """Return the layer address of a table of the store; credentials are not expanded into it."""
    uri = connection_uri(name)
    uri.setDataSource(schema, table, geometry or None, where, key)
    uri.setUseEstimatedMetadata(True)
    return uri.uri(False)
