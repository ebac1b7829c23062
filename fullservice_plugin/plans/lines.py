# SPDX-License-Identifier: GPL-2.0-or-later
"""Line breaking for table cells: Latin at spaces, Chinese between characters, punctuation where it belongs.

A reportlab paragraph costs half a millisecond and is laid out four times; a table of five thousand buildings has
fifty thousand cells. These cells are broken once.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Callable, Optional

from reportlab.lib.colors import HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from fullservice_plugin.plans import palette
from fullservice_plugin.plans.fonts import FontSet, clean

EMBOLDEN = 0.035  # of the size: width of the outline that stands for a bold
# JLREQ / GB 15834: these never start a line (closing marks), those never end one (opening marks).
NO_START = frozenset("，。、；：！？）》」』】〉”’…—·％,.;:!?)]}%")
NO_END = frozenset("（《「『【〈“‘([{")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
# Spaces; one Chinese character; a Latin word, which may break after - or / between letters and after _, never inside
# numbers.
_PIECE = re.compile(rf"\s+|[{_WIDE}]|[^\s{_WIDE}]+?(?:(?<=[^\W\d_][-/])(?=[^\W\d_])|(?<=_)(?=\w)|(?=[\s{_WIDE}]|$))")


def pieces(text: str) -> list[str]:
    """Return the parts between which a line may break; marks are joined to the character they belong to."""
    found: list[str] = []
    for match in _PIECE.finditer(text):
        part = match.group()
        glued = found and part[0] in NO_START and not found[-1].isspace()
        held = found and found[-1][-1:] in NO_END
        if glued or held:
            found[-1] += part
        else:
            found.append(part)
    return found


def broken(text: str, width: float, measure: Callable[[str], float], indent: float = 0.0) -> list[str]:
    """Return the lines of a text no wider than ``width`` points; the first is shorter by ``indent``."""
    room = width - indent
    if measure(text) <= room:
        return [text.strip()]
    found: list[str] = []
    line, used = "", 0.0
    for piece in pieces(text):
        wide = measure(piece)
        if used + wide <= room or (piece.isspace() and line):
            line, used = line + piece, used + wide
            continue
        if line.strip():
            found.append(line.strip())
            room = width
        line, used = piece.lstrip(), wide
        while used > room and len(line) > 1:  # a word longer than the column
            cut = _fitting(line, room, measure)
            found.append(line[:cut])
            line, room = line[cut:], width
            used = measure(line)
    return [*found, line.strip()] if line.strip() or not found else found


def _fitting(line: str, width: float, measure: Callable[[str], float]) -> int:
    low, high = 1, len(line) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if measure(line[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    return low


class Cell(Flowable):  # type: ignore[misc]
    """A text in a table cell: wrapped once per width, aligned, each run in its font."""

    def __init__(
        self,
        fonts: FontSet,
        text: object,
        size: float,
        leading: float,
        align: str = "left",
        colour: str = palette.INK,
        bold: bool = False,
        link: Optional[str] = None,
        anchors: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.fonts, self.text, self.size, self.leading = fonts, clean(text), size, leading
        self.align, self.colour, self.bold, self.link, self.anchors = align, colour, bold, link, anchors
        self._lines: dict[float, list[str]] = {}
        self._room = 0.0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the width offered and the height of the wrapped text."""
        self._room = available_width
        return available_width, self.leading * max(1, len(self.lines(available_width)))

    def lines(self, width: float) -> list[str]:
        """Return the lines at a width (points)."""
        if width not in self._lines:
            found: list[str] = []
            for part in self.text.split("\n"):
                found += self._break(part, width + 0.01)
            self._lines[width] = found
        return self._lines[width]

    def _width(self, text: str) -> float:
        return text_width(self.fonts, text, self.size, self.bold)

    def _break(self, text: str, width: float) -> list[str]:
        return broken(text, width, self._width)

    def draw(self) -> None:
        """Draw the lines from the top."""
        canvas = self.canv
        lines = self.lines(self._room)
        height = self.leading * max(1, len(lines))
        y = height - self.leading + (self.leading - self.size) / 2 + self.size * 0.18
        drawing = canvas.beginText(0, y)
        drawing.setFillColor(HexColor(self.colour))
        for line in lines:
            x = 0.0
            if self.align != "left":
                x = (self._room - self._width(line)) * (1.0 if self.align == "right" else 0.5)
            drawing.setTextOrigin(x, y)
            write_runs(canvas, drawing, self.fonts, line, self.size, self.colour, self.bold)
            y -= self.leading
        canvas.drawText(drawing)
        for name in self.anchors:
            canvas.anchor(name, canvas.absolutePosition(0, height)[1] + self.leading)
        if self.link:
            canvas.linkRect("", self.link, (0, 0, self._room, height), relative=1, Border="[0 0 0]")


def draw_line(
    canvas: Any, fonts: FontSet, text: str, x: float, y: float, size: float, colour: str, align: str = "left",
    bold: bool = False,
) -> None:
    """Draw one line of text (points), each run in its font; ``x`` is its left, right or middle as ``align`` says."""
    if align != "left":
        x -= fonts.width(text, size, bold) * (1.0 if align == "right" else 0.5)
    canvas.saveState()
    drawing = canvas.beginText(x, y)
    drawing.setFillColor(HexColor(colour))
    write_runs(canvas, drawing, fonts, text, size, colour, bold)
    canvas.drawText(drawing)
    canvas.restoreState()


def write_runs(
    canvas: Any, drawing: Any, fonts: FontSet, text: str, size: float, colour: str, bold: bool
) -> None:
    """Write a line at the place of a text object, each run in its font.

    No free Chinese font comes with a bold: it is drawn with its outline, so that a bold line is even.
    """
    thick = False
    for face, run in fonts.runs(text, bold):
        drawing.setFont(face.name, size)
        if bold and face is fonts.chinese and not thick:
            canvas.setLineWidth(size * EMBOLDEN)
            drawing.setStrokeColor(HexColor(colour))
        if thick is not (bold and face is fonts.chinese):
            thick = not thick
            drawing.setTextRenderMode(2 if thick else 0)
        drawing.textOut(run)
    if thick:
        drawing.setTextRenderMode(0)


def text_width(fonts: FontSet, text: str, size: float, bold: bool) -> float:
    """Return the width of a line in points; short pieces are remembered."""
    if len(text) > 24:
        return fonts.width(text, size, bold)
    return _remembered(fonts, text, bold) * size


@lru_cache(maxsize=20_000)
def _remembered(fonts: FontSet, text: str, bold: bool) -> float:
    return float(sum(stringWidth(run, face.name, 1000.0) for face, run in fonts.runs(text, bold))) / 1000.0
