# SPDX-License-Identifier: GPL-2.0-or-later
"""Two people changed one row: what can be kept of both, and what somebody has to decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Merge:
    """``keep``: my fields that can be saved over the stored row; ``same``: mine and theirs are equal; ``ask``: "
      "both differ.

    ``moved`` are fields of the other side that must be looked at although I did not touch them (states).
    """

    keep: tuple[str, ...]
    same: tuple[str, ...]
    ask: tuple[str, ...]
    moved: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether both changes can be kept without a question."""
        return not self.ask and not self.moved


def merge(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any],
          states: Collection[str] = ()) -> Merge:
    """Merge field by field: ``mine`` holds the fields I changed, ``base`` and ``theirs`` the row before and now.

    A field that is not in ``base`` is unknown before, so a difference is always asked about. ``states`` are
        never merged
    silently: who changed something else while the state moved decides with open eyes.
    """
    keep, same, ask = [], [], []
    for name, value in mine.items():
        stored = theirs.get(name)
        if value == stored:
            same.append(name)
        elif name in base and base[name] == stored:
            keep.append(name)
        else:
            ask.append(name)
    moved = [name for name in states if name in base and base[name] != theirs.get(name) and name not in mine]
    return Merge(tuple(keep), tuple(same), tuple(ask), tuple(moved))
