# SPDX-License-Identifier: GPL-2.0-or-later
"""Results of a match as columns that read like lists: a million of them are a few arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fullservice_plugin.core.discovery.arrays import Array

MATCH, REVIEW = "match", "review"
RELATIONS = ("1:1", "1:n", "n:1", "m:n")
STATES = ("same", "moved", "reshaped", "split", "merged", "new", "gone")


class Link(NamedTuple):
    """One pair: ids of both sides, score 0–1, band ``match`` or ``review``, relation of :data:`RELATIONS`."""

    existing_id: str
    candidate_id: str
    score: float
    band: str
    relation: str


class Change(NamedTuple):
    """State of one building: its id, the source it belongs to (existing, candidate), one of :data:`STATES`."""

    id: str
    source: str
    state: str


@dataclass(frozen=True)
class Links(Sequence[Link]):
    """Pairs: row numbers ``i`` of the existing and ``j`` of the candidate buildings, scores, bands, relations.

    ``accepted`` tells band match from review; ``relation`` is a position in :data:`RELATIONS`.
    """

    left: Sequence[str]
    right: Sequence[str]
    i: Array
    j: Array
    score: Array
    accepted: Array
    relation: Array

    def __len__(self) -> int:
        return len(self.i)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[k] for k in range(*at.indices(len(self)))]
        return Link(
            self.left[self.i[at]],
            self.right[self.j[at]],
            float(self.score[at]),
            MATCH if self.accepted[at] else REVIEW,
            RELATIONS[self.relation[at]],
        )

    def __iter__(self) -> Iterator[Link]:
        columns = (column.tolist() for column in (self.i, self.j, self.score, self.accepted, self.relation))
        for i, j, score, accepted, relation in zip(*columns):
            yield Link(self.left[i], self.right[j], score, MATCH if accepted else REVIEW, RELATIONS[relation])


@dataclass(frozen=True)
class Changes(Sequence[Change]):
    """States of existing and candidate buildings: row numbers on each side and positions in :data:`STATES`."""

    left: Sequence[str]
    right: Sequence[str]
    rows: tuple[Array, Array]
    states: tuple[Array, Array]

    def __len__(self) -> int:
        return len(self.rows[0]) + len(self.rows[1])

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[k] for k in range(*at.indices(len(self)))]
        at = at + len(self) if at < 0 else at
        side = int(at >= len(self.rows[0]))
        at -= side * len(self.rows[0])
        ids = (self.left, self.right)[side]
        return Change(ids[self.rows[side][at]], ("existing", "candidate")[side], STATES[self.states[side][at]])

    def __iter__(self) -> Iterator[Change]:
        for ids, source, rows, states in zip(
            (self.left, self.right), ("existing", "candidate"), self.rows, self.states
        ):
            for row, state in zip(rows.tolist(), states.tolist()):
                yield Change(ids[row], source, STATES[state])

    def count(self, state: Any) -> int:
        """Return how many buildings are in a state (``new`` and ``gone`` belong to one side each)."""
        code = STATES.index(state)
        return int(sum((states == code).sum() for states in self.states))
