# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions asked in the background, with QGIS' own task manager."""

from __future__ import annotations

import time


def settled(app, ready) -> bool:
    until = time.monotonic() + 20
    while not ready() and time.monotonic() < until:
        app.processEvents()
        time.sleep(0.01)
    return bool(ready())


def test_a_task_that_ended_may_still_be_let_go_of(qgis_app, store_name):
    from qgis.PyQt import sip
    from qgis.PyQt.QtCore import QCoreApplication, QEvent

    from fullservice_plugin.gui.background import ask_later

    heard: list = []
    task = ask_later("one", store_name, lambda store: store.rows("select 1"), heard.append, heard.append)
    assert settled(qgis_app, lambda: heard) and heard == [[(1,)]]

    def deleted() -> bool:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return sip.isdeleted(task)

    assert settled(qgis_app, deleted), "QGIS deletes a task that has ended"
    task.cancel()
    assert heard == [[(1,)]]


def test_a_task_let_go_of_hands_nothing_over(qgis_app, store_name):
    from qgis.PyQt import sip

    from fullservice_plugin.gui.background import ask_later

    heard: list = []
    task = ask_later("slow", store_name, lambda store: store.rows("select 1 from pg_sleep(0.4)"), heard.append,
                     heard.append)
    task.cancel()
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        qgis_app.processEvents()
        time.sleep(0.01)
    assert heard == []
    assert sip.isdeleted(task) or task.isCanceled()


def test_only_the_newer_of_two_examinations_is_told(qgis_app, store_name):
    from qgis.core import QgsApplication

    from fullservice_plugin.gui.health import examine_later

    heard: list = []
    older = examine_later("nowhere_at_all", heard.append)
    older.let_go()
    newer = examine_later(store_name, heard.append)
    assert settled(qgis_app, lambda: heard and not QgsApplication.taskManager().countActiveTasks())
    assert [health.store for health in heard] == [newer._name] == [store_name]
