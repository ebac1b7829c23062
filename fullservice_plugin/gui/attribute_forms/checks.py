# SPDX-License-Identifier: GPL-2.0-or-later
"""A form says in sentences what keeps it from being saved, while the person types."""

from __future__ import annotations

from typing import Any, Callable

from qgis.core import QgsExpression, QgsExpressionContext, QgsExpressionContextUtils, QgsFeature, QgsVectorLayer
from qgis.PyQt.QtWidgets import QLabel

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.catalogue.rules import RULES
from fullservice_plugin.gis.forms import catalogue_field, is_computed
from fullservice_plugin.gis.layers import definition, key_of
from fullservice_plugin.gis.palette import ALERT_GROUND, INK

BROKEN = "form_broken"


class FormChecks:
    """Rules of one open form, tested on what stands in its editors; ``said`` are the sentences shown."""

    def __init__(self, form: Any, layer: QgsVectorLayer, text: Callable[..., str]) -> None:
        self._form, self._layer, self._text = form, layer, text
        self._spec = definition(key_of(layer))
        self._draft = QgsFeature()
        self.said: list[str] = []
        shown = [field.name() for field in layer.fields()]
        self._rules = [rule for rule in RULES if rule.test and rule.table == self._spec.table_of_labels
                       and rule.field in shown]
        self._tests = [QgsExpression(rule.test) for rule in self._rules]
        self._context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
        self._needed = [name for name in shown if self._is_needed(name)]

    def start(self, feature: QgsFeature) -> None:
        """Begin with another row."""
        self._draft = QgsFeature(feature)
        self._show([])

    def changed(self, name: str, value: Any) -> None:
        """Test the row with the new value of a field."""
        index = self._layer.fields().lookupField(name)
        if index < 0 or not self._draft.isValid():
            return
        self._draft.setAttribute(index, value)
        self._context.setFeature(self._draft)
        broken = [self._text(rule.template, **rule.words) for rule, test in zip(self._rules, self._tests)
                  if test.evaluate(self._context) == 0]  # 0 is false in SQL; unknown breaks no rule
        missing = [self._layer.attributeDisplayName(self._layer.fields().lookupField(name)) for name in self._needed
                   if plain_value(self._draft[name]) is None]
        if missing:
            broken.append(self._text("Still missing: {what}.", what=missing))
        self._show(list(dict.fromkeys(broken)))

    def _is_needed(self, name: str) -> bool:
        """Whether a field of the form must have a value that a person gives."""
        entry = catalogue_field(self._spec, name)
        return (entry is not None and entry.required and not entry.default and not is_computed(self._spec, name)
                and self._form.findChild(QLabel, f"label_{name}") is not None)

    def _show(self, said: list[str]) -> None:
        self.said = said
        label = self._form.findChild(QLabel, BROKEN)
        if label is not None:
            label.setText("\n".join(said))
            label.setStyleSheet(f"background: {ALERT_GROUND}; color: {INK}; padding: 4px 8px;")
            label.setVisible(bool(said))
