# SPDX-License-Identifier: GPL-2.0-or-later
"""Texts of an operator with named placeholders: ``{building}``, and ``{if entry}…{else}…{end}`` for parts that depend
on one.

Nothing else stands in braces: such a text is text, never a program.
"""

from __future__ import annotations

import re
from typing import Callable, Iterator, Mapping, Optional, Sequence

_TOKEN = re.compile(r"\{([^{}]*)\}")
#: Makes the error for a name that is not known, and for a brace without its counterpart.
Fault = Callable[[str], Exception]


def tokens(text: str, known: Optional[Sequence[str]], unknown: Fault, unpaired: Fault) -> Iterator[tuple[str, str]]:
    """Yield (what, value): ``text``, ``name``, ``if``, ``else``, ``end``. Raises what ``unknown``, ``unpaired`` make.

    ``known`` None: every name will do.
    """
    end, inside = 0, ""

    def named(name: str) -> str:
        if known is not None and name not in known:
            raise unknown(name)
        return name

    for match in _TOKEN.finditer(text):
        yield "text", _plain(text[end : match.start()], unpaired)
        end = match.end()
        word = match.group(1).strip()
        depends = word.startswith("if ")
        name = word[3:].strip() if depends else word
        if depends and not inside:
            inside = "if"
            yield "if", named(name)
        elif (name, inside) == ("else", "if"):
            inside = "else"
            yield "else", ""
        elif name == "end" and inside:
            inside = ""
            yield "end", ""
        elif depends or name in ("else", "end"):
            raise unpaired(match.group())
        else:
            yield "name", named(name)
    yield "text", _plain(text[end:], unpaired)
    if inside:
        raise unpaired("{if …}")


def _plain(text: str, unpaired: Fault) -> str:
    if "{" in text or "}" in text:
        raise unpaired("{" if "{" in text else "}")
    return text


def fill(text: str, values: Mapping[str, Optional[str]], neutral: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled: what is not known (None or empty) by its neutral wording.

    The text was checked when it was read; ``values`` and ``neutral`` together have every name that stands in it.
    """
    made: list[str] = []
    known = shown = True
    for what, value in tokens(text, None, KeyError, ValueError):
        if what == "if":
            known = shown = bool(values.get(value))
        elif what == "else":
            shown = not known
        elif what == "end":
            shown = True
        elif shown:
            made.append(value if what == "text" else values.get(value) or neutral[value])
    return re.sub(" {2,}", " ", "".join(made)).strip()
