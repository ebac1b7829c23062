# SPDX-License-Identifier: GPL-2.0-or-later
"""The list of sections on a cover: its page numbers are written when all pages are known, so that a document of
thousands of rows is laid out once, not twice.
"""

from __future__ import annotations

from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from fullservice_plugin.plans import palette
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.lines import draw_line

SIZE, LEADING = 8.8, 12.5
NUMBER = 24.0  # points kept for the page number


class Entry(Flowable):  # type: ignore[misc]
    """One line of the contents, which leads to the bookmark ``key``."""

    def __init__(self, fonts: FontSet, text: str, key: str) -> None:
        super().__init__()
        self.fonts, self.text, self.key = fonts, text, key
        self._room = 0.0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the width offered and the height of a line."""
        self._room = available_width
        return available_width, LEADING

    def draw(self) -> None:
        """Draw title and leader; the canvas is told where the number belongs."""
        canvas: Any = self.canv
        base = (LEADING - SIZE) / 2 + SIZE * 0.18
        text = self.fonts.fit(self.text, SIZE, self._room - 2 * NUMBER)
        draw_line(canvas, self.fonts, text, 0, base, SIZE, palette.INK)
        canvas.saveState()
        canvas.setStrokeColor(HexColor(palette.MUTED))
        canvas.setLineWidth(0.6)
        canvas.setLineCap(1)
        canvas.setDash([0.0, 3.2])
        start = self.fonts.width(text, SIZE) + 6
        canvas.line(start, base + 0.4, self._room - NUMBER, base + 0.4)
        canvas.restoreState()
        canvas.linkRect("", self.key, (0, 0, self._room, LEADING), relative=1, Border="[0 0 0]")
        canvas.numbers.append((self.key, *canvas.absolutePosition(self._room, base)))
