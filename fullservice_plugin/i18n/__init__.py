# SPDX-License-Identifier: GPL-2.0-or-later
"""One translation function for interface, messages and documents.

The source language is English. ``zh/*.json`` hold the Simplified Chinese sentences, one file per room.
A document may be written in another language than the interface, so the language can be given.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Iterable

LANGUAGES = ("en", "zh")
_current = "en"

#: What is counted in English sentences, and the word for one of it.
_ONE = {**{word: word[:-1] for word in (
    "areas bytes buildings cabinets contacts corrections days degrees designs drops estates features fibres files "
    "floors grids homes households layers leads letters lines months packages packs pages parts points ports readings "
    "routes rows sheets storeys streets tables talks tasks tiles times users values warnings years"
).split()}, "boxes": "box", "properties": "property"}
#: What English sentences say of it, and how they say it of one.
_OF_ONE = {"are": "is", "were": "was", "have": "has", "go": "goes", "reach": "reaches",
           **{verb: verb + "s" for verb in "belong fit get hold lie show stand start".split()}}
_COUNTED = re.compile(rf"(?:\{{(\w+)\}} of )?\{{(\w+)\}} ({'|'.join(_ONE)})\b(?: ({'|'.join(_OF_ONE)})\b)?")


@cache
def sentences(language: str) -> dict[str, str]:
    """Return the catalogue of a language: English source → sentence."""
    merged: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / language).glob("*.json")):
        merged.update(json.loads(path.read_text(encoding="utf-8")))
    return merged


def set_language(locale: str) -> None:
    """Choose the language of :func:`tr` from a locale such as ``zh_CN`` or ``en``."""
    global _current
    _current = "zh" if locale.lower().startswith("zh") else "en"


def language() -> str:
    """Return the language of :func:`tr`: ``en`` or ``zh``."""
    return _current


def translate(source: str, to: str, /, **values: Any) -> str:
    """Return ``source`` in language ``to`` with its named placeholders filled.

    A value ``name_zh`` takes the place of ``name`` in Chinese: labels of codes have words of their own. A value that is
    a list or tuple is written as the language writes a list.
    """
    text = _of_one(source, values) if to == "en" else sentences(to).get(source, source)
    own = {name[: -len(to) - 1]: value for name, value in values.items() if name.endswith(f"_{to}")}
    filled = {name: listed(map(str, value), to) if isinstance(value, (list, tuple)) else value
              for name, value in {**values, **own}.items()}
    return text.format(**filled) if filled else text


def _of_one(source: str, values: dict[str, Any]) -> str:
    """Put what is counted into the singular where there is one of it, and the verb that follows it.

    “{part} of {count} buildings get”: the verb follows the part. Behind “rows of {count} tables” or “and {count}
    tables” it is said of more than the tables, and stays.
    """
    ones = {name for name, value in values.items() if str(value) == "1"}

    def agreed(found: re.Match[str]) -> str:
        part, counted, things, verb = found.groups()
        said = (f"{{{part}}} of " if part else "") + f"{{{counted}}} {_ONE[things] if counted in ones else things}"
        if not verb:
            return said
        of_all = not part and source[: found.start()].endswith((" of ", " and "))
        return f"{said} {_OF_ONE[verb] if (part or counted) in ones and not of_all else verb}"

    return _COUNTED.sub(agreed, source) if ones else source


def tr(source: str, /, **values: Any) -> str:
    """Return ``source`` in the current language with its named placeholders filled."""
    return translate(source, _current, **values)


def listed(words: Iterable[str], to: str = "") -> str:
    """Return words one after the other as a language (empty: the current one) writes a list within a sentence."""
    return ("、" if (to or _current) == "zh" else ", ").join(words)


def headed(head: str, text: str, to: str = "") -> str:
    """Return a text behind its head, with the colon of a language (empty: the current one)."""
    return f"{head}：{text}" if (to or _current) == "zh" else f"{head}: {text}"
