# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps the open map alive: layers are redrawn when somebody changes their table, and a lost store is said aloud."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from fullservice_plugin.core.errors import FullServiceError
from fullservice_plugin.gis.connections import connection_uri
from fullservice_plugin.gis.layers import STORE_PROPERTY, definition, key_of
from fullservice_plugin.gis.listener import Listener
from fullservice_plugin.gis.settings import HEARTBEAT
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.offline_banner import OfflineBanner
from fullservice_plugin.gui.password_questions import PasswordQuestions
from fullservice_plugin.gui.questions import ask_later
from fullservice_plugin.i18n import tr

#: What the store says when the sums of the overview were made anew (``refresh_aggregates``).
SUMS = "sums"
#: What a view of the map reads: tables, or the sums.
VIEW_TABLES = {
    "map_negotiation": {"building", "negotiation"},
    "map_decision": {"building", "access_decision", "plan"},
    "map_competition": {"building", "intel_observation", "competitor_operator"},
    "map_estate": {"estate", "building", "negotiation", "area_package"},
    "map_opportunity": {"estate", "building", "access_design"},
    "map_territory": {"org_unit", SUMS},
    "map_rival_estate": {SUMS},
    "map_rival_grid": {SUMS},
    "package_status": {"area_package", "estate", "org_unit"},
    "map_level": {SUMS},
    "map_own": {"building", "negotiation", "estate"},
    "map_own_area": {"org_unit", "area_assignment"},
    "map_design_state": {"access_design", "estate"},
}


class LiveMap(QObject):
    """One listener for the store of the open project; the banner over the canvas while it is lost.

    ``followed`` tells the store, ``answers`` whether it was lost or is back, ``told`` the tables that somebody changed.
    """

    followed = pyqtSignal(str)
    answers = pyqtSignal(bool)
    told = pyqtSignal(list)

    def __init__(self, notifier: Notifier, canvas: Any = None, heartbeat_s: Optional[float] = None) -> None:
        super().__init__()
        self._notifier = notifier
        self._heartbeat_s = heartbeat_s
        self._listener: Optional[Listener] = None
        self._task: Any = None
        self.only_read = False
        self.store = ""
        self.banner = OfflineBanner(canvas)
        self._questions = PasswordQuestions()

    def follow(self, store: str) -> None:
        """Listen to ``store``; another one is let go of."""
        if store == self.store:
            return
        self.stop()
        try:
            dsn = connection_uri(store).connectionInfo(True)  # expands authcfg: never log it
        except FullServiceError as error:
            self._notifier.error(error)
            return
        self.store = store
        self._listener = Listener(dsn, self._heartbeat_s or float(HEARTBEAT.read()))
        self._listener.changed.connect(self.redraw)
        self._listener.lost.connect(self._lost)
        self._listener.back.connect(self._back)
        self._listener.unbounded.connect(self._unbounded)
        self._listener.begin()
        self._task = ask_later(tr("Check the connection {name}", name=store), store,
                               lambda opened: opened.require_version(write=False), self._may_write,
                                   self._notifier.error)
        self.followed.emit(store)

    def stop(self) -> None:
        """Let go of the store."""
        if self._listener is not None:
            for signal in (self._listener.changed, self._listener.lost, self._listener.back, self._listener.unbounded):
                signal.disconnect()
            self._listener.stop()
        if self._task is not None:
            self._task.cancel()
        self._listener = self._task = None
        self.store = ""
        self.only_read = False
        self.banner.lower()
        self._questions.let()

    def layers(self) -> list[QgsVectorLayer]:
        """Layers of the project that come from the store."""
        return [layer for layer in QgsProject.instance().mapLayers().values()
                if key_of(layer) and layer.customProperty(STORE_PROPERTY) == self.store]

    def redraw(self, tables: list[str]) -> None:
        """Redraw the layers that read one of the tables; what is being edited stays in its buffer."""
        changed = set(tables)
        for layer in self.layers():
            table = definition(key_of(layer)).table
            if changed & VIEW_TABLES.get(table, {table}):
                layer.triggerRepaint()
        self.told.emit(tables)

    def pending(self) -> int:
        """Rows with edits that are not saved yet."""
        count = 0
        for layer in self.layers():
            buffer = layer.editBuffer()
            if buffer is not None:
                count += len(set(buffer.changedAttributeValues()) | set(buffer.changedGeometries()))
                count += len(buffer.addedFeatures()) + len(buffer.deletedFeatureIds())
        return count

    def _lost(self, _reason: str) -> None:
        self._questions.hold_back()
        text = tr("The store {name} has not answered since {time}. The map may look empty; nothing is lost. "
                  "Edits stay in "
                  "this window until it is back.", name=self.store, time=datetime.now().strftime("%H:%M"))
        waiting = self.pending()
        if waiting:
            text += " " + tr("{count} edited rows wait to be saved.", count=waiting)
        self.banner.hoist(text)
        self.answers.emit(False)
        self._notifier.log(text)

    def _back(self) -> None:
        self._questions.let()
        self.banner.lower()
        self.answers.emit(True)
        for layer in self.layers():
            layer.triggerRepaint()
        waiting = self.pending()
        self._notifier.success(
            tr("The store {name} answers again; {count} edited rows can be saved now.", name=self.store, count=waiting)
            if waiting else tr("The store {name} answers again.", name=self.store))

    def _may_write(self, reason: str) -> None:
        """A store that was upgraded past this plugin is shown, but not edited."""
        self._task = None
        self.only_read = bool(reason)
        if reason:
            for layer in self.layers():
                layer.setReadOnly(True)
            self._notifier.warning(reason)

    def _unbounded(self) -> None:
        self._notifier.warning(tr("This store does not bound how long a save waits for somebody else's. Let its "
                                  "owner run "
                                  "createstore with UPGRADE, or add options=-c lock_timeout=3s to the service."))
