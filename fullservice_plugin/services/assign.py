# SPDX-License-Identifier: GPL-2.0-or-later
"""assignwork: every open lead and talk gets exactly one owner: by grid, by load or by a list."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Mapping, NamedTuple, Optional

from fullservice_plugin.core.errors import ParameterError, StoreError
from fullservice_plugin.core.negotiation.sharing import share
from fullservice_plugin.store import assign as ask
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.talk_queue import area_filter

WAYS = ("grid", "load", "list")


@dataclass(frozen=True)
class Assigned:
    """What changed hands, who gets how many households, and codes of estates that nobody got (with why)."""

    estates: int
    talks: int
    loads: Mapping[str, float]
    without: list[tuple[str, str]] = field(default_factory=list)


class _Piece(NamedTuple):
    """An estate or a lone talk to give away; ``keeper`` holds its grid, ``weight`` are its households."""

    key: str
    label: str
    branch: str
    owner: Optional[str]
    keeper: Optional[str]
    weight: float
    estate: bool


def assign_work(
    store: Store, area: str = "", by: str = "grid", listed: Optional[Mapping[str, str]] = None, leaver: str = "",
    everything: bool = False,
) -> Assigned:
    """Give the open leads and talks of an area ('': all that the login sees) an owner, in one transaction.

    ``by``: ``grid`` – whoever holds the grid today; ``load`` – spread by households over the account managers of the
    branch; ``list`` – as ``listed`` says (estate code → login). Only work without an owner is given away, with
    ``leaver`` (a login) only theirs, with ``everything`` all of it. Talks follow their estate, but what somebody else
    already owns stays theirs. Raises ParameterError for unknown names, StoreError for a login that may not do this.
    """
    if by not in WAYS:
        raise ParameterError("BY must be one of {known}, found {value}.", known=list(WAYS), value=by)
    with store.transaction(bulk=True) as cur:
        cur.execute("select fs_app.has_role('planner') or fs_app.has_role('admin')")
        if not cur.fetchone()[0]:
            raise StoreError("The login {login} may not assign work: that takes the role of planner. Ask the store's "
                             "administrator.", login=store.login)
        where, values = area_filter(cur, area)
        people = {login: (key, branch, load) for key, login, branch, load in ask.managers(cur)}
        gone = _leaver(cur, leaver)
        pieces = _pieces(cur, where, values, gone, everything)
        chosen, without = _chosen(pieces, by, people, dict(listed or {}), gone)
        kinds = {piece.key: piece.estate for piece in pieces}
        owned, moved = ask.give(cur, {key: person for key, person in chosen.items() if kinds[key]},
                                {key: person for key, person in chosen.items() if not kinds[key]}, gone)
    names = {key: login for login, (key, _, _) in people.items()}
    loads: dict[str, float] = defaultdict(float)
    for piece in pieces:
        if piece.key in chosen:
            loads[names.get(chosen[piece.key], chosen[piece.key])] += piece.weight
    return Assigned(owned, moved, dict(loads), without)


def _leaver(cur: Any, login: str) -> Optional[str]:
    if not login:
        return None
    cur.execute("select id::text from fullservice.staff where login = %s and not is_deleted", (login,))
    row = cur.fetchone()
    if row is None:
        raise ParameterError("The store knows no login “{login}”. Check its spelling.", login=login)
    return str(row[0])


def _pieces(cur: Any, where: Any, values: Mapping[str, Any], leaver: Optional[str], everything: bool) -> list[_Piece]:
    def wanted(owner: Optional[str], loose: int = 0) -> bool:
        return everything or (owner == leaver if leaver else owner is None or loose > 0)

    found = [_Piece(key, code, branch, owner, None if keeper == leaver else keeper, float(homes), True)
             for key, code, owner, keeper, branch, homes, loose in ask.open_estates(cur, where, values)
             if wanted(owner, loose)]
    return found + [_Piece(key, label, branch, owner, None if keeper == leaver else keeper, float(homes), False)
                    for key, label, owner, keeper, branch, homes in ask.lone_talks(cur, where, values)
                    if wanted(owner)]


def _chosen(
    pieces: list[_Piece], by: str, people: Mapping[str, tuple[str, str, float]], listed: Mapping[str, str],
    leaver: Optional[str],
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return piece → person, and what nobody gets with the reason (a template)."""
    unknown = sorted({login for login in listed.values() if login not in people})
    if unknown:
        raise ParameterError("“{login}” is no active account manager of the store.", login=unknown[0])
    if by == "list":
        missing = sorted(set(listed) - {piece.label for piece in pieces if piece.estate})
        return ({piece.key: people[listed[piece.label]][0] for piece in pieces if piece.label in listed},
                [(code, "no open estate of this area that may change hands") for code in missing])
    if by == "grid":
        chosen = {piece.key: piece.keeper for piece in pieces if piece.keeper}
        reason = "nobody holds its grid today"
    else:
        chosen = _by_load(pieces, people, leaver)
        reason = "its branch has no active account manager"
    return chosen, [(piece.label, reason) for piece in pieces if piece.key not in chosen]


def _by_load(pieces: list[_Piece], people: Mapping[str, tuple[str, str, float]],
             leaver: Optional[str]) -> dict[str, str]:
    given_back: dict[Optional[str], float] = defaultdict(float)
    for piece in pieces:  # what changes hands is no load yet
        given_back[piece.owner] += piece.weight if piece.estate else 0.0
    branches: dict[str, dict[str, float]] = defaultdict(dict)
    for key, branch, load in people.values():
        if key != leaver:
            branches[branch][key] = max(0.0, load - given_back[key])
    chosen: dict[str, str] = {}
    for branch, loads in branches.items():
        chosen.update(share([(piece.key, piece.weight) for piece in pieces if piece.branch == branch], loads))
    return chosen
