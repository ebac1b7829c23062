# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the battle map of a store and opens it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Callable, Optional

from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsProject
from qgis.PyQt.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QWidget

from fullservice_plugin.gis.connections import open_store
from fullservice_plugin.gis.known_stores import last_store, remember_store, store_names
from fullservice_plugin.gis.project import build_project, write_project
from fullservice_plugin.gui.help_key import help_on
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.map_project import credit, refresh_sums

#: The question behind a map that was wished for; kept here, since whoever asks may be gone (the window of first steps).
_asking = Asking()


class ProjectDialog(QDialog):
    """Asks for the store and the language of the map."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setObjectName("FullServiceProjectDialog")
        self.setWindowTitle(tr("Open the battle map of a store"))
        self.setMinimumWidth(420)
        self.store = QComboBox(self)
        self.store.setEditable(True)
        self.store.addItems(store_names())
        self.store.setCurrentText(last_store() or self.store.currentText())
        self.language = QComboBox(self)
        self.language.addItem("简体中文", "zh")
        self.language.addItem("English", "en")
        self.language.setCurrentIndex(self.language.findData(language()))
        hint = QLabel(tr("The map holds no password; it opens the store through this connection."), self)
        hint.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel, self
        )
        buttons.button(QDialogButtonBox.StandardButton.Open).setText(tr("Open"))
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QFormLayout(self)
        layout.addRow(tr("Store"), self.store)
        layout.addRow(tr("Language"), self.language)
        layout.addRow(hint)
        layout.addRow(buttons)
        help_on(self)


def project_path(store: str, chosen: str) -> Path:
    """Return where the project of a store is kept: in the user's QGIS profile."""
    folder = Path(QgsApplication.qgisSettingsDirPath()) / "fullservice"
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.-]+", "_", store) or "store"  # letters of every script: 苏州 and 杭州 are two maps
    return folder / f"{name}_{chosen}.qgz"


def open_battle_map(iface: Any, notifier: Notifier) -> None:
    """Ask for a store, build its project and open it; QGIS asks about unsaved work first."""
    dialog = ProjectDialog(iface.mainWindow())
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    store, chosen = dialog.store.currentText().strip(), dialog.language.currentData()
    dialog.deleteLater()
    if accepted:
        open_map_later(iface, notifier, store, chosen)


def _built(opened: Any, store: str, chosen: str) -> Path:
    """Bring the sums up to date, build the project and write it; return where (any thread: it takes seconds)."""
    refresh_sums(opened)
    path = project_path(store, chosen)
    project = build_project(store, chosen, credit=credit(opened))
    write_project(project, str(path))
    project.clear()
    return path


def open_map_later(iface: Any, notifier: Notifier, store: str, chosen: str,
                   then: Optional[Callable[[], None]] = None) -> None:
    """Build the project of a store in the background, then open it; ``then`` runs once it is open.

    A newer wish takes the place of one that is on its way.
    """
    notifier.hint(tr("The battle map of {store} is being put together…", store=store))
    _asking.ask(tr("Open the battle map of a store"), store, lambda opened: _built(opened, store, chosen),
                lambda path: notifier.guard(_open, iface, notifier, store, path, then), notifier.error)


def show_battle_map(iface: Any, notifier: Notifier, store: str, chosen: str) -> None:
    """Build the project of ``store`` in the language ``chosen`` and open it, at once. Raises FullServiceError."""
    with open_store(store, write=False) as opened:
        path = _built(opened, store, chosen)
    _open(iface, notifier, store, path)


def _forget_references() -> None:
    """Let this thread make its own reference systems.

    QGIS keeps each under its name with the PROJ object of the thread that made it first. Where that was a background
    thread the object goes with it, after 30 s without work; every thread that draws from then on moves nothing from
    degrees to metres, and the map stays blank.
    """
    QgsCoordinateReferenceSystem.invalidateCache()
    QgsCoordinateTransform.invalidateCache()
    QgsCoordinateReferenceSystem("EPSG:4326")  # all ways begin or end there: no task may be the next to make it


def _open(iface: Any, notifier: Notifier, store: str, path: Path, then: Optional[Callable[[], None]] = None) -> None:
    remember_store(store)
    _forget_references()
    if not iface.addProject(str(path)):
        return
    count = len(QgsProject.instance().mapLayers())
    notifier.success(tr("The battle map of {store} is open: {count} layers.", store=store, count=count))
    if then is not None:
        then()
