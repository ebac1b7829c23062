# SPDX-License-Identifier: GPL-2.0-or-later
"""Two plans side by side: their figures, the ways only one of them builds, the buildings they treat differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from shapely.ops import linemerge, unary_union

from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.shapes import stored
from fullservice_plugin.services.plans import require_plan
from fullservice_plugin.store import plans as queries
from fullservice_plugin.store.connection import Store

_NEAR = 5e-6  # degrees, about half a metre: ways this near are one
FIGURES = (
    "cost", "lower_bound", "gap", "wired_cost", "trench_cost", "wlan_cost", "benefit", "benefit_upper_bound",
    "homes_passed", "cost_per_home", "unserved", "route_m", "cabinets", "boxes",
)  # fmt: skip


@dataclass(frozen=True)
class Way:
    """A piece of way: ``where`` is a, b or both; ``geometry`` lines in longitude and latitude."""

    where: str
    construction: str
    geometry: Any


@dataclass(frozen=True)
class Change:
    """A building with its method and cost in both plans (None: not part of the plan)."""

    building: str
    name: str
    method_a: Optional[str]
    method_b: Optional[str]
    cost_a: Optional[float]
    cost_b: Optional[float]
    geometry: Any

    @property
    def changed(self) -> bool:
        """Whether the method differs."""
        return self.method_a != self.method_b


@dataclass(frozen=True)
class Comparison:
    """``figures``: name → (a, b); ``ways`` and ``buildings`` of both plans."""

    plans: tuple[str, str]
    figures: dict[str, tuple[Optional[float], Optional[float]]]
    ways: list[Way]
    buildings: list[Change]


def compare_plans(store: Store, first: str, second: str, *, progress: Progress = SILENT) -> Comparison:
    """Compare two plans by code or uuid. Raises InputError where one is not there for this login."""
    found = [require_plan(store, key) for key in (first, second)]
    networks = [queries.network(store, str(plan["id"])) for plan in found]
    progress.step(0.4)
    columns = [_figures(plan, rows) for plan, rows in zip(found, networks)]
    figures = {name: (columns[0][name], columns[1][name]) for name in FIGURES}
    ways = _ways(*(_trenches(rows) for rows in networks))
    progress.step(0.8)
    buildings = _buildings(*(queries.decisions(store, str(plan["id"])) for plan in found))
    progress.step(1.0)
    return Comparison((str(found[0]["code"]), str(found[1]["code"])), figures, ways, buildings)


def _figures(plan: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Optional[float]]:
    told = {name: None if plan.get(name) is None else float(plan[name]) for name in FIGURES if name in plan}
    cost, bound, homes = told.get("cost"), told.get("lower_bound"), told.get("homes_passed")
    return {
        **{name: told.get(name) for name in FIGURES},
        "gap": cost / bound - 1.0 if cost is not None and bound else None,
        "cost_per_home": cost / homes if cost is not None and homes else None,
        "route_m": sum(row["length_m"] or 0.0 for row in rows if row["kind"] == "route" and row["trench_cost"]),
        "cabinets": float(sum(row["kind"] == "fdt" for row in rows)),
        "boxes": float(sum(row["kind"] == "fat" for row in rows)),
    }


def _trenches(rows: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    """The ways of a plan, each once: (construction, geometry)."""
    seen: set[bytes] = set()
    found = []
    for row in rows:
        blob = bytes(row["geom"])
        if row["kind"] == "route" and blob not in seen:
            seen.add(blob)
            found.append((str(row["construction"] or ""), stored(blob)))
    return found


def _ways(one: list[tuple[str, Any]], two: list[tuple[str, Any]]) -> list[Way]:
    """Cut the ways of both plans into what both build and what only one does."""
    ways = []
    for mine, other, where in ((one, two, "a"), (two, one, "b")):
        near = unary_union([line.buffer(_NEAR, 2) for _, line in other])
        kinds = sorted({construction for construction, _ in mine})
        for kind in kinds:
            lines = unary_union([line for construction, line in mine if construction == kind])
            own, shared = lines.difference(near), lines.intersection(near)
            for geometry, place in ((own, where), (shared, "both")) if where == "a" else ((own, where),):
                ways += [Way(place, kind, part) for part in _lines(geometry)]
    return ways


def _lines(geometry: Any) -> list[Any]:
    parts = [part for part in getattr(geometry, "geoms", [geometry]) if part.geom_type == "LineString"]
    if not parts:
        return []
    merged = linemerge(parts) if len(parts) > 1 else parts[0]
    return [part for part in getattr(merged, "geoms", [merged]) if part.length > _NEAR]


def _buildings(one: list[dict[str, Any]], two: list[dict[str, Any]]) -> list[Change]:
    first, second = ({str(row["building_id"]): row for row in rows} for rows in (one, two))
    found = []
    for key in [*first, *(key for key in second if key not in first)]:
        a, b = first.get(key), second.get(key)
        row = a or b or {}
        found.append(
            Change(
                str(row["code"]),
                str(row["name"] or ""),
                a["method"] if a else None,
                b["method"] if b else None,
                _money(a),
                _money(b),
                stored(row["geom"]),
            )  # fmt: skip
        )
    return sorted(found, key=lambda change: (not change.changed, change.building))


def _money(row: Optional[dict[str, Any]]) -> Optional[float]:
    return None if row is None or row["cost"] is None else float(row["cost"])
