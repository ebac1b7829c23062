# SPDX-License-Identifier: GPL-2.0-or-later
"""Review of access designs per estate: methods kept or changed by hand with their reason, handed in, decided.

Each deed is one transaction; role, order and the second pair of eyes are checked by the database. A method decided by
hand is a lock of the next plan of the scenario, which reckons its cost.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Optional, Sequence

from fullservice_plugin.core.access.choice.model import METHODS
from fullservice_plugin.core.access.choice.reasons import METHOD_NAMES
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.i18n import translate
from fullservice_plugin.store import design_review as queries
from fullservice_plugin.store.connection import Store

DECISIONS = {"approve": "approved", "return": "returned", "reject": "rejected"}
_SENTENCE = "{method} by hand of {who} on {day}: {why}"


def newest_designs(store: Store) -> list[dict[str, Any]]:
    """Return the newest design of every estate and scenario this login may see."""
    return queries.designs(store)


def read_design(store: Store, design: str) -> tuple[list[dict[str, Any]], set[str]]:
    """Return the decisions of a design, and the states to which this login may move it."""
    return queries.decisions(store, design), queries.steps(store, design)


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
                             known=", ".join(METHODS))  # fmt: skip
    note = _note(store, reason)
    day = (today or date.today()).isoformat()
    said = [translate(_SENTENCE, language, method=translate(METHOD_NAMES[method], language), who=store.login, day=day,
                      why=reason.strip()) for language in ("en", "zh")]  # fmt: skip
    with store.transaction() as cur:
        if not queries.override(cur, decision, method, note, *said):
            raise InputError("The decision is not there any more. Load the design again.")


def hand_in(store: Store, design: str, note: str = "") -> None:
    """Hand a design in for review."""
    store.transition("design", design, "submitted", note)


def decide(store: Store, design: str, decision: str, comment: str = "") -> None:
    """Approve, return or reject a design that was handed in; the comment is needed unless it is approved.

    Raises TransitionError with the reason, for example for its own author; then nothing changes.
    """
    if decision not in DECISIONS:
        raise ParameterError("A design can be approved, returned or rejected, not {decision}.", decision=decision)
    if decision != "approve" and not comment.strip():
        raise ParameterError("Say why: whoever made the design has to know what to change.")
    with store.transaction() as cur:
        cur.execute("select state from fullservice.access_design where id = %s", (design,))
        row = cur.fetchone()
        if row is not None and row[0] == "submitted":
            store.transition("design", design, "in_review")
        store.transition("design", design, DECISIONS[decision], comment)
        queries.add_review(cur, design, decision, comment.strip())


def _note(store: Store, reason: str) -> str:
    if not reason.strip():
        raise ParameterError("Say why the method is decided by hand: the reason stays with the design.")
    return f"{store.login}: {reason.strip()}"
