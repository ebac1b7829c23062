# SPDX-License-Identifier: GPL-2.0-or-later
"""What the demo prints, in the reader's language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CHINESE: dict[str, str] = json.loads((Path(__file__).parent / "words.json").read_text(encoding="utf-8"))


def say(source: str, /, **values: Any) -> str:
    """Return a sentence of the demo in the current language."""
    from fullservice_plugin.i18n import language

    text = CHINESE.get(source, source) if language() == "zh" else source
    return text.format(**values) if values else text
