# SPDX-License-Identifier: GPL-2.0-or-later
"""One level of the territory brought into the store, checked against itself and the level above."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Optional

import numpy as np
import shapely.wkb

from fullservice_plugin.core.discovery.frame import LocalFrame
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.shapes import areas_of
from fullservice_plugin.core.table import FeatureTable, Problem
from fullservice_plugin.core.territory.checks import Finding, Unit, check_level, level_above, parent_of
from fullservice_plugin.store import territory as queries
from fullservice_plugin.store.rights import require_bulk

_NONE_ABOVE = {
    "branch": "The store has no branches yet. Import them first, then the areas below.",
    "micro_region": "The store has no micro-regions yet. Import them first, then the grids.",
}


@dataclass
class TerritoryImport:
    """What an import did: counts, findings (overlap, gap, outside), rows left out with their reason."""

    counts: dict[str, int]
    findings: list[Finding] = field(default_factory=list)
    rejected: list[Problem] = field(default_factory=list)


def import_territory(
    store: Any,
    table: FeatureTable,
    level: str,
    code_field: str,
    name_field: str,
    parent_field: str,
    progress: Progress = SILENT,
    target_field: str = "",
) -> TerritoryImport:
    """Bring areas (WGS-84 degrees) of ``level`` into the store, in one transaction.

    The area above comes from ``parent_field`` or, where it is empty, from the place. Rows without code or
    with an unknown area above are left out and listed, so are those whose coverage target (``target_field``, the least
    share of households served, 0–1) cannot be; overlaps and gaps are reported, not refused. Raises
    InputError when no row is usable.
    """
    above = level_above(level)
    with store.transaction(bulk=True) as cur:
        require_bulk(cur, "org_unit")
        parents = queries.units(cur, above) if above else []
        if above and not parents:
            raise InputError(_NONE_ABOVE[above])
        ids = {row[1]: row[0] for row in parents}
        rejected = list(table.problems)
        rows = _usable(cur, table, level, code_field, rejected)
        if not rows:
            raise InputError(
                "{layer} holds no usable area. First problem: row {row}: {reason}.",
                layer=table.name,
                row=rejected[0].row if rejected else "–",
                reason=rejected[0].text() if rejected else "no rows",
            )
        frame = _frame([table.geometry[row] for row, _ in rows])
        upper = [
            Unit(row[1], frame.geometry(shapely.wkb.loads(bytes(row[2])))) for row in parents if row[2] is not None
        ]
        names, given = table.column(name_field), table.column(parent_field)
        targets = table.column(target_field) if target_field else [None] * len(table)
        progress.step(0.2)
        units, values = [], []
        for row, code in rows:
            shape = frame.geometry(table.geometry[row])
            parent = _text(given[row]) or (parent_of(shape, upper) if above else None)
            if above and parent not in ids:
                rejected.append(
                    Problem(table.ids[row], "the area above, {code}, is unknown", {"code": parent})
                    if parent
                    else Problem(table.ids[row], "it lies in no area of the level above", {})
                )
                continue
            target = _share(targets[row])
            if target is not None and not 0 <= target <= 1:
                rejected.append(Problem(table.ids[row], "the coverage target must be between 0 and 1, found {value}",
                                        {"value": targets[row]}))
                continue
            units.append(Unit(code, shape, parent))
            values.append(
                [
                    level,
                    code,
                    _text(names[row]) or code,
                    ids.get(parent or ""),
                    areas_of(table.geometry[row]),
                    "import",
                    False,
                    target,
                ]
            )
        if not values:
            raise InputError(
                "{layer} holds no usable area. First problem: row {row}: {reason}.",
                layer=table.name,
                row=rejected[0].row,
                reason=rejected[0].text(),
            )
        progress.step(0.4)
        done = queries.keep_units(cur, values, bool(target_field))
        fresh = {unit.code for unit in units}
        others = [
            Unit(row[1], frame.geometry(shapely.wkb.loads(bytes(row[2]))), row[3])
            for row in queries.units(cur, level)
            if row[2] is not None and row[1] not in fresh
        ]
        findings = check_level([*units, *others], upper, progress.part(0.5, 0.8))
        placed = queries.place_in_grids(cur) if level == "grid" else 0
        if level == "branch" and done.inserted:
            queries.place_in_branches(cur)
        progress.check()
    counts = {
        "new": done.inserted,
        "changed": done.updated,
        "unchanged": done.unchanged,
        "rejected": len(rejected),
        "placed": placed,
    }
    for kind, name in (("overlap", "overlaps"), ("gap", "gaps"), ("outside", "outside")):
        counts[name] = sum(1 for one in findings if one.kind == kind)
    progress.step(1.0)
    return TerritoryImport(counts, findings, rejected)


def _usable(
    cur: Any, table: FeatureTable, level: str, code_field: str, rejected: list[Problem]
) -> list[tuple[int, str]]:
    """Return (row, code) of the rows that have a code of their own; the others go to ``rejected``."""
    codes = [_text(value) for value in table.column(code_field)]
    taken = queries.levels_of(cur, [code for code in codes if code])
    rows: list[tuple[int, str]] = []
    seen: set[str] = set()
    for row, code in enumerate(codes):
        if not code:
            rejected.append(Problem(table.ids[row], "the code is empty"))
        elif code in seen:
            rejected.append(Problem(table.ids[row], "the code {code} occurs twice", {"code": code}))
        elif taken.get(code, level) != level:
            rejected.append(
                Problem(
                    table.ids[row],
                    "the code {code} belongs to an area of level {level}",
                    {"code": code, "level": taken[code]},
                )
            )
        else:
            seen.add(code)
            rows.append((row, code))
    return rows


def _share(value: Any) -> Optional[float]:
    """Return a share as a number, None where it is empty; what is no number lies outside every bound."""
    if value is None or str(value).strip() == "":
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.inf


def _frame(shapes: list[Any]) -> LocalFrame:
    bounds = np.array([shape.bounds for shape in shapes])
    return LocalFrame.around(bounds[:, 0].min(), bounds[:, 1].min(), bounds[:, 2].max(), bounds[:, 3].max())


def _text(value: Any) -> Optional[str]:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None
