# SPDX-License-Identifier: GPL-2.0-or-later
"""Check values of the propagation formulas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fullservice_plugin.core.access.wlan import propagation as p
from fullservice_plugin.core.access.wlan.tables import coefficients, verified
from fullservice_plugin.core.errors import ParameterError

BANDS = np.array([2.4, 5.5, 6.2])

CASES = [
    ("free space 10 m", lambda f: p.free_space(10, f), (60.05, 67.26, 68.30)),
    ("office LoS 10 m", lambda f: p.site_general(10, f, "office_los"), (56.94, 64.25, 65.31)),
    ("office NLoS 10 m", lambda f: p.site_general(10, f, "office_nlos"), (63.18, 71.75, 72.99)),
    ("office NLoS 20 m", lambda f: p.site_general(20, f, "office_nlos"), (70.58, 79.16, 80.39)),
    ("corridor LoS 20 m", lambda f: p.site_general(20, f, "corridor_los"), (57.88, 65.98, 67.16)),
    ("corridor NLoS 20 m", lambda f: p.site_general(20, f, "corridor_nlos"), (74.74, 83.67, 84.96)),
    ("TGax enterprise 20 m", lambda f: p.tgax(20, f, "enterprise"), (70.59, 77.79, 78.83)),
    ("TGax enterprise F1 W2", lambda f: p.tgax(20, f, "enterprise", 1, 2), (102.89, 110.09, 111.13)),
    ("TGax residential F1 W2", lambda f: p.tgax(10, f, "residential", 1, 2), (92.87, 100.07, 101.11)),
    ("P.2109 50 % traditional", lambda f: p.building_entry(f, 0.5), (15.187, 16.480, 16.702)),
    ("P.2109 50 % efficient", lambda f: p.building_entry(f, 0.5, "efficient"), (30.570, 31.820, 32.188)),
    ("P.2109 90 % traditional", lambda f: p.building_entry(f, 0.9), (27.618, 30.173, 30.569)),
    ("P.2109 90 % efficient", lambda f: p.building_entry(f, 0.9, "efficient"), (47.869, 51.636, 52.385)),
    ("street LoS 50 m", lambda f: p.site_general(50, f, "los_street", "p1411_site"), (73.24, 80.84, 81.94)),
    ("high-rise 50 m", lambda f: p.site_general(50, f, "nlos_highrise", "p1411_site"), (87.13, 95.63, 96.86)),
    ("residential 50 m", lambda f: p.site_general(50, f, "nlos_residential", "p1411_site"), (77.81, 85.26, 86.34)),
    ("concrete 100 mm", lambda f: p.slab("concrete", f, 0.1), (8.10, 14.03, 15.25)),
    ("concrete 150 mm", lambda f: p.slab("concrete", f, 0.15), (11.40, 20.24, 22.07)),
    ("concrete 200 mm", lambda f: p.slab("concrete", f, 0.2), (14.57, 26.48, 28.94)),
    ("brick 120 mm", lambda f: p.slab("brick", f, 0.12), (3.53, 4.21, 3.97)),
    ("brick 240 mm", lambda f: p.slab("brick", f, 0.24), (6.63, 7.39, 7.46)),
    ("multi-wall", lambda f: p.multi_wall(15, f, 2 * 3.4 + 6.9, 1), (95.58, 102.78, 103.82)),
]


@pytest.mark.parametrize(("name", "formula", "expected"), CASES, ids=[case[0] for case in CASES])
def test_reference_values(name, formula, expected) -> None:
    assert np.max(np.abs(formula(BANDS) - np.array(expected))) <= 0.01, name


def test_single_reference_values() -> None:
    assert float(p.through_floors(10, 2.4, 1, "office_2.4")) == pytest.approx(83.60, abs=0.01)
    assert float(p.through_floors(10, 2.4, 1, "apartment_2.4")) == pytest.approx(77.60, abs=0.01)
    assert float(p.through_floors(10, 5.2, 1, "office_5.2")) == pytest.approx(93.32, abs=0.01)
    assert float(p.street_canyon_los(50, 2.4, 4, 1.5)) == pytest.approx(74.01, abs=0.01)
    assert float(p.street_canyon_los(50, 5.5, 4, 1.5, 0.5)) == pytest.approx(81.21, abs=0.01)
    assert float(p.slab("plasterboard", 5.5, 0.0125)) == pytest.approx(1.01, abs=0.01)


def test_building_entry_equals_the_reference_rows(shared_data: Path) -> None:
    path = shared_data / "wlan" / "itur_p2109" / "p2109_validation_subset.csv"
    if not path.exists():
        pytest.skip("reference rows of P.2109 are not here")
    rows = np.loadtxt(path, delimiter=",", skiprows=1)
    for code, kind in ((1, "traditional"), (2, "efficient")):
        part = rows[rows[:, 2] == code]
        ours = p.building_entry(part[:, 0], part[:, 1] / 100, kind, part[:, 3])
        assert len(part) > 1000 and np.max(np.abs(ours - part[:, 4])) <= 1e-6


def test_loss_grows_with_distance_and_never_beats_one_metre() -> None:
    d = np.linspace(0, 100, 400)
    for loss in (p.free_space(d, 5.5), p.site_general(d, 5.5, "office_nlos"), p.tgax(d, 5.5, "residential")):
        assert np.all(np.diff(loss) >= 0)


def test_margin_and_errors() -> None:
    assert p.shadow_margin(5.04, 0.9) == pytest.approx(6.459, abs=0.001)
    assert p.shadow_margin(5.04, 0.4) == 0
    with pytest.raises(ParameterError):
        p.building_entry(5.5, 1.0)
    with pytest.raises(ParameterError):
        coefficients("p2040", "marmalade")
    with pytest.raises(ParameterError):
        p.street_canyon_los(50, 5.5, 4, 0.4, 0.5)
    assert verified("p2109") and not verified("tgax") and not verified("p1238_floor", "house_5.2")
