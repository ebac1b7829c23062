# SPDX-License-Identifier: GPL-2.0-or-later
"""The reason of a decision as one sentence in a language."""

from __future__ import annotations

from fullservice_plugin.core.access.choice.model import Decision
from fullservice_plugin.core.access.choice.reasons import METHOD_NAMES, RADIO, UNVERIFIED
from fullservice_plugin.core.access.wlan.tables import told_verified
from fullservice_plugin.i18n import translate

_NAMES = ("method", "runner_up")
_TEXTS = ("why",)


def reason_text(decision: Decision, language: str) -> str:
    """Return the sentence in ``en`` or ``zh``; methods and inner reasons are translated too.

    Where access points serve the building it names the propagation model, marked where unverified, and its margin.
    """
    values: dict[str, object] = {}
    for name, value in decision.values.items():
        if name in _NAMES:
            values[name] = translate(METHOD_NAMES[str(value)], language)
        elif name in _TEXTS:
            values[name] = translate(str(value), language)
        else:
            values[name] = f"{value:,}" if isinstance(value, int) else value
    sentence = translate(decision.reason, language, **values)
    model = values.get("model")
    if model is None:
        return sentence
    name = str(model) if told_verified(str(model)) else translate(UNVERIFIED, language, model=model)
    return translate(RADIO, language, sentence=sentence.rstrip(".。"), model=name, margin=values["margin"])
