# SPDX-License-Identifier: GPL-2.0-or-later
"""The form for what somebody saw of a rival: three things are needed, the rest is remembered or may stay open."""

from __future__ import annotations

from datetime import date
from typing import Any, Callable, Optional, Sequence

from qgis.core import QgsSettings
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QDate
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.catalogue.lists import LISTS, code_label
from fullservice_plugin.core.competition.evidence import initial_confidence
from fullservice_plugin.gui.competition.place import Chosen
from fullservice_plugin.gui.discovery.dialogs import codes_box, day_of, dependent_day, save_buttons
from fullservice_plugin.gui.small_screen import let_scroll
from fullservice_plugin.i18n import language, listed, tr
from fullservice_plugin.services.capture import Sighting

SETTINGS = "fullservice/capture/"
#: What may be seen beside a technology: presence and words.
_SEEN = (("in_service", "There, technology unknown"), ("building", "Is building now"), ("planned", "Plans to come"),
         ("withdrawn", "Is gone"), ("promotion", "Only a promotion"))  # fmt: skip
_NUMBERS = (("speed", "Speed down", "Mbit/s", 100_000.0, 0), ("price", "Price per month", "", 100_000.0, 2),
            ("subscribers", "Subscribers", "", 1_000_000.0, 0), ("ports", "Ports seen", "", 1_000_000.0, 0))


class CaptureDialog(QDialog):
    """Asks for one sighting. ``keep`` gets it; the window stays until :meth:`saved`, so that nothing typed is lost."""

    def __init__(self, place: Chosen, operators: Sequence[dict[str, Any]], login: str,
                 keep: Callable[[Sighting], None], parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setObjectName("FullServiceCapture")
        words = tr("Building {name}", name=place.name)
        if place.kind == "estate":
            words = tr("Estate {name}", name=place.name)
        self.setWindowTitle(tr("Report a rival: {place}", place=words))
        self.setMinimumWidth(460)
        self._keep, self._busy = keep, False
        layout = QVBoxLayout(self)
        self.form = QFormLayout()
        layout.addLayout(self.form)
        self._required(operators)
        self._remembered(login)
        self._optional()
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.hint.setMinimumHeight(2 * self.hint.fontMetrics().lineSpacing())
        self.buttons = save_buttons(self)
        let_scroll(self, self.hint, self.buttons)
        for box in (self.operator, self.seen, self.source, self.promotion):
            box.currentIndexChanged.connect(lambda _index: self._check())
        self._check()

    def _heading(self, words: str) -> None:
        label = QLabel(f"<b>{words}</b>", self)
        self.form.addRow(label)

    def _required(self, operators: Sequence[dict[str, Any]]) -> None:
        self._heading(tr("Needed"))
        self.operator, self.seen, self.source = (QComboBox(self) for _ in range(3))
        for box in (self.operator, self.seen, self.source):
            box.addItem(tr("Choose…"), None)
        for row in operators:
            name = row["name"] if language() == "zh" else row["name_en"]
            self.operator.addItem(f"{name} ({row['code']})", row["code"])
        for entry in LISTS["technology"]:
            if entry.code not in ("unknown", "other"):
                self.seen.addItem(code_label("technology", entry.code, language()), ("technology", entry.code))
        for code, words in _SEEN:
            self.seen.addItem(tr(words), ("presence", code))
        for entry in LISTS["source_class"]:
            self.source.addItem(code_label("source_class", entry.code, language()), entry.code)
        self.confidence = QLabel(self)
        self.form.addRow(tr("Operator"), self.operator)
        self.form.addRow(tr("Technology, or what was seen"), self.seen)
        self.form.addRow(tr("Source class"), self.source)
        self.form.addRow(tr("Confidence"), self.confidence)

    def _remembered(self, login: str) -> None:
        self._heading(tr("Remembered from the last time"))
        settings = QgsSettings()
        self.source_text = QLineEdit(str(settings.value(SETTINGS + "source_text", "") or ""), self)
        self.source_text.setPlaceholderText(tr("Who or what told it"))
        self.observer = QLineEdit(str(settings.value(SETTINGS + "observer", "") or login), self)
        self.day = QDateEdit(self)
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setMaximumDate(QDate.currentDate())
        self.day.setDate(_last_day())
        self.form.addRow(tr("Source"), self.source_text)
        self.form.addRow(tr("Observer"), self.observer)
        self.form.addRow(tr("Observed on"), self.day)

    def _optional(self) -> None:
        self._heading(tr("If known"))
        self.presence = codes_box(self, "presence_status", unknown=tr("As seen"))
        self.form.addRow(tr("Presence"), self.presence)
        self.numbers: dict[str, QDoubleSpinBox] = {}
        for key, words, unit, most, digits in _NUMBERS:
            self.numbers[key] = _number(self, unit, most, digits)
            self.form.addRow(tr(words), self.numbers[key])
        self.exclusivity = codes_box(self, "rival_exclusivity")
        self.ends, self.exclusive_until = self._day("until")
        self.form.addRow(tr("Exclusivity"), _row(self, self.exclusivity, self.ends, self.exclusive_until))
        self.contracts = _number(self, "", 1_000_000.0, 0)
        self.contracts_until = _date(self, QDate.currentDate().addMonths(3))
        by = QLabel(tr("by"), self)
        self.form.addRow(tr("Contracts ending"), _row(self, self.contracts, by, self.contracts_until))
        self.promotion = codes_box(self, "promotion_kind", unknown=tr("None seen"))
        self.promotion_text = QLineEdit(self)
        self.promotion_text.setPlaceholderText(tr("What it offers"))
        self.form.addRow(tr("Promotion"), _row(self, self.promotion, self.promotion_text))
        self.photo = QgsFileWidget(self)
        self.photo.setFilter(tr("Pictures") + " (*.jpg *.jpeg *.png)")
        self.form.addRow(tr("Photo"), self.photo)

    def _day(self, words: str) -> tuple[QCheckBox, QDateEdit]:
        box = QCheckBox(tr(words), self)
        return box, dependent_day(box, QDate.currentDate().addYears(1))

    def _check(self) -> None:
        said = self._lacking()
        code = self.source.currentData()
        self.confidence.setText("–" if code is None else tr(
            "{share} %, by its source; it halves with time",
            share=f"{100 * initial_confidence(code):.0f}"))
        seen = self.seen.currentData()
        self.presence.setEnabled(bool(seen) and seen[0] == "technology")
        self.hint.setText(said)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not said and not self._busy)

    def _lacking(self) -> str:
        """What is still needed, in one sentence; empty when nothing."""
        boxes = ((self.operator, tr("Operator")), (self.seen, tr("Technology, or what was seen")),
                 (self.source, tr("Source class")))  # fmt: skip
        missing = [words for box, words in boxes if box.currentData() is None]
        if missing:
            return tr("Still missing: {what}.", what=listed(missing))
        if self.seen.currentData()[1] == "promotion" and self.promotion.currentData() is None:
            return tr("Choose what kind of promotion it is.")
        return ""

    def made(self) -> Sighting:
        """Return what was entered."""
        kind, code = self.seen.currentData()
        presence = code if kind == "presence" and code != "promotion" else None
        known = {key: _known(box) for key, box in self.numbers.items()}
        contracts = _known(self.contracts)
        return Sighting(
            self.operator.currentData(), self.source.currentData(), code if kind == "technology" else None,
            self.presence.currentData() if kind == "technology" else presence, known["speed"], known["price"],
            known["subscribers"], known["ports"], self.exclusivity.currentData(),
            day_of(self.exclusive_until) if self.exclusivity.currentData() and self.ends.isChecked() else None,
            contracts, None if contracts is None else day_of(self.contracts_until), self.promotion.currentData(),
            self.promotion_text.text().strip(), self.source_text.text().strip(), day_of(self.day),
            self.observer.text().strip(), self.photo.filePath().strip() or None)  # fmt: skip

    def accept(self) -> None:
        """Hand over what was entered; the window waits for the answer."""
        if self._busy or self._lacking():
            return
        self._busy = True
        self._check()
        self.hint.setText(tr("Saving…"))
        self._keep(self.made())

    def saved(self) -> None:
        """Remember for the next time, and close."""
        settings = QgsSettings()
        for name, text in (("source_text", self.source_text.text().strip()), ("observer", self.observer.text().strip()),
                           ("day", day_of(self.day).isoformat()), ("entered", date.today().isoformat())):  # fmt: skip
            settings.setValue(SETTINGS + name, text)
        super().accept()

    def failed(self, text: str) -> None:
        """Tell why nothing was kept; what was entered stays."""
        self._busy = False
        self._check()
        self.hint.setText(text)


def _last_day() -> QDate:
    """The day given last, where that was today: somebody enters what he saw on one round. Else today."""
    settings = QgsSettings()
    if str(settings.value(SETTINGS + "entered", "") or "") == date.today().isoformat():
        found = QDate.fromString(str(settings.value(SETTINGS + "day", "") or ""), "yyyy-MM-dd")
        if found.isValid() and found <= QDate.currentDate():
            return found
    return QDate.currentDate()


def _number(parent: QWidget, unit: str, most: float, digits: int) -> QDoubleSpinBox:
    """A number that may stay unknown: the lowest value says so."""
    box = QDoubleSpinBox(parent)
    box.setDecimals(digits)
    box.setRange(-1.0, most)
    box.setValue(-1.0)
    box.setSpecialValueText(tr("Not known yet"))
    if unit:
        box.setSuffix(" " + unit)
    return box


def _date(parent: QWidget, day: QDate) -> QDateEdit:
    edit = QDateEdit(day, parent)
    edit.setCalendarPopup(True)
    edit.setDisplayFormat("yyyy-MM-dd")
    return edit


def _known(box: QDoubleSpinBox) -> Optional[float]:
    return None if box.value() < 0 else float(box.value())


def _row(parent: QWidget, *widgets: QWidget) -> QWidget:
    row = QWidget(parent)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for number, widget in enumerate(widgets):
        layout.addWidget(widget, 1 if number in (0, len(widgets) - 1) else 0)
    return row
