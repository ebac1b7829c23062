# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets as they are given, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable


@dataclass(frozen=True)
class TargetArea:
    """A grid with its target: ``share`` (0–1) of the households within ``shape`` (polygon, CRS of the buildings)."""

    code: str
    share: float
    shape: Any


@dataclass(frozen=True)
class TargetResult:
    """What became of a target, in households: ``asked`` = the share of all, or what is ``possible`` where less."""

    code: str
    share: float
    homes: float
    possible: float
    asked: float
    served: float

    @property
    def met(self) -> bool:
        """Whether what was asked is served."""
        return self.served >= self.asked - 1e-6


def read_targets(table: FeatureTable) -> list[TargetArea]:
    """Read polygons with the fields ``code`` and ``coverage_target`` (0–1; empty: no target).

    Raises InputError that names the feature for a share that is none or a row without area.
    """
    found = []
    shares = table.numbers("coverage_target", least=0.0)
    for key, code, share, shape in zip(table.ids, table.column("code"), shares, table.geometry):
        if share is None:
            continue
        if share > 1 or shape is None or shape.is_empty:
            raise InputError("{layer}: target {feature} needs an area and a coverage_target between 0 and 1.",
                             layer=table.name or "Targets", feature=code or key)
        found.append(TargetArea(str(code or key), float(share), shape))
    return found
