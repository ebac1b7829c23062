# SPDX-License-Identifier: GPL-2.0-or-later
"""The related rows of a form: each list is made when its tab is opened, and not before.

A list brings the form of its rows, and that the lists of theirs: made all at once, an estate took seconds to open.
"""

from __future__ import annotations

from typing import Any, Callable

from qgis.core import QgsFeature, QgsProject, QgsVectorLayer
from qgis.gui import QgsAttributeEditorContext, QgsRelationWidgetWrapper
from qgis.PyQt.QtWidgets import QTabWidget, QWidget
from qgis.utils import iface

from fullservice_plugin.gis.form_groups import LINKS

_TAB = "tab_"


class FormTabs:
    """The tabs of one open form."""

    def __init__(self, form: Any, layer: QgsVectorLayer, tabs: QTabWidget, text: Callable[..., str]) -> None:
        self._form, self._layer, self._tabs, self._text = form, layer, tabs, text
        self._feature = QgsFeature()
        self._made: dict[str, QgsRelationWidgetWrapper] = {}
        self._fresh: set[str] = set()
        tabs.currentChanged.connect(self._show)

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
        name = self._name(number)
        if number < 1 or name in self._fresh or not self._feature.isValid():
            return
        if name not in self._made:
            relation = QgsProject.instance().relationManager().relation(name)
            place = self._tabs.widget(number).findChild(QWidget, f"relation_{name}")
            if not relation.isValid() or place is None:
                return
            self._made[name] = self._make(relation, place)
        self._made[name].setFeature(self._feature)
        self._fresh.add(name)

    def _make(self, relation: Any, place: QWidget) -> QgsRelationWidgetWrapper:
        made = QgsRelationWidgetWrapper(self._layer, relation, place, self._form)
        context = QgsAttributeEditorContext()
        if iface is not None:
            context.setVectorLayerTools(iface.vectorLayerTools())
            context.setMapCanvas(iface.mapCanvas())
        made.setContext(context)
        made.widget()  # makes it
        return made
