# SPDX-License-Identifier: GPL-2.0-or-later
"""An open map follows its store: changes drawn, a lost store said, a restarted one heard again, locks bounded.

On a server of its own, which is killed.
"""

from __future__ import annotations

import os
import signal
import time
from functools import partial

import pytest

from tests.qgis import waiting

wait = partial(waiting.wait, seconds=15.0)

SQUARE = "ST_Multi(ST_MakeEnvelope(24.9, 60, 24.901, 60.001, 4326))"


class Place:
    """A server with a store, its pg service and connections to it."""

    def __init__(self, server, service):
        self.server, self.service = server, service

    def store(self):
        from fullservice_plugin.store.connection import Store

        return Store.connect({"service": self.service})

    def change(self, name):
        with self.store() as store:
            store.execute("update fullservice.estate set name = %s, edit_base = row_version where code = 'E'", (name,))


@pytest.fixture(scope="module")
def place(own_server, qgis_app):
    from fullservice_plugin.store.migrate import install

    made = Place(own_server, own_server.create("live"))
    with made.store() as store:
        install(store)
        with store.transaction(bulk=True) as cur:
            cur.execute("insert into fullservice.org_unit (level, code, name) values ('branch', 'B', 'B')")
            cur.execute(f"insert into fullservice.estate (code, name, geom) values ('E', 'first', {SQUARE})")
            cur.execute(f"insert into fullservice.building (code, geom) values ('H', {SQUARE})")
    return made


@pytest.fixture
def live(place):
    """The map of the store, followed; messages and redrawn layers are written down."""
    from qgis.core import QgsProject
    from qgis.PyQt.QtWidgets import QWidget

    from fullservice_plugin.gis.guard import guard, release
    from fullservice_plugin.gis.layers import definition, make_layer
    from fullservice_plugin.gui.live import LiveMap
    from fullservice_plugin.gui.notify import Notifier

    said, drawn = [], []

    class Told(Notifier):
        def _push(self, text, level, details="", button=None, passing=False):
            said.append(text)

    project = QgsProject.instance()
    layers = {}
    for key in ("estate", "building", "estate_map", "staff"):
        layers[key] = make_layer(place.service, definition(key), "en")
        assert layers[key].isValid(), key
        layers[key].repaintRequested.connect(lambda *_, key=key: drawn.append(key))
        project.addMapLayer(layers[key])
    guard(layers["estate"])
    canvas = QWidget()
    canvas.resize(900, 500)
    made = LiveMap(Told(None), canvas, heartbeat_s=1.0)
    made.said, made.drawn, made.by_key, made.window = said, drawn, layers, canvas
    made.follow(place.service)
    wait(lambda: made._listener._mark is not None)
    time.sleep(0.3)
    drawn.clear()
    yield made
    started = time.monotonic()
    made.stop()
    assert time.monotonic() - started < 3, "closing a project does not wait for a store"
    for layer in layers.values():
        layer.rollBack()
        release(layer.id())
    project.removeAllMapLayers()


def test_a_change_by_somebody_else_is_drawn_once_a_second_at_most(live, place):
    for number in range(5):
        place.change(f"n{number}")
    wait(lambda: {"estate", "estate_map"} <= set(live.drawn))
    assert live.drawn.count("estate") <= 2 and "staff" not in live.drawn and "building" not in live.drawn


@pytest.fixture(scope="module")
def asker(qgis_app):
    """The window in which QGIS asks for passwords; nobody is asked by it here."""
    from qgis.core import QgsCredentialsNone
    from qgis.gui import QgsCredentialDialog

    dialog = QgsCredentialDialog()
    dialog.nobody = QgsCredentialsNone()  # takes its place
    qgis_app.asks_nobody = dialog.nobody  # for as long as QGIS lives
    return dialog


def test_after_a_server_restart_changes_are_heard_again(live, place, asker):
    """QGIS' own listener hears nothing after a restart (measured); what happened meanwhile is drawn too."""
    assert not asker.signalsBlocked()
    place.server.kill()
    wait(lambda: live.banner.text != "")
    assert asker.signalsBlocked(), "no thread asks for a password while nobody is there to check it"
    live.drawn.clear()
    place.server.start()
    place.change("while nobody listened")
    wait(lambda: live.banner.text == "")
    assert not asker.signalsBlocked()
    wait(lambda: "estate" in live.drawn)
    time.sleep(1.5)
    live.drawn.clear()
    place.change("after the restart")
    wait(lambda: "estate" in live.drawn)


def test_a_lost_store_is_said_and_the_edit_is_kept_until_it_is_back(live, place):
    from qgis.PyQt.QtWidgets import QLabel

    layer = live.by_key["estate"]
    feature = next(layer.getFeatures())
    layer.startEditing()
    assert layer.changeAttributeValue(feature.id(), layer.fields().lookupField("name"), "kept")
    started = time.monotonic()
    place.server.kill()
    wait(lambda: live.banner.text != "")
    assert time.monotonic() - started < 5
    assert "nothing is lost" in live.banner.text and "1 edited rows wait" in live.banner.text
    label = live.window.findChild(QLabel, "FullServiceOffline")
    assert label is not None and label.width() == 900 and not label.isHidden()
    assert not layer.commitChanges() and layer.isModified()
    place.server.start()
    wait(lambda: live.banner.text == "")
    assert any("1 edited rows can be saved now" in text for text in live.said)
    assert layer.commitChanges(), layer.commitErrors()
    with place.store() as store:
        assert store.value("select name from fullservice.estate where code = 'E'") == "kept"


def test_a_store_that_hangs_is_noticed_by_the_heartbeat(live, place):
    """The server is there but silent, as behind a cut network: stopped, not dead."""
    parent = place.server.postmaster
    pids = [int(line) for line in os.popen(f"pgrep -P {parent}").read().split()] + [parent]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        wait(lambda: live.banner.text != "", seconds=12)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    wait(lambda: live.banner.text == "")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_bar_speaks_both_languages(language, qgis_app):
    from qgis.PyQt.QtWidgets import QWidget

    from fullservice_plugin.gui.live import LiveMap
    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.i18n import set_language

    set_language(language)
    window = QWidget()
    window.resize(760, 300)
    made = LiveMap(Notifier(None), window)
    made.store = "battlemap"
    made._lost("x")
    wanted = "may look empty" if language == "en" else "数据并未丢失"
    assert wanted in made.banner.text
    if os.environ.get("FULLSERVICE_PICTURES"):
        window.grab().save(os.path.join(os.environ["FULLSERVICE_PICTURES"], f"banner_{language}.png"))
    set_language("en")


def test_a_row_that_somebody_holds_does_not_hold_the_window(live, place):
    """store.md: 8 s and 20 s of a dead window with plain QGIS. The database bounds the wait; the buffer is kept."""
    layer = live.by_key["estate"]
    feature = next(layer.getFeatures())
    holder = place.store()
    cur = holder.connection.cursor()
    cur.execute("select 1 from fullservice.estate where code = 'E' for update")
    layer.startEditing()
    started = time.monotonic()
    layer.changeAttributeValue(feature.id(), layer.fields().lookupField("name"), "waits")
    assert time.monotonic() - started < 2.0, "the first change of a value asks for no lock: that would take 3 s"
    started = time.monotonic()
    assert not layer.commitChanges()
    assert time.monotonic() - started < 5.0
    assert any("lock timeout" in text for text in layer.commitErrors()) and layer.isModified()
    holder.connection.rollback()
    holder.close()
    assert layer.commitChanges(), layer.commitErrors()


def test_a_store_without_bounds_is_told(place, live):
    with place.store() as store:
        store.execute("alter database live reset lock_timeout")
    live.follow("")
    live.follow(place.service)
    wait(lambda: any("does not bound" in text for text in live.said))
    with place.store() as store:
        store.execute("alter database live set lock_timeout = '3s'")


def test_groups_that_somebody_switches_on_are_switched_off(live):
    from qgis.core import QgsProject

    from fullservice_plugin.compat import transactions_enabled
    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.gui.watch import ProjectWatch

    project = QgsProject.instance()
    watch = ProjectWatch(Notifier(None))
    try:
        if hasattr(project, "setTransactionMode"):
            from qgis.core import Qgis

            project.setTransactionMode(Qgis.TransactionMode.AutomaticGroups)
        else:
            project.setAutoTransaction(True)
        live.by_key["building"].startEditing()
        wait(lambda: not transactions_enabled(project))
        assert live.by_key["building"].isEditable(), "the edit goes on, without the group"
    finally:
        live.by_key["building"].rollBack()
        watch.stop()
