# SPDX-License-Identifier: GPL-2.0-or-later
"""What happened to a building between two sources: same, moved, reshaped, split, merged, new, gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import numpy as np
from scipy.spatial import cKDTree
from shapely.geometry import Point
from shapely.prepared import prep

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.footprints import Footprints, overlap_areas
from fullservice_plugin.core.discovery.links import RELATIONS, STATES, Changes

_SAME_UNION = 0.85  # overlap/union from which an outline counts as the same
_SAME_SHAPE = 0.90  # the same after laying both centroids on each other
_SAME_DISTANCE = 2.0  # m between centroids after the local shift: drawing accuracy of imagery
_LOOK = (100.0, 200.0, 400.0)  # m around an existing building in which matched neighbours are looked for
_WITNESSES = 5  # of them needed to tell whether the source looked there
_SHARE, _HALF = 0.75, 0.5  # share of matched neighbours from which it did, alone and with matches all around


def covered(existing: Footprints, candidates: Footprints, coverage: Optional[Any], matched: Array) -> Array:
    """Tell which existing buildings lie where the candidate source covers.

    Inside ``coverage`` where it is given; else where most neighbours have a partner, so that the source was
    looking there. Beyond the edge of a source half of them have none. Without any match nothing is covered.
    """
    result = np.zeros(len(existing), dtype=bool)
    filled = np.nonzero(existing.area > 0)[0]
    if not len(filled) or not (candidates.area > 0).any():
        return result
    if coverage is not None:
        quick = prep(coverage)
        result[filled] = [quick.contains(Point(*existing.centroid[k])) for k in filled]
        return result
    result[matched] = True
    if not matched.any():
        return result
    seen = np.nonzero(matched)[0]
    tree, every = cKDTree(existing.centroid[seen]), cKDTree(existing.centroid[filled])
    for k in filled[~matched[filled]]:
        for reach in _LOOK:
            around = tree.query_ball_point(existing.centroid[k], reach)
            if len(around) >= _WITNESSES:
                share = len(around) / (len(every.query_ball_point(existing.centroid[k], reach)) - 1)
                apart = existing.centroid[seen[around]] - existing.centroid[k]
                result[k] = share >= _SHARE or (share >= _HALF and _surrounded(apart))
                break
    return result


def _surrounded(apart: Array) -> bool:
    """Tell whether vectors leave no gap of 180° or more: the place is not beyond an edge."""
    angle = np.sort(np.arctan2(apart[:, 1], apart[:, 0]))
    gaps = np.diff(np.concatenate([angle, [angle[0] + 2.0 * np.pi]]))
    return bool(gaps.max() < np.pi)


def change_states(
    ids: tuple[Sequence[str], Sequence[str]],
    a: Footprints,
    b: Footprints,
    pairs: tuple[Array, Array, Array],
    accepted: Array,
    doubtful: Array,
    relation: Array,
    seen: Array,
) -> Changes:
    """Return one change per building that can be told about, existing first.

    ``b`` is moved onto ``a``; ``relation`` belongs to the accepted pairs. A building that has only doubtful
    pairs counts as reshaped: a person will look at the pair. Existing buildings without a partner where
    nothing was seen get no row.
    """
    i, j, overlap = pairs
    state_a, state_b = np.full(len(a), STATES.index("gone")), np.full(len(b), STATES.index("new"))
    told = np.zeros(len(a), dtype=bool)
    told[i[accepted | doubtful]] = True
    state_a[i[doubtful]] = state_b[j[doubtful]] = STATES.index("reshaped")
    chosen = np.nonzero(accepted)[0]
    single = chosen[relation == RELATIONS.index("1:1")]
    state_a[i[single]] = state_b[j[single]] = _single_states(a, b, i[single], j[single], overlap[single])
    for word, state in (("1:n", "split"), ("n:1", "merged"), ("m:n", "reshaped")):
        rows = chosen[relation == RELATIONS.index(word)]
        state_a[i[rows]] = state_b[j[rows]] = STATES.index(state)
    left = np.nonzero((a.area > 0) & (told | seen))[0]
    right = np.nonzero(b.area > 0)[0]
    return Changes(ids[0], ids[1], (left, right), (state_a[left], state_b[right]))


def _single_states(a: Footprints, b: Footprints, i: Array, j: Array, overlap: Array) -> Array:
    union = overlap / np.maximum(a.area[i] + b.area[j] - overlap, 1e-9)
    apart = a.centroid[i] - b.centroid[j]
    near = np.hypot(apart[:, 0], apart[:, 1]) <= _SAME_DISTANCE
    same = (union >= _SAME_UNION) & near
    rest = np.nonzero(~same)[0]  # only these need to be laid on each other
    own = np.zeros((len(b), 2))
    own[j[rest]] = apart[rest]
    centred = overlap_areas(a, b.moved(own[:, 0], own[:, 1]), i[rest], j[rest])
    alike = centred >= _SAME_SHAPE * np.maximum(a.area[i[rest]] + b.area[j[rest]] - centred, 1e-9)
    same[rest] = alike & near[rest]
    moved = np.zeros(len(i), dtype=bool)
    moved[rest] = alike
    return np.where(same, STATES.index("same"), np.where(moved, STATES.index("moved"), STATES.index("reshaped")))
