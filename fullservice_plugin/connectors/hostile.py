# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that are made to hurt: XML that expands itself or reads other files, archives that grow without end.

Looked at before any library opens them. OpenStreetMap files and workbooks need no document type, so any is refused.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import IO

from fullservice_plugin.core.errors import InputError

#: A workbook of a million rows unpacks to about 300 MB; nothing honest is larger, or packed more than 200 : 1.
LARGEST_UNPACKED = 1 << 30
LARGEST_RATIO = 200
MOST_PARTS = 5000
#: What has less than this is no bomb, however well it is packed.
_HARMLESS = 16 << 20
_HEAD = 1 << 16
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def refuse_doctype(path: Path) -> None:
    """InputError for an XML file with a document type: it could expand or read other files."""
    with open(path, "rb") as stream:
        _look(stream, path.name)


def refuse_bomb(path: Path) -> None:
    """InputError for a zip that unpacks to too much or holds XML with a document type; a damaged one is left alone."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            packed = sum(part.compress_size for part in parts) or 1
            if len(parts) > MOST_PARTS or unpacked > LARGEST_UNPACKED or (
                    unpacked > _HARMLESS and unpacked / packed > LARGEST_RATIO):
                raise InputError("{file} unpacks to {size} MB in {count} parts, which no table needs. It was "
                                 "not opened.",
                                 file=path.name, size=unpacked >> 20, count=len(parts))
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        _look(stream, path.name)
    except (zipfile.BadZipFile, NotImplementedError, OSError):
        return  # damaged: whoever reads it says so in its own words


def _look(stream: IO[bytes], name: str) -> None:
    """A document type stands before the first element."""
    head = stream.read(_HEAD)
    first = re.search(rb"<[A-Za-z]", head.replace(b"\x00", b""))
    prologue = head.replace(b"\x00", b"")[: first.start() if first else _HEAD]
    if _DOCTYPE.search(prologue):
        raise InputError("{file} holds a document type, with which a file can expand itself or read others. It was not "
                         "opened.", file=name)
