# SPDX-License-Identifier: GPL-2.0-or-later
"""QGIS' editor for rows of large tables, without its reading in the window's thread while a form opens.

QGIS looks such rows up in the background while somebody types. But with a map at hand it also reads the row for a flash
there whenever a form shows one, before the form can be seen: a store that hangs holds the window; and where the map is
being drawn at that moment and the store is gone, both wait for each other for ever. So the editor gets the map only
while one of its buttons is used.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import QgsApplication, QgsEditorWidgetSetup, QgsFieldFormatter
from qgis.gui import (
    QgsAttributeEditorContext,
    QgsEditorWidgetFactory,
    QgsEditorWidgetWrapper,
    QgsGui,
    QgsRelationReferenceWidget,
)
from qgis.PyQt.QtCore import QEvent, QObject, QTimer
from qgis.PyQt.QtWidgets import QToolButton
from qgis.utils import iface

#: QGIS' editor, and the name of ours among the kinds of editors.
STOCK, OURS = "RelationReference", "FullServiceReference"
_PRESSED = (QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress)
_RELEASED = (QEvent.Type.MouseButtonRelease, QEvent.Type.KeyRelease)


def without_reading(setup: QgsEditorWidgetSetup) -> QgsEditorWidgetSetup:
    """The same editor as ``setup``, a reference, kept from the map; ``setup`` itself in a QGIS without windows."""
    return QgsEditorWidgetSetup(OURS, setup.config()) if OURS in QgsGui.editorWidgetRegistry().factories() else setup


class ReferenceFactory(QgsEditorWidgetFactory):
    """Makes QGIS' editor and hands it to ``made``. QGIS never lets go of a factory: it outlives the plugin."""

    def __init__(self) -> None:
        super().__init__("Battle map reference")
        self.made: Optional[Callable[[QgsEditorWidgetWrapper], None]] = None

    def create(self, layer: Any, index: int, editor: Any, parent: Any) -> QgsEditorWidgetWrapper:
        """Make the editor of a field."""
        wrapper = QgsGui.editorWidgetRegistry().factory(STOCK).create(layer, index, editor, parent)
        if self.made is not None:
            self.made(wrapper)
        return wrapper

    def configWidget(self, _layer: Any, _index: int, _parent: Any) -> None:  # noqa: N802 (the name QGIS asks for)
        """Offer no settings: nobody chooses this kind by hand."""

    def supportsField(self, _layer: Any, _index: int) -> bool:  # noqa: N802 (the name QGIS asks for)
        """Stay out of the choices in the properties of a layer."""
        return False


class ReferenceFormatter(QgsFieldFormatter):
    """Writes the rows in tables as QGIS does for its own editor."""

    def __init__(self) -> None:
        super().__init__()
        self._stock = QgsApplication.fieldFormatterRegistry().fieldFormatter(STOCK)

    def id(self) -> str:
        """Return the kind of editor."""
        return OURS

    def createCache(self, layer: Any, index: int, config: Any) -> Any:  # noqa: N802 (the name QGIS asks for)
        """Read what a table needs."""
        return self._stock.createCache(layer, index, config)

    def representValue(self, layer: Any, index: int, config: Any, cache: Any, value: Any) -> str:  # noqa: N802
        """Name the row."""
        return self._stock.representValue(layer, index, config, cache, value)

    def sortValue(self, layer: Any, index: int, config: Any, cache: Any, value: Any) -> Any:  # noqa: N802
        """Sort by the name."""
        return self._stock.sortValue(layer, index, config, cache, value)


class Mapless(QObject):
    """Keeps the map from one editor until a button of it is pressed."""

    def __init__(self, wrapper: QgsEditorWidgetWrapper) -> None:
        super().__init__(wrapper)
        self._wrapper = wrapper
        self._reference: Optional[QgsRelationReferenceWidget] = None
        self._buttons: list[QToolButton] = []
        wrapper.contextChanged.connect(self._begin)

    def _begin(self) -> None:
        """QGIS has told the editor where it stands, and shows nothing in it yet: it is made here."""
        editor = self._wrapper.widget()
        own = isinstance(editor, QgsRelationReferenceWidget)
        self._reference = editor if own else editor.findChild(QgsRelationReferenceWidget)
        if self._reference is None or self._buttons:
            return
        self._take()
        self._buttons = self._reference.findChildren(QToolButton)
        for button in self._buttons:
            button.installEventFilter(self)

    def eventFilter(self, button: QObject, event: QEvent) -> bool:  # noqa: N802 (the name Qt asks for)
        """Give the map before QGIS acts on the button, and take it again.

        The editor keeps the map once a row was to be picked there: QGIS holds on to the tool for that, and would look
        for the map to put it away.
        """
        if event.type() in _PRESSED:
            self._give()
            if button.isCheckable():
                for each in self._buttons:
                    each.removeEventFilter(self)
        elif event.type() in _RELEASED:
            QTimer.singleShot(0, self._take)
        return False

    def _give(self) -> None:
        context = self._wrapper.context()
        canvas = context.mapCanvas() or (iface.mapCanvas() if iface is not None else None)
        self._reference.setEditorContext(context, canvas, context.mainMessageBar())

    def _take(self) -> None:
        context = QgsAttributeEditorContext(self._wrapper.context())
        context.setCadDockWidget(None)
        self._reference.setEditorContext(context, None, None)


def register() -> None:
    """Let QGIS know the kind of editor; a plugin that was loaded before left its factory."""
    registry = QgsGui.editorWidgetRegistry()
    if STOCK not in registry.factories():
        return
    if OURS not in registry.factories():
        registry.registerWidget(OURS, ReferenceFactory())
    registry.factory(OURS).made = Mapless
    QgsApplication.fieldFormatterRegistry().addFieldFormatter(ReferenceFormatter())


def unregister() -> None:
    """Take back what can be taken back; no layer may have the kind any more."""
    registry = QgsGui.editorWidgetRegistry()
    if OURS in registry.factories():
        registry.factory(OURS).made = None
        QgsApplication.fieldFormatterRegistry().removeFieldFormatter(OURS)
