# SPDX-License-Identifier: GPL-2.0-or-later
"""Path loss of WLAN radio links, in dB.

Frequencies in GHz, distances (3-D) in metres; every function takes numbers or arrays and broadcasts.
Distances below one metre count as one metre: the far field begins about there.
Coefficients come from ``coefficients.json``, which names its sources.
"""

from __future__ import annotations

from typing import Mapping, Optional, Union

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from fullservice_plugin.core.access.wlan.tables import coefficients
from fullservice_plugin.core.errors import ParameterError

Array = NDArray[np.float64]
Value = Union[float, Array]
Row = Mapping[str, float]

_LIGHT_MM_GHZ = 299.792458
"""Speed of light in mm·GHz: wavelength in mm = this / f."""


def _distance(metres: Value) -> Array:
    return np.maximum(np.asarray(metres, dtype=float), 1.0)


def free_space(metres: Value, ghz: Value) -> Array:
    """Free-space loss after ITU-R P.525: 20 lg d + 20 lg f_MHz − 27.55."""
    mhz = 1000.0 * np.asarray(ghz, dtype=float)
    return np.asarray(20 * np.log10(_distance(metres)) + 20 * np.log10(mhz) - 27.55)


def site_general(
    metres: Value, ghz: Value, environment: str, model: str = "p1238_site", row: Optional[Row] = None
) -> Array:
    """Median loss 10α lg d + β + 10γ lg f: P.1238 eq. (1) on one floor, or P.1411 outdoors.

    ``environment`` is a row of ``model`` (``p1238_site`` or ``p1411_site``), such as ``office_nlos``; ``row`` its
    coefficients where they are not those of the table.
    """
    row = row or coefficients(model, environment)
    lg_f = np.log10(np.asarray(ghz, dtype=float))
    return np.asarray(
        10 * row["alpha"] * np.log10(_distance(metres)) + row["beta"] + 10 * row["gamma"] * lg_f
    )


def through_floors(metres: Value, ghz: Value, floors: int, environment: str) -> Array:
    """Loss of P.1238 eq. (2): 20 lg f_MHz − 28 + N lg d + Lf(n); ``environment`` such as ``office_5.2``."""
    row = coefficients("p1238_floor", environment)
    loss = row["floor_first_db"] + row["floor_step_db"] * (floors - 1) if floors > 0 else 0.0
    mhz = 1000.0 * np.asarray(ghz, dtype=float)
    return np.asarray(20 * np.log10(mhz) - 28 + row["n"] * np.log10(_distance(metres)) + loss)


def floor_factor(floors: Value, first_db: float = 18.3, b: float = 0.46) -> Array:
    """Loss of several floors after COST-231 and TGn: Lf · F^((F+2)/(F+1) − b); 0 for F = 0."""
    count = np.asarray(floors, dtype=float)
    exponent = (count + 2) / (count + 1) - b
    return np.asarray(np.where(count > 0, first_db * np.maximum(count, 1e-9) ** exponent, 0.0))


def breakpoint_loss(metres: Value, ghz: Value, turn_m: float) -> Array:
    """Loss on one floor without walls: free space up to ``turn_m``, 35 lg d beyond (IEEE 802.11-14/0980r16)."""
    d = _distance(metres)
    near = 20 * np.log10(np.minimum(d, turn_m))
    beyond = 35 * np.log10(np.maximum(d / turn_m, 1.0))
    return np.asarray(40.05 + 20 * np.log10(np.asarray(ghz, dtype=float) / 2.4) + near + beyond)


def tgax(
    metres: Value, ghz: Value, environment: str, floors: Value = 0.0, walls: Value = 0.0, row: Optional[Row] = None
) -> Array:
    """Loss of the IEEE 802.11ax task group's breakpoint model, ``residential`` or ``enterprise``."""
    row = row or coefficients("tgax", environment)
    base = breakpoint_loss(metres, ghz, row["breakpoint_m"])
    return np.asarray(base + floor_factor(floors) + row["wall_db"] * np.asarray(walls, dtype=float))


def multi_wall(metres: Value, ghz: Value, wall_db: Value = 0.0, floors: Value = 0.0) -> Array:
    """Free space plus the losses of the walls crossed (``wall_db``, summed) and of the floors crossed."""
    row = coefficients("multiwall", "cost231")
    return np.asarray(
        free_space(metres, ghz) + np.asarray(wall_db, dtype=float)
        + floor_factor(floors, row["floor_db"], row["b"])
    )


def slab(material: str, ghz: Value, thickness_m: Value) -> Array:
    """Loss through a wall of one material at normal incidence, ITU-R P.2040-4 single-layer slab."""
    row = coefficients("p2040", material)
    f = np.asarray(ghz, dtype=float)
    eta = row["a"] * f ** row["b"] - 1j * 17.98 * row["c"] * f ** row["d"] / f
    index = np.sqrt(eta)
    reflection = (1 - index) / (1 + index)
    q = 2 * np.pi * index * 1000.0 * np.asarray(thickness_m, dtype=float) * f / _LIGHT_MM_GHZ
    transmission = (1 - reflection**2) * np.exp(-1j * q) / (1 - reflection**2 * np.exp(-2j * q))
    return np.asarray(-20 * np.log10(np.abs(transmission)))


def building_entry(ghz: Value, probability: Value, kind: str = "traditional", elevation: Value = 0.0) -> Array:
    """Building entry loss not exceeded with ``probability`` (0–1, exclusive), ITU-R P.2109-2.

    ``kind`` is ``traditional`` or ``efficient`` (thermally efficient); ``elevation`` of the path in degrees.
    """
    p = np.asarray(probability, dtype=float)
    if np.any((p <= 0) | (p >= 1)):
        raise ParameterError("The probability of the building entry loss must lie between 0 and 1, exclusive.")
    c = coefficients("p2109", kind)
    lg_f = np.log10(np.asarray(ghz, dtype=float))
    horizontal = c["r"] + c["s"] * lg_f + c["t"] * lg_f**2
    mu1 = horizontal + 0.212 * np.abs(np.asarray(elevation, dtype=float))
    mu2 = c["w"] + c["x"] * lg_f
    sigma1 = c["u"] + c["v"] * lg_f
    sigma2 = c["y"] + c["z"] * lg_f
    z = ndtri(p)
    return np.asarray(
        10 * np.log10(10 ** (0.1 * (z * sigma1 + mu1)) + 10 ** (0.1 * (z * sigma2 + mu2)) + 10 ** (0.1 * -3.0))
    )


def street_canyon_los(
    metres: Value, ghz: float, tx_m: float, rx_m: float, traffic_m: float = 0.0
) -> Array:
    """Median loss along a street with sight, ITU-R P.1411-12 §4.1.

    Antenna heights in metres; above 3 GHz ``traffic_m`` (height of cars and people, 0.23–1.6 m) is taken off.
    """
    if ghz > 3.0:
        tx_m, rx_m = tx_m - traffic_m, rx_m - traffic_m
    if tx_m <= 0 or rx_m <= 0:
        raise ParameterError("Both antennas must stand above the traffic height of {height} m.", height=traffic_m)
    wavelength = _LIGHT_MM_GHZ / ghz / 1000.0
    breakpoint_m = 4 * tx_m * rx_m / wavelength
    at_breakpoint = abs(20 * np.log10(wavelength**2 / (8 * np.pi * tx_m * rx_m)))
    d = _distance(metres)
    slope = np.where(d <= breakpoint_m, 20.0, 40.0)
    return np.asarray(at_breakpoint + 6 + slope * np.log10(d / breakpoint_m))


def shadow_margin(sigma_db: float, probability: float) -> float:
    """Margin (dB) that a normal shadowing of ``sigma_db`` exceeds with ``1 − probability``."""
    return float(max(0.0, ndtri(probability) * sigma_db))
