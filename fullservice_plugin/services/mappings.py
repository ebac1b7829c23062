# SPDX-License-Identifier: GPL-2.0-or-later
"""The columns of a source, chosen once and remembered by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from fullservice_plugin.core.intake import fold
from fullservice_plugin.store import mappings as queries


@dataclass(frozen=True)
class SourceMapping:
    """How a source was read last time; empty when never."""

    columns: Mapping[str, str] = field(default_factory=dict)
    datum: Optional[str] = None
    licence: Optional[str] = None


def recall(store: Any, source_name: str, kind: str) -> SourceMapping:
    """Return how the source ``source_name`` of ``kind`` (building, ledger) was read last time."""
    with store.transaction() as cur:
        found = queries.recall(cur, source_name, kind)
    return SourceMapping(found["columns"], found["datum"], found["licence"]) if found else SourceMapping()


def keep(
    store: Any,
    source_name: str,
    kind: str,
    columns: Mapping[str, str],
    datum: Optional[str] = None,
    licence: Optional[str] = None,
) -> None:
    """Remember how a source was read."""
    with store.transaction(bulk=True) as cur:
        queries.keep(cur, source_name, kind, columns, datum, licence)


def usable(remembered: Mapping[str, str], headings: Iterable[str]) -> dict[str, str]:
    """Return those remembered columns that the source still has, as it writes them now."""
    known = {fold(heading): heading for heading in headings}
    return {part: known[fold(column)] for part, column in remembered.items() if fold(column) in known}
