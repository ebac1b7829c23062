# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries of the review: designs with what may be done to them, decisions, locks and overrides, reviews."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from fullservice_plugin.store.connection import Store

Row = dict[str, Any]


def designs(store: Store) -> list[Row]:
    """Return the newest design of every estate and scenario, the ones that wait for somebody first.

    One that is under review or approved is not hidden by a later draft, which may be about other buildings: that of an
    estate merged into this one.
    """
    return store.dicts(
        """
        with newest as (
            select distinct on (d.estate_id, p.scenario, k.kind) d.*, p.code as plan, p.scenario, p.currency, k.kind,
                max(d.version_no) over (partition by d.estate_id, p.scenario) as latest
            from fullservice.access_design d join fullservice.plan p on p.id = d.plan_id
            cross join lateral fs_app.design_kind(d.state) as k (kind)
            where not d.is_deleted and not p.is_deleted
            order by d.estate_id, p.scenario, k.kind, d.version_no desc)
        select n.id::text, n.plan, n.scenario, n.version_no, n.state, n.cost_total, n.homes_served, n.author, n.note,
            n.author = session_user::text as mine, n.currency, e.code as estate, coalesce(e.name, e.code) as name
        from newest n join fullservice.estate e on e.id = n.estate_id
        where (n.kind <> 'other' or n.version_no = n.latest)
            and not (e.is_deleted and n.state in ('rejected', 'superseded'))
        order by array_position(array['in_review', 'submitted', 'returned', 'draft'], n.state) nulls last, e.code
        """
    )


def steps(store: Store, design: str) -> set[str]:
    """Return the states to which this login may move a design now, evidence and second pair of eyes not considered."""
    rows = store.rows(
        "select distinct t.to_state from fs_meta.sm_transition t join fullservice.access_design d on d.id = %s "
        "where t.machine = 'SM-3' and t.from_state = d.state and fs_app.acts_as(t.role)",
        (design,),
    )
    return {state for (state,) in rows}


def versions(store: Store, design: str) -> list[Row]:
    """Return the other designs of a design's estate, the newest first."""
    return store.dicts(
        """
        select o.id::text, p.code as plan, p.scenario, o.version_no, o.state, o.cost_total, p.currency
        from fullservice.access_design d
        join fullservice.access_design o on o.estate_id = d.estate_id and o.id <> d.id and not o.is_deleted
        join fullservice.plan p on p.id = o.plan_id and not p.is_deleted
        where d.id = %s order by o.version_no desc, p.scenario
        """,
        (design,),
    )


def decisions(store: Store, design: str) -> list[Row]:
    """Return the decisions of a design with building, households and box (west, south, east, north)."""
    return store.dicts(
        """
        select c.id::text, b.code, coalesce(b.number, b.name, b.code) as name, b.households, c.method, c.runner_up,
            c.cost, c.revenue, c.cost_delta, c.constraint_code, c.reason_zh, c.reason_en, c.locked, c.override_note,
            c.permission_value, ST_XMin(g) as west, ST_YMin(g) as south, ST_XMax(g) as east, ST_YMax(g) as north
        from fullservice.access_decision c join fullservice.building b on b.id = c.building_id
        cross join lateral (select coalesce(b.geom, b.entry_point) as g) place
        where c.design_id = %s and not c.is_deleted order by b.code
        """,
        (design,),
    )


def keep(cur: Any, ids: Sequence[str], note: str) -> int:
    """Lock decisions as they are; returns how many."""
    cur.execute(
        "update fullservice.access_decision set locked = true, override_note = %s, edit_base = row_version "
        "where id = any(%s::uuid[]) and not is_deleted",
        (note, list(ids)),
    )
    return int(cur.rowcount)


def release(cur: Any, ids: Sequence[str]) -> int:
    """Let go of decisions kept by hand; returns how many."""
    cur.execute(
        "update fullservice.access_decision set locked = false, override_note = null, edit_base = row_version "
        "where id = any(%s::uuid[]) and override_note is not null and not is_deleted",
        (list(ids),),
    )
    return int(cur.rowcount)


def override(cur: Any, decision: str, method: str, note: str, english: str, chinese: str) -> int:
    """Change the method of one decision by hand; what it was before becomes the runner-up."""
    cur.execute(
        "update fullservice.access_decision set runner_up = case when method <> %(method)s then method else runner_up "
        "end, cost_delta = case when method <> %(method)s then null else cost_delta end, method = %(method)s, "
        "locked = true, override_note = %(note)s, constraint_code = 'locked', reason_en = %(english)s, "
        "reason_zh = %(chinese)s, edit_base = row_version where id = %(id)s and not is_deleted",
        {"id": decision, "method": method, "note": note, "english": english, "chinese": chinese},
    )
    return int(cur.rowcount)


def state_of(cur: Any, design: str) -> Optional[str]:
    """Return the state of a design and hold its row until the transaction ends; None where it may not be moved."""
    cur.execute("select state from fullservice.access_design where id = %s for update", (design,))
    row = cur.fetchone()
    return None if row is None else str(row[0])


def add_review(cur: Any, design: str, decision: str, comment: str) -> None:
    """Write down what a reviewer decided."""
    cur.execute(
        "insert into fullservice.design_review (design_id, decision, comment) values (%s, %s, %s)",
        (design, decision, comment or None),
    )
