# SPDX-License-Identifier: GPL-2.0-or-later
"""What forms offer by name is known before they open: nothing in them reads the store in the window's thread."""

from __future__ import annotations

from tests.qgis import form_place as place

town, houses, parties, talk, path, watch = (
    place.town, place.houses, place.parties, place.talk, place.path, place.watch)
PARTY, deed, wait, layer, setup, naming, open_form = (
    place.PARTY, place.deed, place.wait, place.layer, place.setup, place.naming, place.open_form)


def offered(key, name):
    """The choices of a field: stored → shown, without the empty one."""
    from fullservice_plugin.gui.attribute_forms.name_lists import NULL

    return {code: shown for row in setup(key, name).config()["map"] for shown, code in row.items() if code != NULL}


def test_no_editor_reads_rows_while_a_form_opens(watch, path, town):
    from qgis.core import QgsProject

    from fullservice_plugin.gui.attribute_forms.reference_editor import OURS

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
    from fullservice_plugin.gui.attribute_forms.name_lists import NULL

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


def test_a_question_that_failed_is_asked_again(path, town, monkeypatch):
    from qgis.core import QgsProject

    from fullservice_plugin.core.errors import StoreError
    from fullservice_plugin.gui.attribute_forms import name_lists
    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.gui.watch import ProjectWatch

    asked, answer = [], name_lists.names_of

    def after_a_while(store, lists):
        asked.append(lists)
        if len(asked) < 6:
            raise StoreError("the server was restarted")
        return answer(store, lists)

    monkeypatch.setattr(name_lists, "names_of", after_a_while)
    monkeypatch.setattr(name_lists, "_AGAIN", 20)
    made = ProjectWatch(Notifier(None))
    try:
        assert QgsProject.instance().read(path)
        wait(lambda: setup("estate", "grid_id").type() == "ValueMap")
        assert len(asked) == 6
    finally:
        made.stop()
        QgsProject.instance().clear()


def test_a_store_whose_map_was_closed_is_asked_no_more(path, town, monkeypatch):
    """Changes of the store that is open now are none of its business."""
    from qgis.core import QgsProject

    from fullservice_plugin.gui.attribute_forms import name_lists

    asked, answer = [], name_lists.names_of
    monkeypatch.setattr(name_lists, "names_of", lambda store, lists: (asked.append(lists), answer(store, lists))[1])
    names = name_lists.NameLists()
    project = QgsProject.instance()
    try:
        assert project.read(path)
        estate = layer("estate")
        stored = setup("estate", "grid_id")
        names.editor(estate, "grid_id", stored)
        wait(lambda: names.editor(estate, "grid_id", stored).type() == "ValueMap")
        names.tables_changed(["org_unit"])
        wait(lambda: len(asked) == 2 and not any(one.busy for one in names._asking.values()))
        names.forget(estate.id())
        names.tables_changed(["org_unit"])
        names.store_answers(True)
        assert not names._timer.isActive() and names.offered(estate.id()) == {}
    finally:
        names.stop()
        project.clear()
