# SPDX-License-Identifier: GPL-2.0-or-later
"""WLAN floor plans of a design: signal computed anew from the access points that the store has, as they will stand."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Mapping, Sequence

import numpy as np
from shapely import wkb

from fullservice_plugin.core.access.wlan.heatmap import Heard, floor_map
from fullservice_plugin.core.access.wlan.settings import Settings, UseModel, settings_from
from fullservice_plugin.core.access.wlan.walktest import Correction
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.plans.floor_model import CLASSES, FloorPlan, FloorPoint, FloorRow, Heat
from fullservice_plugin.services.prices import area_catalogue
from fullservice_plugin.services.telling_models import told_model
from fullservice_plugin.store import area as ask
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.plan_floors import wlan_elements

CELLS = 70.0  # cells along the side of a square floor: more cannot be told apart on paper
LEAST_CELL = 0.5  # metres
Row = Mapping[str, Any]


def plan_floors(
    store: Store, plan: Row, decisions: Sequence[Row], progress: Progress = SILENT
) -> tuple[FloorPlan, ...]:
    """Return the floors of each building of a plan that gets WLAN; floors alike stand together."""
    buildings = {str(d["building_id"]): d for d in decisions if d["method"] in ("wlan", "hybrid")}
    params = plan["params"] or {}
    proj = params.get("proj")
    if not buildings or not proj:
        return ()
    with store.transaction() as cur:
        rows = wlan_elements(cur, str(plan["id"]), list(buildings))
        if not rows:
            return ()
        shapes = ask.to_metric(cur, [wkb.loads(bytes(row["geom"])) for row in rows], proj)
        own = {code: Correction(*values) for code, values in ask.corrections(cur, list(buildings)).items()}
        catalogue = area_catalogue(cur, list(buildings))
    settings = settings_from(catalogue, (params.get("wlan") or {}).get("region") or "cn")
    grouped: dict[str, list[tuple[Row, Any]]] = defaultdict(list)
    for row, shape in zip(rows, shapes):
        grouped[row["building_id"]].append((row, shape))
    found: list[FloorPlan] = []
    for number, (key, elements) in enumerate(grouped.items()):
        progress.step(number / len(grouped))
        model = settings.use_model(elements[0][0]["use"], own.get(elements[0][0]["building"]))
        found += _alike(buildings[key], elements, model, settings)
    return tuple(found)


def _alike(
    decision: Row, elements: Sequence[tuple[Row, Any]], model: UseModel, settings: Settings
) -> Iterator[FloorPlan]:
    """Yield the floor plans of a building: floors with the same outline and places are one."""
    floors: dict[int, tuple[list[tuple[Row, Any]], list[tuple[Row, Any]]]] = defaultdict(lambda: ([], []))
    for row, shape in elements:
        floors[row["floor"]][row["kind"] == "coverage"].append((row, shape))
    groups: dict[Any, list[int]] = defaultdict(list)
    for floor, (points, covered) in sorted(floors.items()):
        if points and covered:
            points.sort(key=lambda item: (round(item[1].x, 1), round(item[1].y, 1), item[0]["code"] or ""))
            places = tuple((round(p.x, 1), round(p.y, 1), row["eirp_dbm"]) for row, p in points)
            groups[places, covered[0][1].wkb].append(floor)
    for alike in groups.values():
        points, covered = floors[alike[0]]
        outline = covered[0][1]
        yield FloorPlan(
            code=str(decision["code"]),
            building=str(decision["name"]),
            estate=decision["estate"] or "",
            outline=outline,
            points=tuple(
                FloorPoint(n, shape.x, shape.y, row["eirp_dbm"], row["width_mhz"])
                for n, (row, shape) in enumerate(points, 1)
            ),
            floors=tuple(_floor(floor, *floors[floor]) for floor in alike),
            heat=_heat(outline, points, model, settings),
            model=told_model(model.name),
            primary_dbm=settings.least_dbm,
            primary_share=settings.primary_share,
            airtime_limit=settings.airtime_limit,
        )


def _floor(floor: int, points: Sequence[tuple[Row, Any]], covered: Sequence[tuple[Row, Any]]) -> FloorRow:
    told = covered[0][0]
    channels = tuple(row["channel"] for row, _ in points)
    return FloorRow(floor, channels, told["primary_share"], told["secondary_share"], told["airtime"])


def _heat(outline: Any, points: Sequence[tuple[Row, Any]], model: UseModel, settings: Settings) -> Any:
    """Return the signal in classes; None where the power of no access point is known."""
    heard = [Heard(p.x, p.y, row["eirp_dbm"], row["channel"] or 0) for row, p in points if row["eirp_dbm"] is not None]
    if not heard or outline.area <= 0:
        return None
    cell = max(LEAST_CELL, math.sqrt(outline.area) / CELLS)
    made = floor_map(outline, heard, model, settings, cell=cell)
    signal = made.rasters["rssi"]
    classes = np.where(np.isfinite(signal), 1 + np.digitize(np.nan_to_num(signal, nan=-999.0), CLASSES), 0)
    classes = _to_the_wall(classes)
    rows, columns = classes.shape
    return Heat(round(made.west, 3), round(made.north, 3), round(made.cell, 4), columns, rows,
                classes.astype(np.uint8).tobytes())  # fmt: skip


def _to_the_wall(classes: Any) -> Any:
    """Give the cells whose middle is just outside the floor the class beside them: the outline cuts them on paper."""
    grown = classes.copy()
    for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)):
        beside = np.zeros_like(classes)
        rows, columns = classes.shape
        beside[max(0, down) : rows + min(0, down), max(0, right) : columns + min(0, right)] = classes[
            max(0, -down) : rows + min(0, -down), max(0, -right) : columns + min(0, -right)
        ]
        grown = np.where(grown == 0, beside, grown)
    return grown
