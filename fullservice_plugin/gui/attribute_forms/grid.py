# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of a group move up where fields are not shown, and a group without any field is not shown."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.PyQt.QtWidgets import QGridLayout, QGroupBox, QWidget

#: Columns of a grid: two fields beside each other, each with its label.
_HALF = 2
#: The least width of a field, in pixels.
_LEAST = 110


@dataclass(frozen=True)
class Cell:
    """A field of a grid: its widgets with column and span as written, and whether it has its row to itself."""

    widgets: tuple[tuple[QWidget, int, int], ...]
    half: int
    wide: bool

    @property
    def shown(self) -> bool:
        """Whether any of it is to be seen."""
        return any(not widget.isHidden() for widget, _, _ in self.widgets)


class FormGrid:
    """One group of a form and its fields, in their order."""

    def __init__(self, box: QGroupBox) -> None:
        self._box = box
        self._grid: QGridLayout = box.layout()
        places: dict[tuple[int, int], list[tuple[QWidget, int, int]]] = {}
        for number in range(self._grid.count()):
            row, column, _, span = self._grid.getItemPosition(number)
            widget = self._grid.itemAt(number).widget()
            if widget is not None:
                places.setdefault((row, column // _HALF), []).append((widget, column, span))
        alone = {row for row, half in places if (row, 1 - half) not in places}
        self._cells = [Cell(tuple(widgets), half, row in alone) for (row, half), widgets in sorted(
            places.items(), key=lambda place: place[0])]

    def fit(self, narrow: bool = False) -> None:
        """Let the fields that are shown follow each other, one below the other where there is little room."""
        row = half = 0
        for cell in self._cells:
            if not cell.shown:
                continue
            if half and (cell.wide or any(column + span > _HALF for _, column, span in cell.widgets if not cell.half)):
                row, half = row + 1, 0
            for widget, column, span in cell.widgets:
                self._grid.addWidget(widget, row, column - _HALF * cell.half + _HALF * half, 1, span)
            full = half or cell.wide or narrow
            row, half = (row + 1, 0) if full else (row, 1)
        self._grid.setColumnStretch(3, 0 if narrow else 1)
        self._grid.setColumnMinimumWidth(3, 0 if narrow else _LEAST)
        self._box.setVisible(any(cell.shown for cell in self._cells))
