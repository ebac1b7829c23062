# SPDX-License-Identifier: GPL-2.0-or-later
"""What somebody saw of a rival in one go: several facts, a promotion and a photo, all kept or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Optional, Union

from fullservice_plugin.core.catalogue.lists import codes
from fullservice_plugin.core.competition.evidence import initial_confidence
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.services.competition import problem_of, refused, stored_values
from fullservice_plugin.services.documents import attach, read_document
from fullservice_plugin.services.subjects import Subject
from fullservice_plugin.store import competition as queries
from fullservice_plugin.store import rivals as ask
from fullservice_plugin.store.connection import Store

#: Facts that a photo can show; it is kept with each of them, as the proof that verifies it.
SHOWN = ("presence", "technology", "ports", "promotion")


@dataclass(frozen=True)
class Sighting:
    """What was seen of one operator; None or "" where nothing was said. Speeds in Mbit/s, prices per month.

    With a technology its presence follows: in service. ``contracts``: lines whose contracts end by ``contracts_until``.
    ``source_text`` falls back to the class of the source, ``observer`` to the login, ``observed_on`` to today.
    """

    operator: str
    source_class: str
    technology: Optional[str] = None
    presence: Optional[str] = None
    speed: Optional[float] = None
    price: Optional[float] = None
    subscribers: Optional[float] = None
    ports: Optional[float] = None
    exclusivity: Optional[str] = None
    exclusive_until: Optional[date] = None
    contracts: Optional[float] = None
    contracts_until: Optional[date] = None
    promotion: Optional[str] = None
    promotion_text: str = ""
    source_text: str = ""
    observed_on: Optional[date] = None
    observer: str = ""
    photo: Union[None, str, Path] = None


@dataclass(frozen=True)
class Captured:
    """How many facts are new, how many the store had already, and the confidence that they start with (0–1)."""

    new: int
    known: int
    confidence: float


def operators(store: Store) -> list[dict[str, Any]]:
    """Return the operators of the store: code, name, name_en, is_self; ours first, then in the order of their entry."""
    return ask.operators(store)


def record_sighting(store: Store, seen: Sighting, *, building_id: Optional[str] = None,
                    estate_id: Optional[str] = None, today: Optional[date] = None) -> Captured:
    """Keep a sighting about a building or an estate in one transaction.

    Raises ParameterError for what cannot be true or says nothing, InputError for a photo that cannot be read.
    """
    today = today or date.today()
    photo = read_document(seen.photo) if seen.photo else None
    if building_id is None and estate_id is None:
        raise refused(("the building or the estate is missing", {}))
    facts = _facts(seen)
    if not facts:
        raise refused(("nothing was said of what was seen", {}))
    common = {
        "operator_code": seen.operator, "source_class": seen.source_class,
        "source_text": seen.source_text.strip() or seen.source_class, "observed_on": seen.observed_on or today,
        "observer": seen.observer.strip() or store.login, "confidence": None,
    }  # fmt: skip
    rows = [{**common, **fact} for fact in facts]
    problem = next((found for found in (problem_of(row, today) for row in rows) if found is not None), None)
    if problem is not None:
        raise refused(problem)
    subject = Subject(building_id, None if building_id else estate_id, "given")
    with store.transaction() as cur:
        if seen.operator not in {code for code, *_ in queries.operators(cur)}:
            raise refused(("operator {code} is not among the store's operators", {"code": seen.operator}))
        made = queries.insert_observations(cur, [stored_values(row, subject) for row in rows], "desktop")
        if seen.promotion:
            ask.add_promotion(cur, {**common, "building": building_id, "estate": estate_id, "kind": seen.promotion,
                                    "text": seen.promotion_text.strip() or None})
        if photo is not None:
            for key in ask.same_sighting(cur, {**common, "building": building_id, "estate": subject.estate_id,
                                               "fields": [f for f in SHOWN if f in {row["field"] for row in rows}]}):
                attach(cur, "observation", key, "photo", *photo)
    return Captured(made, len(rows) - made, initial_confidence(seen.source_class))


def _facts(seen: Sighting) -> list[dict[str, Any]]:
    """One fact per thing that was said."""
    if seen.promotion and seen.promotion not in codes("promotion_kind"):
        raise refused(("{value} is not a value of {field}", {"value": seen.promotion, "field": "promotion"}))
    if (seen.contracts is None) != (seen.contracts_until is None):
        raise ParameterError("Contracts that end need both their number and the day by which they end.")
    presence = seen.presence or ("in_service" if seen.technology else None)
    facts: list[dict[str, Any]] = [
        {"field": field, "value": value}
        for field, value in (("presence", presence), ("technology", seen.technology), ("promotion", seen.promotion))
        if value
    ]
    if seen.exclusivity:
        facts.append({"field": "exclusivity", "value": seen.exclusivity, "valid_until": seen.exclusive_until})
    facts += [
        {"field": field, "number": number}
        for field, number in (("speed", seen.speed), ("tariff", seen.price), ("subs", seen.subscribers),
                              ("ports", seen.ports))
        if number is not None
    ]
    if seen.contracts is not None:
        facts.append({"field": "contract_end", "number": seen.contracts, "valid_until": seen.contracts_until})
    return facts
