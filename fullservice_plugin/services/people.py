# SPDX-License-Identifier: GPL-2.0-or-later
"""User administration: a person comes, changes, stands in for somebody, leaves and hands over."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fullservice_plugin.core.errors import ParameterError, StoreError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import tr
from fullservice_plugin.store import people
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.people import Person


@dataclass(frozen=True)
class Managed:
    """What was done: the staff row, whether it was new, what changed hands."""

    staff_id: str
    fresh: bool
    active: bool
    handed: dict[str, int] = field(default_factory=dict)


def manage_person(store: Store, person: Person, active: bool = True, successor: str = "",
                  progress: Progress = SILENT) -> Managed:
    """Make, change or dismiss a person, all in one transaction. Only administrators of the store may.

    Somebody who leaves with open work needs a ``successor`` (a login), who gets all of it. Raises ParameterError or
    StoreError, then nothing changes.
    """
    with store.transaction() as cur:
        cur.execute("select fs_app.has_role('admin'), session_user::text")
        allowed, login = cur.fetchone()
        if not allowed:
            raise StoreError("The login {login} may not do this: it takes the role of administrator. Ask the store's "
                             "administrator.", login=login)
        known = people.find(cur, person.login)
        if active:
            staff = people.save(cur, person)
            done = Managed(staff, known is None, True, _handed(cur, staff, successor) if successor else {})
        else:
            done = _leaves(cur, person.login, known, successor, progress)
    _tell(person, done, successor, progress)
    return done


def _leaves(cur: Any, login: str, known: people.Known | None, successor: str, progress: Progress) -> Managed:
    if known is None:
        raise ParameterError("The store knows no login “{login}”. Check its spelling.", login=login)
    work = people.open_work(cur, known.id)
    if any(work.values()) and not successor:
        raise ParameterError(
            "{login} still holds {estates} estates, {talks} talks, {tasks} tasks and {areas} areas. Name in "
            "HANDOVER_TO "
            "who takes them.", login=login, **work)
    handed = _handed(cur, known.id, successor) if successor else {}
    if not people.dismiss(cur, login):
        progress.warn(tr("The login {login} lost every right to this store. It can still sign in to the server: "
                         "let the "
                         "server's administrator lock it.", login=login))
    return Managed(known.id, False, False, handed)


def _handed(cur: Any, staff: str, successor: str) -> dict[str, int]:
    heir = people.find(cur, successor)
    if heir is None or not heir.active:
        raise ParameterError("“{login}” is no active person of the store and cannot take over.", login=successor)
    return people.hand_over(cur, staff, heir.id)


def _tell(person: Person, done: Managed, successor: str, progress: Progress) -> None:
    if done.handed:
        progress.say(tr("Handed over to {login}: {estates} estates, {talks} talks, {tasks} tasks, {areas} areas.",
                        login=successor, **done.handed))
    if not done.active:
        progress.say(tr("{login} has left; the name stays with what was done.", login=person.login))
    elif done.fresh:
        progress.say(tr("{login} is now a person of the store. The password is set by the server's administrator.",
                        login=person.login))
    else:
        progress.say(tr("{login} was changed.", login=person.login))


def managers(store: Store) -> list[tuple[str, str]]:
    """Return (staff id, login) of the active account managers that this login sees, by login."""
    with store.transaction() as cur:
        return people.managers(cur)
