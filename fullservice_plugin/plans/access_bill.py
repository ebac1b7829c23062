# SPDX-License-Identifier: GPL-2.0-or-later
"""The bill of materials with prices and totals, by domain; for a crew with a column for what was really used."""

from __future__ import annotations

from typing import Any, Sequence

from fullservice_plugin.plans import formats, labels
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.model import Bill
from fullservice_plugin.plans.tables import Column, data_table


def bills(document: Document, lines: Sequence[Bill], currency: str, used: bool = False) -> None:
    """Append the bill; ``used``: with room to write down what was used."""
    t = document.t
    groups = [(t("Wired network"), "wired"), (t("WLAN"), "wlan"), (t("Other"), "")]
    chosen = []
    for title, domain in groups:
        known = ("wired", "wlan")
        mine = [line for line in lines if line.domain == domain or (not domain and line.domain not in known)]
        if mine:
            chosen.append((title, mine))
    for title, mine in chosen:
        document.subheading(title)
        totals = _sum(t("Total"), mine, used)
        if len(chosen) > 1 and title == chosen[-1][0]:
            totals += _sum(t("Grand total"), lines, used)
        document.add(*_table(document, mine, currency, totals, used))
        document.space(8)
    document.space(8)


def short_bill(document: Document, lines: Sequence[Bill], currency: str, language: str) -> list[Any]:
    """Return the flowables of one short bill: all domains below each other, one total."""
    return _table(document, lines, currency, _sum(document.t("Total"), lines, False), False)


def _table(
    document: Document, lines: Sequence[Bill], currency: str, totals: list[tuple[str, ...]], used: bool
) -> list[Any]:
    t, language = document.t, document.language
    unit = formats.currency_name(currency, language)
    columns = [
        Column(t("Item"), 4.2),
        Column(t("Unit"), 0.8),
        Column(t("Quantity"), 1.1, "right"),
        Column(t("Unit price ({unit})", unit=unit), 1.3, "right"),
        Column(t("Cost ({unit})", unit=unit), 1.4, "right"),
    ]
    rows = [_bill(line, language) for line in lines]
    if used:
        columns.append(Column(t("Used"), 1.0, "right"))
        rows = [(*row, "") for row in rows]
    return data_table(document, columns, rows, totals)


def _bill(line: Bill, language: str) -> tuple[str, ...]:
    return (
        labels.item(line.item, language),
        labels.unit(line.unit, language),
        formats.quantity(line.quantity),
        formats.decimal(line.unit_price, 2),
        formats.decimal(line.cost, 2),
    )


def _sum(title: str, lines: Sequence[Bill], used: bool) -> list[tuple[str, ...]]:
    row = (title, "", "", "", formats.decimal(sum(line.cost for line in lines), 2))
    return [(*row, "") if used else row]
