# SPDX-License-Identifier: GPL-2.0-or-later
"""The texts of letters as data (``letter_templates.json``): read, laid over by an operator's own, checked, filled.

A text holds named placeholders, ``{building}``, and parts that depend on one: ``{if entry}…{else}…{end}``. Nothing
else stands in braces: a template is text, never a program.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterator, Mapping, Optional

from fullservice_plugin.core.errors import InputError, ParameterError

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
LARGEST_BYTES = 1024 * 1024
LONGEST_REPLY_DAYS = 365
DEFAULT_FILE = Path(__file__).with_name("letter_templates.json")
_TOKEN = re.compile(r"\{([^{}]*)\}")
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
        raise ParameterError("There is no letter {kind}. Choose one of: {known}.", kind=kind, known=", ".join(KINDS))
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


def read_templates(path: str) -> dict[str, Any]:
    """Return an operator's template file. Raises InputError where it cannot be read or is no JSON object."""
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise InputError("The letter templates {file} are larger than {limit} MiB.", file=path, limit=1)
        data = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(
            "The letter templates {file} cannot be read: {reason}.", file=path, reason=error.strerror or str(error)
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            "The letter templates {file} are no valid JSON: {reason}.", file=path, reason=str(error)
        ) from error
    if not isinstance(data, dict):
        raise _wrong(path, "", "{}")
    return data


def check(own: Mapping[str, Any], source: str) -> None:
    """Raise InputError for the first thing in an operator's templates that cannot be used, naming where it stands."""
    for kind, entry in own.items():
        if kind not in KINDS:
            raise InputError(
                "The letter templates {file} have a letter {kind}, which is not known. Known: {known}.",
                file=source,
                kind=kind,
                known=", ".join(KINDS),
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
    """Yield (what, value): ``text``, ``name``, ``if``, ``else``, ``end``. Raises InputError naming what is unknown."""
    end, inside = 0, ""
    for match in _TOKEN.finditer(text):
        yield "text", _plain(text[end : match.start()], source, place)
        end = match.end()
        word = match.group(1).strip()
        depends = word.startswith("if ")
        name = word[3:].strip() if depends else word
        if depends and not inside:
            inside = "if"
            yield "if", _known(name, source, place)
        elif (name, inside) == ("else", "if"):
            inside = "else"
            yield "else", ""
        elif name == "end" and inside:
            inside = ""
            yield "end", ""
        elif depends or name in ("else", "end"):
            raise _braces(source, place, match.group())
        else:
            yield "name", _known(name, source, place)
    yield "text", _plain(text[end:], source, place)
    if inside:
        raise _braces(source, place, "{if …}")


def _known(name: str, source: str, place: str) -> str:
    if name not in PLACEHOLDERS:
        raise InputError(
            "The letter templates {file} name the placeholder {name} in {place}, which is not known. Known: {known}.",
            file=source,
            name="{" + name + "}",
            place=place,
            known=", ".join(PLACEHOLDERS),
        )
    return name


def _plain(text: str, source: str, place: str) -> str:
    if "{" in text or "}" in text:
        raise _braces(source, place, "{" if "{" in text else "}")
    return text


def _braces(source: str, place: str, found: str) -> InputError:
    return InputError(
        "The letter templates {file} have {found} in {place} where it has no counterpart.",
        file=source,
        found=found,
        place=place,
    )


def fill(text: str, values: Mapping[str, Optional[str]], neutral: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled: what is not known (None or empty) by its neutral wording."""
    made: list[str] = []
    known = shown = True
    for what, value in _tokens(text):
        if what == "if":
            known = shown = bool(values.get(value))
        elif what == "else":
            shown = not known
        elif what == "end":
            shown = True
        elif shown:
            made.append(value if what == "text" else values.get(value) or neutral[value])
    return re.sub(" {2,}", " ", "".join(made)).strip()
