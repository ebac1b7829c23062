# SPDX-License-Identifier: GPL-2.0-or-later
"""Who else is in one building or estate, how we stand there, what to do, and what was observed when and by whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Mapping, Optional, Sequence

from fullservice_plugin.core.catalogue.states import MACHINES
from fullservice_plugin.core.competition.advice import Advice
from fullservice_plugin.core.competition.evidence import STALE_BELOW
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.services.standings import EstateStanding, standing_at
from fullservice_plugin.store import reminders
from fullservice_plugin.store import rivals as ask
from fullservice_plugin.store.connection import Store

#: Steps that the dock offers for observations, in the order of its buttons.
STEPS = ("verified", "stale", "retired")


@dataclass(frozen=True)
class Step:
    """A step of SM-10: whether this login may take it, who may, and the evidence that is missing."""

    state: str
    may: bool
    roles: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """One observation. ``confidence`` is what is left of it today, None where it does not count any more."""

    id: str
    operator: str
    field: str
    value: Optional[str]
    number: Optional[float]
    unit: Optional[str]
    valid_until: Optional[date]
    source_class: str
    source_text: str
    observed_on: date
    observer: str
    confidence: Optional[float]
    state: str
    verified_by: Optional[str]
    building: Optional[str]
    photo: bool
    steps: tuple[Step, ...]

    @property
    def stale(self) -> bool:
        """Whether it has faded so far that somebody should look again."""
        return self.state == "stale" or self.confidence is not None and self.confidence < STALE_BELOW


@dataclass(frozen=True)
class RivalsHere:
    """A place (``kind`` building or estate) and what is known there.

    ``present``: per operator; ``standing`` None where the place is in no estate; ``alerts``: rivals that entered the
    estate while we talk; ``operators``: code → (name, English name, number for its colour).
    """

    kind: str
    id: str
    name: str
    estate_id: Optional[str]
    estate: str
    present: list[dict[str, Any]]
    standing: Optional[EstateStanding]
    advice: list[Advice]
    seen: list[Seen]
    alerts: list[dict[str, Any]]
    operators: Mapping[str, tuple[str, str, int]] = field(default_factory=dict)

    def name_of(self, code: str, language: str) -> str:
        """Return an operator's name in a language, its code where it has none."""
        found = self.operators.get(code)
        return (found[0] if language == "zh" else found[1]) if found else code


def rivals_here(store: Store, kind: str, key: str) -> RivalsHere:
    """Return what is known of rivals in a building or an estate. Raises InputError where it is gone."""
    with store.transaction() as cur:
        place = ask.subject(cur, kind, key)
        if place is None:
            raise InputError("The row was deleted meanwhile, or lies outside your branch. Refresh the map.")
        where = {"houses": place["houses"], "estate": place["id"] if kind == "estate" else None}
        present, rows = ask.present(cur, where), ask.timeline(cur, where)
        estate = place["estate_id"]
        alerts = ask.alerts(cur, estate) if estate else []
        known = ask.operators(store)
        found = None
        if estate:
            found = standing_at(store, building_id=key) if kind == "building" else standing_at(store, estate_id=key)
    names = {row["code"]: (row["name"], row["name_en"], number) for number, row in enumerate(known)}
    return RivalsHere(kind, place["id"], place["name"], estate, place["estate"] or "", present, found,
                      [] if found is None else found.advice(),
                      [_seen(row) for row in rows], alerts, names)


def _seen(row: Mapping[str, Any]) -> Seen:
    order = [one.code for one in MACHINES["SM-10"].states]
    steps = [Step(one["state"], one["may"], tuple(sorted(set(one["roles"]))), tuple(one["missing"]))
             for one in row["steps"]]  # fmt: skip
    return Seen(
        row["id"], row["operator_code"], row["field"], row["value"], row["number"], row["unit"], row["valid_until"],
        row["source_class"], row["source_text"], row["observed_on"], row["observer"], row["confidence"], row["state"],
        row["verified_by"], row["building_name"] if row["building"] else None, row["photo"],
        tuple(sorted(steps, key=lambda step: order.index(step.state))))  # fmt: skip


def why_not(seen: Sequence[Seen]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return step → why it cannot be taken for all of these observations: an English template and its values.

    Values: ``state`` and ``roles`` are codes, ``missing`` names of ``states.EVIDENCE``. A step that is absent is open.
    """
    closed: dict[str, tuple[str, dict[str, Any]]] = {}
    for target in STEPS:
        for one in seen:
            step = next((step for step in one.steps if step.state == target), None)
            if step is None:
                closed[target] = ("From “{state}” there is no such step.", {"state": one.state})
            elif not step.may:
                closed[target] = ("This step is taken by: {roles}.", {"roles": step.roles})
            elif step.missing:
                closed[target] = ("Still missing: {what}.", {"what": step.missing})
            if target in closed:
                break
    return closed


def move_observations(store: Store, ids: Sequence[str], state: str) -> None:
    """Move observations to a state of SM-10, all or none. Raises TransitionError with what is missing."""
    if state not in STEPS:
        raise ParameterError("Observations can be verified, marked stale or retired, not {state}.", state=state)
    with store.transaction() as cur:
        ask.move(cur, ids, state)


def acknowledge_alerts(store: Store, ids: Sequence[str]) -> int:
    """Mark reminders of rivals as read; returns how many.

    Raises ConflictError for those of somebody else's talks, InputError where all were marked already.
    """
    with store.transaction() as cur:
        done = reminders.acknowledge(cur, ids)
    if not done:
        raise InputError("These reminders were marked as read already.")
    return done


def rival_news(store: Store, after: Optional[int]) -> list[dict[str, Any]]:
    """Return the rivals that entered estates where we talk, after a mark (None: in the last day), by estate."""
    return ask.news(store, after)
