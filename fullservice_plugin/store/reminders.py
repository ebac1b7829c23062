# SPDX-License-Identifier: GPL-2.0-or-later
"""Reminders of talks and agreements in the store: what is due, written once."""

from __future__ import annotations

from datetime import date
from typing import Any, Sequence

from fullservice_plugin.store.connection import named_rows


def may_write(cur: Any) -> bool:
    """Return whether the login may write reminders for everybody in its branches."""
    cur.execute("select fs_app.has_role('planner') or fs_app.has_role('functional') or fs_app.has_role('admin')")
    return bool(cur.fetchone()[0])


def write(cur: Any, day: date) -> list[tuple[str, str, int]]:
    """Write what is due on a day and was not written before; return kind, level and number."""
    cur.execute("select kind, level, written from fs_app.write_reminders(%s)", (day,))
    return [(row[0], row[1], int(row[2])) for row in cur.fetchall()]


def clocks(cur: Any, day: date) -> list[dict[str, Any]]:
    """Return the talks that are late, stalled, due, about to end or blocked on a day, with their building's point."""
    cur.execute(
        """
        select c.id::text as id, b.code as building, coalesce(e.name, e.code) as estate, c.stage, c.since, c.days,
            c.used, c.contact, c.next_action_due, s.login as owner, g.valid_to,
            coalesce(c.used >= 1, false) as overdue,
            fs_app.is_stalled(c.stage, c.contact, day.value, (select fs_app.stalled_days())) as stalled,
            coalesce(g.valid_to between day.value and day.value + 90, false) as expiring,
            coalesce(c.next_action_due <= day.value, false) as action_due, c.evidence_missing,
            ST_AsBinary(coalesce(b.entry_point, ST_PointOnSurface(b.geom))) as geom
        from (select %(day)s::date as value) day cross join lateral fs_app.talk_clocks(day.value) c
        join fullservice.building b on b.id = c.building_id
        join fullservice.negotiation n on n.id = c.id
        left join fullservice.estate e on e.id = c.estate_id
        left join fullservice.staff s on s.id = n.owner_staff_id
        left join lateral (
            select max(a.valid_to) as valid_to from fullservice.agreement a
            join fullservice.agreement_building l on l.agreement_id = a.id and not l.is_deleted
            where l.building_id = c.building_id and not a.is_deleted and a.status in ('approved', 'active')) g on true
        where c.used >= 1 or c.next_action_due <= day.value or c.evidence_missing
            or g.valid_to between day.value and day.value + 90
            or fs_app.is_stalled(c.stage, c.contact, day.value, (select fs_app.stalled_days()))
        order by c.used desc nulls last, b.code
        """,
        {"day": day},
    )
    return named_rows(cur)


def acknowledge(cur: Any, keys: Sequence[str]) -> int:
    """Mark reminders as read; return how many."""
    cur.execute("select id::text from fullservice.reminder where id = any(%s::uuid[]) and acked_at is null"
                " and not is_deleted", (list(keys),))
    unread = [row[0] for row in cur.fetchall()]
    if not unread:  # a write that touches no row is an error in this store
        return 0
    cur.execute(
        "update fullservice.reminder set acked_at = clock_timestamp(), edit_base = row_version"
        " where id = any(%s::uuid[])",
        (unread,),
    )
    return int(cur.rowcount)
