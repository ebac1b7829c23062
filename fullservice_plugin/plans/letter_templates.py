# SPDX-License-Identifier: GPL-2.0-or-later
"""The texts of letters as data (``letter_templates.json``): read, laid over by an operator's own, checked.

What may stand in braces: :mod:`placeholders`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterator, Mapping, Optional

from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.plans.placeholders import tokens

KINDS = (
    "introduction",
    "survey_request",
    "proposal",
    "consent",
    "works_notice",
    "renewal",
    "reminder",
    "request_notice",
    "warning_1",
    "warning_2",
    "final_notice",
)
LANGUAGES = ("zh", "en")
#: What a template may name; each has a neutral wording for when the store does not know it.
PLACEHOLDERS = (
    "operator",
    "recipient",
    "addressee",
    "estate",
    "building",
    "buildings",
    "address",
    "reference",
    "date",
    "reply_by",
    "homes",
    "method",
    "work",
    "asked",
    "entry",
    "works_window",
    "works_hours",
    "agreement",
    "valid_from",
    "valid_to",
    "notice_days",
    "last_letter",
    "sender",
)
#: Rows that the table of a letter may have.
ROWS = (
    "building",
    "buildings",
    "address",
    "method",
    "homes",
    "entry",
    "works_window",
    "works_hours",
    "agreement",
    "valid_from",
    "valid_to",
    "notice_days",
    "cost",
    "design",
)
LONGEST_REPLY_DAYS = 365
DEFAULT_FILE = Path(__file__).with_name("letter_templates.json")
_TEXTS = ("subject", "greeting", "closing")


@dataclass(frozen=True)
class Template:
    """One letter in one language."""

    kind: str
    language: str
    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    closing: str
    table: tuple[str, ...]
    receipt: bool
    reply_days: int


def template(kind: str, language: str, own: Optional[Mapping[str, Any]] = None, source: str = "") -> Template:
    """Return the template of a kind in a language, the operator's ``own`` texts laid over ours.

    ``source`` names where they come from. All of ``own`` is checked, so that a fault shows at once. Raises
    ParameterError for an unknown kind or language, InputError naming what is wrong in ``own``.
    """
    if kind not in KINDS:
        raise ParameterError("There is no letter {kind}. Choose one of: {known}.", kind=kind, known=list(KINDS))
    if language not in LANGUAGES:
        raise ParameterError(
            "A letter is written in {known}, not in {language}.", known=" / ".join(LANGUAGES), language=language
        )
    own = own or {}
    check(own, source)
    general = {**_defaults()[kind], **own.get(kind, {})}
    words = {**_defaults()[kind][language], **own.get(kind, {}).get(language, {})}
    return Template(
        kind=kind,
        language=language,
        subject=words["subject"],
        greeting=words["greeting"],
        paragraphs=tuple(words["paragraphs"]),
        closing=words["closing"],
        table=tuple(general["table"]),
        receipt=general["receipt"],
        reply_days=general["reply_days"],
    )


@lru_cache(maxsize=1)
def _defaults() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DEFAULT_FILE.read_text(encoding="utf-8"))
    return found


def check(own: Mapping[str, Any], source: str) -> None:
    """Raise InputError for the first thing in an operator's templates that cannot be used, naming where it stands."""
    for kind, entry in own.items():
        if kind not in KINDS:
            raise InputError(
                "The letter templates {file} have a letter {kind}, which is not known. Known: {known}.",
                file=source,
                kind=kind,
                known=list(KINDS),
            )
        if not isinstance(entry, dict):
            raise _wrong(source, kind, "{}")
        for name, value in entry.items():
            _check_entry(source, kind, name, value)


def _check_entry(source: str, kind: str, name: str, value: Any) -> None:
    place = f"{kind}.{name}"
    if name in LANGUAGES:
        if not isinstance(value, dict):
            raise _wrong(source, place, "{}")
        for text in value:
            _check_text(source, f"{place}.{text}", text, value[text])
    elif name == "table":
        if not isinstance(value, list) or not set(map(str, value)) <= set(ROWS):
            raise _wrong(source, place, "[" + ", ".join(ROWS) + "]")
    elif name == "receipt":
        if not isinstance(value, bool):
            raise _wrong(source, place, "true / false")
    elif name == "reply_days":
        if type(value) is not int or not 0 < value <= LONGEST_REPLY_DAYS:
            raise _wrong(source, place, f"1 – {LONGEST_REPLY_DAYS}")
    else:
        raise _wrong(source, place, "zh, en, table, receipt, reply_days")


def _check_text(source: str, place: str, name: str, value: Any) -> None:
    if name == "paragraphs":
        texts = value if isinstance(value, list) else [None]
    elif name in _TEXTS:
        texts = [value]
    else:
        raise _wrong(source, place, "subject, greeting, paragraphs, closing")
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise _wrong(source, place, '["…"]' if name == "paragraphs" else '"…"')
    for text in texts:
        list(_tokens(text, source, place))


def _wrong(source: str, place: str, wanted: str) -> InputError:
    return InputError(
        "The letter templates {file} cannot be used: {place} must be {wanted}.",
        file=source,
        place=place or "JSON",
        wanted=wanted,
    )


def _tokens(text: str, source: str = "", place: str = "") -> Iterator[tuple[str, str]]:
    """Yield the tokens of a text. Raises InputError naming what is unknown or has no counterpart."""

    def unknown(name: str) -> InputError:
        return InputError(
            "The letter templates {file} name the placeholder {name} in {place}, which is not known. Known: {known}.",
            file=source,
            name="{" + name + "}",
            place=place,
            known=list(PLACEHOLDERS),
        )

    def unpaired(found: str) -> InputError:
        return InputError(
            "The letter templates {file} have {found} in {place} where it has no counterpart.",
            file=source,
            found=found,
            place=place,
        )

    return tokens(text, PLACEHOLDERS, unknown, unpaired)
