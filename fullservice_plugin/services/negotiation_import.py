# SPDX-License-Identifier: GPL-2.0-or-later
"""Talks and agreements that existed before the store enter at their real stage, evidence to be supplied (待补)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

from fullservice_plugin.core.catalogue.lists import LISTS
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.intake import Column, Row, labels, take
from fullservice_plugin.core.negotiation.compliance import DEFAULT_JURISDICTION, check_agreement
from fullservice_plugin.core.negotiation.outlook import GRANTED
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable, Problem
from fullservice_plugin.services.documents import inside, read_document
from fullservice_plugin.services.imports import ImportResult, require_rows
from fullservice_plugin.services.subjects import SUBJECT_COLUMNS, Subject, locate
from fullservice_plugin.store import negotiation as queries
from fullservice_plugin.store import subjects as ask
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.rights import require_bulk


def _code(name: str, listed: str, *aliases: str, required: bool = False) -> Column:
    return Column(name, aliases=aliases, codes=labels(LISTS[listed]), required=required)


COLUMNS = SUBJECT_COLUMNS + (
    _code("stage", "negotiation_stage", "阶段", "洽谈阶段", required=True),
    Column("stage_since", "date", ("进入阶段时间",)),
    _code("kind", "negotiation_kind", "类型"),
    Column("party_name", aliases=("party", "物业公司", "相关方")),
    _code("party_role", "party_role", "相关方角色"),
    _code("authority", "authority", "签约权限"),
    Column("owner_login", aliases=("owner", "责任人")),
    Column("next_action", aliases=("下一步",)),
    Column("next_action_due", "date", ("下一步期限",)),
    Column("next_review", "date", ("下次复核",)),
    _code("obstacle_code", "obstacle", "obstacle", "障碍"),
    _code("reason_code", "negotiation_reason", "reason", "原因"),
    Column("note", aliases=("备注",)),
    Column("agreement_number", aliases=("agreement_no", "协议编号")),
    _code("agreement_type", "agreement_type", "协议类型"),
    Column("signed_on", "date", ("签订日期",)),
    Column("valid_from", "date", ("生效日期",)),
    Column("valid_to", "date", ("到期日期",)),
    Column("auto_renew", "bool", ("自动续约",)),
    Column("notice_days", "integer", ("通知期",), least=0),
    _code("exclusivity", "exclusivity", "排他性"),
    _code("fee_model", "fee_model", "费用模式"),
    Column("fee_amount", "number", ("费用",), least=0),
    _code("fee_period", "fee_period", "计费周期"),
    Column("share_pct", "number", ("分成比例",), least=0),
    _code("share_kind", "share_kind", "分成方式"),
    _code("power_model", "power_model", "电费方式"),
    Column("deposit", "number", ("押金",), least=0),
    Column("works_from", "date", ("施工开始",)),
    Column("works_to", "date", ("施工结束",)),
    Column("works_hours", aliases=("施工时段",)),
    Column("riser_right", "bool", ("弱电井使用权",)),
    Column("power_right", "bool", ("取电权",)),
    _code("evidence_kind", "attachment_kind", "证据类型"),
    Column("evidence_file", aliases=("证据文件",)),
)
# Stages that nobody has to prove: the talk has not begun, or is over.
_WITHOUT_EVIDENCE = ("not_started", "closed")


@dataclass
class _Talk:
    """One talk to be made: the row it comes from and the building it is about."""

    row: Row
    building_id: str
    estate_id: Optional[str]


def import_negotiations(
    store: Store,
    table: FeatureTable,
    mapping: Optional[Mapping[str, str]] = None,
    datum: str = "wgs84",
    today: Optional[date] = None,
    documents: Optional[Path] = None,
    progress: Progress = SILENT,
) -> ImportResult:
    """Write existing talks and agreements at their real stage, in one transaction.

    A row that names an estate only holds for each of its buildings. Rows with one agreement number share that
    agreement. A building that already has a talk of that kind with that party keeps it: the same stage counts
    as unchanged, another one is rejected, for stages move by transitions. ``table`` has its geometry in
    EPSG:4326. ``documents`` is the folder of the files named in ``evidence_file``; they are kept in the store.
    Counts: ``rows, talks, agreements, covered, parties, documents, unchanged, evidence_missing, rejected``.
    """
    today = today or date.today()
    taken = take(table, COLUMNS, mapping)
    require_rows(taken, table.name)
    if "stage" not in taken.headings:
        raise ParameterError(
            "{layer} has no column for the stage. Name it: stage=Heading.", layer=table.name or "INPUT"
        )
    rejected = list(taken.rejected)
    rows = []
    for row in taken.rows:
        problem = _implausible(row, today)
        if problem is None:
            rows.append(row)
        else:
            rejected.append(problem)
    progress.step(0.2)
    with store.transaction(bulk=True) as cur:
        require_bulk(cur, "negotiation", "agreement", "agreement_building", "property_party")
        subjects, problems = locate(cur, rows, datum)
        rejected += problems
        talks, empty = _talks(cur, rows, subjects)
        rejected += empty
        progress.step(0.5)
        talks, unchanged, clashes = _without_existing(cur, talks)
        rejected += clashes
        counts, remarks = _write(cur, talks, today)
        kept, lost = _documents(cur, talks, documents)
        missing = queries.evidence_missing(cur, [talk.building_id for talk in talks])
        counts.update(documents=kept, evidence_missing=missing)
        remarks += lost
    progress.step(1.0)
    counts = {"rows": len(table), **counts, "unchanged": unchanged, "rejected": len(rejected)}
    return ImportResult(counts, rejected, remarks)


def _implausible(row: Row, today: date) -> Optional[Problem]:
    start, end, signed = row.get("valid_from"), row.get("valid_to"), row.get("signed_on")
    if start is not None and end is not None and end <= start:
        return Problem(row.key, "valid_to {end} is not after valid_from {start}", {"start": start, "end": end})
    works = row.get("works_from"), row.get("works_to")
    if None not in works and works[1] < works[0]:
        return Problem(row.key, "works_to {end} is before works_from {start}", {"start": works[0], "end": works[1]})
    for name in ("signed_on", "stage_since"):
        if row.get(name) is not None and row.get(name) > today:
            return Problem(row.key, "{field} {value} lies in the future", {"field": name, "value": row.get(name)})
    if row.get("share_pct") is not None and row.get("share_pct") > 100:
        return Problem(
            row.key,
            "{field} must be at most {most}, found {value}",
            {"field": "share_pct", "most": 100, "value": row.get("share_pct")},
        )
    if signed is not None and end is not None and end < signed:
        return Problem(row.key, "valid_to {end} is before signed_on {start}", {"start": signed, "end": end})
    return None


def _talks(cur: Any, rows: Sequence[Row], subjects: Sequence[Optional[Subject]]) -> tuple[list[_Talk], list[Problem]]:
    """Return one talk per row and building; an estate's row holds for all its buildings."""
    whole = [s.estate_id for s in subjects if s is not None and s.building_id is None and s.estate_id is not None]
    members = ask.buildings_of_estates(cur, whole) if whole else {}
    talks: list[_Talk] = []
    problems: list[Problem] = []
    for row, subject in zip(rows, subjects):
        if subject is None:
            continue
        if subject.building_id is not None:
            talks.append(_Talk(row, subject.building_id, subject.estate_id))
            continue
        buildings = members.get(subject.estate_id or "", [])
        if not buildings:
            problems.append(Problem(row.key, "the estate has no buildings yet"))
        talks += [_Talk(row, building, subject.estate_id) for building in buildings]
    return talks, problems


def _without_existing(cur: Any, talks: Sequence[_Talk]) -> tuple[list[_Talk], int, list[Problem]]:
    """Leave out talks the store has; return the rest, how many are unchanged, and contradictions."""
    present: dict[str, list[Any]] = defaultdict(list)
    present.update(queries.talks_of_buildings(cur, [talk.building_id for talk in talks]))
    kept, unchanged, clashes = [], 0, {}
    for talk in talks:
        kind, party = talk.row.get("kind") or "new_entry", talk.row.get("party_name")
        same = [entry for entry in present[talk.building_id] if entry[0] == kind and entry[2] == party]
        if not same:
            kept.append(talk)
            present[talk.building_id].append((kind, talk.row.get("stage"), party, ""))
        elif any(entry[1] == talk.row.get("stage") for entry in same):
            unchanged += 1
        else:
            clashes[talk.row.key] = Problem(
                talk.row.key,
                "the building already has this talk at stage {stage}; move it by its next step",
                {"stage": same[0][1]},
            )
    return kept, unchanged, list(clashes.values())


def _write(cur: Any, talks: Sequence[_Talk], today: date) -> tuple[dict[str, int], list[Problem]]:
    remarks: dict[tuple[str, str], Problem] = {}

    def remark(row: Row, reason: str, **values: object) -> None:
        remarks[(row.key, reason)] = Problem(row.key, reason, values)

    owners = queries.staff_by_login(cur, {t.row.get("owner_login") for t in talks if t.row.get("owner_login")})
    parties = queries.ensure_parties(
        cur,
        (
            (t.estate_id, t.row.get("party_name"), t.row.get("party_role") or "other", t.row.get("authority"))
            for t in talks
            if t.row.get("party_name")
        ),
    )
    party_of = [parties.get((t.estate_id, t.row.get("party_name"), t.row.get("party_role") or "other")) for t in talks]
    where = queries.jurisdiction(cur) or DEFAULT_JURISDICTION
    agreements: dict[str, dict[str, Any]] = {}
    for talk, party in zip(talks, party_of):
        row = talk.row
        number = row.get("agreement_number")
        if number is None:
            if row.get("stage") in GRANTED:
                remark(row, "signed, but without an agreement number: no agreement is recorded")
            continue
        values = _agreement(row, party, talk.estate_id, today)
        first = agreements.setdefault(number, values)
        terms = (*queries.COMMERCIAL_FIELDS, "signed_on", "valid_from", "valid_to")
        if any(first[name] != values[name] for name in terms):
            remark(
                row,
                "agreement {number} has other terms than in an earlier row; the earlier ones are kept",
                number=number,
            )
        for finding in check_agreement(values, where):
            remark(
                row,
                "agreement {number} touches rule {code} ({source})",
                number=number,
                code=finding.code,
                source=finding.source["en"],
            )
    keys = queries.ensure_agreements(cur, list(agreements.values())) if agreements else {}
    linked = [
        (keys[t.row.get("agreement_number")], t.building_id, t.row)
        for t in talks
        if t.row.get("agreement_number") in keys
    ]
    covered, left_out = queries.link_agreements(cur, [pair[:2] for pair in linked]) if linked else (0, set())
    for key, building, row in linked:
        if (key, building) in left_out:
            remark(
                row,
                "another exclusive agreement holds in that period: the building is not under agreement {number}",
                number=row.get("agreement_number"),
            )
    ready = []
    for talk, party in zip(talks, party_of):
        login = talk.row.get("owner_login")
        if login and login not in owners:
            remark(talk.row, "no active person has the login {login}: the talk has no owner", login=login)
        ready.append(_talk_values(talk, party, owners.get(login)))
    made = queries.insert_talks(cur, ready) if ready else 0
    counts = {
        "talks": made,
        "agreements": len(agreements),
        "covered": covered,
        "parties": len(parties),
    }
    return counts, list(remarks.values())


def _documents(cur: Any, talks: Sequence[_Talk], folder: Optional[Path]) -> tuple[int, list[Problem]]:
    """Keep the documents the rows name with their talks; return how many, and what could not be kept."""
    named = [talk for talk in talks if talk.row.get("evidence_file")]
    if folder is None or not named:
        return 0, []
    present = queries.talks_of_buildings(cur, [talk.building_id for talk in named])
    ready, lost = [], []
    for talk in named:
        row = talk.row
        kind, party = row.get("kind") or "new_entry", row.get("party_name")
        keys = [entry[3] for entry in present.get(talk.building_id, []) if (entry[0], entry[2]) == (kind, party)]
        try:
            name, content = read_document(inside(folder, row.get("evidence_file")))
        except InputError as error:
            lost.append(Problem(row.key, error.template, dict(error.values)))
            continue
        proof = (row.get("evidence_kind") or "other", name, hashlib.sha256(content).hexdigest(), len(content), content)
        ready += [("negotiation", key, *proof) for key in keys[:1]]
    return queries.insert_attachments(cur, ready), lost


def _agreement(row: Row, party: Optional[str], estate: Optional[str], today: date) -> dict[str, Any]:
    ended = row.get("valid_to") is not None and row.get("valid_to") < today
    if row.get("stage") == "terminated":
        status = "terminated"
    elif row.get("stage") in GRANTED or row.get("stage") == "expired":
        status = "expired" if ended else "active"
    else:
        status = "draft"
    values = {name: row.get(name) for name in queries.COMMERCIAL_FIELDS}
    values["auto_renew"] = bool(values["auto_renew"])
    return {
        "number": row.get("agreement_number"),
        "type": row.get("agreement_type") or "entry",
        "status": status,
        "party_id": party,
        "estate_id": estate,
        "signed_on": row.get("signed_on"),
        "valid_from": row.get("valid_from"),
        "valid_to": row.get("valid_to"),
        **values,
    }


def _talk_values(talk: _Talk, party: Optional[str], owner: Optional[str]) -> tuple[Any, ...]:
    row = talk.row
    since = row.get("stage_since") or row.get("signed_on")
    return (
        talk.building_id,
        talk.estate_id,
        party,
        row.get("kind") or "new_entry",
        row.get("stage"),
        since,
        owner,
        row.get("next_action"),
        row.get("next_action_due"),
        row.get("obstacle_code"),
        row.get("reason_code"),
        row.get("note"),
        row.get("next_review"),
        row.get("stage") not in _WITHOUT_EVIDENCE,
    )
