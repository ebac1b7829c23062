# SPDX-License-Identifier: GPL-2.0-or-later
"""The signal that the model predicts where somebody measured it, and floors as the maps need them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Optional

import numpy as np

from fullservice_plugin.core.access.wlan.floor import path_loss
from fullservice_plugin.core.access.wlan.heatmap import Heard
from fullservice_plugin.core.access.wlan.outline import outline_of, walls_in
from fullservice_plugin.core.access.wlan.setcover import Array
from fullservice_plugin.core.access.wlan.settings import Settings, UseModel
from fullservice_plugin.core.access.wlan.walls import Walls, crossed_db, walls_on
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable


@dataclass(frozen=True)
class Radio:
    """One access point of a layer: where, on which floor, EIRP (dBm) and channel."""

    key: str
    building: str
    floor: int
    heard: Heard


@dataclass(frozen=True)
class Prediction:
    """Per reading the predicted loss, the loss measured (EIRP − reading, client loss taken off), and the reading.

    NaN where no access point of its building is known. ``predicted`` is the signal in dBm;
    ``models`` are the propagation models used.
    """

    loss: Array
    measured: Array
    predicted: Array
    models: frozenset[str] = frozenset()


def read_aps(table: FeatureTable) -> list[Radio]:
    """Read access points (points in metres; fields building_id, floor, eirp_dbm, channel, optional ap_id).

    Raises InputError that names the feature where a value is missing.
    """
    floors, power, channel = (table.numbers(name) for name in ("floor", "eirp_dbm", "channel"))
    found = []
    names = table.column("ap_id")
    for row, (key, building) in enumerate(zip(table.ids, table.column("building_id"))):
        shape, floor, eirp = table.geometry[row], floors[row], power[row]
        if building in (None, "") or shape is None or shape.is_empty or floor is None or eirp is None:
            raise InputError("{layer}: access point {feature} needs a place, building_id, floor and eirp_dbm.",
                             layer=table.name or "Access points", feature=names[row] or key)
        found.append(Radio(str(names[row] or key), str(building), int(floor),
                           Heard(shape.x, shape.y, eirp, int(channel[row] or 0))))
    return found


def predict(
    readings: FeatureTable, aps: list[Radio], shapes: dict[str, Any], uses: dict[str, UseModel], settings: Settings,
    walls: Optional[Walls] = None,
) -> Prediction:
    """Predict every reading (points; fields building_id, floor, rssi_dbm, optional ap_id; eirp_dbm of the test sender).

    A reading that names no access point counts for the one it should hear best. ``shapes`` and ``uses`` by building;
    ``walls`` as :mod:`walls` reads them: those of the floor on which somebody measured count.
    """
    count = len(readings)
    models = set[str]()
    loss, measured, predicted = (np.full(count, np.nan) for _ in range(3))
    rssi, floors = readings.numbers("rssi_dbm"), readings.numbers("floor", 1)
    named = [str(value or "") for value in readings.column("ap_id")]
    by_building: dict[str, list[Radio]] = {}
    frames = {building: outline_of(shape)[0] for building, shape in shapes.items()
              if shape is not None and any(ap.building == building for ap in aps)}
    for ap in aps:
        by_building.setdefault(ap.building, []).append(ap)
    for row, building in enumerate(str(value or "") for value in readings.column("building_id")):
        mine = [ap for ap in by_building.get(building, ()) if not named[row] or ap.key == named[row]]
        place, level, frame = readings.geometry[row], rssi[row], frames.get(building)
        if not mine or frame is None or place is None or place.is_empty:
            continue
        here = frame.to_own(np.array([[place.x, place.y]]))
        level_walls = walls_in(frame, walls_on(walls or {}, building, int(floors[row] or 1)))
        use = uses[building].walled(settings.probability) if len(level_walls) else uses[building]
        models.add(use.name)
        options = []
        for ap in mine:
            stand = frame.to_own(np.array([[ap.heard.x, ap.heard.y]]))
            apart = abs(ap.floor - int(floors[row] or 1))
            crossed = crossed_db(here, stand, level_walls) if len(level_walls) else None
            lost = float(path_loss(here, stand, use, settings, apart, crossed)[0, 0])
            options.append((ap.heard.eirp_dbm - settings.client_loss_db - lost, lost, ap.heard.eirp_dbm))
        predicted[row], loss[row], eirp = max(options)
        if level is not None:
            measured[row] = eirp - settings.client_loss_db - level
    return Prediction(loss, measured, predicted, frozenset(models))


def floors_of(
    building: str, shape: Any, given: Optional[FeatureTable], aps: list[Radio]
) -> Iterator[tuple[int, Any, list[Heard]]]:
    """Yield (floor, outline, access points) of every floor of a building that has access points."""
    outlines: dict[int, Any] = {}
    if given is not None:
        levels = given.numbers("floor", 1)
        outlines = {int(levels[i] or 1): given.geometry[i] for i, owner in enumerate(given.column("building_id"))
                    if str(owner) == building and given.geometry[i] is not None}
    for floor in sorted({ap.floor for ap in aps if ap.building == building}):
        outline = outlines.get(floor, shape)
        if outline is not None and not outline.is_empty and outline.area > 0:
            yield floor, outline, [ap.heard for ap in aps if ap.building == building and ap.floor == floor]
