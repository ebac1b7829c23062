# SPDX-License-Identifier: GPL-2.0-or-later
"""What our forms share: labels, dates with a calendar, state machines, rights, the version the user sees."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsFeature, QgsProject, QgsVectorLayer
from qgis.gui import QgsAttributeDialog, QgsEditorWidgetWrapper, QgsFilterLineEdit, QgsRelationReferenceWidget
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent, QObject, QRegularExpression, Qt, QTimer
from qgis.PyQt.QtGui import QRegularExpressionValidator
from qgis.PyQt.QtWidgets import (
    QAction,
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QTabWidget,
    QWidget,
)

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.states import machine_of
from fullservice_plugin.gis.forms import groups_of, is_computed
from fullservice_plugin.gis.guard import VERSION, guard_of
from fullservice_plugin.gis.layers import LANGUAGE_VARIABLE, definition, key_of
from fullservice_plugin.gui.attribute_forms.checks import FormChecks
from fullservice_plugin.gui.attribute_forms.editors import EmptyLine, choose_date, dash_the_empty_choice, offer_steps
from fullservice_plugin.gui.attribute_forms.grid import FormGrid
from fullservice_plugin.gui.attribute_forms.names import FormNames
from fullservice_plugin.gui.attribute_forms.rights import FormRights
from fullservice_plugin.gui.attribute_forms.tabs import FormTabs
from fullservice_plugin.gui.help_key import help_on
from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.i18n import language, tr, translate

#: The share of the screen that a form takes at most.
_SHARE = 0.86
#: The width of a form, of one with lists of related rows, and below which fields stand one below the other, in pixels.
_WIDE, _WIDE_WITH_LISTS, _NARROW = 740, 960, 560
_DATE = r"(\d{4}-\d{2}-\d{2})?"


def project_language() -> str:
    """Return the language of the open map, which may differ from that of QGIS."""
    return str(QgsProject.instance().customVariables().get(LANGUAGE_VARIABLE) or language())


class FormLogic(QObject):
    """Logic of one open form; lives as long as the form.

    ``form`` is the QgsAttributeForm. Subclasses override :meth:`shown`, which runs whenever another row
    is shown, and :meth:`edited`, which runs when the user changes a field.
    """

    def __init__(self, form: Any, layer: QgsVectorLayer) -> None:
        for older in form.findChildren(FormLogic, "", Qt.FindChildOption.FindDirectChildrenOnly):
            older.retire()  # QGIS makes a form anew when it turns to a new row
        super().__init__(form)
        self.form = form
        self.layer = layer
        self.language = project_language()
        self._fid: Optional[int] = None
        self._narrow = False
        self._own: dict[str, list[QWidget]] = {}
        for widget in form.findChildren(QWidget):  # once: looking a name up takes QGIS' forms some milliseconds
            self._own.setdefault(widget.objectName(), []).append(widget)
        self._rights = FormRights(self, form, layer)
        self.checks = FormChecks(form, layer, self.text)
        tabs = self.find(QTabWidget, "tabs")
        self._tabs = FormTabs(form, layer, tabs, self.text) if tabs is not None else None
        self._buttons()
        help_on(form, f"form_{key_of(layer)}")
        self._label()
        self._dates()
        self._references()
        self._names = FormNames(layer, lambda name: self.find(QComboBox, name))
        self._lines = self._empties()
        self._grids = [FormGrid(box) for box in self.groups()]
        form.widgetValueChanged.connect(self._changed)
        form.destroyed.connect(self._closed)
        self._look()
        form.installEventFilter(self)
        QTimer.singleShot(0, self.grow)

    def text(self, source: str, /, **values: Any) -> str:
        """Return a sentence in the map's language."""
        return translate(source, self.language, **values)

    def find(self, kind: type, name: str) -> Any:
        """Return the form's own widget of this kind and name; None when it has none, or has it no more.

        QGIS makes the widgets of an open form anew when the fields of its layer change.
        """
        return next((widget for widget in self._own.get(name, ())
                     if isinstance(widget, kind) and not sip.isdeleted(widget)), None)

    def groups(self) -> list[QGroupBox]:
        """Return the framed groups of the form."""
        return [widget for name, widgets in self._own.items() if name.startswith("group_") for widget in widgets
                if not sip.isdeleted(widget)]

    def feature(self) -> QgsFeature:
        """Return the row shown, as stored or as last saved into the edit buffer."""
        return self.form.feature()

    def retire(self) -> None:
        """Let go of a form that got a logic anew."""
        self.form.widgetValueChanged.disconnect(self._changed)
        self.form.destroyed.disconnect(self._closed)
        self._let_go()
        self.stop()
        self.setParent(None)
        self.deleteLater()

    def _let_go(self) -> None:
        for part in (self._rights, self._names, self._tabs):
            if part is not None:
                part.stop()

    def shown(self, feature: QgsFeature) -> None:
        """Run when another row is shown."""

    def rights_known(self, found: Any) -> None:
        """Run when the store has told what may be changed in the row shown."""

    def stop(self) -> None:
        """Run when the form goes."""

    def edited(self, name: str, value: Any) -> None:
        """Run when the user changed the field ``name``."""

    def _label(self) -> None:
        spec = definition(key_of(self.layer))
        for index, field in enumerate(self.layer.fields()):
            text = self.layer.attributeDisplayName(index)
            label = self.find(QLabel, f"label_{field.name()}")
            if label is not None:
                label.setText(text)
            box = self.find(QCheckBox, field.name())
            if box is not None:
                box.setText(text)
        for number, group in enumerate(groups_of(spec, [field.name() for field in self.layer.fields()])):
            frame = self.find(QGroupBox, f"group_{number}")
            if frame is not None:
                frame.setTitle(group.zh if self.language == "zh" else group.en)
        record = self.find(QGroupBox, "group_record")
        if record is not None:
            record.setTitle(self.text("Record"))
        if self._tabs is not None:
            self._tabs.title(self.language)

    def _buttons(self) -> None:
        """Word the buttons in our language: a system without Qt's translations leaves them English."""
        box = self.form.findChild(QDialogButtonBox)
        buttons = QDialogButtonBox.StandardButton
        for kind, words in ((buttons.Ok, tr("OK")), (buttons.Cancel, tr("Cancel"))):
            button = box.button(kind) if box is not None else None
            if button is not None:
                button.setText(words)

    def _dates(self) -> None:
        table = TABLES[definition(key_of(self.layer)).table_of_labels]
        for field in table.fields:
            line = self.find(QLineEdit, field.name) if field.type == "date" else None
            if line is None:
                continue
            line.setPlaceholderText("YYYY-MM-DD")
            line.setValidator(QRegularExpressionValidator(QRegularExpression(_DATE), line))
            action = QAction(icon("calendar"), self.text("Choose a date"), line)
            action.triggered.connect(lambda _checked=False, target=line: choose_date(target))
            line.addAction(action, QLineEdit.ActionPosition.TrailingPosition)

    def _empties(self) -> list[EmptyLine]:
        found = []
        for field in self.layer.fields():
            text = field.typeName() == "text"
            found += [EmptyLine(line, text) for kind in (QLineEdit, QPlainTextEdit)
                      for line in (self.find(kind, field.name()),) if line is not None]
        for holder in self.form.findChildren(QgsRelationReferenceWidget):
            found += [EmptyLine(line, named=True) for line in holder.findChildren(QgsFilterLineEdit)]
        return found

    def _show_empty(self) -> None:
        for name in (field.name() for field in self.layer.fields()):
            combo = self.find(QComboBox, name)
            if combo is not None:
                dash_the_empty_choice(combo)
        for line in self._lines:
            line.later()

    def _after_qgis(self) -> None:
        """Show what is empty, and the days that QGIS left out: it does in forms that refer to a building."""
        if sip.isdeleted(self.layer) or sip.isdeleted(self.form):  # the project was closed at that very moment
            return
        self._show_empty()
        feature = self.feature()
        for field in TABLES[definition(key_of(self.layer)).table_of_labels].fields:
            line = self.find(QLineEdit, field.name) if field.type == "date" else None
            if line is not None and not line.text() and plain_value(feature[field.name]) is not None:
                editor = QgsEditorWidgetWrapper.fromWidget(line)
                if editor is not None:
                    editor.setValues(feature[field.name], [])

    def grow(self) -> None:
        """Make the window as large as what stands in it, as far as the screen allows."""
        window, scroll = self.form.window(), self.find(QScrollArea, "scroll")
        if not isinstance(window, QgsAttributeDialog) or window.attributeForm() is not self.form or scroll is None:
            return
        free = window.screen().availableGeometry()
        wide = _WIDE if self._tabs is None or self.find(QTabWidget, "tabs").count() == 1 else _WIDE_WITH_LISTS
        width = max(window.width(), min(wide, round(_SHARE * free.width())))
        lacking = max(scroll.widget().sizeHint().height() - scroll.viewport().height(), 0)
        height = max(window.height(), min(window.height() + lacking, round(_SHARE * free.height())))
        if (width, height) != (window.width(), window.height()):
            window.resize(width, height)
            window.move(max(free.left(), min(window.x(), free.right() - width)),
                        max(free.top(), min(window.y(), free.bottom() - height - 40)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (the name Qt asks for)
        """Put the fields one below the other where the form is narrow, as in a list of related rows."""
        if watched is self.form and event.type() == QEvent.Type.Resize:
            narrow = self.form.width() < _NARROW
            if narrow != self._narrow:
                self._narrow = narrow
                for grid in self._grids:
                    grid.fit(narrow)
        return False

    def _references(self) -> None:
        """Give a reference that QGIS put into our placeholder its room there."""
        for child in self.form.findChildren(QgsRelationReferenceWidget):
            room = child.parentWidget().layout()
            if room is not None and room.indexOf(child) < 0:
                room.addWidget(child)

    def _look(self) -> None:
        feature = self.feature()
        if not feature.isValid() or feature.id() == self._fid:
            return
        self._forget()
        self._fid = feature.id()
        guard = guard_of(self.layer)
        if guard is not None and self._fid >= 0 and self.layer.fields().lookupField(VERSION) >= 0:
            guard.saw(self._fid, plain_value(feature[VERSION]), feature)
        self._show_computed(self._fid >= 0)
        for grid in self._grids:
            grid.fit(self._narrow)
        if self._tabs is not None:
            self._tabs.turn_to(feature)
        QTimer.singleShot(0, self._after_qgis)
        self._offer_steps(feature)
        self._names.shown(feature)
        self._rights.ask(self._fid)
        self.checks.start(feature)
        self.shown(feature)

    def _show_computed(self, wanted: bool) -> None:
        """Show what store and algorithms fill; in a new row there is nothing yet."""
        spec = definition(key_of(self.layer))
        record = self.find(QGroupBox, "group_record")
        if record is not None:
            record.setVisible(wanted)
        for name in (field.name() for field in self.layer.fields() if is_computed(spec, field.name())):
            for widget in (self.find(QWidget, name), self.find(QLabel, f"label_{name}")):
                if widget is not None:
                    widget.setVisible(wanted)

    def _offer_steps(self, feature: QgsFeature) -> None:
        """Offer the states one step away from the stored one."""
        table = definition(key_of(self.layer)).table
        machine = machine_of(table)
        if machine is not None:
            stored = plain_value(feature[machine.column]) if feature.id() >= 0 else None
            offer_steps(self.find(QComboBox, machine.column), machine, stored)

    def _changed(self, name: str, value: Any, by_user: bool) -> None:
        self._look()
        if self.layer.isEditable():
            self.checks.changed(name, value)
        self._names.edited(name, value)
        if by_user:
            self.edited(name, value)

    def _forget(self) -> None:
        guard = guard_of(self.layer)
        if guard is not None and self._fid is not None:
            guard.saw(self._fid, None)

    def _closed(self, _object: Any = None) -> None:
        try:
            self._let_go()
            self.stop()
            self._forget()
        except RuntimeError:  # the layer went away together with its project
            self._fid = None
