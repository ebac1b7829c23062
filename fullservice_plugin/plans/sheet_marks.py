# SPDX-License-Identifier: GPL-2.0-or-later
"""What a document draws over its map sheets: match lines with the sheet that goes on there, rectangles of an index.

It is drawn on the document's page, to which the sheet is fitted: as items of a QGIS layout the same cost a tenth of the
whole atlas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Union

from reportlab.lib.colors import HexColor

from fullservice_plugin.plans import palette
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.lines import draw_line

Box = tuple[float, float, float, float]
MM = 72.0 / 25.4
NAME = 44.0  # millimetres of match line that a neighbour's name needs; a shorter one shows the bare number
OFF = 2.9  # millimetres from the match line to the middle of the name
SIZE = 7.0
PAD = 1.6  # points of paper around a text


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


@dataclass(frozen=True)
class Ground:
    """Where a map lies on its page: the frame (points from the lower left) and what it shows (metres)."""

    frame: Box  # left, bottom, width, height
    extent: Box  # west, south, east, north

    def paper(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the map lies on the page."""
        left, bottom, wide, high = self.frame
        west, south, east, north = self.extent
        return left + (x - west) / (east - west) * wide, bottom + (y - south) / (north - south) * high

    def corners(self, box: Box) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return where the lower left and the upper right corner of a box of the map lie on the page."""
        west, south, east, north = box
        return self.paper(west, south), self.paper(east, north)


@dataclass(frozen=True)
class _Name:
    """The text of a mark: around which point of the page it stands (points), turned by which angle (degrees)."""

    text: str
    size: float
    x: float
    y: float
    angle: float = 0.0

    def room(self, fonts: FontSet) -> tuple[float, float]:
        """Return width and height of its paper, as it is read."""
        return fonts.width(self.text, self.size) + 2 * PAD, 1.24 * self.size


def covered(fonts: FontSet, ground: Ground, mark: Mark) -> Box:
    """Return the place on the page that the text of a mark hides: left, bottom, width, height (points)."""
    name = _edge_name(ground, mark) if isinstance(mark, Edge) else _rectangle_name(ground, mark)
    wide, high = name.room(fonts)
    if name.angle:
        wide, high = high, wide
    return name.x - wide / 2, name.y - high / 2, wide, high


def draw_mark(canvas: Any, fonts: FontSet, ground: Ground, mark: Mark) -> None:
    """Draw a mark at its place."""
    (x0, y0), (x1, y1) = ground.corners(mark.box)
    canvas.saveState()
    canvas.setStrokeColor(HexColor(palette.ACCENT))
    canvas.setFillColor(HexColor(palette.WHITE))
    if isinstance(mark, Edge):
        canvas.setLineWidth(0.4 * MM)
        canvas.setDash([1.6 * MM, 0.8 * MM, 0.4 * MM, 0.8 * MM])
        canvas.line(x0, y0, x1, y1)
        _write(canvas, fonts, _edge_name(ground, mark))
    else:
        canvas.setLineWidth(0.35 * MM)
        canvas.rect(x0, y0, x1 - x0, y1 - y0, stroke=1, fill=0)
        _write(canvas, fonts, _rectangle_name(ground, mark))
    canvas.restoreState()


def _edge_name(ground: Ground, edge: Edge) -> _Name:
    (x0, y0), (x1, y1) = ground.corners(edge.box)
    text = edge.text if abs(x1 - x0) + abs(y1 - y0) >= NAME * MM else edge.number
    across, up = {"west": (-OFF, 0.0), "east": (OFF, 0.0), "north": (0.0, OFF), "south": (0.0, -OFF)}[edge.side]
    angle = {"west": 90.0, "east": -90.0}.get(edge.side, 0.0)
    return _Name(text, SIZE, (x0 + x1) / 2 + across * MM, (y0 + y1) / 2 + up * MM, angle)


def _rectangle_name(ground: Ground, mark: Rectangle) -> _Name:
    (x0, y0), (x1, y1) = ground.corners(mark.box)
    size = max(5.0, min(14.0, 1.1 * min(x1 - x0, y1 - y0) / MM))  # the number stays within its sheet
    return _Name(mark.text, size, (x0 + x1) / 2, (y0 + y1) / 2)


def _write(canvas: Any, fonts: FontSet, name: _Name) -> None:
    """Draw a text on paper, so that the map does not show through."""
    wide, high = name.room(fonts)
    canvas.translate(name.x, name.y)
    canvas.rotate(name.angle)
    canvas.setDash()
    canvas.rect(-wide / 2, -high / 2, wide, high, stroke=0, fill=1)
    draw_line(canvas, fonts, name.text, 0.0, -0.36 * name.size, name.size, palette.ACCENT, "center")
