# SPDX-License-Identifier: GPL-2.0-or-later
"""The help window: a page for every dock, dialog, form and algorithm, searched as one types."""

from __future__ import annotations

from typing import Any, Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QTextDocument
from qgis.PyQt.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.gui.help_pages import Page, pages
from fullservice_plugin.i18n import language, tr

_PAGE = Qt.ItemDataRole.UserRole


class HelpWindow(QDialog):
    """Search and topics on the left, the chosen page on the right."""

    def __init__(self, parent: Optional[QWidget], provider: Any) -> None:
        super().__init__(parent)
        self.setObjectName("FullServiceHelp")
        self.setWindowTitle(tr("Help") + " – " + tr("Full-Service Battle Map"))
        self.resize(880, 480)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(tr("Search the help"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self.narrow)
        self.topics = QTreeWidget(self)
        self.topics.setHeaderHidden(True)
        self.topics.currentItemChanged.connect(self._show)
        self.page = QTextBrowser(self)
        self.page.setOpenExternalLinks(True)
        self.items: dict[str, QTreeWidgetItem] = {}
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.search)
        column.addWidget(self.topics, 1)
        split = QSplitter(self)
        split.addWidget(left)
        split.addWidget(self.page)
        split.setSizes([270, 610])
        split.setStretchFactor(1, 1)
        layout = QHBoxLayout(self)
        layout.addWidget(split)
        self._texts: dict[str, str] = {}
        self._fill(pages(language(), provider))
        self.open_page("map")

    def open_page(self, topic: str) -> None:
        """Show the page of a topic; the first one where there is none."""
        self.search.clear()
        item = self.items.get(topic) or self.items["map"]
        self.topics.setCurrentItem(item)
        self.topics.scrollToItem(item)

    def narrow(self, wanted: str) -> None:
        """Keep the pages on which every word of ``wanted`` stands."""
        words = wanted.lower().split()
        for topic, item in self.items.items():
            item.setHidden(not all(word in self._texts[topic] for word in words))
        for row in range(self.topics.topLevelItemCount()):
            group = self.topics.topLevelItem(row)
            shown = [group.child(each) for each in range(group.childCount()) if not group.child(each).isHidden()]
            if group.childCount():
                group.setHidden(not shown)
                group.setExpanded(bool(words) or group.isExpanded())

    def _fill(self, found: list[Page]) -> None:
        groups: dict[str, QTreeWidgetItem] = {}
        for page in found:
            parent: Any = self.topics
            if page.group:
                if page.group not in groups:
                    groups[page.group] = QTreeWidgetItem(self.topics, [page.group])
                    groups[page.group].setToolTip(0, page.group)
                    groups[page.group].setFlags(Qt.ItemFlag.ItemIsEnabled)
                parent = groups[page.group]
            item = QTreeWidgetItem(parent, [page.title])
            item.setToolTip(0, page.title)
            item.setData(0, _PAGE, page)
            self.items[page.topic] = item
            self._texts[page.topic] = _plain(page).lower()

    def _show(self, item: Optional[QTreeWidgetItem], _before: Any = None) -> None:
        page = item.data(0, _PAGE) if item is not None else None
        if page is not None:
            show = self.page.setMarkdown if page.markdown else self.page.setHtml
            show(page.body)


def _plain(page: Page) -> str:
    """All words of a page, its title and topic too."""
    document = QTextDocument()
    (document.setMarkdown if page.markdown else document.setHtml)(page.body)
    return f"{page.title} {page.topic} {document.toPlainText()}"
