# SPDX-License-Identifier: GPL-2.0-or-later
"""Property talks, parties, visits, agreements and attachments in the store.

Stages change through ``fs_app.transition`` alone: there the database checks role, order and evidence.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Iterable, Mapping, Optional, Sequence

import psycopg2
from psycopg2 import sql

from fullservice_plugin.core.errors import StoreError
from fullservice_plugin.store.bulk import copy_rows, stage_rows

MACHINE = "SM-2"
COMMERCIAL_FIELDS = (
    "auto_renew",
    "notice_days",
    "exclusivity",
    "fee_model",
    "fee_amount",
    "fee_period",
    "share_pct",
    "share_kind",
    "power_model",
    "deposit",
    "works_from",
    "works_to",
    "works_hours",
    "riser_right",
    "power_right",
)
AGREEMENT_FIELDS = (
    "number",
    "type",
    "version_no",
    "status",
    "party_id",
    "estate_id",
    "signed_on",
    "valid_from",
    "valid_to",
    *COMMERCIAL_FIELDS,
)
ATTACHMENT_FIELDS = ("subject_kind", "subject_id", "kind", "file_name", "sha256", "size_bytes", "content")
TALK_FIELDS = (
    "building_id",
    "estate_id",
    "party_id",
    "kind",
    "stage",
    "stage_since",
    "owner_staff_id",
    "next_action",
    "next_action_due",
    "obstacle_code",
    "reason_code",
    "note",
    "next_review",
    "evidence_missing",
)


def transition(cur: Any, talk: str, to_stage: str, note: str = "", evidence: Sequence[str] = ()) -> None:
    """Move a talk to a stage; the database raises FS422 where order, role or evidence forbid it."""
    cur.execute(
        "select fs_app.transition(%s, %s::uuid, %s, %s, %s::uuid[])",
        (MACHINE, talk, to_stage, note or None, list(evidence)),
    )


def talk(cur: Any, key: str) -> dict[str, Any]:
    """Return a talk's fields. Raises StoreError when there is none, or the login may not see it."""
    columns = (
        "id::text",
        "building_id::text",
        "estate_id::text",
        "party_id::text",
        "kind",
        "stage",
        "stage_since",
        "row_version",
        "evidence_missing",
    )
    cur.execute(
        "select id::text, building_id::text, estate_id::text, party_id::text, kind, stage, stage_since, row_version,"
        " evidence_missing from fullservice.negotiation where id = %s and not is_deleted",
        (key,),
    )
    row = cur.fetchone()
    if row is None:
        raise StoreError("There is no property talk {id}, or your login may not see it.", id=key)
    return {name.partition("::")[0]: value for name, value in zip(columns, row)}


def update_talk(cur: Any, key: str, changes: Mapping[str, Any]) -> None:
    """Change fields of a talk other than its stage. Raises StoreError for a field that may not change so."""
    free = (
        "party_id",
        "owner_staff_id",
        "next_action",
        "next_action_due",
        "obstacle_code",
        "reason_code",
        "next_review",
    )
    wrong = sorted(set(changes) - set(free))
    if wrong:
        raise StoreError("The field {name} of a property talk cannot be changed this way.", name=wrong)
    cur.execute(
        sql.SQL(
            "update fullservice.negotiation set {}, edit_base = row_version where id = %s and not is_deleted"
        ).format(sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in changes)),
        [*changes.values(), key],
    )


def estate_of(cur: Any, building: str) -> Optional[str]:
    """Return the estate of a building (None: it has none)."""
    cur.execute("select estate_id::text from fullservice.building where id = %s", (building,))
    row = cur.fetchone()
    return None if row is None else row[0]


def insert(cur: Any, table: str, values: Mapping[str, Any], schema: str = "fullservice") -> str:
    """Insert one row and return its id; ``table`` is one of ours, values are bound."""
    names = list(values)
    statement = sql.SQL("insert into {}.{} ({}) values ({}) returning id::text").format(
        sql.Identifier(schema),
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.Placeholder() * len(names)),
    )
    cur.execute(statement, [values[name] for name in names])
    return str(cur.fetchone()[0])


def insert_attachment(
    cur: Any,
    subject_kind: str,
    subject: str,
    kind: str,
    file_name: str,
    sha256: str,
    size: int,
    content: Optional[bytes],
    taken_at: Any = None,
) -> str:
    """Insert an attachment and return its id; the same file on the same subject is kept once."""
    cur.execute(
        "select id::text from fullservice.attachment"
        " where subject_id = %s and kind = %s and sha256 = %s and not is_deleted limit 1",
        (subject, kind, sha256),
    )
    found = cur.fetchone()
    if found is not None:
        return str(found[0])
    return insert(
        cur,
        "attachment",
        {
            "subject_kind": subject_kind,
            "subject_id": subject,
            "kind": kind,
            "file_name": file_name,
            "sha256": sha256,
            "size_bytes": size,
            "content": None if content is None else psycopg2.Binary(content),
            "taken_at": taken_at,
        },
    )


def insert_attachments(cur: Any, rows: Sequence[Sequence[Any]]) -> int:
    """Insert documents in one statement and return how many; columns as in ``ATTACHMENT_FIELDS``."""
    if not rows:
        return 0
    return copy_rows(cur, "attachment", (*ATTACHMENT_FIELDS, "origin"), [(*row, "import") for row in rows])


def jurisdiction(cur: Any) -> Optional[str]:
    """Return the store's jurisdiction for agreements (None: not set)."""
    cur.execute("select value #>> '{}' from fs_meta.setting where key = 'jurisdiction'")
    row = cur.fetchone()
    return None if row is None else str(row[0])


def staff_by_login(cur: Any, logins: Iterable[str]) -> dict[str, str]:
    """Return the ids of active staff by login."""
    cur.execute(
        "select login, id::text from fullservice.staff where login = any(%s) and active and not is_deleted",
        (sorted(set(logins)),),
    )
    return dict(cur.fetchall())


def talks_of_buildings(cur: Any, buildings: Iterable[str]) -> dict[str, list[tuple[str, str, Optional[str], str]]]:
    """Return the talks not closed of each building as (kind, stage, party name, id)."""
    cur.execute(
        """
        select n.building_id::text, n.kind, n.stage, p.name, n.id::text
        from fullservice.negotiation n left join fullservice.property_party p on p.id = n.party_id
        where n.building_id = any(%s::uuid[]) and n.stage <> 'closed' and not n.is_deleted
        order by n.building_id, n.id
        """,
        (sorted(set(buildings)),),
    )
    found: dict[str, list[tuple[str, str, Optional[str], str]]] = defaultdict(list)
    for building, kind, stage, party, key in cur.fetchall():
        found[building].append((kind, stage, party, key))
    return dict(found)


def evidence_missing(cur: Any, buildings: Iterable[str]) -> int:
    """Return how many talks of the buildings still wait for documents."""
    cur.execute(
        "select count(*) from fullservice.negotiation"
        " where building_id = any(%s::uuid[]) and evidence_missing and not is_deleted",
        (sorted(set(buildings)),),
    )
    return int(cur.fetchone()[0])


def ensure_parties(cur: Any, parties: Iterable[tuple[Optional[str], str, str, Optional[str]]]) -> dict[Any, str]:
    """Return the ids of parties by (estate id, name, role); missing ones are made with their authority."""
    wanted: dict[tuple[Optional[str], str, str], Optional[str]] = {}
    for estate, name, role, authority in parties:
        wanted[(estate, name, role)] = wanted.get((estate, name, role)) or authority
    if not wanted:
        return {}
    staged = stage_rows(
        cur,
        "property_party",
        ("estate_id", "name", "role", "authority"),
        [(*key, authority) for key, authority in sorted(wanted.items(), key=repr)],
    )
    cur.execute(
        sql.SQL(
            """
        insert into fullservice.property_party (estate_id, name, role, authority, origin)
        select i.estate_id, i.name, i.role, i.authority, 'import' from {} i
        where not exists (select 1 from fullservice.property_party p where not p.is_deleted
            and p.estate_id is not distinct from i.estate_id and p.name = i.name and p.role = i.role)
        """
        ).format(staged.table)
    )
    cur.execute(
        sql.SQL(
            """
        select i.estate_id::text, i.name, i.role, min(p.id::text) from {} i
        join fullservice.property_party p on p.estate_id is not distinct from i.estate_id and p.name = i.name
            and p.role = i.role and not p.is_deleted
        group by 1, 2, 3
        """
        ).format(staged.table)
    )
    return {(estate, name, role): key for estate, name, role, key in cur.fetchall()}


def ensure_agreements(cur: Any, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return number → id of agreements (their latest version); those with new numbers are made, version 1."""
    names = [name for name in AGREEMENT_FIELDS if name not in ("number", "version_no")]
    staged = stage_rows(
        cur, "agreement", ("number", *names), [[row["number"], *(row.get(n) for n in names)] for row in rows]
    )
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    cur.execute(
        sql.SQL(
            """
            insert into fullservice.agreement (number, version_no, origin, {columns})
            select i.number, 1, 'import', {columns} from {staged} i
            where not exists (select 1 from fullservice.agreement a where a.number = i.number)
            """
        ).format(columns=columns, staged=staged.table)
    )
    cur.execute(
        sql.SQL(
            """
        select distinct on (a.number) a.number, a.id::text from fullservice.agreement a
        join {} i using (number) where not a.is_deleted order by a.number, a.version_no desc
        """
        ).format(staged.table)
    )
    return dict(cur.fetchall())


def link_agreements(cur: Any, pairs: Iterable[tuple[str, str]]) -> tuple[int, set[tuple[str, str]]]:
    """Put buildings under agreements, given as (agreement id, building id).

    Returns how many were new, and the pairs left out because another exclusive agreement holds meanwhile.
    """
    staged = stage_rows(cur, "agreement_building", ("agreement_id", "building_id"), list(dict.fromkeys(pairs)))
    cur.execute(
        sql.SQL(
            "insert into fullservice.agreement_building (agreement_id, building_id, origin)"
            " select agreement_id, building_id, 'import' from {} on conflict do nothing"
        ).format(staged.table)
    )
    new = int(cur.rowcount)
    cur.execute(
        sql.SQL(
            "select s.agreement_id::text, s.building_id::text from {} s where not exists (select 1 from"
            " fullservice.agreement_building b where b.agreement_id = s.agreement_id and b.building_id = s.building_id)"
        ).format(staged.table)
    )
    return new, set(cur.fetchall())


def insert_talks(cur: Any, rows: Sequence[Sequence[Any]]) -> int:
    """Insert talks at their real stage, marked as imported; columns as in ``TALK_FIELDS``. Return how many."""
    staged = stage_rows(cur, "negotiation", TALK_FIELDS, rows)
    cur.execute(
        sql.SQL(
            """
        insert into fullservice.negotiation (building_id, estate_id, party_id, kind, stage, stage_since,
            owner_staff_id, next_action, next_action_due, obstacle_code, reason_code, note, next_review,
            evidence_missing, origin)
        select building_id, estate_id, party_id, kind, stage, coalesce(stage_since, clock_timestamp()),
            owner_staff_id, next_action, next_action_due, obstacle_code, reason_code, note, next_review,
            evidence_missing, 'import'
        from {}
        """
        ).format(staged.table)
    )
    return int(cur.rowcount)


def begin(cur: Any, kind: str, places: Sequence[str], action: Optional[str]) -> list[str]:
    """Open a talk for each building of estates, or each building, that has none which is not over; return the ids."""
    cur.execute(
        """
        insert into fullservice.negotiation (building_id, estate_id, kind, next_action, owner_staff_id, origin)
        select b.id, b.estate_id, 'new_entry', %(action)s,
            coalesce(e.owner_staff_id, (select s.id from fullservice.staff s where s.id = fs_app.staff_id()
                                        and s.role = 'customer_manager')), 'desktop'
        from fullservice.building b left join fullservice.estate e on e.id = b.estate_id
        where case when %(kind)s = 'estate' then b.estate_id else b.id end = any(%(places)s::uuid[])
            and not b.is_deleted and not exists (
                select 1 from fullservice.negotiation n where n.building_id = b.id and not n.is_deleted
                and n.stage not in ('closed', 'terminated', 'expired'))
        order by b.fid returning id::text
        """,
        {"kind": kind, "places": list(places), "action": action},
    )
    return [row[0] for row in cur.fetchall()]


def attachment(cur: Any, key: str) -> tuple[str, Optional[bytes]]:
    """Return name and content of a document. Raises StoreError where there is none that this login may see."""
    cur.execute("select file_name, content from fullservice.attachment where id = %s and not is_deleted", (key,))
    row = cur.fetchone()
    if row is None:
        raise StoreError("There is no document {id}, or your login may not see it.", id=key)
    return str(row[0]), None if row[1] is None else bytes(row[1])


def owner_of(cur: Any, talk_id: str) -> Optional[str]:
    """Return the owner (staff id) of a talk."""
    cur.execute("select owner_staff_id::text from fullservice.negotiation where id = %s", (talk_id,))
    row = cur.fetchone()
    return None if row is None else row[0]


def next_version(cur: Any, number: Optional[str]) -> int:
    """Return the number of the next version of an agreement."""
    cur.execute("select coalesce(max(version_no), 0) + 1 from fullservice.agreement where number = %s", (number,))
    return int(cur.fetchone()[0])


def end_party(cur: Any, party: str, day: Any) -> None:
    """Let a party's time end on a day, unless it ended before."""
    cur.execute(
        "select 1 from fullservice.property_party where id = %s and not is_deleted and coalesce(valid_to, %s + 1) > %s",
        (party, day, day))
    if cur.fetchone() is not None:
        cur.execute("update fullservice.property_party set valid_to = greatest(%s, valid_from), edit_base = row_version"
                    " where id = %s", (day, party))


def exclusive_days(cur: Any, fid: int) -> Optional[tuple[str, str]]:
    """First and last day (included, "" for no end) of the exclusive period of a row of agreement_building, or None."""
    cur.execute("select lower(exclusive_period)::text, coalesce((upper(exclusive_period) - 1)::text, '') "
                "from fullservice.agreement_building where fid = %s and exclusive_period is not null", (fid,))
    row = cur.fetchone()
    return (row[0], row[1]) if row is not None else None
