# SPDX-License-Identifier: GPL-2.0-or-later
"""The facts of a property talk put into the words of a letter: what is not known becomes a neutral wording."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any, Optional

from fullservice_plugin.i18n import listed, translate
from fullservice_plugin.plans import formats, labels
from fullservice_plugin.plans.letter import Letter
from fullservice_plugin.plans.letter_templates import Template
from fullservice_plugin.plans.placeholders import fill
from fullservice_plugin.plans.print_template import OURS, PrintTemplate
from fullservice_plugin.store import letters as queries
from fullservice_plugin.store import negotiation
from fullservice_plugin.store.connection import Store

# What stands for a placeholder that the store knows nothing about (English source; Chinese in the catalogue).
NEUTRAL = {
    "operator": "our company",
    "recipient": "The owner or manager of the property",
    "addressee": "Sir or Madam",
    "estate": "your property",
    "building": "your building",
    "buildings": "your buildings",
    "address": "the address of the building",
    "homes": "every home in the building",
    "method": "fibre access",
    "work": "How the building is connected is agreed with you after a survey.",
    "asked": "to enter the building and to lay a fibre cable in it.",
    "entry": "at a place agreed with you",
    "works_window": "at a time agreed with you",
    "works_hours": "the hours usual in the building",
    "agreement": "our agreement",
    "valid_from": "the agreed date",
    "valid_to": "the agreed date",
    "notice_days": "the agreed number of",
    "last_letter": "an earlier date",
    "sender": "the customer manager",
}
UNKNOWN = {"homes": "to be confirmed on site", "design": "in preparation"}  # in a table; everything else:
OPEN_POINT = "to be agreed with you"
ROLES = {
    "property_mgmt": "manager of the property",
    "committee": "owners' committee",
    "developer": "developer",
    "owner": "owner",
    "street_office": "street office",
    "village_committee": "village committee",
    "landlord": "landlord",
}
WORK = {
    "ftth": "A thin fibre cable runs from where we enter through the riser to every home that asks for it.",
    "fttb": "A fibre cable ends in a small box in the building; the cables that are there carry the service on to the "
    "homes.",
    "wlan": "A fibre cable ends in the building, and small access points on the ceilings provide the service by WLAN.",
    "hybrid": "A fibre cable ends in a small box in the building; the cables that are there and small access points "
    "carry the service on.",
    "leased": "A fibre cable of its own is laid to each customer that orders a line.",
}
SIDES = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
ROWS = {
    "building": "Building",
    "buildings": "Buildings covered",
    "address": "Address",
    "method": "Access method",
    "homes": "Homes in the building",
    "entry": "Cable enters",
    "works_window": "Period of the works",
    "works_hours": "Working hours",
    "agreement": "Agreement",
    "valid_from": "In force from",
    "valid_to": "In force until",
    "notice_days": "Notice period",
    "cost": "Cost to the property",
    "design": "State of the design",
}
NAMED_BUILDINGS = 12  # in a sentence; more are counted


@dataclass(frozen=True)
class Facts:
    """What the store says for one letter: rows of its tables, and names this login may read."""

    talk: dict[str, Any]
    decision: Optional[dict[str, Any]]
    entry: Optional[dict[str, Any]]
    agreement: Optional[dict[str, Any]]
    operator: str
    colleague: str
    contact: str = ""
    title: str = ""
    asked: str = ""  # what a letter asks for, a sentence in its language
    covered: tuple[tuple[str, str, str], ...] = ()  # name, number and code of the buildings it is about, if several


def read_facts(store: Store, talk: str, language: str, on: datetime.date, named: bool, purpose: str) -> Facts:
    """Return the facts of a talk. StoreError where there is none that this login sees.

    ``named``: the contact's name is read in clear for ``purpose``, which is written down, where the role may do that.
    """
    with store.transaction() as cur:
        negotiation.talk(cur, talk)
        row = queries.subject(cur, talk, on)
        decision = queries.decision(cur, row["building_id"])
        if decision is not None and decision["method"] == "none":
            decision = None  # nothing is proposed to a building that the design leaves out
        contact = queries.contact(cur, row["party_id"])
        found = Facts(
            talk=row,
            decision=decision,
            entry=queries.entry(cur, row["building_id"], decision["plan_id"] if decision else None),
            agreement=queries.agreement(cur, row["building_id"], row["estate_id"]),
            operator=queries.own_operator(cur, language),
            colleague=queries.colleague(cur, row["owner_staff_id"]),
            title=(contact or {}).get("title") or "",
        )
    if contact is None or not named:
        return found
    # After the reading and on its own: whatever becomes of the letter, the look stays written down.
    return replace(found, contact=queries.contact_name(store, contact["id"], purpose))


def reference(talk: dict[str, Any]) -> str:
    """Return the number of a talk on paper: the building's code and the talk's own number, where there is a talk."""
    if talk["fid"] is None:
        return str(talk["building_code"])
    return f"{talk['building_code']}/{talk['fid']}"


def words(facts: Facts, language: str, on: datetime.date, reply_days: int) -> dict[str, Optional[str]]:
    """Return what each placeholder says in a language; None where the store does not know."""
    talk, deal, decision = facts.talk, facts.agreement or {}, facts.decision
    in_force = deal if deal.get("status") in ("active", "approved", "expired") else {}
    building = _building(talk["building_name"], talk["number"], talk["building_code"], language)
    return {
        "operator": facts.operator,
        "recipient": talk["party"],
        "addressee": _addressee(facts, language),
        "estate": talk["estate_name"] or building,
        "building": _placed(building, talk["estate_name"], language),
        "buildings": _buildings({"buildings": facts.covered} if facts.covered else in_force, language)
        or _placed(building, talk["estate_name"], language),
        "address": talk["address"],
        "reference": reference(talk),
        "date": formats.day(on, language, long=True),
        "reply_by": formats.day(on + datetime.timedelta(days=reply_days), language, long=True),
        "homes": _homes(talk["households"], language),
        "method": labels.label("method_long", decision["method"], language) if decision else None,
        "work": translate(WORK[decision["method"]], language) if decision and decision["method"] in WORK else None,
        "asked": facts.asked or None,
        "entry": entry_words(facts.entry, language),
        "works_window": _window(deal.get("works_from"), deal.get("works_to"), language),
        "works_hours": deal.get("works_hours"),
        "agreement": _agreement(in_force.get("number"), language),
        "valid_from": _day(in_force.get("valid_from"), language),
        "valid_to": _day(in_force.get("valid_to"), language),
        "notice_days": str(in_force["notice_days"]) if in_force.get("notice_days") else None,
        "last_letter": _day(talk["last_letter"], language),
        "sender": facts.colleague,
    }


def neutral(language: str) -> dict[str, str]:
    """Return the neutral wording of every placeholder in a language."""
    return {name: translate(text, language) for name, text in NEUTRAL.items()}


def compose(
    template: Template, facts: Facts, on: datetime.date, *, look: PrintTemplate = OURS, made: bool = False
) -> Letter:
    """Return the letter that a template and the facts make."""
    language = template.language
    facts = signed(facts, look, language)
    said = words(facts, language, on, template.reply_days)
    plain = neutral(language)
    whole = {name: said[name] or capitalised(plain[name]) for name in ("operator", "recipient", "sender")}
    start = str if said["operator"] else capitalised  # a company's name is written as it writes itself
    place = [_row("building", said, facts, language), said["address"] or ""]
    attention = [translate("Attn: {who}", language, who=said["addressee"])] if said["addressee"] else []
    return Letter(
        language=language,
        kind=template.kind,
        operator=whole["operator"],
        reference=str(said["reference"]),
        date=on,
        day=str(said["date"]),
        recipient=tuple(line for line in (whole["recipient"], *attention, *place) if line),
        subject=start(fill(template.subject, said, plain)),
        greeting=fill(template.greeting, said, plain),
        paragraphs=tuple(start(fill(text, said, plain)) for text in template.paragraphs),
        closing=fill(template.closing, said, plain),
        sender=whole["sender"],
        rows=tuple((translate(ROWS[name], language), _row(name, said, facts, language)) for name in template.table),
        receipt=template.receipt,
        made=made,
        logo=look.logo,
    )


def signed(facts: Facts, look: PrintTemplate, language: str) -> Facts:
    """Return the facts with the operator's name as the print template writes it, where it does."""
    return replace(facts, operator=look.word("operator", language) or facts.operator)


def _row(name: str, said: dict[str, Optional[str]], facts: Facts, language: str) -> str:
    deal = facts.agreement or {}
    value = said.get(name)
    if name == "cost":
        operator = said["operator"] or translate(NEUTRAL["operator"], language)
        value = translate("None. Survey, works and maintenance are paid by {operator}.", language, operator=operator)
    elif name == "design":
        value = design_state(facts.decision, language)
    elif name == "agreement":
        value = deal.get("number") if value else None
    elif name == "notice_days" and value:
        value = translate("{days} days", language, days=value)
    entered = name in ("address", "works_hours", "agreement")
    if value and (entered or (name in ("building", "buildings") and facts.talk["building_name"])):
        return value  # as somebody wrote it down
    return capitalised(value or translate(UNKNOWN.get(name, OPEN_POINT), language))


def design_state(decision: Optional[dict[str, Any]], language: str) -> Optional[str]:
    """Return whether a design is approved or may still change, in words; None: there is no design."""
    if decision is None:
        return None
    if decision["state"] == "approved":
        day = _day(decision["approved_on"], language)
        return translate("approved, version {version}", language, version=decision["version_no"]) + (
            f" ({day})" if day else ""
        )
    return translate("preliminary, may still change", language)


def _building(name: Optional[str], number: Optional[str], code: str, language: str) -> str:
    return name or translate("building {number}", language, number=number or code)


def _placed(building: str, estate: Optional[str], language: str) -> str:
    """Return a building with its estate, once."""
    if not estate or estate in building:
        return building
    if language == "zh" and (estate[-1] + building[0]).isascii():
        estate += " "  # Latin names do not run into each other
    return translate("{building} ({estate})", language, building=building, estate=estate)


def _buildings(deal: dict[str, Any], language: str) -> str:
    rows = deal.get("buildings") or []
    names = [_building(name, number, code, language) for name, number, code in rows]
    if len(names) <= NAMED_BUILDINGS:
        return listed(names, language)
    return translate("{names} and {count} further buildings", language, names=listed(names[:NAMED_BUILDINGS], language),
                     count=len(names) - NAMED_BUILDINGS)  # fmt: skip


def _addressee(facts: Facts, language: str) -> Optional[str]:
    if facts.contact:
        if language == "zh" and facts.title:
            return facts.contact + facts.title
        return facts.contact if facts.title else translate("Mr or Ms {name}", language, name=facts.contact)
    role = ROLES.get(facts.talk["party_role"] or "")
    return facts.title or (translate(role, language) if role else None)


def _homes(households: Optional[int], language: str) -> Optional[str]:
    if not households:
        return None
    if households == 1:
        return translate("1 home", language)
    return translate("{count} homes", language, count=formats.integer(households))


def entry_words(place: Optional[dict[str, Any]], language: str) -> Optional[str]:
    """Return on which side and from which street a cable enters; None where that is not known."""
    if place is None or place["azimuth"] is None:
        return None
    side = translate(SIDES[int((place["azimuth"] + 22.5) // 45) % 8], language)
    if place["street"]:
        return translate("on the {side} side, from {street}", language, side=side, street=place["street"])
    return translate("on the {side} side", language, side=side)


def _window(start: Optional[datetime.date], end: Optional[datetime.date], language: str) -> Optional[str]:
    if start and end:
        return translate("from {start} to {end}", language, start=_day(start, language), end=_day(end, language))
    if start:
        return translate("from {start}", language, start=_day(start, language))
    return translate("until {end}", language, end=_day(end, language)) if end else None


def _agreement(number: Optional[str], language: str) -> Optional[str]:
    return translate("agreement {number}", language, number=number) if number else None


def _day(value: Optional[datetime.date], language: str) -> Optional[str]:
    return formats.day(value, language, long=True) if value else None


def capitalised(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]
