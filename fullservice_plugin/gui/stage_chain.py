# SPDX-License-Identifier: GPL-2.0-or-later
"""The chain of negotiation stages as a drawing: what is behind, where the talk stands, what may come next."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from qgis.PyQt.QtWidgets import QToolTip, QWidget

from fullservice_plugin.core.catalogue.model import Machine
from fullservice_plugin.gis import palette

#: Stages of the chain; the others are side states and appear only when a talk stands there.
CHAIN = ("not_started", "party_identified", "contacted", "surveyed", "proposal_sent", "negotiating", "terms_agreed",
         "in_approval", "signed", "entry_permitted", "in_force", "renewing")


def stage_colour(stage: str) -> str:
    """Return the map's colour of a stage."""
    return next((colour for colour, codes in palette.STAGE_CLASSES if stage in codes), palette.HATCH)


class StageChain(QWidget):
    """Draws the chain; the present stage is large and named, allowed next stages have a ring."""

    def __init__(self, machine: Machine, language: str, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._machine = machine
        self._language = language
        self._stage = ""
        self._chosen = ""
        self.setMinimumHeight(54)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:  # noqa: N802 (the name Qt asks for)
        """Return the natural size."""
        return QSize(560, 54)

    def show_stage(self, stage: str, chosen: str = "") -> None:
        """Show the stored stage and the one chosen in the form."""
        self._stage = stage
        self._chosen = chosen or stage
        self.update()

    def name(self, stage: str) -> str:
        """Return the name of a stage in the map's language."""
        for state in self._machine.states:
            if state.code == stage:
                return state.zh if self._language == "zh" else state.en
        return stage

    def _stages(self) -> list[str]:
        side = [stage for stage in (self._stage, self._chosen) if stage and stage not in CHAIN]
        return [*CHAIN, *dict.fromkeys(side)]

    def _places(self) -> list[tuple[str, QPointF]]:
        stages = self._stages()
        margin = 26.0
        step = (self.width() - 2 * margin) / max(1, len(stages) - 1)
        return [(stage, QPointF(margin + number * step, 18.0)) for number, stage in enumerate(stages)]

    def mouseMoveEvent(self, event: object) -> None:  # noqa: N802 (the name Qt asks for)
        """Name the stage under the pointer."""
        position = event.pos()  # type: ignore[attr-defined]
        for stage, place in self._places():
            if abs(place.x() - position.x()) < 10:
                QToolTip.showText(self.mapToGlobal(position), self.name(stage), self)
                return

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (the name Qt asks for)
        """Draw the chain."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = self._places()
        chain = [place for stage, place in places if stage in CHAIN]
        painter.setPen(QPen(QColor("#b6c2cc"), 3))
        painter.drawLine(chain[0], chain[-1])
        following = set(self._machine.targets(self._stage)) if self._stage else {self._machine.initial}
        for stage, place in places:
            here, chosen = stage == self._stage, stage == self._chosen
            size = 10.0 if here or chosen else 6.0
            painter.setBrush(QColor(stage_colour(stage)))
            ring = QPen(QColor("#d55e00" if chosen and not here else palette.INK), 2.4 if here or chosen else 1.0)
            painter.setPen(ring)
            painter.drawEllipse(place, size, size)
            if stage in following and not here and not chosen:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor("#1d6a96"), 1.4, Qt.PenStyle.DotLine))
                painter.drawEllipse(place, size + 3.5, size + 3.5)
        font = QFont(self.font())
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(palette.INK))
        for stage, place in places:
            if stage in (self._stage, self._chosen):
                width = 170.0
                left = min(max(0.0, place.x() - width / 2), self.width() - width)
                aligned = Qt.AlignmentFlag.AlignHCenter
                if left == 0.0:
                    aligned = Qt.AlignmentFlag.AlignLeft
                elif left == self.width() - width:
                    aligned = Qt.AlignmentFlag.AlignRight
                painter.drawText(QRectF(left, 33, width, 20), aligned, self.name(stage))
        painter.end()
