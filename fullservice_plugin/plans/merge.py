# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts the map sheets into their pages of the document and writes the file whole or not at all.

The document's page (header, footer, page number) becomes a form drawn over the sheet; the sheet keeps its page
dictionary, so its georeference (``/VP``) survives, and the document keeps its bookmarks and links.
"""

from __future__ import annotations

import datetime
import errno
import hashlib
import io
import os
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    TextStringObject,
)

from fullservice_plugin.core.errors import OutputError
from fullservice_plugin.plans import archive, bookmarks

_OVERLAY = "/FullServiceFrame"
_SCALE = re.compile(rb"^(\d\.\d+) 0 0 (\d\.\d+) \S+ \S+ cm$", re.MULTILINE)


def _stream(writer: PdfWriter, data: bytes, extra: Mapping[str, Any]) -> Any:
    made = DecodedStreamObject()
    made.set_data(data)
    packed = made.flate_encode()
    for key, value in extra.items():
        packed[NameObject(key)] = value
    return writer._add_object(packed)


def _plain(writer: PdfWriter, data: bytes) -> Any:
    """Add a stream too short to be packed."""
    made = DecodedStreamObject()
    made.set_data(data)
    return writer._add_object(made)


def _parts(page: Any) -> list[Any]:
    """Return the content streams of a page."""
    contents = page.get("/Contents")
    if contents is None:
        return []
    contents = contents.get_object()
    return list(contents) if isinstance(contents, ArrayObject) else [contents]


def _data(page: Any) -> bytes:
    return b"\n".join(part.get_object().get_data() for part in _parts(page))


@dataclass(frozen=True)
class PrintedSheet:
    """A sheet as QGIS wrote it: the PDF, its map frame on paper and where the frame's corners are.

    ``frame`` is left, top, width and height in millimetres from the page's top left; ``corners`` are latitude and
    longitude (WGS 84) of the frame's lower left, upper left, upper right and lower right corner.
    """

    data: bytes
    frame: tuple[float, float, float, float]
    corners: tuple[tuple[float, float], ...]


class _Exact(FloatObject):
    """A number written as given: pypdf keeps eight digits, which is a decimetre on the ground."""

    text = "0"

    def write_to_stream(self, stream: Any, encryption_key: Any = None) -> None:
        """Write the digits."""
        stream.write(self.text.encode("ascii"))


def _exact(value: float, digits: int) -> _Exact:
    made = _Exact(value)
    made.text = "{:.{}f}".format(value, digits)
    return made


def shrinkage(content: bytes) -> float:
    """Return by which factor QGIS drew a sheet too small (it rounds the page to whole points and dots), 1 if not."""
    found = Counter(_SCALE.findall(content))
    likely = [(count, a) for (a, d), count in found.items() if a == d and 0 < abs(float(a) - 1.0) < 0.004]
    return float(max(likely)[1]) if likely else 1.0


def _place(writer: PdfWriter, number: int, sheet: PrintedSheet, printed: PdfReader) -> None:
    """Lay the sheet (read as ``printed``) under what the document drew on page ``number`` (from 0)."""
    page = writer.pages[number]
    source = printed.pages[0]
    drawn, content = _data(page), _data(source)
    form = {
        "/Type": NameObject("/XObject"),
        "/Subtype": NameObject("/Form"),
        "/BBox": _box(page["/MediaBox"]),
        "/Resources": page.get("/Resources", DictionaryObject()),
    }
    frame = _stream(writer, drawn, form)
    resources = source["/Resources"].get_object().clone(writer, True)
    objects = resources.get("/XObject", DictionaryObject()).get_object()
    objects[NameObject(_OVERLAY)] = frame
    resources[NameObject("/XObject")] = objects
    height = float(page["/MediaBox"].get_object()[3])
    grow = 1.0 / shrinkage(content)
    down = height - grow * float(source["/MediaBox"].get_object()[3])
    matrix = f"q {grow:.9f} 0 0 {grow:.9f} 0 {down:.6f} cm\n".encode("ascii")
    over = f"\nQ\nq {_OVERLAY} Do Q\n".encode("ascii")
    # What QGIS packed stays packed as it is, between our words: packing again would be a tenth of the whole merge.
    drawn_by_qgis = [part.get_object().clone(writer, True).indirect_reference for part in _parts(source)]
    page[NameObject("/Contents")] = ArrayObject([_plain(writer, matrix), *drawn_by_qgis, _plain(writer, over)])
    page[NameObject("/Resources")] = resources
    if "/VP" in source:
        viewport = source["/VP"].get_object()[0].get_object().clone(writer, True)
        page[NameObject("/VP")] = ArrayObject([_viewport(viewport, sheet, height)])


def _viewport(viewport: Any, sheet: PrintedSheet, height: float) -> Any:
    """Return the viewport (ISO 32000-2, 12.9) narrowed from the page to the map frame, whose corners are exact."""
    left, top, wide, high = (value * 72.0 / 25.4 for value in sheet.frame)
    box = (left, height - top - high, left + wide, height - top)
    measure = viewport["/Measure"].get_object()
    unit = ArrayObject([FloatObject(value) for value in (0, 0, 0, 1, 1, 1, 1, 0)])
    viewport[NameObject("/BBox")] = ArrayObject([_exact(value, 4) for value in box])
    measure[NameObject("/Bounds")] = unit
    measure[NameObject("/LPTS")] = ArrayObject(unit)
    measure[NameObject("/GPTS")] = ArrayObject([_exact(value, 10) for corner in sheet.corners for value in corner])
    return viewport


def _box(box: Any) -> ArrayObject:
    return ArrayObject([FloatObject(float(value)) for value in box.get_object()])


def merge(
    document: bytes,
    sheets: Mapping[int, PrintedSheet],
    date: datetime.date,
    links: Optional[Mapping[int, Sequence[bookmarks.Link]]] = None,
) -> bytes:
    """Return the document with ``sheets`` (by page number from 0) in place, and ``links`` on its pages."""
    reader = PdfReader(io.BytesIO(document))
    outline = bookmarks.take(reader)
    writer = PdfWriter()
    writer.clone_reader_document_root(reader)
    # The writer knows the objects it copied by the reader's address: a reader that is gone leaves its address, and what
    # was copied from it, to the next one, which then gets the fonts of another sheet.
    readers = {number: PdfReader(io.BytesIO(sheet.data)) for number, sheet in sheets.items()}
    for number, sheet in sorted(sheets.items()):
        _place(writer, number, sheet, readers[number])
    bookmarks.put(writer, outline)
    for number in range(len(writer.pages)):
        bookmarks.link(writer, number, (links or {}).get(number, ()))
    stamp = date.strftime("D:%Y%m%d000000Z")
    properties = {str(key): str(value) for key, value in (reader.metadata or {}).items()}
    properties.update({"/CreationDate": stamp, "/ModDate": stamp, "/Producer": "Full-Service Battle Map"})
    writer.add_metadata({key: TextStringObject(value) for key, value in properties.items()})
    archive.prepare(writer, properties, date)
    mark = hashlib.sha256(document)
    for _, printed in sorted(readers.items()):
        mark.update(hashlib.sha256(_data(printed.pages[0])).digest())
    identity = ByteStringObject(mark.digest()[:16])
    writer._ID = ArrayObject((identity, identity))
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``: beside it first, then renamed, so that nothing half-written is ever left.

    Raises :class:`OutputError` where the directory is missing or refused, the disk is full or the file is held open.
    """
    path = Path(path)
    if path.is_dir():
        raise OutputError("{path} is a directory. Give the name of a file.", path=path)
    if not path.parent.is_dir():
        raise OutputError(
            "The directory {folder} does not exist. Create it or choose another.", folder=path.parent
        )
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=str(path.parent))
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
        temporary = ""
    except OSError as error:
        raise OutputError(
            _reason(error), path=path, bytes=f"{len(data):,}", reason=error.strerror or str(error)
        ) from error
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)


def _mode(path: Path) -> int:
    """Return the mode of the file that is replaced, or the usual one of a new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: {path} needs {bytes} bytes. Make room or choose another directory."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "{path} cannot be written: {reason}. Close it elsewhere or choose another directory."
    return "{path} ({bytes} bytes) cannot be written: {reason}. Choose another file or directory."
