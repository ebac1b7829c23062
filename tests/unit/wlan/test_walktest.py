# SPDX-License-Identifier: GPL-2.0-or-later
"""Predicted against measured: known biases are found, corrections hold on points left out, weak readings cut off."""

from __future__ import annotations

import numpy as np
import pytest

from fullservice_plugin.core.access.wlan.walktest import CENSORED_DBM, calibrate


def readings(seed: int, truth: dict[str, tuple[float, float]], count: int = 80, noise: float = 5.0):
    random = np.random.default_rng(seed)
    names, places, loss, measured = [], [], [], []
    for name, (offset, slope) in truth.items():
        here = random.uniform(0, 50, (count, 2))
        model = random.uniform(50, 95, count)
        names += [name] * count
        places.append(here)
        loss.append(model)
        measured.append(offset + slope * model + random.normal(0, noise, count))
    loss, measured = np.concatenate(loss), np.concatenate(measured)
    return names, np.concatenate(places), loss, measured, 20.0 - measured


@pytest.mark.parametrize("seed", range(5))
def test_offsets_are_found_and_help_on_points_left_out(seed: int) -> None:
    truth = {"a": (8.0, 1.0), "b": (-6.0, 1.0), "c": (-12.0, 1.2)}
    fit = calibrate(*readings(seed, truth))
    for name, (offset, slope) in truth.items():
        found = fit.corrections[name]
        assert found.offset_db + found.slope * 75 == pytest.approx(offset + slope * 75, abs=2.5)
        assert found.rmse_db == pytest.approx(5.0, abs=1.2)
    assert fit.held_out_db is not None and fit.held_out_db[1] < fit.held_out_db[0] - 1


def test_a_right_model_is_left_alone() -> None:
    fit = calibrate(*readings(3, {"a": (0.0, 1.0)}, 200))
    assert abs(fit.bias_db) < 1.2 and fit.rmse_db == pytest.approx(5.0, abs=0.6)
    assert fit.corrections["a"].slope == pytest.approx(1.0, abs=0.1)
    assert fit.held_out_db is not None and fit.held_out_db[1] <= fit.held_out_db[0] + 0.2


def test_bias_and_rmse_by_hand() -> None:
    loss, measured = np.array([60.0, 70.0]), np.array([63.0, 71.0])
    fit = calibrate(["a", "a"], np.zeros((2, 2)), loss, measured, 20 - measured)
    assert fit.bias_db == pytest.approx(-2.0) and fit.rmse_db == pytest.approx(np.sqrt(5.0))
    assert fit.corrections == {} and fit.held_out_db is None and fit.used == 2


def test_weak_readings_take_no_part() -> None:
    names, places, loss, measured, rssi = readings(1, {"a": (0.0, 1.0)}, 50)
    weak = 20
    rssi[:weak] = CENSORED_DBM - 1
    measured[:weak] = 500.0
    fit = calibrate(names, places, loss, measured, rssi)
    assert fit.used == 30 and fit.censored == weak and abs(fit.bias_db) < 4


def test_nothing_measured() -> None:
    fit = calibrate([], np.zeros((0, 2)), np.zeros(0), np.zeros(0), np.zeros(0))
    assert fit.used == 0 and fit.corrections == {} and fit.held_out_db is None
