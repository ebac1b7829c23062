# SPDX-License-Identifier: GPL-2.0-or-later
"""The photo of a building made small for paper, and the neutral drawing that stands in for it."""

from __future__ import annotations

import io
from typing import Any, Optional

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable, Image

from fullservice_plugin.plans import imaging, palette

PIXELS = 900  # of the longer side on paper: 300 dpi over 76 mm
MOST_PIXELS = 80_000_000  # of a photo that is opened at all; a larger one may be made to fill the memory
QUALITY = 82


def shrunk(data: bytes) -> bytes:
    """Return a photo as JPEG for paper, upright and without what the camera noted (place, time, owner).

    Raises ValueError, with the reason, for what is no picture, is cut off or is larger than any camera makes.
    """
    try:
        from PIL import Image as Pictures
        from PIL import ImageOps
    except ImportError:
        return imaging.small_jpeg(data, PIXELS, MOST_PIXELS, QUALITY)
    try:
        with Pictures.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError(f"{picture.width} × {picture.height}")
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((PIXELS, PIXELS), Pictures.LANCZOS)
            plain = Pictures.new("RGB", upright.size)
            plain.paste(upright)
    except ValueError:
        raise
    except Exception as error:  # each kind of damage has an error of its own in the imaging library
        raise ValueError(str(error) or type(error).__name__) from error
    target = io.BytesIO()
    plain.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()


def picture(data: bytes, width: float, height: float, storeys: Optional[int]) -> Any:
    """Return the photo (JPEG of :func:`shrunk`) as large as its place allows, a neutral drawing where there is none."""
    if not data:
        return Facade(width, height, storeys)
    from reportlab.lib.utils import ImageReader

    wide, high = ImageReader(io.BytesIO(data)).getSize()
    scale = min(width / wide, height / high)
    return Image(io.BytesIO(data), wide * scale, high * scale)


class Facade(Flowable):  # type: ignore[misc]
    """A plain front with as many rows of windows as the building has storeys (three where nobody counted them)."""

    def __init__(self, width: float, height: float, storeys: Optional[int]) -> None:
        super().__init__()
        self.width, self.height = width, height
        self.rows = min(12, max(1, storeys or 3))

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the size."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw ground, front, windows and door."""
        canvas, ground = self.canv, 16.0
        canvas.setFillColor(HexColor(palette.TINT))
        canvas.rect(0, 0, self.width, self.height, stroke=0, fill=1)
        canvas.setFillColor(HexColor(palette.LINE))
        canvas.rect(0, 0, self.width, ground, stroke=0, fill=1)
        each = min(22.0, (self.height - ground - 22) / self.rows)
        columns = 6
        wide = min(self.width * 0.62, columns * max(each, 13.0) * 1.25)
        left, top = (self.width - wide) / 2, ground + each * self.rows + 6
        canvas.setFillColor(HexColor(palette.WHITE))
        canvas.setStrokeColor(HexColor(palette.MUTED))
        canvas.setLineWidth(0.8)
        canvas.rect(left, ground, wide, top - ground, stroke=1, fill=1)
        canvas.setFillColor(HexColor(palette.LINE))
        step = wide / columns
        for row in range(self.rows):
            for column in range(columns):
                if row == 0 and column in (2, 3):
                    continue  # the door
                canvas.rect(left + column * step + step * 0.24, ground + row * each + each * 0.3, step * 0.52,
                            each * 0.48, stroke=0, fill=1)  # fmt: skip
        canvas.setFillColor(HexColor(palette.MUTED))
        canvas.rect(left + 2.45 * step, ground, step * 1.1, each * 0.72, stroke=0, fill=1)
