# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures read by Qt where Pillow is not installed.

reportlab takes pictures through Pillow, which has compiled parts, so the ZIP cannot bring it along; QGIS on Linux need
not have it. What reportlab asks of it is little, and Qt, which is always there, answers that: :func:`stand_in` is put
in Pillow's place while reportlab is imported and taken away again, so that nobody else ever meets it.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any, BinaryIO

from qgis.PyQt.QtCore import QBuffer, QByteArray, QIODevice, Qt
from qgis.PyQt.QtGui import QColor, QImage, QImageReader, QPainter

#: What the end of every whole JPEG says (ITU-T T.81, B.1.1.3: EOI). Qt shows the upper part of one that is cut off.
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"


def read(data: bytes, *, most: int = 0) -> QImage:
    """Return the picture of a file, upright.

    Raises ValueError, with the reason, for what is none, is cut off or has more than ``most`` pixels.
    """
    content = QByteArray(data)
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    size = reader.size()
    if most and size.isValid() and size.width() * size.height() > most:
        raise ValueError(f"{size.width()} × {size.height()}")
    if data[:2] == JPEG_START and JPEG_END not in data[-1024:]:
        raise ValueError("the file is cut off")
    image = reader.read()
    if image.isNull():
        raise ValueError(reader.errorString())
    return image


def small_jpeg(data: bytes, pixels: int, most: int, quality: int) -> bytes:
    """Return a picture as JPEG on white, its longer side at most ``pixels``. Raises ValueError, see :func:`read`."""
    image = read(data, most=most)
    if max(image.width(), image.height()) > pixels:
        image = image.scaled(pixels, pixels, Qt.AspectRatioMode.KeepAspectRatio,
                             Qt.TransformationMode.SmoothTransformation)
    plain = QImage(image.size(), QImage.Format.Format_RGB888)
    plain.fill(QColor("white"))
    painter = QPainter(plain)
    painter.drawImage(0, 0, image)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    plain.save(buffer, "JPEG", quality)
    return bytes(buffer.data())


class Picture:
    """What reportlab asks of a picture of Pillow: size, mode, bands and bytes."""

    def __init__(self, size: tuple[int, int], mode: str, bands: dict[str, bytes], kind: str = "") -> None:
        self.size, self.mode, self.format = size, mode, kind
        self.info: dict[str, Any] = {}
        self._bands = bands

    def convert(self, mode: str) -> "Picture":
        """Return the picture in another mode; the bands are at hand for RGB and RGBA."""
        return Picture(self.size, mode, self._bands, self.format)

    def split(self) -> tuple["Picture", ...]:
        """Return the bands red, green, blue and, where there is one, alpha as grey pictures."""
        colours = self._bands["RGB"]
        each = [colours[n::3] for n in range(3)] + ([self._bands["A"]] if self.mode == "RGBA" else [])
        return tuple(Picture(self.size, "L", {"L": band}) for band in each)

    def tobytes(self) -> bytes:
        """Return the pixels, row by row without padding."""
        return self._bands[self.mode]


def _rows(image: QImage, depth: int) -> bytes:
    """Return the bytes of an image without the padding of its rows (Qt's begin at multiples of four)."""
    used, step = image.width() * depth, image.bytesPerLine()
    bits = image.constBits()
    bits.setsize(step * image.height())
    data = bytes(bits)
    return data if used == step else b"".join(data[row * step : row * step + used] for row in range(image.height()))


def opened(file: BinaryIO) -> Picture:
    """Return the picture of a file that is open for reading. Raises ValueError for what is none."""
    data = file.read()
    image = read(data)
    size = (image.width(), image.height())
    bands = {"RGB": _rows(image.convertToFormat(QImage.Format.Format_RGB888), 3)}
    if image.hasAlphaChannel():
        bands["A"] = _rows(image.convertToFormat(QImage.Format.Format_Alpha8), 1)
    return Picture(size, "RGBA" if "A" in bands else "RGB", bands, "JPEG" if data[:2] == JPEG_START else "")


def stand_in() -> dict[str, ModuleType]:
    """Return the modules that take Pillow's place while reportlab is imported."""
    package, pictures = ModuleType("PIL"), ModuleType("PIL.Image")
    pictures.Image, pictures.open = Picture, opened  # type: ignore[attr-defined]
    package.Image = pictures  # type: ignore[attr-defined]
    package.__path__ = []
    return {"PIL": package, "PIL.Image": pictures}


def import_reportlab() -> None:
    """Import reportlab's part that knows pictures, with or without Pillow. Raises ImportError."""
    if "reportlab.lib.utils" in sys.modules or importlib.util.find_spec("PIL") is not None:
        importlib.import_module("reportlab.lib.utils")
        return
    lent = stand_in()
    sys.modules.update(lent)
    try:
        importlib.import_module("reportlab.lib.utils")
    finally:
        for name in lent:
            sys.modules.pop(name, None)
