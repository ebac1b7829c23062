# SPDX-License-Identifier: GPL-2.0-or-later
"""Fields of one open form that offer rows by name: those of the row's estate; new ones as soon as they are known."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import QgsFeature, QgsVectorLayer
from qgis.PyQt.QtWidgets import QComboBox

from fullservice_plugin.compat import plain_value
from fullservice_plugin.gui.attribute_forms.editors import EMPTY, offer_only
from fullservice_plugin.gui.attribute_forms.name_lists import NULL, current
from fullservice_plugin.services.name_lists import Name

_ESTATE = "estate_id"


class FormNames:
    """``find`` returns the form's combo box of a field, None where it has none."""

    def __init__(self, layer: QgsVectorLayer, find: Callable[[str], Optional[QComboBox]]) -> None:
        self._layer, self._find = layer.id(), find
        self._lists = current()
        self._estate = ""
        if self._lists is not None:
            self._lists.changed.connect(self._changed)

    def stop(self) -> None:
        """Let go of the lists."""
        if self._lists is not None:
            self._lists.changed.disconnect(self._changed)
            self._lists = None

    def shown(self, feature: QgsFeature) -> None:
        """Offer what belongs to the row shown."""
        index = feature.fields().lookupField(_ESTATE)
        self._estate = str(plain_value(feature[_ESTATE]) or "") if index >= 0 else ""
        self._narrow()

    def edited(self, name: str, value: Any) -> None:
        """Offer what belongs to another estate."""
        if name == _ESTATE:
            self._estate = str(plain_value(value) or "")
            self._narrow()

    def _narrow(self) -> None:
        """Show the choices of the estate, the empty one and the one that is chosen."""
        if self._lists is None:
            return
        offered, narrowed = self._lists.offered(self._layer), self._lists.by_estate(self._layer)
        for field in narrowed & set(offered):
            combo = self._find(field)
            if combo is not None:
                codes = {name.key for name in offered[field] if name.estate == self._estate}
                offer_only(combo, codes | {NULL, str(combo.currentData())})

    def _changed(self) -> None:
        """Add what is new, and call by its new name what was renamed; what is chosen stays."""
        for field, names in self._lists.offered(self._layer).items():
            combo = self._find(field)
            if combo is not None and combo.findData(NULL) >= 0:  # opened before the list was known: QGIS filled it
                _add(combo, names)
        self._narrow()


def _add(combo: QComboBox, names: tuple[Name, ...]) -> None:
    rows = {str(combo.itemData(row)): row for row in range(combo.count())}
    for name in names:
        if name.key in rows:
            combo.setItemText(rows[name.key], name.shown or EMPTY)
        else:
            combo.addItem(name.shown or EMPTY, name.key)
