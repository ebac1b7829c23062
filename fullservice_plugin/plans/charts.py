# SPDX-License-Identifier: GPL-2.0-or-later
"""Small charts drawn as flowables: bars with values, and one stacked bar with its legend."""

from __future__ import annotations

from typing import Callable, Sequence

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from fullservice_plugin.plans import palette
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.formats import Figure, ticks
from fullservice_plugin.plans.lines import draw_line


class Chart(Flowable):  # type: ignore[misc]
    """A drawing of fixed size with text in the fonts of the document."""

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
        draw_line(self.canv, self.fonts, text, x, y, size, colour, align)


class Bars(Chart):
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
        self.figures = [
            (label, text) if isinstance(text, Figure) else (label, Figure(f"{value:g}", value, "whole"), text)
            for label, value, text, _ in rows
        ]

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


class Stack(Chart):
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


class Curve(Chart):
    """Benefit over cost: plans as points joined by a line, and the proven bound above them, dashed.

    ``points``: (cost, benefit, bound); ``chosen``: (cost, benefit) of the plan itself; ``words``: titles of the two
    axes, of the line and of the bound; ``number`` writes a figure of an axis.
    """

    LEFT, BOTTOM, TOP = 62.0, 30.0, 16.0

    def __init__(
        self,
        fonts: FontSet,
        width: float,
        points: Sequence[tuple[float, float, float]],
        chosen: tuple[float, float],
        words: tuple[str, str, str, str],
        number: Callable[[float], str],
        height: float = 190.0,
    ) -> None:
        super().__init__(fonts, width, height)
        self.points, self.chosen, self.words, self.number = points, chosen, words, number
        self.most = (
            max([p[0] for p in points] + [chosen[0]]) * 1.05 or 1.0,
            max([p[2] for p in points] + [chosen[1]]) * 1.08 or 1.0,
        )

    def _at(self, cost: float, value: float) -> tuple[float, float]:
        wide, high = self.width - self.LEFT - 10, self.height - self.BOTTOM - self.TOP
        return self.LEFT + wide * cost / self.most[0], self.BOTTOM + high * max(value, 0.0) / self.most[1]

    def draw(self) -> None:
        """Draw axes with figures, the bound, the line, the points and the legend."""
        canvas = self.canv
        canvas.setLineWidth(0.5)
        for value in ticks(self.most[1]):
            _, y = self._at(0, value)
            canvas.setStrokeColor(HexColor(palette.LINE))
            canvas.line(self.LEFT, y, self.width - 10, y)
            self.put(self.number(value), self.LEFT - 5, y - 2.5, 6.8, palette.MUTED, "right")
        for value in ticks(self.most[0]):
            self.put(self.number(value), self._at(value, 0)[0] - 6, self.BOTTOM - 10, 6.8, palette.MUTED)
        self.put(self.words[0], self.width - 10, 6, 7.2, palette.MUTED, "right")
        self.put(self.words[1], 0, self.height - 9, 7.2, palette.MUTED)
        for column, colour, dash in ((2, palette.WARN, (3, 2)), (1, palette.ACCENT, ())):
            canvas.setStrokeColor(HexColor(colour))
            canvas.setLineWidth(1.3)
            canvas.setDash(*dash) if dash else canvas.setDash()
            path = canvas.beginPath()
            for k, point in enumerate(self.points):
                (path.moveTo if k == 0 else path.lineTo)(*self._at(point[0], point[column]))
            canvas.drawPath(path)
        canvas.setDash()
        canvas.setFillColor(HexColor(palette.ACCENT))
        for point in self.points:
            canvas.circle(*self._at(point[0], point[1]), 2, stroke=0, fill=1)
        canvas.setFillColor(HexColor(palette.INK))
        canvas.circle(*self._at(*self.chosen), 3.4, stroke=0, fill=1)
        x = self.LEFT + 90
        for text, colour in ((self.words[2], palette.ACCENT), (self.words[3], palette.WARN)):
            canvas.setFillColor(HexColor(colour))
            canvas.rect(x, self.height - 9, 12, 3, stroke=0, fill=1)
            self.put(text, x + 16, self.height - 10, 7.2)
            x += 34 + self.fonts.width(text, 7.2)
