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


def draw_mark(canvas: Any, fonts: FontSet, ground: Ground, mark: Mark) -> None:
    """Draw a mark at its place."""
    canvas.saveState()
    canvas.setStrokeColor(HexColor(palette.ACCENT))
    canvas.setFillColor(HexColor(palette.WHITE))
    if isinstance(mark, Edge):
        _edge(canvas, fonts, ground, mark)
    else:
        _rectangle(canvas, fonts, ground, mark)
    canvas.restoreState()


def _edge(canvas: Any, fonts: FontSet, ground: Ground, edge: Edge) -> None:
    west, south, east, north = edge.box
    (x0, y0), (x1, y1) = ground.paper(west, south), ground.paper(east, north)
    canvas.setLineWidth(0.4 * MM)
    canvas.setDash([1.6 * MM, 0.8 * MM, 0.4 * MM, 0.8 * MM])
    canvas.line(x0, y0, x1, y1)
    text = edge.text if abs(x1 - x0) + abs(y1 - y0) >= NAME * MM else edge.number
    across, up = {"west": (-OFF, 0.0), "east": (OFF, 0.0), "north": (0.0, OFF), "south": (0.0, -OFF)}[edge.side]
    canvas.translate((x0 + x1) / 2 + across * MM, (y0 + y1) / 2 + up * MM)
    canvas.rotate({"west": 90.0, "east": -90.0}.get(edge.side, 0.0))
    _text(canvas, fonts, text, SIZE)


def _rectangle(canvas: Any, fonts: FontSet, ground: Ground, mark: Rectangle) -> None:
    west, south, east, north = mark.box
    (x0, y0), (x1, y1) = ground.paper(west, south), ground.paper(east, north)
    canvas.setLineWidth(0.35 * MM)
    canvas.rect(x0, y0, x1 - x0, y1 - y0, stroke=1, fill=0)
    size = max(5.0, min(14.0, 1.1 * min(x1 - x0, y1 - y0) / MM))  # the number stays within its sheet
    canvas.translate((x0 + x1) / 2, (y0 + y1) / 2)
    _text(canvas, fonts, mark.text, size)


def _text(canvas: Any, fonts: FontSet, text: str, size: float) -> None:
    """Draw a text around the origin, on paper, so that the map does not show through."""
    wide = fonts.width(text, size) + 2 * PAD
    canvas.setDash()
    canvas.rect(-wide / 2, -0.62 * size, wide, 1.24 * size, stroke=0, fill=1)
    draw_line(canvas, fonts, text, 0.0, -0.36 * size, size, palette.ACCENT, "center")
