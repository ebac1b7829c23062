# SPDX-License-Identifier: GPL-2.0-or-later
"""What is written on the drawing of a site: names where they have room, scale bar, north arrow, legend, symbols.

Names are placed in one order and only where nothing stands, so the same site always looks the same.
"""

from __future__ import annotations

import math
from typing import Any, Iterator, Optional, Sequence

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable
from shapely.geometry import LineString, Point, box

from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import palette
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.lines import draw_line
from fullservice_plugin.plans.model import Shape

POINT_M = 0.0254 / 72  # metres of a point on paper
HOUSE, ENTRY, WALL = "#F2C879", "#C0392B", "#B3430B"
#: Cables by kind, bottom first: colour, width and dashes on paper.
CABLES: dict[str, tuple[str, float, Optional[tuple[float, ...]]]] = {
    "feeder": (palette.FEEDER, 1.8, None),
    "distribution": (palette.DISTRIBUTION, 1.4, None),
    "wall": (WALL, 2.2, (4.0, 2.5)),
    "drop": (palette.INK, 1.2, (1.0, 2.2)),
}


def symbol(canvas: Any, kind: str, x: float, y: float) -> None:
    """Draw the mark of an entry (triangle), a box (square), a cabinet or access point (diamonds) around (x, y)."""
    canvas.setStrokeColor(HexColor(palette.WHITE))
    canvas.setLineWidth(0.7)
    corners_of = {
        "entry": ((0, 5.2), (4.8, -3.4), (-4.8, -3.4)),
        "box": ((-3.3, -3.3), (3.3, -3.3), (3.3, 3.3), (-3.3, 3.3)),
        "cabinet": ((0, 5), (5, 0), (0, -5), (-5, 0)),
        "ap": ((0, 3.2), (3.2, 0), (0, -3.2), (-3.2, 0)),
    }[kind]
    colours = {"entry": ENTRY, "box": palette.ACCENT, "cabinet": palette.FEEDER, "ap": "#E69F00"}
    canvas.setFillColor(HexColor(colours[kind]))
    path = canvas.beginPath()
    path.moveTo(x + corners_of[0][0], y + corners_of[0][1])
    for dx, dy in corners_of[1:]:
        path.lineTo(x + dx, y + dy)
    path.close()
    canvas.drawPath(path, stroke=1, fill=1)


def simple(geometry: Any, kind: str) -> Iterator[Any]:
    """Yield the parts of a kind that a geometry is made of."""
    if geometry is None or geometry.is_empty:
        return
    if geometry.geom_type == kind:
        yield geometry
    for part in getattr(geometry, "geoms", ()):
        yield from simple(part, kind)


class Labelled(Flowable):  # type: ignore[misc]
    """Names and furniture of a drawing ``width`` × ``height`` points; ``north`` the angle to true north (degrees)."""

    fonts: FontSet
    site: Any
    language: str
    width: float
    height: float
    north: float
    _taken: list[Any]

    def _at(self, x: float, y: float) -> tuple[float, float]:
        west, south, east, north = self.site.extent
        return (x - west) / (east - west) * self.width, (y - south) / (north - south) * self.height

    def _kind(self, kind: str) -> Iterator[Shape]:
        return (shape for shape in self.site.ground if shape.kind == kind)

    def _drawn_boxes(self) -> list[Any]:
        found = []
        for shape in self.site.points:
            for point in simple(shape.geometry, "Point"):
                found.append(Point(*self._at(point.x, point.y)).buffer(6.0))
        return found

    def _names(self) -> None:
        self._house_name()
        streets: dict[str, list[Any]] = {}
        for shape in self._kind("street"):
            if shape.label:
                streets.setdefault(shape.label, []).extend(simple(shape.geometry, "LineString"))
        for name, lines in sorted(streets.items()):
            self._street_name(name, lines)
        for shape in self._kind("building"):
            if shape.label:
                self._inside(shape.label, shape.geometry, 5.6, palette.MUTED)

    def _house_name(self) -> None:
        self._inside(self.site.house.label, self.site.house.geometry, 8.0, palette.INK, self.language == "en")

    def _inside(self, text: str, geometry: Any, size: float, colour: str, bold: bool = False) -> None:
        """Put a name into its house where it has room and nothing stands there."""
        frame = box(*self.site.extent)
        shown = geometry.buffer(0).intersection(frame)
        if shown.is_empty:
            return
        middle = shown.representative_point() if not shown.contains(shown.centroid) else shown.centroid
        x, y = self._at(middle.x, middle.y)
        wide = self.fonts.width(text, size, bold)
        west, south, east, north = shown.bounds
        room = (east - west) / (frame.bounds[2] - frame.bounds[0]) * self.width
        place = box(x - wide / 2 - 1, y - size / 2, x + wide / 2 + 1, y + size / 2)
        if wide > room + 4 or not self._free(place):
            return
        self._taken.append(place)
        self._text(text, x, y - size * 0.35, size, colour, 0.0, bold)

    def _street_name(self, name: str, lines: Sequence[Any]) -> None:
        """Put a name along the longest straight piece of its street that has room."""
        size = 6.4
        wide = self.fonts.width(name, size)
        pieces = []
        for line in lines:
            points = [self._at(p[0], p[1]) for p in line.coords]
            pieces += [(math.dist(a, b), a, b) for a, b in zip(points, points[1:])]
        frame = box(0, 0, self.width, self.height)
        for _, a, b in sorted(pieces, key=lambda piece: (-piece[0], piece[1]))[:12]:
            inside = LineString([a, b]).intersection(frame.buffer(-8))
            if inside.is_empty or inside.geom_type != "LineString" or inside.length < wide * 0.8:
                continue
            for share in (0.5, 0.25, 0.75):
                middle = inside.interpolate(share, normalized=True)
                angle = math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))
                angle = angle - 180 if angle > 90 else angle + 180 if angle <= -90 else angle
                lean = math.radians(angle)
                ends = [
                    (middle.x + k * math.cos(lean) * wide / 2, middle.y + k * math.sin(lean) * wide / 2)
                    for k in (-1, 1)
                ]
                place = LineString(ends).buffer(size / 2)
                if frame.contains(place) and self._free(place):
                    self._taken.append(place)
                    self._text(name, middle.x, middle.y, size, palette.MUTED, angle)
                    return

    def _free(self, place: Any) -> bool:
        return not any(place.intersects(other) for other in self._taken)

    def _text(self, text: str, x: float, y: float, size: float, colour: str, angle: float, bold: bool = False) -> None:
        """Write a text around (x, y) with a light outline; turned by ``angle``."""
        canvas = self.canv
        canvas.saveState()
        canvas.translate(x, y)
        canvas.rotate(angle)
        down = -size * 0.35 if angle else 0.0
        for outline in (True, False):
            drawing = canvas.beginText(-self.fonts.width(text, size, bold) / 2, down)
            drawing.setTextRenderMode(1 if outline else 0)
            canvas.setLineWidth(1.6)
            drawing.setStrokeColor(HexColor(palette.WHITE))
            drawing.setFillColor(HexColor(colour))
            for face, run in self.fonts.runs(text, bold):
                drawing.setFont(face.name, size)
                drawing.textOut(run)
            drawing.setTextRenderMode(0)
            canvas.drawText(drawing)
        canvas.restoreState()

    # scale bar, arrow, legend

    def _bar_metres(self) -> int:
        whole = self.width * POINT_M * self.site.scale * 0.22
        power = 10 ** int(math.floor(math.log10(whole)))
        return int(next(step * power for step in (5, 2, 1) if step * power <= whole))

    def _furniture_boxes(self) -> list[Any]:
        high = 12 + 11 * len(self.site.legend)
        return [
            box(0, 0, self.width * 0.30 + 50, 26),
            box(self.width - 34, self.height - 42, self.width, self.height),
            box(0, self.height - high, self._legend_width(), self.height),
            box(self.width - 150, 0, self.width, 11),
        ]

    def _legend_width(self) -> float:
        return 30 + max([self.fonts.width(words, 6.8) for _, words in self.site.legend], default=0.0)

    def _furniture(self) -> None:
        self._scale_bar()
        self._arrow()
        self._legend()
        if self.site.notice:
            wide = self.fonts.width(self.site.notice, 5.6)
            self._panel(self.width - wide - 8, 0, wide + 8, 10)
            self._plain(self.site.notice, self.width - wide - 4, 2.8, 5.6, palette.MUTED)

    def _panel(self, x: float, y: float, width: float, height: float) -> None:
        self.canv.setFillColor(HexColor(palette.WHITE))
        self.canv.rect(x, y, width, height, stroke=0, fill=1)

    def _plain(self, text: str, x: float, y: float, size: float, colour: str) -> None:
        draw_line(self.canv, self.fonts, text, x, y, size, colour)

    def _scale_bar(self) -> None:
        metres = self._bar_metres()
        long = metres / (self.site.scale * POINT_M)
        scale = translate("Scale 1:{scale} on {paper}", self.language, scale=f"{self.site.scale:,}", paper="A4")
        end = 6 + long + self.fonts.width(f"{metres} m", 6.4) / 2
        self._panel(0, 0, max(end, 6 + self.fonts.width(scale, 6)) + 6, 27)
        self.canv.setFillColor(HexColor(palette.INK))
        self.canv.setStrokeColor(HexColor(palette.INK))
        self.canv.setLineWidth(0.5)
        self.canv.rect(6, 10, long / 2, 3, stroke=1, fill=1)
        self.canv.rect(6 + long / 2, 10, long / 2, 3, stroke=1, fill=0)
        self._plain("0", 5, 16, 6.4, palette.INK)
        end_text = f"{metres} m"
        self._plain(end_text, 6 + long - self.fonts.width(end_text, 6.4) / 2, 16, 6.4, palette.INK)
        self._plain(scale, 6, 2.6, 6, palette.MUTED)

    def _arrow(self) -> None:
        """Draw the arrow to true north, which the top of a UTM drawing misses by up to three degrees."""
        canvas = self.canv
        canvas.saveState()
        canvas.translate(self.width - 17, self.height - 20)
        canvas.setFillColor(HexColor(palette.WHITE))
        canvas.circle(0, 0, 15, stroke=0, fill=1)
        canvas.rotate(-self.north)
        canvas.setFillColor(HexColor(palette.INK))
        path = canvas.beginPath()
        path.moveTo(0, 6)
        for x, y in ((4.6, -11), (0, -7.5), (-4.6, -11)):
            path.lineTo(x, y)
        path.close()
        canvas.drawPath(path, stroke=0, fill=1)
        self._plain("N", -self.fonts.width("N", 7) / 2, 7.5, 7, palette.INK)
        canvas.restoreState()

    def _legend(self) -> None:
        if not self.site.legend:
            return
        high = 6 + 11 * len(self.site.legend)
        self._panel(0, self.height - high, self._legend_width(), high)
        for row, (kind, words) in enumerate(self.site.legend):
            y = self.height - 9 - 11 * row
            if kind == "house":
                self.canv.setFillColor(HexColor(HOUSE))
                self.canv.setStrokeColor(HexColor(palette.INK))
                self.canv.setLineWidth(0.8)
                self.canv.rect(7, y - 3, 13, 6.5, stroke=1, fill=1)
            elif kind in CABLES:
                colour, width, dash = CABLES[kind]
                self.canv.setStrokeColor(HexColor(colour))
                self.canv.setLineWidth(width)
                self.canv.setDash(list(dash) if dash else [])
                self.canv.line(6, y, 21, y)
                self.canv.setDash([])
            else:
                symbol(self.canv, kind, 13.5, y)
            self._plain(words, 25, y - 2.4, 6.8, palette.INK)
