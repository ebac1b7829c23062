# SPDX-License-Identifier: GPL-2.0-or-later
"""Text that goes into a table file must stay text: spreadsheet programs run what looks like a formula.

Rule after OWASP, "CSV Injection": a cell that starts with = + - @ tab or carriage return, also after blanks or on a
later line of the cell, gets a leading apostrophe. Numbers stay numbers.
"""

from __future__ import annotations

import re
from typing import Any

_LIVE = re.compile(r"(?:^|[\r\n])[\s\u00a0\u3000\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]")
_NUMBER = re.compile(r"^[+-]?\d+(?:[.,]\d+)?$")


def safe_cell(value: Any) -> Any:
    """The value as it may stand in a CSV, XLSX or ODS cell; only text is ever changed."""
    if not isinstance(value, str) or value.startswith("'") or not _LIVE.search(value) or _NUMBER.match(value):
        return value
    return "'" + value
