# SPDX-License-Identifier: GPL-2.0-or-later
"""What a crew works through and fills in: ways, boxes, measurements, and a checklist that fits what is built."""

from __future__ import annotations

from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable, Table, TableStyle

from fullservice_plugin.plans import formats, labels, palette
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.formats import natural
from fullservice_plugin.plans.tables import Column, data_table, linked
from fullservice_plugin.plans.workpack_model import WorkPack


def ways(document: Document, pack: WorkPack) -> None:
    """Append the stretches to be built, with room for what was done."""
    if not pack.ways:
        return
    t, language = document.t, document.language
    document.heading(t("Ways and cables"))
    document.text(
        t("Several cables may lie in one trench: it is dug with the first of them."), 8.2, palette.MUTED
    )
    columns = [
        Column(t("Code"), 1.0),
        Column(t("Cable"), 1.6),
        Column(t("Construction"), 1.2),
        Column(t("Length (m)"), 0.9, "right"),
        Column(t("To dig (m)"), 0.9, "right"),
        Column(t("Type"), 0.8),
        Column(t("Fibres"), 0.7, "right"),
        Column(t("Done (m)"), 0.9, "right"),
        Column(t("Date"), 0.9),
    ]
    rows = [
        (
            way.code,
            labels.label("map_kind", way.kind, language),
            labels.label("construction", way.construction, language),
            formats.decimal(way.length_m),
            formats.decimal(way.length_m) if way.dug else "",
            way.cable,
            formats.integer(way.fibres),
            "",
            "",
        )
        for way in sorted(pack.ways, key=lambda way: natural(way.code))
    ]
    totals = [
        (t("Total"), "", "", formats.decimal(sum(way.length_m or 0.0 for way in pack.ways)),
         formats.decimal(pack.trench_m()), "", "", "", "")
    ]  # fmt: skip
    document.add(*data_table(document, columns, rows, totals))
    document.space(14)


def boxes(document: Document, pack: WorkPack) -> None:
    """Append the cabinets and boxes to be set."""
    if not pack.boxes:
        return
    t, language = document.t, document.language
    document.heading(t("Cabinets and boxes"))
    columns = [
        Column(t("Code"), 1.3),
        Column(t("Type"), 2.0),
        Column(t("Fed by"), 1.3),
        Column(t("Splitter"), 1.1),
        Column(t("Ports"), 0.7, "right"),
        Column(t("Used"), 0.7, "right"),
        Column(t("Floor"), 0.7, "right"),
        Column(t("Serial number"), 1.4),
        Column(t("Date"), 0.9),
    ]
    ordered = sorted(pack.boxes, key=lambda box: (box.kind != "fdt", natural(box.code)))
    rows = [
        (
            linked(document, "node:" + box.code, box.code),
            labels.label("map_kind", box.kind, language),
            box.parent or formats.NONE,
            box.splitter or formats.NONE,
            formats.integer(box.ports),
            formats.integer(box.used),
            formats.integer(box.floor),
            "",
            "",
        )
        for box in ordered
    ]
    document.add(*data_table(document, columns, rows))
    document.space(14)


def measurements(document: Document, pack: WorkPack) -> None:
    """Append the record of measurements: what the design expects, and room for what is measured."""
    paths = pack.plan.paths
    if not paths:
        return
    t = document.t
    document.heading(t("Measurements"))
    limit = pack.plan.loss_budget_db
    if limit is not None:
        document.text(
            t("Budget {limit} dB from the OLT to the subscriber. More than 1 dB above the expected loss: look for it "
              "before the box is closed.", limit=formats.decimal(limit, 1)), 8.2, palette.MUTED)  # fmt: skip
    columns = [
        Column(t("Building"), 2.4),
        Column(t("Box"), 1.3),
        Column(t("Drop (m)"), 0.8, "right"),
        Column(t("Fibres"), 0.7, "right"),
        Column(t("Expected (dB)"), 1.0, "right"),
        Column(t("Measured (dB)"), 1.2, "right"),
        Column(t("Wavelength (nm)"), 1.1, "right"),
        Column(t("Date"), 0.9),
    ]
    ordered = sorted(paths, key=lambda path: (natural(path.node), natural(path.building)))
    rows = [
        (
            linked(document, "building:" + path.code, path.building),
            linked(document, "node:" + path.node, path.node),
            formats.decimal(path.length_m),
            formats.integer(path.fibres),
            formats.decimal(path.loss_db, 2),
            "",
            "",
            "",
        )
        for path in ordered
    ]
    document.add(*data_table(document, columns, rows))
    document.space(14)


class _Tick(Flowable):  # type: ignore[misc]
    """A box to tick."""

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the size."""
        return 10.0, 10.0

    def draw(self) -> None:
        """Draw the box."""
        self.canv.setStrokeColor(HexColor(palette.INK))
        self.canv.setLineWidth(0.8)
        self.canv.rect(0.5, 0.5, 9, 9, stroke=1, fill=0)


def checklist(document: Document, pack: WorkPack) -> None:
    """Append the checklist; only what this pack builds is asked."""
    t = document.t
    document.heading(t("Checklist"), 160)
    for title, lines in _lines(document, pack):
        document.subheading(title)
        cells: list[list[Any]] = [[_Tick(), document.paragraph(line, 8.6, leading=12), ""] for line in lines]
        style = [
            ("FONT", (0, 0), (-1, -1), document.font),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LINEBELOW", (2, 0), (2, -1), 0.5, HexColor(palette.LINE)),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("TOPPADDING", (0, 0), (-1, -1), 4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
        widths = [18.0, document.width - 18.0 - 110.0, 110.0]
        document.add(Table(cells, colWidths=widths, style=TableStyle(style), hAlign="LEFT"))
    document.text(t("On the line: date and initials."), 7.6, palette.MUTED)
    document.space(10)


def _lines(document: Document, pack: WorkPack) -> list[tuple[str, list[str]]]:
    t, plan = document.t, pack.plan
    built = {way.construction for way in pack.ways}
    indoors = bool(plan.risers) or any(box.floor for box in pack.boxes)
    before = [
        t("Permits of all properties are there and their works windows are known to the crew."),
        t("Material of the bill is complete and free of damage."),
    ]
    if "trench" in built:
        before += [
            t("Plans of other owners' pipes and cables are asked for and on site; trial holes where they are unsure."),
            t("Road works permit and traffic signs are in place."),
        ]
    if "duct" in built:
        before.append(t("Ducts to be used are free and proven with a mandrel; their owner knows the date."))
    if "aerial" in built:
        before.append(t("Poles are checked for stability and for power lines nearby."))
    if "wall" in built:
        before.append(t("Owners of the walls have agreed; fixings suit the wall."))
    during = []
    if "trench" in built:
        during += [
            t("Depth and bedding as required; warning tape above the duct."),
            t("Trench measured and photographed before it is closed."),
        ]
    if pack.ways:
        during.append(t("Bending radius and pulling force of the cables are kept; both ends are labelled."))
    if indoors:
        during.append(t("Openings through walls and floors are fire-stopped again."))
    if plan.floors:
        during += [
            t("Access points stand at their numbered places; changes over one metre are drawn in."),
            t("Channels and power are set as in the table of the floor."),
        ]
    after = []
    if plan.paths:
        after += [
            t("Every splice is in its tray; boxes and cabinets are closed and labelled with their code."),
            t("Loss of every drop is measured and written down."),
        ]
    if plan.floors:
        after.append(t("Signal is walked on every floor; the readings are handed in for calibration."))
    after += [
        t("Surfaces are restored, waste is taken away, the property has looked at it."),
        t("Sheets with changes in red, photos and measurements are handed in."),
    ]
    found = [(t("Before the works"), before), (t("During the works"), during), (t("At the end"), after)]
    return [(title, lines) for title, lines in found if lines]
