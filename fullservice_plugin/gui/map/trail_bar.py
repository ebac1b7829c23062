# SPDX-License-Identifier: GPL-2.0-or-later
"""The bar that says where the map is: back, up, and the path from all areas down, each part a button."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QAction, QHBoxLayout, QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.i18n import tr
from fullservice_plugin.store.map_views import Place

_SETTING = "fullservice/trail_bar"
_LONGEST = 22  # characters of a name on a button
_LEVEL_WORDS = {"branch": "Branch level", "micro_region": "Micro-region level", "grid": "Grid level",
                "estate": "Estate level", "building": "Building level"}  # fmt: skip
#: Keys that work while the map has the focus, as in a file manager.
KEYS = {"back": "Alt+Left", "up": "Alt+Up", "down": "Alt+Down"}


class TrailBar(QToolBar):
    """``chosen`` tells the place of a part of the path, None for all areas; ``switch`` is that of the double click."""

    chosen = pyqtSignal(object)

    def __init__(self, iface: Any) -> None:
        super().__init__(tr("Where the map is"), iface.mainWindow())
        self.setObjectName("FullServiceTrail")
        self._canvas = iface.mapCanvas()
        self.steps: dict[str, QAction] = {
            "back": self._step("back", "map_back", tr("Back to the view before")),
            "up": self._step("up", "map_up", tr("Up one level")),
            "down": self._step("down", "map_drill", tr("Go into the area in the middle of the map")),
        }
        self.addAction(self.steps["back"])
        self.addAction(self.steps["up"])
        self.addAction(self.steps["down"])
        self._parts = QWidget(self)
        self._row = QHBoxLayout(self._parts)
        self._row.setContentsMargins(6, 0, 6, 0)
        self._row.setSpacing(0)
        self.addWidget(self._parts)
        self.buttons: list[QToolButton] = []
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.said = QLabel(self)
        self.said.setObjectName("FullServiceTrailSaid")
        self.said.setContentsMargins(0, 0, 8, 0)
        self.addWidget(self.said)
        self.switch = QAction(tr("Double click goes into an area"), self)
        self.switch.setCheckable(True)
        self.switch.setChecked(True)
        self.switch.setToolTip(tr("With the tools to move the map and to identify, a double click goes into the area."))
        self.addAction(self.switch)
        self.toggleViewAction().triggered.connect(lambda shown: QgsSettings().setValue(_SETTING, bool(shown)))

    def _step(self, key: str, picture: str, text: str) -> QAction:
        action = QAction(icon(picture), text, self)
        action.setObjectName(f"FullService_trail_{key}")
        action.setShortcut(QKeySequence(KEYS[key]))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(f"{text} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
        self._canvas.addAction(action)  # where the keys are heard
        return action

    def stop(self) -> None:
        """Take the keys off the map."""
        for action in self.steps.values():
            self._canvas.removeAction(action)

    def appear(self, wanted: bool) -> None:
        """Show the bar with a battle map, unless the user switched it off; hide it without one."""
        self.setVisible(wanted and QgsSettings().value(_SETTING, True, type=bool))

    def show_path(self, path: list[Place], level: str, ways_back: int) -> None:
        """Show the path, the level that the map's scale belongs to, and the indicators of the last part."""
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        self._button(None, tr("All areas"), bool(path))
        for number, place in enumerate(path):
            self._button(place, place.name, number < len(path) - 1)
        last = path[-1].detail if path else ""
        level_word = tr(_LEVEL_WORDS[level])
        self.said.setText(f"{level_word} · {last}" if last else level_word)
        self.steps["back"].setEnabled(ways_back > 0)
        self.steps["up"].setEnabled(bool(path))

    def _button(self, place: Optional[Place], text: str, more: bool) -> None:
        button = QToolButton(self._parts)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        short = short.replace("&", "&&")  # else Qt takes it for the mark of a key
        button.setText(f"{short}  ›" if more else short)
        button.setToolTip("\n".join(part for part in (text, place.detail if place is not None else "") if part))
        button.clicked.connect(lambda _checked=False: self.chosen.emit(place))
        self._row.addWidget(button)
        self.buttons.append(button)
