# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks after our layers in the open project: edit guards, forms, refusals in plain words."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable

from qgis.core import QgsMapLayer, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer

from fullservice_plugin.compat import disable_transactions, transactions_enabled
from fullservice_plugin.gis.guard import guard, release
from fullservice_plugin.gis.layers import STORE_PROPERTY, key_of
from fullservice_plugin.gui.attribute_forms.name_lists import NameLists
from fullservice_plugin.gui.attribute_forms.own_forms import OwnForms
from fullservice_plugin.gui.conflicts import ConflictDesk
from fullservice_plugin.gui.live import LiveMap
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.refusals import refusal
from fullservice_plugin.i18n import tr


class ProjectWatch(QObject):
    """Attaches to every layer of ours that enters the project, and detaches from all of them on stop."""

    def __init__(self, notifier: Notifier) -> None:
        super().__init__()
        self._notifier = notifier
        self._project = QgsProject.instance()
        self._layers: dict[str, QgsVectorLayer] = {}
        self._told: dict[str, Callable[[str], None]] = {}
        self._names = NameLists()
        self._forms = OwnForms(notifier, self._names)
        self.live = LiveMap(notifier, notifier.canvas)
        self.live.told.connect(self._names.tables_changed)
        self.live.answers.connect(self._names.store_answers)
        self.desk = ConflictDesk(notifier)
        self._project.layersAdded.connect(self._added)
        self._project.layersWillBeRemoved.connect(self._removed)
        self._project.readProject.connect(self._read)
        self._added(list(self._project.mapLayers().values()))

    def stop(self) -> None:
        """Let go of everything."""
        self._project.layersAdded.disconnect(self._added)
        self._project.layersWillBeRemoved.disconnect(self._removed)
        self._project.readProject.disconnect(self._read)
        self.live.told.disconnect(self._names.tables_changed)
        self.live.answers.disconnect(self._names.store_answers)
        self.live.stop()
        self._forms.stop()
        self._names.stop()
        self._removed(list(self._layers))

    def _read(self, _document: Any = None) -> None:
        if not self._layers:
            return
        self._no_groups()
        self._project.setDirty(False)

    def _editing(self) -> None:
        """Somebody switched groups on after the project was read: act once QGIS has begun the edit, or it crashes."""
        if transactions_enabled(self._project):
            QTimer.singleShot(0, self._leave_groups)

    def _leave_groups(self) -> None:
        editing = [layer for layer in self._layers.values() if layer.isEditable()]
        if any(layer.isModified() for layer in editing):
            return
        for layer in editing:
            layer.rollBack()
        self._no_groups()
        for layer in editing:
            layer.startEditing()

    def _no_groups(self) -> None:
        """Refuse transaction groups when the project is read, and when somebody switches them on later."""
        if self._layers and transactions_enabled(self._project):
            disable_transactions(self._project)
            self._notifier.warning(
                tr("Automatic transaction groups were switched off: with them QGIS can report edits as saved that "
                   "are not.")
            )

    def _added(self, layers: list[QgsMapLayer]) -> None:
        for layer in layers:
            if isinstance(layer, QgsVectorLayer) and key_of(layer) and layer.id() not in self._layers:
                self._attach(layer)

    def _attach(self, layer: QgsVectorLayer) -> None:
        self._layers[layer.id()] = layer
        told = partial(self._refused, layer)
        layer.raiseError.connect(told)
        self._told[layer.id()] = told
        layer.beforeEditingStarted.connect(self._editing)
        self.live.follow(str(layer.customProperty(STORE_PROPERTY) or ""))
        if self.live.only_read:
            layer.setReadOnly(True)
        guard(layer)
        self._forms.put_on(layer)

    def _removed(self, ids: list[str]) -> None:
        for layer_id in ids:
            layer = self._layers.pop(layer_id, None)
            release(layer_id)
            self._forms.take_off(layer_id)
            if layer is not None:
                layer.raiseError.disconnect(self._told.pop(layer_id))
                layer.beforeEditingStarted.disconnect(self._editing)
        if not self._layers:
            self.live.stop()

    def _refused(self, layer: QgsVectorLayer, message: str) -> None:
        error = refusal(message)
        if error is None:
            return
        notifier = self._notifier
        QTimer.singleShot(0, lambda: notifier.supersede(message))  # QGIS may say it after us
        if "FS409" in message or "FS410" in message:
            self.desk.settle_later(layer)  # merges, asks or explains; until then nothing is said
        else:
            self._notifier.error(error)
