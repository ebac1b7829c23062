# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user meets in QGIS' edit buffer: nothing is reported as saved that was not, and the buffer is kept."""

from __future__ import annotations

import pytest

SQUARE = "MultiPolygon(((24.9 60, 24.901 60, 24.901 60.001, 24.9 60.001, 24.9 60)))"


@pytest.fixture(scope="module")
def place(databases, qgis_app):
    """A store made by the algorithm: one branch, an estate, a building and its talk; a customer manager's login."""
    import processing
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.roles import add_person

    name = databases.create()
    assert processing.run("fullservice:createstore", {"STORE": name})["VERSION"] >= 1
    assert processing.run("fullservice:createstore", {"STORE": name, "UPGRADE": False})["VERSION"] >= 1
    owner = Store.connect({"service": name})
    login = name + "_manager"
    with owner.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.org_unit (level, code, name) values ('branch', 'HEL', 'Helsinki')")
        cur.execute("insert into fullservice.estate (code, name) values ('E', 'Estate') returning id")
        estate = cur.fetchone()[0]
        for code in ("B1", "B2", "B3"):
            cur.execute(
                "insert into fullservice.building (code, estate_id) values (%s, %s) returning id", (code, estate)
            )
        cur.execute(
            "insert into fullservice.negotiation (building_id, estate_id) values (%s, %s)", (cur.fetchone()[0], estate)
        )
        add_person(cur, login, "customer_manager", ("HEL",))
    databases.service(login, name, login)
    yield owner, login
    owner.close()


def layer_of(service, table, geometry=""):
    from qgis.core import QgsVectorLayer

    from fullservice_plugin.gis.connections import table_uri

    layer = QgsVectorLayer(table_uri(service, "fullservice", table, geometry), table, "postgres")
    assert layer.isValid()
    return layer


def edit(layer, feature, **values):
    for name, value in values.items():
        assert layer.changeAttributeValue(feature.id(), layer.fields().indexOf(name), value)


def by_code(layer, code):
    return next(feature for feature in layer.getFeatures() if feature["code"] == code)


def test_a_bare_feature_can_be_added(place):
    from qgis.core import QgsFeature, QgsGeometry

    owner, login = place
    layer = layer_of(login, "building", "geom")
    assert layer.dataProvider().pkAttributeIndexes() == [layer.fields().indexOf("fid")]
    layer.startEditing()
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromWkt(SQUARE))
    feature["code"] = "drawn"
    feature["households"] = 12
    assert layer.addFeature(feature)
    assert layer.commitChanges(), layer.commitErrors()
    row = owner.dicts(
        "select id, row_version, branch_code, created_by, lead_state, origin, coverage_level "
        "from fullservice.building where code = 'drawn'"
    )[0]
    assert row["id"] and row["branch_code"] == "HEL" and row["created_by"] == login
    assert (row["row_version"], row["lead_state"], row["origin"], row["coverage_level"]) == (
        1,
        "candidate",
        "desktop",
        0,
    )


def test_a_stale_edit_is_refused_and_kept(place):
    owner, login = place
    layer = layer_of(login, "building", "geom")
    feature = by_code(layer, "B1")
    layer.startEditing()
    edit(layer, feature, name="mine", edit_base=feature["row_version"])
    owner.execute("update fullservice.building set name = 'theirs', edit_base = row_version where code = 'B1'")
    assert not layer.commitChanges()
    assert any("FS409" in text for text in layer.commitErrors())
    assert layer.isModified() and layer.editBuffer().changedAttributeValues()
    edit(layer, feature, edit_base=owner.value("select row_version from fullservice.building where code = 'B1'"))
    assert layer.commitChanges(), layer.commitErrors()
    assert owner.value("select name from fullservice.building where code = 'B1'") == "mine"


def test_an_edit_without_its_base_is_refused(place):
    _, login = place
    layer = layer_of(login, "building", "geom")
    layer.startEditing()
    edit(layer, by_code(layer, "B1"), name="blind")
    assert not layer.commitChanges() and any("FS428" in text for text in layer.commitErrors())
    layer.rollBack()


@pytest.mark.parametrize("what", ["deleted", "moved"])
def test_an_edit_of_a_row_that_is_gone_is_refused_and_kept(place, what):
    owner, login = place
    code = "gone " + what
    with owner.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.building (code, branch_code) values (%s, 'HEL')", (code,))
    layer = layer_of(login, "building", "geom")
    feature = by_code(layer, code)
    layer.startEditing()
    edit(layer, feature, name="late", edit_base=feature["row_version"])
    with owner.transaction(bulk=True) as cur:
        cur.execute(
            "delete from fullservice.building where code = %s"
            if what == "deleted"
            else "update fullservice.building set branch_code = 'OTHER' where code = %s",
            (code,),
        )
    assert not layer.commitChanges() and any("FS410" in text for text in layer.commitErrors())
    assert layer.isModified()
    layer.rollBack()


def test_an_illegal_step_in_the_attribute_table_is_refused(place):
    owner, login = place
    layer = layer_of(login, "negotiation")
    feature = next(layer.getFeatures())
    layer.startEditing()
    edit(layer, feature, stage="signed", edit_base=feature["row_version"])
    assert not layer.commitChanges() and any("FS422" in text for text in layer.commitErrors())
    assert layer.isModified()
    layer.rollBack()
    assert owner.value("select stage from fullservice.negotiation") == "not_started"


def test_the_summaries_are_layers_with_an_integer_key(place):
    from qgis.core import QgsVectorLayer

    from fullservice_plugin.gis.connections import table_uri

    _, login = place
    for view, geometry in (
        ("estate_summary", "geom"),
        ("negotiation_status", "geom"),
        ("competitor_presence", "geom"),
        ("grid_stat", "geom"),
    ):
        layer = QgsVectorLayer(table_uri(login, "fs_app", view, geometry), view, "postgres")
        assert layer.isValid(), view
        assert all(feature["fid"] is not None for feature in layer.getFeatures())


def test_a_foreign_database_is_refused_with_one_sentence(databases, qgis_app):
    from qgis.core import QgsProcessingException

    import processing
    from fullservice_plugin.store.connection import Store

    name = databases.create()
    with Store.connect({"service": name}) as store:
        store.execute("create schema fs_meta")
    with pytest.raises(QgsProcessingException, match="something else named fs_meta"):
        processing.run("fullservice:createstore", {"STORE": name})
    with pytest.raises(QgsProcessingException, match="Cannot connect to the store"):
        processing.run("fullservice:createstore", {"STORE": "no_such_service"})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_packages_are_drawn_by_what_they_are_today(qgis_app, language) -> None:
    from datetime import date, timedelta

    from qgis.core import QgsExpression, QgsExpressionContext, QgsExpressionContextUtils, QgsFeature, QgsVectorLayer
    from qgis.PyQt.QtCore import QDate

    from fullservice_plugin.gis.styles import area_package

    layer = QgsVectorLayer("Polygon?field=state:string&field=valid_from:date&field=valid_to:date", "p", "memory")
    renderer = area_package(language)
    root = renderer.rootRule()
    today = date.today()
    cases = [("approved", None, None, 4), ("approved", today - timedelta(9), today, 3),
             ("approved", None, today - timedelta(1), 0), ("withdrawn", None, None, 0), ("draft", None, None, 1),
             ("approved", today + timedelta(2), None, 2), ("approved", today, today + timedelta(40), 4)]
    labels = [rule.label() for rule in root.children()]
    assert len(set(labels)) == 5 and (labels[4] == "In force") == (language == "en")
    for state, start, end, wanted in cases:
        feature = QgsFeature(layer.fields())
        feature.setAttributes([state, *(None if day is None else QDate(day.year, day.month, day.day)
                                        for day in (start, end))])
        context = QgsExpressionContext()  # a scope given in a list is freed twice, by Python too
        context.appendScope(QgsExpressionContextUtils.layerScope(layer))
        context.setFeature(feature)
        hits = [k for k, rule in enumerate(root.children())
                if QgsExpression(rule.filterExpression()).evaluate(context)]
        assert hits == [wanted], (state, start, end)
