# SPDX-License-Identifier: GPL-2.0-or-later
"""What may stop a plan: talks that are open or refused, agreements that end, rivals in its buildings."""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import Any, Optional, Sequence

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.core.negotiation.outlook import GRANTED, REFUSED
from fullservice_plugin.i18n import listed, translate
from fullservice_plugin.plans.model import Risk
from fullservice_plugin.store import plans as queries
from fullservice_plugin.store.connection import Store

AHEAD_DAYS = 365  # agreements that end within a year of the plan are shown
NAMED = 3  # buildings named in one line; the rest is counted


def risks(
    store: Store, decisions: Sequence[dict[str, Any]], area: str, on: datetime.date, language: str
) -> list[Risk]:
    """Return the risks of the buildings of a plan, the gravest kind first, grouped by estate and stage."""
    buildings = {str(d["building_id"]): d for d in decisions}
    found = _talks(store, buildings, language)
    for row in queries.agreements(store, list(buildings)):
        if row["valid_to"] is not None and (row["valid_to"] - on).days <= AHEAD_DAYS:
            count = translate("{count} buildings", language, count=row["buildings"])
            detail = " · ".join(part for part in (row["number"], row["party"], count) if part)
            found.append(Risk("agreement_expiring", row["estate"] or "", "", detail, due=row["valid_to"]))
    found += _rivals(store, buildings, area, on, language)
    return found


def _rivals(
    store: Store, buildings: dict[str, dict[str, Any]], area: str, on: datetime.date, language: str
) -> list[Risk]:
    """Return one line per estate and rival: technology, how many of the plan's buildings, exclusivity in force."""
    known = queries.operators(store)
    own = {row["code"] for row in known if row["is_self"]}
    names = {row["code"]: (row["name_en"] if language == "en" else "") or row["name"] for row in known}
    places = {d["estate"] for d in buildings.values()}
    grouped: dict[tuple[str, str, bool, Optional[datetime.date]], list[dict[str, Any]]] = defaultdict(list)
    for row in queries.presences(store, area):
        inside = row["building_id"] in buildings if row["building_id"] else row["estate_code"] in places
        if not inside or row["operator_code"] in own or row["status"] == "withdrawn":
            continue
        until = row["exclusive_until"]
        exclusive = row["exclusivity"] == "contract" and (until is None or until >= on)
        grouped[(row["estate_code"] or "", row["operator_code"], exclusive, until if exclusive else None)].append(row)
    found = []
    ordered = sorted(grouped.items(), key=lambda item: (not item[0][2], item[0][:2]))
    for (place, operator, exclusive, until), rows in ordered:
        techs = sorted({code_label("technology", r["technology"], language) for r in rows if r["technology"]})
        count = len({r["building_id"] for r in rows if r["building_id"]})
        where = translate("{count} buildings", language, count=count) if count else translate("Whole estate", language)
        detail = " · ".join(part for part in (names.get(operator, operator), listed(techs, language)) if part)
        found.append(Risk("rival_exclusive" if exclusive else "rival", place, where, detail, due=until))
    return found


def _talks(store: Store, buildings: dict[str, dict[str, Any]], language: str) -> list[Risk]:
    grouped: dict[tuple[str, str, str, str, Optional[datetime.date], str], list[str]] = defaultdict(list)
    spoken = set()
    for talk in queries.talks(store, list(buildings)):
        spoken.add(talk["building_id"])
        building = buildings[talk["building_id"]]
        place, owner = building["estate"] or "", talk["owner"] or ""
        name = str(building["name"])
        if talk["stage"] in REFUSED:
            reason = (
                code_label("negotiation_reason", talk["reason_code"], language) if talk["reason_code"] else ""
            )
            key = ("negotiation_refused", place, talk["stage"], reason, talk["next_review"], owner)
        elif talk["stage"] in GRANTED:
            if not talk["evidence_missing"]:
                continue
            key = ("evidence_missing", place, talk["stage"], "", None, owner)
        else:
            key = (
                "negotiation_open",
                place,
                talk["stage"],
                talk["next_action"] or "",
                talk["next_action_due"],
                owner,
            )
        grouped[key].append(name)
    for identity, building in buildings.items():
        if identity not in spoken and building["method"] != "none":
            name = str(building["name"])
            grouped[("negotiation_missing", building["estate"] or "", "", "", None, "")].append(name)
    order = ("negotiation_refused", "negotiation_open", "evidence_missing", "negotiation_missing")
    found = []
    for key, names in sorted(
        grouped.items(), key=lambda item: (order.index(item[0][0]), item[0][1], item[0][2], str(item[0][3:]))
    ):
        kind, place, stage, detail, due, owner = key
        shown = listed(names[:NAMED], language)
        if len(names) > NAMED:
            shown = translate("{names} and {count} more", language, names=shown, count=len(names) - NAMED)
        found.append(Risk(kind, place, shown, detail, stage, due, owner))
    return found
