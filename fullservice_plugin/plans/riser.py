# SPDX-License-Identifier: GPL-2.0-or-later
"""The sketch of a riser: floors, the cable that climbs through them, boxes and access points where they stand."""

from __future__ import annotations

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import palette
from fullservice_plugin.plans.dossier_model import Riser
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.lines import draw_line
from fullservice_plugin.plans.site_labels import symbol

LEFT, RIGHT, GROUND = 62.0, 8.0, 30.0
LEAST_ROW = 9.0  # points of a floor in which its number can be read


class RiserSketch(Flowable):  # type: ignore[misc]
    """The sketch, ``width`` × ``height`` points."""

    def __init__(self, fonts: FontSet, riser: Riser, language: str, width: float, height: float) -> None:
        super().__init__()
        self.fonts, self.riser, self.language, self.width, self.height = fonts, riser, language, width, height
        self.each = min(20.0, (height - GROUND - 6) / max(1, riser.storeys))

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the size: no higher than the floors need."""
        return self.width, min(self.height, GROUND + self.each * self.riser.storeys + 8)

    def _floor(self, number: int) -> float:
        """Return the height of the middle of a floor; what stands outside the known floors stays in the drawing."""
        inside = min(max(number, 1), self.riser.storeys)
        return GROUND + (inside - 0.5) * self.each

    def draw(self) -> None:
        """Draw the section of the building from the street on the left to the homes on the right."""
        canvas, riser = self.canv, self.riser
        top = GROUND + self.each * riser.storeys
        right = self.width - RIGHT
        canvas.setFillColor(HexColor(palette.BAND))
        canvas.setStrokeColor(HexColor(palette.MUTED))
        canvas.setLineWidth(0.9)
        canvas.rect(LEFT, GROUND, right - LEFT, top - GROUND, stroke=1, fill=1)
        self._floors(right)
        canvas.setStrokeColor(HexColor(palette.MUTED))
        canvas.setLineWidth(1.2)
        canvas.line(0, GROUND, self.width, GROUND)
        shaft = LEFT + 40
        self._cables(shaft, right)
        self._boxes(shaft)
        self._points(shaft)

    def _floors(self, right: float) -> None:
        canvas = self.canv
        step = 1 if self.each >= LEAST_ROW else 5
        canvas.setStrokeColor(HexColor(palette.LINE))
        canvas.setLineWidth(0.4)
        for number in range(1, self.riser.storeys + 1):
            y = GROUND + (number - 1) * self.each
            if number > 1:
                canvas.line(LEFT, y, right, y)
            if number == 1 or number % step == 0:
                self._text(str(number), LEFT + 14, y + self.each / 2 - 2.2, 6.4, "right")

    def _cables(self, shaft: float, right: float) -> None:
        """Draw the cable from the street to the box, and up the riser to the homes where the design runs it there."""
        canvas, riser = self.canv, self.riser
        low = self._floor(min((floor for floor, _ in riser.boxes), default=1))
        canvas.setStrokeColor(HexColor(palette.DISTRIBUTION))
        canvas.setLineWidth(1.5)
        canvas.line(4, GROUND - 9, shaft, GROUND - 9)
        canvas.line(shaft, GROUND - 9, shaft, low)
        self._text(translate("from the street", self.language), 4, GROUND - 20, 6.4)
        symbol(canvas, "entry", LEFT, GROUND - 9)
        reach = [floor for floor, _ in (*riser.boxes, *riser.points)]
        top = riser.storeys if riser.cabled else max(reach, default=1)
        canvas.setStrokeColor(HexColor(palette.INK))
        canvas.setLineWidth(0.9)
        canvas.line(shaft, low, shaft, self._floor(top))
        if riser.cabled:
            busy = {floor for floor, _ in riser.points}
            for number in range(1, riser.storeys + 1):
                start = shaft + 62 if number in busy else shaft  # behind the access points and their number
                canvas.line(start, self._floor(number), right - 10, self._floor(number))
                canvas.setFillColor(HexColor(palette.INK))
                canvas.circle(right - 10, self._floor(number), min(1.6, self.each / 4), stroke=0, fill=1)

    def _boxes(self, shaft: float) -> None:
        if self.riser.outside:
            symbol(self.canv, "box", 20, GROUND + 6)
        for floor, count in self.riser.boxes:
            symbol(self.canv, "box", shaft, self._floor(floor))
            if count > 1:
                self._text(f"× {count}", shaft + 6, self._floor(floor) - 2.2, 6.4)

    def _points(self, shaft: float) -> None:
        for floor, count in self.riser.points:
            y = self._floor(floor)
            self.canv.setStrokeColor(HexColor("#E69F00"))
            self.canv.setLineWidth(0.8)
            self.canv.line(shaft, y, shaft + 34, y)
            symbol(self.canv, "ap", shaft + 34, y)
            self._text(f"× {count}", shaft + 41, y - 2.2, 6.4)

    def _text(self, text: str, x: float, y: float, size: float, align: str = "left") -> None:
        draw_line(self.canv, self.fonts, text, x, y, size, palette.MUTED, align)
