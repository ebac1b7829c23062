# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages of a PDF as pictures, by the PDF driver of GDAL, which comes with QGIS (nothing else in it draws PDF pages)."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass, field
from typing import Any

from osgeo import gdal
from pypdf import PdfReader, PdfWriter

from fullservice_plugin.core.errors import MissingDependencyError, OutputError


@dataclass(frozen=True)
class Picture:
    """A page: its size in pixels and its rows of red, green, blue and alpha; what is not drawn on is clear."""

    width: int
    height: int
    data: bytes = field(repr=False)


def single_page(reader: PdfReader, number: int) -> bytes:
    """Return one page (from 0) of a PDF as a PDF of its own, without links that lead elsewhere."""
    writer = PdfWriter()
    writer.add_page(reader.pages[number])
    writer.pages[0].pop("/Annots", None)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def draw_page(data: bytes, dpi: float) -> Picture:
    """Return the first page of a PDF as a picture.

    Raises MissingDependencyError where this QGIS cannot draw PDF pages, OutputError where the page cannot be drawn.
    """
    if gdal.GetDriverByName("PDF") is None:
        raise MissingDependencyError("This QGIS cannot draw PDF pages. Save the PDF and open it in a PDF viewer.")
    name = f"/vsimem/fullservice-{uuid.uuid4().hex}.pdf"
    gdal.FileFromMemBuffer(name, data)
    try:
        found: Any = gdal.OpenEx(name, gdal.OF_RASTER, open_options=[f"DPI={dpi:.2f}", "BANDS=4"])
        if found is None:
            raise OutputError("The page cannot be drawn: {reason}.", reason=gdal.GetLastErrorMsg() or "PDF")
        wide, high = found.RasterXSize, found.RasterYSize
        pixels = found.ReadRaster(0, 0, wide, high, buf_type=gdal.GDT_Byte, band_list=[1, 2, 3, 4],
                                  buf_pixel_space=4, buf_line_space=4 * wide, buf_band_space=1)  # fmt: skip
        found = None
    except RuntimeError as error:  # where somebody in this QGIS switched GDAL's exceptions on
        raise OutputError("The page cannot be drawn: {reason}.", reason=str(error)) from error
    finally:
        gdal.Unlink(name)
    return Picture(wide, high, bytes(pixels))
