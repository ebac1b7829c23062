# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries of leads (SM-1): an estate with its worth and what may follow. Each in the caller's transaction."""

from __future__ import annotations

from typing import Any, Optional

from fullservice_plugin.store.connection import named_rows


def lead(cur: Any, estate_id: str) -> Optional[dict[str, Any]]:
    """Return an estate as a lead, with the parts of its score; None when it is gone or lies outside the branch."""
    cur.execute(
        "select e.id::text as estate_id, e.row_version as version, e.code, e.name, e.lead_state as state,"
        " e.owner_staff_id::text as owner, e.value_class, e.estate_type, o.households, o.penetration, o.arpu_month,"
        " o.months, o.entry_cost, o.score from fullservice.estate e left join fs_app.map_opportunity o on o.id = e.id"
        " where e.id = %s::uuid and not e.is_deleted",
        (estate_id,),
    )
    return next(iter(named_rows(cur)), None)


def steps(cur: Any, estate_id: str) -> list[tuple[str, bool, list[str], list[str]]]:
    """Return (state, whether it asks for a note, roles that may, missing evidence) of what may follow.

    The roles are empty where this login is one of them.
    """
    cur.execute(
        "select t.to_state, bool_or(t.needs_note), case when bool_or(fs_app.acts_as(t.role)) then array[]::text[]"
        " else array_agg(distinct t.role) end, fs_app.missing_evidence(to_jsonb(e), t.evidence)"
        " from fullservice.estate e join fs_meta.sm_transition t on t.machine = 'SM-1' and t.from_state = e.lead_state"
        " where e.id = %s::uuid and not e.is_deleted group by t.to_state, t.evidence, e.*",
        (estate_id,),
    )
    return [(state, note, list(roles), list(missing)) for state, note, roles, missing in cur.fetchall()]


def move(cur: Any, row_id: str, state: str, note: str) -> None:
    """Move the lead of an estate or building by the state machine; TransitionError says what is missing."""
    cur.execute("select fs_app.transition('SM-1', %s::uuid, %s, %s)", (row_id, state, note))
