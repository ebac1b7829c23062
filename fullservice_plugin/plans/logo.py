# SPDX-License-Identifier: GPL-2.0-or-later
"""An operator's logo: PNG and JPEG as they are, SVG drawn once as a sharp PNG."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from qgis.PyQt.QtGui import QImage, QPainter
from qgis.PyQt.QtSvg import QSvgRenderer

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.i18n import tr

LARGEST_BYTES = 2 * 1024 * 1024
SVG_PIXELS = (1100, 360)  # 46 × 15 mm, the largest place of a logo, at 600 dots per inch


def read_logo(given: Any, folder: Path = Path()) -> bytes:
    """Return the picture that ``given`` names: a file (from ``folder``) or the picture itself as data:…;base64,….

    Raises InputError where it cannot be read, is empty, too large or no picture that can be used.
    """
    if not given:
        return b""
    text = str(given).strip()
    head, comma, body = text.partition(",")
    try:
        if head.startswith("data:") and comma:
            data = base64.b64decode(body, validate=True)
        else:
            path = folder / text
            data = path.read_bytes() if path.stat().st_size <= LARGEST_BYTES else b""
    except (OSError, ValueError, binascii.Error) as error:
        raise bad_logo(getattr(error, "strerror", None) or str(error)) from error
    if not 0 < len(data) <= LARGEST_BYTES:
        raise bad_logo(tr("empty, or larger than {limit} MiB", limit=LARGEST_BYTES >> 20))
    return _drawn(data) if _is_svg(data) else data


def bad_logo(reason: str) -> InputError:
    """Return the error for a logo that cannot be used."""
    return InputError("The logo cannot be used: {reason}. Give a PNG, JPEG or SVG.", reason=reason)


def _is_svg(data: bytes) -> bool:
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"<") and b"<svg" in data[:20_000]


def _drawn(data: bytes) -> bytes:
    """Return an SVG as PNG with a clear ground, as large as its place."""
    renderer = QSvgRenderer(QByteArray(data))
    size = renderer.defaultSize()
    if not renderer.isValid() or size.width() <= 0 or size.height() <= 0:
        raise bad_logo(tr("no SVG that can be drawn"))
    scale = min(SVG_PIXELS[0] / size.width(), SVG_PIXELS[1] / size.height())
    wide, high = max(1, round(size.width() * scale)), max(1, round(size.height() * scale))
    image = QImage(wide, high, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, wide, high))
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data())
