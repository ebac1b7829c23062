# SPDX-License-Identifier: GPL-2.0-or-later
"""The estate card: all that is known of one estate at one look, from discovery to what was signed and designed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Mapping, Optional

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.services.prices import area_catalogue
from fullservice_plugin.store import estate_card as ask
from fullservice_plugin.store import leads, rivals
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.estate_story import story
from fullservice_plugin.store.map_views import Box

#: So many papers and events are shown; older ones stay in their tables and in the talk.
PAPERS = 200
EVENTS = 400
_HOLDS = ("contract", "de_facto")
_SERVES = ("in_service", "building")


@dataclass(frozen=True)
class EstateCard:
    """One estate. ``households`` None: unknown in every building, never zero; ``rivals`` None: nobody has looked.

    ``flags``: codes, each with its values. ``deals``: the open talks by stage; ``designs``: the newest of every
    scenario; ``present``: operators, ours among them; ``story``: what happened, the newest first; ``currency``: that of
    the prices that hold there.
    """

    id: str
    code: str
    name: str
    box: Optional[Box]
    grid: Optional[str]
    owner: Optional[str]
    estate_type: Optional[str]
    buildings: int
    households: Optional[int]
    unknown: int
    covered: int
    signed: int
    blocked: int
    talked: int
    rivals: Optional[int]
    flags: tuple[tuple[str, Mapping[str, Any]], ...]
    lead: Mapping[str, Any]
    deals: list[dict[str, Any]]
    agreements: list[dict[str, Any]]
    designs: list[dict[str, Any]]
    present: list[dict[str, Any]]
    packages: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    story: list[dict[str, Any]]
    currency: str

    @property
    def coverage(self) -> Optional[float]:
        """Share of the known households that are covered; None where no household is known."""
        return self.covered / self.households if self.households else None


def estate_card(store: Store, kind: str, key: str) -> EstateCard:
    """Return the card of an estate, or of the estate of a building or address (``kind``), as this login sees it.

    Raises InputError where it is gone or lies in no estate.
    """
    with store.transaction() as cur:
        cur.execute("select set_config('jit', 'off', true)")  # compiling takes longer than these queries do
        estate = ask.estate_of(cur, kind, key)
        place = ask.parts(cur, estate) if estate else None
        if place is None:
            raise InputError("It belongs to no estate, was deleted meanwhile, or lies outside your branch.")
        sums = ask.sums(cur, place)
        deals, agreements = ask.deals(cur, place), ask.agreements(cur, place)
        present = rivals.present(cur, {"houses": place["houses"], "estate": place["estate"]})
        return EstateCard(
            place["estate"], place["code"], place["name"], _box(place), place["grid"], place["owner"],
            place["estate_type"], int(sums["buildings"]),
            None if sums["households"] is None else int(sums["households"]), int(sums["unknown"]),
            int(sums["covered"]), int(sums["signed"]), int(sums["blocked"]), int(sums["talked"]),
            _rivals(present), _flags(sums, deals, agreements, present), leads.lead(cur, place["estate"]) or {}, deals,
            agreements, ask.designs(cur, place), present, ask.packages(cur, place),
            ask.documents(cur, place, PAPERS), story(cur, place, EVENTS),
            area_catalogue(cur, place["houses"]).currency)  # fmt: skip


def _box(place: Mapping[str, Any]) -> Optional[Box]:
    if place["west"] is None:
        return None
    return float(place["west"]), float(place["south"]), float(place["east"]), float(place["north"])


def _rivals(present: list[dict[str, Any]]) -> Optional[int]:
    """How many rivals serve the estate or build there; None where nobody has looked."""
    others = [row for row in present if not row["own"]]
    return sum(row["status"] in _SERVES for row in others) if others else None


def _flags(sums: Mapping[str, Any], deals: list[dict[str, Any]], agreements: list[dict[str, Any]],
           present: list[dict[str, Any]]) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """What asks for attention, the most urgent first."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for row in present:
        until = row["exclusive_until"]
        if not row["own"] and row["exclusivity"] in _HOLDS and (until is None or until >= date.today()):
            found.append(("exclusive", {"operator": row["name"], "operator_en": row["name_en"], "day": until}))
    if sums["blocked"]:
        found.append(("blocked", {"count": int(sums["blocked"])}))
    found += [(code, {"count": sum(int(deal[code]) for deal in deals)})
              for code in ("overdue", "stalled", "evidence_missing") if any(deal[code] for deal in deals)]  # fmt: skip
    found += [("ending", {"number": row["number"], "day": row["valid_to"]}) for row in agreements if row["ending"]]
    if any(row["conflict"] for row in present):
        found.append(("conflict", {}))
    return tuple(found)
