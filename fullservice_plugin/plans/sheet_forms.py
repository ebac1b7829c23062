# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms of map sheets: which layout template, how large the paper, where map frame and title block are.

Ours (``styles/layouts/sheet_<page>.qpt``, A4) are stretched to A3 and make room for a title block; an operator's own
layout is taken as it is, and an item of it with the id ``titleblock`` says where the block stands. Millimetres from the
page's top left.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Optional

from qgis.core import (
    QgsLayout,
    QgsLayoutItem,
    QgsLayoutItemLabel,
    QgsLayoutItemMap,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsProject,
    QgsReadWriteContext,
)
from qgis.PyQt.QtCore import QPointF
from qgis.PyQt.QtXml import QDomDocument

import fullservice_plugin
from fullservice_plugin.core.errors import InputError, OutputError
from fullservice_plugin.plans.print_template import PAGES, PrintTemplate

Box = tuple[float, float, float, float]  # left, top, width, height
FRAMES = {"landscape": (205.0, 166.0), "portrait": (181.8, 196.0)}  # map frames of our templates
_AT = (14.1, 28.0)  # their left and top
_A4 = {"landscape": (297.0, 210.0), "portrait": (210.0, 297.0)}
_A3 = {"landscape": (420.0, 297.0), "portrait": (297.0, 420.0)}
#: ISO 7200 asks for a block 180 mm wide, GB/T 10609.1-2008 for 180 × 56 mm.
BLOCKS = {"ISO 7200": (180.0, 27.0), "GB/T 10609.1": (180.0, 56.0)}
GAP = 3.0  # between map and title block
BAR = 16.0  # the scale bar may come so much nearer to the notes, which stand at the foot of their box
EDGE = 14.1  # of the paper to the title block's right
ITEMS = {"map": QgsLayoutItemMap, "notes": QgsLayoutItemLabel}  # without these no sheet: the place, scale and licence


@dataclass(frozen=True)
class Form:
    """The form of one page."""

    path: Path
    size: tuple[float, float]
    frame: Box
    block: Optional[Box] = None
    stretch: tuple[float, float, float] = (0.0, 0.0, 0.0)  # wider, higher, lifted by (our templates only)

    @property
    def room(self) -> tuple[float, float]:
        """Return width and height of the map frame."""
        return self.frame[2], self.frame[3]


Forms = Mapping[str, Form]


def layouts_directory() -> Path:
    """Return the directory of the layout templates, in the plugin or beside it in a checkout."""
    package = Path(fullservice_plugin.__file__).resolve().parent
    inside = package / "styles" / "layouts"
    return inside if inside.is_dir() else package.parent / "styles" / "layouts"


def sheet_forms(look: PrintTemplate) -> dict[str, Form]:
    """Return the form of each page. Raises InputError where an own layout lacks what a sheet cannot do without."""
    return {page: _own(look, page) if page in look.layouts else _ours(look, page) for page in PAGES}


def rooms(forms: Forms) -> dict[str, tuple[float, float]]:
    """Return width and height of the map frame by page."""
    return {page: form.room for page, form in forms.items()}


def _ours(look: PrintTemplate, page: str) -> Form:
    size = (_A3 if look.paper == "A3" else _A4)[page]
    wider, higher = size[0] - _A4[page][0], size[1] - _A4[page][1]
    block = BLOCKS.get(look.title_block)
    lifted = block[1] + GAP if block else 0.0
    wide, high = FRAMES[page]
    foot = _A4[page][1] + higher - 16.0  # the foot of the document starts below
    place = (size[0] - EDGE - block[0], foot - block[1], *block) if block else None
    frame = (*_AT, wide + wider, high + higher - lifted)
    return Form(layouts_directory() / f"sheet_{page}.qpt", size, frame, place, (wider, higher, lifted))


def _own(look: PrintTemplate, page: str) -> Form:
    """Return the form of an operator's layout, its items checked."""
    path = look.layouts[page]
    layout = read_layout(QgsProject(), path)
    there = sorted({item.id() for item in layout.items() if isinstance(item, QgsLayoutItem) and item.id()})
    for name, kind in ITEMS.items():
        if not isinstance(layout.itemById(name), kind):
            raise InputError(
                "The layout {path} lacks the item {name} ({kind}), without which no sheet can be printed. In the "
                "layout designer, give that item the id {name}. Its ids now: {there}.", path=path, name=name,
                kind=_WORDS[name], there=there or "–",
            )  # fmt: skip
    pages = layout.pageCollection()
    if pages.pageCount() != 1:
        raise InputError("The layout {path} has {count} pages; a sheet is one page.", path=path,
                         count=pages.pageCount())  # fmt: skip
    size = pages.page(0).rect()
    block = layout.itemById("titleblock")
    return Form(path, (size.width(), size.height()), _box(layout.itemById("map")), _box(block) if block else None)


_WORDS = {"map": "map", "notes": "label"}


def _box(item: Any) -> Box:
    corner: QPointF = item.mapToScene(0.0, 0.0)
    return corner.x(), corner.y(), item.rect().width(), item.rect().height()


def read_layout(project: QgsProject, path: Path) -> QgsLayout:
    """Return the layout of a template file. Raises OutputError where it is none."""
    layout = QgsLayout(project)
    layout.undoStack().blockCommands(True)  # or each item that comes and goes is kept as XML
    document = QDomDocument()
    try:
        document.setContent(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError("The layout template {path} cannot be read: {reason}.", path=path,
                          reason=getattr(error, "strerror", None) or str(error)) from error  # fmt: skip
    _, loaded = layout.loadFromTemplate(document, QgsReadWriteContext())
    if not loaded:
        raise OutputError("{path} is no layout template of QGIS.", path=path)
    return layout


def fit(layout: QgsLayout, form: Form) -> None:
    """Stretch one of our layouts to its paper and make room for the title block."""
    wider, higher, lifted = form.stretch
    if (wider, higher, lifted) == (0.0, 0.0, 0.0):
        return
    page = layout.pageCollection().page(0)
    width, height = page.rect().width(), page.rect().height()
    page.setPageSize(QgsLayoutSize(*form.size))
    for item in layout.items():
        if not isinstance(item, QgsLayoutItem) or not item.id():
            continue
        left, top, wide, high = _box(item)
        if item.id() == "map":
            item.attemptResize(QgsLayoutSize(*form.room))
        elif top < _AT[1]:
            item.attemptResize(QgsLayoutSize(wide + wider, high))
        else:
            across = wider if left > width / 2 else 0.0  # a scale bar has no width before its map
            down = higher - lifted if top > height / 2 else 0.0
            if item.id() == "scalebar" and lifted:
                down += BAR  # out of the way of a long legend
            item.attemptMove(QgsLayoutPoint(left + across, top + down))
    block = layout.itemById("titleblock")
    if block is not None:
        layout.removeLayoutItem(block)
