# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads and checks an operator's template: every fault is told with its file, its key and what is wanted there.

A file of letter texts as it was before templates, with the kinds of letters at its top, is taken as ``letters``.
"""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.plans import letter_templates
from fullservice_plugin.plans.placeholders import tokens
from fullservice_plugin.plans.print_template import (
    COLOURS,
    COVER,
    LANGUAGES,
    MAPS,
    PAGES,
    PAPERS,
    PLACEHOLDERS,
    REQUIRED,
    SECTIONS,
    TITLE_BLOCKS,
)

LARGEST_BYTES = 4 * 1024 * 1024  # a logo may stand in it
LONGEST = {"operator": 200, "mark": 80, "footer": 200, "title": 200}
LONGEST_TEXT = 20_000
NOTE = "//"  # a key for notes of the operator; what it holds is not read
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_PAGE_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
EXAMPLE = Path(__file__).with_name("template_example.json")
Check = Callable[[Any, "Where"], None]


class Where:
    """A place in a template, for messages."""

    def __init__(self, file: str, path: str = "", pages: Sequence[str] = ()) -> None:
        self.file, self.path, self.pages = file, path, tuple(pages)

    def at(self, key: str) -> Where:
        """Return a place inside this one."""
        return Where(self.file, f"{self.path}.{key}" if self.path else key, self.pages)

    def wrong(self, wanted: str) -> InputError:
        """Return the error for a value of another kind than ``wanted``."""
        return InputError(
            "The template {file} cannot be used: {place} must be {wanted}.",
            file=self.file,
            place=self.path or "JSON",
            wanted=wanted,
        )

    def unknown(self, name: str, known: Sequence[str]) -> InputError:
        """Return the error for a name that is not known, with the nearest that is."""
        near = difflib.get_close_matches(name.lower(), list(known), 1, 0.5)
        if near:
            return InputError(
                "The template {file} has {place}, which is not known. Did you mean {near}? Known here: {known}.",
                file=self.file,
                place=self.at(name).path,
                near=near[0],
                known=list(known),
            )
        return InputError(
            "The template {file} has {place}, which is not known. Known here: {known}.",
            file=self.file,
            place=self.at(name).path,
            known=list(known),
        )


def read_json(path: str) -> dict[str, Any]:
    """Return the object of a template file. Raises InputError where it cannot be read or is none."""
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise InputError("The template {file} is larger than {limit} MiB.", file=path, limit=LARGEST_BYTES >> 20)
        data = json.loads(file.read_text(encoding="utf-8-sig"), object_pairs_hook=_single(path))
    except OSError as error:
        raise InputError(
            "The template {file} cannot be read: {reason}.", file=path, reason=error.strerror or str(error)
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError("The template {file} is no valid JSON: {reason}.", file=path, reason=str(error)) from error
    if not isinstance(data, dict):
        raise Where(path).wrong("{}")
    return data


def _single(file: str) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    """Return the hook that refuses a key that stands twice: JSON would silently take the last."""

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found and key != NOTE:
                raise InputError("The template {file} has the key {key} twice in one place.", file=file, key=key)
            found[key] = value
        return found

    return made


def checked(data: Any, file: str, below: Sequence[str] = ()) -> dict[str, Any]:
    """Return a template without its notes; ``below`` are own pages of the template that it is laid over.

    Raises InputError for the first thing that cannot be used.
    """
    if not isinstance(data, dict):
        raise Where(file).wrong("{}")
    data = _without_notes(data)
    if data and all(key in letter_templates.KINDS for key in data):
        data = {"letters": data}
    pages = data.get("pages", {})
    own = tuple(pages) if isinstance(pages, dict) else ()
    _keys(data, Where(file, "", (*below, *own)), _TOP)
    return data


def laid(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``over`` laid on ``base``: objects key by key, everything else whole."""
    made = dict(base)
    for key, value in over.items():
        below = made.get(key)
        made[key] = laid(below, value) if isinstance(value, Mapping) and isinstance(below, Mapping) else value
    return made


def _without_notes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_notes(part) for key, part in value.items() if key != NOTE}
    return [_without_notes(part) for part in value] if isinstance(value, list) else value


def _keys(value: Any, where: Where, checks: Mapping[str, Check]) -> None:
    if not isinstance(value, dict):
        raise where.wrong("{}")
    for key, part in value.items():
        if key not in checks:
            raise where.unknown(key, tuple(checks))
        checks[key](part, where.at(key))


def _one_of(known: Sequence[str]) -> Check:
    def check(value: Any, where: Where) -> None:
        if value not in known:
            raise where.wrong(" / ".join(f'"{one}"' for one in known))

    return check


def _words(longest: int, placeholders: bool) -> Check:
    """Return the check of a text that is given once or by language."""

    def check(value: Any, where: Where) -> None:
        if isinstance(value, dict):
            _keys(value, where, {language: one for language in LANGUAGES})
        else:
            one(value, where)

    def one(value: Any, where: Where) -> None:
        if not isinstance(value, str) or len(value) > longest:
            raise where.wrong(f'"…" (≤ {longest})')
        if placeholders:
            _placeholders(value, where)

    return check


def _placeholders(text: str, where: Where) -> None:
    def unpaired(found: str) -> InputError:
        return InputError("The template {file} has {found} in {place} without its counterpart.", file=where.file,
                          found=found, place=where.path)  # fmt: skip

    list(tokens(text, PLACEHOLDERS, lambda name: where.unknown("{" + name + "}", _braced()), unpaired))


def _braced() -> tuple[str, ...]:
    return tuple("{" + name + "}" for name in PLACEHOLDERS)


def _text(value: Any, where: Where) -> None:
    if not isinstance(value, str) or not value.strip():
        raise where.wrong('"…"')


def _colour(value: Any, where: Where) -> None:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        raise where.wrong('"#RRGGBB"')


def _pages(value: Any, where: Where) -> None:
    if not isinstance(value, dict):
        raise where.wrong("{}")
    taken = {name for sections in SECTIONS.values() for name in sections}
    for name, page in value.items():
        if not _PAGE_NAME.fullmatch(name) or name in taken:
            raise InputError(
                "The template {file} cannot be used: an own page may not be named {name}. Use small letters, digits "
                "and _; these are taken: {taken}.", file=where.file, name=name, taken=sorted(taken),
            )  # fmt: skip
        _keys(page, where.at(name), _PAGE)
        if "title" not in page:
            raise where.at(name).at("title").wrong('"…"')


def _documents(value: Any, where: Where) -> None:
    _keys(value, where, {kind: _document(kind) for kind in SECTIONS})


def _document(kind: str) -> Check:
    def sections(value: Any, where: Where) -> None:
        if not isinstance(value, list) or not value or len(set(map(str, value))) < len(value):
            raise where.wrong('["…", …]')
        known = SECTIONS[kind] if kind == "dossier" else (*SECTIONS[kind], *where.pages)
        for name in value:
            if name not in known:
                raise where.unknown(str(name), known)
        if COVER in value[1:]:
            raise where.wrong(f'["{COVER}", …]')
        needed = REQUIRED.get(kind)
        if needed and needed not in value:
            raise InputError(
                "The template {file} cannot be used: {place} must have {needed}, since licences ask that their data "
                "be named.", file=where.file, place=where.path, needed=needed,
            )  # fmt: skip

    def texts(value: Any, where: Where) -> None:
        words = _words(LONGEST_TEXT, True)
        _keys(value, where, {name: words for name in SECTIONS[kind] if name not in (MAPS, "letter")})

    def check(value: Any, where: Where) -> None:
        _keys(value, where, {"sections": sections, "texts": texts})

    return check


def _layouts(value: Any, where: Where) -> None:
    _keys(value, where, {page: _text for page in PAGES})


def _letters(value: Any, where: Where) -> None:
    if not isinstance(value, dict):
        raise where.wrong("{}")
    letter_templates.check(value, where.file)


_PAGE: dict[str, Check] = {"title": _words(LONGEST["title"], True), "text": _words(LONGEST_TEXT, True)}
_TOP: dict[str, Check] = {
    "operator": _words(LONGEST["operator"], False),
    "logo": _text,
    "colours": lambda value, where: _keys(value, where, {name: _colour for name in COLOURS}),
    "paper": _one_of(PAPERS),
    "title_block": _one_of(TITLE_BLOCKS),
    "layouts": _layouts,
    "footer": _words(LONGEST["footer"], True),
    "mark": _words(LONGEST["mark"], False),
    "documents": _documents,
    "pages": _pages,
    "letters": _letters,
}
KEYS = tuple(_TOP)
