# SPDX-License-Identifier: GPL-2.0-or-later
"""What the database says, as errors that a person understands.

Our own SQLSTATEs: FS409 row changed meanwhile, FS410 row gone or out of reach, FS422 step not allowed, FS423 row
frozen, FS428 no base version. Each carries a JSON detail.
"""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import psycopg2

from fullservice_plugin.core.catalogue.closures import closures_of
from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.core.catalogue.rules import rule_named
from fullservice_plugin.core.catalogue.states import EVIDENCE, MACHINES, state_label
from fullservice_plugin.core.errors import (
    ConflictError,
    FullServiceError,
    InputError,
    OutputError,
    StoreError,
    TransitionError,
)
from fullservice_plugin.i18n import translate


def detail_of(error: psycopg2.Error) -> dict[str, object]:
    """The JSON detail of one of our own errors; empty when there is none."""
    text = getattr(error.diag, "message_detail", None) or ""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def first_line(error: BaseException) -> str:
    """First line of the server's message, without its trailing blanks and without any password."""
    diag = getattr(error, "diag", None)
    text = getattr(diag, "message_primary", None) or str(error)
    line = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    return _SECRET.sub(r"\1***", line)


# A password in a connection string (libpq keywords, in quotes or not) or in a connection URI.
_SECRET = re.compile(r"(password\s*=\s*|://[^:/@\s]+:)(?:'(?:[^'\\]|\\.)*'|[^\s@]+)", re.IGNORECASE)


def mapped(error: psycopg2.Error) -> FullServiceError:
    """The typed error for what PostgreSQL raised."""
    code = error.pgcode or ""
    if code.startswith("FS4"):
        return from_state(code, detail_of(error), first_line(error))
    if code in _INTEGRITY:
        diag = error.diag
        return integrity(code, getattr(diag, "table_name", None) or "", getattr(diag, "constraint_name", None) or "",
                         getattr(diag, "column_name", None) or "",
                         getattr(diag, "message_detail", None) or first_line(error))
    if code[:2] == "22":
        return InputError(
            "The store cannot take a value: {reason}. Correct the row and run again.", **spoken(first_line(error))
        )
    if code == "42501":
        return StoreError(
            "This login may not do that: {reason}. Ask the store's administrator for the right role.",
            **spoken(first_line(error)),
        )
    if code == "55P03":
        return ConflictError("Somebody else is writing the same rows just now. Try again in a moment.")
    if code == "40P01" or code == "40001":
        return ConflictError("Two people wrote the same rows at once and the store stopped one. Run it again.")
    if code == "53100":
        return OutputError("The disk of the store is full; nothing was written. Free space and run again.")
    if code == "57014":
        return StoreError("The store stopped a statement that took too long; nothing was written.")
    if code in ("3F000", "42P01", "42883", "42703"):
        return StoreError(
            "The store lacks something this version needs ({reason}). Run createstore with UPGRADE.",
            reason=first_line(error),
        )
    if isinstance(error, psycopg2.OperationalError) or code[:2] in ("08", "57"):
        return StoreError(
            "The connection to the store was lost ({reason}); nothing was written. Run it again.",
            reason=first_line(error),
        )
    return StoreError("The store refused the request: {reason}.", reason=first_line(error))


def spoken(reason: str) -> dict[str, str]:
    """The server's own words as the value ``reason`` of a sentence; those of our functions are known in Chinese too."""
    return {"reason": reason, "reason_zh": translate(reason, "zh")}


_INTEGRITY = {
    "23502": "{table}: the field {rule} must have a value ({detail}).",
    "23503": "{table}: a row refers to one that is not there ({rule}: {detail}).",
    "23505": "{table}: such a row is there already ({rule}: {detail}).",
    "23514": "{table}: a value breaks the rule {rule} ({detail}).",
    "23P01": "{table}: the row overlaps another one ({rule}: {detail}).",
}


def integrity(code: str, table: str, constraint: str, column: str, detail: str) -> InputError:
    """The typed error for a row that breaks a rule of the database: the rule's own sentence where it has one."""
    kept = rule_named(constraint)
    days = _OTHER_PERIOD.search(detail)
    if kept is not None and days is not None:
        return _overlap(*days.groups())
    if kept is not None:
        return InputError(kept.template, **kept.words)
    entry = TABLES.get(table)
    names = [field.name for field in (entry.fields if entry is not None else ()) if f"_{field.name}_" in constraint]
    name = column or max(names, key=len, default="")
    try:
        field = entry.field(name) if entry is not None else None
    except KeyError:
        field = None
    if code == "23514" and constraint.endswith("_is_a_code"):
        code = "code"
    if entry is not None and field is not None and code in _FIELD:
        return InputError(_FIELD[code], table=entry.en, table_zh=entry.zh, field=field.en, field_zh=field.zh)
    return InputError(_INTEGRITY.get(code, _INTEGRITY["23514"]), table=table or "?", rule=constraint or column or "?",
                      detail=detail)


#: The exclusive period that is there already, in what PostgreSQL says about an overlap; its last day is not included.
_OTHER_PERIOD = re.compile(r"existing key \(building_id, exclusive_period\)=\([^,]+, \[([\d-]*),([\d-]*)\)\)")


def _overlap(first: str, end: str) -> InputError:
    if not end:
        return InputError("Another agreement is exclusive in this building from {first}, without an end.", first=first)
    return InputError("Another agreement is exclusive in this building from {first} until {last}, that day included.",
                      first=first, last=str(date.fromisoformat(end) - timedelta(days=1)))


#: The same of one field of the catalogue, in its own words.
_FIELD = {
    "23502": "{table}: {field} must have a value.",
    "23503": "{table}: a row refers to one that is not there ({field}).",
    "code": "{table}: {field} has a value that is not in its list.",
}


def from_state(code: str, detail: dict[str, object], message: str) -> FullServiceError:
    """The typed error for one of our own SQLSTATEs, its JSON detail and the server's message."""
    table = str(detail.get("table", ""))
    entry = TABLES.get(table) or MACHINES.get(table)
    names = {"table": entry.en if entry else table, "table_zh": entry.zh if entry else table}
    if code == "FS409" and "leaning" in detail:
        home = TABLES.get(str(detail["leaning"]))
        return ConflictError(
            "{table}: this cannot be taken back, because somebody entered something on it since ({what}). "
            "Take that back first.",
            what=home.en if home else detail["leaning"], what_zh=home.zh if home else detail["leaning"], **names)
    if code == "FS410" and table == "deed":
        return ConflictError("This cannot be taken back: it is not yours, or older than a day.")
    if code == "FS409":
        return ConflictError(
            "{table}: {who} changed this row at {at} (version {stored}, yours {base}). "
            "Load it again and repeat the edit.",
            who=detail.get("who", "?"),
            at=str(detail.get("at", "?"))[:19],
            stored=detail.get("stored", "?"),
            base=detail.get("base", "?"),
            id=detail.get("id", ""),
            **names,
        )
    if code == "FS410":
        return ConflictError(
            "{table}: the row was deleted or lies outside your branch or your own area; nothing was saved.", **names
        )
    if code == "FS428":
        return ConflictError(
            "{table}: the edit does not say which version it started from; load the row again.", **names
        )
    if code == "FS422":
        return transition_error(detail)
    if code == "FS423":
        return TransitionError(
            "{table}: this row is closed and can no longer be changed ({reason}).",
            **_why(table, str(detail.get("reason", ""))),
            **names,
        )
    return StoreError("The store refused the request: {reason}.", reason=message)


#: Why a row is closed, where it is not the state of its design: English, Chinese.
_CLOSED = {
    "append only": ("what was recorded stays as it is", "记录一经写入不再更改"),
    "document": ("a filed document is never exchanged; attach the new one", "已归档的文件不可替换；请另行上传新文件"),
    "only the state may change": ("only its state may change", "只能改变其状态"),
}


def _why(table: str, reason: str) -> dict[str, str]:
    machine = next((closure.machine for closure in closures_of(table) if closure.machine), "SM-3")
    english, chinese = _CLOSED.get(reason, (state_label(machine, reason, "en"), state_label(machine, reason, "zh")))
    return {"reason": english, "reason_zh": chinese}


def transition_error(detail: dict[str, object]) -> TransitionError:
    """The sentence for a step that a state machine refused.

    Values carry both languages: ``source``/``target``/``missing`` in English, ``source_zh`` … in Chinese.
    """
    machine, source, target = (str(detail.get(key) or "") for key in ("machine", "from", "to"))
    values: dict[str, object] = {"machine": machine}
    for key, state in (("source", source), ("target", target)):
        for suffix, language in (("", "en"), ("_zh", "zh")):
            values[key + suffix] = state_label(machine, state, language) if machine in MACHINES else state
    reason = str(detail.get("reason") or "")
    if reason == "start":
        return TransitionError("A new row starts at “{source}”, not at “{target}”.", **values)
    if reason == "role":
        roles = [str(role) for role in _strings(detail.get("roles"))]
        return TransitionError(
            "Only these roles may go from “{source}” to “{target}”: {roles}.",
            roles=", ".join(code_label("role", role, "en") for role in roles),
            roles_zh="、".join(code_label("role", role, "zh") for role in roles),
            **values,
        )
    if reason == "note":
        return TransitionError("Going from “{source}” to “{target}” needs a note that says why.", **values)
    if reason == "evidence":
        missing = [str(name) for name in _strings(detail.get("missing"))]
        return TransitionError(
            "“{target}” needs more evidence: {missing}.",
            codes=missing,
            missing="; ".join(EVIDENCE[name].en if name in EVIDENCE else name for name in missing),
            missing_zh="；".join(EVIDENCE[name].zh if name in EVIDENCE else name for name in missing),
            **values,
        )
    allowed = [str(state) for state in _strings(detail.get("allowed"))]
    return TransitionError(
        "From “{source}” one cannot go to “{target}”. Allowed: {allowed}.",
        allowed=", ".join(state_label(machine, state, "en") for state in allowed if machine in MACHINES) or "-",
        allowed_zh="、".join(state_label(machine, state, "zh") for state in allowed if machine in MACHINES) or "-",
        **values,
    )


def _strings(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []
