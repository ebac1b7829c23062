# SPDX-License-Identifier: GPL-2.0-or-later
"""How talks are put into words: steps with what they ask for, events of the timeline, clocks."""

from __future__ import annotations

from datetime import date
from typing import Any, Mapping, Optional

from fullservice_plugin.core.catalogue.lists import OBSERVED, code_label
from fullservice_plugin.core.catalogue.states import EVIDENCE, state_label
from fullservice_plugin.gui.row_words import measured
from fullservice_plugin.i18n import language, listed, tr
from fullservice_plugin.plans.formats import integer
from fullservice_plugin.services.talk_desk import Card, Step


def stage_name(stage: Optional[str]) -> str:
    """Return the name of a stage."""
    return state_label("SM-2", stage, language()) if stage else ""


def homes_words(known: Optional[int], unknown: int) -> str:
    """Return households in words: ``known`` were counted (None: no building tells), ``unknown`` buildings do not."""
    if known is None:
        return tr("unknown")
    homes = integer(known)
    return tr("{homes} (buildings unknown: {count})", homes=homes, count=unknown) if unknown else homes


def asked_for(step: Step) -> str:
    """Return what a step still asks for in one sentence, empty when nothing is in the way."""
    if step.roles:
        return tr("This step is taken by: {roles}.",
                  roles=listed(code_label("role", role, language()) for role in step.roles))
    if step.missing:
        spoken = [EVIDENCE[name].zh if language() == "zh" else EVIDENCE[name].en for name in step.missing]
        return tr("Still missing: {what}.", what=tr("; ").join(spoken))
    return ""


def stay(since: date, allowed: Optional[int]) -> str:
    """Return how long something has stood in its stage, and how long it may."""
    days = max(0, (date.today() - since).days)
    return tr("{days} of {allowed} days", days=days, allowed=allowed) if allowed else tr("{days} days", days=days)


def clock(card: Card) -> str:
    """Return how long a deal has stood in its stage."""
    return stay(card.since, card.allowed)


def event(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return title and detail of an event of the timeline."""
    kind, what, detail, before = row["kind"], row["what"], row["detail"] or "", row["before"]
    if kind == "step":
        title = stage_name(what)
        detail = code_label("origin", detail, language())  # a talk that a plan or an import opened has no other reason
        if before:
            title = tr("{before} → {after}", before=stage_name(before), after=title)
    elif kind == "contact":
        title = code_label("visit_channel", what, language())
        detail = detail + (tr(" · next: {step}", step=before) if before else "")
    elif kind == "document":
        title = code_label("attachment_kind", what, language())
    elif kind == "agreement":
        title = tr("Agreement {number} · {state}", number=detail or "–",
                   state=code_label("agreement_status", what, language()))
        detail = tr("until {day}", day=before) if before else ""
    elif kind == "reminder":
        title = tr("Reminder: {kind}", kind=code_label("reminder_kind", what, language()))
        detail = tr("to {level}", level=code_label("reminder_level", detail, language()))
        detail += f" · {before}" if before else ""
    else:
        title = tr("Rival {operator}: {field}", operator=what, field=code_label("intel_field", detail, language()))
        detail = _seen(detail, before)
    if row["times"] > 1 and kind != "rival":
        title = f"{title} ×{row['times']}"
    return title, detail


def _seen(field: str, value: Optional[str]) -> str:
    """What was observed, in words where it is a code; else a number and the code of its unit."""
    if field in OBSERVED:
        return code_label(OBSERVED[field], value, language()) if value else ""
    number, _, unit = (value or "").partition(" ")
    return measured(float(number), unit, language()) if number.replace(".", "", 1).isdigit() else value or ""


def flags(row: Mapping[str, Any]) -> list[str]:
    """Return the flags of a talk in words."""
    said = []
    if row["overdue"]:
        said.append(tr("out of time"))
    if row["stalled"]:
        said.append(tr("stalled"))
    if row["expiring_90"]:
        said.append(tr("agreement ends {day}", day=row["agreement_until"]))
    if row["exclusive_blocked"]:
        said.append(tr("a rival holds an exclusive right"))
    if row["evidence_due"]:
        names = [EVIDENCE[name].zh if language() == "zh" else EVIDENCE[name].en for name in row["evidence_due"]
                 if name in EVIDENCE]
        said.append(tr("evidence to be supplied: {what}", what=tr("; ").join(names)))
    return said
