# SPDX-License-Identifier: GPL-2.0-or-later
"""What forms offer by name is known before they open: nothing in them reads the store in the window's thread."""

from __future__ import annotations

import time

import pytest
from qgis.PyQt import sip

HOUSES = """update fullservice.building b set estate_id = e.id, edit_base = b.row_version
from (select id, row_number() over (order by code) as place from fullservice.estate where not is_deleted) e
join (select id, row_number() over (order by code) as place from fullservice.building where not is_deleted) h
    on h.place = e.place
where b.id = h.id and e.place <= 2 returning b.fid, b.id::text, e.id::text"""
PARTY = """insert into fullservice.property_party (name, role, estate_id) values (%s, 'property_mgmt', %s)
returning id::text, estate_id::text, name"""
TALK = """insert into fullservice.negotiation (building_id, estate_id, party_id, kind, stage)
values (%s, %s, %s, 'renewal', 'not_started') returning fid"""
#: Forms that a test opened; they go before their layers do.
OPEN: list = []


def wait(condition, seconds=60.0):
    from qgis.PyQt.QtCore import QCoreApplication

    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        QCoreApplication.processEvents()
        time.sleep(0.02)


@pytest.fixture(scope="module")
def town(store_name, databases) -> str:
    """A store with a made town and two parties, each of another estate."""
    return databases.fill(store_name)


def deed(town, sql, values=None):
    from fullservice_plugin.store.connection import Store

    with Store.connect({"service": town}) as store, store.transaction() as cur:
        cur.execute(sql, values)
        return cur.fetchall() if cur.description else []


@pytest.fixture(scope="module")
def houses(town):
    """Two buildings, each in an estate of its own: row number, id, id of the estate."""
    return deed(town, HOUSES)


@pytest.fixture(scope="module")
def parties(town, houses):
    """A party of each estate: id, id of the estate, name."""
    return [deed(town, PARTY, (f"Office {number}", house[2]))[0] for number, house in enumerate(houses)]


@pytest.fixture(scope="module")
def talk(town, houses, parties):
    """The row number of a talk with the first party."""
    return deed(town, TALK, (houses[0][1], houses[0][2], parties[0][0]))[0][0]


@pytest.fixture(scope="module")
def path(town, tmp_path_factory):
    import processing

    path = str(tmp_path_factory.mktemp("names") / "map.qgz")
    processing.run("fullservice:buildproject", {"STORE": town, "LANGUAGE": "en", "OUTPUT": path})
    return path


def editors():
    """QGIS' editors, which QGIS desktop has from its start."""
    from qgis.gui import QgsGui

    if "RelationReference" not in QgsGui.editorWidgetRegistry().factories():
        QgsGui.editorWidgetRegistry().initEditors()


@pytest.fixture
def watch(path, talk):
    """The map, open, with the plugin's watch over it; names are known."""
    from qgis.core import QgsProject

    from fullservice_plugin.gui.name_lists import current
    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.gui.watch import ProjectWatch

    editors()
    project = QgsProject.instance()
    made = ProjectWatch(Notifier(None))
    assert project.read(path)
    try:
        wait(lambda: "ValueRelation" not in {setup(key, name).type() for key, name in naming()})
        yield made
    finally:
        while OPEN:
            sip.delete(OPEN.pop())
        if current() is not None:
            made.stop()
        project.clear()


def layer(key):
    from fullservice_plugin.gis.layers import require_layer

    return require_layer(key)


def setup(key, name):
    found = layer(key)
    return found.editorWidgetSetup(found.fields().lookupField(name))


def offered(key, name):
    """The choices of a field: stored → shown, without the empty one."""
    from fullservice_plugin.gui.name_lists import NULL

    return {code: shown for row in setup(key, name).config()["map"] for shown, code in row.items() if code != NULL}


def naming():
    """Every field of our layers whose stored editor names rows of another layer."""
    from fullservice_plugin.gis.layers import LAYERS
    from fullservice_plugin.gui.own_forms import FORMS

    return [(spec.key, field.name()) for spec in LAYERS if (FORMS / f"{spec.key}.ui").exists()
            for field in layer(spec.key).fields()
            if setup(spec.key, field.name()).type() in ("ValueRelation", "RelationReference")]


def test_no_editor_reads_rows_while_a_form_opens(watch, path, town):
    from qgis.core import QgsProject

    from fullservice_plugin.gui.reference_editor import OURS

    assert naming() == []
    grids = dict(deed(town, "select id::text, name from fullservice.org_unit where level = 'grid' and not is_deleted"))
    assert grids and offered("estate", "grid_id") == grids
    assert setup("building", "estate_id").type() == OURS
    watch.stop()  # a plugin that is switched off leaves what the project has
    kept = naming()
    assert len(kept) > 40 and setup("estate", "grid_id").type() == "ValueRelation"
    plain = QgsProject()
    assert plain.read(path)
    by_name = {found.name(): found for found in plain.mapLayers().values()}
    for key, name in kept:
        stored = by_name[layer(key).name()]
        assert setup(key, name).config() == stored.editorWidgetSetup(stored.fields().lookupField(name)).config()


def open_form(key, fid, context=None):
    """A form with its logic; QGIS without its desktop attaches none, and asks in a window why."""
    from qgis.core import QgsEditFormConfig
    from qgis.gui import QgsAttributeEditorContext, QgsAttributeForm

    from fullservice_plugin.gui.form_tools import FormLogic

    config = layer(key).editFormConfig()
    config.setInitCodeSource(QgsEditFormConfig.PythonInitCodeSource.CodeSourceNone)
    layer(key).setEditFormConfig(config)
    form = QgsAttributeForm(layer(key), layer(key).getFeature(fid), context or QgsAttributeEditorContext())
    form.fullservice = FormLogic(form, layer(key))
    OPEN.append(form)
    return form


def shown(combo):
    """What the list of a combo box shows."""
    view = combo.view()
    return {combo.itemText(row) for row in range(combo.count()) if not view.isRowHidden(row)}


def called(town, estate):
    """The parties of an estate."""
    return [name for name, in deed(town, "select name from fullservice.property_party where estate_id = %s", (estate,))]


def test_parties_of_the_estate_are_offered_and_new_ones_arrive(watch, town, talk, parties):
    from qgis.gui import QgsRelationReferenceWidget
    from qgis.PyQt.QtWidgets import QComboBox, QPlainTextEdit, QWidget

    layer("negotiation").startEditing()
    form = open_form("negotiation", talk)
    combo = form.findChild(QComboBox, "party_id")
    assert combo.currentText() == parties[0][2]
    assert parties[1][0] in offered("negotiation", "party_id"), "known, and of another estate"
    assert shown(combo) == {"–", *called(town, parties[0][1])}
    estate = form.findChild(QWidget, "estate_id").findChild(QgsRelationReferenceWidget)
    estate.setForeignKeys([parties[1][1]])
    assert shown(combo) == {"–", parties[0][2], *called(town, parties[1][1])}, "what is chosen stays in sight"
    estate.setForeignKeys([parties[0][1]])
    note = form.findChild(QPlainTextEdit, "note")
    note.setPlainText("being typed")
    deed(town, PARTY, ("Newcomer", parties[0][1]))
    wait(lambda: "Newcomer" in shown(combo))
    assert combo.currentText() == parties[0][2] and note.toPlainText() == "being typed"
    deed(town, "update fullservice.property_party set name = 'Renamed', edit_base = row_version "
               "where name = 'Newcomer'")
    wait(lambda: "Renamed" in shown(combo))
    layer("negotiation").rollBack()


def test_none_of_the_names_is_a_choice(watch, talk):
    from qgis.PyQt.QtWidgets import QComboBox

    from fullservice_plugin.compat import plain_value
    from fullservice_plugin.gui.name_lists import NULL

    layer("negotiation").startEditing()
    try:
        form = open_form("negotiation", talk)
        combo = form.findChild(QComboBox, "party_id")
        combo.setCurrentIndex(combo.findData(NULL))
        assert combo.currentText() == "–" and form.save()
        assert plain_value(layer("negotiation").getFeature(talk)["party_id"]) is None
    finally:
        layer("negotiation").rollBack()


def test_a_saved_project_keeps_the_editors_of_qgis(watch, tmp_path):
    """Also in the styles that are not in use while it is saved."""
    import zipfile

    from qgis.core import QgsProject

    manager = layer("estate").styleManager()
    first = manager.currentStyle()
    manager.addStyleFromLayer("other")  # with our editors in it, as when somebody keeps a style
    manager.setCurrentStyle("other")
    assert setup("estate", "grid_id").type() == "ValueMap", "a style brings its own editors, ours come back"
    saved = tmp_path / "saved.qgz"
    assert QgsProject.instance().write(str(saved))
    with zipfile.ZipFile(saved) as archive:
        text = next(archive.read(name).decode() for name in archive.namelist() if name.endswith(".qgs"))
    assert "FullServiceReference" not in text
    plain = QgsProject()
    assert plain.read(str(saved))
    stored = next(found for found in plain.mapLayers().values() if found.name() == layer("estate").name())
    for style in ("other", first):
        assert stored.styleManager().setCurrentStyle(style)
        assert stored.editorWidgetSetup(stored.fields().lookupField("grid_id")).type() == "ValueRelation", style
    assert setup("estate", "grid_id").type() == "ValueMap"


def test_lists_that_are_too_long_stay_with_qgis(path, town, parties, monkeypatch):
    from qgis.core import QgsProject

    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.gui.watch import ProjectWatch
    from fullservice_plugin.services import name_lists

    grids = len(deed(town, "select 1 from fullservice.org_unit where level = 'grid' and not is_deleted"))
    for number in range(grids):
        deed(town, PARTY, (f"One more {number}", parties[0][1]))
    monkeypatch.setattr(name_lists, "MOST", grids)
    made = ProjectWatch(Notifier(None))
    try:
        assert QgsProject.instance().read(path)
        wait(lambda: setup("estate", "grid_id").type() == "ValueMap")
        assert setup("negotiation", "party_id").type() == "ValueRelation"
    finally:
        made.stop()
        QgsProject.instance().clear()


def steps(fid, stage):
    """Whether the rule of the form allows a step from the row as a form has seen it."""
    from qgis.core import QgsFieldConstraints, QgsVectorLayerUtils

    found = layer("negotiation")
    row = found.getFeature(fid)
    row["stage"] = stage
    index = found.fields().lookupField("stage")
    strength = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard
    return QgsVectorLayerUtils.validateAttribute(found, row, index, strength)[0]


def test_steps_are_tested_on_the_row_that_the_form_read(watch, talk):
    from fullservice_plugin.core.catalogue.states import machine_of
    from fullservice_plugin.gis.guard import guard_of

    machine = machine_of("negotiation")
    stored = layer("negotiation").getFeature(talk)
    step, later = machine.targets(stored["stage"])[0], machine.targets(machine.targets(stored["stage"])[0])[0]
    assert steps(talk, later), "no form shows the row: the store has the last word, and nothing is read"
    guard = guard_of(layer("negotiation"))
    guard.saw(talk, stored["row_version"], stored)
    assert steps(talk, step) and not steps(talk, later)
    ahead = layer("negotiation").getFeature(talk)
    ahead["stage"] = step
    guard.saw(talk, ahead["row_version"], ahead)
    assert steps(talk, later), "what was read counts, not what is stored"
    watch.stop()  # in a QGIS without the plugin the rule reads the stored row
    assert steps(talk, step) and not steps(talk, later)


def test_a_row_is_picked_on_the_map_with_the_button(watch, houses):
    from qgis.core import QgsVectorLayerTools
    from qgis.gui import QgsAttributeEditorContext, QgsMapCanvas, QgsRelationReferenceWidget
    from qgis.PyQt.QtCore import QCoreApplication, Qt
    from qgis.PyQt.QtTest import QTest
    from qgis.PyQt.QtWidgets import QToolButton

    class Tools(QgsVectorLayerTools):
        """What QGIS desktop has for editing; none of it is needed here, but that it is there."""

        def addFeature(self, *_args, **_more):
            return False

        startEditing = stopEditing = saveEdits = copyMoveFeatures = addFeature  # noqa: N815

    canvas, context, tools = QgsMapCanvas(), QgsAttributeEditorContext(), Tools()
    context.setMapCanvas(canvas)
    context.setVectorLayerTools(tools)
    (fid, _, first), (_, _, other) = houses
    layer("building").startEditing()
    form = open_form("building", fid, context)
    form.show()
    reference = form.findChild(QgsRelationReferenceWidget)
    assert [str(key) for key in reference.foreignKeys()] == [first]
    pick = next(button for button in reference.findChildren(QToolButton) if button.isCheckable())
    wait(pick.isEnabled)  # the store has told the rights on the row
    QTest.mouseClick(pick, Qt.MouseButton.LeftButton)
    tool = canvas.mapTool()
    assert tool is not None, "the button has the map"
    tool.featureIdentified.emit(next(layer("estate").getFeatures(f"\"id\" = '{other}'")))
    QCoreApplication.processEvents()
    assert [str(key) for key in reference.foreignKeys()] == [other] and canvas.mapTool() is None
    layer("building").rollBack()
    sip.delete(OPEN.pop())  # before the canvas goes, to which the flash on the map belongs


def test_a_question_that_failed_is_asked_again(path, town, monkeypatch):
    from qgis.core import QgsProject

    from fullservice_plugin.core.errors import StoreError
    from fullservice_plugin.gui import name_lists
    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.gui.watch import ProjectWatch

    asked, answer = [], name_lists.names_of

    def once(store, lists):
        asked.append(lists)
        if len(asked) == 1:
            raise StoreError("the server was restarted")
        return answer(store, lists)

    monkeypatch.setattr(name_lists, "names_of", once)
    monkeypatch.setattr(name_lists, "_AGAIN", 200)
    made = ProjectWatch(Notifier(None))
    try:
        assert QgsProject.instance().read(path)
        wait(lambda: setup("estate", "grid_id").type() == "ValueMap")
        assert len(asked) > 1
    finally:
        made.stop()
        QgsProject.instance().clear()


def test_related_rows_are_listed_once_the_store_answers(watch, talk, monkeypatch):
    """Until then the tab says what it waits for; the window goes on."""
    from threading import Event

    from qgis.gui import QgsRelationEditorWidget
    from qgis.PyQt.QtWidgets import QLabel, QTabWidget

    from fullservice_plugin.core.errors import StoreError
    from fullservice_plugin.gui import form_tabs

    answered = Event()
    monkeypatch.setattr(form_tabs, "answers", lambda store: answered.wait(30))
    form = open_form("negotiation", talk)
    tabs = form.findChild(QTabWidget, "tabs")
    tabs.setCurrentIndex(1)
    page = tabs.currentWidget()
    assert "Asking the store" in "".join(label.text() for label in page.findChildren(QLabel))
    assert not page.findChildren(QgsRelationEditorWidget)
    answered.set()
    wait(lambda: page.findChildren(QgsRelationEditorWidget))
    assert "Asking the store" not in "".join(label.text() for label in page.findChildren(QLabel))

    def gone(_store):
        raise StoreError("the server is gone")

    monkeypatch.setattr(form_tabs, "answers", gone)
    tabs.setCurrentIndex(2)
    wait(lambda: "does not answer" in "".join(label.text() for label in tabs.currentWidget().findChildren(QLabel)))
    monkeypatch.undo()
    tabs.setCurrentIndex(0)
    tabs.setCurrentIndex(2)
    wait(lambda: tabs.currentWidget().findChildren(QgsRelationEditorWidget))


def test_a_table_names_what_its_rows_refer_to(watch, houses, town):
    """Read at once for the rows of the table; a row that came since is looked up by itself."""
    from qgis.core import QgsApplication

    found = layer("building")
    index = found.fields().lookupField("estate_id")
    config = found.editorWidgetSetup(index).config()
    formatter = QgsApplication.fieldFormatterRegistry().fieldFormatter(found.editorWidgetSetup(index).type())
    names = {key: name for key, name in deed(town, "select id::text, coalesce(name, code) from fullservice.estate")}
    cache = formatter.createCache(found, index, config)
    for _, _, estate in houses:
        assert formatter.representValue(found, index, config, cache, estate) == names[estate]
    assert formatter.representValue(found, index, config, cache, None) in ("", "NULL")
    new, name = deed(town, "insert into fullservice.estate (code, name) values ('E-NEW', 'New court') "
                           "returning id::text, name")[0]
    assert formatter.representValue(found, index, config, cache, new) == name
    first, other = (estate for _, _, estate in houses)
    order = sorted((first, other), key=lambda one: formatter.sortValue(found, index, config, cache, one))
    assert [names[one] for one in order] == sorted((names[first], names[other]))
