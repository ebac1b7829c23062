# SPDX-License-Identifier: GPL-2.0-or-later
"""Ledger rows that no rule could place: shown beside the building they may mean, placed or refused by a person.

What a person decided outlives the next import of the ledger (see ``services.ledger``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional

from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.shapes import stored
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.by_hand import Deed, move_pin
from fullservice_plugin.services.ledger import recount
from fullservice_plugin.store import by_hand
from fullservice_plugin.store import placing as queries

ACCEPT, PLACE, REFUSE = "accept", "place", "refuse"
MOST = 2000  # rows in one list


@dataclass(frozen=True)
class Waiting:
    """A ledger row and the building proposed for it; ``shape`` is its own position, ``outline`` the building's
    (EPSG:4326), each None where there is none."""

    row_id: str
    version: int
    source: str
    row_number: Optional[int]
    key: Optional[str]
    name: Optional[str]
    address: Optional[str]
    households: Optional[int]
    score: Optional[float]
    reason: Optional[str]
    shape: Any
    building_id: Optional[str]
    building: Mapping[str, Any]
    outline: Any

    @property
    def answers(self) -> tuple[str, ...]:
        """What may be decided."""
        return (ACCEPT, PLACE, REFUSE) if self.building_id else (PLACE, REFUSE)


def sources(store: Any) -> list[tuple[str, int]]:
    """Return (ledger, number of rows that wait), most first."""
    with store.transaction() as cur:
        return queries.sources(cur)


def waiting(store: Any, source: Optional[str] = None, limit: int = MOST) -> list[Waiting]:
    """Return the rows that wait for a place."""
    with store.transaction() as cur:
        rows = queries.waiting(cur, source, limit)
    return [
        Waiting(
            row["row_id"],
            row["version"],
            row["source"],
            row["row_number"],
            row["ledger_key"],
            row["name"],
            row["address"],
            row["households"],
            row["score"],
            row["reason"],
            stored(row["shape"]),
            row["building_id"],
            {
                "code": row["code"],
                "name": row["building_name"],
                "number": row["number"],
                "address": row["building_address"],
                "households": row["building_households"],
            },
            stored(row["outline"]),
        )
        for row in rows
    ]


def decide(store: Any, row: Waiting, answer: str, place: Optional[tuple[float, float]] = None) -> Deed:
    """Decide a row, in one transaction that can be taken back.

    ``accept``: it means the proposed building. ``place``: it lies at ``place`` (lon, lat), on the building there if
    there is one. ``refuse``: it has no place on the map. ConflictError when somebody changed the row meanwhile.
    """
    if answer not in row.answers:
        raise ParameterError("“{answer}” is no answer to this row.", answer=answer)
    if answer == PLACE:
        if place is None:
            raise ParameterError("Click the place on the map first.")
        return move_pin(store, "ledger_row", row.row_id, place, row.version)
    accepted = answer == ACCEPT
    values: dict[str, Any] = {
        "method": queries.MANUAL,
        "band": "match" if accepted else "unplaced",
        "score": 1.0 if accepted else 0.0,
        "building_id": row.building_id if accepted else None,
        "reason": None if accepted else tr("refused by hand"),
    }
    with store.transaction() as cur:
        by_hand.update(cur, "ledger_row", row.row_id, values, row.version)
        recount(cur, row.source, {row.building_id} if row.building_id else ())
        said = "The ledger row {row} was placed." if accepted else "The ledger row {row} was refused."
        shown = row.name or row.address or row.key or str(row.row_number)
        return Deed(by_hand.deed_number(cur), said, {"row": shown}, (row.row_id,))

