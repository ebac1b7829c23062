# SPDX-License-Identifier: GPL-2.0-or-later
"""Ledgers out of CSV files of any encoding and XLSX workbooks, as plain text rows."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

from osgeo import gdal

from fullservice_plugin.connectors.hostile import refuse_bomb
from fullservice_plugin.connectors.osm_pbf import file_size
from fullservice_plugin.core.errors import InputError

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DELIMITERS = ",;\t|，；"


@dataclass
class LedgerTable:
    """Headings and rows of text (empty text = no value); ``numbers`` are the rows' line or row numbers in the file."""

    name: str
    headings: list[str]
    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


def is_ledger_file(path: str) -> bool:
    """Tell by its name whether a file is read here."""
    return path.lower().endswith(SUFFIXES)


def read_ledger_file(path: Path) -> LedgerTable:
    """Return the table in ``path``; raise InputError when it is missing, empty, broken or holds no rows."""
    file_size(path)
    if path.suffix.lower() == ".xlsx":
        refuse_bomb(path)
    table = _read_workbook(path) if path.suffix.lower() == ".xlsx" else _read_text(path)
    if not table.rows:
        raise InputError("The file {file} holds a heading but no rows.", file=str(path))
    return table


def decode(data: bytes, name: str) -> str:
    """Return text of UTF-8 (with or without mark), UTF-16 with mark, or GB18030; InputError for anything else."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data, encoding, name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _strict(data, "gb18030", name)


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            "The file {file} is no text in UTF-8 or GB18030 (byte {position}). Save it as UTF-8 and try again.",
            file=name,
            position=error.start,
        ) from None


def _read_text(path: Path) -> LedgerTable:
    text = decode(path.read_bytes(), str(path))
    if "\0" in text:
        raise InputError("The file {file} is no text file.", file=str(path))
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    if not first:
        raise InputError("The file {file} is empty.", file=str(path))
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        found = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=False))
    except csv.Error as error:
        raise InputError("The file {file} is no readable table: {reason}.", file=str(path), reason=str(error)) from None
    numbered = [(number, row) for number, row in enumerate(found, start=1) if any(cell.strip() for cell in row)]
    return _table(path, numbered)


def _table(path: Path, numbered: list[tuple[int, list[str]]]) -> LedgerTable:
    if not numbered:
        raise InputError("The file {file} is empty.", file=str(path))
    headings = [cell.strip() or f"column_{k + 1}" for k, cell in enumerate(numbered[0][1])]
    for k, name in enumerate(headings):
        if name in headings[:k]:
            headings[k] = f"{name}_{k + 1}"
    table = LedgerTable(path.name, headings)
    for number, row in numbered[1:]:
        cells = [cell.strip() for cell in row[: len(headings)]]
        table.rows.append(cells + [""] * (len(headings) - len(cells)))
        table.numbers.append(number)
    return table


def _read_workbook(path: Path) -> LedgerTable:
    """Read the first sheet with rows through GDAL's XLSX driver, every cell as text."""
    options = ("OGR_XLSX_HEADERS", "OGR_XLSX_FIELD_TYPES")
    previous = [gdal.GetThreadLocalConfigOption(option) for option in options]
    gdal.SetThreadLocalConfigOption(options[0], "DISABLE")
    gdal.SetThreadLocalConfigOption(options[1], "STRING")
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    gdal.ErrorReset()
    try:
        source = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY, allowed_drivers=["XLSX"])
        if source is None:
            raise _broken(path)
        for number in range(source.GetLayerCount()):
            layer = source.GetLayer(number)
            count = layer.GetLayerDefn().GetFieldCount()
            numbered = []
            for feature in layer:
                cells = [
                    _cell(feature.GetFieldAsString(k)) if feature.IsFieldSetAndNotNull(k) else "" for k in range(count)
                ]
                if any(cells):
                    numbered.append((int(feature.GetFID()), cells))
            if gdal.GetLastErrorType() >= gdal.CE_Failure:
                raise _broken(path)
            if numbered:
                return _table(path, numbered)
    except RuntimeError:  # only where somebody switched GDAL's exceptions on
        raise _broken(path) from None
    finally:
        gdal.PopErrorHandler()
        for option, value in zip(options, previous):
            gdal.SetThreadLocalConfigOption(option, value)
    raise InputError("The file {file} is empty.", file=str(path))


def _broken(path: Path) -> InputError:
    return InputError(
        "The file {file} is no readable Excel workbook (.xlsx). Open and save it again in Excel.", file=str(path)
    )


def _cell(text: str) -> str:
    """Return a cell's text; whole numbers that Excel keeps as 12.0 lose their point."""
    plain = text.strip()
    return plain[:-2] if plain.endswith(".0") and plain[:-2].lstrip("-").isdigit() else plain
