# SPDX-License-Identifier: GPL-2.0-or-later
"""The building or estate that somebody means."""

from __future__ import annotations

from dataclasses import dataclass

from fullservice_plugin.services.picked import Picked


@dataclass(frozen=True)
class Chosen:
    """A place: ``kind`` building or estate, its id and what people call it."""

    kind: str
    id: str
    name: str


def chosen_of(row: Picked) -> Chosen:
    """Return the place that a row is: a building by its number, before its name."""
    return Chosen(row.table, row.id, row.number or row.called)
