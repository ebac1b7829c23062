# SPDX-License-Identifier: GPL-2.0-or-later
"""Maps of a floor: signal, signal to noise, throughput and airtime at every place, from the access points on it.

North-up rasters in the CRS of the buildings; places outside the floor are NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Sequence

import numpy as np

from fullservice_plugin.core.access.wlan.capacity import busiest, nodes_of
from fullservice_plugin.core.access.wlan.floor import path_loss
from fullservice_plugin.core.access.wlan.outline import outline_of
from fullservice_plugin.core.access.wlan.phy import airtime, rate_at
from fullservice_plugin.core.access.wlan.setcover import Array
from fullservice_plugin.core.access.wlan.settings import HEARD_DBM, Settings, UseModel
from fullservice_plugin.core.access.wlan.walls import crossed_db

QUANTITIES = ("rssi", "snr", "throughput", "airtime")
"""dBm; dB; Mb/s for one user; share (0–1) of the time that the serving access point is busy."""
_MOST_CELLS = 4_000_000


@dataclass(frozen=True)
class Heard:
    """An access point as a map needs it: ``xy`` in the CRS of the buildings, EIRP in dBm, channel number."""

    x: float
    y: float
    eirp_dbm: float
    channel: int


@dataclass(frozen=True)
class FloorMap:
    """Rasters (rows from north to south) by quantity; ``west``, ``north`` of the first cell's corner, ``cell`` metres.

    ``model`` names the propagation model, ``sigma_db`` its shadowing: every value is a median.
    """

    west: float
    north: float
    cell: float
    rasters: dict[str, Array]
    model: str
    sigma_db: float


def floor_map(
    shape: Any, aps: Sequence[Heard], use: UseModel, settings: Settings, demand_mbps: float = 0.0, cell: float = 0.5,
    walls: Optional[Array] = None,
) -> FloorMap:
    """Map one floor (polygon in metres) with at least one access point; ``walls`` (n × 5) as :mod:`walls` reads them.

    Signal: the strongest access point, median, less the client's loss. Noise: the rule ``noise_dbm`` and the other
    access points on its channel. Throughput: rate at that ratio × MAC efficiency, shared with co-channel access points
    that are heard at −82 dBm. Airtime: load of the serving access point by ``demand_mbps``, even over the floor.
    """
    west, south, east, north = shape.bounds
    cell = max(cell, float(np.sqrt((east - west) * (north - south) / _MOST_CELLS)))
    columns, rows = max(1, int(np.ceil((east - west) / cell))), max(1, int(np.ceil((north - south) / cell)))
    xs, ys = west + (np.arange(columns) + 0.5) * cell, north - (np.arange(rows) + 0.5) * cell
    places = np.column_stack([axis.ravel() for axis in np.meshgrid(xs, ys)])
    if walls is not None and len(walls):
        use = use.walled(settings.probability)
    frame, outline = outline_of(shape, walls)
    own = frame.to_own(places)
    inside = outline.contains(own)
    if not inside.any():  # thinner than a cell
        inside[int(np.argmin(np.hypot(*(places - [shape.centroid.x, shape.centroid.y]).T)))] = True
    here = own[inside]
    stand = frame.to_own(np.array([[ap.x, ap.y] for ap in aps]))
    eirp = np.array([ap.eirp_dbm for ap in aps])
    level = eirp[None, :] - settings.client_loss_db - path_loss(
        here, stand, use, settings, 0, _crossed(here, stand, outline.walls))
    heard = eirp[None, :] - path_loss(stand, stand, use, settings, 0, _crossed(stand, stand, outline.walls))
    found = _values(level, np.array([ap.channel for ap in aps]), heard >= HEARD_DBM, use, settings, demand_mbps)
    rasters = {}
    for name, values in found.items():
        raster = np.full(rows * columns, np.nan)
        raster[inside] = values
        rasters[name] = raster.reshape(rows, columns)
    return FloorMap(west, north, cell, rasters, use.name, use.sigma_db)


def _crossed(a: Array, b: Array, walls: Array) -> Optional[Array]:
    return crossed_db(a, b, walls) if len(walls) else None


def _values(
    level: Array, channel: Any, heard: Any, use: UseModel, settings: Settings, demand_mbps: float
) -> dict[str, Array]:
    noise_dbm = settings.noise_dbm
    every = np.arange(len(level))
    serving = np.argmax(level, axis=1)
    rssi = level[every, serving]
    power = 10 ** (level / 10.0)
    same = channel[None, :] == channel[serving][:, None]
    same[every, serving] = False
    noise = 10 ** (noise_dbm / 10.0) + np.where(same, power, 0.0).sum(axis=1)
    # who shares a channel and hears the other takes turns with it, so that it is no noise to its users
    np.fill_diagonal(heard, False)
    sharing = 1.0 + (heard & (channel[None, :] == channel[:, None])).sum(axis=1)
    polite = heard[serving] & same
    noise = noise - np.where(polite, power, 0.0).sum(axis=1)
    snr = rssi - 10 * np.log10(np.maximum(noise, 10 ** (noise_dbm / 10.0)))
    # rate thresholds are sensitivities over the thermal noise: interference lifts what is asked of the signal
    rate = rate_at(noise_dbm + snr, settings.width, settings.streams)
    values = {
        "rssi": rssi, "snr": snr,
        "throughput": settings.mac_efficiency * rate / sharing[serving],
        "airtime": _loads(level, demand_mbps, use, settings)[serving],
    }
    return {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}


def _loads(level: Array, demand_mbps: float, use: UseModel, settings: Settings) -> Array:
    nodes = level[nodes_of(len(level))] - use.margin_db
    times = airtime(demand_mbps / len(nodes), rate_at(nodes, settings.width, settings.streams), settings.mac_efficiency)
    times = np.minimum(times, 1e3)
    strongest = np.argmax(nodes, axis=1)
    load = np.bincount(strongest, times[np.arange(len(nodes)), strongest], times.shape[1])
    crowded = float(load.max()) > settings.airtime_limit
    return busiest(times, settings.airtime_limit)[1] if crowded else np.asarray(load, dtype=np.float64)
