# SPDX-License-Identifier: GPL-2.0-or-later
"""Names as people type them: eglise for Église, strasse for Straße, a座 for Ａ座.

What was typed becomes a pattern of characters, as with pinyin, so that nothing is kept for it in the store.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

#: Blocks whose letters are others with a mark: Latin, Greek, Cyrillic, and the full-width letters of Chinese typing.
_BLOCKS = ((0xC0, 0x250), (0x370, 0x530), (0x1E00, 0x2000), (0xFF21, 0xFF5B))
#: Letters that Unicode does not take apart, by what is typed for them; then the pairs that stand for one letter.
_MORE = {"d": "đðĐÐ", "h": "ħĦ", "i": "ıİ", "l": "łŁ", "o": "øØ", "t": "ŧŦ"}
_PAIRS = {"aa": "åÅ", "ae": "äÄæÆ", "oe": "öÖøØœŒ", "ss": "ßẞ", "th": "þÞ", "ue": "üÜ"}
_PLAIN = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", **{one: plain for plain, more in _MORE.items() for one in more}}
#: Marks that follow their letter where a text is kept decomposed, as some file systems do.
_MARKS = "[\u0300-\u036f]*"


@lru_cache(maxsize=1)
def _variants() -> dict[str, str]:
    """Return plain small letter → the letters that are it in another case, with marks or in full width."""
    found = {plain: list(more) for plain, more in _MORE.items()}
    for start, end in _BLOCKS:
        for letter in map(chr, range(start, end)):
            plain = _plain(letter)
            if len(plain) == 1 and plain.isalpha() and plain != letter:
                found.setdefault(plain, []).append(letter)
    return {plain: "".join(letters) for plain, letters in found.items()}


def _plain(letter: str) -> str:
    """Return a letter small and without its marks; what has no case is itself."""
    if not has_letters(letter):
        return letter
    bare = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)).lower()
    return bare if len(bare) == 1 else letter.lower()


def has_letters(text: str) -> bool:
    """Tell whether a text can be written otherwise: Chinese characters, digits and signs cannot."""
    return any(letter.lower() != letter.upper() for letter in text)


@lru_cache(maxsize=64)
def spelt_like(typed: str) -> str:
    """Return a regular expression (for Python and PostgreSQL) for what is written as typed.

    Case, marks on letters and full width make no difference, nor does a pair of letters that stands for one (ss for ß,
    ae for ä). The language of the server does not matter.
    """
    text = "".join(_PLAIN.get(letter, letter) for letter in map(_plain, unicodedata.normalize("NFC", typed)))
    parts, at = [], 0
    while at < len(text):
        pair = text[at:at + 2]
        if pair in _PAIRS:
            parts.append(f"(?:{_class(pair[0])}{_class(pair[1])}|[{_PAIRS[pair]}])")
        else:
            parts.append(_class(text[at]))
        at += 2 if pair in _PAIRS else 1
    return "".join(parts)


@lru_cache(maxsize=512)
def _class(letter: str) -> str:
    """Return what may stand for one plain letter or sign."""
    if letter.lower() == letter.upper():
        return letter if letter.isalnum() or not letter.isascii() else "\\" + letter
    return f"[{letter}{letter.upper() if len(letter.upper()) == 1 else ''}{_variants().get(letter, '')}]" + _MARKS
