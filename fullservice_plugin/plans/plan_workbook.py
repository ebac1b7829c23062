# SPDX-License-Identifier: GPL-2.0-or-later
"""The bill of quantities of an access plan as a workbook: change a price on one sheet, and every sum follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Callable, Optional

from fullservice_plugin.plans import formats, labels
from fullservice_plugin.plans.formats import natural
from fullservice_plugin.plans.model import AccessPlan, Bill
from fullservice_plugin.plans.xlsx import Cell, Formula, Sheet, workbook

Words = Callable[..., str]


def plan_workbook(plan: AccessPlan, language: str, t: Words) -> bytes:
    """Return the workbook of a plan; ``t`` translates into ``language``. Every sum is a formula."""
    prices, at = _prices(plan, language, t)
    bill, total = _bill(plan, language, t, prices, at)
    boxes, cabinets = _cabinets(plan, t)
    sheets = [_summary(plan, language, t, bill, total), bill, prices, _estates(plan, language, t), cabinets, boxes,
              _buildings(plan, language, t), *_cabinet_bills(plan, language, t, prices, at),
              *_phases(plan, language, t, prices, at)]  # fmt: skip
    return workbook(sheets, f"{t('Access plan')} {plan.code}")


def _head(*words: str) -> list[Cell]:
    return [Cell(word, "head") for word in words]


def _prices(plan: AccessPlan, language: str, t: Words) -> tuple[Sheet, dict[tuple[str, str, float], int]]:
    """The sheet of prices, and in which row the price of each item stands."""
    unit = formats.currency_name(plan.currency, language)
    sheet = Sheet(t("Prices"), (14, 44, 10, 16), frozen=2)
    sheet.add(Cell(t("Change a price in a yellow cell: all sums of this workbook follow."), "note"))
    sheet.add(*_head(t("Type"), t("Item"), t("Unit"), t("Unit price ({unit})", unit=unit)))
    at: dict[tuple[str, str, float], int] = {}
    for line in plan.bills:
        key = (line.domain, line.item, line.unit_price)
        if key not in at:
            domain = labels.label("design_domain", line.domain, language)
            at[key] = sheet.add(Cell(domain), *_named(line, language), Cell(line.unit_price, "input"))
    return sheet, at


def _bill(
    plan: AccessPlan, language: str, t: Words, prices: Sheet, at: dict[tuple[str, str, float], int]
) -> tuple[Sheet, int]:
    """The bill, each price a reference; and the row of the grand total."""
    unit = formats.currency_name(plan.currency, language)
    sheet = Sheet(t("Bill of materials"), (14, 44, 10, 14, 16, 18, 10), frozen=1)
    sheet.add(*_head(t("Type"), t("Item"), t("Unit"), t("Quantity"), t("Unit price ({unit})", unit=unit),
                     t("Cost ({unit})", unit=unit), t("Share")))  # fmt: skip
    last = len(plan.bills) + 1
    whole = sum(line.quantity * line.unit_price for line in plan.bills)
    for line in plan.bills:
        row = len(sheet.rows) + 1
        price = Formula(prices.reference("D", at[line.domain, line.item, line.unit_price]), line.unit_price)
        cost = line.quantity * line.unit_price
        share = Formula(f"IF($F${last + 1}=0,0,F{row}/$F${last + 1})", cost / whole if whole else 0.0)
        sheet.add(Cell(labels.label("design_domain", line.domain, language)), *_named(line, language),
                  Cell(line.quantity, "number"), Cell(price, "number"), Cell(Formula(f"D{row}*E{row}", cost), "number"),
                  Cell(share, "percent"))  # fmt: skip
    sheet.add(Cell(t("Grand total"), "total_text"), *[Cell(None, "total_text")] * 4,
              Cell(Formula(_sum("F", 2, last), whole), "total"))  # fmt: skip
    return sheet, last + 1


def _named(line: Bill, language: str) -> tuple[Cell, Cell]:
    """Item and unit in the words of the PDF."""
    return Cell(labels.item(line.item, language)), Cell(labels.unit(line.unit, language))


def _sum(column: str, first: int, last: int) -> str:
    return f"SUM({column}{first}:{column}{last})" if last >= first else "0"


def _summary(plan: AccessPlan, language: str, t: Words, bill: Sheet, total: int) -> Sheet:
    unit = formats.currency_name(plan.currency, language)
    sheet = Sheet(t("Key figures"), (40, 24))
    sheet.add(Cell(f"{t('Access plan')} {plan.code}", "title"))
    if plan.made:
        sheet.add(Cell(t("Contains invented sample data"), "note"))
    for label, text in ((t("Name"), plan.name), (t("Scenario"), plan.scenario), (t("Version"), plan.version),
                        (t("Author"), plan.author), (t("Date"), formats.day(plan.created, language)),
                        (t("Input"), plan.input_hash[:16])):  # fmt: skip
        sheet.add(Cell(label), Cell(text or formats.NONE))
    value = sum(line.quantity * line.unit_price for line in plan.bills)
    cost = sheet.add(Cell(t("Cost ({unit})", unit=unit), "total_text"),
                     Cell(Formula(bill.reference("F", total), value), "total"))  # fmt: skip
    homes = sheet.add(Cell(t("Homes passed")), Cell(plan.homes_passed, "whole"))
    if plan.homes_passed:
        each = Formula(f"IF(B{homes}=0,0,B{cost}/B{homes})", value / plan.homes_passed)
        sheet.add(Cell(t("Cost per home")), Cell(each, "number"))
    if plan.budget is not None:
        budget = sheet.add(Cell(t("Budget")), Cell(plan.budget, "input"))
        sheet.add(Cell(t("Left of the budget")), Cell(Formula(f"B{budget}-B{cost}", plan.budget - value), "number"))
    if plan.lower_bound is not None and plan.cost is not None:
        # the bound speaks of the designed prices; with others it no longer holds
        low = sheet.add(Cell(t("No plan can cost less")), Cell(plan.lower_bound, "number"))
        done = sheet.add(Cell(t("Cost as designed")), Cell(plan.cost, "number"))
        gap = Formula(f"IF(B{low}=0,0,B{done}/B{low}-1)", plan.gap() or 0.0)
        sheet.add(Cell(t("Proven gap")), Cell(gap, "percent"))
    return sheet


def _estates(plan: AccessPlan, language: str, t: Words) -> Sheet:
    unit = formats.currency_name(plan.currency, language)
    sheet = Sheet(t("Estates"), (14, 30, 9, 14, 12, 18, 16), frozen=1)
    sheet.add(*_head(t("Number"), t("Estate"), t("Version"), t("State"), t("Homes passed"),
                     t("Cost ({unit})", unit=unit), t("Cost per home")))  # fmt: skip
    for one in plan.estates:
        row = len(sheet.rows) + 1
        each: Optional[Formula] = None
        if one.homes and one.cost is not None:
            each = Formula(f"IF(E{row}=0,0,F{row}/E{row})", one.cost / one.homes)
        sheet.add(Cell(one.code), Cell(one.name), Cell(one.version, "whole"),
                  Cell(labels.label("design_state", one.state, language)), Cell(one.homes, "whole"),
                  Cell(one.cost, "number"), Cell(each, "number"))  # fmt: skip
    last = len(sheet.rows)
    sheet.add(Cell(t("Total"), "total_text"), *[Cell(None, "total_text")] * 3,
              Cell(Formula(_sum("E", 2, last), sum(one.homes or 0 for one in plan.estates)), "total"),
              Cell(Formula(_sum("F", 2, last), sum(one.cost or 0.0 for one in plan.estates)), "total"))  # fmt: skip
    return sheet


def _cabinets(plan: AccessPlan, t: Words) -> tuple[Sheet, Sheet]:
    """The boxes with their cabinet, and the cabinets with sums over their boxes."""
    boxes = Sheet(t("Boxes"), (18, 18, 16, 10, 10, 10), frozen=1)
    boxes.add(*_head(t("Number"), t("Cabinet"), t("Splitter"), t("Ports"), t("Used"), t("Fill")))
    under: dict[str, list[tuple[int, int]]] = defaultdict(list)
    nodes = sorted(plan.nodes, key=lambda node: (natural(node.parent), natural(node.code)))
    for node in (node for node in nodes if node.kind == "fat"):
        row = len(boxes.rows) + 1
        fill = Formula(f"IF(D{row}=0,0,E{row}/D{row})", (node.used or 0) / node.ports) if node.ports else None
        boxes.add(Cell(node.code), Cell(node.parent), Cell(node.splitter), Cell(node.ports, "whole"),
                  Cell(node.used, "whole"), Cell(fill, "percent"))  # fmt: skip
        under[node.parent].append((node.ports or 0, node.used or 0))
    last = max(2, len(boxes.rows))
    sheet = Sheet(t("Cabinets"), (18, 18, 16, 10, 12, 12), frozen=1)
    sheet.add(*_head(t("Number"), t("Supply point"), t("Splitter"), t("Boxes"), t("Ports of its boxes"), t("Used")))
    for node in (node for node in nodes if node.kind == "fdt"):
        row, mine = len(sheet.rows) + 1, under[node.code]
        cells = [Formula(f"COUNTIF({_range(boxes, 'B', last)},A{row})", len(mine))]
        for column, k in (("D", 0), ("E", 1)):
            told = f"SUMIF({_range(boxes, 'B', last)},A{row},{_range(boxes, column, last)})"
            cells.append(Formula(told, sum(pair[k] for pair in mine)))
        sheet.add(Cell(node.code), Cell(node.parent), Cell(node.splitter), *(Cell(cell, "whole") for cell in cells))
    return boxes, sheet


def _range(sheet: Sheet, column: str, last: int) -> str:
    return f"{sheet.reference(column, 2)}:${column}${last}"


def _buildings(plan: AccessPlan, language: str, t: Words) -> Sheet:
    unit = formats.currency_name(plan.currency, language)
    sheet = Sheet(t("Buildings"), (14, 28, 9, 14, 14, 14, 14, 60), frozen=1)
    sheet.add(*_head(t("Estate"), t("Building"), t("Homes"), t("Method"), t("Runner-up"), t("Cost ({unit})", unit=unit),
                     t("Revenue ({unit})", unit=unit), t("Reason")))  # fmt: skip
    ordered = sorted(plan.decisions, key=lambda d: (d.estate, natural(d.name or d.building), d.building))
    for one in ordered:
        words = [labels.label("method_short", code, language) if code else "" for code in (one.method, one.runner_up)]
        sheet.add(Cell(one.estate), Cell(one.name or one.building), Cell(one.households, "whole"), Cell(words[0]),
                  Cell(words[1]), Cell(one.cost, "number"), Cell(one.revenue, "number"), Cell(one.reason))  # fmt: skip
    _totals(sheet, t, ("C", "F", "G"), [[getattr(one, name) for one in ordered]
                                        for name in ("households", "cost", "revenue")])  # fmt: skip
    return sheet


def _bill_by(
    title: str, head: str, parts: Sequence[tuple[Cell, Sequence[Bill]]], plan: AccessPlan, language: str, t: Words,
    prices: Sheet, at: dict[tuple[str, str, float], int],
) -> Sheet:
    """Bills one below the other, each line with its part in the first column; prices follow the sheet of prices."""
    unit = formats.currency_name(plan.currency, language)
    bill = Sheet(title, (12, 14, 44, 10, 14, 16, 18), frozen=1)
    bill.add(*_head(head, t("Type"), t("Item"), t("Unit"), t("Quantity"), t("Unit price ({unit})", unit=unit),
                    t("Cost ({unit})", unit=unit)))  # fmt: skip
    known = {(domain, item): (price, row) for (domain, item, price), row in at.items()}
    for part, lines in parts:
        for line in lines:
            row = len(bill.rows) + 1
            price: object = line.unit_price
            if (line.domain, line.item) in known:
                whole, place = known[line.domain, line.item]
                # ways cost more in one street than in another: the price of a part keeps its ratio to the whole plan's
                ratio = line.unit_price / whole if whole else 1.0
                told = prices.reference("D", place)
                price = Formula(told if abs(ratio - 1) < 1e-9 else f"{told}*{ratio!r}", line.unit_price)
            cost = Formula(f"E{row}*F{row}", line.quantity * line.unit_price)
            bill.add(part, Cell(labels.label("design_domain", line.domain, language)), *_named(line, language),
                     Cell(line.quantity, "number"), Cell(price, "number"), Cell(cost, "number"))  # fmt: skip
    return bill


def _cabinet_bills(
    plan: AccessPlan, language: str, t: Words, prices: Sheet, at: dict[tuple[str, str, float], int]
) -> list[Sheet]:
    """The bill of each cabinet area, and of the ways they share."""
    if not plan.cabinet_bills:
        return []
    parts = [(Cell(code or t("Shared ways")), bills) for code, bills in plan.cabinet_bills]
    return [_bill_by(t("Bill per cabinet"), t("Cabinet"), parts, plan, language, t, prices, at)]


def _phases(
    plan: AccessPlan, language: str, t: Words, prices: Sheet, at: dict[tuple[str, str, float], int]
) -> list[Sheet]:
    """The phases with their sums, and the bill of each; prices follow the sheet of prices."""
    if not plan.phases:
        return []
    unit = formats.currency_name(plan.currency, language)
    parts = [(Cell(phase.number, "whole"), phase.bills) for phase in plan.phases]
    bill = _bill_by(t("Bill per phase"), t("Phase"), parts, plan, language, t, prices, at)
    last = max(2, len(bill.rows))
    sheet = Sheet(t("Phases"), (9, 18, 18, 12, 12, 14, 16), frozen=1)
    sheet.add(*_head(t("Phase"), t("Budget ({unit})", unit=unit), t("Cost ({unit})", unit=unit), t("Buildings"),
                     t("Homes passed"), t("Trench (m)"), t("Cost per home")))  # fmt: skip
    for phase in plan.phases:
        row = len(sheet.rows) + 1
        value = sum(line.quantity * line.unit_price for line in phase.bills)
        cost = Formula(f"SUMIF({_range(bill, 'A', last)},A{row},{_range(bill, 'G', last)})", value)
        each = Formula(f"IF(E{row}=0,0,C{row}/E{row})", value / phase.homes if phase.homes else 0.0)
        sheet.add(Cell(phase.number, "whole"), Cell(phase.budget, "input"), Cell(cost, "number"),
                  Cell(phase.buildings, "whole"), Cell(phase.homes, "whole"), Cell(phase.trench_m, "number"),
                  Cell(each, "number"))  # fmt: skip
    return [sheet, bill]


def _totals(sheet: Sheet, t: Words, columns: Sequence[str], values: Sequence[Sequence[Optional[float]]]) -> None:
    last = len(sheet.rows)
    cells = [Cell(None, "total_text") for _ in sheet.widths]
    cells[0] = Cell(t("Total"), "total_text")
    for column, known in zip(columns, values):
        told = Formula(_sum(column, 2, last), sum(value or 0 for value in known))
        cells[ord(column) - 65] = Cell(told, "total")
    sheet.add(*cells)
