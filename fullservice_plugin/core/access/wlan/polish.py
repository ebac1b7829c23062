# SPDX-License-Identifier: GPL-2.0-or-later
"""A layout made to meet its targets on a fine grid: access points are moved, dropped, added where nothing else helps.

Local search on counts: what a point hears changes by one column when an access point moves.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from fullservice_plugin.core.access.wlan.covering import Cover
from fullservice_plugin.core.access.wlan.setcover import Array

_STEPS = 40
"""Exchanges in a row; most layouts need a few."""


@dataclass
class _State:
    """A choice of columns and how often each point hears a first and a second signal."""

    cover: Cover
    chosen: list[int]
    first: Array
    second: Array

    def missed(self) -> tuple[int, int]:
        """Return by how many points the targets are missed, and how many points lack the first signal."""
        dark = int((self.first < 1).sum())
        weak = int((self.second < 2).sum())
        return max(0, dark - self.cover.spare) + max(0, weak - self.cover.second_spare), dark

    def without(self, column: int) -> "_State":
        return _State(self.cover, [c for c in self.chosen if c != column], self.first - self.cover.primary[:, column],
                      self.second - self.cover.second[:, column])

    def with_(self, column: int) -> "_State":
        return _State(self.cover, [*self.chosen, column], self.first + self.cover.primary[:, column],
                      self.second + self.cover.second[:, column])

    def best_column(self) -> tuple[int, tuple[int, int]]:
        """Return the column whose addition misses least, and what is then missed."""
        dark, weak = self.first < 1, self.second < 2
        left = int(dark.sum()) - self.cover.primary[dark].sum(axis=0)
        lack = (2 - self.second[weak])[:, None]
        faint = int(weak.sum()) - (self.cover.second[weak] >= lack).sum(axis=0)
        missed = np.maximum(0, left - self.cover.spare) + np.maximum(0, faint - self.cover.second_spare)
        score = missed * 1e6 + left
        score[self.chosen] = np.inf
        column = int(np.argmin(score))
        return column, (int(missed[column]), int(left[column]))


def polish(cover: Cover, chosen: list[int], least: int, seconds: float) -> list[int]:
    """Return a choice that meets the targets of ``cover`` where columns allow it, no larger than need be.

    ``least``: a number known to be enough proof that nothing smaller exists; ``seconds`` bounds the search for smaller
    ones only.
    """
    start = time.perf_counter()
    state = _met(_state(cover, chosen))
    while len(state.chosen) > least and time.perf_counter() - start < seconds:
        smaller = _smaller(state, start + seconds)
        if smaller is None:
            break
        state = smaller
    return sorted(state.chosen)


def _state(cover: Cover, chosen: list[int]) -> _State:
    columns = list(chosen)
    return _State(cover, columns, cover.primary[:, columns].sum(axis=1).astype(float),
                  cover.second[:, columns].sum(axis=1))


def _met(state: _State) -> _State:
    """Exchange, and add where no exchange helps, until the targets are met or nothing helps."""
    while state.missed()[0] > 0:
        state = _exchanged(state, np.inf)
        missed = state.missed()
        if missed[0] == 0:
            break
        column, after = state.best_column()
        if after >= missed or len(state.chosen) >= state.cover.primary.shape[1]:
            break
        state = state.with_(column)
    return state


def _exchanged(state: _State, until: float) -> _State:
    """Move one access point after the other to where least is missed."""
    for _ in range(_STEPS):
        now = state.missed()
        if now[0] == 0 or time.perf_counter() > until:
            break
        best = None
        for column in state.chosen:
            if column in state.cover.forced:
                continue
            rest = state.without(column)
            other, after = rest.best_column()
            if after < now and (best is None or after < best[0]):
                best = after, rest, other
        if best is None:
            break
        state = best[1].with_(best[2])
    return state


def _smaller(state: _State, until: float) -> "_State | None":
    """Return a choice with one access point less that meets the targets, where one is found in time."""
    free = [column for column in state.chosen if column not in state.cover.forced]
    order = sorted((state.without(column).missed(), column) for column in free)
    for _, column in order:
        if time.perf_counter() > until:
            return None
        found = _exchanged(state.without(column), until)
        if found.chosen and found.missed()[0] == 0:
            return found
    return None
