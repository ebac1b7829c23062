# SPDX-License-Identifier: GPL-2.0-or-later
"""How access points of a building disturb each other: for the choice of channels, and what is left of the signal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np
from numpy.typing import NDArray

from fullservice_plugin.core.access.wlan.floor import path_loss
from fullservice_plugin.core.access.wlan.outline import Frame, Outline
from fullservice_plugin.core.access.wlan.setcover import Array
from fullservice_plugin.core.access.wlan.settings import HEARD_DBM, Settings, UseModel
from fullservice_plugin.core.access.wlan.walls import crossed_db

FLOORS_APART = 3
"""Through this many slabs nothing is heard any more."""
FAINT = 0.02
"""Weight of a signal that only raises the noise, per 10 dB above it: one that shares airtime weighs 1 per 10 dB."""
_POINTS = 200
"""Places of a floor where the ratio of signal and noise is looked at."""


@dataclass(frozen=True)
class Storey:
    """A floor with its access points: ``points`` (n × 2, own axes) and ``eirp`` (n, dBm)."""

    number: int
    frame: Frame
    outline: Outline
    use: UseModel
    points: Array
    eirp: Array


def couplings(storeys: Sequence[Storey], settings: Settings) -> tuple[Array, Array]:
    """Return two symmetric matrices over all access points, floor after floor: strong and faint disturbance.

    Strong: 10 dB above the level at which 802.11 shares airtime weigh 1. Faint: what only adds to the noise.
    """
    starts = np.concatenate(([0], np.cumsum([len(s.points) for s in storeys])))
    strong, faint = np.zeros((2, int(starts[-1]), int(starts[-1])))
    for i, one in enumerate(storeys):
        for j in range(i, min(i + FLOORS_APART, len(storeys))):
            there = storeys[j]
            sent = np.maximum(one.eirp[:, None], there.eirp[None, :])
            heard = sent - _loss(one.points, one, there, settings)
            block = np.maximum(0.0, heard - HEARD_DBM) / 10.0
            weak = FAINT * np.log10(1.0 + 10 ** ((heard - settings.noise_dbm) / 10.0))
            for matrix, values in ((strong, block), (faint, weak)):
                matrix[starts[i]:starts[i + 1], starts[j]:starts[j + 1]] = values
                matrix[starts[j]:starts[j + 1], starts[i]:starts[i + 1]] = values.T
    np.fill_diagonal(strong, 0.0)
    np.fill_diagonal(faint, 0.0)
    return strong, faint


def quiet_shares(
    storeys: Sequence[Storey], channels: NDArray[np.int64], strong: Array, settings: Settings
) -> list[float]:
    """Return per floor the share (0–1) of places with the wanted signal to noise, medians of both.

    Noise is the rule's and every access point on the serving one's channel that it does not take turns with.
    """
    ends = np.cumsum([len(s.points) for s in storeys])
    floor_of = np.repeat(np.arange(len(storeys)), [len(s.points) for s in storeys])
    found = []
    for i, storey in enumerate(storeys):
        near = np.flatnonzero(np.abs(floor_of - i) < FLOORS_APART)
        outline = storey.outline
        places = outline.grid(max(0.5, (outline.area / _POINTS) ** 0.5))
        level = np.concatenate([
            other.eirp[None, :] - _loss(places, storey, other, settings)
            for other in storeys[max(0, i - FLOORS_APART + 1):i + FLOORS_APART]], axis=1) - settings.client_loss_db
        first = int(ends[i] - len(storey.points) - near[0])
        own = level[:, first:first + len(storey.points)]
        found.append(float((_ratio(level, own, first, channels[near], strong[np.ix_(near, near)], settings)
                            >= settings.snr_db).mean()))
    return found


def shared_airtime(
    storeys: Sequence[Storey], loads: Sequence[Array], channels: NDArray[np.int64], strong: Array
) -> list[float]:
    """Return per floor the airtime (0–1) of its busiest access point: its own and that of all it takes turns with."""
    turns = (channels[:, None] == channels[None, :]) & (strong > 0)
    own = np.concatenate(loads)
    busy = own + turns @ own
    ends = np.cumsum([len(s.points) for s in storeys])
    return [float(busy[end - len(s.points):end].max(initial=0.0)) for s, end in zip(storeys, ends)]


def _ratio(
    level: Array, own: Array, first: int, channels: NDArray[np.int64], strong: Array, settings: Settings
) -> Array:
    every = np.arange(len(level))
    serving = first + np.argmax(own, axis=1)
    disturbs = (channels[None, :] == channels[serving][:, None]) & (strong[serving] <= 0)
    disturbs[every, serving] = False
    noise = 10 ** (settings.noise_dbm / 10.0) + np.where(disturbs, 10 ** (level / 10.0), 0.0).sum(axis=1)
    return np.asarray(level[every, serving] - 10 * np.log10(noise))


def _loss(points: Array, here: Storey, there: Storey, settings: Settings) -> Array:
    """Return the loss from points of one floor (own axes) to the access points of another, walls of the first."""
    other = there.points
    if there.frame != here.frame:
        other = here.frame.to_own(there.frame.to_map(other))
    walls: Optional[Array] = None
    if len(here.outline.walls):
        walls = crossed_db(points, other, here.outline.walls)
    return path_loss(points, other, here.use, settings, abs(there.number - here.number), walls)
