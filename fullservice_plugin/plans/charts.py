# SPDX-License-Identifier: GPL-2.0-or-later
"""Small charts drawn as flowables: bars with values, and one stacked bar with its legend."""

from __future__ import annotations

from typing import Sequence

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from fullservice_plugin.plans import palette
from fullservice_plugin.plans.fonts import FontSet


class _Chart(Flowable):  # type: ignore[misc]
    def __init__(self, fonts: FontSet, width: float, height: float) -> None:
        super().__init__()
        self.fonts, self.width, self.height = fonts, width, height

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the size of the chart (points)."""
        return self.width, self.height

    def put(
        self, text: str, x: float, y: float, size: float = 7.6, colour: str = palette.INK, align: str = "left"
    ) -> None:
        """Draw one line of text, each run in its font."""
        if align == "right":
            x -= self.fonts.width(text, size)
        drawing = self.canv.beginText(x, y)
        drawing.setFillColor(HexColor(colour))
        for face, run in self.fonts.runs(text):
            drawing.setFont(face.name, size)
            drawing.textOut(run)
        self.canv.drawText(drawing)


class Bars(_Chart):
    """Horizontal bars: (label, value, text of the value, colour)."""

    ROW = 15.0

    def __init__(
        self,
        fonts: FontSet,
        width: float,
        rows: Sequence[tuple[str, float, str, str]],
        label_width: float = 150.0,
    ) -> None:
        super().__init__(fonts, width, max(1, len(rows)) * self.ROW)
        self.rows, self.label_width = rows, label_width

    def draw(self) -> None:
        """Draw labels, bars and values."""
        largest = max((value for _, value, _, _ in self.rows), default=0.0)
        room = (
            self.width
            - self.label_width
            - max([self.fonts.width(t, 7.6) for _, _, t, _ in self.rows] or [0.0])
            - 14
        )
        for index, (label, value, text, colour) in enumerate(self.rows):
            y = self.height - (index + 1) * self.ROW + 4
            self.put(self.fonts.fit(label, 7.6, self.label_width - 8), 0, y)
            length = room * value / largest if largest > 0 else 0.0
            self.canv.setFillColor(HexColor(colour))
            self.canv.rect(self.label_width, y - 1.5, max(length, 0.6 if value else 0.0), 9, stroke=0, fill=1)
            self.put(text, self.label_width + length + 5, y)


class Stack(_Chart):
    """One stacked bar with a legend below: (label, value, text of the value, colour)."""

    BAR = 16.0

    def __init__(self, fonts: FontSet, width: float, parts: Sequence[tuple[str, float, str, str]]) -> None:
        self.parts = [part for part in parts if part[1] > 0]
        places: list[tuple[float, int]] = []
        x, line = 0.0, 0
        for label, _, text, _ in self.parts:
            need = fonts.width(label + "  " + text, 7.6) + 28
            if x and x + need > width:
                x, line = 0.0, line + 1
            places.append((x, line))
            x += need
        self.places = places
        super().__init__(fonts, width, self.BAR + 8 + 13.0 * (line + 1))

    def draw(self) -> None:
        """Draw the bar and its legend."""
        total = sum(value for _, value, _, _ in self.parts)
        x, y = 0.0, self.height - self.BAR
        for (label, value, text, colour), (left, line) in zip(self.parts, self.places):
            length = self.width * value / total if total else 0.0
            self.canv.setFillColor(HexColor(colour))
            self.canv.rect(x, y, length, self.BAR, stroke=0, fill=1)
            x += length
            base = y - 14 - 13.0 * line
            self.canv.rect(left, base - 1, 8, 8, stroke=0, fill=1)
            self.put(label + "  " + text, left + 12, base)
