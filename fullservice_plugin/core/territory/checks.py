# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the areas of one level fit together and into the level above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Sequence

import numpy as np
from shapely.ops import unary_union

from fullservice_plugin.core.discovery.boxes import near_pairs
from fullservice_plugin.core.discovery.footprints import footprints_of, overlap_areas
from fullservice_plugin.core.progress import SILENT, Progress

LEVELS = ("branch", "micro_region", "grid")

# Slivers of digitising: an overlap or gap counts above this area and share (of the smaller, or of the parent).
_LEAST_M2 = 25.0
_LEAST_SHARE = 1e-4


@dataclass(frozen=True)
class Unit:
    """One area: its code, its shape in metres, the code of the area above (None where unknown)."""

    code: str
    shape: Any
    parent: Optional[str] = None


@dataclass(frozen=True)
class Finding:
    """``kind`` is overlap, gap or outside; ``codes`` name the areas concerned; ``area`` is in m²."""

    kind: str
    codes: tuple[str, ...]
    area: float


def level_above(level: str) -> Optional[str]:
    """Return the level above, None for the branch."""
    at = LEVELS.index(level)
    return LEVELS[at - 1] if at else None


def check_level(units: Sequence[Unit], parents: Sequence[Unit], progress: Progress = SILENT) -> list[Finding]:
    """Return overlaps within a level, gaps in the parents and what lies outside its parent.

    A parent without any child is not checked for gaps: its children are still to come.
    """
    found = _overlaps(units)
    by_code = {parent.code: parent for parent in parents}
    children: dict[str, list[Unit]] = {}
    for unit in units:
        if unit.parent in by_code:
            children.setdefault(str(unit.parent), []).append(unit)
    for number, (code, own) in enumerate(sorted(children.items())):
        progress.step(number / max(len(children), 1))
        parent = by_code[code].shape
        for unit in own:
            outside = unit.shape.difference(parent).area
            if _counts(outside, unit.shape.area):
                found.append(Finding("outside", (unit.code, code), round(outside, 1)))
        gap = parent.difference(unary_union([unit.shape for unit in own])).area
        if _counts(gap, parent.area):
            found.append(Finding("gap", (code,), round(gap, 1)))
    return found


def parent_of(shape: Any, parents: Sequence[Unit]) -> Optional[str]:
    """Return the code of the parent that holds most of ``shape``; None where none holds half of it."""
    best: tuple[float, Optional[str]] = (0.5 * shape.area, None)
    for parent in parents:
        if parent.shape.intersects(shape):
            shared = parent.shape.intersection(shape).area
            if shared > best[0]:
                best = (shared, parent.code)
    return best[1]


def _overlaps(units: Sequence[Unit]) -> list[Finding]:
    prints = footprints_of([unit.shape for unit in units])
    i, j = near_pairs(prints.bounds, prints.bounds, 0.0)
    i, j = i[i < j], j[i < j]
    shared = overlap_areas(prints, prints, i, j)
    smaller = np.minimum(prints.area[i], prints.area[j])
    return [
        Finding("overlap", (units[a].code, units[b].code), round(float(area), 1))
        for a, b, area, least in zip(i, j, shared, smaller)
        if _counts(float(area), float(least))
    ]


def _counts(area: float, whole: float) -> bool:
    return area > _LEAST_M2 and area > _LEAST_SHARE * whole
