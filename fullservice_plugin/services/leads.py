# SPDX-License-Identifier: GPL-2.0-or-later
"""Leads (商机): who looks after an estate, whether it was verified, and what it is worth. State machine SM-1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Mapping, Optional, Union

from fullservice_plugin.core.catalogue.states import MACHINES
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.services.by_hand import Deed
from fullservice_plugin.services.documents import attach, read_document
from fullservice_plugin.store import by_hand
from fullservice_plugin.store import leads as queries

_WORTH = ("households", "penetration", "arpu_month", "months", "entry_cost", "score")


@dataclass(frozen=True)
class Step:
    """A state that may follow: whether it asks for a reason, the roles that may take it (empty: this login may), and
    the evidence still missing (names of ``states.EVIDENCE``)."""

    state: str
    needs_note: bool
    roles: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Lead:
    """An estate as a lead; ``worth`` holds the parts of its score, None where unknown."""

    estate_id: str
    version: int
    code: str
    name: Optional[str]
    state: str
    owner: Optional[str]
    value_class: Optional[str]
    worth: Mapping[str, Optional[float]]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class LeadUpdate:
    """What a person says of a lead: owner, value class, a visit with its result, a photo or record, the next state."""

    owner: Optional[str] = None
    value_class: Optional[str] = None
    state: Optional[str] = None
    note: str = ""
    visited_on: Optional[date] = None
    result: str = ""
    document: Union[None, str, Path] = None


def lead(store: Any, estate_id: str) -> Lead:
    """Return an estate as a lead. InputError when it is gone."""
    with store.transaction() as cur:
        row = queries.lead(cur, estate_id)
        if row is None:
            raise InputError("The row was deleted meanwhile, or lies outside your branch. Refresh the map.")
        rows = queries.steps(cur, estate_id)
    found = [Step(state, note, tuple(roles), tuple(gaps)) for state, note, roles, gaps in rows]
    order = [one.code for one in MACHINES["SM-1"].states]
    return Lead(
        row["estate_id"],
        row["version"],
        row["code"],
        row["name"],
        row["state"],
        row["owner"],
        row["value_class"],
        {name: row[name] for name in _WORTH},
        tuple(sorted(found, key=lambda step: order.index(step.state))),
    )


def register(store: Any, before: Lead, said: LeadUpdate) -> Deed:
    """Keep what was said of a lead, in one transaction that can be taken back.

    The visit and the document are kept first, so that they count as evidence of the step. ConflictError when somebody
    changed the estate meanwhile, TransitionError when the step lacks evidence, note or role.
    """
    document = read_document(said.document) if said.document else None
    if said.result.strip() == "" and said.visited_on is not None:
        raise InputError("Say what the visit found: a visit without a result proves nothing.")
    with store.transaction() as cur:
        by_hand.update(
            cur,
            "estate",
            before.estate_id,
            {"owner_staff_id": said.owner, "value_class": said.value_class},
            before.version,
        )
        if said.result.strip():
            visit = {"estate_id": before.estate_id, "channel": "visit", "result": said.result.strip()}
            by_hand.insert(cur, "visit_log", {**visit, "at": said.visited_on or date.today()})
        if document is not None:
            attach(cur, "estate", before.estate_id, "survey", *document)
        if said.state is not None and said.state != before.state:
            queries.move(cur, before.estate_id, said.state, said.note.strip())
        number = by_hand.deed_number(cur)
    return Deed(number, "The lead {name} was saved.", {"name": before.name or before.code}, (before.estate_id,))
