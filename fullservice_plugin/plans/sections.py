# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts that all plans share: banner of the cover, signature block, data sources and licences."""

from __future__ import annotations

from typing import Any, Sequence

from reportlab.lib.colors import HexColor
from reportlab.platypus import KeepTogether, Spacer, Table, TableStyle

from fullservice_plugin.plans import formats, palette
from fullservice_plugin.plans.document import COVER, Document, Mark, TitleBlock
from fullservice_plugin.plans.kept import kept_workbook
from fullservice_plugin.plans.model import Source, content_hash
from fullservice_plugin.plans.pictures import logo_image
from fullservice_plugin.plans.print_template import OURS, PrintTemplate
from fullservice_plugin.plans.tables import Column, data_table


def report_block(report: Any, title: str, code: str, language: str, look: PrintTemplate = OURS) -> TitleBlock:
    """Return the title block of a report on an area, as of a day; ``title`` and ``code`` are in its language."""
    return TitleBlock(
        title=f"{title} · {report.area}",
        subject=title,
        code=code,
        version="",
        author="",
        date=report.on,
        content_hash=content_hash(look.stamped(report), language),
        language=language,
        made=report.made,
        name=report.area,
    )


def report_workbook(document: Document) -> bytes:
    """Return the numbers of a laid-out document as a workbook (XLSX)."""
    block, t = document.block, document.t
    notes = [t("As of {day}", day=formats.day(block.date))]
    if block.made:
        notes.append(t("Contains invented sample data"))
    return kept_workbook(document.kept, block.title, t("Key figures"), notes)


def banner(document: Document, title: str, name: str, made: bool) -> None:
    """Append the band at the top of a cover: product, title and name; a long name wraps and never overflows."""
    look = document.look
    own = look.word("operator", document.language)
    if look.logo:
        document.add(logo_image(look.logo), Spacer(1, 12))
    size = 22.0 if len(name) <= 40 else 15.0 if len(name) <= 110 else 11.0
    lines: list[Any] = [
        document.paragraph(own or document.t("Full-Service Battle Map"), 8.4, palette.FAINT_ON_HEADER, leading=14),
        document.paragraph(title, 13, palette.ON_HEADER, bold=True, leading=20),
        document.paragraph(name, size, palette.ON_HEADER, bold=True, leading=size * 1.35),
    ]
    if made:
        note = document.t("Contains invented sample data")
        lines.append(document.paragraph(note, 8.4, palette.WARN_ON_HEADER, leading=14))
    style: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), document.font),
        ("BACKGROUND", (0, 0), (-1, -1), HexColor(palette.HEADER)),
        ("LEFTPADDING", (0, 0), (-1, -1), 18),
        ("RIGHTPADDING", (0, 0), (-1, -1), 18),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("TOPPADDING", (0, 0), (-1, 0), 16),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, -1), (-1, -1), 18),
    ]
    table = Table(
        [[line] for line in lines], colWidths=[document.width], style=TableStyle(style), hAlign="LEFT"
    )
    document.add(Mark(document.t("Cover"), 0, COVER), table, Spacer(1, 14))
    document.say_note()


def signatures(document: Document, roles: Sequence[str], names: Sequence[str]) -> None:
    """Append the signature block: one column per role with room to sign, name and date."""
    each = document.width / len(roles)
    cells = []
    for role, name in zip(roles, names):
        label = document.paragraph(role, 7.6, palette.MUTED, leading=11)
        colon = "：" if document.language == "zh" else ": "
        who = document.paragraph(document.t("Full name") + colon + (name or ""), 8, leading=12)
        when = document.paragraph(document.t("Date and seal") + colon, 8, leading=12)
        cells.append([label, Spacer(1, 44), who, when])
    style: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), document.font),
        ("BOX", (0, 0), (-1, -1), 0.6, HexColor(palette.LINE)),
        ("INNERGRID", (0, 0), (-1, -1), 0.6, HexColor(palette.LINE)),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 8),
        ("TOPPADDING", (0, 0), (-1, -1), 6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
    ]
    table = Table([cells], colWidths=[each] * len(roles), style=TableStyle(style), hAlign="LEFT")
    document.add(KeepTogether([table]))


def sources(document: Document, rows: Sequence[Source]) -> None:
    """Append the list of data sources with their licences; a source without one is flagged."""
    t = document.t
    document.heading(t("Data sources and licences"))
    columns = [
        Column(t("Source"), 3.0),
        Column(t("Licence"), 4.0),
        Column(t("As of"), 1.1),
        Column(t("Records"), 0.9, "right"),
    ]
    cells, marks = [], []
    for source in rows:
        licence = source.licence or t("No licence stated – clear before passing this plan on")
        cells.append((source.name, licence, formats.day(source.observed), formats.integer(source.records)))
        marks.append(None if source.licence else palette.WARN)
    document.add(*data_table(document, columns, cells, marks=marks))
    if any("odbl" in s.licence.lower() or "openstreetmap" in (s.name + s.licence).lower() for s in rows):
        document.space(4)
        document.text(
            t(
                "Map data © OpenStreetMap contributors, available under the Open Database Licence "
                "(openstreetmap.org/copyright)."
            ),
            7.6,
            palette.MUTED,
        )
