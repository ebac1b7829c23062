# SPDX-License-Identifier: GPL-2.0-or-later
"""The working tools of negotiation: the board, one deal with what may follow, its timeline, what is due today.

A deal is all talks of one estate that stand in one stage: people talk to a property manager about a whole estate, while
the stage is kept per building. A deed touches every talk of the deal or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence, Union

from fullservice_plugin.core.catalogue.states import state_label
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.negotiation.board import COLUMNS, STAGES
from fullservice_plugin.core.negotiation.compliance import DEFAULT_JURISDICTION, next_notice, notice_chain
from fullservice_plugin.core.negotiation.outlook import GRANTED
from fullservice_plugin.i18n import language
from fullservice_plugin.services.by_hand import Deed
from fullservice_plugin.services.documents import attach, read_document
from fullservice_plugin.services.imports import ewkb
from fullservice_plugin.store import by_hand, talk_desk
from fullservice_plugin.store import negotiation as queries
from fullservice_plugin.store.connection import Store

CARDS = 40
"""So many deals each column shows at first, the most urgent ones."""
EVENTS = 200


@dataclass(frozen=True)
class Card:
    """A deal on the board. ``used``: share of its stage's time (1 = due today), None where no clock runs."""

    column: str
    stage: str
    ids: tuple[str, ...]
    estate_id: Optional[str]
    name: str
    code: str
    talks: int
    buildings: int
    households: Optional[int]
    since: date
    allowed: Optional[int]
    used: Optional[float]
    due: Optional[date]
    owner: str
    last_contact: Optional[date]
    evidence_missing: bool


@dataclass(frozen=True)
class Column:
    """A column of the board: its cards and how many talks and deals it holds in all."""

    code: str
    cards: tuple[Card, ...]
    talks: int
    deals: int


@dataclass(frozen=True)
class Step:
    """A stage that may follow. ``roles``: who may (empty: this login); ``missing``: names of ``states.EVIDENCE``."""

    stage: str
    needs_note: bool
    roles: tuple[str, ...]
    missing: tuple[str, ...]
    days: int

    @property
    def open(self) -> bool:
        """Whether nothing but perhaps a note is missing."""
        return not self.roles and not self.missing


@dataclass(frozen=True)
class DealView:
    """One deal: its talks (rows), what may follow, what happened, the contacts (masked) and its agreement.

    ``notice``: the statutory notice that comes next, where the store's jurisdiction has a chain of them and the other
    side has not answered.
    """

    talks: list[dict[str, Any]]
    steps: tuple[Step, ...]
    timeline: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    agreement: Optional[dict[str, Any]]
    others: list[dict[str, Any]]
    notice: Optional[str] = None

    @property
    def ids(self) -> list[str]:
        """The talks' ids."""
        return [row["id"] for row in self.talks]

    @property
    def stage(self) -> str:
        """The stage all talks of the deal stand in."""
        return str(self.talks[0]["stage"])


def read_board(store: Store, mine: bool = False, text: str = "", most: int = CARDS) -> list[Column]:
    """Return all columns with their most urgent cards."""
    with store.transaction() as cur:
        cur.execute("select set_config('jit', 'off', true)")
        rows = talk_desk.board(cur, mine, text.strip(), most)
    found = []
    for column in COLUMNS:
        mine_ = [row for row in rows if row["col"] == column.code]
        found.append(Column(
            column.code, tuple(_card(row) for row in mine_), int(mine_[0]["talks_of_column"]) if mine_ else 0,
            int(mine_[0]["deals_of_column"]) if mine_ else 0))
    return found


def _card(row: Mapping[str, Any]) -> Card:
    return Card(
        row["col"], row["stage"], tuple(row["ids"]), row["estate_id"], row["name"], row["code"], int(row["talks"]),
        int(row["buildings"] or 0) or int(row["talks"]), None if row["households"] is None else int(row["households"]),
        row["since"], row["allowed"], row["used"], row["due"], row["owner"] or "", row["last_contact"],
        bool(row["evidence_missing"]))


def read_deal(store: Store, ids: Sequence[str]) -> DealView:
    """Return a deal by its talks; those that moved on meanwhile are left out of its steps but told in ``others``.

    Raises ParameterError where none of the talks is there.
    """
    with store.transaction() as cur:
        rows = talk_desk.deal(cur, ids)
        if not rows:
            raise ParameterError("These talks are gone, or your login may not see them.")
        stage = rows[0]["stage"]
        mine = [row for row in rows if row["stage"] == stage]
        keys = [row["id"] for row in mine]
        steps = talk_desk.steps(cur, keys, talk_desk.proofs(cur, keys))
        contacts = talk_desk.contacts(cur, sorted({row["party_id"] for row in mine if row["party_id"]}))
        siblings = [key for key in talk_desk.talks_of(cur, mine[0]["estate_id"], None) if key not in keys] if (
            mine[0]["estate_id"]) else []
        return DealView(
            mine, tuple(Step(name, note, tuple(roles), tuple(missing), days)
                        for name, note, roles, missing, days in steps),
            talk_desk.timeline(cur, keys, EVENTS), contacts, talk_desk.draft_of(cur, keys),
            talk_desk.deal(cur, siblings) if siblings else [], _next_notice(cur, keys, stage))


def _next_notice(cur: Any, ids: Sequence[str], stage: str) -> Optional[str]:
    where = queries.jurisdiction(cur) or DEFAULT_JURISDICTION
    if stage in GRANTED or not notice_chain(where):
        return None
    last, answered = talk_desk.last_notice(cur, ids)
    return next_notice(where, last, answered)


def deals_at(store: Store, estate: Optional[str], building: Optional[str]) -> list[list[str]]:
    """Return the deals of an estate or building as lists of talk ids, one per stage, the least advanced first."""
    with store.transaction() as cur:
        order = talk_desk.talks_of(cur, estate, building)
        rows = talk_desk.deal(cur, order)
    by_stage: dict[str, list[str]] = {}
    stage_of = {row["id"]: row["stage"] for row in rows}
    for key in order:
        if key in stage_of:
            by_stage.setdefault(stage_of[key], []).append(key)
    return list(by_stage.values())


def move(store: Store, ids: Sequence[str], stage: str, note: str = "",
         changes: Optional[Mapping[str, Any]] = None) -> Deed:
    """Move all talks of a deal to a stage, or none. ``changes`` are fields that go with it, such as reason_code."""
    with store.transaction() as cur:
        proofs = talk_desk.proofs(cur, ids)
        for key in ids:
            if changes:
                queries.update_talk(cur, key, changes)
            queries.transition(cur, key, stage, note, proofs)
        said = {"count": len(ids), "stage": state_label("SM-2", stage, language())}
        return Deed(by_hand.deed_number(cur), "{count} talks moved to “{stage}”.", said, tuple(ids))


def targets(view_steps: Sequence[Step], column: str) -> list[Step]:
    """Return the steps that lead into a column of the board."""
    return [step for step in view_steps if step.stage in STAGES[column]]


def log_contact(
    store: Store, ids: Sequence[str], result: str, *, channel: str = "visit", at: Any = None, next_step: str = "",
    due: Optional[date] = None, contact_id: Optional[str] = None, position: Any = None,
    document: Union[None, str, Path] = None, kind: str = "photo", obstacle: Optional[str] = None,
) -> Deed:
    """Log a visit, call, letter or meeting in every talk of a deal, with the next step and a photo or record.

    ``position``: a shapely point in EPSG:4326. Raises ParameterError for a contact without a result.
    """
    if not result.strip():
        raise ParameterError("A visit needs its result: say what came out of it.")
    paper = read_document(document) if document else None
    with store.transaction() as cur:
        for number, key in enumerate(ids):
            row = queries.talk(cur, key)
            values: dict[str, Any] = {
                "negotiation_id": key, "estate_id": row["estate_id"], "party_id": row["party_id"], "channel": channel,
                "result": result.strip(), "next_step": next_step.strip() or None, "contact_id": contact_id,
                "geom": ewkb(position), "by": store.login, "origin": "desktop"}
            if at is not None:
                values["at"] = at
            queries.insert(cur, "visit_log", values)
            changes: dict[str, Any] = {}
            if next_step.strip():
                changes.update(next_action=next_step.strip(), next_action_due=due)
            if obstacle:
                changes["obstacle_code"] = obstacle
            if changes:
                queries.update_talk(cur, key, changes)
            if paper is not None and number == 0:
                attach(cur, "negotiation", key, kind, *paper)
        said = {"count": len(ids)}
        return Deed(by_hand.deed_number(cur), "The contact was logged in {count} talks.", said, tuple(ids))


def add_document(store: Store, ids: Sequence[str], kind: str, document: Union[str, Path, bytes],
                 file_name: str = "") -> Deed:
    """Keep a document with a deal: once, as proof of each of its talks."""
    name, content = read_document(document, file_name)
    with store.transaction() as cur:
        attach(cur, "negotiation", ids[0], kind, name, content)
        return Deed(by_hand.deed_number(cur), "The document {file} was kept.", {"file": name}, tuple(ids[:1]))


def set_party(store: Store, ids: Sequence[str], party_id: Optional[str], name: str = "", role: str = "",
              authority: Optional[str] = None, contact: Optional[Mapping[str, Any]] = None) -> Deed:
    """Say with whom a deal is made: a known party, or a new one with its contact (kept in the protected contacts)."""
    with store.transaction() as cur:
        row = queries.talk(cur, ids[0])
        estate = row["estate_id"] or queries.estate_of(cur, row["building_id"])
        if party_id is None:
            if not name.strip() or not role:
                raise ParameterError("A party needs its name and its role.")
            party_id = queries.insert(cur, "property_party", {
                "estate_id": estate, "name": name.strip(), "role": role, "authority": authority, "origin": "desktop"})
        if contact and any(contact.get(key) for key in ("name", "phone", "wechat")):
            told = {key: contact[key] for key in ("name", "title", "phone", "wechat", "consent") if contact.get(key)}
            queries.insert(cur, "contact", {"party_id": party_id, "is_primary": True, "origin": "desktop", **told},
                           "fs_pii")
        for key in ids:
            queries.update_talk(cur, key, {"party_id": party_id})
        return Deed(by_hand.deed_number(cur), "The party of {count} talks was set.", {"count": len(ids)}, tuple(ids))


def reveal_contact(store: Store, contact: str, purpose: str) -> dict[str, Any]:
    """Return name, phone and WeChat of a contact in clear; the store logs the look with its purpose.

    Raises ParameterError without a purpose, StoreError for a role that may not.
    """
    if len(purpose.strip()) < 3:
        raise ParameterError("Say what the personal data are needed for.")
    with store.transaction() as cur:
        return talk_desk.reveal(cur, contact, purpose.strip())


def known_parties(store: Store, estate: Optional[str]) -> list[tuple[str, str]]:
    """Return (id, name) of the parties of an estate that hold today."""
    with store.transaction() as cur:
        return talk_desk.parties(cur, estate)


def plan_next(store: Store, ids: Sequence[str], action: str, due: Optional[date]) -> Deed:
    """Set the next action of a deal and its day."""
    with store.transaction() as cur:
        for key in ids:
            queries.update_talk(cur, key, {"next_action": action.strip() or None, "next_action_due": due})
        return Deed(by_hand.deed_number(cur), "The next action was set.", {}, tuple(ids))


def day_counts(store: Store, on: Optional[date] = None) -> tuple[int, int, int]:
    """Return the login's own actions due, talks out of time and reminders unread, for the start dock."""
    with store.transaction() as cur:
        return talk_desk.day_counts(cur, on or date.today())


def my_day(store: Store, on: Optional[date] = None, mine: bool = True, most: int = 500) -> list[dict[str, Any]]:
    """Return what is due by a day (today), the oldest first: next actions, clocks that ran out, reminders."""
    with store.transaction() as cur:
        return talk_desk.day(cur, on or date.today(), mine, most)
