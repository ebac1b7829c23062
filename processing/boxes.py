# SPDX-License-Identifier: GPL-2.0-or-later
"""Boxes of our own in the dialogs of algorithms. Loaded by QGIS, only where there is a window."""

from __future__ import annotations

from typing import Any

from processing.gui.wrappers import DIALOG_BATCH, DIALOG_MODELER, WidgetWrapper
from qgis.core import QgsProcessingOutputString, QgsProcessingParameterEnum, QgsProcessingParameterString
from qgis.PyQt.QtWidgets import QComboBox, QLabel

from fullservice_plugin.gis.known_stores import store_at_hand, store_names
from fullservice_plugin.processing.choices import choice_words


class _Box(WidgetWrapper):
    """What both share: a label with the help of the parameter, and the inputs of a model beside fixed values."""

    def _add_inputs(self, box: QComboBox) -> None:
        """In the dialog of a model's step, offer what the model asks for or an earlier step told."""
        if self.dialogType == DIALOG_MODELER:
            kinds = [QgsProcessingParameterString, QgsProcessingParameterEnum]
            for source in self.dialog.getAvailableValuesOfType(kinds, [QgsProcessingOutputString]):
                box.addItem(self.dialog.resolveValueDescription(source), source)

    def createLabel(self) -> Any:  # noqa: N802 (the name QGIS asks for)
        """Return the label with the help of the parameter; a batch has headings instead."""
        if self.dialogType == DIALOG_BATCH:
            return None
        label = QLabel(self.parameterDefinition().description())
        label.setToolTip(self.parameterDefinition().help())
        return label


class ChoiceBox(_Box):
    """Shows words, gives codes."""

    def createWidget(self, **_named: Any) -> QComboBox:  # noqa: N802 (the name QGIS asks for)
        """Return the box."""
        box = QComboBox()
        definition = self.parameterDefinition()
        for code in definition.options():
            box.addItem(choice_words(definition.name(), code), code)
        self._add_inputs(box)
        box.setToolTip(definition.help())
        box.currentIndexChanged.connect(lambda _row: self.widgetValueHasChanged.emit(self))
        return box

    def setValue(self, value: Any) -> None:  # noqa: N802 (the name QGIS asks for)
        """Show a code, or an input of a model."""
        self.setComboValue(value)

    def value(self) -> Any:
        """Return the chosen code."""
        return self.widget.currentData()


class StoreBox(_Box):
    """Offers the stores this computer knows, the one at hand first where the parameter asks for it; takes any name."""

    def createWidget(self, **named: Any) -> QComboBox:  # noqa: N802 (the name QGIS asks for)
        """Return the box."""
        box = QComboBox()
        box.setEditable(True)
        box.addItems(store_names())
        self._add_inputs(box)
        offered = named.get("at_hand") and self.dialogType != DIALOG_MODELER
        box.setCurrentText(store_at_hand() if offered else "")
        box.setToolTip(self.parameterDefinition().help())
        box.currentTextChanged.connect(lambda _text: self.widgetValueHasChanged.emit(self))
        return box

    def setValue(self, value: Any) -> None:  # noqa: N802 (the name QGIS asks for)
        """Show a name, or an input of a model; no value leaves what is offered."""
        if value:
            self.setComboValue(value)

    def value(self) -> Any:
        """Return the name, or the input of a model."""
        return self.comboValue()
