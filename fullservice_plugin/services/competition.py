# SPDX-License-Identifier: GPL-2.0-or-later
"""Observations about rivals: one by a person, many by an import. Presence is derived from them by the store."""

from __future__ import annotations

from datetime import date
from typing import Any, Mapping, Optional, Sequence

from fullservice_plugin.core.catalogue.lists import LISTS, OBSERVED, codes
from fullservice_plugin.core.competition.evidence import SOURCE_CONFIDENCE, initial_confidence
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.intake import Column, Row, fold, labels, take
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable, Problem
from fullservice_plugin.i18n import translate
from fullservice_plugin.services.imports import ImportResult, require_rows
from fullservice_plugin.services.subjects import SUBJECT_COLUMNS, Subject, locate
from fullservice_plugin.store import competition as queries
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.rights import require_bulk

OPERATOR_COLUMNS = (
    Column("code", aliases=("编码",), required=True),
    Column("name", aliases=("名称",), required=True),
    Column("name_en", aliases=("英文名称",)),
    Column("is_self", "bool", ("本公司",)),
    Column("colour", aliases=("颜色",)),
)
# Long form: one observed fact per row (field, value, number). Wide form: one rival per row, a column per fact.
COLUMNS = SUBJECT_COLUMNS + (
    Column("operator_code", aliases=("operator", "运营商"), required=True),
    Column("field", aliases=("情报项",), codes=labels(LISTS["intel_field"])),
    Column("value", aliases=("取值",)),
    Column("number", "number", ("数值",)),
    Column("unit", aliases=("单位",)),
    Column("status", aliases=("覆盖状态",), codes=labels(LISTS["presence_status"])),
    Column("technology", aliases=("技术",), codes=labels(LISTS["technology"])),
    Column("down_mbps", "number", ("speed", "速率"), least=0),
    Column("price_month", "number", ("tariff", "资费"), least=0),
    Column("subs", "number", ("subscribers", "用户数"), least=0),
    Column("ports", "number", ("端口数",), least=0),
    Column("promotion", aliases=("促销",)),
    Column("exclusivity", aliases=("排他",), codes=labels(LISTS["rival_exclusivity"])),
    Column("exclusive_until", "date", ("排他期至",)),
    Column("source_class", aliases=("来源类别",), codes=labels(LISTS["source_class"])),
    Column("source_text", aliases=("source", "来源")),
    Column("observed_on", "date", ("观测日期",)),
    Column("observer", aliases=("采集人",)),
    Column("confidence", "number", ("置信度",), least=0),
    Column("valid_until", "date", ("有效期至",)),
)
#: Value list of an observed field of which an import takes codes only; a promotion may be told in words.
LISTED = {field: OBSERVED[field] for field in ("presence", "technology", "exclusivity")}
#: Unit as a file writes it → its code; what is in no list stays as written.
_UNITS = {**labels(LISTS["observed_unit"]), "mbps": "Mbit/s", "兆": "Mbit/s", "线": "lines", "元/月": "/month"}
_MEASURED = {"contract_end": "lines", "subs": "lines", "ports": "ports", "speed": "Mbit/s", "tariff": "/month"}


def import_operators(store: Store, table: FeatureTable) -> ImportResult:
    """Write operators by code, in one transaction. Counts: ``new, changed, unchanged, rejected``."""
    taken = take(table, OPERATOR_COLUMNS)
    require_rows(taken, table.name)
    rows = [
        (row.get("code"), row.get("name"), row.get("name_en"), bool(row.get("is_self")), row.get("colour"))
        for row in taken.rows
    ]
    with store.transaction(bulk=True) as cur:
        require_bulk(cur, "competitor_operator")
        done = queries.upsert_operators(cur, rows)
    counts = {"new": done.inserted, "changed": done.updated, "unchanged": done.unchanged}
    return ImportResult({**counts, "rejected": len(taken.rejected)}, taken.rejected)


def record_observation(
    store: Store,
    operator_code: str,
    field: str,
    value: Optional[str],
    source_class: str,
    source_text: str,
    *,
    building_id: Optional[str] = None,
    estate_id: Optional[str] = None,
    number: Optional[float] = None,
    unit: Optional[str] = None,
    observed_on: Optional[date] = None,
    observer: str = "",
    confidence: Optional[float] = None,
    valid_until: Optional[date] = None,
    origin: str = "desktop",
) -> bool:
    """Record what somebody saw of a rival; False when the store has the same observation already.

    Source, date and observer are compulsory (the login and today where not given). Raises ParameterError for an
    impossible value.
    """
    today = date.today()
    seen = {
        "operator_code": operator_code,
        "field": field,
        "value": value,
        "number": number,
        "unit": unit,
        "source_class": source_class,
        "source_text": source_text,
        "observed_on": observed_on or today,
        "observer": observer or store.login,
        "confidence": confidence,
        "valid_until": valid_until,
    }
    problem = problem_of(seen, today)
    if building_id is None and estate_id is None:
        problem = problem or ("the building or the estate is missing", {})
    if problem is not None:
        raise refused(problem)
    subject = Subject(building_id, estate_id, "given")
    with store.transaction() as cur:
        return queries.insert_observations(cur, [stored_values(seen, subject)], origin) == 1


def refused(problem: tuple[str, Mapping[str, Any]]) -> ParameterError:
    """Return the error that tells why an observation cannot be kept."""
    return ParameterError(
        "The observation cannot be kept: {reason}.",
        reason=translate(problem[0], "en", **problem[1]),
        reason_zh=translate(problem[0], "zh", **problem[1]),
    )


def import_competitors(
    store: Store,
    table: FeatureTable,
    source_class: str = "",
    observed_on: Optional[date] = None,
    mapping: Optional[Mapping[str, str]] = None,
    datum: str = "wgs84",
    progress: Progress = SILENT,
    today: Optional[date] = None,
) -> ImportResult:
    """Add observations from a table in long or wide form, in one transaction.

    ``source_class`` and ``observed_on`` hold for rows without their own; without a source or a date a row is
    rejected. ``table`` has its geometry in EPSG:4326. Observations the store has already are counted as
    duplicates. Counts: ``rows, observations, duplicates, rejected``.
    """
    today = today or date.today()
    if source_class and source_class not in SOURCE_CONFIDENCE:
        raise ParameterError(
            "{source} is not a class of sources. Use one of {known}.",
            source=source_class,
            known=list(SOURCE_CONFIDENCE),
        )
    taken = take(table, COLUMNS, mapping)
    require_rows(taken, table.name)
    rejected = list(taken.rejected)
    with store.transaction(bulk=True) as cur:
        require_bulk(cur, "intel_observation")
        names = _operator_names(queries.operators(cur))
        observer = str(_one(cur, "select session_user::text"))
        progress.step(0.1)
        subjects, problems = locate(cur, taken.rows, datum)
        rejected += problems
        progress.step(0.4)
        ready: list[tuple[Any, ...]] = []
        for row, subject in zip(taken.rows, subjects):
            if subject is None:
                continue
            common = {
                "operator_code": names.get(fold(row.get("operator_code"))),
                "source_class": row.get("source_class") or source_class or None,
                "source_text": row.get("source_text") or table.name or "import",
                "observed_on": row.get("observed_on") or observed_on,
                "observer": row.get("observer") or observer,
                "confidence": row.get("confidence"),
            }
            seen = [{**common, **fact} for fact in _facts(row)]
            problem = _row_problem(row, common, seen, today)
            if problem is not None:
                rejected.append(Problem(row.key, *problem))
                continue
            ready += [stored_values(fact, subject) for fact in seen]
        progress.step(0.7)
        made = queries.insert_observations(cur, ready, "import") if ready else 0
    progress.step(1.0)
    counts = {"rows": len(table), "observations": made, "duplicates": len(ready) - made, "rejected": len(rejected)}
    return ImportResult(counts, rejected)


def _facts(row: Row) -> list[dict[str, Any]]:
    """Return the observed facts of a row; a wide row gives one per filled column, and the presence."""
    if row.get("field") is not None:
        return [
            {
                "field": row.get("field"),
                "value": row.get("value"),
                "number": row.get("number"),
                "unit": _UNITS.get(fold(row.get("unit") or ""), row.get("unit")),
                "valid_until": _until(row),
            }
        ]
    facts: list[dict[str, Any]] = [{"field": "presence", "value": row.get("status") or "in_service"}]
    for field, column in (("technology", "technology"), ("promotion", "promotion")):
        if row.get(column) is not None:
            facts.append({"field": field, "value": row.get(column)})
    if row.get("exclusivity") is not None:
        facts.append(
            {"field": "exclusivity", "value": row.get("exclusivity"), "valid_until": row.get("exclusive_until")}
        )
    for field, column in (("speed", "down_mbps"), ("tariff", "price_month"), ("subs", "subs"), ("ports", "ports")):
        if row.get(column) is not None:
            facts.append({"field": field, "number": row.get(column)})
    return facts


def _until(row: Row) -> Optional[date]:
    """Return until when a fact of the long form holds; an exclusive right may give its own end."""
    if row.get("field") == "exclusivity" and row.get("exclusive_until") is not None:
        return row.get("exclusive_until")
    return row.get("valid_until")


def _row_problem(
    row: Row, common: Mapping[str, Any], seen: Sequence[Mapping[str, Any]], today: date
) -> Optional[tuple[str, dict[str, object]]]:
    if common["operator_code"] is None:
        return "operator {code} is not among the store's operators", {"code": row.get("operator_code")}
    return next((problem for problem in (problem_of(fact, today) for fact in seen) if problem is not None), None)


def problem_of(seen: Mapping[str, Any], today: date) -> Optional[tuple[str, dict[str, object]]]:
    """Return why an observation cannot be true or lacks what is compulsory (template, values)."""
    field, value, number = seen.get("field"), seen.get("value"), seen.get("number")
    if seen.get("source_class") not in SOURCE_CONFIDENCE:
        return "an observation needs the class of its source", {}
    if not seen.get("source_text"):
        return "an observation needs its source", {}
    if seen.get("observed_on") is None:
        return "an observation needs its date", {}
    if seen["observed_on"] > today:
        return "observed on {date}, which lies in the future", {"date": seen["observed_on"]}
    if field not in codes("intel_field"):
        return "{field} is not a field of competitor observations", {"field": field}
    if field in LISTED and value not in codes(LISTED[field]):
        return "{value} is not a value of {field}", {"value": value, "field": field}
    if field in _MEASURED and number is None:
        return "{field} needs a number", {"field": field}
    if number is not None and (number < 0 or field == "speed" and number == 0 or number > 1e9):
        return "{field} cannot be {value}", {"field": field, "value": number}
    if seen.get("confidence") is not None and not 0 <= seen["confidence"] <= 1:
        return "the confidence must be between 0 and 1, found {value}", {"value": seen["confidence"]}
    until = seen.get("valid_until")
    if until is not None and until < seen["observed_on"]:
        return "valid until {end}, which is before the observation", {"end": until}
    return None


def stored_values(seen: Mapping[str, Any], subject: Subject) -> tuple[Any, ...]:
    """Return one row for the store. Confidence: as given, but never above what the source's class allows."""
    most = initial_confidence(seen["source_class"])
    given = seen.get("confidence")
    return (
        "building" if subject.building_id else "estate",
        subject.building_id,
        subject.estate_id,
        seen["operator_code"],
        seen["field"],
        seen.get("value"),
        seen.get("number"),
        seen.get("unit") or _MEASURED.get(seen["field"]),
        seen["source_class"],
        seen["source_text"],
        seen["observed_on"],
        seen["observer"],
        most if given is None else min(float(given), most),
        seen.get("valid_until"),
    )


def _operator_names(rows: Sequence[tuple[str, str, str, bool]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, name, english, _ in rows:
        for text in (code, name, english):
            if text:
                found.setdefault(fold(text), code)
    return found


def _one(cur: Any, query: str) -> Any:
    cur.execute(query)
    return cur.fetchone()[0]
