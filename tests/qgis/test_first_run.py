# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages of the first steps on a user's own files, what they say when something is missing, and what they leave."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from tests.qgis.waiting import wait

LON, LAT = 113.3, 23.1


def ring(x, y, width, height):
    return [[[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]]


def layer(path, rows):
    """Write rows (properties, geometry type, coordinates) as GeoJSON in EPSG:4326."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}
        for properties, kind, coordinates in rows]}), encoding="utf-8")
    return str(path)


@pytest.fixture
def files(tmp_path):
    """A territory with Chinese columns, twenty houses and a supply point."""
    whole = ring(LON, LAT, 0.01, 0.01)
    levels = (("branch", "FGS", ""), ("micro_region", "WQY", "FGS"), ("grid", "WG1", "WQY"))
    made = {level: layer(tmp_path / f"{level}.geojson", [
        ({"编码": code, "网格名称": f"{code}片", "上级编码": above}, "Polygon", whole)])
        for level, code, above in levels}
    made["houses"] = layer(tmp_path / "houses.geojson", [
        ({"id": f"h{n}", "层数": 18}, "Polygon",
         ring(LON + 0.0003 + 0.0004 * (n % 5), LAT + 0.001 * (n // 5), 0.0003, 0.0002)) for n in range(20)])
    made["pins"] = layer(tmp_path / "pins.geojson", [
        ({"id": f"p{n}", "name": f"{n}号楼"}, "Point", [LON + 0.0004 + 0.0004 * n, LAT + 0.0001]) for n in range(3)])
    made["olt"] = layer(tmp_path / "olt.geojson", [({"code": "O1", "kind": "olt", "installed_ports": 64}, "Point",
                                                    [LON + 0.001, LAT + 0.001])])
    made["streets"] = layer(tmp_path / "streets.geojson", [
        ({"id": "s1", "道路等级": "主干道" if n else None, "路名": "文一路"}, "LineString",
         [[LON + 0.0001 + 0.0022 * n, LAT - 0.0002], [LON + 0.0001 + 0.0022 * n, LAT + 0.004]]) for n in range(2)])
    return made


@pytest.fixture
def wizard(qgis_app, databases):
    """The window on an empty database, with what it told the notifier."""
    from qgis.core import QgsSettings
    from qgis.PyQt.QtWidgets import QMainWindow

    from fullservice_plugin.gis.known_stores import LAST
    from fullservice_plugin.gui.first_run.wizard import FirstRunWizard
    from fullservice_plugin.gui.notify import Notifier

    name = databases.create("steps")
    QgsSettings().setValue(LAST, name)
    window, said = QMainWindow(), []

    class Told(Notifier):
        def _push(self, text, level, details="", button=None, passing=False):
            said.append(text)

    made = FirstRunWizard(SimpleNamespace(mainWindow=lambda: window), Told(None))
    made.name, made.said, made.window_ = name, said, window
    made.show()
    yield made
    made.close()
    QgsSettings().remove(LAST)


def test_from_an_empty_database_with_own_files(wizard, files, monkeypatch):
    from fullservice_plugin.processing.base import Outputs
    from fullservice_plugin.store.connection import Store

    store = wizard.currentPage()
    assert store.combo.currentText() == wizard.name
    wait(lambda: store.create.isVisible())
    assert not store.go_on_box.isVisible(), "nothing to go on with before there is a store"
    assert wizard.store == "" and wizard.nextId() == 1 and store.isComplete(), "every step may be passed over"
    store.install()
    assert not store.isComplete() and not store.sample.isVisible()
    wait(lambda: store.sample.isVisible())
    assert wizard.store == wizard.name and wizard.nextId() == 1
    wizard.next()
    areas = wizard.currentPage()
    assert not areas.import_button.isEnabled()
    for level in ("branch", "micro_region", "grid"):
        wait(lambda: wizard.holdings is not None and areas._task is None)
        assert areas.level.currentData() == level, "the first level that lacks"
        areas.source.set_file(files[level])
        guessed = {name: box.currentField() for name, box in areas.fields.items()}
        assert guessed == {"CODE_FIELD": "编码", "NAME_FIELD": "网格名称", "PARENT_FIELD": "上级编码"}
        assert areas.import_button.isEnabled()
        with monkeypatch.context() as late:
            if level == "branch":  # the stop comes when all is kept: nothing is taken back, and nobody says so
                late.setattr(Outputs, "finish", lambda _self: areas.runner._now[1].cancel())
            areas.bring_in()
            wait(lambda: not areas.runner.busy and areas._task is None)
        assert wizard.made[-1] == areas.runner.state.text() and wizard.holdings.counts[level] == 1
    assert wizard.holdings.counts["grid"] == 1
    wizard.next()
    houses = wizard.currentPage()
    houses.source.set_file(files["pins"])
    wait(lambda: houses._looking is None)
    assert houses.preview.text().startswith("3 points")
    houses.find()
    wait(lambda: not houses.runner.busy and houses._task is None)
    said = houses.runner.state.text()
    assert said.startswith("pins: 3 new, 0 changed, 0 to be reviewed by you. These are points: "), said
    assert said.endswith("take in footprints of this place too. Each point gets the one it lies in.")
    assert not houses.runner.bar.isVisible() and wizard.made[-1] == said
    counts = wizard.holdings.counts
    assert (counts["building"], counts["estate"]) == (3, 0)
    houses.source.set_file(files["houses"])
    wait(lambda: houses._looking is None)
    assert "20" in houses.preview.text() and houses.sketch.look.extent[0] == pytest.approx(LON + 0.0003)
    assert houses.name.text() == "houses" and houses.datum.currentData() == "wgs84" and houses.find_button.isEnabled()
    houses.find()
    wait(lambda: not houses.runner.busy and houses._task is None)
    counts = wizard.holdings.counts
    assert counts["building"] == 20 and counts["estate"] > 0, (houses.runner.state.text(), houses.runner._said)
    wizard.next()
    plan = wizard.currentPage()
    wait(lambda: plan._task is None)
    assert wizard.holdings.lacks == ("street", "olt") and plan.supply_box.isVisible() and not plan.plan_box.isVisible()
    plan.supply.set_file(files["olt"])
    plan.bring_supply()
    wait(lambda: not plan.runner.busy and plan._task is None)
    assert wizard.holdings.lacks == ("street",) and not plan.supply_box.isVisible()
    wizard.restart()
    wait(lambda: store.go_on_box.isVisible())
    assert wizard.nextId() == 2, "what lacks is proposed: a design needs streets"
    wizard.next()
    houses.source.set_file(files["houses"])
    houses.streets.set_file(files["streets"])
    houses.find()
    wait(lambda: not houses.runner.busy and houses._task is None)
    assert wizard.holdings.lacks == () and wizard.holdings.counts["building"] == 20
    with Store.connect({"service": wizard.name}) as link:
        assert link.rows("select source_key, highway, name from fullservice.street order by source_key") == [
            ("streets:s1", "unclassified", "文一路"), ("streets:s1/2", "主干道", "文一路")], "pieces share their id"
    wizard.restart()
    wait(lambda: wizard.nextId() == 3)
    store.go_on.setCurrentIndex(0)
    assert wizard.nextId() == 1, "any step can be taken again"
    store.go_on.setCurrentIndex(2)
    wizard.next()
    wait(lambda: plan._task is None)
    assert plan.plan_box.isVisible()
    wizard.next()
    end = wizard.currentPage()
    assert len(wizard.made) == 8 and all(line in end.have.text() for line in wizard.made[1:])
    with Store.connect({"service": wizard.name}) as link:
        assert link.value("select count(*) from fullservice.building where households > 0") == 20


def test_what_is_wrong_is_said_and_nothing_is_kept(wizard, files, tmp_path):
    from fullservice_plugin.gui.first_run.jobs import Job

    store = wizard.currentPage()
    wait(lambda: store.create.isVisible())
    ran = []
    store.runner.run([Job("x", "importterritory", {"STORE": wizard.name, "INPUT": files["branch"], "LEVEL": "branch",
                                                   "CODE_FIELD": "编码"}), Job("y", "createstore", {})], ran.append)
    wait(lambda: not store.runner.busy)
    assert wizard.name in store.runner.state.text() and not ran, "the first failed, so the second never began"
    store.runner.run([Job("x", "importterritory", {"STORE": wizard.name, "INPUT": str(tmp_path / "none.geojson"),
                                                   "LEVEL": "branch"})], ran.append)
    assert not store.runner.busy and "none.geojson" in store.runner.state.text() and not ran
    wizard.next()
    areas = wizard.currentPage()
    unread = tmp_path / "unread.geojson"
    unread.write_bytes(b"no map")
    areas.source.set_file(str(unread))
    assert "unread.geojson" in areas.runner.state.text() and not areas.import_button.isEnabled()
    areas.source.set_file(files["branch"])
    assert not areas.runner.state.text(), "what was said of the file before no longer stands"
    wizard.next()
    houses = wizard.currentPage()
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"no map")
    houses.source.set_file(str(broken))
    wait(lambda: houses._looking is None)
    assert "broken.osm.pbf" in houses.preview.text() and not houses.find_button.isEnabled(), "there is no store"
    assert houses.name.text() == "OpenStreetMap"
    houses.source.set_file(str(unread))
    wait(lambda: houses._looking is None)
    assert "unread.geojson" in houses.preview.text() and houses.name.text() == "unread"


def test_closing_takes_back_what_runs(wizard):
    from fullservice_plugin.store.connection import Store

    store = wizard.currentPage()
    wait(lambda: store.create.isVisible())
    store.install()
    wait(lambda: store.runner.bar.value() > 0)
    wizard.reject()
    assert wizard.said and not store.runner.busy
    from qgis.core import QgsApplication

    wait(lambda: QgsApplication.taskManager().countActiveTasks() == 0)
    with Store.connect({"service": wizard.name}) as link:
        assert link.version() == 0


def test_a_step_that_is_cancelled_is_taken_back_whole(wizard):
    from fullservice_plugin.store.connection import Store

    store = wizard.currentPage()
    wait(lambda: store.create.isVisible())
    store.install()
    wait(lambda: store.runner.bar.value() > 0)
    store.runner.cancel_button.click()
    wait(lambda: not store.runner.busy)
    with Store.connect({"service": wizard.name}) as link:
        assert link.version() == 0
    assert store.create_button.isEnabled(), "it can be begun again"


def test_an_unreachable_store_says_whom_to_ask(wizard):
    store = wizard.currentPage()
    wait(lambda: store.create.isVisible())
    store.combo.setCurrentText("nowhere")
    store.check()
    wait(lambda: store.light.colour == "red" and store._health is None)
    assert store.nothing.isVisible() and not store.create.isVisible() and "PostGIS" in store.advice.text()
    assert store.state.text() and wizard.store == ""


def test_it_opens_by_itself_only_once_and_only_for_who_has_no_store(qgis_app):
    from qgis.core import QgsSettings
    from qgis.PyQt.QtWidgets import QMainWindow

    from fullservice_plugin.gis.known_stores import LAST
    from fullservice_plugin.gui.first_run.wizard import SEEN, FirstRun
    from fullservice_plugin.gui.notify import Notifier

    class Window(QMainWindow):
        shown = True

        def isVisible(self):
            return self.shown

    window = Window()
    first = FirstRun(SimpleNamespace(mainWindow=lambda: window), Notifier(None))
    first._wait.stop()
    for shown, seen, last in ((False, False, ""), (True, True, ""), (True, False, "known")):
        window.shown = shown
        QgsSettings().setValue(SEEN, seen)
        QgsSettings().setValue(LAST, last)
        first.offer()
        assert first.wizard is None, (shown, seen, last)
    window.shown = True
    for key in (SEEN, LAST):
        QgsSettings().remove(key)
    first.offer()
    assert first.wizard is not None and first.wizard.isVisible()
    first.stop()
    assert QgsSettings().value(SEEN, False, bool)
    QgsSettings().remove(SEEN)


@pytest.mark.parametrize(("columns", "found"), [
    (["fid", "Code", "NAME", "Parent_Code"], ["Code", "NAME", "Parent_Code"]),
    (["网格编码", "网格名称", "上级"], ["网格编码", "网格名称", "上级"]), (["width", "geom"], ["", "", ""]),
])
def test_columns_are_guessed(columns, found):
    from fullservice_plugin.gui.first_run.territory_page import USUAL, guess

    assert [guess(columns, usual) for usual in USUAL.values()] == found
