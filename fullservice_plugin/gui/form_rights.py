# SPDX-License-Identifier: GPL-2.0-or-later
"""A form lets a person type only where the store would take it: asked in the background whenever a row is edited."""

from __future__ import annotations

from typing import Any, Callable

from qgis.core import QgsVectorLayer
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QGroupBox, QLabel, QWidget

from fullservice_plugin.gis.guard import BASE
from fullservice_plugin.gis.layers import STORE_PROPERTY, definition, key_of
from fullservice_plugin.gis.palette import ALERT_GROUND, DRAWN, INK
from fullservice_plugin.gui.background import Asking
from fullservice_plugin.services.form_rows import rights_on_row

NOTICE = "form_notice"


class FormRights:
    """Rights of one open form; ``text`` translates into the map's language. ``found`` is the last answer."""

    def __init__(self, form: Any, layer: QgsVectorLayer, text: Callable[..., str]) -> None:
        self._form, self._layer, self._text = form, layer, text
        self._asking = Asking()
        self._fid = -1
        self.found: Any = None
        layer.editingStarted.connect(self._again)
        layer.editingStopped.connect(self._hush)

    def stop(self) -> None:
        """Let go of question and layer."""
        self._asking.stop()
        if not sip.isdeleted(self._layer):
            self._layer.editingStarted.disconnect(self._again)
            self._layer.editingStopped.disconnect(self._hush)

    def ask(self, fid: int) -> None:
        """Ask about the row ``fid``; a new row and a layer that nobody edits need no answer."""
        self._fid = fid
        self.found = None
        self._open(True)
        self._hush()
        store = str(self._layer.customProperty(STORE_PROPERTY) or "")
        if fid < 0 or not store or not self._layer.isEditable():
            return
        table = definition(key_of(self._layer)).table
        self._asking.ask(self._text("Rights on this row"), store, lambda opened: rights_on_row(opened, table, fid),
                         self._answered, self._failed)

    def _again(self) -> None:
        QTimer.singleShot(0, lambda: self._alive() and self.ask(self._fid))  # once QGIS has enabled the editors

    def _alive(self) -> bool:
        return not sip.isdeleted(self._form) and not sip.isdeleted(self._layer)

    def _failed(self, _error: BaseException) -> None:
        """The store does not answer: the form stays open, and the store has the last word when the row is saved."""

    def _answered(self, found: Any) -> None:
        if not self._alive():
            return
        self.found = found
        names = [field.name() for field in self._layer.fields()]
        own = [name for name in names if name in found.columns and name != BASE]
        if not found.row or not own:
            self._open(False)
            self._say(self._why_closed(found, bool(own)))
            return
        closed = [name for name in names if name not in found.columns]
        for name in closed:
            for editor in self._form.findChildren(QWidget, name):
                editor.setEnabled(False)
        shown = [self._layer.attributeDisplayName(names.index(name)) for name in own]
        if len(own) <= 3:
            self._say(self._text("Your role changes only: {fields}.", fields=self._text(", ").join(shown)))

    def _why_closed(self, found: Any, any_column: bool) -> str:
        if not any_column:
            return self._text("Your role reads these rows and changes none of them.")
        if found.keeper:
            return self._text("This row is kept by {person}; you read it and change nothing.", person=found.keeper)
        return self._text("This row lies outside what your login may change.")

    def _open(self, wanted: bool) -> None:
        """Open or close all groups of the form; what stands in a closed one cannot be typed into."""
        for box in self._form.findChildren(QGroupBox):
            if box.objectName().startswith("group_"):
                box.setEnabled(wanted)

    def _say(self, sentence: str) -> None:
        label = self._form.findChild(QLabel, NOTICE)
        if label is not None:
            label.setText(sentence)
            label.setStyleSheet(f"background: {ALERT_GROUND}; color: {INK}; padding: 4px 8px;"
                                f" border-left: 4px solid {DRAWN};")
            label.setVisible(True)

    def _hush(self) -> None:
        label = None if sip.isdeleted(self._form) else self._form.findChild(QLabel, NOTICE)
        if label is not None:
            label.setVisible(False)
