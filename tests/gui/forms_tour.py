# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour that opens the form of every table people edit, and looks at each of them."""

from __future__ import annotations

import time

from qgis.core import QgsFeatureRequest, QgsProject, QgsVectorLayerUtils
from qgis.gui import QgsAttributeDialog, QgsAttributeEditorContext
from qgis.PyQt.QtWidgets import QApplication, QLabel, QTabWidget, QWidget
from qgis.utils import iface
from screen import look


def open_form(layer, wanted: str = ""):
    """The dialog of the first row (that is ``wanted``); of a new one where there is none."""
    request = QgsFeatureRequest().setFilterExpression(wanted) if wanted else QgsFeatureRequest()
    feature = next(layer.getFeatures(request.setLimit(1)), None)
    if feature is not None:
        return iface.getFeatureForm(layer, feature), True
    return new_form(layer), False


def new_form(layer):
    """The dialog of a new row."""
    new = QgsVectorLayerUtils.createFeature(layer)
    dialog = QgsAttributeDialog(layer, new, True, iface.mainWindow(), True, QgsAttributeEditorContext())
    dialog.setMode(QgsAttributeEditorContext.Mode.AddFeatureMode)
    return dialog


def answered(driver, dialog, what: str):
    """Wait until the store has told what may be typed; return the form's logic."""
    logic = getattr(dialog.attributeForm(), "fullservice", None)
    if logic is not None:
        driver.wait(lambda: not logic._rights._asking.busy, 10, f"rights of {what}")
    return logic


def notice(dialog) -> str:
    """The sentence at the top of a form, empty without one."""
    label = dialog.findChild(QLabel, "form_notice")
    return label.text() if label is not None and label.isVisible() else ""


def takes_text(editor) -> bool:
    """Whether one may type into an editor, or choose in it."""
    return editor.isEnabled() and not getattr(editor, "isReadOnly", bool)()


def forms(driver, found: dict, tour: dict) -> None:
    """Every form: its logic, its rights, its sub-forms, its picture, and how long it takes to open."""
    from fullservice_plugin.gis.layers import LAYERS, require_layer

    found["forms"] = {}
    wanted = tour.get("forms")
    for spec in LAYERS:
        if spec.read_only or (wanted and spec.key not in wanted):
            continue
        layer = require_layer(spec.key)
        began = layer.startEditing()
        started = time.monotonic()
        dialog, stored = open_form(layer)
        dialog.show()
        QApplication.processEvents()
        shown = time.monotonic() - started
        logic = answered(driver, dialog, spec.key) if began else getattr(dialog.attributeForm(), "fullservice", None)
        took = time.monotonic() - started
        look(driver, found, tour, f"form_{spec.key}", dialog)
        tabs = dialog.findChild(QTabWidget, "tabs")
        found["forms"][spec.key] = {
            "logic": logic is not None, "stored": stored, "edited": began, "notice": notice(dialog),
            "seconds": [round(shown, 3), round(took, 3)],
            "tabs": [tabs.tabText(row) for row in range(tabs.count())] if tabs is not None else [],
        }
        for row in range(1, tabs.count() if tabs is not None and tour.get("sub_forms") else 0):
            tabs.setCurrentIndex(row)
            driver.settle(0.6)  # the store is asked before QGIS lists the rows
            driver.picture(f"form_{spec.key}_tab{row}", dialog)
        dialog.reject()
        layer.rollBack()
    assert QgsProject.instance().mapLayers()


def closed_rows(driver, found: dict, tour: dict) -> None:
    """Rows that their state, their keeper or the role closes: what the form says, and what one may type into."""
    from fullservice_plugin.gis.layers import require_layer

    found["closed"] = {}
    for name, key, wanted, fields in tour["rows"]:
        layer = require_layer(key)
        layer.startEditing()
        dialog = new_form(layer) if wanted is None else open_form(layer, wanted)[0]
        dialog.show()
        before = [field for field in fields if takes_text(dialog.findChild(QWidget, field))]
        answered(driver, dialog, name)
        driver.settle(0.2)
        found["closed"][name] = {
            "before": before, "said": notice(dialog),
            "open": [field for field in fields if takes_text(dialog.findChild(QWidget, field))],
            "values": {field: str(dialog.attributeForm().currentFormFeature()[field]) for field in fields}}
        look(driver, found, tour, f"closed_{name}", dialog)
        dialog.reject()
        layer.rollBack()


def broken_rule(driver, found: dict, tour: dict) -> None:
    """A value outside its bounds: the form says so and keeps OK closed."""
    from qgis.PyQt.QtWidgets import QDialogButtonBox, QLineEdit

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
