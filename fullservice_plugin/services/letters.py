# SPDX-License-Identifier: GPL-2.0-or-later
"""Letters to property managers and owners: read the talk, fill the template, write the PDF, file it as evidence.

A letter that is filed addresses the role, not the person. Documents stay in the store for good and are read by roles
that may not see contacts: a name in them would escape masking, the log of looks and erasure.
"""

from __future__ import annotations

import datetime
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Optional

from fullservice_plugin.core.errors import (
    Cancelled,
    FullServiceError,
    InputError,
    OutputError,
    ParameterError,
    StoreError,
)
from fullservice_plugin.core.negotiation.compliance import DEFAULT_JURISDICTION, notice_chain, rules
from fullservice_plugin.core.negotiation.sla import EXPIRING_DAYS, OPEN
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import tr
from fullservice_plugin.plans import libraries
from fullservice_plugin.plans.letter_templates import Template
from fullservice_plugin.plans.letter_templates import template as letter_template
from fullservice_plugin.plans.print_template import PrintTemplate
from fullservice_plugin.services.negotiation import add_attachment, record_visit
from fullservice_plugin.services.plans import check_target, invented, read_sources
from fullservice_plugin.services.plans import fonts as find_fonts
from fullservice_plugin.services.templates import find_template
from fullservice_plugin.store import letters as queries
from fullservice_plugin.store import negotiation
from fullservice_plugin.store import plans as areas
from fullservice_plugin.store.connection import Store

CONFIRMED = ("signed", "entry_permitted", "in_force")
# Talks a letter makes sense for, when an area is written to at once: the open ones, or those with an agreement.
STAGES = {"works_notice": CONFIRMED, "renewal": (*CONFIRMED, "renewing")}
FILED_AS = {"proposal": "proposal"}  # evidence of its step; every other letter is filed as one


@dataclass(frozen=True)
class Desk:
    """What all letters of one run share."""

    template: Template
    look: PrintTemplate
    fonts: Any
    made: bool
    on: datetime.date
    keep: bool
    previous: Optional[str]  # the notice that comes before this one in its chain


@dataclass(frozen=True)
class Written:
    """What came of an area: letters written, and talks without one, with the reason."""

    letters: tuple[Path, ...]
    failures: tuple[str, ...]


def write_letter(
    store: Store,
    negotiation_id: str,
    kind: str,
    language: str,
    output: str,
    *,
    on: Optional[datetime.date] = None,
    keep: bool = False,
    templates: str = "",
    template: str = "",
    progress: Progress = SILENT,
) -> Path:
    """Write the letter of a talk as PDF, dated ``on`` (today), and return its path: whole or not at all.

    With ``keep`` it is filed in the talk, as proposal or letter, and logged as sent; file, document and log come
    about together or not at all. ``template`` is the file of a print template; ``templates`` one of texts of letters.
    Raises StoreError for a talk that this login does not see, ParameterError and InputError for kind and templates.
    """
    path = check_target(output)
    desk = _desk(store, kind, language, on, keep, find_template(store, template, templates))
    progress.step(0.1)
    _write(store, desk, negotiation_id, path, progress)
    progress.step(1.0)
    return path


def write_letters(
    store: Store,
    area: str,
    kind: str,
    language: str,
    folder: str,
    *,
    on: Optional[datetime.date] = None,
    keep: bool = False,
    templates: str = "",
    template: str = "",
    progress: Progress = SILENT,
) -> Written:
    """Write the letter of every open talk of an area ('' for all) into a folder, which is made where it lacks.

    Works notices go to talks with an agreement, renewals to those whose agreement ends soon. Each letter is whole and
    filed on its own: when the user cancels, those before stay. A talk whose letter cannot be made is told and left.
    """
    libraries.require()
    desk = _desk(store, kind, language, on, keep, find_template(store, template, templates))
    if area and areas.area_name(store, area) is None:
        raise InputError(
            "There is no estate, grid, micro-region or branch {area} that your login may see.", area=area
        )
    place = output_folder(folder)
    talks = _talks(store, area, desk)
    written: list[Path] = []
    failures: list[str] = []
    error: Optional[FullServiceError] = None
    for number, (talk, building) in enumerate(talks):
        progress.step(number / len(talks))
        try:
            written.append(_write(store, desk, talk, place, progress))
        except (Cancelled, OutputError, InputError):
            raise  # the folder, the logo: the next letter would fare no better
        except FullServiceError as problem:
            if store.connection.closed:
                raise
            error = problem
            reason = tr(problem.template, **problem.values)
            failures.append(tr("{building}: {reason}", building=building, reason=reason))
            progress.warn(failures[-1])
    if error is not None and not written:
        raise error
    progress.step(1.0)
    return Written(tuple(written), tuple(failures))


def _desk(
    store: Store, kind: str, language: str, on: Optional[datetime.date], keep: bool, look: PrintTemplate
) -> Desk:
    chosen = letter_template(kind, language, look.letters, look.source)
    if keep and not queries.may_log(store):
        raise StoreError(
            "The role of this login may not file documents and log letters. Write the letter without KEEP."
        )
    return Desk(
        template=chosen,
        look=look,
        fonts=find_fonts(),
        made=invented(read_sources(store)),
        on=on or datetime.date.today(),
        keep=keep,
        previous=_previous(store, kind),
    )


def _statutory(kind: str) -> bool:
    return any(kind in notice_chain(code) for code in rules())


def _previous(store: Store, kind: str) -> Optional[str]:
    """Return the notice before ``kind`` in the chain of the store's jurisdiction, None where it is the first.

    Raises ParameterError for a statutory notice of another jurisdiction than the store's.
    """
    with store.transaction() as cur:
        where = negotiation.jurisdiction(cur) or DEFAULT_JURISDICTION
    home = next((code for code in rules() if kind in notice_chain(code)), None)
    if home is None:
        return None
    chain = notice_chain(where)
    if kind not in chain:
        raise ParameterError(
            "The notice {kind} belongs to jurisdiction {home}; this store's is {jurisdiction}. Choose another letter.",
            kind=kind,
            home=home,
            jurisdiction=where,
        )
    place = chain.index(kind)
    return chain[place - 1] if place else None


def output_folder(folder: str) -> Path:
    """Return the folder of results, made where it lacks. Raises ParameterError or OutputError where it cannot be."""
    if not folder.strip():
        raise ParameterError("No output folder is named. Give the path of a folder.")
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            "The folder {folder} cannot be created: {reason}. Choose another place.",
            folder=folder,
            reason=error.strerror or str(error),
        ) from error
    return path


def first_letter(store: Store, area: str, kind: str, language: str, look: PrintTemplate) -> bytes:
    """Return the letter of the first talk of an area that asks for one, to the role, not to the person.

    Raises InputError where no talk does.
    """
    from fullservice_plugin.plans.letter import print_letter
    from fullservice_plugin.services.letter_facts import compose, read_facts

    desk = _desk(store, kind, language, None, False, look)
    talks = _talks(store, area, desk)
    if not talks:
        raise InputError("No talk of this area asks for such a letter; none was written.")
    facts = read_facts(store, talks[0][0], language, desk.on, False, "")
    return print_letter(compose(desk.template, facts, desk.on, look=look, made=desk.made), desk.fonts, look)


def _talks(store: Store, area: str, desk: Desk) -> list[tuple[str, str]]:
    kind = desk.template.kind
    ends_by = desk.on + datetime.timedelta(days=EXPIRING_DAYS) if kind == "renewal" else None
    return queries.talks(store, area, list(STAGES.get(kind, OPEN)), ends_by)


def _write(store: Store, desk: Desk, talk: str, target: Path, progress: Progress) -> Path:
    """Write one letter to ``target``, or under its own name into the folder ``target``; return the path."""
    from fullservice_plugin.plans.document import short_code
    from fullservice_plugin.plans.letter import print_letter
    from fullservice_plugin.plans.merge import write_whole
    from fullservice_plugin.services.letter_facts import compose, read_facts, reference

    kind, language = desk.template.kind, desk.template.language
    facts = read_facts(store, talk, language, desk.on, not desk.keep, f"letter {kind} of talk {talk}")
    number = reference(facts.talk)
    if desk.previous and facts.talk["last_letter"] is None:
        progress.warn(tr("{reference}: no earlier letter is logged, though the notice {notice} comes before this one.",
                         reference=number, notice=desk.previous))  # fmt: skip
    letter = compose(desk.template, facts, desk.on, look=desk.look, made=desk.made)
    data = print_letter(letter, desk.fonts, desk.look)
    progress.check()
    path = target / f"{short_code(number)}_{kind}_{language}.pdf" if target.is_dir() else target
    if not desk.keep:
        write_whole(path, data)
        return path
    with _placed(path, data), store.transaction():
        _file(store, desk, talk, path.name, letter.subject, data)
    return path


@contextmanager
def _placed(path: Path, data: bytes) -> Iterator[None]:
    """Put the file there; what follows fails: take it away again, or bring back the one it replaced."""
    from fullservice_plugin.plans.merge import write_whole

    before = path.read_bytes() if path.is_file() else None
    write_whole(path, data)
    try:
        yield
    except BaseException:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            write_whole(path, before)
        raise


def _file(store: Store, desk: Desk, talk: str, name: str, subject: str, data: bytes) -> None:
    """Attach the letter to its talk and log it; the very same letter made again is filed and logged once."""
    filed = FILED_AS.get(desk.template.kind, "letter")
    with store.transaction() as cur:
        if queries.is_filed(cur, talk, filed, hashlib.sha256(data).hexdigest()):
            return
    add_attachment(store, "negotiation", talk, filed, data, name)
    now = datetime.datetime.now().astimezone()
    noon = datetime.datetime.combine(desk.on, datetime.time(12)).astimezone()
    record_visit(store, talk, subject, channel="letter", at=now if now.date() == desk.on else noon,
                 notice=desk.template.kind if _statutory(desk.template.kind) else None)
