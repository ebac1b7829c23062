# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of who is there: one line per operator, stale ones hatched, contradictions marked."""

from __future__ import annotations

from typing import Any, Optional

from qgis.PyQt.QtGui import QColor, QIcon, QPainter, QPixmap
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.core.competition.evidence import STALE_BELOW
from fullservice_plugin.gis import palette
from fullservice_plugin.gui.competition.bars import ConfidenceBar, confidence_item, mark_stale
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.plans.formats import NONE, quantity
from fullservice_plugin.services.rivals import RivalsHere

COLUMNS = ("Operator", "Technology", "Speed", "Price", "Since", "Confidence", "Remarks")
_CONFIDENCE = 5


def plain_table(columns: tuple[str, ...], parent: QWidget) -> QTableWidget:
    """A table to read, one line per row."""
    table = QTableWidget(0, len(columns), parent)
    prepare(table, columns)
    return table


def prepare(table: QTableWidget, columns: tuple[str, ...]) -> None:
    """Give a table its headings and make it one to read."""
    table.setHorizontalHeaderLabels([tr(words) for words in columns])
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().lineSpacing() + 8)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setStretchLastSection(True)
    table.setTabKeyNavigation(False)  # Tab goes on to the buttons


class PresentTable(QTableWidget):
    """Operators of a place; as high as its lines."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(0, len(COLUMNS), parent)
        prepare(self, COLUMNS)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setItemDelegateForColumn(_CONFIDENCE, ConfidenceBar(self))

    def show_present(self, here: Optional[RivalsHere]) -> None:
        """Show who is there; a place that nobody looked at says so."""
        rows = here.present if here else []
        self.clearSpans()
        self.setRowCount(max(1, len(rows)) if here else 0)
        if here and not rows:
            self.setSpan(0, 0, 1, len(COLUMNS))
            item = QTableWidgetItem(tr("Nobody has looked here yet: that is not the same as nobody being here."))
            mark_stale(item)
            self.setItem(0, 0, item)
        for number, row in enumerate(rows):
            self._fill(number, row, here)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth() + 16
                            + self.verticalHeader().defaultSectionSize() * min(8, max(1, len(rows))))  # fmt: skip

    def _fill(self, number: int, row: dict[str, Any], here: Optional[RivalsHere]) -> None:
        code = row["code"]
        colour = here.operators[code][2] if here and code in here.operators else -1
        name = row["name"] if language() == "zh" else row["name_en"]
        if row["conflict"]:
            name = f"⚠ {name}"
        cells = [QTableWidgetItem(_swatch(palette.operator_colour(colour)), name)]
        cells += [QTableWidgetItem(text) for text in (
            NONE if row["technology"] is None else code_label("technology", row["technology"], language()),
            NONE if row["speed"] is None else f"{quantity(row['speed'])} Mbit/s", quantity(row["price"]),
            row["since"].isoformat())]  # fmt: skip
        cells += [confidence_item(row["confidence"]), QTableWidgetItem(remarks(row, here))]
        for column, item in enumerate(cells):
            item.setToolTip(cells[-1].text() or item.text())  # the remarks may lie outside a narrow dock
            if row["confidence"] < STALE_BELOW:
                mark_stale(item)
            self.setItem(number, column, item)


def remarks(row: dict[str, Any], here: Optional[RivalsHere]) -> str:
    """What else to know of an operator: contradictions, age, state, exclusivity, lines."""
    said = []
    if row["conflict"]:
        said.append(tr("disputed"))
    if row["confidence"] < STALE_BELOW:
        said.append(tr("stale"))
    if row["status"] != "in_service":
        said.append(code_label("presence_status", row["status"], language()))
    if row["exclusivity"] in ("contract", "de_facto"):
        until = row["exclusive_until"]
        kind = code_label("rival_exclusivity", row["exclusivity"], language())
        said.append(tr("exclusive ({kind}) until {day}", kind=kind, day=until.isoformat()) if until else
                    tr("exclusive ({kind})", kind=kind))  # fmt: skip
    if row["subs"] is not None:
        said.append(tr("{count} lines", count=quantity(row["subs"])))
    if row["ports"] is not None:
        said.append(tr("{count} ports", count=quantity(row["ports"])))
    if here is not None and here.kind == "estate":
        said.append(tr("seen at {count} places", count=row["places"]))
    return " · ".join(said)


def _swatch(colour: str) -> QIcon:
    picture = QPixmap(12, 12)
    picture.fill(QColor(colour))
    painter = QPainter(picture)
    painter.setPen(QColor(palette.HATCH))
    painter.drawRect(0, 0, 11, 11)
    painter.end()
    return QIcon(picture)
