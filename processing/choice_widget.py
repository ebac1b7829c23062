# SPDX-License-Identifier: GPL-2.0-or-later
"""The box of a choice in the dialog of an algorithm. Loaded by QGIS, only where there is a window."""

from __future__ import annotations

from typing import Any

from processing.gui.wrappers import DIALOG_BATCH, WidgetWrapper
from qgis.PyQt.QtWidgets import QComboBox, QLabel

from fullservice_plugin.processing.choices import choice_words


class ChoiceWrapper(WidgetWrapper):
    """Shows words, gives codes."""

    def createWidget(self, **_named: Any) -> QComboBox:  # noqa: N802 (the name QGIS asks for)
        """Return the box."""
        box = QComboBox()
        definition = self.parameterDefinition()
        for code in definition.options():
            box.addItem(choice_words(definition.name(), code), code)
        box.setToolTip(definition.help())
        box.currentIndexChanged.connect(lambda _row: self.widgetValueHasChanged.emit(self))
        return box

    def createLabel(self) -> Any:  # noqa: N802 (the name QGIS asks for)
        """Return the label with the help of the parameter; a batch has headings instead."""
        if self.dialogType == DIALOG_BATCH:
            return None
        label = QLabel(self.parameterDefinition().description())
        label.setToolTip(self.parameterDefinition().help())
        return label

    def setValue(self, value: Any) -> None:  # noqa: N802 (the name QGIS asks for)
        """Show a code."""
        row = self.widget.findData(value)
        if row >= 0:
            self.widget.setCurrentIndex(row)

    def value(self) -> Any:
        """Return the chosen code."""
        return self.widget.currentData()
