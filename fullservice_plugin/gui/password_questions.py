# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps QGIS from asking for a password because a store is gone: none would help, and the question can lock QGIS."""

from __future__ import annotations

from qgis.PyQt.QtWidgets import QApplication, QWidget


class PasswordQuestions:
    """Holds back the questions that QGIS' threads ask, in the main thread, while a connection cannot be made.

    A thread that draws asks for a password whatever the reason is that it cannot connect (QgsPostgresConn). It then
    keeps its place among the few connections of the store and waits until the main thread shows the question
    (Qt::BlockingQueuedConnection in QgsCredentialDialog). Where the main thread waits for a place itself, as it does
    when a form is opened, both wait for ever. A dialog whose signals are blocked hears no question of other threads;
    what the main thread asks is asked as ever.
    """

    def __init__(self) -> None:
        self._held: list[QWidget] = []

    def hold_back(self) -> None:
        """No thread asks from now on; each gives its connection up instead."""
        if not self._held:
            self._held = [one for one in QApplication.topLevelWidgets()  # the bindings know it as a QDialog only
                          if one.metaObject().className() == "QgsCredentialDialog"]
        for dialog in self._held:
            dialog.blockSignals(True)

    def let(self) -> None:
        """Threads ask again."""
        for dialog in self._held:
            dialog.blockSignals(False)
        self._held = []
