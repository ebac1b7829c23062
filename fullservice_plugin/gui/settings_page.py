# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of the plugin in the options of QGIS: what can be set on this computer, with meaning and default."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.gui import QgsFileWidget, QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.gis import settings
from fullservice_plugin.gis.known_stores import store_names
from fullservice_plugin.gis.settings import Setting
from fullservice_plugin.gui.notify import TITLE
from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.i18n import language, tr

PAGE = "FullServiceSettings"


def datum_names() -> dict[str, str]:
    """Return the names of the datums by code."""
    return {code: code_label("datum", code, language()) for code in settings.DATUM.choices}


class Editor:
    """One setting with its widget: shows it, keeps it, puts it back to its default."""

    def __init__(self, setting: Setting, widget: QWidget, get: Callable[[], Any], put: Callable[[Any], None]) -> None:
        self.setting, self.widget, self._get, self._put = setting, widget, get, put
        self.show(setting.read())

    def show(self, value: Any) -> None:
        """Show a value without keeping it."""
        self._put(value)

    def keep(self) -> None:
        """Keep what is shown."""
        self.setting.write(self._get())


def _choice(parent: QWidget, setting: Setting, names: dict[str, str], own: bool = False) -> Editor:
    combo = QComboBox(parent)
    combo.setEditable(own)
    for code, name in names.items():
        combo.addItem(name, code)

    def get() -> str:
        row = combo.findText(combo.currentText())
        return combo.itemData(row) if row >= 0 else combo.currentText().strip()

    def put(value: Any) -> None:
        row = combo.findData(value)
        if row >= 0:
            combo.setCurrentIndex(row)
        elif own:
            combo.setCurrentText(str(value))

    return Editor(setting, combo, get, put)


def _number(parent: QWidget, setting: Setting, unit: str, decimals: int = 0, none: str = "",
            scale: float = 1.0) -> Editor:
    """``scale``: what is shown is so many times what is kept (100 for per cent)."""
    box = QDoubleSpinBox(parent)
    box.setDecimals(decimals)
    box.setRange(scale * setting.low, scale * setting.high)
    box.setGroupSeparatorShown(True)
    if unit:
        box.setSuffix(f" {unit}")
    if none:
        box.setSpecialValueText(none)
    return Editor(setting, box, lambda: box.value() / scale, lambda value: box.setValue(scale * float(value)))


def _file(parent: QWidget, setting: Setting, kinds: str) -> Editor:
    widget = QgsFileWidget(parent)
    widget.setFilter(kinds)
    return Editor(setting, widget, lambda: widget.filePath().strip(), lambda value: widget.setFilePath(str(value)))


class SettingsPage(QgsOptionsPageWidget):
    """Three groups: the beginning, first steps and messages; ``applied`` runs once what was changed is kept."""

    def __init__(self, parent: Optional[QWidget], applied: Callable[[], None]) -> None:
        super().__init__(parent)
        self.setObjectName(PAGE)
        self._applied = applied
        self.editors: list[Editor] = []
        body = QWidget()
        layout = QVBoxLayout(body)
        self._general(self._group(layout, body, tr("General")))
        self._first_steps(self._group(layout, body, tr("What new work begins with")))
        self._messages(self._group(layout, body, tr("Messages and log")))
        shared = QLabel(tr("Print template, take rates of scenarios and jurisdiction hold for everybody: they "
                           "stand in the store, and its administrator sets them there."), body)
        shared.setWordWrap(True)
        layout.addWidget(shared)
        self.reset = QPushButton(tr("Restore defaults"), body)
        self.reset.setToolTip(tr("Shows the default of every setting; nothing is kept before OK."))
        self.reset.clicked.connect(self.show_defaults)
        layout.addWidget(self.reset)
        layout.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    @staticmethod
    def _group(layout: QVBoxLayout, body: QWidget, title: str) -> QFormLayout:
        box = QGroupBox(title, body)
        form = QFormLayout(box)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.addWidget(box)
        return form

    def _add(self, form: QFormLayout, label: str, editor: Editor, meaning: str) -> None:
        editor.widget.setObjectName("setting_" + editor.setting.key.replace("/", "_"))
        editor.widget.setToolTip(meaning)
        hint = QLabel(meaning)
        hint.setWordWrap(True)
        small = hint.font()
        small.setPointSizeF(0.9 * small.pointSizeF())
        hint.setFont(small)
        form.addRow(label, editor.widget)
        form.addRow("", hint)
        self.editors.append(editor)

    def _general(self, form: QFormLayout) -> None:
        box = form.parentWidget()
        stores = {"": tr("The one used last"), **{name: name for name in store_names()}}
        self._add(form, tr("Store"), _choice(box, settings.STORE, stores, own=True),
                  tr("The saved connection or service that every window offers first."))
        tongues = {"": tr("That of QGIS"), "zh": "简体中文", "en": "English"}
        self._add(form, tr("Language"), _choice(box, settings.LANGUAGE, tongues),
                  tr("Of menus, docks and messages; changes when QGIS is started again. Maps and PDFs ask for theirs."))
        self._add(form, tr("Font of the PDF plans"), _file(box, settings.FONT, "TrueType (*.ttf *.ttc *.otf)"),
                  tr("A TrueType file that has Chinese characters; empty: one of this computer is found."))
        self._add(form, tr("Print template"), _file(box, settings.TEMPLATE, "JSON (*.json)"),
                  tr("Name, colours, title block and sections of all papers; empty: the template of the store."))

    def _first_steps(self, form: QFormLayout) -> None:
        box = form.parentWidget()
        self._add(form, tr("Datum of sources"), _choice(box, settings.DATUM, datum_names()),
                  tr("What coordinates of a new source are first taken to be in. A wrong one is noticed and said."))
        self._add(form, tr("Budget of a plan"), _number(box, settings.BUDGET, "", 0, tr("none")),
                  tr("In the currency of the store; shown first where a plan is begun."))
        self._add(form, tr("Horizon of a plan"), _number(box, settings.HORIZON, tr("years"), 1),
                  tr("Years of revenue that are set against the cost of building."))
        self._add(form, tr("Take rate"), _number(box, settings.TAKE_RATE, "%", 0, tr("As in the scenario"), 100.0),
                  tr("Of 100 homes that can be connected, so many become customers."))
        self._add(form, tr("Time limit"), _number(box, settings.TIME_LIMIT, "s"),
                  tr("The search stops then; the gap that is left is proven and told."))

    def _messages(self, form: QFormLayout) -> None:
        box = form.parentWidget()
        self._add(form, tr("Ask the store every"), _number(box, settings.HEARTBEAT, tr("seconds")),
                  tr("How soon a lost connection is noticed; holds from the next map that is opened."))
        self._add(form, tr("News of rivals at most every"), _number(box, settings.ALERTS, tr("minutes")),
                  tr("Rivals that entered are gathered and told in one message."))
        levels = {"info": tr("all messages"), "warning": tr("warnings and errors"), "error": tr("errors only")}
        self._add(form, tr("Write into the log"), _choice(box, settings.LOG_LEVEL, levels),
                  tr("What the log for support can tell afterwards."))

    def show_defaults(self) -> None:
        """Show every default."""
        for editor in self.editors:
            editor.show(editor.setting.default)

    def apply(self) -> None:
        """Keep everything that is shown (QGIS calls this on OK)."""
        for editor in self.editors:
            editor.keep()
        self._applied()


class SettingsFactory(QgsOptionsWidgetFactory):
    """Gives QGIS the page whenever its options are opened."""

    def __init__(self, applied: Callable[[], None]) -> None:
        super().__init__()
        self._applied = applied
        self.setTitle(tr(TITLE))
        self.setIcon(icon())

    def createWidget(self, parent: Optional[QWidget]) -> SettingsPage:  # noqa: N802 (the name QGIS asks for)
        """Return a new page."""
        return SettingsPage(parent, self._applied)
