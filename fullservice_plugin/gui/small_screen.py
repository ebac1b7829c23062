# SPDX-License-Identifier: GPL-2.0-or-later
"""Windows that fit on a small screen: what they hold scrolls, their buttons stay in sight."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDialog,
    QDockWidget,
    QFormLayout,
    QFrame,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

#: Height that title, buttons and the bars of the desktop take on every screen (pixels).
_AROUND = 130


class Roomy(QScrollArea):
    """An area that asks for all the room its content wants, as far as the screen has it, and scrolls beyond."""

    def __init__(self, content: QWidget, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)

    def _width(self, wanted: int) -> int:
        return wanted + self.verticalScrollBar().sizeHint().width()

    def sizeHint(self) -> QSize:  # noqa: N802 (the name Qt asks for)
        """Return the content's size, no higher than the screen."""
        wanted = self.widget().sizeHint()
        room = QApplication.primaryScreen().availableSize().height() - _AROUND
        return QSize(self._width(wanted.width()), min(wanted.height(), room))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (the name Qt asks for)
        """Return the content's narrowest width: only the height scrolls."""
        return QSize(self._width(self.widget().minimumSizeHint().width()), 6 * self.fontMetrics().lineSpacing())


def let_scroll(dialog: QDialog, *fixed: QWidget) -> None:
    """Let what a dialog holds scroll; ``fixed`` widgets, its buttons, stay below."""
    held = dialog.layout()
    for widget in fixed:
        if isinstance(held, QFormLayout) and held.indexOf(widget) >= 0:
            held.takeRow(widget)
        else:
            held.removeWidget(widget)
    inner = QWidget(dialog)
    inner.setLayout(held)
    held.setContentsMargins(0, 0, 0, 0)
    outer = QVBoxLayout(dialog)
    outer.addWidget(Roomy(inner, dialog), 1)
    for widget in fixed:
        outer.addWidget(widget)


def open_at(window: QWidget, width: int, height: int) -> None:
    """Give a window its first size, no higher than the screen."""
    room = QApplication.primaryScreen().availableSize()
    window.resize(min(width, room.width()), min(height, room.height() - 60))


def let_dock_scroll(dock: QDockWidget) -> None:
    """Let what a dock holds scroll, so that it never asks the window for more height than a screen has."""
    if not isinstance(dock.widget(), QScrollArea):
        dock.setWidget(Roomy(dock.widget(), dock))
