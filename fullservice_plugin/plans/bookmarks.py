# SPDX-License-Identifier: GPL-2.0-or-later
"""Bookmarks and links of a merged file.

A copy made by pypdf keeps of the bookmarks below another one only the first, and a sheet that QGIS printed has no
links: both are written here when all pages are in place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Optional, Sequence

from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NullObject, NumberObject
from pypdf.generic import TextStringObject as Text

MM = 72.0 / 25.4
PRINTED = 4  # flag of an annotation: also on paper, which PDF/A asks for


@dataclass(frozen=True)
class Entry:
    """A bookmark: title, page from 0, and those below it."""

    title: str
    page: int
    below: tuple["Entry", ...] = ()


@dataclass(frozen=True)
class Target:
    """Where a link leads: the page from 0, and the height there in points from below; None: the whole page."""

    page: int
    top: Optional[float] = None


@dataclass(frozen=True)
class Link:
    """A place on a page (left, top, right, bottom in millimetres from its top left) and where it leads."""

    box: tuple[float, float, float, float]
    target: Target


def take(reader: Any) -> tuple[Entry, ...]:
    """Return the bookmarks of a document and take them out of it."""
    root = reader.trailer["/Root"]
    if "/Outlines" not in root:
        return ()
    pages = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages)}
    found = _entries(root["/Outlines"], pages)
    del root[NameObject("/Outlines")]
    return found


def _entries(parent: Any, pages: dict[int, int]) -> tuple[Entry, ...]:
    found, node = [], parent.get("/First")
    while node is not None:
        item = node.get_object()
        page = pages[item["/Dest"][0].idnum if hasattr(item["/Dest"][0], "idnum") else item["/Dest"].raw_get(0).idnum]
        found.append(Entry(str(item["/Title"]), page, _entries(item, pages)))
        node = item.get("/Next")
    return tuple(found)


def put(writer: Any, entries: Sequence[Entry]) -> None:
    """Write the bookmarks; what lies below an entry is shown when it is opened."""
    if not entries:
        return
    root = DictionaryObject({NameObject("/Type"): NameObject("/Outlines")})
    place = writer._add_object(root)
    _fill(writer, root, place, entries)
    root[NameObject("/Count")] = NumberObject(len(entries))
    writer._root_object[NameObject("/Outlines")] = place


def _fill(writer: Any, parent: Any, place: Any, entries: Sequence[Entry]) -> None:
    made: list[tuple[Any, Any]] = []
    for entry in entries:
        item = DictionaryObject(
            {
                NameObject("/Title"): Text(entry.title),
                NameObject("/Parent"): place,
                NameObject("/Dest"): _destination(writer, Target(entry.page)),
            }
        )
        made.append((item, writer._add_object(item)))
        if entry.below:
            _fill(writer, item, made[-1][1], entry.below)
            item[NameObject("/Count")] = NumberObject(-len(entry.below))
    for (one, mine), (other, theirs) in zip(made, made[1:]):
        one[NameObject("/Next")], other[NameObject("/Prev")] = theirs, mine
    parent[NameObject("/First")], parent[NameObject("/Last")] = made[0][1], made[-1][1]


def _destination(writer: Any, target: Target) -> ArrayObject:
    page = writer.pages[target.page].indirect_reference
    if target.top is None:
        return ArrayObject([page, NameObject("/Fit")])
    return ArrayObject([page, NameObject("/XYZ"), NullObject(), NumberObject(round(target.top)), NullObject()])


def link(writer: Any, number: int, links: Iterable[Link]) -> None:
    """Add links to page ``number`` (from 0), and mark those it has as to be printed."""
    page = writer.pages[number]
    height = float(page["/MediaBox"].get_object()[3])
    there = page["/Annots"].get_object() if "/Annots" in page else ArrayObject()
    for one in there:
        one.get_object()[NameObject("/F")] = NumberObject(PRINTED)
    for one in links:
        left, top, right, bottom = (value * MM for value in one.box)
        box = (left, height - bottom, right, height - top)
        there.append(
            writer._add_object(
                DictionaryObject(
                    {
                        NameObject("/Type"): NameObject("/Annot"),
                        NameObject("/Subtype"): NameObject("/Link"),
                        NameObject("/Rect"): ArrayObject([FloatObject(round(value, 2)) for value in box]),
                        NameObject("/Border"): ArrayObject([NumberObject(0)] * 3),
                        NameObject("/F"): NumberObject(PRINTED),
                        NameObject("/Dest"): _destination(writer, one.target),
                    }
                )
            )
        )
    if there:
        page[NameObject("/Annots")] = there
