# SPDX-License-Identifier: GPL-2.0-or-later
"""What Qt or QGIS still works with is kept from Python's collector, even when the plugin is unloaded meanwhile."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import QObject


def keep(one: QObject, *what: Any) -> None:
    """Let ``what`` live until ``one`` is deleted in C++, ``one``'s own half in Python included; nothing: let go.

    A list of the running ones in a module would not do: the modules of an unloaded plugin are forgotten, and the
    collector takes list and all, in whatever thread it happens to run. It does not see into a property of Qt.
    """
    one.setProperty("fullservice_kept", what or None)  # a tuple stays a Python object there, a list would not
