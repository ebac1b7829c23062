# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows a document page by page: turned, zoomed, drawn in the background."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import QgsMapRendererParallelJob
from qgis.PyQt.QtCore import QRect, Qt, QTimer
from qgis.PyQt.QtGui import QImage, QPainter, QPixmap
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QLabel, QScrollArea, QSpinBox, QToolButton, QVBoxLayout, QWidget

from fullservice_plugin.gui.design.session_task import DesignTask, start
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.preview import Draft

ZOOMS = (0, 50, 75, 100, 150, 200, 300)  # per cent; 0: as wide as the window
KEPT = 12  # pictures of pages that are kept
LARGEST = 220.0  # dots per inch: an A3 page then takes 26 MB
PAUSE_MS = 30  # between two steps of making ready
LATER_MS = 150  # a window that is being pulled wider is drawn when it rests


class _Waiting:
    """A page that is being drawn: what the document draws, and the map under it."""

    def __init__(self, draft: Draft, key: tuple[int, int], sheet: Any) -> None:
        self.draft, self.key, self.sheet = draft, key, sheet
        self.page: Optional[QImage] = None
        self.map: Optional[QImage] = None

    def joined(self) -> QPixmap:
        """Return the page: paper, sheet, map, and over them what the document draws."""
        page = self.page
        if page is None:
            return QPixmap()
        made = QPixmap(page.size())
        made.fill(Qt.GlobalColor.white)
        painter = QPainter(made)
        if self.sheet is not None and self.map is not None:
            painter.drawImage(made.rect(), self.sheet.ground)
            painter.drawImage(QRect(*self.sheet.box), self.map)
        painter.drawImage(0, 0, page)
        painter.end()
        return made


class PageView(QWidget):
    """``draft`` is shown at ``page`` (from 0); ``shown`` is page and dots per inch of the picture on screen."""

    def __init__(self, failed: Callable[[BaseException], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._failed = failed
        self.draft: Optional[Draft] = None
        self.shown: Optional[tuple[int, int]] = None
        self._task: Optional[DesignTask] = None
        self._job: Optional[QgsMapRendererParallelJob] = None
        self._ending: list[QgsMapRendererParallelJob] = []  # done or cancelled, kept until their threads are through
        self._waiting: Optional[_Waiting] = None
        self._kept: dict[tuple[int, int], QPixmap] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._turning())
        self.area = QScrollArea(self)
        self.area.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.area.setStyleSheet("QScrollArea { background: #9aa3ab; }")
        self.picture = QLabel()
        self.picture.setObjectName("FullServicePage")
        self.area.setWidget(self.picture)
        layout.addWidget(self.area, 1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LATER_MS)
        self._later.timeout.connect(self._draw)
        self._steps: list[Callable[[], Any]] = []
        self._warm = QTimer(self)
        self._warm.setInterval(PAUSE_MS)
        self._warm.timeout.connect(self._warm_up)

    def _warm_up(self) -> None:
        """Make ready what the first map needs, a step between two events."""
        if not self._steps:
            self._warm.stop()
            return
        try:
            self._steps.pop(0)()
        except Exception as error:  # the edge: a timer
            self._warm.stop()
            self._failed(error)

    def _turning(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.back, self.forth = QToolButton(self), QToolButton(self)
        for button, arrow, step, tip in ((self.back, Qt.ArrowType.LeftArrow, -1, "Page before"),
                                         (self.forth, Qt.ArrowType.RightArrow, 1, "Next page")):
            button.setArrowType(arrow)
            button.setToolTip(tr(tip))
            button.clicked.connect(lambda _checked=False, step=step: self.number.stepBy(step))
        self.number = QSpinBox(self)
        self.number.setRange(1, 1)
        self.number.setKeyboardTracking(False)
        self.number.setToolTip(tr("Page"))
        self.number.valueChanged.connect(lambda _value: self._draw())
        self.zoom = QComboBox(self)
        for percent in ZOOMS:
            self.zoom.addItem(f"{percent} %" if percent else tr("Page width"), percent)
        self.zoom.currentIndexChanged.connect(lambda _index: self._draw())
        for widget in (self.back, self.number, self.forth):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.zoom)
        return row

    @property
    def page(self) -> int:
        """The page that is shown, from 0."""
        return int(self.number.value()) - 1

    def show_draft(self, draft: Draft) -> None:
        """Show a document, at the page that was shown where it has one."""
        self._let_go()
        self.draft = draft
        self._kept.clear()
        self.number.blockSignals(True)
        self.number.setRange(1, max(1, draft.count))
        self.number.setSuffix(f" / {draft.count}")
        self.number.blockSignals(False)
        self._draw()
        self._steps = draft.warm_up()
        self._warm.start()

    def _dpi(self) -> int:
        """Return the resolution at which the page is drawn; screens count 96 dots per inch."""
        percent = self.zoom.currentData()
        if percent:
            return round(min(LARGEST, 0.96 * percent))
        wide = self.draft.size(self.page)[0] if self.draft else 595.0
        room = max(200, self.area.width() - self.area.verticalScrollBar().sizeHint().width() - 8)
        return round(min(LARGEST, 72.0 * room / wide))

    def resizeEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Draw anew what fills the width, once the window rests."""
        super().resizeEvent(event)
        if self.draft is not None and not self.zoom.currentData():
            self._later.start()

    def _draw(self) -> None:
        """Show the page: at once where its picture is kept, else when it is drawn."""
        draft = self.draft
        if draft is None:
            return
        self.back.setEnabled(self.page > 0)
        self.forth.setEnabled(self.page + 1 < draft.count)
        key = (self.page, self._dpi())
        if key in self._kept:
            self._put(key)
            return
        self._let_go()
        try:
            sheet = draft.shown(key[0], float(key[1]))
        except Exception as error:  # the edge: a spin box
            self._failed(error)
            return
        self._waiting = _Waiting(draft, key, sheet)
        if sheet is not None:
            self._job = QgsMapRendererParallelJob(sheet.settings)
            self._job.finished.connect(self._mapped)
            self._job.start()
        waiting = self._waiting
        self._task = DesignTask(tr("Page {page}", page=key[0] + 1), lambda _progress: self._picture(draft, key),
                                lambda image: self._drawn(waiting, image), self._lost, lambda: None)  # fmt: skip
        start(self._task)

    @staticmethod
    def _picture(draft: Draft, key: tuple[int, int]) -> QImage:
        """Return what the document draws on a page (background thread)."""
        made = draft.picture(key[0], float(key[1]))
        image = QImage(made.data, made.width, made.height, 4 * made.width, QImage.Format.Format_RGBA8888)
        return image.copy()  # of its own: the bytes go

    def _mapped(self) -> None:
        """The map is drawn (main thread)."""
        job, self._job = self._job, None
        if job is None:
            return
        self._ending.append(job)  # it is in the middle of saying so
        if self._waiting is not None:
            self._waiting.map = job.renderedImage()
            self._complete(self._waiting)

    def _drawn(self, waiting: _Waiting, image: QImage) -> None:
        """The page is drawn (main thread)."""
        self._task = None
        if waiting is self._waiting:
            waiting.page = image
            self._complete(waiting)

    def _complete(self, waiting: _Waiting) -> None:
        """Show the page once both are there."""
        if waiting.page is None or (waiting.sheet is not None and waiting.map is None):
            return
        self._waiting = None
        while len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[waiting.key] = waiting.joined()
        self._put(waiting.key)

    def _put(self, key: tuple[int, int]) -> None:
        self.picture.setPixmap(self._kept[key])
        self.picture.resize(self._kept[key].size())
        self.shown = key

    def _lost(self, error: BaseException) -> None:
        self._task = None
        self._failed(error)

    def _let_go(self) -> None:
        self._waiting = None
        if self._job is not None:
            job, self._job = self._job, None
            job.finished.disconnect(self._mapped)
            job.cancelWithoutBlocking()
            self._ending.append(job)
        self._ending = [job for job in self._ending if job.isActive()]
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def stop(self) -> None:
        """Let go of task and pictures."""
        self._later.stop()
        self._warm.stop()
        self._let_go()
        for job in self._ending:
            job.waitForFinished()
        self._ending.clear()
        self.draft = None
        self._kept.clear()
