# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour that opens the form of every table people edit, and looks at each of them."""

from __future__ import annotations

from qgis.core import QgsFeatureRequest, QgsProject, QgsVectorLayerUtils
from qgis.gui import QgsAttributeDialog, QgsAttributeEditorContext
from qgis.PyQt.QtWidgets import QTabWidget
from qgis.utils import iface
from screen import look


def open_form(layer):
    """The dialog of the first row; of a new one where there is none."""
    feature = next(layer.getFeatures(QgsFeatureRequest().setLimit(1)), None)
    if feature is not None:
        return iface.getFeatureForm(layer, feature), True
    new = QgsVectorLayerUtils.createFeature(layer)
    dialog = QgsAttributeDialog(layer, new, True, iface.mainWindow(), True, QgsAttributeEditorContext())
    dialog.setMode(QgsAttributeEditorContext.Mode.AddFeatureMode)
    return dialog, False


def forms(driver, found: dict, tour: dict) -> None:
    """Every form: its logic, its rights, its sub-forms, its picture."""
    from fullservice_plugin.gis.layers import LAYERS, require_layer

    found["forms"] = {}
    wanted = tour.get("forms")
    for spec in LAYERS:
        if spec.read_only or (wanted and spec.key not in wanted):
            continue
        layer = require_layer(spec.key)
        began = layer.startEditing()
        dialog, stored = open_form(layer)
        dialog.show()
        form = dialog.attributeForm()
        logic = getattr(form, "fullservice", None)
        if logic is not None and stored and began:
            driver.wait(lambda: logic._rights.found is not None, 10, f"rights of {spec.key}")  # noqa: B023
        look(driver, found, tour, f"form_{spec.key}", dialog)
        tabs = dialog.findChild(QTabWidget, "tabs")
        found["forms"][spec.key] = {
            "logic": logic is not None, "stored": stored, "edited": began,
            "tabs": [tabs.tabText(row) for row in range(tabs.count())] if tabs is not None else [],
        }
        dialog.reject()
        layer.rollBack()
    assert QgsProject.instance().mapLayers()


def broken_rule(driver, found: dict, tour: dict) -> None:
    """A value outside its bounds: the form says so and keeps OK closed."""
    from qgis.PyQt.QtWidgets import QDialogButtonBox, QLabel, QLineEdit

    from fullservice_plugin.gis.layers import require_layer

    layer = require_layer("building")
    layer.startEditing()
    dialog, _ = open_form(layer)
    dialog.show()
    driver.settle(0.5)
    line = dialog.findChild(QLineEdit, "storeys")
    line.setText("500")
    line.textEdited.emit("500")
    driver.settle(0.5)
    found["rule_ok"] = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok).isEnabled()
    found["rule_said"] = dialog.findChild(QLabel, "form_broken").text()
    look(driver, found, tour, "form_rule", dialog)
    dialog.reject()
    layer.rollBack()


def new_paper(driver, found: dict, tour: dict) -> None:
    """A photo is put into a new row of a talk, saved, and shown from the store."""
    from qgis.PyQt.QtGui import QColor, QImage

    from fullservice_plugin.gis.layers import require_layer

    talk = next(require_layer("negotiation").getFeatures(QgsFeatureRequest().setLimit(1)))
    image = QImage(640, 400, QImage.Format.Format_RGB32)
    image.fill(QColor("#3b7"))
    path = tour["report"] + "_riser.png"
    image.save(path)
    layer = require_layer("attachment")
    layer.startEditing()
    index = layer.fields().lookupField
    new = QgsVectorLayerUtils.createFeature(layer, attributes={index("subject_id"): talk["id"], index("kind"): "photo"})
    dialog = QgsAttributeDialog(layer, new, True, iface.mainWindow(), True, QgsAttributeEditorContext())
    dialog.setMode(QgsAttributeEditorContext.Mode.AddFeatureMode)
    dialog.show()
    form = dialog.attributeForm()
    driver.wait(lambda: form.fullservice.preview is not None, 5, "preview")
    driver.wait(lambda: form.fullservice._naming.busy is False, 10, "subject")
    form.fullservice._take(path)
    driver.settle(0.4)
    driver.picture("form_new_paper", dialog)
    form.save()
    found["paper_saved"] = [layer.commitChanges(), layer.commitErrors()]
    layer.rollBack()
    dialog.reject()
    stored = [f for f in layer.getFeatures() if f["file_name"].endswith("_riser.png")]
    found["paper_row"] = [[str(f["subject_kind"]), str(f["size_bytes"]), len(str(f["sha256"]))] for f in stored]
    dialog = iface.getFeatureForm(layer, stored[0]) if stored else None
    if dialog is not None:
        dialog.show()
        preview = dialog.attributeForm().fullservice
        driver.wait(lambda: preview.preview.open_button.isEnabled(), 10, "document")
        driver.settle(0.4)
        found["paper_shown"] = not preview.preview._whole.isNull()
        look(driver, found, tour, "form_paper", dialog)
        dialog.reject()
