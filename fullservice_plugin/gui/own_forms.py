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
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

from qgis.core import QgsEditFormConfig, QgsMapLayerStyle, QgsProject, QgsVectorLayer

from fullservice_plugin.gis.layers import key_of
from fullservice_plugin.gui.form_tools import FormLogic
from fullservice_plugin.gui.notify import Notifier

FORMS = Path(__file__).resolve().parents[1] / "forms"
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


class OwnForms:
    """Puts our forms on layers, takes them off while a project is written, and off for good on stop."""

    def __init__(self, notifier: Notifier) -> None:
        self._stored: dict[str, tuple[QgsVectorLayer, QgsEditFormConfig]] = {}
        self._main: Any = sys.modules["__main__"]
        setattr(self._main, NAME, openers(notifier))
        self._project = QgsProject.instance()
        self._project.writeProject.connect(self._before_write)
        self._project.projectSaved.connect(self._after_write)

    def stop(self) -> None:
        """Put the stored layouts back and let go."""
        self._project.writeProject.disconnect(self._before_write)
        self._project.projectSaved.disconnect(self._after_write)
        self._before_write()
        for layer_id in list(self._stored):
            self.take_off(layer_id)
        if hasattr(self._main, NAME):
            delattr(self._main, NAME)

    def put_on(self, layer: QgsVectorLayer) -> bool:
        """Give a layer its form of ``forms/<key>.ui``; tell whether it has one."""
        path = FORMS / f"{key_of(layer)}.ui"
        if not path.exists():
            return False
        self._stored[layer.id()] = (layer, QgsEditFormConfig(layer.editFormConfig()))
        self._dress(layer)
        layer.styleManager().currentStyleChanged.connect(self._style_changed)
        return True

    def take_off(self, layer_id: str) -> None:
        """Let go of a layer that leaves the project."""
        layer, _ = self._stored.pop(layer_id, (None, None))
        if layer is not None:
            layer.styleManager().currentStyleChanged.disconnect(self._style_changed)

    def _style_changed(self, _name: str = "") -> None:
        """A style brings a form layout of its own: put ours on again."""
        for layer, _ in self._stored.values():
            if layer.editFormConfig().initFunction() != f"{NAME}.{key_of(layer)}":
                self._dress(layer)

    def _dress(self, layer: QgsVectorLayer) -> None:
        key = key_of(layer)
        config = QgsEditFormConfig(layer.editFormConfig())
        config.setUiForm(str(FORMS / f"{key}.ui"))
        config.setInitCodeSource(QgsEditFormConfig.PythonInitCodeSource.CodeSourceEnvironment)
        config.setInitFunction(f"{NAME}.{key}")
        layer.setEditFormConfig(config)

    def _before_write(self, _document: Any = None) -> None:
        for layer, stored in self._stored.values():
            layer.setEditFormConfig(stored)
            _clean_styles(layer)

    def _after_write(self) -> None:
        for layer, _ in self._stored.values():
            self._dress(layer)
        self._project.setDirty(False)


def _clean_styles(layer: QgsVectorLayer) -> None:
    """Remove our form from the styles of a layer that are not in use just now."""
    manager = layer.styleManager()
    for name in manager.styles():
        text = manager.style(name).xmlData() if name != manager.currentStyle() else ""
        if NAME not in text:
            continue
        for pattern, plain in _TRACES:
            text = pattern.sub(plain, text)
        manager.removeStyle(name)
        manager.addStyle(name, QgsMapLayerStyle(text))
