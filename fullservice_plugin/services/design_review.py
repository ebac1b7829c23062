# SPDX-License-Identifier: GPL-2.0-or-later
"""Review of access designs per estate: methods kept or changed by hand with their reason, handed in, decided.

Each deed is one transaction; role, order and the second pair of eyes are checked by the database. A method decided by
hand is a lock of the next plan of the scenario, which reckons its cost.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Mapping, Optional, Sequence

from fullservice_plugin.core.access.choice.model import METHODS
from fullservice_plugin.core.access.choice.reasons import METHOD_NAMES
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.i18n import translate
from fullservice_plugin.services.by_hand import Deed
from fullservice_plugin.store import design_review as queries
from fullservice_plugin.store.by_hand import deed_number
from fullservice_plugin.store.connection import Store

DECISIONS = {"approve": "approved", "return": "returned", "reject": "rejected"}
BY_HAND = ("keep", "release", "override")
OPEN = ("draft", "returned")
_SAID = {"keep": "Methods kept: {count}", "release": "Methods released: {count}",
         "override": "Methods decided by hand: {count}"}  # fmt: skip
_SENTENCE = "{method} by hand of {who} on {day}: {why}"


def newest_designs(store: Store) -> list[dict[str, Any]]:
    """Return the newest design of every estate and scenario this login may see."""
    return queries.designs(store)


def read_design(store: Store, design: str) -> tuple[list[dict[str, Any]], set[str]]:
    """Return the decisions of a design, and the states to which this login may move it."""
    return queries.decisions(store, design), queries.steps(store, design)


def why_not(row: Mapping[str, Any], steps: set[str]) -> dict[str, str]:
    """Return deed → why this login may not do it to a design now (English template, ``{state}``: the design's).

    ``row`` is one of ``newest_designs``, ``steps`` those of ``read_design``. A deed that is missing may be tried; the
    database still looks at the evidence.
    """
    state, found = row["state"], {}
    if state not in OPEN:
        found.update(dict.fromkeys((*BY_HAND, "hand_in"), "The design is frozen ({state})."))
    elif "submitted" not in steps:
        found.update(dict.fromkeys((*BY_HAND, "hand_in"), "Your role does not change designs."))
    decided = ""
    if state in OPEN:
        decided = "The design has not been handed in yet."
    elif state not in ("submitted", "in_review"):
        decided = "The review is over ({state})."
    elif not steps & {"in_review", *DECISIONS.values()}:
        decided = "Your role does not review designs."
    elif row["mine"]:
        decided = "You made this design: somebody else has to review it."
    if decided:
        found.update(dict.fromkeys(DECISIONS, decided))
    return found


def do_by_hand(
    store: Store, deed: str, decisions: Sequence[str], method: str = "", reason: str = ""
) -> Deed:
    """Keep, release or override (``BY_HAND``) as one deed that its author can take back for a day.

    Raises as the functions below; taking it back is refused once the design was handed in.
    """
    with store.transaction() as cur:
        count = 1
        if deed == "keep":
            count = keep_methods(store, decisions, reason)
        elif deed == "release":
            count = release_methods(store, decisions)
        else:
            override_method(store, decisions[0], method, reason)
        return Deed(deed_number(cur), _SAID[deed], {"count": count}, tuple(decisions))


def other_versions(store: Store, design: str) -> list[dict[str, Any]]:
    """Return the other designs of the same estate, the newest first."""
    return queries.versions(store, design)


def compare_versions(store: Store, first: str, second: str) -> list[dict[str, Any]]:
    """Return the buildings of two designs side by side, those treated differently first.

    Each has ``code, name, method_a, method_b, cost_a, cost_b, changed``; None where a design has no such building.
    """
    sides = [{row["code"]: row for row in queries.decisions(store, key)} for key in (first, second)]
    found = []
    for code in sorted({*sides[0], *sides[1]}):
        a, b = (side.get(code) for side in sides)
        told: dict[str, Any] = {"code": code, "name": (a or b or {})["name"]}
        for key, one in (("a", a), ("b", b)):
            told["method_" + key] = one["method"] if one else None
            told["cost_" + key] = float(one["cost"]) if one and one["cost"] is not None else None
        found.append({**told, "changed": told["method_a"] != told["method_b"]})
    return sorted(found, key=lambda row: (not row["changed"], row["code"]))


def keep_methods(store: Store, decisions: Sequence[str], reason: str) -> int:
    """Lock methods as they are, with the reason; returns how many. Raises ParameterError without a reason."""
    note = _note(store, reason)
    with store.transaction() as cur:
        return queries.keep(cur, decisions, note)


def release_methods(store: Store, decisions: Sequence[str]) -> int:
    """Let the next plan choose again; returns how many were released."""
    with store.transaction() as cur:
        return queries.release(cur, decisions)


def override_method(store: Store, decision: str, method: str, reason: str, today: Optional[date] = None) -> None:
    """Change the method of a building by hand, with the reason, which stands in its sentence in both languages.

    Its cost stays that of the old method until the next plan. Raises ParameterError for an unknown method or no reason,
    InputError where the decision is not there.
    """
    if method not in METHODS:
        raise ParameterError("{method} is no access method. Choose one of: {known}.", method=method,
                             known=list(METHODS))  # fmt: skip
    note = _note(store, reason)
    day = (today or date.today()).isoformat()
    said = [translate(_SENTENCE, language, method=translate(METHOD_NAMES[method], language), who=store.login, day=day,
                      why=reason.strip()) for language in ("en", "zh")]  # fmt: skip
    with store.transaction() as cur:
        if not queries.override(cur, decision, method, note, *said):
            raise InputError("The decision is not there any more. Load the design again.")


def hand_in(store: Store, design: str, note: str = "") -> None:
    """Hand a design in for review. Raises InputError where it was handed in already."""
    with store.transaction() as cur:
        _not_yet(queries.state_of(cur, design), "submitted")
        store.transition("design", design, "submitted", note)


def decide(store: Store, design: str, decision: str, comment: str = "") -> None:
    """Approve, return or reject a design that was handed in; the comment is needed unless it is approved.

    Raises TransitionError with the reason, for example for its own author, InputError where the same was decided
    already; then nothing changes.
    """
    if decision not in DECISIONS:
        raise ParameterError("A design can be approved, returned or rejected, not {decision}.", decision=decision)
    if decision != "approve" and not comment.strip():
        raise ParameterError("Say why: whoever made the design has to know what to change.")
    with store.transaction() as cur:
        state = queries.state_of(cur, design)
        _not_yet(state, DECISIONS[decision])
        if state == "submitted":
            store.transition("design", design, "in_review")
        store.transition("design", design, DECISIONS[decision], comment)
        queries.add_review(cur, design, decision, comment.strip())


def _not_yet(state: Optional[str], target: str) -> None:
    """A step to where a row stands is none to the database: it would be told twice."""
    if state == target:
        raise InputError("Somebody did that already. Load the design again.")


def _note(store: Store, reason: str) -> str:
    if not reason.strip():
        raise ParameterError("Say why the method is decided by hand: the reason stays with the design.")
    return f"{store.login}: {reason.strip()}"
