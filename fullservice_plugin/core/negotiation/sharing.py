# SPDX-License-Identifier: GPL-2.0-or-later
"""Work shared among people so that nobody carries much more than others.

Longest processing time first (Graham 1969, Bounds on multiprocessing timing anomalies): the heaviest piece goes to
whoever carries least. The heaviest load is at most 4/3 of the best possible where all start empty.
"""

from __future__ import annotations

import heapq
from typing import Mapping, Sequence


def share(pieces: Sequence[tuple[str, float]], people: Mapping[str, float]) -> dict[str, str]:
    """Return piece → person. ``pieces`` are (key, weight ≥ 0), ``people`` the loads that they carry already.

    The same input gives the same answer: equal weights go by key, equal loads by name.
    """
    heap = [(load, name) for name, load in people.items()]
    heapq.heapify(heap)
    given: dict[str, str] = {}
    for key, weight in sorted(pieces, key=lambda piece: (-piece[1], piece[0])):
        load, name = heapq.heappop(heap)
        given[key] = name
        heapq.heappush(heap, (load + weight, name))
    return given
