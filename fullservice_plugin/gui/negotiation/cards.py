# SPDX-License-Identifier: GPL-2.0-or-later
"""A column of the board: cards that can be dragged, dropped and opened; each is painted, not a widget of its own."""

from __future__ import annotations

from typing import Any, Optional

from qgis.PyQt.QtCore import QModelIndex, QRect, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QFont, QPainter
from qgis.PyQt.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QWidget

from fullservice_plugin.gis import palette
from fullservice_plugin.gui.negotiation.words import clock, stage_name
from fullservice_plugin.gui.stage_chain import stage_colour
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.talk_desk import Card

CARD = Qt.ItemDataRole.UserRole
_LATE, _SOON = "#b3261e", "#b26a00"
_SOON_SHARE = 0.8
#: Least and greatest width that the figures of a column's cards ask for (pixels); the board scrolls sideways.
_NARROWEST, _WIDEST = 116, 240
#: Frame and stripe of a card, and the bar to scroll (pixels).
_BESIDE = 58


class CardPainter(QStyledItemDelegate):
    """Paints a card: whose, which stage, how long, what is due."""

    def sizeHint(self, option: Any, _index: QModelIndex) -> QSize:  # noqa: N802 (the name Qt asks for)
        """Four lines and a margin."""
        return QSize(80, 4 * option.fontMetrics.lineSpacing() + 18)

    def paint(self, painter: QPainter, option: Any, index: QModelIndex) -> None:
        """Draw one card."""
        card: Optional[Card] = index.data(CARD)
        if card is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = option.rect.adjusted(4, 3, -4, -3)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(QColor("#1d6a96" if chosen else "#c5ced6"))
        painter.setBrush(QColor("#e8f1f8" if chosen else "#ffffff"))
        painter.drawRoundedRect(box, 4, 4)
        painter.fillRect(QRect(box.left() + 1, box.top() + 4, 4, box.height() - 8), QColor(stage_colour(card.stage)))
        line = option.fontMetrics.lineSpacing()
        inner = box.adjusted(12, 5, -6, -4)
        bold = QFont(option.font)
        bold.setBold(True)
        late = card.used is not None and card.used >= 1
        soon = card.used is not None and card.used >= _SOON_SHARE
        lines = ((card.name, bold, palette.INK), (stage_name(card.stage), option.font, palette.INK),
                 (size_of(card), option.font, "#5b6770"),
                 (time_of(card), option.font,
                  _LATE if late else _SOON if soon else "#5b6770"))
        for number, (text, font, colour) in enumerate(lines):
            painter.setFont(font)
            painter.setPen(QColor(colour))
            place = QRect(inner.left(), inner.top() + number * line, inner.width(), line)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        if card.used is not None:
            share = min(1.0, max(0.0, card.used))
            track = QRect(inner.left(), box.bottom() - 4, inner.width(), 3)
            painter.fillRect(track, QColor("#e3e8ec"))
            track.setWidth(round(track.width() * share))
            painter.fillRect(track, QColor(_LATE if late else _SOON if soon else "#3f7f4c"))
        painter.restore()


def size_of(card: Card) -> str:
    """How many buildings and homes a card stands for."""
    homes = "–" if card.households is None else f"{card.households:,}"
    return tr("{talks}/{buildings} buildings · {homes} homes", talks=card.talks, buildings=card.buildings, homes=homes)


def time_of(card: Card) -> str:
    """How long a deal has stood in its stage, and who owns it."""
    return f"{clock(card)} · {card.owner}" if card.owner else clock(card)


class CardColumn(QListWidget):
    """Cards of one column. ``dropped`` hands over the card and this column's code."""

    dropped = pyqtSignal(object, str)

    def __init__(self, code: str, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.code = code
        self.setObjectName(f"FullServiceBoard_{code}")
        self.setItemDelegate(CardPainter(self))
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(_NARROWEST)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def show_cards(self, cards: tuple[Card, ...]) -> None:
        """Show these cards; the chosen one stays chosen where it is still there."""
        chosen = self.chosen()
        self.clear()
        for card in cards:
            item = QListWidgetItem()
            item.setData(CARD, card)
            item.setToolTip(f"{card.name} · {stage_name(card.stage)}\n{clock(card)}"
                            + (f"\n{tr('Next action due {day}', day=card.due)}" if card.due else "")
                            + (f"\n{tr('Evidence to be supplied')}" if card.evidence_missing else ""))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{card.name} · {stage_name(card.stage)}")
            self.addItem(item)
            if chosen is not None and chosen.ids == card.ids:
                self.setCurrentItem(item)
        figures = [text for card in cards for text in (size_of(card), time_of(card))]
        wide = max(map(self.fontMetrics().horizontalAdvance, figures), default=0) + _BESIDE
        self.setMinimumWidth(min(_WIDEST, max(_NARROWEST, wide)))

    def chosen(self) -> Optional[Card]:
        """The chosen card."""
        item = self.currentItem()
        return None if item is None else item.data(CARD)

    def dragEnterEvent(self, event: Any) -> None:  # noqa: N802 (the name Qt asks for)
        """Only cards of the board may come in."""
        event.accept() if isinstance(event.source(), CardColumn) else event.ignore()

    def dragMoveEvent(self, event: Any) -> None:  # noqa: N802 (the name Qt asks for)
        """A card may be put down anywhere in another column."""
        fits = isinstance(event.source(), CardColumn) and event.source() is not self
        event.accept() if fits else event.ignore()

    def dropEvent(self, event: Any) -> None:  # noqa: N802 (the name Qt asks for)
        """Hand the card over; it moves only when the store has moved it, so the list itself changes nothing."""
        source = event.source()
        if not isinstance(source, CardColumn) or source is self or source.chosen() is None:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.dropped.emit(source.chosen(), self.code)
