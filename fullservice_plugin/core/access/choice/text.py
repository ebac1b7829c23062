# SPDX-License-Identifier: GPL-2.0-or-later
"""The reason of a decision as one sentence in a language."""

from __future__ import annotations

from fullservice_plugin.core.access.choice.model import Decision
from fullservice_plugin.core.access.choice.reasons import METHOD_NAMES
from fullservice_plugin.i18n import translate

_NAMES = ("method", "runner_up")
_TEXTS = ("why",)


def reason_text(decision: Decision, language: str) -> str:
    """Return the sentence in ``en`` or ``zh``; methods and inner reasons are translated too."""
    values: dict[str, object] = {}
    for name, value in decision.values.items():
        if name in _NAMES:
            values[name] = translate(METHOD_NAMES[str(value)], language)
        elif name in _TEXTS:
            values[name] = translate(str(value), language)
        else:
            values[name] = f"{value:,}" if isinstance(value, int) else value
    return translate(decision.reason, language, **values)
