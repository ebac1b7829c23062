# SPDX-License-Identifier: GPL-2.0-or-later
"""The local displacement between two footprint sources.

Sources drawn from different imagery sit metres apart, differently from place to place. Every pair of alike
footprints within reach votes for a displacement; a vote counts by how many votes near it, in place and in
displacement, say the same. So the shift is found also where rows of equal houses make the nearest one
wrong, and where it changes from one block to the next.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.footprints import Footprints
from fullservice_plugin.core.discovery.threads import in_threads

REACH = 15.0  # m, the largest displacement looked for
_LIKE = 0.5  # likeness of two footprints from which they vote
_PLACE, _OFFSET = 200.0, 1.5  # m, over which votes of one place, and of one displacement, support each other
_NEIGHBOURS = 12  # votes asked around a building
_RADIUS = 300.0  # m, how far votes count as local
_LEAST = 3  # votes that must agree before a building's own vote counts
_TILE, _HALO = 20_000, 500.0  # candidates computed at once, m around them from which votes may come
_PRIOR = 1.0  # votes of "no displacement" that a place starts with
_SETTLED = 6  # votes from which the prior no longer counts
_SMALL = 0.35  # votes that a displacement is worth less per metre: of two equal ones the smaller wins


def local_shift(existing: Footprints, candidates: Footprints) -> tuple[Array, Array]:
    """Return (dx, dy) in metres per candidate footprint that moves it onto the existing source."""
    shift = np.zeros((len(candidates), 2))
    filled = np.nonzero(candidates.area > 0)[0]
    known = np.nonzero(existing.area > 0)[0]
    tiles = list(_tiles(candidates.centroid[filled], filled))

    def found(tile: Array) -> Array:
        return _tile_shift(existing, candidates, known, filled, tile)

    for tile, own in zip(tiles, in_threads(found, tiles)):
        shift[tile] = own
    return shift[:, 0], shift[:, 1]


def _tiles(centroid: Array, rows: Array) -> Iterator[Array]:
    """Yield the rows in parts of one place each, halved across their longer side until they are small."""
    if len(rows) <= _TILE:
        yield rows
        return
    axis = int(np.argmax(np.ptp(centroid, axis=0)))
    order = np.argsort(centroid[:, axis], kind="stable")
    for half in (order[: len(order) // 2], order[len(order) // 2 :]):
        yield from _tiles(centroid[half], rows[half])


def _tile_shift(existing: Footprints, candidates: Footprints, known: Array, filled: Array, tile: Array) -> Array:
    """Return the shift of one tile's candidates, from the votes of those around it as well."""
    if not len(tile):
        return np.zeros((0, 2))
    low = candidates.centroid[tile].min(axis=0) - _HALO
    high = candidates.centroid[tile].max(axis=0) + _HALO

    def around(prints: Footprints, rows: Array, more: float) -> Array:
        at = prints.centroid[rows]
        return np.asarray(rows[((at >= low - more) & (at <= high + more)).all(axis=1)])

    near, own = around(candidates, filled, 0.0), around(existing, known, REACH)
    if not len(own):
        return np.zeros((len(tile), 2))
    found = cKDTree(existing.centroid[own]).sparse_distance_matrix(
        cKDTree(candidates.centroid[near]), REACH, output_type="ndarray"
    )
    i, j = own[found["i"]], near[found["j"]]
    keep = np.nonzero(_alike(existing, candidates, i, j) > _LIKE)[0]
    i, j = i[keep], j[keep]
    order = np.lexsort((i, j))
    i, j = i[order], j[order]
    if not len(j):
        return np.zeros((len(tile), 2))
    offset = existing.centroid[i] - candidates.centroid[j]
    support = _support(candidates.centroid[j], offset)
    worth = support - _SMALL * np.hypot(offset[:, 0], offset[:, 1])
    order = np.lexsort((-worth, j))
    first = np.ones(len(order), dtype=bool)
    first[1:] = j[order][1:] != j[order][:-1]
    vote = order[first]
    return _agreed(candidates.centroid, tile, j[vote], offset[vote], support[vote])


def _support(place: Array, offset: Array) -> Array:
    """Return how many votes near each one, itself included, say the same; the rim of "near" is counted roughly."""
    points = np.hstack([place / _PLACE, offset / _OFFSET])
    tree = cKDTree(points, leafsize=32)
    return np.asarray(tree.query_ball_point(points, 1.0, eps=0.5, return_length=True), dtype=float)


def _agreed(centroid: Array, wanted: Array, voter: Array, offset: Array, support: Array) -> Array:
    """Return per wanted candidate the mean of the votes around it that agree with its own, or with their median."""
    result = np.zeros((len(wanted), 2))
    sure = support >= _LEAST
    if not sure.any():
        sure = np.ones(len(voter), dtype=bool)
    known, values = voter[sure], np.vstack([offset[sure], [[np.nan, np.nan]]])
    # voters are sorted: where a wanted one is among them, its own vote
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    own = np.where((known[place] == wanted)[:, None], offset[sure][place], np.nan)
    _, at = cKDTree(centroid[known]).query(
        centroid[wanted], k=min(_NEIGHBOURS, len(known) + 1), distance_upper_bound=_RADIUS
    )
    local = values[np.minimum(at.reshape(len(wanted), -1), len(known))]
    some = np.nonzero(np.isfinite(local[:, :, 0]).any(axis=1))[0]
    local, own = local[some], own[some]
    middle = np.nanmedian(local, axis=1) if len(some) else np.zeros((0, 2))
    mine = np.where(np.isfinite(own), own, middle)
    # among equal houses a new one votes for its neighbour: its own vote needs winning votes beside it
    reference = np.where((_near(local, mine).sum(axis=1) >= _LEAST)[:, None], mine, middle)
    near = _near(local, reference)
    count = near.sum(axis=1)
    total = np.where(near[:, :, None], local, 0.0).sum(axis=1)
    weight = np.where(count >= _SETTLED, 1.0, count / (count + _PRIOR)) / np.maximum(count, 1)
    result[some] = total * weight[:, None]
    return result


def _near(local: Array, reference: Array) -> Array:
    """Tell which of the votes around each building agree with its reference."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.hypot(*np.moveaxis(local - reference[:, None, :], 2, 0)) <= _OFFSET)


def _alike(a: Footprints, b: Footprints, i: Array, j: Array) -> Array:
    """Return how alike two footprints are, 0–1, by area and second moments (blind to position)."""
    small = np.minimum(a.area[i], b.area[j])
    large = np.maximum(np.maximum(a.area[i], b.area[j]), 1e-9)
    turn = np.abs(a.spread[i] - b.spread[j]).sum(axis=1)
    size = np.maximum(a.spread[i, :2].sum(axis=1) + b.spread[j, :2].sum(axis=1), 1e-9)
    return np.asarray((small / large) * np.maximum(0.0, 1.0 - 2.0 * turn / size))
