# SPDX-License-Identifier: GPL-2.0-or-later
"""Work and questions in the background: tasks of QGIS, and threads of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

# Questions asked, answered, let go of and forgotten, while the collector runs at every allocation of every thread.
HURRY = """
import gc, random, sys, time
from qgis.core import QgsApplication
app = QgsApplication([], False)
app.initQgis()
from fullservice_plugin.gui.background import Background
from fullservice_plugin.gui.questions import do_later
gc.set_threshold(1)

def work_later(*what):
    task = Background(*what)
    task.start()
    return task

class Asks:
    task, told = None, 0
    def ask(self):
        if self.task is not None:
            self.task.cancel()
        begin = random.choice((do_later, work_later))
        task = begin("hurry", lambda: None, lambda _answer: self.done(task), print)
        self.task = task
    def done(self, task):
        self.told += 1
        if self.task is task:
            self.task = None

asks, end = Asks(), time.monotonic() + 6
while time.monotonic() < end:
    for _ in range(random.randint(1, 3)):
        asks.ask()
    for _ in range(random.randint(0, 5)):
        app.processEvents()
while asks.task is not None and time.monotonic() < end + 10:
    app.processEvents()
assert asks.task is None and asks.told
print("alive")
"""

# Each answer begins more work, with one thread for all of it; what never runs was lost in the queue of QGIS.
WORKING_ON = """
import time
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QThreadPool
app = QgsApplication([], False)
app.initQgis()
from fullservice_plugin.gui.background import Background
QThreadPool.globalInstance().setMaxThreadCount(1)

def work(answered):
    Background("work", lambda: None, answered, print).start()

lost = 0
for _ in range(200):
    heard = []
    work(lambda _answer: [work(heard.append) for _ in range(4)])
    end = time.monotonic() + 5
    while len(heard) < 4 and time.monotonic() < end:
        app.processEvents()
        time.sleep(0.002)
    lost += 4 - len(heard)
print("lost", lost)
"""


# Somebody leaves QGIS while the store answers none of what was asked.
LEAVING = """
import time
from qgis.core import QgsApplication
app = QgsApplication([], False)
app.initQgis()
from fullservice_plugin.gui.questions import do_later
for number in range(8):
    do_later("unanswered", lambda: time.sleep(60), print, print)
app.processEvents()
app.exitQgis()
print("left")
"""


def settled(app, ready) -> bool:
    until = time.monotonic() + 20
    while not ready() and time.monotonic() < until:
        app.processEvents()
        time.sleep(0.01)
    return bool(ready())


def test_what_has_ended_may_still_be_let_go_of(qgis_app, store_name):
    from qgis.PyQt import sip
    from qgis.PyQt.QtCore import QCoreApplication, QEvent

    from fullservice_plugin.gui.questions import ask_later

    heard: list = []
    asked = ask_later("one", store_name, lambda store: store.rows("select 1"), heard.append, heard.append)
    task = ask_later("two", store_name, lambda store: store.rows("select 2"), heard.append, heard.append, listed=True)
    assert settled(qgis_app, lambda: len(heard) == 2) and sorted(heard) == [[(1,)], [(2,)]]

    def deleted() -> bool:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return sip.isdeleted(task)

    assert settled(qgis_app, deleted), "QGIS deletes a task that has ended"
    task.cancel()
    asked.cancel()
    assert len(heard) == 2


def test_a_question_let_go_of_hands_nothing_over(qgis_app, store_name):
    from fullservice_plugin.gui.questions import ask_later

    heard: list = []
    task = ask_later("slow", store_name, lambda store: store.rows("select 1 from pg_sleep(0.4)"), heard.append,
                     heard.append)
    task.cancel()
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        qgis_app.processEvents()
        time.sleep(0.01)
    assert heard == [] and task.isCanceled()


def test_a_question_let_go_of_is_taken_from_the_server_but_no_change(qgis_app, store_name):
    from fullservice_plugin.gis.connections import open_store
    from fullservice_plugin.gui.questions import ask_later

    heard: list = []
    with open_store(store_name, write=False) as other:

        def runs(what: str) -> bool:
            return bool(other.value("select count(*) from pg_stat_activity where state = 'active' and query like %s "
                                    "and pid <> pg_backend_pid()", (f"%{what}%",)))

        asked = ask_later("long", store_name, lambda store: store.rows("select 'long question', pg_sleep(15)"),
                          heard.append, heard.append)
        changed = ask_later("change", store_name, lambda store: store.rows("select 'long change', pg_sleep(2)"),
                            heard.append, heard.append, True)
        assert settled(qgis_app, lambda: runs("long question") and runs("long change"))
        asked.cancel()
        changed.cancel()
        begun = time.monotonic()
        assert settled(qgis_app, lambda: not runs("long question")) and time.monotonic() - begun < 5
        assert runs("long change"), "a change that is on its way is made"
        assert settled(qgis_app, lambda: not runs("long change")) and heard == []


def test_only_the_newer_of_two_examinations_is_told(qgis_app, store_name):
    from qgis.core import QgsApplication

    from fullservice_plugin.gui.health import examine_later

    heard: list = []
    older = examine_later("nowhere_at_all", heard.append)
    older.let_go()
    newer = examine_later(store_name, heard.append)
    assert settled(qgis_app, lambda: heard and not QgsApplication.taskManager().countActiveTasks())
    assert [health.store for health in heard] == [newer._name] == [store_name]


def test_tasks_forgotten_while_they_run_take_nothing_down(qgis_app):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-P", "-c", HURRY], capture_output=True, text=True, timeout=60,
                          env=environment, check=False)
    assert done.returncode == 0 and done.stdout.split()[-1] == "alive", done.stderr[-2000:]


def test_no_work_is_lost_in_the_queue(qgis_app):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                   # memory that one thread frees is given to the next that asks, as on Windows
                   "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1"}
    done = subprocess.run([sys.executable, "-P", "-c", WORKING_ON], capture_output=True, text=True, timeout=60,
                          env=environment, check=False)
    assert done.returncode == 0 and done.stdout.split()[-2:] == ["lost", "0"], done.stdout + done.stderr[-2000:]


def test_work_begins_once_what_has_ended_is_told_so(qgis_app):
    """What begins between the end of a task and its telling could get that one's place in memory, and be lost."""
    from qgis.PyQt.QtCore import QTimer

    from fullservice_plugin.gui.background import Background

    said: list = []
    ended = threading.Event()
    Background("first", ended.set, lambda _answer: said.append("first told"), print).start()
    qgis_app.processEvents()
    QTimer.singleShot(0, lambda: ended.wait(10) and time.sleep(0.05))  # the window has something else to do meanwhile
    Background("next", lambda: said.append("next begun"), lambda _answer: said.append("next told"), print).start()
    assert settled(qgis_app, lambda: "next told" in said)
    assert said == ["first told", "next begun", "next told"]


def test_a_question_waits_for_no_task(qgis_app, store_name):
    from qgis.PyQt.QtCore import QThreadPool

    from fullservice_plugin.gui.background import Background
    from fullservice_plugin.gui.questions import ask_later

    plans, heard, over = [], [], threading.Event()
    for _ in range(QThreadPool.globalInstance().maxThreadCount() + 1):
        Background("a plan", lambda: over.wait(20), plans.append, print).start()
    try:
        ask_later("a card", store_name, lambda store: store.rows("select 1"), heard.append, heard.append)
        assert settled(qgis_app, lambda: heard) and heard == [[(1,)]] and not plans
    finally:
        over.set()
        assert settled(qgis_app, lambda: len(plans) > QThreadPool.globalInstance().maxThreadCount())


def test_only_so_many_questions_are_on_their_way(qgis_app, store_name):
    from fullservice_plugin.gis.connections import open_store
    from fullservice_plugin.gui.questions import ask_later

    heard: list = []
    with open_store(store_name, write=False) as other:
        for _ in range(12):
            ask_later("one of many", store_name, lambda store: store.rows("select 'one of many', pg_sleep(0.2)"),
                      heard.append, heard.append)
        most = 0
        while len(heard) < 12:
            most = max(most, other.value("select count(*) from pg_stat_activity where query like '%one of many%' "
                                         "and pid <> pg_backend_pid()"))
            qgis_app.processEvents()
    assert 1 < most <= 4 and all(answer[0][0] == "one of many" for answer in heard)


def test_nobody_waits_for_an_answer_when_qgis_is_left(qgis_app):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-P", "-c", LEAVING], capture_output=True, text=True, timeout=30,
                          env=environment, check=False)
    assert done.returncode == 0 and done.stdout.split()[-1] == "left", done.stderr[-2000:]
