# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows that a form refers to, and rows that refer to its row: shown, picked and named without holding the window."""

from __future__ import annotations

from tests.qgis import form_place as place

town, houses, parties, talk, path, watch = (
    place.town, place.houses, place.parties, place.talk, place.path, place.watch)
OPEN, deed, wait, layer, open_form = place.OPEN, place.deed, place.wait, place.layer, place.open_form


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
    place.sip.delete(OPEN.pop())  # before the canvas goes, to which the flash on the map belongs


def test_related_rows_are_listed_once_the_store_answers(watch, talk, monkeypatch):
    """Until then the tab says what it waits for; the window goes on."""
    from threading import Event

    from qgis.gui import QgsRelationEditorWidget
    from qgis.PyQt.QtWidgets import QLabel, QTabWidget

    from fullservice_plugin.core.errors import StoreError
    from fullservice_plugin.gui.attribute_forms import tabs as related

    answered = Event()
    monkeypatch.setattr(related, "answers", lambda store: answered.wait(30))
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

    monkeypatch.setattr(related, "answers", gone)
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
