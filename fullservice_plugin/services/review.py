# SPDX-License-Identifier: GPL-2.0-or-later
"""The review of doubtful pairs: a record of a source beside the building it looks like, decided by a person.

Decisions are kept by source, key and building, and taken again in every later run (see ``core.discovery.decide``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Mapping, Optional

from fullservice_plugin.core.discovery.source import building_code
from fullservice_plugin.core.errors import ConflictError, ParameterError
from fullservice_plugin.core.shapes import stored
from fullservice_plugin.services.by_hand import Deed, polygon, rows_of
from fullservice_plugin.store import by_hand, leads
from fullservice_plugin.store import review as queries

#: What may be decided of a doubtful pair, and of a building that its source no longer shows.
PAIR_ANSWERS = ("same", "merged", "different", "replaced", "no_building")
GONE_ANSWERS = ("standing", "demolished")
_FACTS = ("name", "number", "use", "storeys", "basements", "height_m")
_COLUMNS = {"height": "height_m"}  # fact of a source → column where they differ
MOST = 2000  # pairs in one list

_SAID = {
    "same": "Accepted: the same building.",
    "merged": "Merged: the building took the source's outline and what it did not know yet.",
    "no_building": "Refused: not a building.",
    "different": "Rejected: entered as a building of its own.",
    "replaced": "Entered as a new building in place of the old one.",
    "standing": "Kept: the building still stands.",
    "demolished": "Marked as demolished.",
}


@dataclass(frozen=True)
class Pair:
    """A doubtful record and the building it looks like; ``gone``: the source no longer shows that building.

    ``shape`` and ``outline`` are shapely geometries in EPSG:4326, None where there is none.
    """

    record_id: str
    version: int
    source: str
    key: str
    gone: bool
    score: Optional[float]
    relation: Optional[str]
    observed_on: Optional[date]
    attributes: Mapping[str, Any]
    shape: Any
    building_id: str
    building: Mapping[str, Any]
    outline: Any

    @property
    def answers(self) -> tuple[str, ...]:
        """What may be decided."""
        return GONE_ANSWERS if self.gone else PAIR_ANSWERS


def sources(store: Any) -> list[tuple[str, int]]:
    """Return (source, number of pairs that wait), most first."""
    with store.transaction() as cur:
        return queries.sources(cur)


def waiting(store: Any, source: Optional[str] = None, limit: int = MOST) -> list[Pair]:
    """Return the pairs that wait for a decision."""
    with store.transaction() as cur:
        rows = queries.waiting(cur, source, limit)
    return [
        Pair(
            row["record_id"],
            row["version"],
            row["source_name"],
            row["source_key"],
            row["state"] == "gone",
            row["score"],
            row["relation"],
            row["observed_on"],
            row["attributes"] or {},
            stored(row["shape"]),
            row["building_id"] or "",
            {
                name: row[name]
                for name in ("code", "name", "number", "use", "storeys", "households", "discovery_source")
            },
            stored(row["outline"]),
        )
        for row in rows
    ]


def decide(store: Any, pair: Pair, answer: str, reason: str = "") -> Deed:
    """Decide a pair, in one transaction that can be taken back.

    ``same``: the record belongs to the building. ``merged``: so it does, and the building takes its outline and the
    facts that it lacks. ``no_building``: the record shows none. ``different``: it becomes a building of its own.
    ``replaced``: it becomes a new building to which everything goes over from the old one. ``standing``: the
    building stays. ``demolished``: its lead moves there by the state machine. ConflictError when the record was
    decided or changed meanwhile.
    """
    if answer not in pair.answers:
        raise ParameterError("“{answer}” is no answer to this pair.", answer=answer)
    with store.transaction() as cur:
        record = queries.record(cur, pair.record_id)
        if record is None or record["band"] != "review" or record["version"] != pair.version:
            raise ConflictError("Somebody else decided this pair meanwhile. Load the list again.")
        building, state, rows = _carry_out(cur, pair, record, answer, reason)
        if pair.building_id:
            kept = "same" if answer == "merged" else answer
            queries.keep_decision(cur, pair.source, pair.key, pair.building_id, kept, reason)
        if not queries.settle(cur, pair.record_id, pair.version, building, state):
            raise ConflictError("Somebody else decided this pair meanwhile. Load the list again.")
        return Deed(by_hand.deed_number(cur), _SAID[answer], {}, rows)


def _carry_out(
    cur: Any, pair: Pair, record: Mapping[str, Any], answer: str, reason: str
) -> tuple[Optional[str], str, tuple[str, ...]]:
    """Do what the answer says; returns the record's building, its change and the rows touched."""
    if answer == "no_building":
        return None, "same", ()
    if answer == "merged":
        _take_over(cur, pair)
    if answer in ("same", "merged"):
        return pair.building_id, "same", (pair.building_id,)
    if answer == "standing":
        return pair.building_id, "gone", (pair.building_id,)
    if answer == "demolished":
        leads.move(cur, pair.building_id, "demolished", reason or "review")
        return pair.building_id, "gone", (pair.building_id,)
    made = _enter(cur, pair, record)
    if answer == "replaced":
        old = rows_of(cur, "building", [pair.building_id])[0][1]
        by_hand.update(cur, "building", made, {"estate_id": old["estate_id"]})
        by_hand.replace_buildings(cur, [pair.building_id], [made], "replaced", reason or "review")
    return made, "new", (made,)


def _take_over(cur: Any, pair: Pair) -> None:
    """Give the building the record's outline, and of its facts those that the building lacks."""
    columns = rows_of(cur, "building", [pair.building_id])[0][1]
    facts = {_COLUMNS.get(name, name): value for name, value in pair.attributes.items()}
    values = {name: facts[name] for name in _FACTS if columns[name] is None and facts.get(name) is not None}
    by_hand.update(cur, "building", pair.building_id, {"geom": polygon(pair.shape), **values})


def _enter(cur: Any, pair: Pair, record: Mapping[str, Any]) -> str:
    """Make a building of a record."""
    facts = pair.attributes
    return by_hand.insert(
        cur,
        "building",
        {
            "code": building_code(pair.source, pair.key),
            "name": facts.get("name"),
            "number": facts.get("number"),
            "use": facts.get("use"),
            "storeys": facts.get("storeys"),
            "basements": facts.get("basements"),
            "height_m": facts.get("height"),
            "height_source": "source" if facts.get("height") else None,
            "geom": polygon(pair.shape),
            "position_method": "footprint",
            "position_accuracy_m": 3.0,
            "discovery_source": pair.source,
            "discovery_confidence": 1.0,
            "branch_code": record["branch_code"],
        },
    )

