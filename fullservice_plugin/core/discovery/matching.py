# SPDX-License-Identifier: GPL-2.0-or-later
"""Which buildings of two sources are the same, and what changed between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.changes import Change, change_states, covered
from fullservice_plugin.core.discovery.features import neighbours_only, pair_features, scores
from fullservice_plugin.core.discovery.footprints import Footprints, footprints_of, near_pairs
from fullservice_plugin.core.discovery.shift import local_shift
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

MATCH, REVIEW = "match", "review"
REACH = 5.0  # m between boxes after the local shift; beyond it no labelled match was found
_ACCEPT = 0.5  # score from which a pair is a match: the best F1 on the labelled pairs
_DOUBT = 0.2  # score from which a person should look at a pair
_OVERRIDE = 2.0  # logit added or taken when both sides have an address and it agrees or not
_WARN_SHIFT = 5.0  # m, a displacement of a whole source that the user should know about


@dataclass(frozen=True)
class Link:
    """One pair: ids of both sides, score 0–1, band ``match`` or ``review``, relation 1:1, 1:n, n:1, m:n."""

    existing_id: str
    candidate_id: str
    score: float
    band: str
    relation: str


@dataclass(frozen=True)
class MatchResult:
    """Links, changes and what is worth knowing about a match.

    ``shift`` is the median displacement (m east, m north) that moves the candidates onto the existing
    source; ``unseen`` counts existing buildings without a partner where the candidates do not cover.
    """

    links: list[Link]
    changes: list[Change]
    shift: tuple[float, float] = (0.0, 0.0)
    unseen: int = 0
    counts: dict[str, int] = field(default_factory=dict)


def match_buildings(
    existing: FeatureTable,
    candidates: FeatureTable,
    progress: Progress = SILENT,
    *,
    coverage: Optional[Any] = None,
) -> MatchResult:
    """Match two tables of footprints in one metric CRS.

    ``coverage`` is the shapely area (same CRS) that the candidates cover; where it is not given, the
    surroundings of the candidates count. Buildings are "gone" only inside it. A column ``address_key`` on
    both sides, where given, strengthens or weakens a pair.
    """
    progress.step(0.0)
    a, b = footprints_of(existing.geometry), footprints_of(candidates.geometry)
    progress.step(0.3)
    dx, dy = local_shift(a, b)
    moved = b.moved(dx, dy)
    progress.step(0.5)
    i, j = near_pairs(a.bounds, moved.bounds, REACH)
    matrix, overlap = pair_features(a, moved, i, j)
    touching = neighbours_only(a, moved, i, j, overlap)
    score = _with_addresses(scores(matrix, touching), existing, candidates, i, j)
    progress.step(0.8)
    accepted, doubtful = score >= _ACCEPT, (score >= _DOUBT) & (score < _ACCEPT)
    # a doubtful pair matters only where one side has nothing better
    settled_a, settled_b = np.zeros(len(a), dtype=bool), np.zeros(len(b), dtype=bool)
    settled_a[i[accepted]] = True
    settled_b[j[accepted]] = True
    doubtful &= ~(settled_a[i] & settled_b[j])
    relation = _relations(len(a), len(b), i[accepted], j[accepted])
    links = _links(existing.ids, candidates.ids, i, j, score, accepted, doubtful, relation)
    changes = change_states(
        existing.ids,
        candidates.ids,
        a,
        moved,
        (i, j, overlap),
        accepted,
        doubtful,
        relation,
        covered(a, b, coverage, settled_a),
    )
    shift = (float(np.median(dx[settled_b])), float(np.median(dy[settled_b]))) if settled_b.any() else (0.0, 0.0)
    unseen = int((a.area > 0).sum()) - sum(1 for change in changes if change.source == "existing")
    counts = {
        "matched": int(settled_b.sum()),
        "review": len({int(k) for k in j[doubtful] if not settled_b[k]}),
        "new": sum(1 for change in changes if change.state == "new"),
        "gone": sum(1 for change in changes if change.state == "gone"),
    }
    progress.step(1.0)
    return MatchResult(links, changes, shift, unseen, counts)


def _with_addresses(score: Array, existing: FeatureTable, candidates: FeatureTable, i: Array, j: Array) -> Array:
    if "address_key" not in existing.columns or "address_key" not in candidates.columns or not len(i):
        return score
    left, right = existing.column("address_key"), candidates.column("address_key")
    agree = np.array(
        [0.0 if not left[p] or not right[q] else (1.0 if left[p] == right[q] else -0.5) for p, q in zip(i, j)]
    )
    logit = np.log(np.clip(score, 1e-9, 1 - 1e-9) / np.clip(1 - score, 1e-9, 1 - 1e-9))
    # an address decides only doubtful geometry: clear overlaps stay as they are
    unsure = (score > 0.05) & (score < 0.95)
    return np.where(unsure, 1.0 / (1.0 + np.exp(-(logit + _OVERRIDE * agree))), score)


def _relations(n: int, m: int, i: Array, j: Array) -> Array:
    """Return for every accepted pair the relation of its connected component."""
    if not len(i):
        return np.empty(0, dtype="<U3")
    graph = coo_matrix((np.ones(len(i)), (i, n + j)), shape=(n + m, n + m))
    _, label = connected_components(graph, directed=False)
    left = np.bincount(label[np.unique(i)], minlength=label.max() + 1)
    right = np.bincount(label[n + np.unique(j)], minlength=label.max() + 1)
    own = label[i]
    many_left, many_right = left[own] > 1, right[own] > 1
    return np.where(many_left & many_right, "m:n", np.where(many_left, "n:1", np.where(many_right, "1:n", "1:1")))


def _links(
    left: list[str],
    right: list[str],
    i: Array,
    j: Array,
    score: Array,
    accepted: Array,
    doubtful: Array,
    relation: Array,
) -> list[Link]:
    found: list[Link] = []
    for k, word in zip(np.nonzero(accepted)[0], relation):
        found.append(Link(left[i[k]], right[j[k]], round(float(score[k]), 4), MATCH, str(word)))
    for k in np.nonzero(doubtful)[0]:
        found.append(Link(left[i[k]], right[j[k]], round(float(score[k]), 4), REVIEW, "1:1"))
    return found


def shift_warning(result: MatchResult) -> bool:
    """Tell whether the candidates sit so far off as a whole that the user should know."""
    return bool(np.hypot(*result.shift) >= _WARN_SHIFT)


def pairs_of(existing: Footprints, candidates: Footprints) -> tuple[Array, Array]:
    """Return the candidate pairs (i, j) after the local shift, as the match generates them."""
    moved = candidates.moved(*local_shift(existing, candidates))
    return near_pairs(existing.bounds, moved.bounds, REACH)
