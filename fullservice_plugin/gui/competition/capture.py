# SPDX-License-Identifier: GPL-2.0-or-later
"""From a building or estate on the map to the form, and from the form to the store, without holding up the window."""

from __future__ import annotations

from typing import Any, Optional

from qgis.PyQt.QtCore import QObject, pyqtSignal

from fullservice_plugin.gis.layers import definition
from fullservice_plugin.gui.competition.capture_dialog import CaptureDialog
from fullservice_plugin.gui.competition.place import Chosen, chosen_of
from fullservice_plugin.gui.discovery.deeds import project_store, redraw
from fullservice_plugin.gui.discovery.pick_tools import PickTool
from fullservice_plugin.gui.looking import Looking
from fullservice_plugin.gui.notify import Notifier, sentence
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.gui.row_words import in_percent
from fullservice_plugin.gui.selected import selected_place
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services.capture import Captured, Sighting, operators, record_sighting
from fullservice_plugin.services.picked import Picked, selected_row

#: Layers in which a click looks for a place: a building before the estate around it.
PICKED = ("building_point", "building", "estate")


class Capture(QObject):
    """Opens the form for a place and keeps what was entered; ``captured`` tells the place."""

    captured = pyqtSignal(object)

    def __init__(self, iface: Any, notifier: Notifier) -> None:
        super().__init__()
        self._iface, self._notifier = iface, notifier
        self._reading, self._saving = Asking(), Asking()
        self._looking = Looking(iface.mapCanvas(), notifier)
        self._tool: Any = None
        self.dialog: Optional[CaptureDialog] = None

    def start(self, place: Optional[Chosen] = None) -> None:
        """Open the form for a place: the given one, the selected one, else the one that is clicked next."""
        project_store()  # says at once that no store is open
        selected = selected_place(self._iface.activeLayer()) if place is None else None
        if place is not None:
            self.open(place)
        elif selected is not None:
            self._looking.ask(lambda store: selected_row(store, selected), self._found)
        else:
            self._found(None)

    def _found(self, row: Optional[Picked]) -> None:
        """Go on with the selected place; where there is none, with the one that is clicked next."""
        if row is not None:
            self.open(chosen_of(row))
        else:
            self.pick(self.open, tr("Click the building or estate where the rival was seen."))

    def pick(self, then: Any, hint: str) -> None:
        """Wait for a click on a building or estate."""

        def picked(row: Picked) -> None:
            self.drop_tool()
            self._notifier.withdraw()
            self._notifier.guard(then, chosen_of(row))

        missed = tr("There is nothing of that kind here. Zoom in and click on it.")
        self.drop_tool()
        self._tool = PickTool(self._iface.mapCanvas(), self._notifier, PICKED, picked,
                              lambda: self._notifier.hint(missed), self.drop_tool)
        self._iface.mapCanvas().setMapTool(self._tool)
        self._notifier.hint(hint)

    def drop_tool(self) -> None:
        """Let go of the tool that waits for a click."""
        if self._tool is not None:
            tool, self._tool = self._tool, None
            tool.put_down()

    def open(self, place: Chosen) -> None:
        """Ask the store for its operators, then show the form."""
        store = project_store()

        def show(answer: tuple[list[dict[str, Any]], str]) -> None:
            self._close()
            if not answer[0]:  # a new store: the form could not be saved
                self._notifier.warning(tr(
                    "The store knows no operator yet. They are added in the table “{layer}” of the map, or come with "
                    "an import of observations.", layer=definition("competitor_operator").title(language())))
                return
            self.dialog = CaptureDialog(place, *answer, lambda seen: self._save(store, place, seen),
                                        self._iface.mainWindow())  # fmt: skip
            self.dialog.open()

        self._reading.ask(tr("Report a rival"), store, lambda opened: (operators(opened), opened.login), show,
                          self._notifier.error)  # fmt: skip

    def _save(self, store: str, place: Chosen, seen: Sighting) -> None:
        dialog = self.dialog
        key = {"building_id" if place.kind == "building" else "estate_id": place.id}

        def done(made: Captured) -> None:
            if dialog is not None:
                dialog.saved()
            self._notifier.success(
                tr("{count} facts about {name} were kept, confidence {share}.", count=made.new, name=place.name,
                   share=in_percent(made.confidence))
                if made.new else tr("The store has this already: nothing was added."))
            redraw()
            self.captured.emit(place)

        def failed(error: BaseException) -> None:
            if dialog is not None:
                dialog.failed(sentence(error))
            self._notifier.error(error)

        self._saving.ask(tr("Report a rival"), store, lambda opened: record_sighting(opened, seen, **key), done,
                         failed, True)  # fmt: skip

    def _close(self) -> None:
        if self.dialog is not None:
            self.dialog.reject()
            self.dialog.deleteLater()
            self.dialog = None

    def stop(self) -> None:
        """Let go of form, tool and task: what is on its way is saved, or not, but nobody is told."""
        self._looking.stop()
        self._reading.stop()
        self._saving.stop()
        self.drop_tool()
        self._close()
