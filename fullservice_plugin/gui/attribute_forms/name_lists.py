# SPDX-License-Identifier: GPL-2.0-or-later
"""The names that forms offer are asked for in the background, before anybody opens a form.

A value relation of QGIS reads its rows while the form opens, in the window's thread: a store that hangs would hold the
window. So while the plugin runs, such a field gets the names as choices that are already known.
"""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsEditorWidgetSetup, QgsProject, QgsValueMapFieldFormatter, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from fullservice_plugin.gis.layers import STORE_PROPERTY, definition, key_of
from fullservice_plugin.gui.attribute_forms.editors import EMPTY
from fullservice_plugin.gui.live import VIEW_TABLES
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.name_lists import Name, NameList, names_of

#: QGIS' editor whose place the names take.
LIST = "ValueRelation"
NULL = QgsValueMapFieldFormatter.NULL_VALUE
#: Changes are told one by one while somebody imports: the names are asked for once, this many ms after the first.
_PAUSE = 300
#: After how many ms it is asked again where the store gave no answer; twice as long each time, so often at most.
_AGAIN, _LONGER = 5_000, 4


def list_of(setup: QgsEditorWidgetSetup) -> Optional[NameList]:
    """The list behind a value relation to one of our layers; None for any other editor."""
    config = setup.config()
    if setup.type() != LIST:
        return None
    layer = QgsProject.instance().mapLayer(str(config.get("Layer", "")))
    if not isinstance(layer, QgsVectorLayer) or not key_of(layer):
        return None
    spec = definition(key_of(layer))
    estate = "estate_id" if config.get("FilterExpression") else ""
    return NameList(spec.schema, spec.table, str(config["Key"]), str(config["Value"]), estate, spec.subset)


def choices(names: tuple[Name, ...]) -> QgsEditorWidgetSetup:
    """The editor that offers these names, and none of them."""
    rows = [{EMPTY: NULL}, *({name.shown or EMPTY: name.key} for name in names)]
    return QgsEditorWidgetSetup("ValueMap", {"map": rows})


_current: list[NameLists] = []


def current() -> Optional[NameLists]:
    """The lists of the plugin that runs; None while none does. Forms are opened by QGIS, which hands nothing over."""
    return _current[-1] if _current else None


class NameLists(QObject):
    """The lists of each store; ``changed`` tells that some of them are known now, or have other rows."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[str, NameList], Optional[tuple[Name, ...]]] = {}
        self._fields: dict[tuple[str, str], tuple[str, NameList]] = {}
        self._missing: set[tuple[str, NameList]] = set()
        self._asking: dict[str, Asking] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE)
        self._timer.timeout.connect(self._ask)
        self._tries: dict[str, int] = {}
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.timeout.connect(self._ask)
        _current.append(self)

    def stop(self) -> None:
        """Let go of every question."""
        _current.remove(self)
        self._timer.stop()
        self._retry.stop()
        for asking in self._asking.values():
            asking.stop()

    def editor(self, layer: QgsVectorLayer, field: str, setup: QgsEditorWidgetSetup) -> QgsEditorWidgetSetup:
        """The editor of a field whose stored one is ``setup``: with the names that are known, else the stored one."""
        wanted = list_of(setup)
        store = str(layer.customProperty(STORE_PROPERTY) or "")
        if wanted is None or not store:
            return setup
        self._fields[layer.id(), field] = (store, wanted)
        if (store, wanted) not in self._known:
            self._known[store, wanted] = None
            self._want({(store, wanted)})
        names = self._known[store, wanted]
        return setup if names is None else choices(names)

    def forget(self, layer_id: str) -> None:
        """Let go of a layer that leaves the project, and of the lists that no other one offers."""
        self._fields = {one: what for one, what in self._fields.items() if one[0] != layer_id}
        used = set(self._fields.values())
        self._known = {one: names for one, names in self._known.items() if one in used}
        self._missing &= used

    def offered(self, layer_id: str) -> dict[str, tuple[Name, ...]]:
        """The names that the fields of a layer offer, by field; those of one estate belong together with it."""
        known = {field: self._known[what] for (layer, field), what in self._fields.items() if layer == layer_id}
        return {field: names for field, names in known.items() if names is not None}

    def by_estate(self, layer_id: str) -> set[str]:
        """The fields of a layer that offer only what belongs to the estate of the row shown."""
        return {field for (layer, field), (_, wanted) in self._fields.items() if layer == layer_id and wanted.estate}

    def tables_changed(self, tables: list[str]) -> None:
        """Ask again for what reads one of these tables."""
        told = set(tables)
        self._want({one for one in self._known if told & VIEW_TABLES.get(one[1].relation, {one[1].relation})})

    def store_answers(self, answers: bool) -> None:
        """Ask again for everything when a store that was lost is back."""
        if answers:
            self._tries.clear()
            self._want(set(self._known))

    def _want(self, lists: set[tuple[str, NameList]]) -> None:
        self._missing |= lists
        if self._missing and not self._timer.isActive():
            self._timer.start()

    def _ask(self) -> None:
        for store in {store for store, _ in self._missing}:
            asking = self._asking.setdefault(store, Asking())
            if asking.busy:  # what was asked for last time comes first
                self._timer.start()
                continue
            wanted = [each for one, each in self._missing if one == store]
            self._missing -= {(store, each) for each in wanted}
            asking.ask(tr("Names in forms"), store, lambda opened, lists=wanted: names_of(opened, lists),
                       lambda found, name=store: self._answered(name, found),
                       lambda _error, name=store, lists=wanted: self._failed(name, lists))

    def _failed(self, store: str, lists: list[NameList]) -> None:
        """Ask again in a while, and at once when the store is heard of again. QGIS looks names up meanwhile."""
        tries = self._tries[store] = self._tries.get(store, 0) + 1
        self._missing |= {(store, each) for each in lists if (store, each) in self._known}
        self._retry.start(_AGAIN * 2 ** min(tries - 1, _LONGER))

    def _answered(self, store: str, found: dict[NameList, Optional[tuple[Name, ...]]]) -> None:
        self._tries.pop(store, None)
        news = {(store, each): names for each, names in found.items() if (store, each) in self._known}
        if any(self._known.get(one) != names for one, names in news.items()):
            self._known.update(news)
            self.changed.emit()
