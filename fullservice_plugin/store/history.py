# SPDX-License-Identifier: GPL-2.0-or-later
"""What happened to a row: who, when, what was there before and after; an earlier version as a new one."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional

from psycopg2 import sql

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.states import MACHINES
from fullservice_plugin.store.connection import Store

#: What the database derives from the steps of a row, besides its state.
DERIVED = {
    "negotiation": ("stage_since", "evidence_missing"),
    "access_design": ("author", "submitted_at", "approver", "approved_at"),
    "intel_observation": ("verified_by",),
    "agreement_building": ("exclusive_period",),
    "attachment": ("sha256", "size_bytes", "kind", "subject_kind"),
}
RESTORED_FROM = "restored_from"


@dataclass(frozen=True)
class Entry:
    """One change: ``operation`` is I (made), U (changed), D (removed) or S (a step of a state machine).

    ``before`` and ``after`` hold the changed columns only; geometries as hexadecimal EWKB.
    """

    at: datetime
    who: str
    app: str
    operation: str
    version: Optional[int]
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)

    @property
    def restored_from(self) -> Optional[int]:
        """The version that this one brought back, if it did."""
        found = self.after.get(RESTORED_FROM)
        return int(found) if found is not None else None

    @property
    def columns(self) -> list[str]:
        """Columns that changed."""
        names = dict.fromkeys((*self.before, *self.after))
        return [name for name in names if name != RESTORED_FROM]


@dataclass(frozen=True)
class Restored:
    """What a restore did: columns that were written, and those that differ but stay (states)."""

    columns: tuple[str, ...]
    kept: tuple[str, ...]


def create(cur: Any) -> None:
    """Create the function that names the columns which a restore leaves alone, from the catalogue."""
    kept: dict[str, set[str]] = {TABLES[name].qualified: set(names) for name, names in DERIVED.items()}
    for machine in MACHINES.values():
        for name in machine.tables:
            kept.setdefault(TABLES[name].qualified, set()).add(machine.column)
    cases = sql.SQL(" ").join(sql.SQL("when {} then {}::text[]").format(sql.Literal(name), sql.Literal(sorted(columns)))
                              for name, columns in sorted(kept.items()))
    cur.execute(sql.SQL("create function fs_app.kept_columns(home text) returns text[] language sql immutable as "
                        "$$ select case home {} else array[]::text[] end $$").format(cases))
    closed = [table.qualified for table in TABLES.values() if table.append_only]
    cur.execute(sql.SQL("create function fs_app.is_mutable(home text) returns boolean language sql immutable as "
                        "$$ select home <> all ({}::text[]) $$").format(sql.Literal(closed)))
    shared = [table.qualified for table in TABLES.values() if table.shared]
    cur.execute(sql.SQL("create function fs_app.is_shared(home text) returns boolean language sql immutable as "
                        "$$ select home = any ({}::text[]) $$").format(sql.Literal(shared)))


def history(store: Store, row_id: str) -> list[Entry]:
    """All changes of a row, newest first, the steps of its state machine among them; empty for whom it is hidden."""
    rows = store.rows(
        "select at, who, app, op::text, ver, before, after from fs_app.history(%(id)s::uuid) union all "
        "select e.at, e.by, null, 'S', null, jsonb_build_object('stage', e.from_stage), jsonb_strip_nulls("
        "jsonb_build_object('stage', e.to_stage, 'reason', e.reason)) from fullservice.negotiation_event e "
        "where e.negotiation_id = %(id)s::uuid union all "
        "select e.at, e.by, null, 'S', null, jsonb_build_object('state', e.from_state), jsonb_strip_nulls("
        "jsonb_build_object('state', e.to_state, 'reason', e.reason)) from fullservice.state_event e "
        "where e.subject_id = %(id)s::uuid order by 1 desc, 5 desc nulls first", {"id": row_id})
    return [Entry(at, who, app or "", operation, version, before or {}, after or {})
            for at, who, app, operation, version, before, after in rows]


def row_at(store: Store, row_id: str, version: int) -> Optional[dict[str, Any]]:
    """The row as it was in a version; None when nobody knows."""
    found = store.value("select fs_app.row_at(%s::uuid, %s)", (row_id, version))
    return dict(found) if found is not None else None


def restore(store: Store, row_id: str, version: int, base: Optional[int]) -> Restored:
    """Make ``version`` the newest one. ``base`` is the version the decision was made on; ConflictError when it "
      "is old."""
    done = store.value("select fs_app.restore_row(%s::uuid, %s, %s)", (row_id, version, base))
    return Restored(tuple(done["restored"]), tuple(done["kept"]))
