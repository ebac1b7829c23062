# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a save that was refused because somebody else was quicker: merged, asked about, or explained.

The edit buffer is never thrown away: what does not merge waits in it until a person decides.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import QgsFeature, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.states import MACHINES
from fullservice_plugin.core.merge import merge
from fullservice_plugin.gis.guard import BASE, VERSION, EditGuard, guard_of
from fullservice_plugin.gis.layers import STORE_PROPERTY, definition, key_of
from fullservice_plugin.gui.attribute_forms.tools import project_language
from fullservice_plugin.gui.conflict_dialog import GEOMETRY, Conflict, ConflictDialog, plain
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.questions import ask_later
from fullservice_plugin.gui.row_words import field_words, value_words
from fullservice_plugin.i18n import headed, listed, translate
from fullservice_plugin.store.history import Entry, history

#: Filled by the database; no part of anybody's change.
_BOOKKEEPING = ("fid", "id", VERSION, BASE, "changed_at", "changed_by", "created_at", "created_by")
_ROUNDS = 3


def states_of(table: str) -> tuple[str, ...]:
    """Columns of a table that a state machine rules."""
    return tuple(machine.column for machine in MACHINES.values() if table in machine.tables)


class ConflictDesk(QObject):
    """Settles refused saves, one layer at a time. ``decide`` shows the window; tests bring their own."""

    def __init__(self, notifier: Notifier, decide: Optional[Callable[[ConflictDialog], None]] = None) -> None:
        super().__init__()
        self._notifier = notifier
        self._decide = decide or _ask_in_window
        self._waiting: set[str] = set()
        self._tasks: list[Any] = []

    def settle_later(self, layer: QgsVectorLayer) -> None:
        """Settle once QGIS is through with the save that failed."""
        key = layer.id()
        if key in self._waiting:
            return
        self._waiting.add(key)
        QTimer.singleShot(0, lambda: self._settle(layer, key))

    def _settle(self, layer: QgsVectorLayer, key: str) -> None:
        try:
            self.settle(layer)
        except RuntimeError:  # the layer went away meanwhile
            return
        finally:
            self._waiting.discard(key)

    def settle(self, layer: QgsVectorLayer) -> bool:
        """Merge what merges, ask about the rest; True when everything of the layer is saved."""
        guard = guard_of(layer)
        if guard is None or not layer.isModified():
            return False
        for _ in range(_ROUNDS):
            conflicts, gone = self._find(layer, guard)
            for fid in gone:
                self._explain(layer, guard, fid)
            if gone or not conflicts:
                return False
            open_questions = [conflict for conflict in conflicts if not conflict.result.clean]
            if open_questions and not self._ask(layer, conflicts, open_questions):
                return False
            for conflict in conflicts:
                guard.rebase(conflict.fid, conflict.stored)
            if not layer.isModified() or layer.commitChanges(False):
                self._tell(conflicts, bool(open_questions))
                return True
        return False

    def _find(self, layer: QgsVectorLayer, guard: EditGuard) -> tuple[list[Conflict], list[int]]:
        """Rows of the buffer that are stored in another version than the edit started from, and those that are gone."""
        pending = sorted(guard.pending())
        stored = guard.stored_rows(pending)
        gone = [fid for fid in pending if fid not in stored]
        stale = [fid for fid in pending if fid in stored and guard.base(fid) != plain_value(stored[fid][VERSION])]
        return [self._conflict(layer, guard, fid, stored[fid]) for fid in stale], gone

    def _conflict(self, layer: QgsVectorLayer, guard: EditGuard, fid: int, stored: QgsFeature) -> Conflict:
        buffer = layer.editBuffer()
        names = [name for name in layer.fields().names() if name not in _BOOKKEEPING]
        changed = buffer.changedAttributeValues().get(fid, {})
        mine = {layer.fields().at(index).name(): plain_value(value) for index, value in changed.items()}
        mine = {name: value for name, value in mine.items() if name in names}
        before = guard.before(fid)
        base = plain(before, names) if before is not None else {}
        theirs = plain(stored, names)
        sides = [(base, before), (theirs, stored)]
        if fid in buffer.changedGeometries():
            mine[GEOMETRY] = buffer.changedGeometries()[fid]
            for values, feature in sides:
                if feature is not None:
                    values[GEOMETRY] = feature.geometry()
        spec = definition(key_of(layer))
        comparable = [_comparable(values) for values in (base, mine, theirs)]
        return Conflict(fid, spec.table_of_labels, _title(spec.table_of_labels, stored), base, mine, theirs,
                        merge(*comparable, states=states_of(spec.table)), stored,
                        str(plain_value(stored["changed_by"]) or "?"),
                        str(plain_value(stored["changed_at"]) or "")[:19].replace("T", " "))

    def _ask(self, layer: QgsVectorLayer, conflicts: list[Conflict], questions: list[Conflict]) -> bool:
        """Let a person decide; False when they go on editing."""
        language = project_language()
        dialog = ConflictDialog(questions, language, self._notifier.window)
        self._decide(dialog)
        if dialog.verdict == "keep":
            return False
        asked = {conflict.fid for conflict in questions}
        guard = guard_of(layer)
        if dialog.verdict == "theirs" and guard is not None and guard.pending() == asked and not _others(layer):
            layer.rollBack(False)  # nothing of mine is left
            return True
        layer.beginEditCommand(translate("Merge with the change of somebody else", language))
        for conflict in questions:
            for name in conflict.mine:
                if dialog.verdict == "theirs" or conflict.chosen.get(name) == "theirs":
                    _take_theirs(layer, conflict, name)
        layer.endEditCommand()
        return True

    def _tell(self, conflicts: list[Conflict], asked: bool) -> None:
        language = project_language()
        if asked:
            self._notifier.success(translate("Saved as you decided.", language))
            return
        for conflict in conflicts:
            self._notifier.success(translate(
                "{row}: your change of {fields} and that of {who} were both kept.", language, row=conflict.title,
                fields=listed((field_words(conflict.table, name, language) for name in conflict.mine), language),
                who=conflict.who))

    def _explain(self, layer: QgsVectorLayer, guard: EditGuard, fid: int) -> None:
        """Say why a row is gone; what was typed is kept and can be copied out of the details."""
        spec, language, before = definition(key_of(layer)), project_language(), guard.before(fid)
        changed = layer.editBuffer().changedAttributeValues().get(fid, {})
        mine = {layer.fields().at(index).name(): value for index, value in changed.items()}
        lines = "\n".join(headed(field_words(spec.table_of_labels, name, language),
                                 value_words(spec.table_of_labels, name, value, language), language)
                          for name, value in mine.items() if name not in _BOOKKEEPING)
        title = _title(spec.table_of_labels, before) if before is not None else str(fid)

        def tell(entries: list[Entry]) -> None:
            newest = next((entry for entry in entries if entry.operation == "D" or entry.after.get("is_deleted")), None)
            if newest is not None:
                text = translate("{row}: {who} deleted this row at {at}. Your values wait in the edit buffer; "
                                 "the details "
                                 "hold them for copying.", language, row=title, who=newest.who,
                                 at=newest.at.strftime("%Y-%m-%d %H:%M"))
            else:
                text = translate("{row}: this row is no longer within your reach: it belongs to another branch "
                                 "or area now. "
                                 "Your values wait in the edit buffer; the details hold them for copying.", language,
                                 row=title)
            self._notifier.warning(text, lines)

        row_id = plain_value(before["id"]) if before is not None else None
        if not row_id:
            tell([])
            return
        self._tasks.append(ask_later(translate("History of {row}", language, row=title),
                                     str(layer.customProperty(STORE_PROPERTY)),
                                     lambda store: history(store, row_id), tell, lambda _error: tell([])))


def _ask_in_window(dialog: ConflictDialog) -> None:
    """Show the window until a person has decided."""
    dialog.exec()
    dialog.deleteLater()


def _others(layer: QgsVectorLayer) -> bool:
    buffer = layer.editBuffer()
    return bool(buffer.addedFeatures() or buffer.deletedFeatureIds())


def _take_theirs(layer: QgsVectorLayer, conflict: Conflict, name: str) -> None:
    if name == GEOMETRY:
        layer.changeGeometry(conflict.fid, conflict.stored.geometry())
    else:
        index = layer.fields().lookupField(name)
        layer.changeAttributeValue(conflict.fid, index, conflict.stored[name])


def _comparable(values: dict[str, Any]) -> dict[str, Any]:
    """Geometries as their bytes, so that equal ones are equal."""
    return {name: bytes(value.asWkb()) if name == GEOMETRY and hasattr(value, "asWkb") else value
            for name, value in values.items()}


def _title(table: str, feature: QgsFeature) -> str:
    """Name or code of a row, else the table's name."""
    for name in ("name", "code", "number", "title"):
        if feature.fields().lookupField(name) >= 0 and plain_value(feature[name]):
            return str(feature[name])
    language = project_language()
    return TABLES[table].zh if language == "zh" else TABLES[table].en
