# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts pictures that the walks through QGIS took (build/screenshots) into docs/images, as they are or side by side.

Run the walks first (``make test-long T=tests/gui``), then ``build/venv/bin/python tools/doc_pictures.py``. Colours stay
as they were on the screen; a picture that would be larger than the limit is refused.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Optional

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PyQt5.QtCore import QRect
from PyQt5.QtGui import QColor, QImage, QImageWriter, QPainter

ROOT = Path(__file__).resolve().parent.parent
TAKEN, KEPT = ROOT / "build" / "screenshots", ROOT / "docs" / "images"
#: Most bytes of a picture: everybody who clones the repository loads it.
LIMIT = 400_000
GAP = 16  # pixels between the parts of a picture

Part = tuple[str, Optional[tuple[int, int, int, int]]]
#: Picture → rows of parts; a part is a walk's picture, whole or (left, top, width, height) of it.
PICTURES: dict[str, list[list[Part]]] = {
    "battle_map": [[("first_6_map", (300, 178, 1300, 430))]],
    "first_steps": [[("first_1_create", (0, 0, 720, 330)), ("first_2_sample", (0, 0, 720, 330))],
                    [("first_4_plan", (0, 0, 720, 330)), ("first_5_end", (0, 0, 720, 330))]],
    "start_dock": [[("start_dock_alone", (0, 0, 430, 360))]],
    "map": [[("map_grid", (301, 216, 750, 560)), ("map_estate", (301, 216, 750, 560))],
            [("map_building", (301, 216, 750, 560)), ("map_legend_4000", (1064, 176, 536, 640))]],
    "estate_card": [[("card", None)]],
    "negotiation": [[("estate_negotiating", (300, 178, 1300, 800))]],
    "design_workbench": [[("plan_made", None)]],
    "design_by_hand": [[("design_hand", (300, 178, 1300, 800))]],
    "design_review": [[("design_review", None)]],
    "wlan_floors": [[("wlan_floors", None)]],
    "review": [[("review", None)]],
    "ledger": [[("ledger", None)]],
    "conflict": [[("dialog_conflict", None)]],
    "rivals": [[("rivals_estate", None)]],
    "forms": [[("form_rule", None), ("form_paper", None)]],
    "templates": [[("plans_block", (836, 345, 764, 620))]],
}  # fmt: skip
#: Pictures that only one page shows.
ONE_LANGUAGE = {"ledger": "zh", "review": "en"}


def part(language: str, name: str, cut: Optional[tuple[int, int, int, int]]) -> QImage:
    """A part of a picture; SystemExit where the walk has not taken it."""
    path = TAKEN / f"{language}_{name}.png"
    image = QImage(str(path))
    if image.isNull():
        raise SystemExit(f"{path} is not there: run the walks first")
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return image if cut is None else image.copy(QRect(*cut))


def side_by_side(rows: list[list[QImage]], ground: str = "white", frame: int = 0) -> QImage:
    """Pictures in their rows on a ground, with a frame of it around all (pixels)."""
    wide = max(sum(image.width() for image in row) + GAP * (len(row) - 1) for row in rows)
    high = sum(max(image.height() for image in row) for row in rows) + GAP * (len(rows) - 1)
    whole = QImage(wide + 2 * frame, high + 2 * frame, QImage.Format.Format_RGB32)
    whole.fill(QColor(ground))
    painter, top = QPainter(whole), frame
    for row in rows:
        left = frame
        for image in row:
            painter.drawImage(left, top, image)
            left += image.width() + GAP
        top += max(image.height() for image in row) + GAP
    painter.end()
    return whole


def save(image: QImage, target: Path) -> None:
    """Write a picture over the one that was there; SystemExit where it cannot be written or is too large."""
    made = target.with_suffix(".new")
    writer = QImageWriter(str(made), b"png")
    writer.setCompression(100)
    if not writer.write(image):
        raise SystemExit(f"{target}: {writer.errorString()}")
    if made.stat().st_size > LIMIT:
        made.unlink()
        raise SystemExit(f"{target} would be larger than {LIMIT} bytes: show a part of it")
    made.replace(target)
    print(f"{target.relative_to(ROOT)} {target.stat().st_size // 1000} kB")


def main(wanted: list[str]) -> None:
    """Make the pictures that are named, all where none is."""
    for name in wanted or PICTURES:
        for language, suffix in (("en", ""), ("zh", "_zh")):
            if ONE_LANGUAGE.get(name, language) == language:
                rows = [[part(language, *one) for one in row] for row in PICTURES[name]]
                save(side_by_side(rows), KEPT / f"{name}{suffix}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
