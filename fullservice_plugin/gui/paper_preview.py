# SPDX-License-Identifier: GPL-2.0-or-later
"""A document looked at: pictures are shown, other files named with their size and opened by their own program."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.PyQt.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QImageReader, QPixmap, QResizeEvent
from qgis.PyQt.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from fullservice_plugin.gui.negotiation.papers import open_paper
from fullservice_plugin.gui.notify import sentence

#: A picture is read at most in this width and height (pixels): phones take larger ones than any screen shows.
_LARGEST = 1600
_HEIGHT = 220


class PaperPreview(QWidget):
    """Picture, line of words and buttons of one document; ``chosen`` tells the path of a file picked for a new one."""

    chosen = pyqtSignal(str)

    def __init__(self, text: Callable[..., str], parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._text = text
        self._paper: Optional[tuple[str, bytes]] = None
        self._whole = QPixmap()
        self.picture = QLabel(self)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setMinimumHeight(_HEIGHT)
        self.picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.choose_button = QPushButton(text("Choose a file…"), self)
        self.choose_button.clicked.connect(self._choose)
        self.open_button = QPushButton(text("Open"), self)
        self.open_button.clicked.connect(lambda: self._paper and open_paper(*self._paper))
        row = QHBoxLayout()
        row.addWidget(self.words, 1)
        row.addWidget(self.choose_button)
        row.addWidget(self.open_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.picture)
        layout.addLayout(row)
        self._set(None, "")

    @property
    def size_words(self) -> str:
        """The size of the document as people read it."""
        size = len(self._paper[1]) if self._paper is not None else 0
        return f"{size / 1024 / 1024:.1f} MiB" if size >= 1024 * 1024 else f"{size / 1024:.0f} KiB"

    def wait(self) -> None:
        """Say that the document is on its way."""
        self._set(None, self._text("Reading the document…"))

    def wait_for_file(self) -> None:
        """Ask for the file of a new row."""
        self._set(None, self._text("Choose the file. Its content is kept in the store."))
        self.choose_button.setVisible(True)

    def failed(self, error: BaseException) -> None:
        """Say why there is nothing to see."""
        self._set(None, sentence(error))

    def show_paper(self, name: str, content: Optional[bytes]) -> None:
        """Show a document; one of which only the name was kept says so."""
        if not content:
            self._set(None, self._text("Only the name of this document is kept, not its content."))
            return
        self._paper = (name, content)
        self._set(picture_of(content), "")
        self.words.setText(f"{name} · {self.size_words}")

    def _set(self, picture: Optional[QPixmap], words: str) -> None:
        self._paper = self._paper if picture is not None or not words else None
        self._whole = picture if picture is not None else QPixmap()
        self.picture.setVisible(not self._whole.isNull())
        self.words.setText(words)
        self.open_button.setEnabled(self._paper is not None)
        self.choose_button.setVisible(False)
        self._fit()

    def _fit(self) -> None:
        if not self._whole.isNull():
            room = QSize(max(80, self.picture.width()), _HEIGHT) * self.devicePixelRatioF()
            shown = self._whole.scaled(room, Qt.AspectRatioMode.KeepAspectRatio,
                                       Qt.TransformationMode.SmoothTransformation)
            shown.setDevicePixelRatio(self.devicePixelRatioF())
            self.picture.setPixmap(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (the name Qt asks for)
        """Fit the picture into the new room."""
        super().resizeEvent(event)
        self._fit()

    def _choose(self, _checked: Any = False) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self._text("Choose a file"))
        if path:
            self.chosen.emit(path)


def picture_of(content: bytes) -> Optional[QPixmap]:
    """Return a document as a picture, turned as it was taken; None for what is no picture."""
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid():
        return None
    if max(size.width(), size.height()) > _LARGEST:
        reader.setScaledSize(size.scaled(QSize(_LARGEST, _LARGEST), Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else QPixmap.fromImage(image)
