# SPDX-License-Identifier: GPL-2.0-or-later
"""Batches of array work on two threads: numpy lets go of the interpreter while it computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Part = TypeVar("_Part")
_Found = TypeVar("_Found")
_THREADS = 2  # more would only multiply the scratch arrays
_FEW = 4  # batches below which a thread costs more than it brings


def in_threads(work: Callable[[_Part], _Found], parts: Sequence[_Part], few: int = _FEW) -> list[_Found]:
    """Return what ``work`` gives for each part, in their order; fewer than ``few`` parts run one after the other."""
    if len(parts) < few:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(work, parts))
