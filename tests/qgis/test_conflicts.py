# SPDX-License-Identifier: GPL-2.0-or-later
"""Two people edit one row through QGIS layers: both changes are kept, or somebody is asked; nothing is lost."""

from __future__ import annotations

import os
import time

import pytest

SQUARE = "MultiPolygon(((24.9 60, 24.901 60, 24.901 60.001, 24.9 60.001, 24.9 60)))"


@pytest.fixture(scope="module")
def place(databases, qgis_app):
    """A store with three estates and two managers of the same branch; (owner's store, service of me, store of them)."""
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install
    from fullservice_plugin.store.roles import add_person

    name = databases.create()
    owner = Store.connect({"service": name})
    install(owner)
    with owner.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.org_unit (level, code, name) values ('branch', 'B', 'B')")
        for code in ("E1", "E2", "E3"):
            cur.execute("insert into fullservice.estate (code, name, build_year, geom) values (%s, %s, 2000, "
                        "ST_GeomFromText(%s, 4326))", (code, "estate " + code, SQUARE))
        cur.execute("insert into fullservice.building (code) values ('H')")
        for who in ("me", "them"):
            add_person(cur, f"{name}_{who}", "customer_manager", ("B",))
            databases.service(f"{name}_{who}", name, f"{name}_{who}")
    them = Store.connect({"service": f"{name}_them"})
    yield owner, f"{name}_me", them
    them.close()
    owner.close()


@pytest.fixture
def desk(place):
    """The plugin's watch over my layers; ``answers`` decide what the window does, ``said`` is what I am told."""
    from qgis.core import QgsProject

    from fullservice_plugin.gis.layers import definition, make_layer
    from fullservice_plugin.gui.conflicts import ConflictDesk
    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.gui.watch import ProjectWatch

    said, answers, dialogs = [], [], []

    class Told(Notifier):
        def _push(self, text, level, details="", button=None, passing=False):
            said.append((text, details))

    def decide(dialog):
        dialogs.append(dialog)
        answers.pop(0)(dialog)

    project = QgsProject.instance()
    watch = ProjectWatch(Told(None))
    watch.desk = ConflictDesk(watch._notifier, decide)
    layers = {}
    for key in ("estate", "negotiation"):
        layers[key] = make_layer(place[1], definition(key), "en")
        project.addMapLayer(layers[key])
    watch.layers, watch.said, watch.answers, watch.dialogs = layers, said, answers, dialogs
    yield watch
    for layer in layers.values():
        layer.rollBack()
    watch.stop()
    project.removeAllMapLayers()


def events(seconds=0.4):
    from qgis.PyQt.QtCore import QCoreApplication

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QCoreApplication.processEvents()
        time.sleep(0.01)


def row(layer, code):
    return next(feature for feature in layer.getFeatures() if feature["code"] == code)


def edit(layer, code, **values):
    if not layer.isEditable():
        layer.startEditing()
    fid = row(layer, code).id()
    for name, value in values.items():
        assert layer.changeAttributeValue(fid, layer.fields().lookupField(name), value)
    return fid


def theirs(place, code, change):
    place[2].execute(f"update fullservice.estate set {change}, edit_base = row_version where code = %s", (code,))


def stored(place, code, columns="name, build_year"):
    return place[0].rows(f"select {columns} from fullservice.estate where code = %s", (code,))[0]


def press(verdict, **choices):
    def answer(dialog):
        from qgis.PyQt.QtWidgets import QComboBox, QPushButton

        for name, side in choices.items():
            combo = next(c for c in dialog.findChildren(QComboBox) if c.objectName().endswith("_" + name))
            combo.setCurrentIndex(combo.findData(side))
        dialog.findChild(QPushButton, "verdict_" + verdict).click()

    return answer


def test_different_fields_are_both_kept_without_a_question(place, desk):
    layer = desk.layers["estate"]
    edit(layer, "E1", name="mine")
    theirs(place, "E1", "build_year = 1999")
    assert not layer.commitChanges()
    events()
    assert stored(place, "E1") == ("mine", 1999) and not layer.isModified()
    assert "Name" in desk.said[-1][0] and "both kept" in desk.said[-1][0] and desk.dialogs == []


@pytest.mark.parametrize(("side", "wanted"), [("mine", "my name"), ("theirs", "their name")])
def test_the_same_field_is_asked_about(place, desk, side, wanted):
    layer = desk.layers["estate"]
    edit(layer, "E1", name="my name", build_year=2010)
    theirs(place, "E1", "name = 'their name'")
    desk.answers.append(press("save", name=side))
    assert not layer.commitChanges()
    events()
    assert stored(place, "E1") == (wanted, 2010) and not layer.isModified()
    dialog = desk.dialogs[0]
    texts = [dialog.table.item(r, c).text() for r in range(dialog.table.rowCount())
             for c in range(4) if dialog.table.item(r, c)]
    assert "my name" in texts and "their name" in texts and any(place[2].login in text for text in texts)


def test_keep_editing_leaves_everything_and_theirs_drops_only_mine(place, desk):
    layer = desk.layers["estate"]
    edit(layer, "E2", name="first try")
    theirs(place, "E2", "name = 'they were quicker'")
    desk.answers.append(press("keep"))
    assert not layer.commitChanges()
    events()
    assert layer.isModified() and stored(place, "E2")[0] == "they were quicker"
    desk.answers.append(press("theirs"))
    assert not layer.commitChanges(), "still nobody decided"
    events()
    assert stored(place, "E2")[0] == "they were quicker" and not layer.isModified()


def test_two_rows_of_one_save_and_a_third_writer_while_the_window_is_open(place, desk):
    layer = desk.layers["estate"]
    for code in ("E1", "E2"):
        edit(layer, code, name="batch " + code)
    theirs(place, "E1", "build_year = 1980")
    theirs(place, "E2", "name = 'other'")

    def slow(dialog):
        theirs(place, "E2", "build_year = 1970")
        press("save", name="mine")(dialog)

    desk.answers.append(slow)
    assert not layer.commitChanges()
    events(0.8)
    assert stored(place, "E1") == ("batch E1", 1980) and stored(place, "E2") == ("batch E2", 1970)
    assert not layer.isModified()


def test_two_outlines_are_shown_and_chosen(place, desk):
    layer = desk.layers["estate"]
    feature = row(layer, "E3")
    moved = feature.geometry()
    moved.translate(0.001, 0)
    layer.startEditing()
    assert layer.changeGeometry(feature.id(), moved)
    theirs(place, "E3", "geom = ST_Translate(geom, 0, 0.002)")
    desk.answers.append(press("save", geom="mine"))
    assert not layer.commitChanges()
    events()
    assert stored(place, "E3", "ST_XMin(geom), ST_YMin(geom)") == (
        pytest.approx(24.901), pytest.approx(60.0))
    assert not desk.dialogs[0].outlines.isHidden()


def test_a_state_that_moved_is_never_merged_silently(place, desk):
    layer = desk.layers["estate"]
    edit(layer, "E3", name="while the lead moved")
    place[2].transition("SM-1", place[0].value("select id::text from fullservice.estate where code = 'E3'"), "located")
    desk.answers.append(press("save"))
    assert not layer.commitChanges()
    events()
    assert stored(place, "E3", "name, lead_state") == ("while the lead moved", "located") and len(desk.dialogs) == 1


def test_a_deleted_row_is_explained_and_the_values_are_kept(place, desk):
    layer = desk.layers["estate"]
    place[0].execute("insert into fullservice.estate (code, name, branch_code) values ('E9', 'short-lived', 'B')")
    layer.dataProvider().reloadData()
    edit(layer, "E9", name="too late", build_year=2020)
    theirs(place, "E9", "is_deleted = true")
    assert not layer.commitChanges()
    events(1.5)
    text, details = desk.said[-1]
    assert "short-lived" in text and f"{place[2].login} deleted this row" in text
    assert "too late" in details and "2020" in details and layer.isModified()


def test_the_form_decides_what_before_was(place, desk):
    """The form was opened before the other commit and edited after it: base, mine and theirs are told apart."""
    from fullservice_plugin.gis.guard import guard_of

    layer = desk.layers["estate"]
    shown = row(layer, "E1")
    guard_of(layer).saw(shown.id(), shown["row_version"], shown)
    theirs(place, "E1", "name = 'between', build_year = 1111")
    edit(layer, "E1", name="from the form")
    desk.answers.append(press("save", name="mine"))
    assert not layer.commitChanges()
    events()
    assert stored(place, "E1") == ("from the form", 1111)
    assert desk.dialogs[0].conflicts[0].base["name"] == shown["name"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_window_in_both_languages(place, desk, language):
    from qgis.core import QgsExpressionContextUtils, QgsProject

    QgsExpressionContextUtils.setProjectVariable(QgsProject.instance(), "fullservice_language", language)
    layer = desk.layers["estate"]
    feature = row(layer, "E2")
    moved = feature.geometry()
    moved.translate(0.0004, 0.0002)
    edit(layer, "E2", name="我的名称", estate_type="office")
    layer.changeGeometry(feature.id(), moved)
    theirs(place, "E2", "name = '对方名称', estate_type = 'park', value_class = 'red', "
                        "geom = ST_Scale(geom, ST_MakePoint(1.000005, 1.000005))")
    seen = []

    def look(dialog):
        dialog.show()
        events(0.2)
        seen.extend(dialog.table.item(r, c).text() for r in range(dialog.table.rowCount())
                    for c in range(4) if dialog.table.item(r, c))
        if os.environ.get("FULLSERVICE_PICTURES"):
            dialog.grab().save(os.path.join(os.environ["FULLSERVICE_PICTURES"], f"conflict_{language}.png"))
        press("keep")(dialog)

    desk.answers.append(look)
    assert not layer.commitChanges()
    events()
    assert {"写字楼", "园区", "类型"} & set(seen) if language == "zh" else {"Office", "Type"} & set(seen), seen
    QgsExpressionContextUtils.setProjectVariable(QgsProject.instance(), "fullservice_language", "en")


def test_what_qgis_said_in_the_words_of_the_database_goes(qgis_app):
    from types import SimpleNamespace

    from qgis.gui import QgsMessageBar

    from fullservice_plugin.gui.notify import Notifier

    bar = QgsMessageBar()
    raw = "PostGIS error while changing attributes: ERROR:  FS409 building: changed by x\nDETAIL:  {}\n"
    bar.pushCritical("Layer", raw)
    bar.pushInfo("", "something else")
    Notifier(SimpleNamespace(messageBar=lambda: bar)).supersede(raw)
    assert [item.text() for item in bar.items()] == ["something else"]
