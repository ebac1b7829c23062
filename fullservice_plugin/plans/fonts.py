# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds fonts that can be embedded and chooses, run by run, one that has every character.

reportlab embeds TrueType outlines only (not the PostScript outlines of Noto CJK). Nothing is written
before :meth:`FontSet.check` has seen that each character has a glyph: a font without one drops it silently.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
import zlib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from typing import Iterable, Iterator, Optional

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from fullservice_plugin.core.errors import MissingDependencyError

FONT_VARIABLE = "FULLSERVICE_FONT"  # environment: path of a TrueType font with Chinese glyphs
PACKAGE = "fonts-wqy-zenhei"

# (regular, bold) file names in the order of preference; a bold may be absent.
LATIN_FILES = (
    ("DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("segoeui.ttf", "segoeuib.ttf"),
    ("arial.ttf", "arialbd.ttf"),
)
CHINESE_FILES = (
    ("wqy-zenhei.ttc", ""),
    ("wqy-microhei.ttc", ""),
    ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"),
    ("msyh.ttc", "msyhbd.ttc"),
    ("Deng.ttf", "Dengb.ttf"),
    ("simhei.ttf", ""),
    ("simsun.ttc", ""),
    ("Arial Unicode.ttf", ""),
    ("ARIALUNI.TTF", ""),
    ("DroidSansFallbackFull.ttf", ""),
    ("uming.ttc", ""),
)
SAMPLE_CHINESE = "楼盘光纤接入方案，（）：、"

# Characters without a shape of their own; they are dropped or become a space before anything is measured.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_SPACES = re.compile("[\t\u00a0\u2000-\u200a\u202f\u205f]")


_EITHER = frozenset("“”‘’…—·")  # in Chinese text these are set in the Chinese font, else in the Latin one


@dataclass(frozen=True, eq=False)
class Face:
    """A registered font: the name reportlab knows it by, its file and its characters (code points)."""

    name: str
    path: Path
    characters: frozenset[int] = field(repr=False)


def clean(text: object) -> str:
    """Return ``text`` composed (NFC), without invisible characters and with plain spaces; None gives ''."""
    if text is None:
        return ""
    composed = unicodedata.normalize("NFC", str(text))
    return _INVISIBLE.sub("", _SPACES.sub(" ", composed))


def font_directories() -> list[Path]:
    """Return the directories where this system keeps fonts, the user's own first."""
    home = Path.home()
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", str(home))) / "Microsoft/Windows/Fonts"
        found = [local, Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    elif sys.platform == "darwin":
        found = [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    else:
        found = [
            home / ".local/share/fonts",
            home / ".fonts",
            Path("/usr/local/share/fonts"),
            Path("/usr/share/fonts"),
        ]
    return [path for path in found if path.is_dir()]


@lru_cache(maxsize=1)
def installed_files() -> dict[str, Path]:
    """Return the TrueType files of the system by lower-case file name."""
    found: dict[str, Path] = {}
    for directory in font_directories():
        for folder, _, names in sorted(os.walk(directory)):
            for name in sorted(names):
                if name.lower().endswith((".ttf", ".ttc")):
                    found.setdefault(name.lower(), Path(folder) / name)
    return found


@cache
def load_face(path: Path) -> Optional[Face]:
    """Register the font file with reportlab; None where it cannot be embedded (PostScript outlines, damaged)."""
    name = "FS-{}-{:08x}".format(re.sub(r"[^A-Za-z0-9]+", "", path.stem), zlib.crc32(str(path).encode()))
    try:
        font = TTFont(name, str(path), subfontIndex=0)
    except (TTFError, OSError, ValueError, KeyError, IndexError):
        return None
    pdfmetrics.registerFont(font)
    return Face(name, path, frozenset(font.face.charToGlyph))


class FontSet:
    """The fonts of one document: Latin first where the text is Latin, Chinese otherwise, others as a last resort.

    ``configured`` is a TrueType file chosen by the operator (or the environment variable FULLSERVICE_FONT);
    it then comes first for everything that the Latin font lacks.
    """

    def __init__(self, configured: str = "", files: Optional[dict[str, Path]] = None) -> None:
        self._files = installed_files() if files is None else files
        chosen = configured or os.environ.get(FONT_VARIABLE, "")
        self.latin, self.latin_bold = self._first(LATIN_FILES, "A€²≤é")
        self.chinese, self.chinese_bold = (
            self._chosen(chosen) if chosen else self._first(CHINESE_FILES, SAMPLE_CHINESE)
        )
        self._others: Optional[list[Face]] = None
        if self.latin is None and self.chinese is None:
            raise MissingDependencyError(
                "No TrueType font that can be embedded in a PDF was found. Install the package {package}, or name a "
                "TrueType file in the setting fullservice/font or the environment variable {variable}.",
                package=PACKAGE,
                variable=FONT_VARIABLE,
            )

    def _chosen(self, path: str) -> tuple[Optional[Face], Optional[Face]]:
        face = load_face(Path(path))
        if face is None:
            raise MissingDependencyError(
                "The font {path} cannot be embedded: it must be an existing TrueType file (.ttf or .ttc with TrueType "
                "outlines). Choose another, or install the package {package}.",
                path=path,
                package=PACKAGE,
            )
        return face, None

    def _first(self, names: Iterable[tuple[str, str]], sample: str) -> tuple[Optional[Face], Optional[Face]]:
        wanted = {ord(character) for character in sample}
        for regular, bold in names:
            path = self._files.get(regular.lower())
            face = load_face(path) if path else None
            if face is not None and wanted <= face.characters:
                bold_path = self._files.get(bold.lower())
                return face, load_face(bold_path) if bold_path else None
        return None, None

    def _chain(self, bold: bool) -> list[Face]:
        if bold and self.chinese is not None and self.chinese_bold is None and self.latin is None:
            bold = False
        faces = [self.latin_bold, self.chinese_bold] if bold else []
        return [face for face in [*faces, self.latin, self.chinese] if face is not None]

    def _fallback(self, code: int) -> Optional[Face]:
        """Return any installed font with this character; all are opened once, and only when really needed."""
        if self._others is None:
            faces = (load_face(path) for _, path in sorted(self._files.items()))
            self._others = [face for face in faces if face is not None]
        return next((face for face in self._others if code in face.characters), None)

    def face_of(self, character: str, bold: bool = False) -> Optional[Face]:
        """Return the first font that has the character, or None."""
        code = ord(character)
        for face in self._chain(bold):
            if code in face.characters:
                return face
        return self._fallback(code)

    def missing(self, texts: Iterable[object]) -> list[str]:
        """Return the characters of ``texts`` that no installed font has, in code order."""
        characters = {character for text in texts for character in clean(text)} - {"\n", "\r"}
        return sorted(character for character in characters if self.face_of(character) is None)

    def check(self, texts: Iterable[object]) -> None:
        """Raise :class:`MissingDependencyError` where a character of ``texts`` has no glyph in any font."""
        lost = self.missing(texts)
        if not lost:
            return
        shown = " ".join("{} (U+{:04X})".format(c if c.isprintable() else "", ord(c)).strip() for c in lost[:8])
        raise MissingDependencyError(
            "{count} characters have no glyph in the fonts of this computer: {characters}. Install the package "
            "{package} (or another TrueType font that has them), or name one in the environment variable {variable}.",
            count=len(lost),
            characters=shown + (" …" if len(lost) > 8 else ""),
            package=PACKAGE,
            variable=FONT_VARIABLE,
        )

    def runs(self, text: object, bold: bool = False) -> Iterator[tuple[Face, str]]:
        """Yield (font, run) so that the runs together are the cleaned text. Spaces stay with the run before them."""
        current: Optional[Face] = None
        run = ""
        whole = clean(text)
        for character in whole:
            stays = character in " \n\r" or (character in _EITHER and current is self.chinese)
            face = current if stays and current is not None else self.face_of(character, bold)
            if face is None:
                self.check([whole])
            if face is not current and current is not None:
                yield current, run
                run = ""
            current = face
            run += character
        if current is not None and run:
            yield current, run

    def markup(self, text: object, bold: bool = False) -> str:
        """Return the text as reportlab paragraph markup: escaped, each run in its font, line breaks kept."""
        parts = (
            '<font name="{}">{}</font>'.format(face.name, escape(run, quote=False).replace("\n", "<br/>"))
            for face, run in self.runs(text, bold)
        )
        return "".join(parts)

    def width(self, text: object, size: float, bold: bool = False) -> float:
        """Return the width of one line of text in points."""
        return float(sum(pdfmetrics.stringWidth(run, face.name, size) for face, run in self.runs(text, bold)))

    def fit(self, text: object, size: float, width: float, bold: bool = False) -> str:
        """Return the text, cut with an ellipsis where it is wider than ``width`` points."""
        whole = clean(text).replace("\n", " ")
        if self.width(whole, size, bold) <= width:
            return whole
        low, high = 0, len(whole)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(whole[:middle] + "…", size, bold) <= width:
                low = middle
            else:
                high = middle - 1
        return whole[:low].rstrip() + "…"
