# SPDX-License-Identifier: GPL-2.0-or-later
"""What the database said when it refused an edit made in a QGIS layer, as one sentence."""

from __future__ import annotations

import json
import re
from typing import Optional

from fullservice_plugin.core.errors import ConflictError, FullServiceError, StoreError
from fullservice_plugin.store.errors import from_state, integrity, spoken

_OURS = re.compile(r"\b(FS4\d\d)\b")
#: What PostgreSQL says about a broken rule, in the language of its messages that our stores use.
_INTEGRITY = re.compile(r'(?:row for relation|on table|relation) "(?P<table>\w+)".*?violates '
                        r'(?P<kind>check|foreign key) constraint "(?P<constraint>\w+)"', re.DOTALL)
_UNIQUE = re.compile(r'(?P<kind>duplicate key value|conflicting key value) violates \w+ constraint '
                     r'"(?P<constraint>\w+)"')
_NOT_NULL = re.compile(r'(?P<kind>null value) in column "(?P<column>\w+)" of relation "(?P<table>\w+)"')
_CODES = {"check": "23514", "foreign key": "23503", "null value": "23502", "duplicate key value": "23505",
          "conflicting key value": "23P01"}
_DETAIL = re.compile(r"DETAIL:\s*(\{.*\})\s*$", re.MULTILINE)


def refusal(text: str) -> Optional[FullServiceError]:
    """Return the typed error for a provider message, None when the message is no refusal we know.

    QGIS hands over the server's message with its DETAIL line; ours holds JSON.
    """
    code = _OURS.search(text)
    if code is not None:
        return from_state(code.group(1), _detail(text), _first_line(text))
    broken = _INTEGRITY.search(text) or _UNIQUE.search(text) or _NOT_NULL.search(text)
    if broken is not None:
        found = broken.groupdict()
        table, constraint, column = (found.get(name) or "" for name in ("table", "constraint", "column"))
        return integrity(_CODES[found["kind"]], table, constraint, column, _said(text))
    if "lock timeout" in text or "could not obtain lock" in text:
        return ConflictError("Somebody else is writing the same rows just now. Try again in a moment.")
    if "permission denied" in text or "row-level security" in text:
        return StoreError(
            "This login may not do that: {reason}. Ask the store's administrator for the right role.",
            **spoken(_first_line(text)),
        )
    return None


def _detail(text: str) -> dict[str, object]:
    found = _DETAIL.search(text)
    if found is None:
        return {}
    try:
        value = json.loads(found.group(1))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _said(text: str) -> str:
    """The server's detail, else its message."""
    found = re.search(r"DETAIL:\s*(.+)", text)
    return found.group(1).strip() if found is not None else _first_line(text)


def _first_line(text: str) -> str:
    for line in text.splitlines():
        if "ERROR:" in line:
            return line.split("ERROR:", 1)[1].strip()
    return text.strip().splitlines()[0] if text.strip() else ""
