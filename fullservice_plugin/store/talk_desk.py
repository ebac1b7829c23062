# SPDX-License-Identifier: GPL-2.0-or-later
"""What the working tools of negotiation ask the store: the board, one deal with its steps, its timeline, the day."""

from __future__ import annotations

from datetime import date
from typing import Any, Optional, Sequence

from psycopg2 import sql

from fullservice_plugin.core.negotiation.board import COLUMN_OF
from fullservice_plugin.core.spelling import spelt_like
from fullservice_plugin.store.connection import named_rows

_MINE = sql.SQL("n.owner_staff_id = any ((select fs_app.my_staff())::uuid[])")


def board(cur: Any, mine: bool, text: str, most: int) -> list[dict[str, Any]]:
    """Return the deals (talks of one estate in one stage) that the board shows: the ``most`` urgent of each column.

    ``talks_of_column`` counts all talks of the column, ``deals_of_column`` all its deals. ``mine``: only talks of the
    login and of whom it stands in for; ``text`` is looked for in estates and buildings.
    """
    conditions = [sql.SQL("true")]
    if mine:
        conditions.append(_MINE)
    if text:
        conditions.append(sql.SQL(
            "(b.code ~ %(spelt)s or b.name ~ %(spelt)s or exists (select 1 from fullservice.estate e where e.id ="
            " coalesce(n.estate_id, b.estate_id) and (e.name ~ %(spelt)s or e.code ~ %(spelt)s)))"))
    cur.execute(
        sql.SQL(
            """
        with column_of as (select * from unnest(%(stages)s::text[], %(columns)s::text[]) as c (stage, col)),
        talk as materialized (
            select n.id, n.fid, c.col, n.stage, coalesce(n.estate_id, b.estate_id) as estate_id, n.building_id,
                coalesce(n.estate_id, b.estate_id, n.building_id) as place, n.stage_since, n.next_action_due,
                n.evidence_missing, n.owner_staff_id, b.households
            from fullservice.negotiation n join column_of c on c.stage = n.stage
            join fullservice.building b on b.id = n.building_id
            where not n.is_deleted and {where}
        ), deal as (
            select t.col, t.stage, t.place, count(*) as talks, min(t.stage_since) as since from talk t group by 1, 2, 3
        ), ranked as (
            select d.*, k.days as allowed, extract(epoch from now() - d.since) / 86400 / k.days as used,
                sum(d.talks) over w as talks_of_column, count(*) over w as deals_of_column,
                row_number() over (partition by d.col order by extract(epoch from now() - d.since) / k.days desc nulls
                                   last, d.since) as rank
            from deal d left join fs_app.stage_clock k on k.stage = d.stage
            window w as (partition by d.col)
        ), shown as materialized (select r.* from ranked r where r.rank <= %(most)s),
        inside as (
            select s.stage, s.place, array_agg(t.id order by t.fid) as ids, sum(t.households) as households,
                min(t.next_action_due) as due, bool_or(t.evidence_missing) as evidence_missing,
                min(t.owner_staff_id::text) as owner, count(distinct t.owner_staff_id) as owners,
                (array_agg(t.estate_id))[1] as estate_id, (array_agg(t.building_id))[1] as building_id
            from shown s join talk t on t.stage = s.stage and t.place = s.place group by 1, 2
        )
        select p.col, p.stage, m.estate_id::text, case when m.estate_id is null then m.building_id::text end as
                building_id, p.talks, m.households, p.since::date as since, m.due, m.evidence_missing,
            m.ids::text[] as ids, p.allowed, p.used::float8 as used, p.talks_of_column, p.deals_of_column,
            coalesce(nullif(e.name, ''), e.code, nullif(b.name, ''), b.code) as name, coalesce(e.code, b.code) as code,
            (select count(*) from fullservice.building x where x.estate_id = m.estate_id and not x.is_deleted) as
                buildings,
            case when m.owners = 1 then s.login when m.owners > 1 then '…' end as owner,
            (select max(v.at)::date from fullservice.visit_log v
             where v.negotiation_id = any (m.ids) and not v.is_deleted) as last_contact
        from shown p join inside m on m.stage = p.stage and m.place = p.place
        left join fullservice.estate e on e.id = m.estate_id
        left join fullservice.building b on b.id = m.building_id
        left join fullservice.staff s on s.id = m.owner::uuid
        order by p.col, p.rank
        """
        ).format(where=sql.SQL(" and ").join(conditions)),
        {"stages": list(COLUMN_OF), "columns": list(COLUMN_OF.values()), "spelt": spelt_like(text), "most": most},
    )
    return named_rows(cur)


def deal(cur: Any, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the talks of a deal with building, party, owner and flags, by building."""
    cur.execute(
        """
        select s.id::text as id, s.row_version as version, s.building_id::text, coalesce(s.estate_id, b.estate_id)::text
                as estate_id, s.party_id::text, s.kind, s.stage, s.stage_since::date as since, s.sla_days as allowed,
            s.owner_staff_id::text as owner_id, o.login as owner, s.next_action, s.next_action_due, s.obstacle_code,
            s.reason_code, s.next_review, s.overdue, s.stalled, s.expiring_90, s.exclusive_blocked, s.evidence_due,
            s.last_contact::date as last_contact, s.agreement_until, coalesce(nullif(b.name, ''), b.number, b.code) as
            building,
            b.code as building_code, b.households, coalesce(nullif(e.name, ''), e.code) as estate, p.name as party,
            p.role as party_role, p.authority, ST_XMin(b.geom) as west, ST_YMin(b.geom) as south, ST_XMax(b.geom) as
            east,
            ST_YMax(b.geom) as north
        from fs_app.negotiation_status s
        join fullservice.building b on b.id = s.building_id
        left join fullservice.estate e on e.id = coalesce(s.estate_id, b.estate_id)
        left join fullservice.property_party p on p.id = s.party_id
        left join fullservice.staff o on o.id = s.owner_staff_id
        where s.id = any(%s::uuid[]) order by b.code
        """,
        (list(ids),),
    )
    return named_rows(cur)


def talks_of(cur: Any, estate: Optional[str], building: Optional[str]) -> list[str]:
    """Return the ids of the talks of an estate, or of one building, that are not over; the nearest to entry last."""
    cur.execute(
        """
        select n.id::text from fullservice.negotiation n join fullservice.building b on b.id = n.building_id
        left join fs_meta.code c on c.list = 'negotiation_stage' and c.code = n.stage
        where not n.is_deleted and n.stage <> 'closed'
            and (n.building_id = %(building)s::uuid or (%(building)s is null
                 and coalesce(n.estate_id, b.estate_id) = %(estate)s::uuid))
        order by c.sort, b.code
        """,
        {"estate": estate, "building": building},
    )
    return [row[0] for row in cur.fetchall()]


def proofs(cur: Any, ids: Sequence[str]) -> list[str]:
    """Return the ids of the documents of any of the talks: a proof of the deal is one of each of its talks."""
    cur.execute("select id::text from fullservice.attachment where subject_id = any(%s::uuid[]) and not is_deleted",
                (list(ids),))
    return [row[0] for row in cur.fetchall()]


def steps(cur: Any, ids: Sequence[str], evidence: Sequence[str]) -> list[tuple[str, bool, list[str], list[str], int]]:
    """Return what may follow for talks of one stage: stage, whether it asks for a note, roles, missing, allowed days.

    The roles are empty where this login is one of them. What any of the talks lacks is missing; ``evidence`` (ids of
    documents) counts for each of them.
    """
    cur.execute("select set_config('fs.evidence', %s::uuid[]::text, true)", (list(evidence),))
    cur.execute(
        """
        with one as (
            select n as talk, t.to_state, t.evidence, bool_or(t.needs_note) as note, bool_or(fs_app.acts_as(t.role))
            as mine,
                array_agg(distinct t.role order by t.role) as roles, max(t.sla_days) as days
            from fullservice.negotiation n
            join fs_meta.sm_transition t on t.machine = 'SM-2' and t.from_state = n.stage
            where n.id = any(%s::uuid[]) and not n.is_deleted group by n.*, t.to_state, t.evidence)
        select o.to_state, bool_or(o.note), case when bool_and(o.mine) then array[]::text[] else min(o.roles) end,
            array(select distinct x from unnest(array_agg(array_to_string(
                fs_app.missing_talk_evidence(o.talk, o.evidence), ','))) s, unnest(string_to_array(s, ',')) x
                where x <> '' order by x), max(o.days)
        from one o left join fs_meta.code c on c.list = 'negotiation_stage' and c.code = o.to_state
        group by o.to_state order by min(c.sort)
        """,
        (list(ids),),
    )
    found = [(row[0], bool(row[1]), list(row[2]), list(row[3]), int(row[4])) for row in cur.fetchall()]
    cur.execute("select set_config('fs.evidence', '', true)")
    return found


def timeline(cur: Any, ids: Sequence[str], most: int) -> list[dict[str, Any]]:
    """Return what happened in the talks and their estate, newest first: kind, day, who, what, detail, row id.

    Kinds: step, contact, document, agreement, reminder, rival. The same deed in several buildings comes once.
    """
    cur.execute(
        """
        with talk as (select n.id, n.building_id, coalesce(n.estate_id, b.estate_id) as estate_id
                      from fullservice.negotiation n join fullservice.building b on b.id = n.building_id
                      where n.id = any(%(ids)s::uuid[])),
        told as (
            select 'step' as kind, e.at, e.by as who, e.to_stage as what, e.reason as detail, e.from_stage as before,
            e.id
            from fullservice.negotiation_event e where e.negotiation_id in (select id from talk)
            union all
            select 'contact', v.at, v.by, v.channel, v.result, v.next_step, v.id
            from fullservice.visit_log v where v.negotiation_id in (select id from talk) and not v.is_deleted
            union all
            select 'document', a.created_at, a.created_by, a.kind, a.file_name, a.size_bytes::text, a.id
            from fullservice.attachment a where a.subject_id in (select id from talk) and not a.is_deleted
            union all
            select 'agreement', case when g.origin = 'import' and g.signed_on is not null then g.signed_on::timestamptz
                    else g.created_at end, g.created_by, g.status, g.number,
                g.valid_to::text, g.id
            from fullservice.agreement g where not g.is_deleted and g.id in (
                select l.agreement_id from fullservice.agreement_building l join talk t on t.building_id = l.building_id
                where not l.is_deleted)
            union all
            select 'reminder', r.at, r.created_by, r.kind, r.level, r.due::text, r.id
            from fullservice.reminder r where r.subject_id in (select id from talk) and not r.is_deleted
            union all
            select 'rival', o.observed_on::timestamptz, o.observer, o.operator_code, o.field,
                coalesce(o.value, concat_ws(' ', trim_scale(o.number), o.unit)), o.id
            from fullservice.intel_observation o where not o.is_deleted and o.state <> 'retired'
                and (o.building_id in (select building_id from talk) or (o.subject_kind = 'estate'
                     and o.estate_id in (select estate_id from talk)))
                and not exists (select 1 from fullservice.competitor_operator c where c.code = o.operator_code and
                c.is_self)
        )
        select kind, max(at) as at, who, what, detail, before, count(*) as times, min(id::text) as id
        from told group by kind, date_trunc('second', at), who, what, detail, before
        order by max(at) desc, kind limit %(most)s
        """,
        {"ids": list(ids), "most": most},
    )
    return named_rows(cur)


def reveal(cur: Any, contact: str, purpose: str) -> dict[str, Any]:
    """Return a contact in clear; the store writes down who looked, when and why."""
    cur.execute("select fs_app.reveal(%s::uuid, %s)", (contact, purpose))
    return dict(cur.fetchone()[0])


def last_notice(cur: Any, ids: Sequence[str]) -> tuple[Optional[str], bool]:
    """Return the last statutory notice of the talks, and whether the other side has answered since.

    Whoever was visited, called or met after the notice has answered it.
    """
    cur.execute(
        """
        with sent as (select v.notice, v.at from fullservice.visit_log v where v.negotiation_id = any(%(ids)s::uuid[])
                      and v.notice is not null and not v.is_deleted order by v.at desc, v.fid desc limit 1)
        select s.notice, exists (select 1 from fullservice.visit_log v where v.negotiation_id = any(%(ids)s::uuid[])
            and not v.is_deleted and v.channel <> 'letter' and v.at > s.at) from sent s
        """,
        {"ids": list(ids)},
    )
    row = cur.fetchone()
    return (None, False) if row is None else (row[0], bool(row[1]))


def contacts(cur: Any, parties: Sequence[str]) -> list[dict[str, Any]]:
    """Return the contacts of parties as this login sees them (masked): id, party, name, title, phone, primary."""
    cur.execute(
        "select id::text as id, party_id::text, name, title, phone, is_primary from fs_app.contact"
        " where party_id = any(%s::uuid[]) order by is_primary desc, fid",
        (list(parties),),
    )
    return named_rows(cur)


def parties(cur: Any, estate: Optional[str]) -> list[tuple[str, str]]:
    """Return (id, name) of the parties of an estate whose dates hold today."""
    cur.execute(
        "select id::text, name from fullservice.property_party where estate_id = %s::uuid and not is_deleted"
        " and current_date between coalesce(valid_from, current_date) and coalesce(valid_to, current_date)"
        " order by name",
        (estate,),
    )
    return [(row[0], row[1]) for row in cur.fetchall()]


def draft_of(cur: Any, ids: Sequence[str]) -> Optional[dict[str, Any]]:
    """Return the newest agreement that covers one of the talks' buildings, the draft before others; None: none."""
    cur.execute(
        """
        select g.*, g.id::text as id, g.party_id::text as party_id, g.estate_id::text as estate_id
        from fullservice.agreement g join fullservice.agreement_building l on l.agreement_id = g.id and not l.is_deleted
        join fullservice.negotiation n on n.building_id = l.building_id
        where n.id = any(%s::uuid[]) and not g.is_deleted and g.status in ('draft', 'approved', 'active')
        order by g.status = 'draft' desc, g.fid desc limit 1
        """,
        (list(ids),),
    )
    return next(iter(named_rows(cur)), None)


def in_force_of(cur: Any, ids: Sequence[str], parties: Sequence[str]) -> list[dict[str, Any]]:
    """Return the agreements in force that cover one of the talks' buildings, oldest first, whatever drafts there are.

    Only those with one of ``parties`` (ids) or with none; all of them where no party is given.
    """
    cur.execute(
        """
        select g.*, g.id::text as id, g.party_id::text as party_id, g.estate_id::text as estate_id
        from fullservice.agreement g
        where not g.is_deleted and g.status in ('approved', 'active') and exists (
            select 1 from fullservice.agreement_building l
            join fullservice.negotiation n on n.building_id = l.building_id
            where l.agreement_id = g.id and not l.is_deleted and n.id = any(%(talks)s::uuid[]))
          and (g.party_id is null or cardinality(%(parties)s::uuid[]) = 0 or g.party_id = any(%(parties)s::uuid[]))
        order by g.fid
        """,
        {"talks": list(ids), "parties": list(parties)},
    )
    return named_rows(cur)


def day_counts(cur: Any, on: date) -> tuple[int, int, int]:
    """Return how many of the login's own talks have an action due by ``on``, are out of time, and reminders unread."""
    cur.execute(
        sql.SQL(
            """
        select count(*) filter (where n.next_action_due <= %(on)s),
            count(*) filter (where n.stage_since::date + k.days < %(on)s),
            (select count(*) from fs_app.reminder_place r where r.acked_at is null
                and r.kind not in ('sla', 'next_action')
                and r.owner_staff_id = any ((select fs_app.my_staff())::uuid[]))
        from fullservice.negotiation n left join fs_app.stage_clock k on k.stage = n.stage
        where not n.is_deleted and n.stage not in ('closed', 'terminated', 'expired') and {mine}
        """
        ).format(mine=_MINE),
        {"on": on},
    )
    row = cur.fetchone()
    return int(row[0]), int(row[1]), int(row[2])


def covered(cur: Any, agreement: str) -> set[str]:
    """Return the ids of the buildings under an agreement."""
    cur.execute("select building_id::text from fullservice.agreement_building where agreement_id = %s"
                " and not is_deleted", (agreement,))
    return {row[0] for row in cur.fetchall()}


def day(cur: Any, on: date, mine: bool, most: int) -> list[dict[str, Any]]:
    """Return what is to do: next actions due by ``on``, stages out of time, reminders not read; the oldest first.

    ``talk``, ``stage`` and ``building`` are None for a reminder of a place where nobody talks.
    """
    cur.execute(
        sql.SQL(
            """
        with work as (
            select 'action' as kind, n.id as talk, n.next_action_due as due, n.next_action as what, null::text as level,
                null::uuid as reminder, n.building_id, n.estate_id, n.owner_staff_id
            from fullservice.negotiation n where not n.is_deleted and n.next_action_due <= %(on)s
                and n.stage not in ('closed', 'terminated', 'expired') and {mine}
            union all
            select 'clock', n.id, (n.stage_since::date + k.days), null, null, null, n.building_id, n.estate_id,
                n.owner_staff_id
            from fullservice.negotiation n join fs_app.stage_clock k on k.stage = n.stage
            where not n.is_deleted and n.stage_since::date + k.days <= %(on)s
                and n.stage not in ('closed', 'terminated', 'expired') and {mine}
            union all
            select 'reminder', n.talk, n.due, n.kind, n.level, n.id, n.building_id, n.estate_id, n.owner_staff_id
            from fs_app.reminder_place n
            where n.acked_at is null and n.kind not in ('sla', 'next_action') and {mine}
        )
        select w.kind, w.talk::text, w.due, w.what, w.level, w.reminder::text, n.stage, s.login as owner,
            b.id::text as building_id, e.id::text as estate_id, coalesce(nullif(e.name, ''), e.code) as estate,
            coalesce(nullif(b.name, ''), b.number, b.code) as building, ST_X(p.point) as x, ST_Y(p.point) as y
        from work w left join fullservice.negotiation n on n.id = w.talk
        left join fullservice.building b on b.id = w.building_id
        left join fullservice.estate e on e.id = coalesce(w.estate_id, b.estate_id)
        left join fullservice.staff s on s.id = w.owner_staff_id
        cross join lateral (
            select coalesce(b.entry_point, ST_PointOnSurface(b.geom), ST_PointOnSurface(e.geom)) as point) p
        order by w.due nulls last, e.code, b.code, w.kind limit %(most)s
        """
        ).format(mine=_MINE if mine else sql.SQL("true")),
        {"on": on, "most": most},
    )
    return named_rows(cur)
