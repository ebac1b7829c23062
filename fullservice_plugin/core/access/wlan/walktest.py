# SPDX-License-Identifier: GPL-2.0-or-later
"""Predicted against measured signal: bias, RMSE, and a calibration per building proven on points it has not seen.

A building's loss is corrected to offset + slope × predicted loss. Both are drawn towards the correction of all
buildings together, and that towards none, the more the fewer points there are (ridge regression). What is told of its
worth comes from points left out by places: neighbouring points share their shadow and would flatter it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np
from numpy.typing import NDArray

from fullservice_plugin.core.access.wlan.setcover import Array

Ints = NDArray[np.int64]
CENSORED_DBM = -90.0
"""Weaker readings are cut off by the receiver: they tell that the signal is weak, not how weak."""
_FOLDS = 5
_PLACE_M = 5.0
_PRIOR_OFFSET, _PRIOR_SLOPE = 6.0, 0.15  # how far buildings differ (dB, share), standard deviations
_NOISE_DB = 8.0  # of one reading
_LEAST = 8  # readings from which a building is calibrated


@dataclass(frozen=True)
class Correction:
    """loss = ``offset_db`` + ``slope`` × predicted loss; ``rmse_db``: of points left out, with it; ``points`` used."""

    offset_db: float
    slope: float
    rmse_db: float
    points: int


@dataclass(frozen=True)
class Fit:
    """All readings together: ``bias_db`` (measured − predicted) and ``rmse_db``; corrections by building.

    ``held_out_db``: RMSE of points left out, without and with the correction; None where there are too few.
    """

    bias_db: float
    rmse_db: float
    held_out_db: Optional[tuple[float, float]]
    corrections: dict[str, Correction]
    used: int
    censored: int


def calibrate(
    buildings: Sequence[str], places: Array, loss: Array, measured: Array, rssi: Array
) -> Fit:
    """Compare and calibrate.

    ``buildings`` and ``places`` (n × 2, metres) of the readings; ``loss`` predicted and ``measured`` = EIRP − reading,
    dB; ``rssi`` the reading, dBm. Readings below −90 dBm take no part.
    """
    kept = np.isfinite(loss) & np.isfinite(measured) & (rssi > CENSORED_DBM)
    censored = int((rssi <= CENSORED_DBM).sum())
    names = np.asarray(list(buildings), dtype=object)[kept]
    loss, measured, places = loss[kept], measured[kept], places[kept]
    if not len(loss):
        return Fit(0.0, 0.0, None, {}, 0, censored)
    left = loss - measured  # signal measured − predicted
    folds = _folds(places)
    corrections: dict[str, Correction] = {}
    before, after = [], []
    for name in sorted(set(names.tolist())):
        mine = names == name
        if int(mine.sum()) < _LEAST:
            continue
        errors = np.full(len(loss), np.nan)
        for fold in np.unique(folds[mine]).tolist():
            test = mine & (folds == fold)
            offset, slope = _solve(loss, measured, names, name, folds != fold)
            errors[test] = measured[test] - offset - slope * loss[test]
        offset, slope = _solve(loss, measured, names, name, np.ones(len(loss), dtype=bool))
        before.append(left[mine])
        after.append(errors[mine])
        corrections[name] = Correction(offset, slope, _rms(errors[mine]), int(mine.sum()))
    held = (_rms(np.concatenate(before)), _rms(np.concatenate(after))) if before else None
    return Fit(float(left.mean()), _rms(left), held, corrections, len(loss), censored)


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _folds(places: Array) -> Ints:
    """Number readings so that those of one place fall into one fold; the same every time."""
    cells = np.floor(places / _PLACE_M).astype(np.int64)
    return np.asarray((cells[:, 0] * 73_856_093 ^ cells[:, 1] * 19_349_663) % _FOLDS)


def _solve(loss: Array, measured: Array, names: Array, name: str, train: NDArray[np.bool_]) -> tuple[float, float]:
    """Return offset and slope of one building: those of all others as the expectation, its own readings as evidence."""
    others = train & (names != name)
    expected = _ridge(loss[others], measured[others], (0.0, 1.0))
    mine = train & (names == name)
    return _ridge(loss[mine], measured[mine], expected)


def _ridge(loss: Array, measured: Array, expected: tuple[float, float]) -> tuple[float, float]:
    """Least squares of offset and slope around a middle loss, drawn towards what is expected."""
    middle = 75.0  # dB, so that offset and slope do not stand for each other
    if not len(loss):
        return expected
    at = expected[0] + expected[1] * middle
    design = np.column_stack((np.ones(len(loss)), loss - middle))
    weight = np.diag([(_NOISE_DB / _PRIOR_OFFSET) ** 2, (_NOISE_DB / _PRIOR_SLOPE) ** 2])
    prior = np.array([at, expected[1]])
    level, slope = np.linalg.solve(design.T @ design + weight, design.T @ measured + weight @ prior)
    return float(level - slope * middle), float(slope)
