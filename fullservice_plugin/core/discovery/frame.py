# SPDX-License-Identifier: GPL-2.0-or-later
"""A local metric frame: transverse Mercator on WGS-84 by Krüger's series, on arrays.

The same plane as PROJ's ``+proj=tmerc +k=1`` with the same centre (to less than a millimetre within
1000 km), for places where many small geometries must be moved and no QGIS is at hand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
from shapely.ops import transform

from fullservice_plugin.core.discovery.arrays import Array

_A, _F = 6378137.0, 1.0 / 298.257223563  # WGS-84
_N = _F / (2.0 - _F)
_RADIUS = _A / (1.0 + _N) * (1.0 + _N**2 / 4.0 + _N**4 / 64.0)
_ALPHA = (  # Krüger 1912, to the fourth order of the third flattening
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16 + 41 * _N**4 / 180,
    13 * _N**2 / 48 - 3 * _N**3 / 5 + 557 * _N**4 / 1440,
    61 * _N**3 / 240 - 103 * _N**4 / 140,
    49561 * _N**4 / 161280,
)
_BETA = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161280,
)
_E = math.sqrt(_F * (2.0 - _F))


@dataclass(frozen=True)
class LocalFrame:
    """Metres east and north of a centre given in WGS-84 degrees."""

    lon: float
    lat: float

    @classmethod
    def around(cls, west: float, south: float, east: float, north: float) -> "LocalFrame":
        """Return the frame of an extent in degrees; the centre is rounded to 0.001°."""
        return cls(round((west + east) / 2.0, 3), round((south + north) / 2.0, 3))

    def to_metres(self, lon: Any, lat: Any, _z: Optional[Any] = None) -> tuple[Array, Array]:
        """Return (x, y) in metres for WGS-84 degrees."""
        x, y = _forward(np.radians(np.asarray(lon, dtype=float) - self.lon), np.radians(np.asarray(lat, dtype=float)))
        return x, y - self._base()

    def to_degrees(self, x: Any, y: Any, _z: Optional[Any] = None) -> tuple[Array, Array]:
        """Return (lon, lat) in WGS-84 degrees for metres."""
        eta, xi = np.asarray(x, dtype=float) / _RADIUS, (np.asarray(y, dtype=float) + self._base()) / _RADIUS
        e, n = eta, xi
        for k, beta in enumerate(_BETA, start=1):
            n = n - beta * np.sin(2 * k * xi) * np.cosh(2 * k * eta)
            e = e - beta * np.cos(2 * k * xi) * np.sinh(2 * k * eta)
        tau = np.sin(n) / np.hypot(np.sinh(e), np.cos(n))
        goal = tau
        for _ in range(4):  # from conformal to geographic latitude, Newton (Karney 2011, eq. 19–21)
            sigma = np.sinh(_E * np.arctanh(_E * tau / np.hypot(1.0, tau)))
            here = tau * np.hypot(1.0, sigma) - sigma * np.hypot(1.0, tau)
            slope = (np.hypot(1.0, here) * np.hypot(1.0, tau)) * (1.0 - _E**2) / (1.0 + (1.0 - _E**2) * tau**2)
            tau = tau + (goal - here) / slope
        return np.degrees(np.arctan2(np.sinh(e), np.cos(n))) + self.lon, np.degrees(np.arctan(tau))

    def geometry(self, shape: Any) -> Any:
        """Return a shapely geometry in degrees as metres."""
        return transform(self.to_metres, shape)

    def degrees(self, shape: Any) -> Any:
        """Return a shapely geometry in metres as degrees."""
        return transform(self.to_degrees, shape)

    def _base(self) -> float:
        return float(_forward(np.zeros(1), np.array([math.radians(self.lat)]))[1][0])


def _forward(east: Array, phi: Array) -> tuple[Array, Array]:
    sine = np.sin(phi)
    tau = np.sinh(np.arctanh(sine) - _E * np.arctanh(_E * sine))
    xi, eta = np.arctan2(tau, np.cos(east)), np.arctanh(np.sin(east) / np.hypot(1.0, tau))
    n, e = xi, eta
    for k, alpha in enumerate(_ALPHA, start=1):
        n = n + alpha * np.sin(2 * k * xi) * np.cosh(2 * k * eta)
        e = e + alpha * np.cos(2 * k * xi) * np.sinh(2 * k * eta)
    return _RADIUS * e, _RADIUS * n
