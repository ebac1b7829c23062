# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of the start dock: who is asking, what waits, what to look at. Each leads to where it is dealt with."""

from __future__ import annotations

import html
from typing import Any, Optional
from urllib.parse import quote, unquote

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QLabel, QVBoxLayout, QWidget

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.i18n import language, listed, tr
from fullservice_plugin.services.start import Duties, Who

_AREAS = 3


def who_text(who: Who) -> str:
    """Return who is connected: name or login, role, areas, whom they stand in for."""
    role = code_label("role", who.role, language()) if who.role else tr("owner of the store") if who.admin else ""
    parts = [f"{who.name} ({who.login})" if who.name and who.name != who.login else who.login, role]
    if who.areas:
        more = " …" if len(who.areas) > _AREAS else ""
        parts.append(tr("areas: {areas}", areas=listed(who.areas[:_AREAS]) + more))
    if who.stands_in_for:
        parts.append(tr("stands in for {login}", login=who.stands_in_for))
    return " · ".join(part for part in parts if part)


def task_lines(found: Duties) -> list[tuple[str, str]]:
    """Return (where it leads, what is said) for everything that waits; nothing for what does not."""
    lines = []
    day = [words for count, words in (
        (found.due, tr("due {count}", count=found.due)), (found.late, tr("out of time {count}", count=found.late)),
        (found.unread, tr("reminders {count}", count=found.unread))) if count]
    if day:
        lines.append(("day", tr("My day: {what}", what=" · ".join(day))))
    if found.tasks:
        late = " · " + tr("late {count}", count=found.tasks_late) if found.tasks_late else ""
        lines.append(("tasks", tr("My tasks: {count}", count=found.tasks) + late))
    if found.designs:
        lines.append(("designs", tr("Designs to review: {count}", count=found.designs)))
    if found.pairs:
        lines.append(("pairs", tr("Doubtful pairs of buildings: {count}", count=found.pairs)))
    if found.ledger_rows:
        lines.append(("ledger", tr("Ledger rows without a place: {count}", count=found.ledger_rows)))
    return lines


def alert_lines(found: Duties) -> list[tuple[str, str]]:
    """Return (where it leads, what is said) for rivals that entered and agreements that end."""
    lines = []
    names = "names" if language() == "zh" else "names_en"
    for row in found.rivals:
        lines.append((f"rivals/estate/{row['estate_id']}/{quote(row['estate'], safe='')}",
                      tr("Entered {estate}: {rivals}", estate=row["estate"], rivals=listed(row[names]))))
    rest = found.rivals[0]["estates"] - len(found.rivals) if found.rivals else 0
    if rest:
        lines.append(("day", tr("More estates that rivals entered: {count}", count=rest)))
    for row in found.expiring:
        kind = "estate" if row["estate_id"] else "building"
        key, place = row[f"{kind}_id"], row["place"] or row["number"] or ""
        where = f"card/{kind}/{key}/{quote(place, safe='')}" if key else "day"
        lines.append((where, tr("Agreement of {place} ends on {day}", place=place, day=row["valid_to"])))
    rest = found.expiring[0]["agreements"] - len(found.expiring) if found.expiring else 0
    if rest:
        lines.append(("day", tr("More agreements that end within 90 days: {count}", count=rest)))
    return lines


class DutiesView(QWidget):
    """Two short lists with links, mouse and keyboard; a list with nothing in it is not there."""

    wanted = pyqtSignal(str)
    place_wanted = pyqtSignal(str, str, str, str)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.tasks, self.alerts = QLabel(self), QLabel(self)
        for label in (self.tasks, self.alerts):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse
                                          | Qt.TextInteractionFlag.LinksAccessibleByKeyboard)
            label.linkActivated.connect(self._follow)
            label.setVisible(False)
            layout.addWidget(label)

    def show_duties(self, found: Optional[Duties]) -> None:
        """Show what waits; None: nothing is known."""
        for label, title, lines in ((self.tasks, tr("What waits for me"), task_lines(found) if found else []),
                                    (self.alerts, tr("To be noticed"), alert_lines(found) if found else [])):
            said = "<br>".join(f'<a href="{html.escape(where)}">{html.escape(text)}</a>' for where, text in lines)
            label.setText(f"<b>{html.escape(title)}</b><br>{said}" if lines else "")
            label.setVisible(bool(lines))

    def _follow(self, link: Any) -> None:
        parts = str(link).split("/")
        if len(parts) == 4:
            self.place_wanted.emit(parts[0], parts[1], parts[2], unquote(parts[3]))
        else:
            self.wanted.emit(parts[0])
