# SPDX-License-Identifier: GPL-2.0-or-later
"""Running text of a letter: Latin ragged at words; Chinese indented, flush on both sides, marks where they belong.

reportlab's own Chinese wrapping breaks inside Latin words and numbers, which stand in almost every sentence here.
"""

from __future__ import annotations

from typing import Optional

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from fullservice_plugin.plans import palette
from fullservice_plugin.plans.fonts import FontSet, clean
from fullservice_plugin.plans.lines import broken, text_width, write_runs

WIDEST_SPACE = 0.3  # of the size: a line that would need wider gaps between its characters stays ragged
FEWEST_LINES = 2  # of a paragraph at the foot or the head of a page


class Prose(Flowable):  # type: ignore[misc]
    """A paragraph that breaks over pages; ``indent`` is that of each first line (points)."""

    def __init__(
        self,
        fonts: FontSet,
        text: object,
        size: float,
        leading: float,
        *,
        indent: float = 0.0,
        flush: bool = False,
        align: str = "left",
        bold: bool = False,
        colour: str = palette.INK,
        after: float = 0.0,
    ) -> None:
        super().__init__()
        self.fonts, self.size, self.leading = fonts, size, leading
        self.indent, self.flush, self.align, self.bold, self.colour = indent, flush, align, bold, colour
        self.spaceAfter = after
        self._parts = clean(text).strip().split("\n")
        self._given: Optional[list[tuple[str, float, bool]]] = None  # the rest of a paragraph that was split
        self._room = 0.0

    def lines(self, width: float) -> list[tuple[str, float, bool]]:
        """Return (line, indent, whether it is the last of its paragraph) at a width in points."""
        if self._given is not None:
            return self._given
        found = []
        for part in self._parts:
            rows = broken(part, width + 0.01, self._width, self.indent)
            found += [(row, self.indent if n == 0 else 0.0, n == len(rows) - 1) for n, row in enumerate(rows)]
        return found

    def _width(self, text: str) -> float:
        return text_width(self.fonts, text, self.size, self.bold)

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the width offered and the height of the wrapped text."""
        self._room = available_width
        return available_width, self.leading * len(self.lines(available_width))

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Return the part that fits and the rest; nothing where too few lines would stand alone."""
        lines = self.lines(available_width)
        fit = int(available_height / self.leading + 1e-6)
        if fit >= len(lines):
            return [self]
        fit = min(fit, len(lines) - FEWEST_LINES)
        if fit < FEWEST_LINES:
            return []
        return [self._part(lines[:fit], 0.0), self._part(lines[fit:], self.spaceAfter)]

    def _part(self, lines: list[tuple[str, float, bool]], after: float) -> Prose:
        made = Prose(
            self.fonts, "", self.size, self.leading, indent=self.indent, flush=self.flush, align=self.align,
            bold=self.bold, colour=self.colour, after=after,
        )  # fmt: skip
        made._given = lines
        return made

    def draw(self) -> None:
        """Draw the lines from the top."""
        lines = self.lines(self._room)
        y = self.leading * (len(lines) - 1) + (self.leading - self.size) / 2 + self.size * 0.18
        drawing = self.canv.beginText(0, y)
        drawing.setFillColor(HexColor(self.colour))
        for line, indent, last in lines:
            spare = self._room - indent - self._width(line)
            share = {"right": 1.0, "center": 0.5}.get(self.align, 0.0)
            drawing.setTextOrigin(indent + spare * share, y)
            drawing.setCharSpace(0.0 if last or not self.flush else self._space(line, spare))
            write_runs(self.canv, drawing, self.fonts, line, self.size, self.colour, self.bold)
            y -= self.leading
        drawing.setCharSpace(0.0)
        self.canv.drawText(drawing)

    def _space(self, line: str, spare: float) -> float:
        """Return the gap between characters that makes a line flush."""
        each = spare / max(1, len(line) - 1)
        return each if 0.0 < each <= WIDEST_SPACE * self.size else 0.0
