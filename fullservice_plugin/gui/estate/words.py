# SPDX-License-Identifier: GPL-2.0-or-later
"""The estate card in words: its indicators and flags, and what stands in each of its tabs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Optional, Sequence

from fullservice_plugin.core.access.choice.reasons import METHOD_NAMES
from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.core.catalogue.states import MACHINES, state_label
from fullservice_plugin.gui.negotiation.words import event, homes_words, stage_name, stay
from fullservice_plugin.gui.row_words import in_percent
from fullservice_plugin.i18n import headed, language, listed, tr
from fullservice_plugin.plans.formats import NONE, integer, money, quantity
from fullservice_plugin.services.estate_card import EstateCard


@dataclass(frozen=True)
class Line:
    """A line of a tab; ``key`` is what a double click opens."""

    cells: tuple[str, ...]
    key: Any = None


@dataclass(frozen=True)
class Tab:
    """A tab: its key, title, column headings and lines."""

    key: str
    title: str
    headings: tuple[str, ...]
    lines: tuple[Line, ...]


def indicators(card: EstateCard) -> list[tuple[str, str]]:
    """Return (name, value) of the header; what is unknown says so and is never zero."""
    known = homes_words(card.households, card.unknown)
    score = card.lead.get("score")
    return [
        (tr("Buildings"), integer(card.buildings)),
        (tr("Households"), known),
        (tr("Signed"), f"{card.signed}/{card.buildings}"),
        (tr("Coverage"), in_percent(card.coverage)),
        (tr("Rivals"), tr("nobody has looked") if card.rivals is None else integer(card.rivals)),
        (tr("Worth"), _money(score, card)),
    ]


def _money(value: Any, card: EstateCard) -> str:
    """Return an amount with the currency of the card; cents only where there are some."""
    amount = None if value is None else float(value)
    return str(money(amount, card.currency, language(), 0 if amount is None or amount == int(amount) else 2))


def flags(card: EstateCard) -> list[str]:
    """Return what asks for attention, in words, the most urgent first."""
    return [_FLAGS[code](values) for code, values in card.flags]


def _held(values: Mapping[str, Any]) -> str:
    name = values["operator"] if language() == "zh" else values["operator_en"]
    if values["day"] is None:
        return tr("{operator} holds an exclusive right", operator=name)
    return tr("{operator} holds an exclusive right until {day}", operator=name, day=values["day"])


_FLAGS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "exclusive": _held,
    "blocked": lambda said: tr("blocked or refused: {count} buildings", count=said["count"]),
    "overdue": lambda said: tr("out of time: {count} talks", count=said["count"]),
    "stalled": lambda said: tr("stalled: {count} talks", count=said["count"]),
    "evidence_missing": lambda said: tr("evidence missing: {count} talks", count=said["count"]),
    "ending": lambda said: tr("agreement {number} ends {day}", number=said["number"] or NONE, day=said["day"]),
    "conflict": lambda said: tr("what is known of rivals contradicts itself"),
}


def tabs(card: EstateCard) -> list[Tab]:
    """Return the tabs that have something behind them, along the way of an estate, its story last."""
    made = (_lead(card), _talks(card), _agreements(card), _designs(card), _rivals(card), _packages(card),
            _documents(card), _story(card))
    return [tab for tab in made if tab.lines]


def _tab(key: str, title: str, headings: Sequence[str], lines: Sequence[Line]) -> Tab:
    return Tab(key, title, tuple(headings), tuple(lines))


def _lead(card: EstateCard) -> Tab:
    lead = card.lead
    kind = code_label("estate_type", card.estate_type, language()) if card.estate_type else None
    value = code_label("value_class", lead["value_class"], language()) if lead.get("value_class") else None
    told = [
        (tr("Lead"), code_label("lead_state", lead.get("state", ""), language())),
        (tr("Account manager"), card.owner or tr("Nobody yet")), (tr("Grid"), card.grid),
        (tr("Estate type"), kind), (tr("Value class"), value),
        (tr("Expected penetration"), in_percent(lead["penetration"]) if lead.get("penetration") else None),
        (tr("Revenue a month and home"), _money(lead["arpu_month"], card) if lead.get("arpu_month") else None),
        (tr("Months"), integer(lead["months"]) if lead.get("months") else None),
        (tr("Cost of entry"), None if lead.get("entry_cost") is None else _money(lead["entry_cost"], card)),
        (tr("Worth"), None if lead.get("score") is None else _money(lead["score"], card)),
    ]  # fmt: skip
    lines = [Line((name, str(text))) for name, text in told if text]
    return _tab("lead", tr("Opportunity"), (tr("Item"), tr("Value")), lines)


def _talks(card: EstateCard) -> Tab:
    lines = []
    for row in card.deals:
        days = stay(row["since"], row["allowed"])
        action = " · ".join(str(part) for part in (row["next_action"], row["due"]) if part)
        lines.append(Line((stage_name(row["stage"]), integer(row["talks"]), _homes(row["households"]), days,
                           listed(row["parties"]) or NONE, listed(row["owners"]) or NONE, _day(row["last_contact"]),
                           action), tuple(row["ids"])))  # fmt: skip
    return _tab("talks", tr("Talks"), (tr("Stage"), tr("Buildings"), tr("Households"), tr("In this stage"), tr("Party"),
                                       tr("Owner"), tr("Last contact"), tr("Next action")), lines)


def _agreements(card: EstateCard) -> Tab:
    lines = [Line((row["number"] or NONE, code_label("agreement_status", row["status"], language()),
                   code_label("agreement_type", row["type"], language()), integer(row["buildings"]),
                   row["party"] or NONE, _day(row["valid_from"]), _day(row["valid_to"])))
             for row in card.agreements]  # fmt: skip
    return _tab("agreements", tr("Agreements"), (tr("Number"), tr("State"), tr("Kind"), tr("Buildings"), tr("Party"),
                                                 tr("From"), tr("Until")), lines)


def _designs(card: EstateCard) -> Tab:
    lines = []
    for row in card.designs:
        cost = NONE if row["cost_total"] is None else money(float(row["cost_total"]), row["currency"] or "", language())
        methods = listed(f"{_method(code)} {count}" for code, count in sorted(
            row["methods"].items(), key=lambda one: -one[1]))
        lines.append(Line((row["scenario"] or NONE, f"v{row['version_no']}",
                           code_label("design_state", row["state"], language()), cost, _homes(row["homes_served"]),
                           methods or NONE, row["author"] or NONE), row["id"]))
    return _tab("designs", tr("Designs"), (tr("Scenario"), tr("Version"), tr("State"), tr("Cost"), tr("Households"),
                                           tr("Methods"), tr("Made by")), lines)


def _method(code: str) -> str:
    return tr(METHOD_NAMES[code]) if code in METHOD_NAMES else code


def _rivals(card: EstateCard) -> Tab:
    lines = []
    for row in card.present:
        name = row["name"] if language() == "zh" else row["name_en"]
        marks = [tr("⚠ contradicts itself")] if row["conflict"] else []
        if row["exclusivity"] and row["exclusivity"] != "none":
            marks.append(code_label("rival_exclusivity", row["exclusivity"], language()))
        technology = code_label("technology", row["technology"], language()) if row["technology"] else NONE
        speed = NONE if row["speed"] is None else f"{quantity(row['speed'])} Mbit/s"
        price = _money(row["price"], card)
        lines.append(Line((name, code_label("presence_status", row["status"], language()), technology, speed, price,
                           in_percent(row["confidence"]), _day(row["observed_on"]), " · ".join(marks)), "rivals"))
    return _tab("rivals", tr("Rivals"), (tr("Operator"), tr("State"), tr("Technology"), tr("Speed"), tr("Price"),
                                         tr("Confidence"), tr("Seen on"), tr("Remarks")), lines)


_PLACED = {"polygon": "its own area", "estate": "this estate", "territory": "a territory", "everywhere": "everywhere"}


def _packages(card: EstateCard) -> Tab:
    lines = [Line((row["name"], row["code"], code_label("package_segment", row["segment"], language()),
                   _money(row["price_month"], card),
                   NONE if row["down_mbps"] is None else f"{row['down_mbps']} Mbit/s", tr(_PLACED[row["placed"]]),
                   str(row["priority"]), _day(row["valid_to"])))
             for row in card.packages]  # fmt: skip
    return _tab("packages", tr("Packages"), (tr("Name"), tr("Code"), tr("Segment"), tr("Price"), tr("Speed"),
                                             tr("Holds in"), tr("Priority"), tr("Until")), lines)


def _documents(card: EstateCard) -> Tab:
    lines = [Line((code_label("attachment_kind", row["kind"], language()), row["file_name"],
                   code_label("subject_kind", row["subject_kind"], language()), _size(row["size_bytes"]),
                   f"{row['created_at'].astimezone():%Y-%m-%d %H:%M}", row["who"] or NONE),
                  row["id"] if row["kept"] else None)
             for row in card.documents]  # fmt: skip
    return _tab("documents", tr("Documents"), (tr("Kind"), tr("File"), tr("Belongs to"), tr("Size"), tr("When"),
                                               tr("Who")), lines)


def _size(size: Optional[int]) -> str:
    return NONE if size is None else f"{max(1, round(size / 1024))} kB"


def _story(card: EstateCard) -> Tab:
    lines = []
    for row in card.story:
        title, detail = told(row)
        source = code_label("source_class" if row["kind"] == "rival" else "origin", row["source"] or "", language())
        when = f"{row['at']:%Y-%m-%d}" if row["kind"] == "rival" else f"{row['at'].astimezone():%Y-%m-%d %H:%M}"
        key = row["id"] if row["kind"] == "document" else None
        lines.append(Line((when, title, detail, source, row["who"] or NONE), key))
    return _tab("story", tr("Timeline"), (tr("When"), tr("Event"), tr("Detail"), tr("Source"), tr("Who")), lines)


def told(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return title and detail of an event of the estate."""
    kind, what, detail, before = row["kind"], row["what"], row["detail"] or "", row["before"]
    if kind == "state":
        machine, state = what.split(" ", 1)
        title = state_label(machine, state, language())
        if before:
            title = tr("{before} → {after}", before=state_label(machine, before, language()), after=title)
        title = headed(_machine(machine), title)
    elif kind == "created":
        title = tr("Estate entered") if what == "estate" else tr("Building entered")
        detail = tr("found in {source}", source=detail) if detail else ""
    elif kind == "design":
        title = tr("Design {version} of {scenario}", version=f"v{before}", scenario=what or NONE)
        detail = tr("{homes} households", homes=detail) if detail else ""
    elif kind == "verdict":
        title = tr("Review: {decision}", decision=code_label("review_decision", what, language()))
    elif kind == "rival":
        title, detail = event(row)
    else:
        return event(row)
    return (f"{title} ×{row['times']}" if row["times"] > 1 else title), detail


def _machine(code: str) -> str:
    return MACHINES[code].zh if language() == "zh" else MACHINES[code].en


def _homes(value: Any) -> str:
    return tr("unknown") if value is None else integer(value)


def _day(value: Any) -> str:
    return NONE if value is None else str(value)
