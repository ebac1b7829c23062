# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run of discovery does to the store, decided from the match and from what the source said before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional

import shapely.wkb

from fullservice_plugin.core.discovery.links import MATCH, REVIEW, Link
from fullservice_plugin.core.discovery.matching import MatchResult
from fullservice_plugin.core.table import FeatureTable

GONE_PREFIX = "gone:"  # key of the record that says: this source no longer shows that building


@dataclass(frozen=True)
class Known:
    """What the store keeps of one source record: its building, a hash of its geometry, its state and band."""

    building: Optional[str]
    shape: str
    state: Optional[str]
    band: Optional[str]


@dataclass(frozen=True)
class Record:
    """The record to keep for one candidate (``row``) or for a building that is gone (``row`` None).

    ``building`` is an existing building's id, or None for a new one or a doubtful one; ``proposed`` the building
    that a doubtful one looks like.
    """

    key: str
    row: Optional[int]
    building: Optional[str]
    state: str
    relation: Optional[str]
    score: Optional[float]
    band: str
    proposed: Optional[str] = None


@dataclass
class Decision:
    """Records to keep, candidates that become buildings, buildings to redraw, records that no longer hold."""

    records: list[Record] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    redraw: list[tuple[str, int]] = field(default_factory=list)
    superseded: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def shape_hash(geometry: Any) -> str:
    """Return a hash of a geometry's coordinates, the same before and after the store kept it."""
    return hashlib.blake2s(shapely.wkb.dumps(geometry, srid=None), digest_size=12).hexdigest()


def decide(
    candidates: FeatureTable,
    shapes: list[str],
    known: Mapping[str, Known],
    own: Mapping[str, str],
    result: MatchResult,
    source_name: str,
    decided: Optional[Mapping[tuple[str, str], str]] = None,
) -> Decision:
    """Return what to do.

    ``candidates`` are the source's buildings, ``shapes`` their geometry hashes; ``known`` the records
    of this source by key; ``own`` says per existing building which source drew it; ``result`` is the match
    of the existing buildings (ids) with the candidates. Nothing that the source said before, unchanged, is
    decided anew, so that a second run changes nothing. ``decided`` are people's answers by (key, building):
    "same" makes a doubtful link a match, "different" and "replaced" take a link away, "no_building" keeps a record
    from becoming a building, "standing" keeps a building from being told gone again.
    """
    answers = decided or {}
    refused = {key for (key, _), answer in answers.items() if answer == "no_building"}
    links = _best_links(result, answers)
    states = {change.id: change.state for change in result.changes if change.source == "candidate"}
    made = Decision()
    count = dict.fromkeys(("new", "changed", "gone", "review", "unchanged"), 0)
    held: set[str] = set()
    for row, key in enumerate(candidates.ids):
        before = known.get(key)
        if before is not None and before.shape == shapes[row] and before.state != "gone":
            count["review" if before.band == REVIEW else "unchanged"] += 1
            if before.building is not None:
                held.add(before.building)
            continue
        if key in refused:
            count["unchanged"] += 1
            made.records.append(Record(key, row, None, "same", None, None, MATCH))
            continue
        link, state = links.get(key), states.get(key, "new")
        if link is not None and link.band == MATCH:
            held.add(link.existing_id)
            count["unchanged" if state == "same" else "changed"] += 1
            made.records.append(Record(key, row, link.existing_id, state, link.relation, link.score, MATCH))
            if link.relation == "1:1" and own.get(link.existing_id) == source_name and shapes[row] != "":
                made.redraw.append((link.existing_id, row))
        elif link is not None:
            count["review"] += 1
            made.records.append(
                Record(key, row, None, "review", link.relation, link.score, REVIEW, link.existing_id)
            )
        else:
            count["new"] += 1
            made.new.append(row)
            made.records.append(Record(key, row, None, "new", None, None, MATCH))
    settled = {key for (_, key), answer in answers.items() if answer in ("standing", "replaced", "demolished")}
    _gone(made, count, result, known, held, set(candidates.ids), settled)
    made.counts = count
    return made


def _best_links(result: MatchResult, answers: Mapping[tuple[str, str], str]) -> dict[str, Link]:
    """Return per candidate its best link, matches before doubtful ones; people's answers count first."""
    best: dict[str, Link] = {}
    for link in result.links:
        answer = answers.get((link.candidate_id, link.existing_id))
        if answer in ("different", "replaced"):
            continue
        if answer == "same":
            link = link._replace(band=MATCH, score=1.0)
        other = best.get(link.candidate_id)
        if other is None or (link.band == MATCH, link.score) > (other.band == MATCH, other.score):
            best[link.candidate_id] = link
    return best


def _gone(
    made: Decision,
    count: dict[str, int],
    result: MatchResult,
    known: Mapping[str, Known],
    held: set[str],
    present: set[str],
    settled: set[str],
) -> None:
    """Add records of buildings that the source no longer shows, and drop those that no longer hold.

    Of ``settled`` buildings somebody has said what became of them: nothing is told anew.
    """
    gone = {change.id for change in result.changes if change.state == "gone"} - held - settled
    told: set[str] = set()
    for key, before in known.items():
        if key in present or before.building is None:
            continue
        if before.building in held:
            made.superseded.append(key)  # drawn anew under another key, or back again
        elif before.state == "gone":
            told.add(before.building)
        elif before.building in gone:
            told.add(before.building)
            count["gone"] += 1
            made.records.append(Record(key, None, before.building, "gone", None, None, REVIEW))
    for building in sorted(gone - told):
        count["gone"] += 1
        made.records.append(Record(GONE_PREFIX + building, None, building, "gone", None, None, REVIEW))
