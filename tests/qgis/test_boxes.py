# SPDX-License-Identifier: GPL-2.0-or-later
"""The boxes of algorithm dialogs: stores are offered, the one at hand first, and any name may be typed."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture
def box(attempt, monkeypatch):
    """Make the box of a parameter as a dialog of the toolbox does."""
    from qgis.core import QgsApplication, QgsProject, QgsSettings

    from fullservice_plugin.gis import known_stores
    from fullservice_plugin.gis.layers import STORE_VARIABLE

    monkeypatch.setattr(sys, "path", [*sys.path, QgsApplication.pkgDataPath() + "/python/plugins"])
    from processing.gui.wrappers import DIALOG_STANDARD, WidgetWrapperFactory

    QgsSettings().setValue(known_stores.LAST, "used last")
    monkeypatch.setattr(known_stores, "services", lambda: ["served", "used last"])

    class Dialog:
        pass

    def made(algorithm: str, name: str):
        definition = attempt.provider.algorithm(algorithm).parameterDefinition(name)
        dialog = Dialog()
        dialog.__class__.__name__ = "AlgorithmDialog"
        wrapper = WidgetWrapperFactory.create_wrapper_from_metadata(definition, dialog, 0, 0)
        assert wrapper.dialogType == DIALOG_STANDARD
        return wrapper

    made.variable = STORE_VARIABLE
    yield made
    QgsSettings().remove(known_stores.LAST)
    QgsProject.instance().clear()


def test_the_store_at_hand_is_offered(box):
    from qgis.core import QgsExpressionContextUtils, QgsProject

    first = box("planaccess", "STORE")
    assert first.value() == "used last"
    assert [first.widget.itemText(row) for row in range(first.widget.count())] == ["served", "used last"]
    QgsExpressionContextUtils.setProjectVariable(QgsProject.instance(), box.variable, "of the map")
    second = box("planaccess", "STORE")
    assert second.value() == "of the map"
    second.widget.setEditText(" typed ")
    assert second.value() == "typed"
    second.setValue("given")
    assert second.value() == "given"


@pytest.mark.parametrize("algorithm", ["restorestore", "createstore", "estimatehouseholds", "groupestates"])
def test_no_store_is_offered_where_one_is_made_or_may_be_left_out(box, algorithm):
    assert box(algorithm, "STORE").value() == ""


def test_a_model_hands_its_own_input_on(box, attempt):
    from qgis.core import (
        QgsProcessingModelAlgorithm,
        QgsProcessingModelChildParameterSource,
        QgsProcessingModelParameter,
        QgsProcessingParameterString,
    )

    box("planaccess", "STORE")  # the modules of Processing
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog

    model = QgsProcessingModelAlgorithm()
    model.addModelParameter(QgsProcessingParameterString("WHERE", "Which store"), QgsProcessingModelParameter("WHERE"))
    dialog = ModelerParametersDialog(attempt.provider.algorithm("exportplan"), model)
    try:
        wrappers = dialog.widget.widget.wrappers
        for name in ("STORE", "LANGUAGE"):
            wrapper = wrappers[name]
            row = wrapper.widget.findText("Which store")
            assert row >= 0, "the input is offered"
            wrapper.widget.setCurrentIndex(row)
            source = wrapper.value()
            assert isinstance(source, QgsProcessingModelChildParameterSource) and source.parameterName() == "WHERE"
            wrapper.widget.setCurrentIndex(0)
            wrapper.setValue([source])
            assert wrapper.widget.currentText() == "Which store"
        wrappers["STORE"].widget.setEditText("a name")
        assert wrappers["STORE"].value() == "a name"
    finally:
        dialog.deleteLater()
