# SPDX-License-Identifier: GPL-2.0-or-later
"""A building changes hands: a new owner is asked anew, a new property company takes the agreement over or ends it.

Talks that stand refused or held up are closed with the reason “owner changed”, each with a successor that begins anew.
Talks that are signed stay as they are: the agreement goes on as its next version with the new party, and the old
version ends the day before.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Mapping, Optional, Sequence

from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.negotiation.outlook import GRANTED, REFUSED
from fullservice_plugin.services.by_hand import Deed
from fullservice_plugin.store import by_hand, talk_desk
from fullservice_plugin.store import negotiation as queries
from fullservice_plugin.store.connection import Store


def change_party(
    store: Store, ids: Sequence[str], name: str, role: str, *, authority: Optional[str] = None,
    contact: Optional[Mapping[str, Any]] = None, on: Optional[date] = None, note: str = "", action: str = "",
) -> Deed:
    """Give a deal its new party from a day on (today), in one transaction; the old party's time ends the day before.

    Raises ParameterError for a party without name or role, TransitionError where the role may not close a talk.
    """
    if not name.strip() or not role:
        raise ParameterError("A party needs its name and its role.")
    day = on or date.today()
    with store.transaction() as cur:
        talks = [queries.talk(cur, key) for key in ids]
        old = {row["party_id"] for row in talks if row["party_id"]}
        party = queries.insert(cur, "property_party", {
            "estate_id": talks[0]["estate_id"] or queries.estate_of(cur, talks[0]["building_id"]), "name": name.strip(),
            "role": role, "authority": authority, "valid_from": day, "origin": "desktop"})
        told = {key: value for key, value in (contact or {}).items() if value}
        if any(told.get(key) for key in ("name", "phone", "wechat")):
            queries.insert(cur, "contact", {"party_id": party, "is_primary": True, "origin": "desktop", **told},
                           "fs_pii")
        for row in talks:
            if row["stage"] in REFUSED:
                _succeeded(cur, row, party, note, action)
            else:
                queries.update_talk(cur, row["id"], {"party_id": party})
        signed = [row["id"] for row in talks if row["stage"] in GRANTED]
        for found in talk_desk.in_force_of(cur, signed, sorted(old)) if signed else ():
            _handed_on(cur, found, party, day)
        for key in old:
            queries.end_party(cur, key, day - timedelta(days=1))
        return Deed(by_hand.deed_number(cur), "{count} talks go on with {party}.",
                    {"count": len(ids), "party": name.strip()}, tuple(ids))


def _succeeded(cur: Any, row: dict[str, Any], party: str, note: str, action: str) -> None:
    """Close a talk that was refused or held up, and begin its successor."""
    queries.insert(cur, "negotiation", {
        "building_id": row["building_id"], "estate_id": row["estate_id"], "kind": row["kind"], "party_id": party,
        "owner_staff_id": queries.owner_of(cur, row["id"]), "next_action": action.strip() or None, "origin": "desktop"})
    queries.update_talk(cur, row["id"], {"reason_code": "owner_changed"})
    queries.transition(cur, row["id"], "closed", note.strip() or "owner changed")


def _handed_on(cur: Any, found: Mapping[str, Any], party: str, day: date) -> None:
    """Make the next version of the agreement, with the new party; documents stay with the version they signed."""
    kept = {name: found[name] for name in queries.AGREEMENT_FIELDS if name not in ("version_no", "party_id", "status")}
    buildings = talk_desk.covered(cur, found["id"])
    by_hand.update(cur, "agreement", found["id"],
                   {"status": "terminated", "valid_to": max(day - timedelta(days=1), found["valid_from"] or day)},
                   int(found["row_version"]))
    key = queries.insert(cur, "agreement", {
        **kept, "valid_from": day, "version_no": queries.next_version(cur, found["number"]), "party_id": party,
        "status": "active", "origin": "desktop"})
    for building in sorted(buildings):
        queries.insert(cur, "agreement_building", {"agreement_id": key, "building_id": building, "origin": "desktop"})
