# SPDX-License-Identifier: GPL-2.0-or-later
"""The order in which to talk: money per day of negotiation.

A building is worth what its service brings over the horizon less what its design costs, never less than nothing. A talk
wins that with its chance, after its expected days: chance × worth ÷ days is money per day. The talks of an estate go on
side by side, so their rates add up; the days told for the estate are those that its whole worth would take at that
rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LOOK_AHEAD_DAYS = 90
"""So long before a rival's exclusive right ends a building is back in the queue."""


@dataclass(frozen=True)
class Worth:
    """Per group (estate): sums over its buildings in money, the expected gain, the money per day, the days.

    ``days`` is NaN where nothing can be gained.
    """

    revenue: Floats
    cost: Floats
    value: Floats
    expected: Floats
    per_day: Floats
    days: Floats

    def order(self) -> Ints:
        """Return the groups, most money per day first; equal ones by value, then as given."""
        order: Ints = np.lexsort((np.arange(len(self.value)), -self.value, -self.per_day)).astype(np.int64)
        return order


def rank(groups: Ints, count: int, revenue: Floats, cost: Floats, chance: Floats, days: Floats,
         held: npt.NDArray[np.bool_]) -> Worth:
    """Return the worth of ``count`` groups from their buildings (arrays of one length).

    ``revenue`` and ``cost`` in money, ``chance`` 0–1, ``days`` until entry (> 0); ``held`` buildings (a rival's
    exclusive right) bring nothing today.
    """
    value = np.where(held, 0.0, np.maximum(0.0, revenue - cost))
    expected = chance * value
    per_day = expected / np.maximum(1.0, days)

    def total(values: Floats) -> Floats:
        return np.bincount(groups, weights=values, minlength=count).astype(np.float64)

    gain, rate = total(expected), total(per_day)
    with np.errstate(divide="ignore", invalid="ignore"):
        length = np.where(rate > 0, gain / rate, np.nan)
    return Worth(total(revenue), total(cost), total(value), gain, rate, length)
