# SPDX-License-Identifier: GPL-2.0-or-later
"""What the store knows of buildings, read for many at once, and put into the words of a dossier."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.i18n import listed, translate
from fullservice_plugin.plans import formats
from fullservice_plugin.plans.dossier_model import Dossier, Offer, Riser
from fullservice_plugin.plans.letter import short
from fullservice_plugin.plans.letter_templates import Template
from fullservice_plugin.plans.print_template import OURS, PrintTemplate
from fullservice_plugin.services import letter_facts
from fullservice_plugin.services.letter_facts import OPEN_POINT, UNKNOWN, WORK, Facts, capitalised
from fullservice_plugin.services.plan_risers import CABLED
from fullservice_plugin.services.property_terms import terms
from fullservice_plugin.services.sites import read_sites
from fullservice_plugin.store import handouts as queries
from fullservice_plugin.store import letters
from fullservice_plugin.store.connection import Store

OFFERS = 6  # packages in the table of a dossier; further ones are counted
PHOTO_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Known:
    """What the store says of one building."""

    facts: Facts
    method: str  # of the newest decision: also ``none``; empty where there is no design
    currency: str
    packages: tuple[Mapping[str, Any], ...]
    inside: tuple[Mapping[str, Any], ...]
    photo: Optional[Mapping[str, Any]]
    site: Any


@dataclass(frozen=True)
class Order:
    """What one run asks for: language, day, plan (None: the newest design of each building), size of the drawing."""

    language: str
    on: datetime.date
    plan: Optional[str]
    size: tuple[float, float]
    notice: str
    named: bool = False  # contacts by name, every look written down
    purpose: str = ""


class Reader:
    """Reads buildings batch by batch; a contact is looked at once in a run, however many buildings it answers for."""

    def __init__(self, store: Store, order: Order, look: PrintTemplate = OURS) -> None:
        self.store, self.order = store, order
        with store.transaction() as cur:
            self.operator = look.word("operator", order.language) or letters.own_operator(cur, order.language)
        self._names: dict[str, str] = {}

    def read(self, buildings: Sequence[str]) -> list[Known]:
        """Return what is known of some buildings, in their order; those that this login does not see are left out."""
        order = self.order
        with self.store.transaction() as cur:
            rows = queries.subjects(cur, buildings, order.on)
            keys = [key for key in buildings if key in rows]
            decisions = letters.decisions(cur, keys, order.plan)
            plans = {key: decisions[key]["plan_id"] if key in decisions else order.plan for key in keys}
            each = [plans[key] for key in keys]
            names = {key: name_of(rows[key], order.language) for key in keys}
            entries = letters.entries(cur, keys, each)
            deals = letters.agreements(cur, keys, [rows[key]["estate_id"] for key in keys])
            colleagues = letters.colleagues(cur, [rows[key]["owner_staff_id"] for key in keys])
            contacts = letters.contacts(cur, [rows[key]["party_id"] for key in keys])
            packages = queries.packages(cur, keys, order.on)
            inside = queries.inside(cur, keys, each)
            photos = queries.photos(cur, keys, PHOTO_BYTES)
            sites = read_sites(cur, plans, names, order.size, order.language, order.notice)
        found = []
        for key in keys:
            row, decision = rows[key], decisions.get(key)
            contact = contacts.get(row["party_id"])
            facts = Facts(
                talk=row,
                decision=decision if decision and decision["method"] != "none" else None,
                entry=entries.get(key),
                agreement=deals.get(key),
                operator=self.operator,
                colleague=colleagues.get(row["owner_staff_id"], ""),
                contact=self._name(contact) if order.named and contact else "",
                title=(contact or {}).get("title") or "",
            )
            found.append(Known(
                facts, decision["method"] if decision else "",
                (decision or {}).get("currency") or load_catalogue(None).currency,
                tuple(packages.get(key, ())), tuple(inside.get(key, ())), photos.get(key), sites.get(key),
            ))  # fmt: skip
        return found

    def _name(self, contact: Mapping[str, Any]) -> str:
        key = contact["id"]
        if key not in self._names:
            self._names[key] = letters.contact_name(self.store, key, self.order.purpose)
        return self._names[key]


def name_of(row: Mapping[str, Any], language: str) -> str:
    """Return what a building is called on paper, without its estate: name, number, address, code."""
    if row["building_name"]:
        return str(row["building_name"])
    if row["number"]:
        return translate("building {number}", language, number=row["number"])
    return str(row["address"] or row["building_code"])


def dossier(
    known: Known, order: Order, template: Template, *, look: PrintTemplate = OURS, made: bool = False
) -> Dossier:
    """Return the dossier of a building."""
    language = order.language
    facts = letter_facts.signed(known.facts, look, language)
    talk = facts.talk
    said = letter_facts.words(facts, language, order.on, template.reply_days)
    plain = letter_facts.neutral(language)
    operator = said["operator"] or capitalised(plain["operator"])
    name = name_of(talk, language)
    place = (talk["estate_name"], talk["address"])
    return Dossier(
        code=str(talk["building_code"]),
        language=language,
        operator=operator,
        reference=letter_facts.reference(talk),
        date=order.on,
        day=str(said["date"]),
        title=translate("Fibre broadband in {building}", language, building=short(name)),
        place="  ·  ".join(dict.fromkeys(part for part in place if part and part != name)),
        facts=_facts(known, said, language),
        proposal=_proposal(known, said, operator, language),
        gain=_gain(known, language),
        offers=tuple(_offer(row, known.currency, language) for row in known.packages[:OFFERS]),
        entry=entry_words(known, language),
        building_works=_building_works(known, language),
        works=tuple(
            (translate(label, language), capitalised(said[name] or translate(OPEN_POINT, language)))
            for label, name in (("Period of the works", "works_window"), ("Working hours", "works_hours"))
        ),
        terms=terms(facts.agreement or {}, operator, known.currency, language),
        contact=(
            (translate("Our contact", language), said["sender"] or capitalised(plain["sender"])),
            (translate("For the property", language), _party(said, plain, language)),
        ),
        signer=said["sender"] or "",
        site=known.site,
        riser=_riser(known),
        letter=letter_facts.compose(template, facts, order.on, look=look, made=made) if facts.decision else None,
        photo=(known.photo or {}).get("sha256") or "",
        made=made,
        logo=look.logo,
    )


def _facts(known: Known, said: Mapping[str, Optional[str]], language: str) -> tuple[tuple[str, str], ...]:
    talk = known.facts.talk
    rows = [
        ("Building", name_of(talk, language)),
        ("Homes in the building", _homes(talk, said) or translate(UNKNOWN["homes"], language)),
        ("Storeys", formats.integer(talk["storeys"])),
        ("Access method", said["method"] or translate("still open", language)),
        ("State of the design", letter_facts.design_state(known.facts.decision, language)
         or translate(UNKNOWN["design"], language)),
    ]  # fmt: skip
    return tuple((translate(label, language), value if isinstance(value, formats.Figure) else capitalised(value))
                 for label, value in rows)


def _homes(talk: Mapping[str, Any], said: Mapping[str, Optional[str]]) -> Optional[str]:
    """Return the homes in words, which remember their number for the workbook."""
    if said["homes"] is None or talk["households"] is None:
        return said["homes"]
    return formats.Figure(capitalised(said["homes"]), talk["households"], "whole")


def _proposal(known: Known, said: Mapping[str, Optional[str]], operator: str, language: str) -> tuple[str, ...]:
    if known.method == "none":
        return (translate("Our present plan does not connect this building yet. We keep it in mind for the next one "
                          "and are glad to hear when its owners wish to be connected.", language),)  # fmt: skip
    if not known.method:
        return (translate("There is no design for this building yet. {operator} would like to look at it with you; "
                          "what is built is agreed with you afterwards.", language, operator=operator),)  # fmt: skip
    if said["homes"]:
        first = translate("{operator} proposes to connect {homes} with {method}.", language, operator=operator,
                          homes=said["homes"], method=_running(said["method"]))  # fmt: skip
    else:
        first = translate("{operator} proposes to connect the building with {method}.", language, operator=operator,
                          method=_running(said["method"]))  # fmt: skip
    return (first, translate(WORK[known.method], language),
            translate("Every household decides for itself whether to take the service. Other operators in the building "
                      "stay as they are.", language))  # fmt: skip


def _running(method: Optional[str]) -> str:
    """Return the name of a method as it stands within a sentence; abbreviations stay."""
    text = method or ""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _gain(known: Known, language: str) -> str:
    speeds = [row["down_mbps"] for row in known.packages if row["down_mbps"]]
    if not speeds:
        return translate("The speeds and packages that residents may choose from are told before the first connection.",
                         language)  # fmt: skip
    count = len(known.packages)
    text = translate("At this address residents may choose among {count} packages of up to {speed} Mbit/s.", language,
                     count=formats.integer(count), speed=formats.integer(max(speeds)))  # fmt: skip
    if count > OFFERS:
        text += " " * (language == "en") + translate("The table has the first {shown} of them.", language, shown=OFFERS)
    return text


def _offer(row: Mapping[str, Any], currency: str, language: str) -> Offer:
    price = None if row["price_month"] is None else float(row["price_month"])
    months = row["contract_months"]
    return Offer(
        name=str(row["name"]),
        down=_speed(row["down_mbps"]),
        up=_speed(row["up_mbps"]),
        price=formats.money(price, currency, language, 0 if price is None or price.is_integer() else 2),
        term=translate("{months} months", language, months=months) if months else formats.NONE,
    )


def _speed(value: Optional[int]) -> str:
    return formats.NONE if value is None else formats.Figure(f"{formats.integer(value)} Mbit/s", value, "whole")


def entry_words(known: Known, language: str) -> str:
    """Return where the cable enters, in a sentence."""
    said = letter_facts.entry_words(known.facts.entry, language)
    if not known.facts.decision:
        return translate(
            "The drawing shows the building. Where a cable may enter is agreed with you on site.", language
        )
    if said:
        return translate("Our cable is to enter the building {entry}. The exact place is agreed with you on site.",
                         language, entry=said)  # fmt: skip
    return translate("The drawing shows where our cable is to come from. The exact place of entry is agreed with you "
                     "on site.", language)  # fmt: skip


def _riser(known: Known) -> Optional[Riser]:
    """Return the sketch of a building whose storeys are known or whose design says what stands on which floor."""
    boxes = Counter(row["floor"] or 1 for row in known.inside if row["kind"] in ("fat", "fdt") and row["indoors"])
    points = Counter(row["floor"] or 1 for row in known.inside if row["kind"] in ("ap", "switch"))
    storeys = max([known.facts.talk["storeys"] or 0, *boxes, *points])
    if not storeys or not known.facts.decision:
        return None
    feeds = [row for row in known.inside if row["kind"] in ("fat", "fdt", "olt")]
    return Riser(
        storeys, tuple(sorted(boxes.items())), tuple(sorted(points.items())),
        outside=bool(feeds) and not boxes, cabled=known.method in CABLED,
    )  # fmt: skip


def _building_works(known: Known, language: str) -> tuple[str, ...]:
    if not known.facts.decision:
        return (translate("What is built in the building is agreed with you after a survey.", language),)
    found = []
    boxes = [row for row in known.inside if row["kind"] in ("fat", "fdt") and row["indoors"]]
    points = sum(row["kind"] == "ap" for row in known.inside)
    if boxes:
        floors = sorted({row["floor"] for row in boxes if row["floor"]})
        if floors:
            found.append(translate("Distribution boxes: {count}, on floors {floors}.", language, count=len(boxes),
                                   floors=_list(floors, language)))  # fmt: skip
        else:
            found.append(translate("Distribution boxes in or at the building: {count}.", language, count=len(boxes)))
    elif any(row["kind"] in ("fat", "fdt", "olt") for row in known.inside):
        found.append(translate("The distribution box stands outside the building.", language))
    if points:
        found.append(translate("WLAN access points on the ceilings: {count}.", language, count=points))
    if known.method in CABLED:
        found.append(
            translate("The cable climbs through the riser; no flat is entered without its residents.", language)
        )
    found.append(translate("Openings are closed and fire-stopped when the works are done, and the place is left clean.",
                           language))  # fmt: skip
    return tuple(found)


def _list(floors: Sequence[int], language: str) -> str:
    return listed(map(str, floors), language)


def _party(said: Mapping[str, Optional[str]], plain: Mapping[str, str], language: str) -> str:
    name = said["recipient"] or capitalised(plain["recipient"])
    if not said["recipient"] or not said["addressee"]:
        return name
    return f"{name}（{said['addressee']}）" if language == "zh" else f"{name} ({said['addressee']})"

