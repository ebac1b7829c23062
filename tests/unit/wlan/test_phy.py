# SPDX-License-Identifier: GPL-2.0-or-later
"""PHY rates against the standard's tables."""

from __future__ import annotations

import numpy as np
import pytest

from fullservice_plugin.core.access.wlan.phy import airtime, phy_rate, rate_at
from fullservice_plugin.core.errors import ParameterError

HE20 = [8.6, 17.2, 25.8, 34.4, 51.6, 68.8, 77.4, 86.0, 103.2, 114.7, 129.0, 143.4]
HE80 = [36.0, 72.1, 108.1, 144.1, 216.2, 288.2, 324.3, 360.3, 432.4, 480.4, 540.4, 600.5]
EHT320 = [144.1, 288.2, 432.4, 576.5, 864.7, 1152.9, 1297.1, 1441.2, 1729.4, 1921.6, 2161.8, 2402.0, 2594.1, 2882.4]
VHT80 = [32.5, 65, 97.5, 130, 195, 260, 292.5, 325, 390, 433.3]


@pytest.mark.parametrize(
    ("standard", "width", "rates"), [("he", 20, HE20), ("he", 80, HE80), ("eht", 320, EHT320), ("vht", 80, VHT80)]
)
def test_rates(standard, width, rates) -> None:
    for mcs, rate in enumerate(rates):
        assert abs(phy_rate(standard, width, mcs) - rate) <= 0.1


def test_anchors_and_impossible_combinations() -> None:
    assert phy_rate("he", 80, 11, 2) == pytest.approx(1201.0, abs=0.1)
    for wrong in (("vht", 20, 9, 1), ("he", 320, 0, 1), ("he", 20, 12, 1), ("xx", 20, 0, 1), ("he", 20, 0, 9)):
        with pytest.raises(ParameterError):
            phy_rate(*wrong)


def test_rate_by_signal() -> None:
    rates = rate_at(np.array([-90.0, -82.0, -67.0, -52.0, -30.0]), 20, 1)
    assert rates == pytest.approx([0, 8.6, 51.6, 143.4, 143.4], abs=0.1)
    assert np.all(np.diff(rate_at(np.linspace(-95, -30, 200), 80, 2)) >= 0)
    assert float(airtime(10.0, 100.0, 0.5)) == pytest.approx(0.2)
    assert np.isinf(airtime(10.0, 0.0, 0.5))
