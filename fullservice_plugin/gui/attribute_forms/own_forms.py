# SPDX-License-Identifier: GPL-2.0-or-later
"""Our forms take the place of the stored form layout while the plugin runs, and only then.

QGIS finds the logic of a form by name in Python's main module, so the openers hang there under one name
until the plugin goes. Neither that name nor a path of this computer is ever written into a project: a
QGIS without the plugin uses the layout stored in it.
"""

from __future__ import annotations

import importlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

from qgis.core import QgsEditFormConfig, QgsEditorWidgetSetup, QgsMapLayerStyle, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QTimer

from fullservice_plugin.gis.layers import key_of
from fullservice_plugin.gui.attribute_forms import reference_editor, shown_rows
from fullservice_plugin.gui.attribute_forms.name_lists import LIST, NameLists
from fullservice_plugin.gui.attribute_forms.tools import FormLogic
from fullservice_plugin.gui.notify import Notifier

FORMS = Path(__file__).resolve().parents[2] / "forms"
NAME = "fullservice_forms"

#: What our form leaves in a layer style that QGIS stored meanwhile, and what stands there without it.
_TRACES = (
    (re.compile(r"<editform[^>]*>[^<]*</editform>"), "<editform/>"),
    (re.compile(r"<editforminit>" + NAME + r"[^<]*</editforminit>"), "<editforminit/>"),
    (re.compile(r"(<editforminitcodesource>)\d(</editforminitcodesource>)"), r"\g<1>0\g<2>"),
    (re.compile(r"<editorlayout>uifilelayout</editorlayout>"), "<editorlayout>tablayout</editorlayout>"),
)


def guarded(open_form: Callable[[Any, Any, Any], None], notifier: Notifier) -> Callable[[Any, Any, Any], None]:
    """Return an opener whose failure is a message, not a modal window: the form itself stays usable."""

    def opened(form: Any, layer: Any, feature: Any) -> None:
        notifier.guard(open_form, form, layer, feature)

    return opened


def open_plain_form(form: Any, layer: QgsVectorLayer, _feature: Any) -> None:
    """Attach what all our forms share to a form that has no logic of its own."""
    form.fullservice = FormLogic(form, layer)


def openers(notifier: Notifier) -> SimpleNamespace:
    """Return the guarded opener of every ``forms/<layer>.ui`` by layer key: its own, else the common one."""
    found = SimpleNamespace()
    for path in sorted(FORMS.glob("[a-z]*.ui")):
        own = path.with_suffix(".py").exists()
        opener = importlib.import_module(f"fullservice_plugin.forms.{path.stem}").open_form if own else open_plain_form
        setattr(found, path.stem, guarded(opener, notifier))
    return found


@dataclass(frozen=True)
class Stored:
    """What a layer has in the project: its form, and the editors of the fields that name rows of other layers."""

    layer: QgsVectorLayer
    form: QgsEditFormConfig
    editors: dict[str, QgsEditorWidgetSetup]


class OwnForms:
    """Puts our forms on layers, takes them off while a project is written, and off for good on stop."""

    def __init__(self, notifier: Notifier, names: NameLists) -> None:
        self._stored: dict[str, Stored] = {}
        self._names = names
        self._main: Any = sys.modules["__main__"]
        setattr(self._main, NAME, openers(notifier))
        self._function = shown_rows.register()
        reference_editor.register()
        self._project = QgsProject.instance()
        self._project.writeProject.connect(self._before_write)
        self._project.projectSaved.connect(self._after_write)
        names.changed.connect(self._offer)
        self._again = QTimer()  # a list may be of a layer that comes into the project later
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._offer)

    def stop(self) -> None:
        """Put the stored layouts back and let go."""
        self._again.stop()
        self._names.changed.disconnect(self._offer)
        self._project.writeProject.disconnect(self._before_write)
        self._project.projectSaved.disconnect(self._after_write)
        self._before_write()
        for layer_id in list(self._stored):
            self.take_off(layer_id)
        if hasattr(self._main, NAME):
            delattr(self._main, NAME)
        shown_rows.unregister()
        reference_editor.unregister()

    def put_on(self, layer: QgsVectorLayer) -> bool:
        """Give a layer its form of ``forms/<key>.ui``; tell whether it has one."""
        path = FORMS / f"{key_of(layer)}.ui"
        if not path.exists():
            return False
        setups = {field.name(): layer.editorWidgetSetup(index) for index, field in enumerate(layer.fields())}
        naming = {name: setup for name, setup in setups.items() if setup.type() in (LIST, reference_editor.STOCK)}
        self._stored[layer.id()] = Stored(layer, QgsEditFormConfig(layer.editFormConfig()), naming)
        self._dress(self._stored[layer.id()])
        self._again.start(0)
        layer.styleManager().currentStyleChanged.connect(self._style_changed)
        return True

    def take_off(self, layer_id: str) -> None:
        """Let go of a layer that leaves the project."""
        stored = self._stored.pop(layer_id, None)
        if stored is not None:
            stored.layer.styleManager().currentStyleChanged.disconnect(self._style_changed)
            self._names.forget(layer_id)

    def _style_changed(self, _name: str = "") -> None:
        """A style brings a form layout of its own: put ours on again."""
        for stored in self._stored.values():
            if stored.layer.editFormConfig().initFunction() != f"{NAME}.{key_of(stored.layer)}":
                self._dress(stored)

    def _dress(self, stored: Stored) -> None:
        layer, key = stored.layer, key_of(stored.layer)
        config = QgsEditFormConfig(layer.editFormConfig())
        config.setUiForm(str(FORMS / f"{key}.ui"))
        config.setInitCodeSource(QgsEditFormConfig.PythonInitCodeSource.CodeSourceEnvironment)
        config.setInitFunction(f"{NAME}.{key}")
        layer.setEditFormConfig(config)
        self._offer_in(stored)

    def _offer(self) -> None:
        for stored in self._stored.values():
            self._offer_in(stored)

    def _offer_in(self, stored: Stored) -> None:
        """Give the fields of a layer editors that read nothing while a form opens."""
        for name, setup in stored.editors.items():
            listed = setup.type() == LIST
            _set_editor(stored.layer, name, self._names.editor(stored.layer, name, setup) if listed
                        else reference_editor.without_reading(setup))

    def _before_write(self, _document: Any = None) -> None:
        for stored in self._stored.values():
            stored.layer.setEditFormConfig(stored.form)
            for name, setup in stored.editors.items():
                _set_editor(stored.layer, name, setup)
            _clean_styles(stored)

    def _after_write(self) -> None:
        for stored in self._stored.values():
            self._dress(stored)
        self._project.setDirty(False)


def _set_editor(layer: QgsVectorLayer, name: str, setup: QgsEditorWidgetSetup) -> None:
    """Change an editor without a word: QGIS 3.40 would make open forms anew, and what was typed there would be gone."""
    index = layer.fields().lookupField(name)
    now = layer.editorWidgetSetup(index)
    if (now.type(), now.config()) == (setup.type(), setup.config()):
        return
    heard = layer.blockSignals(True)
    try:
        layer.setEditorWidgetSetup(index, setup)
    finally:
        layer.blockSignals(heard)


def _clean_styles(stored: Stored) -> None:
    """Remove our form and its choices from the styles of a layer that are not in use just now."""
    manager = stored.layer.styleManager()
    texts = {name: manager.style(name).xmlData() for name in manager.styles() if name != manager.currentStyle()}
    ours = {name: text for name, text in texts.items() if NAME in text}
    if not ours:
        return
    plain_style = QgsMapLayerStyle()
    plain_style.readFromLayer(stored.layer)  # as it is stored: ours was taken off before
    editors = [(pattern, found.group()) for pattern in map(_editor_pattern, stored.editors)
               for found in (pattern.search(plain_style.xmlData()),) if found is not None]
    for name, text in ours.items():
        for pattern, plain in _TRACES:
            text = pattern.sub(plain, text)
        for pattern, plain in editors:
            text = pattern.sub(lambda _found, plain=plain: plain, text)
        manager.removeStyle(name)
        manager.addStyle(name, QgsMapLayerStyle(text))


def _editor_pattern(name: str) -> re.Pattern[str]:
    """The editor of a field as a style has it."""
    return re.compile(rf'<field\b[^>]*\bname="{re.escape(name)}"[^>]*>.*?</field>', re.DOTALL)
