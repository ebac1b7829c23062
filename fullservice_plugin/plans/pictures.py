# SPDX-License-Identifier: GPL-2.0-or-later
"""The operator's logo as a flowable of a page."""

from __future__ import annotations

import io

from reportlab.lib.utils import ImageReader
from reportlab.platypus import Image

from fullservice_plugin.plans.logo import bad_logo

LOGO = (130.0, 42.0)  # points: the largest place of a logo
LOGO_PIXELS = 16_000_000


def logo_image(data: bytes) -> Image:
    """Return the logo as large as its place allows. Raises InputError for what is no PNG or JPEG of a usual size."""
    try:
        width, height = ImageReader(io.BytesIO(data)).getSize()
        if not 0 < width * height <= LOGO_PIXELS:
            raise ValueError(f"{width} × {height}")
        scale = min(LOGO[0] / width, LOGO[1] / height)
        return Image(io.BytesIO(data), width * scale, height * scale, mask="auto", hAlign="LEFT")
    except Exception as error:  # each kind of damage has an error of its own in the imaging library
        raise bad_logo(str(error) or type(error).__name__) from error
