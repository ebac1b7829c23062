# SPDX-License-Identifier: GPL-2.0-or-later
"""What support needs to know of a store, and the people whose names must not leave the house with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from fullservice_plugin.store import support as ask
from fullservice_plugin.store.connection import Store


@dataclass(frozen=True)
class StoreFacts:
    """Versions and sizes of a store as (name, value), and names and logins of its people for the scrubbing."""

    facts: list[tuple[str, str]] = field(default_factory=list)
    people: list[str] = field(default_factory=list)


def store_facts(store: Store) -> StoreFacts:
    """Return versions of PostgreSQL, PostGIS and the store, the login's role and rows per table (estimates)."""
    return StoreFacts(ask.facts(store), ask.people(store))
