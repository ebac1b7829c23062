# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages of WLAN floor plans: signal as a heat map, access points with numbers, the channel of each on every floor."""

from __future__ import annotations

import io
import math
import zlib
from typing import Any, Iterator, Sequence

from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader
from reportlab.platypus import KeepTogether, Spacer

from fullservice_plugin.i18n import listed
from fullservice_plugin.plans import formats, palette
from fullservice_plugin.plans.charts import Chart
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.floor_model import CLASSES, FloorPlan, Heat
from fullservice_plugin.plans.site_labels import simple
from fullservice_plugin.plans.tables import Column, data_table, linked

#: Of the classes, weakest first: viridis, told apart by the colour-blind and in grey; the weakest stays light enough
#: for the numbers above it.
COLOURS = ("#8d7fa8", "#5a79b0", "#35a294", "#8bd36b", "#fde725")
SCALES = (50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000, 2500, 5000)
POINT_M = 0.0254 / 72.0
HIGHEST = 300.0  # points of a drawing
TOGETHER = 12  # floors whose table stays below the drawing on its page
MOST = 12  # channels in one row of the table: further access points get a row of their own


def floor_plans(document: Document, floors: Sequence[FloorPlan]) -> None:
    """Append the floors of each building with WLAN, one drawing for floors that are alike; nothing without any."""
    if not floors:
        return
    t = document.t
    document.heading(t("WLAN floor plans"), 380)
    first = floors[0]
    document.text(
        t(
            "Median signal of the strongest access point, less the loss of the client. Wanted: {signal} dBm on {share} "
            "of the floor, airtime at most {limit}. Floors with access points at the same places are drawn once; their "
            "channels differ and stand in the table.",
            signal=formats.decimal(first.primary_dbm, 0),
            share=formats.percent(first.primary_share, 0, document.language),
            limit=formats.percent(first.airtime_limit, 0, document.language),
        ),
        8.2,
        palette.MUTED,
    )
    document.add(_Legend(document), Spacer(1, 6))
    for one in floors:
        _floor(document, one)


def _floor(document: Document, one: FloorPlan) -> None:
    t = document.t
    numbers = [row.floor for row in one.floors]
    title = "{} · {}".format(one.building, t("floors {floors}", floors=listed(ranges(numbers), document.language)))
    key = document.mark(title, 1)
    document.part = title
    sketch = FloorSketch(document, one)
    note = t(
        "Scale 1:{scale} · model {model} · {count} access points per floor",
        scale=f"{sketch.scale:,}",
        model=one.model,
        count=formats.integer(len(one.points)),
    )
    table = _channels(document, one)
    together = len(one.floors) <= TOGETHER
    document.add(
        KeepTogether(
            [
                key,
                document.paragraph(title, 10, palette.INK, bold=True, leading=14),
                document.paragraph(note, 7.4, palette.MUTED),
                Spacer(1, 4),
                sketch,
                Spacer(1, 6),
                *(table if together else ()),
            ]
        )
    )
    document.add(*(() if together else table))
    document.space(14)


def ranges(numbers: Sequence[int]) -> list[str]:
    """Return whole numbers as ranges: 1–4 and 6."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return [str(a) if a == b else f"{a}–{b}" for a, b in parts]


def _channels(document: Document, one: FloorPlan) -> list[Any]:
    """Return the table: channel of each access point by its number, coverage and airtime of each floor."""
    t = document.t
    found: list[Any] = []
    for start in range(0, len(one.points), MOST):
        points = one.points[start : start + MOST]
        last = start + MOST >= len(one.points)
        columns = [Column(t("Floor"), 0.8, "right")]
        columns += [Column(t("AP {number}", number=point.number), 0.75, "right") for point in points]
        if last:
            columns += [Column(t("Covered"), 1.0, "right"), Column(t("Twice covered"), 1.0, "right"),
                        Column(t("Airtime"), 0.9, "right")]  # fmt: skip
        rows = []
        for row in one.floors:
            cells: list[object] = [linked(document, "building:" + one.code, formats.integer(row.floor))]
            cells += [formats.integer(channel) for channel in row.channels[start : start + MOST]]
            if last:
                cells += [formats.percent(share, 1, document.language)
                          for share in (row.primary_share, row.secondary_share, row.airtime)]  # fmt: skip
            rows.append(cells)
        width = document.width * min(1.0, sum(column.share for column in columns) / 10.0)
        found += data_table(document, columns, rows, width=width)
    return found


class FloorSketch(Chart):
    """One floor: heat map within its outline, numbered access points, scale bar; north is up."""

    def __init__(self, document: Document, floor: FloorPlan) -> None:
        west, south, east, north = floor.outline.bounds
        pad = 8.0
        room = document.width - 2 * pad
        needed = max((east - west) / room, (north - south) / (HIGHEST - 40)) / POINT_M
        self.scale = next((value for value in SCALES if value >= needed), int(math.ceil(needed / 1000.0)) * 1000)
        self.pad, self.floor, self.document = pad, floor, document
        self.west, self.south = west, south
        self.each = 1.0 / (POINT_M * self.scale)  # points per metre
        super().__init__(document.fonts, document.width, (north - south) * self.each + 2 * pad + 22)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self.pad + (x - self.west) * self.each, 22 + self.pad + (y - self.south) * self.each

    def draw(self) -> None:
        """Draw the floor."""
        canvas = self.canv
        path = self._outline()
        if self.floor.heat is not None:
            canvas.saveState()
            canvas.clipPath(path, stroke=0, fill=0, fillMode=0)
            self._heat(self.floor.heat)
            canvas.restoreState()
        canvas.setStrokeColor(HexColor(palette.INK))
        canvas.setLineWidth(1.1)
        canvas.drawPath(self._outline(), stroke=1, fill=0)
        self._points()
        self._bar()

    def _outline(self) -> Any:
        path = self.canv.beginPath()
        for polygon in simple(self.floor.outline, "Polygon"):
            for ring in (polygon.exterior, *polygon.interiors):
                points = [self._at(x, y) for x, y in ((p[0], p[1]) for p in ring.coords)]
                path.moveTo(*points[0])
                for point in points[1:]:
                    path.lineTo(*point)
                path.close()
        return path

    def _heat(self, heat: Heat) -> None:
        left, top = self._at(heat.west, heat.north)
        wide, high = heat.columns * heat.cell * self.each, heat.rows * heat.cell * self.each
        self.canv.drawImage(heat_image(heat), left, top - high, wide, high)

    def _points(self) -> None:
        canvas = self.canv
        for point in self.floor.points:
            x, y = self._at(point.x, point.y)
            canvas.setFillColor(HexColor(palette.INK))
            canvas.setStrokeColor(HexColor(palette.WHITE))
            canvas.setLineWidth(0.8)
            canvas.circle(x, y, 5.4, stroke=1, fill=1)
            self.put(str(point.number), x, y - 2.3, 6.6, palette.WHITE, "center")

    def _bar(self) -> None:
        """Draw the scale bar: a round length near 60 points."""
        metres = next(value for value in (50, 20, 10, 5, 2, 1, 0.5) if value * self.each <= 90 or value == 0.5)
        canvas, length = self.canv, metres * self.each
        canvas.setFillColor(HexColor(palette.INK))
        canvas.rect(self.pad, 8, length, 2.4, stroke=0, fill=1)
        self.put(f"{metres:g} m", self.pad + length + 5, 6.6, 7.2, palette.MUTED)
        x = self.pad + length + 60
        canvas.setLineWidth(0.9)
        canvas.setStrokeColor(HexColor(palette.INK))
        canvas.line(x, 3, x, 15)
        arrow = canvas.beginPath()
        for step, (dx, dy) in enumerate(((0, 18), (3, 11), (-3, 11))):
            (arrow.lineTo if step else arrow.moveTo)(x + dx, dy)
        arrow.close()
        canvas.drawPath(arrow, stroke=0, fill=1)
        self.put(self.document.t("N"), x + 6, 6.6, 7.2, palette.MUTED)


def heat_image(heat: Heat) -> ImageReader:
    """Return the heat map as a small picture, a pixel per cell; outside the floor it is white."""
    colours = [b"\xff\xff\xff", *(bytes.fromhex(colour[1:]) for colour in COLOURS)]
    pixels = b"".join(
        b"\x00" + b"".join(colours[value] for value in heat.classes[row * heat.columns : (row + 1) * heat.columns])
        for row in range(heat.rows)
    )
    return ImageReader(io.BytesIO(_png(heat.columns, heat.rows, pixels)))


def _png(columns: int, rows: int, pixels: bytes) -> bytes:
    """Return a PNG (ISO 15948) of 8-bit RGB rows, each led by its filter byte."""
    head = columns.to_bytes(4, "big") + rows.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in parts
    )


class _Legend(Chart):
    """The classes of signal in a row."""

    def __init__(self, document: Document) -> None:
        super().__init__(document.fonts, document.width, 14)
        self.entries = list(_classes())

    def draw(self) -> None:
        """Draw a swatch and its words for each class."""
        x = 0.0
        for colour, words in self.entries:
            self.canv.setFillColor(HexColor(colour))
            self.canv.rect(x, 2, 16, 9, stroke=0, fill=1)
            self.put(words, x + 20, 3.6, 7.2, palette.MUTED)
            x += 34 + self.fonts.width(words, 7.2)


def _classes() -> Iterator[tuple[str, str]]:
    yield COLOURS[0], f"< {CLASSES[0]} dBm".replace("-", "−")
    for colour, low, high in zip(COLOURS[1:], CLASSES, CLASSES[1:]):
        yield colour, f"{low} … {high} dBm".replace("-", "−")
    yield COLOURS[-1], f"≥ {CLASSES[-1]} dBm".replace("-", "−")
