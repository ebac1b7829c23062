# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys of base maps: kept in QGIS' authentication database, put into a request when it leaves, never in a project."""

from __future__ import annotations

import re
from typing import Any, Iterable

from qgis.core import QgsApplication, QgsAuthMethodConfig, QgsMapLayer, QgsNetworkAccessManager
from qgis.PyQt.QtCore import QUrl

from fullservice_plugin.core.errors import InputError

_REFERENCE = re.compile(r"authcfg-([a-z0-9]{7})\b")


def keep_key(name: str, key: str) -> str:
    """Keep a key under a name; return what stands in an address for it.

    Raises InputError where the authentication database is switched off or was not opened.
    """
    config = QgsAuthMethodConfig("Basic")
    config.setName(name)
    config.setConfig("username", "key")
    config.setConfig("password", key)
    manager = QgsApplication.authManager()
    if manager.isDisabled() or not manager.storeAuthenticationConfig(config) or not config.id():
        raise InputError("The key was not kept: the authentication database of QGIS is locked or switched off. "
                         "Open it with its master password, then try again.")
    return f"authcfg-{config.id()}"


def references(layers: Iterable[QgsMapLayer]) -> set[str]:
    """Return the ids of the authentication configurations that layers refer to."""
    return {found for layer in layers for found in _REFERENCE.findall(layer.source())}


class KeyRing:
    """Puts keys into requests while it lives. Keys are read in the main thread, requests leave from any."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._handle = QgsNetworkAccessManager.setRequestPreprocessor(self._complete)

    def stop(self) -> None:
        """Forget the keys and let requests pass unchanged."""
        QgsNetworkAccessManager.removeRequestPreprocessor(self._handle)
        self._keys = {}

    def load(self, ids: Iterable[str]) -> list[str]:
        """Read keys from the authentication database (it may ask for its password); return the ids it does not have."""
        missing = []
        for one in ids:
            if one in self._keys:
                continue
            config = QgsAuthMethodConfig()
            if QgsApplication.authManager().loadAuthenticationConfig(one, config, True) and config.config("password"):
                self._keys[one] = config.config("password")
            else:
                missing.append(one)
        return missing

    def _complete(self, request: Any) -> None:
        address = request.url().toString(QUrl.ComponentFormattingOption.FullyEncoded)
        if "authcfg-" in address:
            request.setUrl(QUrl(_REFERENCE.sub(lambda found: self._keys.get(found.group(1), found.group(0)), address)))
