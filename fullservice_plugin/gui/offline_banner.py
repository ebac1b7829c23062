# SPDX-License-Identifier: GPL-2.0-or-later
"""The red bar over the map while the store does not answer: QGIS itself just draws an empty map."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtWidgets import QLabel

_STYLE = "background: #b3261e; color: white; font-weight: bold; padding: 8px 14px;"


class OfflineBanner(QObject):
    """A label along the upper edge of a widget; without a widget (headless) it only remembers its text."""

    def __init__(self, over: Any = None) -> None:
        super().__init__()
        self._over = over
        self._label: Any = None
        self.text = ""

    def hoist(self, text: str) -> None:
        """Show the bar with this text."""
        self.text = text
        if self._over is None:
            return
        if self._label is None:
            self._label = QLabel(self._over)
            self._label.setObjectName("FullServiceOffline")
            self._label.setWordWrap(True)
            self._label.setStyleSheet(_STYLE)
            self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._over.installEventFilter(self)
        self._label.setText("\u26a0  " + text)
        self._place()
        self._label.show()
        self._label.raise_()

    def lower(self) -> None:
        """Take the bar down."""
        self.text = ""
        if self._label is not None:
            self._over.removeEventFilter(self)
            self._label.hide()
            self._label.deleteLater()
            self._label = None

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (the name Qt asks for)
        """Keep the bar as wide as what it lies over."""
        if event.type() == QEvent.Type.Resize and self._label is not None:
            self._place()
        return False

    def _place(self) -> None:
        width = self._over.width()
        self._label.setGeometry(0, 0, width, self._label.heightForWidth(width))
