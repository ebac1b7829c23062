# SPDX-License-Identifier: GPL-2.0-or-later
"""The related rows of a form: each list is made when its tab is opened, and not before.

A list brings the form of its rows, and that the lists of theirs: made all at once, an estate took seconds to open.
QGIS reads the rows in the window's thread, so it is asked to only once the store has answered a question in the
background: a store that hangs leaves the tab waiting, not the window.
"""

from __future__ import annotations

from typing import Any, Callable

from qgis.core import QgsFeature, QgsProject, QgsVectorLayer
from qgis.gui import QgsAttributeEditorContext, QgsRelationWidgetWrapper
from qgis.PyQt import sip
from qgis.PyQt.QtWidgets import QLabel, QTabWidget, QWidget
from qgis.utils import iface

from fullservice_plugin.gis.form_groups import LINKS
from fullservice_plugin.gis.layers import STORE_PROPERTY
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.services.form_rows import answers

_TAB = "tab_"


class FormTabs:
    """The tabs of one open form."""

    def __init__(self, form: Any, layer: QgsVectorLayer, tabs: QTabWidget, text: Callable[..., str]) -> None:
        self._form, self._layer, self._tabs, self._text = form, layer, tabs, text
        self._feature = QgsFeature()
        self._made: dict[str, QgsRelationWidgetWrapper] = {}
        self._fresh: set[str] = set()
        self._waits: dict[str, QLabel] = {}
        self._asking = Asking()
        tabs.currentChanged.connect(self._show)

    def stop(self) -> None:
        """Let go of the question that is on its way."""
        self._asking.stop()

    def title(self, language: str) -> None:
        """Write the titles in the map's language."""
        self._tabs.setTabText(0, self._text("Details"))
        titles = {link.id: link.zh if language == "zh" else link.en for link in LINKS}
        for number in range(1, self._tabs.count()):
            name = self._name(number)
            self._tabs.setTabText(number, titles.get(name, self._tabs.tabText(number)))

    def turn_to(self, feature: QgsFeature) -> None:
        """List what belongs to another row; to a new one belongs nothing yet."""
        self._feature, self._fresh = QgsFeature(feature), set()
        stored = feature.id() >= 0
        if not stored:
            self._tabs.setCurrentIndex(0)
        for number in range(1, self._tabs.count()):
            self._tabs.setTabEnabled(number, stored)
            self._tabs.setTabToolTip(number, "" if stored else self._text("Save the new row first."))
        self._show(self._tabs.currentIndex())

    def _name(self, number: int) -> str:
        page = self._tabs.widget(number)
        return str(page.objectName())[len(_TAB):] if page is not None else ""

    def _show(self, number: int) -> None:
        name, store = self._name(number), str(self._layer.customProperty(STORE_PROPERTY) or "")
        if number < 1 or name in self._fresh or not self._feature.isValid():
            return
        if not store:
            self._fill(name)
            return
        self._say(name, self._text("Asking the store for these rows…"))
        self._asking.ask(self._text("Related rows"), store, answers, lambda _answer: self._fill(name),
                         lambda _error: self._say(name, self._text(
                             "The store does not answer. Open this tab again once it does.")))

    def _fill(self, name: str) -> None:
        """List the rows, where the tab is still the one that is seen."""
        if sip.isdeleted(self._tabs) or sip.isdeleted(self._layer) or self._name(self._tabs.currentIndex()) != name:
            return
        if name not in self._made:
            relation = QgsProject.instance().relationManager().relation(name)
            place = self._tabs.currentWidget().findChild(QWidget, f"relation_{name}")
            if not relation.isValid() or place is None:
                return
            self._made[name] = self._make(relation, place)
        self._say(name, "")
        self._made[name].setFeature(self._feature)
        self._fresh.add(name)

    def _say(self, name: str, sentence: str) -> None:
        """Tell in the tab what it waits for; nothing once its rows are there."""
        page = None if sip.isdeleted(self._tabs) else self._tabs.findChild(QWidget, f"{_TAB}{name}")
        if page is None or page.layout() is None:
            return
        if name not in self._waits:
            self._waits[name] = QLabel(page)
            page.layout().insertWidget(0, self._waits[name])
        self._waits[name].setText(sentence)
        self._waits[name].setVisible(bool(sentence))

    def _make(self, relation: Any, place: QWidget) -> QgsRelationWidgetWrapper:
        made = QgsRelationWidgetWrapper(self._layer, relation, place, self._form)
        context = QgsAttributeEditorContext()
        if iface is not None:
            context.setVectorLayerTools(iface.vectorLayerTools())
            context.setMapCanvas(iface.mapCanvas())
        made.setContext(context)
        made.widget()  # makes it
        return made
