# SPDX-License-Identifier: GPL-2.0-or-later
"""What the database said when it refused an edit made in a QGIS layer, as one sentence."""

from __future__ import annotations

import json
import re
from typing import Optional

from fullservice_plugin.core.errors import ConflictError, FullServiceError, StoreError
from fullservice_plugin.store.errors import from_state

_OURS = re.compile(r"\b(FS4\d\d)\b")
_DETAIL = re.compile(r"DETAIL:\s*(\{.*\})\s*$", re.MULTILINE)


def refusal(text: str) -> Optional[FullServiceError]:
    """Return the typed error for a provider message, None when the message is no refusal we know.

    QGIS hands over the server's message with its DETAIL line; ours holds JSON.
    """
    code = _OURS.search(text)
    if code is not None:
        return from_state(code.group(1), _detail(text), _first_line(text))
    if "lock timeout" in text or "could not obtain lock" in text:
        return ConflictError("Somebody else is writing the same rows just now. Try again in a moment.")
    if "permission denied" in text or "row-level security" in text:
        return StoreError(
            "This login may not do that: {reason}. Ask the store's administrator for the right role.",
            reason=_first_line(text),
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


def _first_line(text: str) -> str:
    for line in text.splitlines():
        if "ERROR:" in line:
            return line.split("ERROR:", 1)[1].strip()
    return text.strip().splitlines()[0] if text.strip() else ""
