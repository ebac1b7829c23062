# SPDX-License-Identifier: GPL-2.0-or-later
"""Schematics of an access plan: risers with their boxes by floor, and the splitters and drops of each cabinet."""

from __future__ import annotations

from collections import defaultdict
from typing import Mapping, Optional, Sequence

from reportlab.lib.colors import HexColor
from reportlab.platypus import KeepTogether, Spacer, Table, TableStyle

from fullservice_plugin.i18n import listed, translate
from fullservice_plugin.plans import formats, palette
from fullservice_plugin.plans.charts import Chart
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.dossier_model import Riser
from fullservice_plugin.plans.fonts import FontSet
from fullservice_plugin.plans.formats import natural
from fullservice_plugin.plans.model import AccessPlan, BuildingRiser, Node, OpticalPath
from fullservice_plugin.plans.riser import RiserSketch
from fullservice_plugin.plans.site_labels import symbol

NAMES = 12  # buildings named below a riser that is the same in all of them; further ones are counted
ROWS = 30  # boxes in one drawing of a cabinet, so that it fits on a page
SKETCH = 170.0  # points of height of a riser


def risers(document: Document, plan: AccessPlan) -> None:
    """Append the riser of each building of two storeys and more; what is alike is drawn once."""
    t = document.t
    alike: dict[tuple[object, ...], list[BuildingRiser]] = defaultdict(list)
    for one in plan.risers:
        alike[(one.storeys, one.boxes, one.points, one.outside, one.cabled)].append(one)
    if not alike:
        return
    document.heading(t("Riser diagrams"), SKETCH + 60)
    document.text(t("Buildings with the same boxes on the same floors are drawn once."), 8.2, palette.MUTED)
    half = document.width / 2.0
    cells = [_riser(document, group, half - 16) for group in alike.values()]
    style = TableStyle(
        [("FONT", (0, 0), (-1, -1), document.font), ("VALIGN", (0, 0), (-1, -1), "TOP"),
         ("LEFTPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 12)]
    )  # fmt: skip
    for start in range(0, len(cells), 2):
        pair = [*cells[start : start + 2], ""][:2]
        document.add(KeepTogether([Table([pair], colWidths=[half, half], style=style, hAlign="LEFT")]))
    document.space(8)


def _riser(document: Document, group: Sequence[BuildingRiser], width: float) -> list[object]:
    t, first = document.t, group[0]
    names = sorted({one.building for one in group}, key=natural)
    shown = listed(names[:NAMES], document.language)
    if len(names) > NAMES:
        shown = t("{names} and {count} more", names=shown, count=formats.integer(len(names) - NAMES))
    title = t("{storeys} storeys, {count} buildings", storeys=first.storeys, count=formats.integer(len(group)))
    sketch = RiserSketch(
        document.fonts,
        Riser(first.storeys, first.boxes, first.points, first.outside, first.cabled),
        document.language,
        width,
        SKETCH,
    )
    return [
        document.paragraph(title, 8.6, bold=True),
        document.paragraph(shown, 7.4, palette.MUTED),
        Spacer(1, 4),
        sketch,
    ]


def splitters(document: Document, plan: AccessPlan) -> None:
    """Append a schematic per cabinet: what feeds it, its splitter, its boxes with theirs, ports and drops."""
    t = document.t
    known = {node.code: node for node in plan.nodes}
    children: dict[str, list[Node]] = defaultdict(list)
    drops: dict[str, list[OpticalPath]] = defaultdict(list)
    for node in plan.nodes:
        if node.kind == "fat":
            children[node.parent].append(node)
    for path in plan.paths:
        drops[path.node].append(path)
    cabinets = sorted({*children, *(n.code for n in plan.nodes if n.kind == "fdt")}, key=natural)
    if not cabinets:
        return
    document.heading(t("Splitters and drops per cabinet"), 160)
    document.text(
        t("From the exchange over the cabinet to its boxes; the bar shows how many ports are in use."),
        8.2,
        palette.MUTED,
    )
    sheets = {key[5:]: document.places[sheet] for key, sheet in document.shown.items() if key.startswith("node:")}
    for code in cabinets:
        boxes = sorted(children[code], key=lambda node: natural(node.code))
        if drops.get(code):  # homes that the cabinet serves itself
            boxes.append(Node("", "direct", code, None, None, ""))
        for start in range(0, max(1, len(boxes)), ROWS):
            part = boxes[start : start + ROWS]
            document.add(
                CabinetSketch(
                    document.fonts, document.language, document.width, code, known.get(code), part, drops, sheets
                ),
                Spacer(1, 10),
            )


class CabinetSketch(Chart):
    """One cabinet from its feeder on the left to the drops on the right."""

    ROW = 17.0
    CABINET, SPLIT, BOX, SECOND, PORTS, TEXT = 80.0, 134.0, 182.0, 266.0, 304.0, 376.0

    def __init__(
        self,
        fonts: FontSet,
        language: str,
        width: float,
        code: str,
        cabinet: Optional[Node],
        boxes: Sequence[Node],
        drops: dict[str, list[OpticalPath]],
        sheets: Optional[Mapping[str, str]] = None,
    ) -> None:
        super().__init__(fonts, width, max(2, len(boxes)) * self.ROW + 14)
        self.language, self.code, self.cabinet, self.boxes, self.drops = language, code, cabinet, boxes, drops
        self.sheets = sheets or {}  # code of a box → bookmark of the sheet that shows it

    def _height(self, row: int) -> float:
        return self.height - 14 - (row + 0.5) * self.ROW

    def draw(self) -> None:
        """Draw the feeder, the cabinet with its splitter, and a row for each box."""
        canvas, cabinet = self.canv, self.cabinet
        canvas.setStrokeColor(HexColor(palette.LINE))
        canvas.setLineWidth(0.5)
        canvas.line(0, self.height - 2, self.width, self.height - 2)
        middle = (self._height(0) + self._height(max(0, len(self.boxes) - 1))) / 2.0
        parent = cabinet.parent if cabinet else ""
        if parent:
            self._line(6, middle, self.CABINET, middle, palette.FEEDER, 1.4)
            canvas.setFillColor(HexColor(palette.INK))
            canvas.rect(0, middle - 4, 8, 8, stroke=0, fill=1)
            self.put(self.fonts.fit(parent, 6.8, self.CABINET - 14), 0, middle + 8, 6.8, palette.MUTED)
        for row in range(len(self.boxes)):
            y = self._height(row)
            self._line(self.SPLIT, middle, self.SPLIT + 26, y, palette.DISTRIBUTION, 0.8)
            self._line(self.SPLIT + 26, y, self.BOX, y, palette.DISTRIBUTION, 0.8)
        self._line(self.CABINET, middle, self.SPLIT, middle, palette.DISTRIBUTION, 0.8)
        symbol(canvas, "cabinet", self.CABINET, middle)
        name = self.code or translate("No cabinet in the store", self.language)
        left = self.CABINET - 6 if self.code else 0.0
        self._linked(self.code, left, middle + 8, self.SPLIT - left)
        self.put(self.fonts.fit(name, 7.6, self.SPLIT + 10 - left), left, middle + 10, 7.6)
        if cabinet is not None:
            self._splitter(self.SPLIT, middle, cabinet.splitter)
            ports = f"{formats.integer(cabinet.used)}/{formats.integer(cabinet.ports)}"
            self.put(ports, self.CABINET - 6, middle - 15, 6.6, palette.MUTED)
        for row, box in enumerate(self.boxes):
            self._box(box, self._height(row))

    def _box(self, box: Node, y: float) -> None:
        served = self.drops.get(box.code or self.code, [])
        self._line(self.BOX, y, self.TEXT - 6, y, palette.DROP, 0.5)
        if box.kind != "direct":
            symbol(self.canv, "box", self.BOX, y)
            self._words(box.code, self.BOX + 7, y, self.SECOND - self.BOX - 18)
            self._linked(box.code, self.BOX - 4, y - 4, self.SECOND - self.BOX - 10)
            self._splitter(self.SECOND, y, box.splitter)
            self._ports(box, y)
        losses = [path.loss_db for path in served if path.loss_db is not None]
        text = translate(
            "{drops} drops, {fibres} fibres, at most {loss} dB",
            self.language,
            drops=formats.integer(len(served)),
            fibres=formats.integer(sum(path.fibres or 0 for path in served)),
            loss=formats.decimal(max(losses), 2) if losses else formats.NONE,
        )
        self.put(self.fonts.fit(text, 6.6, self.width - self.TEXT), self.TEXT, y - 2.3, 6.6, palette.MUTED)

    def _linked(self, code: str, x: float, y: float, wide: float) -> None:
        """Let the sheets lead to a box in the schematic, and the box to the sheet that shows it."""
        if not code:
            return
        self.canv.anchor("node:" + code, self.canv.absolutePosition(x, y)[1] + self.ROW)
        if code in self.sheets:
            self.canv.linkRect("", self.sheets[code], (x, y, x + wide, y + 9), relative=1, Border="[0 0 0]")

    def _ports(self, box: Node, y: float) -> None:
        """Draw how many of the box's ports are in use."""
        canvas, wide = self.canv, 34.0
        canvas.setFillColor(HexColor(palette.WHITE))
        canvas.setStrokeColor(HexColor(palette.MUTED))
        canvas.setLineWidth(0.5)
        canvas.rect(self.PORTS, y - 3, wide, 6, stroke=1, fill=1)
        if box.ports and box.used:
            canvas.setFillColor(HexColor(palette.ACCENT))
            canvas.rect(self.PORTS, y - 3, wide * min(1.0, box.used / box.ports), 6, stroke=0, fill=1)
        self._words(f"{formats.integer(box.used)}/{formats.integer(box.ports)}", self.PORTS + wide + 2, y, 34)

    def _splitter(self, x: float, y: float, ratio: str) -> None:
        """Draw a splitter: a triangle whose point is the way in; nothing where none is designed."""
        if not ratio:
            return
        path = self.canv.beginPath()
        path.moveTo(x - 5, y)
        path.lineTo(x + 5, y + 5)
        path.lineTo(x + 5, y - 5)
        path.close()
        self.canv.setFillColor(HexColor(palette.WHITE))
        self.canv.setStrokeColor(HexColor(palette.INK))
        self.canv.setLineWidth(0.7)
        self.canv.drawPath(path, stroke=1, fill=1)
        self._words(ratio, x + 8, y - 4.6 if x == self.SPLIT else y, 30)

    def _words(self, text: str, x: float, y: float, room: float) -> None:
        """Write on white, so that the line behind does not run through the text."""
        fitted = self.fonts.fit(text, 6.6, room)
        self.canv.setFillColor(HexColor(palette.WHITE))
        self.canv.rect(x - 1, y - 3, self.fonts.width(fitted, 6.6) + 2, 6.4, stroke=0, fill=1)
        self.put(fitted, x, y - 2.3, 6.6)

    def _line(self, x0: float, y0: float, x1: float, y1: float, colour: str, width: float) -> None:
        self.canv.setStrokeColor(HexColor(colour))
        self.canv.setLineWidth(width)
        self.canv.line(x0, y0, x1, y1)
