# SPDX-License-Identifier: GPL-2.0-or-later
"""A form lets a person type only where the store would take it: asked in the background whenever a row is edited.

Until the store has answered the form is closed, for a moment at most: nobody types what is taken away again.
"""

from __future__ import annotations

from typing import Any

from qgis.core import QgsVectorLayer
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QComboBox, QLabel, QWidget

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.core.catalogue.states import machine_of, state_label
from fullservice_plugin.gis.form_groups import MINE
from fullservice_plugin.gis.forms import is_computed, not_by_hand
from fullservice_plugin.gis.guard import BASE
from fullservice_plugin.gis.layers import STORE_PROPERTY, definition, key_of
from fullservice_plugin.gis.palette import ALERT_GROUND, DRAWN, INK
from fullservice_plugin.gui.attribute_forms.editors import offer_only
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.services.form_rows import new_row_of, rights_on_row

NOTICE = "form_notice"
#: How long a form waits for the store before it opens all the same, in ms: the store has the last word anyway.
PATIENCE = 1500


class FormRights:
    """Rights of one open form, whose ``logic`` knows its widgets; ``found`` is the last answer about a stored row."""

    def __init__(self, logic: Any, form: Any, layer: QgsVectorLayer) -> None:
        self._logic, self._form, self._layer, self._text = logic, form, layer, logic.text
        self._spec = definition(key_of(layer))
        self._asking = Asking()
        self._closed: list[QWidget] = []
        self._fid = -1
        self._asked = 0
        self.found: Any = None
        layer.editingStarted.connect(self._again)
        layer.afterCommitChanges.connect(self._again)
        layer.editingStopped.connect(self._stopped)

    def stop(self) -> None:
        """Let go of question and layer."""
        self._asking.stop()
        if not sip.isdeleted(self._layer):
            self._layer.editingStarted.disconnect(self._again)
            self._layer.afterCommitChanges.disconnect(self._again)
            self._layer.editingStopped.disconnect(self._stopped)

    def ask(self, fid: int) -> None:
        """Ask about the row ``fid``, or about new rows; a layer that nobody edits needs no answer."""
        self._fid, self.found = fid, None
        self._asked += 1
        self._reopen()
        store = str(self._layer.customProperty(STORE_PROPERTY) or "")
        if not store or not self._layer.isEditable():
            if store and not self._layer.supportsEditing():
                self._say(self._text("Your role reads these rows and changes none of them."))
            return
        table, number = self._spec.table, self._asked
        self._open(False)
        QTimer.singleShot(PATIENCE, lambda: self._alive() and self._asking.busy and number == self._asked
                          and self._open(True))
        if fid < 0:
            self._asking.ask(self._text("Rights on this row"), store, lambda opened: new_row_of(opened, table),
                             self._begin, self._failed)
        else:
            self._asking.ask(self._text("Rights on this row"), store, lambda opened: rights_on_row(opened, table, fid),
                             self._answered, self._failed)

    def _again(self) -> None:
        QTimer.singleShot(0, lambda: self._alive() and self.ask(self._fid))  # once QGIS has enabled the editors

    def _stopped(self) -> None:
        if self._alive():
            self._reopen()

    def _alive(self) -> bool:
        return not sip.isdeleted(self._form) and not sip.isdeleted(self._layer)

    def _failed(self, _error: BaseException) -> None:
        """The store does not answer: the form opens, and the store has the last word when the row is saved."""
        if self._alive():
            self._open(True)

    def _answered(self, found: Any) -> None:
        if not self._alive():
            return
        self.found = found
        names = [field.name() for field in self._layer.fields()]
        granted = [name for name in names if name in found.granted and name != BASE]
        if not found.row or not granted:
            self._say(self._why_closed(found, bool(granted)))
            return
        self._open(True)
        own = [name for name in granted if name in found.columns]
        self._close([name for name in names if name not in found.columns])
        said = self._why_shut(found, granted)
        if not said and len(own) <= 3:
            shown = [self._layer.attributeDisplayName(names.index(name)) for name in own]
            said.append(self._text("Your role changes only: {fields}.", fields=shown))
        said += self._steps(found, own)
        if said:
            self._say("\n".join(said))
        self._logic.rights_known(found)

    def _why_shut(self, found: Any, granted: list[str]) -> list[str]:
        """Why columns that the role may change otherwise are closed in this row."""
        shown = {name for name in granted if not is_computed(self._spec, name)}
        return list(dict.fromkeys(
            self._text(closure.sentence(why), state=self._state(closure.machine, why))
            for closure, why in found.closed if shown & set(closure.columns())))

    def _steps(self, found: Any, own: list[str]) -> list[str]:
        """Offer the steps that are open to the login; say whose the next step is where there is none."""
        machine = machine_of(self._spec.table)
        if machine is None or machine.column not in own or not found.state:
            return []
        combo = self._logic.find(QComboBox, machine.column)
        if combo is not None:
            offer_only(combo, {found.state, *found.steps})
        if found.steps:
            return []
        self._close([machine.column])
        state = self._state(machine.code, found.state)
        if not found.movers:
            return [self._text("“{state}” is the last state.", state=state)]
        roles = [code_label("role", role, self._logic.language) for role in found.movers]
        return [self._text("The next step from “{state}” is taken by: {roles}.", state=state, roles=roles)]

    def _begin(self, found: Any) -> None:
        """A new row: whether it may be added here at all, and the person's own name where it belongs."""
        if not self._alive():
            return
        feature = self._form.feature()
        if not_by_hand(self._spec):
            self._say(self._text("Rows of this kind are made by planning and imports, not by hand."))
        elif not found.may:
            self._say(self._text("Your role adds no rows here."))
        elif self._spec.key == "attachment" and plain_value(feature["subject_id"]) is None:
            self._say(self._text("Open what the document belongs to, and add it under its attachments."))
        else:
            self._open(True)
            for name, roles in MINE.get(self._spec.key, ()):
                value = found.staff if name.endswith("_staff_id") else found.login
                if value and (not roles or found.role in roles) and plain_value(feature[name]) is None:
                    self._form.changeAttribute(name, value)

    def _state(self, machine: str, state: str) -> str:
        return state_label(machine, state, self._logic.language) if machine else state

    def _why_closed(self, found: Any, any_column: bool) -> str:
        if not any_column and TABLES[self._spec.table].append_only:
            return self._text("What was recorded here is never changed.")
        if not any_column:
            return self._text("Your role reads these rows and changes none of them.")
        if found.keeper:
            return self._text("This row is kept by {person}, so you can only read it. Ask {person} to change it or to "
                              "hand it over.", person=found.keeper)
        if found.branch is None:
            return self._text("This row belongs to all branches; an administrator changes it.")
        return self._text("This row lies outside what your login may change.")

    def _close(self, names: list[str]) -> None:
        for name in names:
            editor = self._logic.find(QWidget, name)
            if editor is not None and editor.isEnabled():
                editor.setEnabled(False)
                self._closed.append(editor)

    def _reopen(self) -> None:
        """Take back what was closed for the row before."""
        for editor in self._closed:
            if self._layer.isEditable() and not sip.isdeleted(editor):
                editor.setEnabled(True)
        self._closed = []
        self._open(True)
        label = self._logic.find(QLabel, NOTICE)
        if label is not None:
            label.setVisible(False)

    def _open(self, wanted: bool) -> None:
        """Open or close all groups of the form; what stands in a closed one cannot be typed into."""
        for box in self._logic.groups():
            box.setEnabled(wanted)

    def _say(self, sentence: str) -> None:
        label = self._logic.find(QLabel, NOTICE)
        if label is not None:
            label.setText(sentence)
            label.setStyleSheet(f"background: {ALERT_GROUND}; color: {INK}; padding: 4px 8px;"
                                f" border-left: 4px solid {DRAWN};")
            label.setVisible(True)
            QTimer.singleShot(0, lambda: self._alive() and self._logic.grow())
