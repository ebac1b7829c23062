# SPDX-License-Identifier: GPL-2.0-or-later
"""``fullservice_shown(layer, id, field)`` in expressions: what a row holds in the store, as far as the window knows.

Rules of a form that compare with the stored row would read it in the window's thread, over and over; while the plugin
runs they are told what the form read when it was opened.
"""

from __future__ import annotations

from typing import Any

from qgis.core import QgsExpression, QgsExpressionFunction

from fullservice_plugin.compat import plain_value
from fullservice_plugin.gis.forms import SHOWN
from fullservice_plugin.gis.guard import known_row


class ShownValue(QgsExpressionFunction):
    """The function; NULL for a row that no form shows and nobody edits: then the store has the last word."""

    def __init__(self) -> None:
        super().__init__(SHOWN, 3, "fullservice", handlesNull=True)

    def func(self, values: list[Any], _context: Any, _parent: Any, _node: Any) -> Any:
        """Answer for a layer's id, a row's id and the name of a field; for none of them, that there is an answer."""
        layer, fid, field = map(plain_value, values)
        if layer is None:
            return True
        if fid is None:
            return None
        row = known_row(str(layer), int(fid))
        if row is None or row.fields().lookupField(field) < 0:
            return None
        return plain_value(row[field])


def register() -> ShownValue:
    """Let expressions know the function; keep what is returned as long as they do."""
    QgsExpression.unregisterFunction(SHOWN)
    made = ShownValue()
    QgsExpression.registerFunction(made)
    return made


def unregister() -> None:
    """Take the function back; the rules read the stored row again."""
    QgsExpression.unregisterFunction(SHOWN)
