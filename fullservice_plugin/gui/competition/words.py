# SPDX-License-Identifier: GPL-2.0-or-later
"""Sentences and cells of the dock of rivals: what an observation says, how the scores were reckoned."""

from __future__ import annotations

from html import escape
from typing import Any, Mapping, Optional

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.core.catalogue.states import EVIDENCE
from fullservice_plugin.core.competition.scores import THREAT_WEIGHTS, WIN_PROBABILITY, hhi_band
from fullservice_plugin.core.competition.standing import HORIZON_MONTHS, WINDOW_MONTHS
from fullservice_plugin.gui.row_words import in_percent, measured
from fullservice_plugin.i18n import headed, language, listed, tr
from fullservice_plugin.plans.formats import NONE, integer, quantity
from fullservice_plugin.services.competition import LISTED
from fullservice_plugin.services.rivals import RivalsHere, Seen
from fullservice_plugin.services.standings import EstateStanding

#: Value list that holds the words of an observed field.
VALUE_LISTS = {**LISTED, "promotion": "promotion_kind"}
PARTS = {
    "lead_share": "Lead of the strongest rival's share over ours", "tech_gap": "Better technology of rivals",
    "price_gap": "Cheaper price of rivals", "promotion": "Promotion in the last 30 days",
    "exclusivity": "Exclusive contract in force", "growth": "Growth of rivals in 90 days",
}  # fmt: skip
BANDS = {"low": "competitive", "moderate": "moderately concentrated", "high": "highly concentrated"}


def told(seen: Seen) -> str:
    """What an observation says, in a few words."""
    what = code_label("intel_field", seen.field, language())
    value = seen.value or ""
    if seen.field in VALUE_LISTS:
        value = code_label(VALUE_LISTS[seen.field], value, language())
    if seen.number is not None:
        value = f"{value} {measured(seen.number, seen.unit, language())}".strip()
    until = tr("until {day}", day=seen.valid_until.isoformat()) if seen.valid_until is not None else ""
    return " ".join(part for part in (headed(what, value), until) if part)


def source(seen: Seen) -> str:
    """Class and text of a source."""
    label = code_label("source_class", seen.source_class, language())
    own = seen.source_text not in ("", seen.source_class)
    return f"{label} · {seen.source_text}" if own else label


def closed(reason: tuple[str, Mapping[str, Any]]) -> str:
    """Why a step is closed, from its template and codes."""
    template, values = reason
    spoken: dict[str, str] = {}
    if "state" in values:
        spoken["state"] = code_label("intel_state", values["state"], language())
    if "roles" in values:
        spoken["roles"] = listed(code_label("role", role, language()) for role in values["roles"])
    if "what" in values:
        names = [EVIDENCE[name] for name in values["what"]]
        spoken["what"] = listed(one.zh if language() == "zh" else one.en for one in names)
    return tr(template, **spoken)


def advice(here: RivalsHere) -> list[str]:
    """What to do, the most urgent first."""
    found = []
    for one in here.advice:
        values = dict(one.values)
        if "operator" in values:
            values["operator"] = here.name_of(str(values["operator"]), language())
        found.append(tr(one.template, **values))
    return found


def headline(found: Optional[EstateStanding]) -> str:
    """Threat and its confidence in one line; what is unknown says so."""
    if found is None or found.standing.threat is None:
        return tr("Threat unknown: nothing is known that it could be reckoned from.")
    return tr("Threat {threat} of 100, from {completeness} of its parts; confidence in what is known {confidence}.",
              threat=f"{found.standing.threat:.0f}",
              completeness=in_percent(found.standing.completeness),
              confidence=in_percent(found.standing.confidence))  # fmt: skip


def reckoned(here: RivalsHere) -> str:
    """How the scores were reckoned, as rich text: the parts first, the method below."""
    found = here.standing
    if found is None:
        return escape(tr("It belongs to no estate: shares and scores need one."))
    said = found.standing
    rows = [(tr("Concentration (HHI)"), _hhi(found)), (tr("Completeness"), in_percent(said.completeness)),
            (tr("Confidence"), in_percent(said.confidence)), (tr("Win-back value"), integer(said.win_back)),
            (tr("Our price there"), NONE if found.own_price is None else quantity(round(found.own_price, 2))),
            (tr("Households counted"), integer(found.households)),
            (tr("Buildings looked at"), f"{found.seen} / {found.buildings}")]  # fmt: skip
    parts = [(f"{tr(words)} ({in_percent(THREAT_WEIGHTS[key])})", in_percent(said.parts.get(key)))
             for key, words in PARTS.items()]
    table = "".join(f"<tr><td>{escape(name)}</td><td align='right'>&nbsp;&nbsp;<b>{escape(text)}</b></td></tr>"
                    for name, text in (*rows, *parts))  # fmt: skip
    return f"<table>{table}</table><p>" + "</p><p>".join(escape(text) for text in _method()) + "</p>"


def _hhi(found: EstateStanding) -> str:
    low, high = found.standing.hhi_low, found.standing.hhi_high
    if low is None or high is None:
        return NONE
    words = dict.fromkeys((tr(BANDS[hhi_band(low)]), tr(BANDS[hhi_band(high)])))
    return f"{integer(low)}–{integer(high)} ({' – '.join(words)})"


def _method() -> tuple[str, ...]:
    return (
        tr("Shares are lines by households; homes that nobody explains stay unknown and are never shared out. "
           "The concentration is an interval: lowest where the unknown is spread over many, highest where it is one "
           "operator."),
        tr("The threat is the weighted mean of its parts (weights in brackets); unknown parts are left out and "
           "lower the completeness. The confidence stands beside it and is never multiplied in."),
        tr("The win-back value is the rivals' lines whose contracts end within {window} months × the chance to win "
           "them ({chances}, by price and technology) × our price × {months} months.", window=f"{WINDOW_MONTHS:.0f}",
           chances=" / ".join(in_percent(chance) for chance in WIN_PROBABILITY), months=f"{HORIZON_MONTHS:.0f}"),
    )  # fmt: skip
