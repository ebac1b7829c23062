# SPDX-License-Identifier: GPL-2.0-or-later
"""Terms and signature of a deal: a draft while people talk, the agreement of all its buildings once it is signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Optional, Sequence, Union

from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.negotiation.compliance import (
    DEFAULT_JURISDICTION,
    Finding,
    check_agreement,
    require_compliant,
)
from fullservice_plugin.services.by_hand import Deed
from fullservice_plugin.services.documents import attach, read_document
from fullservice_plugin.store import by_hand, talk_desk
from fullservice_plugin.store import negotiation as queries
from fullservice_plugin.store.connection import Store


def jurisdiction(store: Store) -> str:
    """Return whose law holds: the store's setting, China where none is set."""
    with store.transaction() as cur:
        return queries.jurisdiction(cur) or DEFAULT_JURISDICTION


def findings(fields: Mapping[str, Any], where: str, approver: str = "") -> list[Finding]:
    """Return what the law says to these terms: blocking rules first, then warnings."""
    return check_agreement({**fields, "approver": approver.strip() or None}, where)


def save_terms(store: Store, ids: Sequence[str], fields: Mapping[str, Any]) -> Deed:
    """Write the terms of a deal into the agreement that covers its buildings, else as a new draft for all of them.

    Raises ParameterError for a field that an agreement does not have.
    """
    with store.transaction() as cur:
        _write(cur, ids, fields, {})
        return Deed(by_hand.deed_number(cur), "The terms of {count} talks were saved.", {"count": len(ids)}, tuple(ids))


def sign(store: Store, ids: Sequence[str], fields: Mapping[str, Any], document: Union[str, Path, bytes],
         file_name: str = "", note: str = "", approver: str = "") -> tuple[Deed, list[Finding]]:
    """Sign a deal: its agreement becomes active with its document, every talk moves to ``signed``, or nothing happens.

    Returns the deed and the warnings of the law. Raises TransitionError that cites the rule where a clause is
    forbidden, or says what is missing.
    """
    name, content = read_document(document, file_name)
    with store.transaction() as cur:
        where = queries.jurisdiction(cur) or DEFAULT_JURISDICTION
        warnings = require_compliant({**fields, "approver": approver.strip() or None}, where)
        key = _write(cur, ids, fields, {"status": "active"})
        evidence = attach(cur, "agreement", key, "agreement", name, content)
        said = "; ".join(part for part in (note.strip(), approver.strip()) if part)
        for talk in ids:
            queries.transition(cur, talk, "signed", said, [key, evidence])
        return Deed(by_hand.deed_number(cur), "The agreement of {count} talks was signed.", {"count": len(ids)},
                    tuple(ids)), warnings


def _write(cur: Any, ids: Sequence[str], fields: Mapping[str, Any], more: Mapping[str, Any]) -> str:
    """Update the agreement of the deal or make a draft that covers its buildings; return its id."""
    unknown = sorted(set(fields) - set(queries.AGREEMENT_FIELDS))
    if unknown:
        raise ParameterError("An agreement has no field {name}.", name=unknown)
    talks = [queries.talk(cur, key) for key in ids]
    found: Optional[dict[str, Any]] = talk_desk.draft_of(cur, ids)
    if found is None:
        key = queries.insert(cur, "agreement", {
            "status": "draft", "estate_id": talks[0]["estate_id"], "party_id": talks[0]["party_id"], **fields, **more,
            "origin": "desktop"})
    else:
        key = str(found["id"])
        by_hand.update(cur, "agreement", key, {**fields, **more}, int(found["row_version"]))
    covered = talk_desk.covered(cur, key)
    for talk in talks:
        if talk["building_id"] not in covered:
            queries.insert(cur, "agreement_building", {
                "agreement_id": key, "building_id": talk["building_id"], "origin": "desktop"})
    return key
