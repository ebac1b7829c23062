# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends with every changed row the version its editor saw, so that the store can refuse a stale edit.

QGIS updates changed columns only, so the database cannot know which version the user looked at. The
guard fills the write-only column ``edit_base`` just before the commit: with the version shown in the
form, or, where no form was open, with the version stored at the first edit.
"""

from __future__ import annotations

from typing import Any, Iterable, Optional

from qgis.core import QgsFeature, QgsFeatureRequest, QgsVectorLayer
from qgis.PyQt.QtCore import QObject

from fullservice_plugin.compat import plain_value

BASE = "edit_base"
VERSION = "row_version"


class EditGuard(QObject):
    """Watches the edits of one layer of the store; lives as long as the layer is in the project."""

    def __init__(self, layer: QgsVectorLayer) -> None:
        super().__init__()
        self._layer = layer
        self._shown: dict[int, tuple[int, Optional[QgsFeature]]] = {}
        self._base: dict[int, int] = {}
        self._before: dict[int, QgsFeature] = {}
        layer.attributeValueChanged.connect(self._attribute_changed)
        layer.geometryChanged.connect(self._geometry_changed)
        layer.beforeCommitChanges.connect(self._before_commit)
        layer.afterCommitChanges.connect(self._after_commit)
        layer.afterRollBack.connect(self._forget)

    def stop(self) -> None:
        """Stop watching."""
        layer = self._layer
        layer.attributeValueChanged.disconnect(self._attribute_changed)
        layer.geometryChanged.disconnect(self._geometry_changed)
        layer.beforeCommitChanges.disconnect(self._before_commit)
        layer.afterCommitChanges.disconnect(self._after_commit)
        layer.afterRollBack.disconnect(self._forget)

    def saw(self, fid: int, version: Optional[int], feature: Optional[QgsFeature] = None) -> None:
        """Remember that a form shows row ``fid`` in ``version``, and how it looked; forget it with None."""
        if version is None:
            self._shown.pop(fid, None)
        else:
            self._shown[fid] = (version, QgsFeature(feature) if feature is not None else None)

    def base(self, fid: int) -> Optional[int]:
        """Return the version the pending edit of row ``fid`` starts from."""
        return self._base.get(fid)

    def before(self, fid: int) -> Optional[QgsFeature]:
        """Return the row as it was when its edit began; None when nobody saw it."""
        return self._before.get(fid)

    def known(self, fid: int) -> Optional[QgsFeature]:
        """Return the stored row as a form shows it, or as it was when its edit began; None when nobody saw it."""
        return self._shown.get(fid, (0, None))[1] or self.before(fid)

    def rebase(self, fid: int, stored: QgsFeature) -> None:
        """Let the pending edit of row ``fid`` start from what is stored now: somebody looked at both."""
        self._base[fid] = plain_value(stored[VERSION])
        self._before[fid] = QgsFeature(stored)
        if fid in self._shown:
            self._shown[fid] = (self._base[fid], QgsFeature(stored))

    def pending(self) -> set[int]:
        """Return the stored rows with changes that are not saved."""
        buffer = self._layer.editBuffer()
        if buffer is None:
            return set()
        return {fid for fid in (*buffer.changedAttributeValues(), *buffer.changedGeometries()) if fid >= 0}

    def stored_rows(self, fids: Iterable[int]) -> dict[int, QgsFeature]:
        """Return rows as they are in the database now; those that are gone or hidden are missing."""
        request = QgsFeatureRequest().setFilterFids(list(fids))
        return {feature.id(): QgsFeature(feature) for feature in self._layer.dataProvider().getFeatures(request)}

    def _remember(self, fid: int) -> None:
        if fid < 0 or fid in self._base:  # below zero: a new row, not stored yet
            return
        version, feature = self._shown.get(fid, (None, None))
        if feature is None:
            stored = self.stored_rows([fid]).get(fid)
            if stored is not None and version in (None, plain_value(stored[VERSION])):
                version, feature = plain_value(stored[VERSION]), stored
        if version is not None:
            self._base[fid] = version
        if feature is not None:
            self._before[fid] = feature

    def _forget(self) -> None:
        self._base.clear()
        self._before.clear()

    def _attribute_changed(self, fid: int, _index: int, _value: Any) -> None:
        self._remember(fid)

    def _geometry_changed(self, fid: int, _geometry: Any) -> None:
        self._remember(fid)

    def _before_commit(self, _stop: bool = True) -> None:
        buffer = self._layer.editBuffer()
        index = self._layer.fields().lookupField(BASE)
        if buffer is None or index < 0:
            return
        changed = set(buffer.changedAttributeValues()) | set(buffer.changedGeometries())
        for fid in changed:
            self._remember(fid)
            if fid in self._base:
                # the last argument keeps a default-on-update of the project from overwriting it
                self._layer.changeAttributeValue(fid, index, self._base[fid], None, True)

    def _after_commit(self) -> None:
        done = list(self._base)
        self._forget()
        still_open = [fid for fid in done if fid in self._shown]
        for fid, feature in self.stored_rows(still_open).items() if still_open else ():
            self._shown[fid] = (plain_value(feature[VERSION]), feature)


_guards: dict[str, EditGuard] = {}


def guard_of(layer: QgsVectorLayer) -> Optional[EditGuard]:
    """Return the guard of a layer of the store, None for any other layer."""
    return _guards.get(layer.id())


def guard(layer: QgsVectorLayer) -> Optional[EditGuard]:
    """Guard the edits of a layer; None when the layer is read-only or carries no version."""
    if layer.readOnly() or layer.fields().lookupField(BASE) < 0:
        return None
    if layer.id() not in _guards:
        _guards[layer.id()] = EditGuard(layer)
    return _guards[layer.id()]


def known_row(layer_id: str, fid: int) -> Optional[QgsFeature]:
    """Return a row as it is stored, as far as the guard of its layer knows; None where it does not."""
    found = _guards.get(layer_id)
    return found.known(fid) if found is not None else None


def release(layer_id: str) -> None:
    """Stop guarding the layer with this id."""
    found = _guards.pop(layer_id, None)
    if found is not None:
        found.stop()
