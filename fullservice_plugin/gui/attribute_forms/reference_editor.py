# SPDX-License-Identifier: GPL-2.0-or-later
"""QGIS' editor for rows of large tables, without its reading in the window's thread while a form opens.

QGIS looks such rows up in the background while somebody types. But with a map at hand it also reads the row for a flash
there whenever a form shows one, before the form can be seen: a store that hangs holds the window; and where the map is
being drawn at that moment and the store is gone, both wait for each other for ever. So the editor gets the map only
while one of its buttons is used.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import (
    QgsApplication,
    QgsEditorWidgetSetup,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeatureRequest,
    QgsFieldFormatter,
    QgsProject,
)
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

from fullservice_plugin.compat import plain_value
from fullservice_plugin.services.name_lists import MOST

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
    """Names the rows in tables as QGIS does for its own editor, without reading the whole table that they come from.

    QGIS' own cannot be handed on (its cache is of a type that Python does not know). Before a table is shown, the rows
    that it refers to are read at once, ``MOST`` of them at most; further ones when they come into sight.
    """

    def __init__(self) -> None:
        super().__init__()
        self._stock = QgsApplication.fieldFormatterRegistry().fieldFormatter(STOCK)
        self._names: dict[tuple[str, int], dict[str, str]] = {}

    def id(self) -> str:
        """Return the kind of editor."""
        return OURS

    def createCache(self, layer: Any, index: int, config: Any) -> None:  # noqa: N802 (the name QGIS asks for)
        """Read the names of what the rows of a layer refer to; those of layers that are gone are let go of."""
        project = QgsProject.instance()
        self._names = {place: names for place, names in self._names.items() if project.mapLayer(place[0]) is not None}
        relation = project.relationManager().relation(str(config.get("Relation", "")))
        if not relation.isValid():
            return
        parent, key = relation.referencedLayer(), next(iter(relation.fieldPairs().values()))
        shown = QgsExpression(parent.displayExpression())
        wanted = [str(value) for value in layer.uniqueValues(index, MOST) if plain_value(value) is not None]
        ids = ", ".join(QgsExpression.quotedString(value) for value in wanted)
        request = QgsFeatureRequest(QgsExpression(f"{QgsExpression.quotedColumnRef(key)} in ({ids or 'NULL'})"))
        request.setFlags(QgsFeatureRequest.Flag.NoGeometry)
        request.setSubsetOfAttributes([key, *shown.referencedColumns()], parent.fields())
        context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(parent))
        shown.prepare(context)
        found = self._names[layer.id(), index] = {}
        for feature in parent.getFeatures(request):
            context.setFeature(feature)
            found[str(feature[key])] = str(shown.evaluate(context))

    def representValue(self, layer: Any, index: int, config: Any, _cache: Any, value: Any) -> str:  # noqa: N802
        """Name the row."""
        names = self._names.setdefault((layer.id(), index), {})
        if str(value) not in names or plain_value(value) is None:
            names[str(value)] = self._stock.representValue(layer, index, config, None, value)
        return names[str(value)]

    def sortValue(self, layer: Any, index: int, config: Any, cache: Any, value: Any) -> str:  # noqa: N802
        """Sort by the name."""
        return self.representValue(layer, index, config, cache, value)


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
