# SPDX-License-Identifier: GPL-2.0-or-later
"""WGS-84, GCJ-02 and BD-09 coordinates, converted exactly enough to go back and forth.

GCJ-02 is the published transformation on the Krasovsky ellipsoid (a = 6378245 m); with that radius the
known vectors are met to the last digit. It is applied inside mainland China only (Hong Kong, Macao and
Taiwan excluded, see :mod:`fullservice_plugin.core.discovery.mainland`); outside, all three datums are the
same coordinates. Longitudes and latitudes are degrees, as arrays of any equal shape.
"""

from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.mainland import in_mainland
from fullservice_plugin.core.errors import ParameterError

DATUMS = ("wgs84", "gcj02", "bd09")

_AXIS = 6378245.0  # m, Krasovsky 1940 semi-major axis
_ECCENTRICITY2 = 0.00669342162296594323  # first eccentricity squared, Krasovsky 1940
_BD_SCALE = 3000.0 * math.pi / 180.0  # angular frequency of Baidu's ripple, per degree
_BD_LON, _BD_LAT = 0.0065, 0.006  # degrees, Baidu's constant offset
_ITERATIONS = 6  # fixed point: 4 give 1.5e-11°, 6 give 3e-14°


def _offset(lon: Array, lat: Array) -> tuple[Array, Array]:
    """Return the GCJ-02 offset (degrees east, degrees north) at a WGS-84 position."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    pi = math.pi
    ripple = (20.0 * np.sin(6.0 * pi * x) + 20.0 * np.sin(2.0 * pi * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north = north + (20.0 * np.sin(pi * y) + 40.0 * np.sin(pi / 3.0 * y)) * 2.0 / 3.0
    north = north + (160.0 * np.sin(pi / 12.0 * y) + 320.0 * np.sin(pi / 30.0 * y)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east = east + (20.0 * np.sin(pi * x) + 40.0 * np.sin(pi / 3.0 * x)) * 2.0 / 3.0
    east = east + (150.0 * np.sin(pi / 12.0 * x) + 300.0 * np.sin(pi / 30.0 * x)) * 2.0 / 3.0
    radians = lat / 180.0 * pi
    magic = 1.0 - _ECCENTRICITY2 * np.sin(radians) ** 2
    root_magic = np.sqrt(magic)
    north = north * 180.0 / ((_AXIS * (1.0 - _ECCENTRICITY2)) / (magic * root_magic) * pi)
    east = east * 180.0 / (_AXIS / root_magic * np.cos(radians) * pi)
    return east, north


def _arrays(lon: Any, lat: Any) -> tuple[Array, Array]:
    return np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)


def wgs84_to_gcj02(lon: Any, lat: Any) -> tuple[Array, Array]:
    """Return GCJ-02 (lon, lat) in degrees for WGS-84 positions; identity outside mainland China."""
    x, y = _arrays(lon, lat)
    inside = in_mainland(x, y)
    east, north = _offset(x, y)
    return np.where(inside, x + east, x), np.where(inside, y + north, y)


def gcj02_to_wgs84(lon: Any, lat: Any) -> tuple[Array, Array]:
    """Return WGS-84 (lon, lat) in degrees for GCJ-02 positions, by fixed-point iteration (≤ 1e-12°)."""
    x, y = _arrays(lon, lat)
    guess_x, guess_y = x, y
    for _ in range(_ITERATIONS):
        east, north = _offset(guess_x, guess_y)
        guess_x, guess_y = x - east, y - north
    inside = in_mainland(guess_x, guess_y)
    return np.where(inside, guess_x, x), np.where(inside, guess_y, y)


def _to_baidu(x: Array, y: Array) -> tuple[Array, Array]:
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_SCALE)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_SCALE)
    return radius * np.cos(angle) + _BD_LON, radius * np.sin(angle) + _BD_LAT


def gcj02_to_bd09(lon: Any, lat: Any) -> tuple[Array, Array]:
    """Return BD-09 (lon, lat) in degrees for GCJ-02 positions; identity outside mainland China."""
    x, y = _arrays(lon, lat)
    inside = in_mainland(*gcj02_to_wgs84(x, y))
    bx, by = _to_baidu(x, y)
    return np.where(inside, bx, x), np.where(inside, by, y)


def bd09_to_gcj02(lon: Any, lat: Any) -> tuple[Array, Array]:
    """Return GCJ-02 (lon, lat) in degrees for BD-09 positions, by fixed-point iteration (≤ 1e-12°)."""
    x, y = _arrays(lon, lat)
    guess_x, guess_y = x - _BD_LON, y - _BD_LAT
    for _ in range(_ITERATIONS):
        bx, by = _to_baidu(guess_x, guess_y)
        guess_x, guess_y = guess_x + (x - bx), guess_y + (y - by)
    inside = in_mainland(*gcj02_to_wgs84(guess_x, guess_y))
    return np.where(inside, guess_x, x), np.where(inside, guess_y, y)


_Step = Callable[[Any, Any], "tuple[Array, Array]"]
_UP: tuple[_Step, ...] = (wgs84_to_gcj02, gcj02_to_bd09)
_DOWN: tuple[_Step, ...] = (gcj02_to_wgs84, bd09_to_gcj02)


def convert(lon: Any, lat: Any, source: str, target: str) -> tuple[Array, Array]:
    """Return (lon, lat) in degrees of datum ``target`` for positions of datum ``source``.

    Datums are ``wgs84``, ``gcj02``, ``bd09``; another word raises ParameterError.
    """
    for datum in (source, target):
        if datum not in DATUMS:
            raise ParameterError("Unknown datum {datum}. Choose one of wgs84, gcj02, bd09.", datum=datum)
    here, there = DATUMS.index(source), DATUMS.index(target)
    x, y = _arrays(lon, lat)
    while here < there:
        x, y = _UP[here](x, y)
        here += 1
    while here > there:
        here -= 1
        x, y = _DOWN[here](x, y)
    return x, y
