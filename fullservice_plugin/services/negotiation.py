# SPDX-License-Identifier: GPL-2.0-or-later
"""What people do in a property talk: visits, documents, signatures, the next stage.

Forms, docks, the demo and tests all work through these functions. Each is one transaction; role, order and
evidence of a step are checked by the database.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence, Union

from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.negotiation.compliance import DEFAULT_JURISDICTION, Finding, require_compliant
from fullservice_plugin.services.by_hand import Deed
from fullservice_plugin.services.documents import attach, read_document
from fullservice_plugin.services.imports import ewkb
from fullservice_plugin.store import by_hand
from fullservice_plugin.store import negotiation as queries
from fullservice_plugin.store.connection import Store


def start_negotiation(
    store: Store,
    building_id: str,
    *,
    estate_id: Optional[str] = None,
    kind: str = "new_entry",
    party_id: Optional[str] = None,
    owner_staff_id: Optional[str] = None,
    next_action: Optional[str] = None,
    next_action_due: Optional[date] = None,
    origin: str = "desktop",
) -> str:
    """Open the talk about entry into a building, at stage ``not_started``, and return its id."""
    with store.transaction() as cur:
        values = {
            "building_id": building_id,
            "estate_id": estate_id or queries.estate_of(cur, building_id),
            "kind": kind,
            "party_id": party_id,
            "owner_staff_id": owner_staff_id,
            "next_action": next_action,
            "next_action_due": next_action_due,
            "origin": origin,
        }
        return queries.insert(cur, "negotiation", values)


def advance_negotiation(
    store: Store,
    negotiation_id: str,
    to_stage: str,
    note: str = "",
    evidence: Sequence[str] = (),
    changes: Optional[Mapping[str, Any]] = None,
) -> None:
    """Move a talk to a stage. ``evidence`` are ids of attachments, visits or agreements.

    ``changes`` are fields that go with the step (reason_code, next_review, obstacle_code, next_action,
    next_action_due, party_id, owner_staff_id). Raises TransitionError with the reason when the step, the role
    or the evidence does not allow it; then nothing changes.
    """
    with store.transaction() as cur:
        if changes:
            queries.update_talk(cur, negotiation_id, changes)
        queries.transition(cur, negotiation_id, to_stage, note, evidence)


def record_party(
    store: Store,
    estate_id: Optional[str],
    name: str,
    role: str,
    *,
    authority: Optional[str] = None,
    contact: Optional[Mapping[str, Any]] = None,
    origin: str = "desktop",
) -> str:
    """Register a responsible party and return its id.

    ``contact`` (name, title, phone, wechat, consent) goes to the protected contacts, never to the party.
    """
    with store.transaction() as cur:
        party = queries.insert(
            cur,
            "property_party",
            {"estate_id": estate_id, "name": name, "role": role, "authority": authority, "origin": origin},
        )
        if contact:
            known = {key: contact[key] for key in ("name", "title", "phone", "wechat", "consent") if key in contact}
            queries.insert(cur, "contact", {"party_id": party, "is_primary": True, "origin": origin, **known}, "fs_pii")
    return party


def record_visit(
    store: Store,
    negotiation_id: str,
    result: str,
    *,
    channel: str = "visit",
    at: Optional[datetime] = None,
    by: Optional[str] = None,
    next_step: Optional[str] = None,
    position: Any = None,
    notice: Optional[str] = None,
    origin: str = "desktop",
) -> str:
    """Log a visit, call, letter or meeting of a talk and return its id.

    ``position`` is a shapely point in EPSG:4326; ``notice``: which statutory notice a letter was. Raises
    ParameterError for a visit without a result.
    """
    if not result.strip():
        raise ParameterError("A visit needs its result: say what came out of it.")
    with store.transaction() as cur:
        talk = queries.talk(cur, negotiation_id)
        values: dict[str, Any] = {
            "negotiation_id": negotiation_id,
            "estate_id": talk["estate_id"],
            "party_id": talk["party_id"],
            "channel": channel,
            "result": result,
            "next_step": next_step,
            "geom": ewkb(position),
            "notice": notice,
            "origin": origin,
        }
        if at is not None:
            values["at"] = at
        values["by"] = by or store.login
        return queries.insert(cur, "visit_log", values)


def add_attachment(
    store: Store,
    subject_kind: str,
    subject_id: str,
    kind: str,
    document: Union[str, Path, bytes],
    file_name: str = "",
    *,
    taken_at: Optional[datetime] = None,
) -> str:
    """Keep a document in the store with its size and SHA-256 and return its id.

    ``document`` is a path or the bytes (then with ``file_name``). The content is kept in the store, so it
    survives when a path moves; the same file on the same subject is kept once. Raises InputError when the
    file is missing, empty or larger than 64 MiB.
    """
    name, content = read_document(document, file_name)
    with store.transaction() as cur:
        return attach(cur, subject_kind, subject_id, kind, name, content, taken_at)


def sign_agreement(
    store: Store,
    negotiation_ids: Sequence[str],
    agreement: Mapping[str, Any],
    document: Union[str, Path, bytes],
    file_name: str = "",
    *,
    note: str = "",
    approver: str = "",
    jurisdiction: str = "",
    origin: str = "desktop",
) -> tuple[str, list[Finding]]:
    """Sign one agreement for the buildings of the given talks: agreement, document and stage in one transaction.

    ``agreement`` holds fields of the table (number, signed_on, valid_from, valid_to, exclusivity, fee_model …).
    Returns its id and the compliance warnings. Raises TransitionError citing the rule when the jurisdiction
    (the store's setting, China where none) forbids a clause, or when a talk may not be signed now.
    """
    if not negotiation_ids:
        raise ParameterError("Name at least one property talk to sign.")
    unknown = sorted(set(agreement) - set(queries.AGREEMENT_FIELDS))
    if unknown:
        raise ParameterError("An agreement has no field {name}.", name=unknown)
    name, content = read_document(document, file_name)
    with store.transaction() as cur:
        where = jurisdiction or queries.jurisdiction(cur) or DEFAULT_JURISDICTION
        warnings = require_compliant({**agreement, "approver": approver or None}, where)
        talks = [queries.talk(cur, key) for key in negotiation_ids]
        values = {
            "status": "active",
            "estate_id": talks[0]["estate_id"],
            "party_id": talks[0]["party_id"],
            **agreement,
            "origin": origin,
        }
        key = queries.insert(cur, "agreement", values)
        for talk in talks:
            queries.insert(
                cur, "agreement_building", {"agreement_id": key, "building_id": talk["building_id"], "origin": origin}
            )
        evidence = attach(cur, "agreement", key, "agreement", name, content, None)
        for talk in talks:
            queries.transition(cur, talk["id"], "signed", note, [key, evidence])
    return key, warnings


def begin_talks(store: Store, kind: str, places: Sequence[str], action: str) -> Deed:
    """Open a talk for each building of the estates (``kind`` estate), or for each of the buildings, that has none.

    Raises ParameterError where every one of them is talked about already.
    """
    with store.transaction() as cur:
        made = queries.begin(cur, kind, places, action.strip() or None)
        if not made:
            raise ParameterError("Every building there has a talk already.")
        return Deed(by_hand.deed_number(cur), "{count} talks were begun.", {"count": len(made)}, tuple(made))


def read_attachment(store: Store, key: str) -> tuple[str, bytes]:
    """Return name and content of a document. Raises InputError where its content is not in the store."""
    with store.transaction() as cur:
        name, content = queries.attachment(cur, key)
    if content is None:
        raise InputError("The document {file} has no content in the store.", file=name)
    return name, content
