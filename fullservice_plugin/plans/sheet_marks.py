# SPDX-License-Identifier: GPL-2.0-or-later
"""What an atlas draws over its maps: match lines with the sheet that goes on there, rectangles of an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from qgis.core import (
    QgsFillSymbol,
    QgsLayout,
    QgsLayoutItem,
    QgsLayoutItemLabel,
    QgsLayoutItemMap,
    QgsLayoutItemPolygon,
    QgsLayoutItemPolyline,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLineSymbol,
)
from qgis.PyQt.QtCore import QPointF, Qt
from qgis.PyQt.QtGui import QColor, QFont, QPolygonF

from fullservice_plugin.plans import palette

Box = tuple[float, float, float, float]
NAME = (44.0, 4.0)  # millimetres of a neighbour's name along and across its match line
SHORT = (12.0, 4.0)
OFF = 2.9  # millimetres from the match line to the middle of the name


@dataclass(frozen=True)
class Edge:
    """A match line: the side of the sheet it is on, where it runs (metres), its text and the bare number."""

    side: str
    box: Box
    text: str
    number: str


@dataclass(frozen=True)
class Rectangle:
    """A sheet on the index (metres) and its number."""

    box: Box
    text: str


Mark = Union[Edge, Rectangle]


def draw_mark(layout: QgsLayout, frame: QgsLayoutItemMap, mark: Mark, family: str) -> list[QgsLayoutItem]:
    """Draw a mark at its place on the map of a layout; return the items made."""
    draw = _edge if isinstance(mark, Edge) else _rectangle
    return draw(layout, frame, mark, family)


def _paper(frame: QgsLayoutItemMap, x: float, y: float) -> QPointF:
    """Return where a point of the map lies on the page (millimetres)."""
    extent, place, size = frame.extent(), frame.pagePos(), frame.rect()
    across = (x - extent.xMinimum()) / extent.width() * size.width()
    down = (extent.yMaximum() - y) / extent.height() * size.height()
    return QPointF(place.x() + across, place.y() + down)


def _edge(layout: QgsLayout, frame: QgsLayoutItemMap, edge: Edge, family: str) -> list[QgsLayoutItem]:
    west, south, east, north = edge.box
    ends = [_paper(frame, west, south), _paper(frame, east, north)]
    item = QgsLayoutItemPolyline(QPolygonF(ends), layout)
    item.setSymbol(
        QgsLineSymbol.createSimple(
            {"line_color": palette.ACCENT, "line_width": "0.4", "line_style": "dash dot", "capstyle": "flat"}
        )
    )
    layout.addLayoutItem(item)
    length = abs(ends[1].x() - ends[0].x()) + abs(ends[1].y() - ends[0].y())
    whole = length >= NAME[0]
    middle = (ends[0] + ends[1]) / 2.0
    across, down = {"west": (-OFF, 0.0), "east": (OFF, 0.0), "north": (0.0, -OFF), "south": (0.0, OFF)}[edge.side]
    label = _label(layout, edge.text if whole else edge.number, family, 7.0, NAME if whole else SHORT)
    _paper_behind(label)
    label.attemptMove(QgsLayoutPoint(middle.x() + across, middle.y() + down))
    label.setItemRotation({"west": -90.0, "east": 90.0}.get(edge.side, 0.0))
    return [item, label]


def _rectangle(layout: QgsLayout, frame: QgsLayoutItemMap, mark: Rectangle, family: str) -> list[QgsLayoutItem]:
    west, south, east, north = mark.box
    corners = [_paper(frame, x, y) for x, y in ((west, south), (west, north), (east, north), (east, south))]
    item = QgsLayoutItemPolygon(QPolygonF(corners), layout)
    item.setSymbol(
        QgsFillSymbol.createSimple(
            {"style": "no", "outline_color": palette.ACCENT, "outline_width": "0.35", "joinstyle": "miter"}
        )
    )
    layout.addLayoutItem(item)
    wide = corners[2].x() - corners[0].x()
    high = corners[0].y() - corners[1].y()
    size = max(5.0, min(14.0, 1.1 * min(wide, high)))  # points: the number stays within its sheet
    label = _label(layout, mark.text, family, size, (size * (0.16 + 0.24 * len(mark.text)), size * 0.46))
    _paper_behind(label)
    label.attemptMove(QgsLayoutPoint((corners[0].x() + corners[2].x()) / 2.0, (corners[0].y() + corners[1].y()) / 2.0))
    return [item, label]


def _paper_behind(label: QgsLayoutItemLabel) -> None:
    """Keep the map from showing through a label."""
    label.setBackgroundEnabled(True)
    label.setBackgroundColor(QColor(255, 255, 255, 225))


def _label(
    layout: QgsLayout, text: str, family: str, size: float, room: tuple[float, float]
) -> QgsLayoutItemLabel:
    label = QgsLayoutItemLabel(layout)
    font = QFont(family)
    font.setPointSizeF(size)
    label.setFont(font)
    label.setFontColor(QColor(palette.ACCENT))
    label.setText(text)
    label.setMarginX(0.0)
    label.setMarginY(0.0)
    label.setHAlign(Qt.AlignmentFlag.AlignHCenter)
    label.setVAlign(Qt.AlignmentFlag.AlignVCenter)
    layout.addLayoutItem(label)
    label.setReferencePoint(QgsLayoutItem.ReferencePoint.Middle)
    label.attemptResize(QgsLayoutSize(*room))
    return label
