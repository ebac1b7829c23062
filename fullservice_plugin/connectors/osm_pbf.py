# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether an OpenStreetMap file is whole.

GDAL opens a truncated .osm.pbf as a valid layer without features and without an error, and "gone" must
never be read out of a failed read. So every blob of the file is walked to its end and unpacked here first
(https://wiki.openstreetmap.org/wiki/PBF_Format), and an .osm file must close its root element.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from fullservice_plugin.connectors.hostile import refuse_doctype
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress

_MAX_HEADER = 64 * 1024  # bytes, limit of the format
_MAX_BLOB = 32 * 1024 * 1024  # bytes, limit of the format
_TAIL = 4096  # bytes looked at for the closing element of an .osm file


def check_osm_file(path: Path, progress: Progress = SILENT) -> None:
    """Raise InputError unless ``path`` is a whole .osm.pbf or .osm file."""
    size = file_size(path)
    with path.open("rb") as handle:
        if path.name.lower().endswith(".pbf"):
            _check_pbf(path, handle, size, progress)
        else:
            refuse_doctype(path)
            _check_xml(path, handle, size)


def file_size(path: Path) -> int:
    """Return the size of a file in bytes; raise InputError when it is absent, unreadable or empty."""
    try:
        if not path.is_file():
            raise InputError("The file {file} does not exist.", file=str(path))
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as error:
        raise InputError(
            "The file {file} cannot be read: {reason}", file=str(path), reason=error.strerror or str(error)
        ) from None
    if size == 0:
        raise InputError("The file {file} is empty.", file=str(path))
    return size


def _damaged(path: Path, at: int, size: int) -> InputError:
    return InputError(
        "The file {file} is damaged or cut off at byte {position} of {size}. Nothing was read; get it again.",
        file=str(path),
        position=at,
        size=size,
    )


def _check_pbf(path: Path, handle: BinaryIO, size: int, progress: Progress) -> None:
    at, expected = 0, b"OSMHeader"
    while at < size:
        progress.step(at / size)
        raw = handle.read(4)
        length = struct.unpack(">I", raw)[0] if len(raw) == 4 else -1
        header = handle.read(length) if 0 < length <= _MAX_HEADER else b""
        kind, data_size = _header(header) if length == len(header) else (b"", -1)
        if at == 0 and kind != expected:
            raise InputError("The file {file} is no OpenStreetMap .pbf file.", file=str(path))
        blob = handle.read(data_size) if 0 <= data_size <= _MAX_BLOB else b""
        if kind not in (b"OSMHeader", b"OSMData") or len(blob) != data_size or not _blob_is_whole(blob):
            raise _damaged(path, at, size)
        at += 4 + length + data_size
        expected = b"OSMData"


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("varint")


def _fields(data: bytes) -> dict[int, object]:
    """Return the fields of a flat protobuf message; raise ValueError where it does not parse."""
    found: dict[int, object] = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            found[key >> 3], at = _varint(data, at)
        elif key & 7 == 2:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise ValueError("length")
            found[key >> 3] = data[at : at + length]
            at += length
        else:
            raise ValueError("wire type")
    return found


def _header(data: bytes) -> tuple[bytes, int]:
    """Return (type, data size) of a BlobHeader; (b"", -1) where it is none."""
    try:
        fields = _fields(data)
    except ValueError:
        return b"", -1
    kind, size = fields.get(1), fields.get(3)
    return (kind, size) if isinstance(kind, bytes) and isinstance(size, int) else (b"", -1)


def _blob_is_whole(data: bytes) -> bool:
    """Tell whether a Blob parses and, where it is zlib, unpacks to its stated size and checksum."""
    try:
        fields = _fields(data)
        packed = fields.get(3)
        return not isinstance(packed, bytes) or len(zlib.decompress(packed)) == fields.get(2)
    except (ValueError, zlib.error):
        return False


def _check_xml(path: Path, handle: BinaryIO, size: int) -> None:
    head = handle.read(_TAIL)
    if b"<osm" not in head:
        raise InputError("The file {file} is no OpenStreetMap .osm file.", file=str(path))
    handle.seek(max(0, size - _TAIL))
    if not handle.read().rstrip(b" \t\r\n\0").endswith(b"</osm>"):
        raise _damaged(path, size, size)
