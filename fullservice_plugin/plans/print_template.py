# SPDX-License-Identifier: GPL-2.0-or-later
"""What an operator changes about all its papers: name, logo, colours, paper, title block, sections, texts, letters.

Plain data: read and checked by :mod:`template_file`, printed by the documents. The empty template is ours.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping, Optional

from fullservice_plugin.plans import palette
from fullservice_plugin.plans.placeholders import fill

LANGUAGES = ("zh", "en")
PAPERS = ("A4", "A3")
#: Title blocks of map sheets: ISO 7200:2004, GB/T 10609.1-2008.
TITLE_BLOCKS = ("none", "ISO 7200", "GB/T 10609.1")
PAGES = ("landscape", "portrait")
COVER, SOURCES, MAPS = "cover", "sources", "maps"
#: Kind of document → its sections in our order.
SECTIONS: dict[str, tuple[str, ...]] = {
    "access_plan": (COVER, MAPS, "estates", "cost", "frontier", "phases", "bills", "decisions", "splitters", "risers",
                    "floors", "optics", "risks", "reviews", SOURCES),
    "work_pack": (COVER, MAPS, "permits", "bills", "ways", "boxes", "splitters", "risers", "floors", "measurements",
                  "checklist", "sign_off", SOURCES),
    "negotiation_report": (COVER, MAPS, "estates", "agreements", "figures", "talks", SOURCES),
    "competitor_brief": (COVER, MAPS, "scores", "actions", "presences", SOURCES),
    "weekly_report": (COVER, "grids", "steps", "queue", "designs", "rivals", SOURCES),
    "dossier": ("facts", "proposal", "gain", "terms", "entry", "building", "signing", "letter"),
}  # fmt: skip
#: Documents that name the licences of their data cannot do without them.
REQUIRED = {kind: SOURCES for kind, sections in SECTIONS.items() if SOURCES in sections}
#: What texts of sections, of own pages and of the footer may name.
PLACEHOLDERS = ("operator", "title", "name", "code", "version", "author", "date", "hash")
COLOURS = {
    "accent": palette.ACCENT,
    "header": palette.HEADER,
    "ink": palette.INK,
    "muted": palette.MUTED,
    "line": palette.LINE,
    "tint": palette.TINT,
    "band": palette.BAND,
    "warn": palette.WARN,
}
READABLE = 4.5  # contrast of text and its ground, WCAG 2.1, 1.4.3


@dataclass(frozen=True)
class PrintTemplate:
    """A checked template: ``data`` as it stands in the file, and the files that it names.

    ``layouts`` are the paths of own layout templates by page.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    logo: bytes = field(default=b"", repr=False)
    layouts: Mapping[str, Path] = field(default_factory=dict)

    def word(self, key: str, language: str) -> str:
        """Return the text of ``operator``, ``footer`` or ``mark`` in a language, '' where there is none."""
        return _said(self.data.get(key), language)

    @property
    def paper(self) -> str:
        """Return the paper of map sheets."""
        return str(self.data.get("paper", PAPERS[0]))

    @property
    def title_block(self) -> str:
        """Return the standard of the title block of map sheets."""
        return str(self.data.get("title_block", TITLE_BLOCKS[0]))

    @property
    def letters(self) -> Mapping[str, Any]:
        """Return the operator's texts of letters."""
        return dict(self.data.get("letters", {}))

    def sections(self, kind: str) -> tuple[str, ...]:
        """Return the sections of a kind of document in their order; names that are not ours are own pages."""
        return tuple(self._document(kind).get("sections", SECTIONS[kind]))

    def text(self, kind: str, section: str, language: str, values: Mapping[str, Optional[str]]) -> str:
        """Return the operator's own text of a section, '' where there is none."""
        return filled(_said(self._document(kind).get("texts", {}).get(section), language), values)

    def page(self, name: str, language: str, values: Mapping[str, Optional[str]]) -> tuple[str, str]:
        """Return title and text of an own page."""
        page = self.data.get("pages", {}).get(name, {})
        return filled(_said(page.get("title"), language), values), filled(_said(page.get("text"), language), values)

    def colour(self, ours: str) -> str:
        """Return the colour that is printed for one of our palette."""
        return self.colours().get(ours, ours)

    def colours(self) -> dict[str, str]:
        """Return our colour → the operator's, where they differ; text on the header is white or dark, as is read."""
        own = self.data.get("colours", {})
        found = {COLOURS[name]: str(value).upper() for name, value in own.items()}
        if "accent" in own and "header" not in own:
            found[palette.HEADER] = found[palette.ACCENT]
        header = found.get(palette.HEADER)
        if header and contrast(header, palette.WHITE) < READABLE:
            dark = found.get(palette.INK, palette.INK)
            found.update({palette.ON_HEADER: dark, palette.FAINT_ON_HEADER: dark, palette.WARN_ON_HEADER: dark})
        return found

    def stamped(self, content: Any) -> Any:
        """Return what a content hash is taken of: the content, with the template where there is one."""
        if not self.data and not self.logo:
            return content
        mark = hashlib.sha256(json.dumps(self.data, sort_keys=True, ensure_ascii=True).encode("ascii"))
        mark.update(self.logo)
        for page in sorted(self.layouts):
            mark.update(Path(self.layouts[page]).read_bytes())
        return (mark.hexdigest(), content)

    def _document(self, kind: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.data.get("documents", {}).get(kind, {})
        return found


OURS = PrintTemplate()


def _said(words: Any, language: str) -> str:
    """Return one language of a text that is given once for both or by language."""
    if isinstance(words, Mapping):
        return str(words.get(language) or "")
    return str(words or "")


def filled(text: str, values: Mapping[str, Optional[str]]) -> str:
    """Return an operator's text with its placeholders; what is not known is a dash."""
    return fill(text, values, {name: "–" for name in PLACEHOLDERS}) if text else ""


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours #RRGGBB, 1 to 21 (WCAG 2.1, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
