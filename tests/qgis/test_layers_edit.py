# SPDX-License-Identifier: GPL-2.0-or-later
"""Edits through QGIS layers: the version the user saw decides; illegal steps are refused in a sentence."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def town(store_name, databases) -> str:
    """A store with a made town."""
    return databases.fill(store_name)


@pytest.fixture
def layer(town):
    """The estate layer as the project configures it, with the raw fallback for a QGIS without the plugin."""
    from fullservice_plugin.gis.forms import configure
    from fullservice_plugin.gis.guard import release
    from fullservice_plugin.gis.layers import definition, make_layer

    made = make_layer(town, definition("estate"), "en")
    configure(made, definition("estate"), "en", {})
    assert made.isValid()
    yield made
    release(made.id())
    made.rollBack()


def somebody_else(databases, town, fid) -> None:
    link = databases.connect(town)
    with link.cursor() as cursor:
        cursor.execute("update fullservice.estate set edit_base = row_version, build_year = build_year + 1 "
                       "where fid = %s", (fid,))
    link.close()


def change(layer, fid, value) -> bool:
    if not layer.isEditable():
        layer.startEditing()
    return layer.changeAttributeValue(fid, layer.fields().lookupField("name"), value)


def first(layer):
    return min(layer.getFeatures(), key=lambda feature: feature.id())


def test_edit_passes_and_raises_the_version(layer):
    from fullservice_plugin.gis.guard import guard

    guard(layer)
    feature = first(layer)
    change(layer, feature.id(), "新名")
    assert layer.commitChanges(), layer.commitErrors()
    again = first(layer)
    assert again["name"] == "新名" and again["row_version"] == feature["row_version"] + 1 and not again["edit_base"]


def test_edit_made_after_another_commit_is_refused(layer, databases, town):
    from fullservice_plugin.gis.guard import guard
    from fullservice_plugin.gui.refusals import refusal
    from fullservice_plugin.i18n import translate

    guard(layer)
    messages = []
    layer.raiseError.connect(messages.append)
    feature = first(layer)
    change(layer, feature.id(), "A")
    somebody_else(databases, town, feature.id())
    assert not layer.commitChanges()
    error = refusal("\n".join(messages))
    assert type(error).__name__ == "ConflictError"
    assert "changed this row" in error.text() and "楼盘" in translate(error.template, "zh", **error.values)
    assert layer.isModified()  # nothing of the user's work is lost


def test_form_opened_before_and_edited_after_is_refused(layer, databases, town):
    """The trap of a default-on-update: the edit begins after the other commit, the form was opened before."""
    from fullservice_plugin.gis.guard import guard

    watch = guard(layer)
    feature = first(layer)
    watch.saw(feature.id(), feature["row_version"])
    somebody_else(databases, town, feature.id())
    change(layer, feature.id(), "B")
    assert not layer.commitChanges()


def test_own_second_edit_in_the_open_form_passes(layer):
    from fullservice_plugin.gis.guard import guard

    watch = guard(layer)
    feature = first(layer)
    watch.saw(feature.id(), feature["row_version"])
    for value in ("C", "D"):
        change(layer, feature.id(), value)
        assert layer.commitChanges(False), layer.commitErrors()
    layer.commitChanges()


def test_geometry_edit_carries_the_version(layer, databases, town):
    from fullservice_plugin.gis.guard import guard

    guard(layer)
    feature = first(layer)
    geometry = feature.geometry()
    geometry.translate(0.00001, 0)
    layer.startEditing()
    layer.changeGeometry(feature.id(), geometry)
    assert layer.commitChanges(), layer.commitErrors()
    layer.startEditing()
    layer.changeGeometry(feature.id(), geometry)
    somebody_else(databases, town, feature.id())
    assert not layer.commitChanges()


def test_raw_qgis_sends_the_version_it_last_read(layer, databases, town):
    feature = first(layer)
    change(layer, feature.id(), "raw")
    assert layer.commitChanges(), layer.commitErrors()
    change(layer, feature.id(), "raw 2")
    somebody_else(databases, town, feature.id())
    assert not layer.commitChanges()


def test_step_constraint_knows_the_stored_state(town):
    from qgis.core import QgsExpression, QgsExpressionContext, QgsExpressionContextUtils, QgsProject

    from fullservice_plugin.gis.forms import stage_constraint
    from fullservice_plugin.gis.layers import definition, make_layer

    talks = make_layer(town, definition("negotiation"), "en")
    QgsProject.instance().addMapLayer(talks)
    feature = next(f for f in talks.getFeatures() if f["stage"] == "contacted")
    expression = QgsExpression(stage_constraint("negotiation", "stage"))
    for stage, allowed in (("contacted", True), ("surveyed", True), ("refused", True), ("signed", False),
                           ("not_started", False)):
        feature["stage"] = stage
        context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(talks))
        context.setFeature(feature)
        assert bool(expression.evaluate(context)) is allowed, (stage, expression.evalErrorString())
    QgsProject.instance().removeMapLayer(talks.id())


@pytest.mark.parametrize(("text", "kind", "words"), [
    ('ERROR:  FS422 SM-2 contacted -> signed: path {}\nDETAIL:  {"machine": "SM-2", "from": "contacted", '
     '"to": "signed", "reason": "path", "allowed": ["surveyed"]}\n', "TransitionError", "cannot go to “Signed”"),
    ('ERROR:  FS410 estate: x\nDETAIL:  {"table": "estate"}', "ConflictError", "deleted or lies outside"),
    ("ERROR:  canceling statement due to lock timeout", "ConflictError", "Try again"),
    ('ERROR:  permission denied for table estate', "StoreError", "may not do that"),
])
def test_refusals_are_sentences(text, kind, words):
    from fullservice_plugin.gui.refusals import refusal

    error = refusal(text)
    assert type(error).__name__ == kind and words in error.text()
    assert refusal("something else") is None
