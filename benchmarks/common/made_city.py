# SPDX-License-Identifier: GPL-2.0-or-later
"""Two dates of a made city: footprints in rows along a street grid, and the same ones drawn again from other imagery.

A block of 100 × 80 m holds two rows of up to eight houses, some wall to wall, of four to twelve corners. Drawn again
each is moved by a local shift and σ = 1.2 m of its own, turned by up to 1.5°, scaled by up to 3 %; a tenth is
dropped and a tenth is new: the perturbation of the figures the peers are known by.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

BLOCK = (116.0, 96.0)  # m, distance between the middles of streets
PER_ROW, ROWS = 8, 2
LOT = (12.5, 14.0)  # m, width and depth of a house


def _outlines(n: int, dice: Any) -> list[Any]:
    """Return n outlines around the origin: boxes, L- and T-shapes, boxes with a bay (arrays of corners, not closed)."""
    kinds = dice.choice(4, size=n, p=[0.45, 0.3, 0.15, 0.1])
    wide = np.where(dice.random(n) < 0.45, LOT[0], dice.uniform(7.0, 11.5, n)) / 2.0
    deep = dice.uniform(8.0, LOT[1], n) / 2.0
    cut = dice.uniform(0.2, 0.5, (n, 2))
    found = []
    for kind, w, d, (p, q) in zip(kinds, wide, deep, cut):
        if kind == 0:
            ring = [(-w, -d), (w, -d), (w, d), (-w, d)]
        elif kind == 1:
            ring = [(-w, -d), (w, -d), (w, d - d * q), (w - w * p, d - d * q), (w - w * p, d), (-w, d)]
        elif kind == 2:
            ring = [(-w, -d), (w, -d), (w, d * q), (w * p, d * q), (w * p, d), (-w * p, d), (-w * p, d * q),
                    (-w, d * q)]  # fmt: skip
        else:
            ring = [(-w, -d), (-w * p, -d), (-w * p, -d - 1.2), (w * p, -d - 1.2), (w * p, -d), (w, -d), (w, 0.2 * d),
                    (w - 1.0, 0.2 * d), (w - 1.0, 0.5 * d), (w, 0.5 * d), (w, d), (-w, d)]  # fmt: skip
        found.append(np.array(ring))
    return found


def _wkb(ring: Any) -> bytes:
    closed = np.vstack([ring, ring[:1]])
    return struct.pack("<BIII", 1, 3, 1, len(closed)) + closed.astype("<f8").tobytes()


def two_dates(n: int, seed: int = 1) -> tuple[list[bytes], list[bytes], list[Any]]:
    """Return WKB (metres) of about ``n`` footprints, of the same drawn again, and the street lines as coordinates."""
    dice = np.random.default_rng(seed)
    per_block = PER_ROW * ROWS
    blocks = -(-n // per_block)
    columns = int(np.ceil(np.sqrt(blocks * BLOCK[1] / BLOCK[0])))
    number = np.arange(blocks)
    corner = np.column_stack([number % columns * BLOCK[0], number // columns * BLOCK[1]])
    slot = np.arange(per_block)
    inside = np.column_stack([(slot % PER_ROW + 0.5) * LOT[0], 8.0 + LOT[1] / 2 + slot // PER_ROW * 52.0]) + [8.0, 6.0]
    centre = (corner[:, None, :] + inside[None, :, :]).reshape(-1, 2)[:n]
    rings = _outlines(n, dice)
    before = [_wkb(ring + at) for ring, at in zip(rings, centre)]
    wave = 3.0 * np.column_stack([np.sin(centre[:, 1] / 900.0), np.cos(centre[:, 0] / 700.0)])
    moved = centre + wave + dice.normal(0, 1.2, (n, 2))
    angle, scale = np.radians(dice.uniform(-1.5, 1.5, n)), dice.uniform(0.97, 1.03, n)
    kept = dice.random(n) > 0.1
    after = []
    for k in np.nonzero(kept)[0]:
        turn = np.array([[np.cos(angle[k]), np.sin(angle[k])], [-np.sin(angle[k]), np.cos(angle[k])]])
        after.append(_wkb(rings[k] @ turn * scale[k] + moved[k]))
    fresh = dice.choice(n, size=n // 10, replace=False)
    after += [_wkb(rings[k] + centre[k] + (0.0, 26.0)) for k in fresh]  # behind the houses
    east, north = columns * BLOCK[0], (blocks // columns + 1) * BLOCK[1]
    streets = [[(x, 0.0), (x, north)] for x in np.arange(columns + 1) * BLOCK[0]]
    streets += [[(0.0, y), (east, y)] for y in np.arange(blocks // columns + 2) * BLOCK[1]]
    return before, after, streets
