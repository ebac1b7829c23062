# SPDX-License-Identifier: GPL-2.0-or-later
"""My day: what is due, out of time or was reminded of, the oldest first, with today's places on the map."""

from __future__ import annotations

from datetime import date
from typing import Any, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsWkbTypes,
)
from qgis.gui import QgsDockWidget, QgsRubberBand
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.gui.fly import fly_to
from fullservice_plugin.gui.negotiation.hub import Hub
from fullservice_plugin.gui.negotiation.words import stage_name
from fullservice_plugin.gui.notify import sentence
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.talk_desk import my_day
from fullservice_plugin.store.map_views import Place

_ROW = Qt.ItemDataRole.UserRole
_LATE = QColor("#b3261e")


class DayDock(QgsDockWidget):
    """A list of what to do; a double click opens the talk, or the card where nobody talks; a click flies there."""

    card_wanted = pyqtSignal(str, str)

    def __init__(self, desk: Hub) -> None:
        super().__init__(tr("My day"), desk.iface.mainWindow())
        self.setObjectName("FullServiceDay")
        self._desk = desk
        self._band: Optional[QgsRubberBand] = None
        self.rows: list[dict[str, Any]] = []
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        top = QHBoxLayout()
        self.mine = QCheckBox(tr("Only mine"), body)
        self.mine.setChecked(True)
        self.mine.toggled.connect(lambda _on: self.load())
        self.on_map = QCheckBox(tr("Show on the map"), body)
        self.on_map.toggled.connect(lambda _on: self._draw())
        self.read = QPushButton(tr("Mark as read"), body)
        self.read.clicked.connect(self._mark)
        top.addWidget(self.mine)
        top.addWidget(self.on_map)
        top.addStretch(1)
        top.addWidget(self.read)
        layout.addLayout(top)
        self.state = QLabel(body)
        self.state.setWordWrap(True)
        layout.addWidget(self.state)
        self.tree = QTreeWidget(body)
        self.tree.setColumnCount(4)
        self.tree.setHeaderLabels([tr("Due"), tr("Where"), tr("What to do"), tr("Owner")])
        self.tree.setRootIsDecorated(False)
        self.tree.setAlternatingRowColors(True)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.tree.itemDoubleClicked.connect(lambda item, _column: self._open(item.data(0, _ROW)))
        self.tree.itemSelectionChanged.connect(self._chosen)
        layout.addWidget(self.tree, 1)
        self.setWidget(body)
        self.visibilityChanged.connect(lambda shown: self.load() if shown else self._clear())
        self._chosen()

    def load(self) -> None:
        """Read the day again."""
        mine = self.mine.isChecked()
        self._desk.ask("day", tr("My day"), lambda store: my_day(store, mine=mine), self._fill,
                       lambda error: self.state.setText(sentence(error)))

    def _fill(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.tree.clear()
        late = 0
        for row in rows:
            overdue = row["due"] is not None and row["due"] < date.today()
            late += overdue
            where = f"{row['estate'] or ''} {row['building'] or ''}".strip()
            item = QTreeWidgetItem([str(row["due"] or ""), where, _what(row), row["owner"] or ""])
            item.setData(0, _ROW, row)
            item.setToolTip(2, _what(row))
            if overdue:
                item.setForeground(0, _LATE)
            self.tree.addTopLevelItem(item)
        self.state.setText(tr("{count} to do, {late} of them late.", count=len(rows), late=late) if rows else tr(
            "Nothing is due today."))
        self._draw()
        self._chosen()

    def _open(self, row: dict[str, Any]) -> None:
        """The talk; a reminder of a place where nobody talks opens the card of its estate."""
        if row["talk"]:
            self._desk.open_deal([row["talk"]])
        elif row["estate_id"] or row["building_id"]:
            kind = "estate" if row["estate_id"] else "building"
            self.card_wanted.emit(kind, row[f"{kind}_id"])

    def chosen(self) -> list[dict[str, Any]]:
        """The chosen rows."""
        return [item.data(0, _ROW) for item in self.tree.selectedItems()]

    def _chosen(self) -> None:
        mine = self.chosen()
        self.read.setEnabled(any(row["reminder"] for row in mine))
        if len(mine) == 1 and mine[0]["x"] is not None:
            place = (float(mine[0]["x"]), float(mine[0]["y"]))
            fly_to(self._desk.iface.mapCanvas(), Place("building", "", mine[0]["building"] or "", "", place * 2))

    def _mark(self) -> None:
        self._desk.acknowledge([row["reminder"] for row in self.chosen() if row["reminder"]])

    def points(self) -> list[tuple[float, float]]:
        """The places of what is due, each once, in the order of the list."""
        return list(dict.fromkeys((float(row["x"]), float(row["y"])) for row in self.rows if row["x"] is not None))

    def _draw(self) -> None:
        self._clear()
        points = self.points()
        if not self.on_map.isChecked() or not points:
            return
        canvas = self._desk.iface.mapCanvas()
        self._band = QgsRubberBand(canvas, QgsWkbTypes.GeometryType.PointGeometry)
        self._band.setIcon(QgsRubberBand.IconType.ICON_CIRCLE)
        self._band.setIconSize(14)
        self._band.setColor(_LATE)
        transform = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"),
                                           canvas.mapSettings().destinationCrs(), QgsProject.instance())
        shape = QgsGeometry.fromMultiPointXY([QgsPointXY(*point) for point in points])
        shape.transform(transform)
        self._band.setToGeometry(shape, None)
        box = shape.boundingBox()
        if box.width() > 0 or box.height() > 0:
            box.scale(1.2)
            canvas.setExtent(box)
            canvas.refresh()

    def _clear(self) -> None:
        if self._band is not None:
            self._desk.iface.mapCanvas().scene().removeItem(self._band)
            self._band = None

    def stop(self) -> None:
        """Take the points off the map; called before the dock is deleted."""
        self._clear()


def _what(row: dict[str, Any]) -> str:
    if row["kind"] == "action":
        return str(row["what"] or tr("Next action"))
    if row["kind"] == "clock":
        return tr("Time in “{stage}” is over", stage=stage_name(row["stage"]))
    kind = code_label("reminder_kind", row["what"], language())
    return tr("Reminder: {kind}", kind=kind)
