# SPDX-License-Identifier: GPL-2.0-or-later
"""The help window: what the map shows, how work goes, and every algorithm with its parameters."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any, Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QWidget

from fullservice_plugin.i18n import language, tr

PAGES = Path(__file__).resolve().parents[1] / "resources" / "help"


class HelpWindow(QDialog):
    """A list of topics on the left, the chosen page on the right."""

    def __init__(self, parent: Optional[QWidget], provider: Any) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("FullServiceHelp")
        self.setWindowTitle(tr("Help") + " – " + tr("Full-Service Battle Map"))
        self.resize(920, 620)
        self.topics = QListWidget(self)
        self.topics.setMaximumWidth(270)
        self.page = QTextBrowser(self)
        self.page.setOpenExternalLinks(True)
        layout = QHBoxLayout(self)
        layout.addWidget(self.topics)
        layout.addWidget(self.page, 1)
        self._add(tr("The battle map"), (PAGES / f"{language()}.html").read_text(encoding="utf-8"))
        for algorithm in sorted(provider.algorithms(), key=lambda a: (a.groupId(), a.displayName())):
            body = (f"<h2>{html.escape(algorithm.displayName())}</h2><p><code>{algorithm.id()}</code> · "
                    f"{html.escape(algorithm.group())}</p>{algorithm.shortHelpString()}")
            self._add(algorithm.displayName(), body)
        self.topics.currentItemChanged.connect(self._show)
        self.topics.setCurrentRow(0)

    def _add(self, title: str, body: str) -> None:
        item = QListWidgetItem(title, self.topics)
        item.setData(Qt.ItemDataRole.UserRole, body)

    def _show(self, item: Optional[QListWidgetItem], _before: Any = None) -> None:
        if item is not None:
            self.page.setHtml(item.data(Qt.ItemDataRole.UserRole))
