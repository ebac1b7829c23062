# SPDX-License-Identifier: GPL-2.0-or-later
"""Which buildings of two sources are the same, and what changed between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.boxes import near_pairs
from fullservice_plugin.core.discovery.changes import change_states, covered
from fullservice_plugin.core.discovery.datum_doubt import Way, datum_doubt
from fullservice_plugin.core.discovery.features import measure, scores
from fullservice_plugin.core.discovery.footprints import Footprints, footprints_of
from fullservice_plugin.core.discovery.links import RELATIONS, Changes, Links
from fullservice_plugin.core.discovery.shift import local_shift
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

REACH = 5.0  # m between boxes after the local shift; beyond it no labelled match was found
_ACCEPT = 0.5  # score from which a pair is a match: the best F1 on the labelled pairs
_DOUBT = 0.2  # score from which a person should look at a pair
_WORDS = (("address_key", 2.0), ("name_key", 1.0))  # columns, logit added where both sides agree, half taken where not
_WARN_SHIFT = 5.0  # m, a displacement of a whole source that the user should know about


@dataclass(frozen=True)
class MatchResult:
    """Links, changes and what is worth knowing about a match.

    ``shift`` is the median displacement (m east, m north) that moves the candidates onto the existing
    source; ``unseen`` counts existing buildings without a partner where the candidates do not cover;
    ``doubt`` is what :func:`datum_doubt` says, where the match was given the ``ways``.
    """

    links: Links
    changes: Changes
    shift: tuple[float, float] = (0.0, 0.0)
    unseen: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    doubt: Optional[tuple[str, str]] = None


def match_buildings(
    existing: FeatureTable,
    candidates: FeatureTable,
    progress: Progress = SILENT,
    *,
    coverage: Optional[Any] = None,
    ways: Optional[tuple[Way, Way]] = None,
) -> MatchResult:
    """Match two tables of footprints in one metric CRS.

    ``coverage`` is the shapely area (same CRS) that the candidates cover; where it is not given, the
    surroundings of the candidates count. Buildings are "gone" only inside it. Columns ``address_key`` and
    ``name_key`` on both sides, where given, strengthen or weaken a pair. ``ways`` turn the CRS's metres into
    WGS-84 degrees and back: with them a source in another datum than its CRS says is noticed, and not moved.
    """
    progress.step(0.0)
    a, b = footprints_of(existing.geometry), footprints_of(candidates.geometry)
    doubt = datum_doubt(a, b, *ways) if ways is not None else None
    progress.step(0.3)
    dx, dy = local_shift(a, b)
    moved = b.moved(dx, dy)
    progress.step(0.5)
    i, j = near_pairs(a.bounds, moved.bounds, REACH)
    found = measure(a, moved, i, j)
    score = _with_words(scores(a, moved, found), existing, candidates, i, j)
    progress.step(0.8)
    accepted, doubtful = score >= _ACCEPT, (score >= _DOUBT) & (score < _ACCEPT)
    # a doubtful pair matters only where one side has nothing better
    settled_a, settled_b = np.zeros(len(a), dtype=bool), np.zeros(len(b), dtype=bool)
    settled_a[i[accepted]] = True
    settled_b[j[accepted]] = True
    doubtful &= ~(settled_a[i] & settled_b[j])
    relation = _relations(len(a), len(b), i[accepted], j[accepted])
    links = _links(existing.ids, candidates.ids, (i, j), score, (accepted, doubtful), relation)
    changes = change_states(
        (existing.ids, candidates.ids),
        a,
        moved,
        (i, j, found.overlap),
        accepted,
        doubtful,
        relation,
        covered(a, b, coverage, settled_a),
    )
    shift = (float(np.median(dx[settled_b])), float(np.median(dy[settled_b]))) if settled_b.any() else (0.0, 0.0)
    unseen = int((a.area > 0).sum()) - len(changes.rows[0])
    counts = {
        "matched": int(settled_b.sum()),
        "review": len(np.unique(j[doubtful & ~settled_b[j]])),
        "new": changes.count("new"),
        "gone": changes.count("gone"),
    }
    progress.step(1.0)
    return MatchResult(links, changes, shift, unseen, counts, doubt)


def _with_words(score: Array, existing: FeatureTable, candidates: FeatureTable, i: Array, j: Array) -> Array:
    """Let addresses and names decide doubtful geometry; clear overlaps and clear gaps stay as they are."""
    unsure = np.nonzero((score > 0.05) & (score < 0.95))[0]
    push = np.zeros(len(unsure))
    for column, weight in _WORDS:
        if column in existing.columns and column in candidates.columns and len(unsure):
            left, right = _codes(existing.columns[column], candidates.columns[column])
            one, other = left[i[unsure]], right[j[unsure]]
            push += weight * np.where((one < 0) | (other < 0), 0.0, np.where(one == other, 1.0, -0.5))
    if not push.any():
        return score
    result = score.copy()
    logit = np.log(score[unsure] / (1.0 - score[unsure]))
    result[unsure] = 1.0 / (1.0 + np.exp(-(logit + push)))
    return result


def _codes(left: Sequence[Any], right: Sequence[Any]) -> tuple[Array, Array]:
    """Return equal numbers for equal words of two columns, −1 for none."""
    known: dict[Any, int] = {}
    return tuple(  # type: ignore[return-value]
        np.array([known.setdefault(word, len(known)) if word else -1 for word in column], dtype=np.int64)
        for column in (left, right)
    )


def _relations(n: int, m: int, i: Array, j: Array) -> Array:
    """Return for every accepted pair the relation of its connected component, a position in RELATIONS."""
    if not len(i):
        return np.empty(0, dtype=np.int8)
    graph = coo_matrix((np.ones(len(i), dtype=np.int8), (i, n + j)), shape=(n + m, n + m))
    _, label = connected_components(graph, directed=False)
    left = np.bincount(label[np.unique(i)], minlength=label.max() + 1)
    right = np.bincount(label[n + np.unique(j)], minlength=label.max() + 1)
    own = label[i]
    many_left, many_right = left[own] > 1, right[own] > 1
    words = [RELATIONS.index(word) for word in ("m:n", "n:1", "1:n", "1:1")]
    found = np.select([many_left & many_right, many_left, many_right], words[:3], words[3])
    return np.asarray(found, dtype=np.int8)


def _links(
    left: Sequence[str],
    right: Sequence[str],
    pairs: tuple[Array, Array],
    score: Array,
    bands: tuple[Array, Array],
    relation: Array,
) -> Links:
    """Return the accepted links, then the doubtful ones."""
    accepted, doubtful = (np.nonzero(band)[0] for band in bands)
    rows = np.concatenate([accepted, doubtful])
    return Links(
        left,
        right,
        pairs[0][rows],
        pairs[1][rows],
        np.round(score[rows], 4),
        np.arange(len(rows)) < len(accepted),
        np.concatenate([relation, np.full(len(doubtful), RELATIONS.index("1:1"), dtype=np.int8)]),
    )


def shift_warning(result: MatchResult) -> bool:
    """Tell whether the candidates sit so far off as a whole that the user should know."""
    return bool(np.hypot(*result.shift) >= _WARN_SHIFT)


def pairs_of(existing: Footprints, candidates: Footprints) -> tuple[Array, Array]:
    """Return the candidate pairs (i, j) after the local shift, as the match generates them."""
    moved = candidates.moved(*local_shift(existing, candidates))
    return near_pairs(existing.bounds, moved.bounds, REACH)
