# SPDX-License-Identifier: GPL-2.0-or-later
"""Fields and values of a row as people read them: labels, units, value lists, outlines."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsGeometry, QgsWkbTypes
from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from qgis.PyQt.QtWidgets import QWidget

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.i18n import language, translate
from fullservice_plugin.plans.formats import percent, quantity

BEFORE, MINE, THEIRS = "#6b6b6b", "#0072b2", "#d55e00"


def field_words(table: str, name: str, language: str) -> str:
    """Label of a field with its unit; the bare name of one that the catalogue does not know."""
    try:
        field = TABLES[table].field(name)
    except KeyError:
        return name
    label = field.zh if language == "zh" else field.en
    return f"{label} [{field.unit}]" if field.unit and field.unit != field.en.lower() else label


def value_words(table: str, name: str, value: Any, language: str) -> str:
    """A value as text: the label of a code, – for nothing, yes and no."""
    value = plain_value(value)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return translate("yes", language) if value else translate("no", language)
    try:
        field = TABLES[table].field(name)
    except KeyError:
        return str(value)
    if field.is_geometry:
        return translate("outline", language)
    return code_label(field.list, str(value), language) if field.list else str(value)


def measured(number: float, unit: Optional[str], language: str) -> str:
    """An observed number with its unit: 120 lines, 120 户, 85 %, in Chinese 85% (GB/T 15835)."""
    word = code_label("observed_unit", unit, language) if unit else ""
    blank = " " if word and not (language == "zh" and word[0] in "%/") else ""
    return f"{quantity(number)}{blank}{word}"


def in_percent(value: Optional[float]) -> str:
    """A ratio of 0–1 as whole per cent in the language of the windows."""
    return percent(value, 0, language())


class Outlines(QWidget):
    """Draws geometries over one another to one scale: (geometry, colour, dashed)."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._shapes: list[tuple[QgsGeometry, str, bool]] = []
        self.setMinimumHeight(150)

    def sizeHint(self) -> QSize:  # noqa: N802 (the name Qt asks for)
        """Return the natural size."""
        return QSize(320, 170)

    def show_shapes(self, shapes: list[tuple[QgsGeometry, str, bool]]) -> None:
        """Show these; empty ones are left out."""
        self._shapes = [shape for shape in shapes if shape[0] is not None and not shape[0].isEmpty()]
        self.setVisible(bool(self._shapes))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (the name Qt asks for)
        """Draw the outlines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor("white"))
        if self._shapes:
            box = self._shapes[0][0].boundingBox()
            for shape, _, _ in self._shapes[1:]:
                box.combineExtentWith(shape.boundingBox())
            area = QRectF(self.rect()).adjusted(12, 12, -12, -12)
            scale = min(area.width() / max(box.width(), 1e-9), area.height() / max(box.height(), 1e-9))
            for shape, colour, dashed in self._shapes:
                style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
                painter.setPen(QPen(QColor(colour), 2.2, style))
                for ring in _rings(shape):
                    painter.drawPolyline(QPolygonF([
                        QPointF(area.center().x() + (x - box.center().x()) * scale,
                                area.center().y() - (y - box.center().y()) * scale) for x, y in ring]))
        painter.end()


def _rings(shape: QgsGeometry) -> list[list[tuple[float, float]]]:
    """Lines to draw: rings of polygons, lines, a small cross for points."""
    found = []
    kinds = QgsWkbTypes.GeometryType
    for part in shape.asGeometryCollection() or [shape]:
        area = part.type() == kinds.PolygonGeometry
        line = part.convertToType(kinds.LineGeometry, False) if area else part
        if area and (line is None or line.isNull()):
            line = part.convertToType(kinds.LineGeometry, True)
        for piece in line.asGeometryCollection() or [line]:
            vertices = [(point.x(), point.y()) for point in piece.vertices()]
            if len(vertices) == 1:
                (x, y), d = vertices[0], 1e-5
                found += [[(x - d, y), (x + d, y)], [(x, y - d), (x, y + d)]]
            else:
                found.append(vertices)
    return found
