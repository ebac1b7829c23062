# SPDX-License-Identifier: GPL-2.0-or-later
"""The toolbar of discovery by hand: what each button starts on the map and which deed comes of it."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QAction, QDialog, QMenu, QToolBar

from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.gis.layers import require_layer
from fullservice_plugin.gui.discovery.deeds import Deeds, project_store
from fullservice_plugin.gui.discovery.dialogs import BuildingDialog, EstateDialog
from fullservice_plugin.gui.discovery.lead_dialog import LeadDialog
from fullservice_plugin.gui.discovery.map_tools import DrawTool
from fullservice_plugin.gui.discovery.pick_tools import PickTool, PinTool
from fullservice_plugin.gui.docks import add_action
from fullservice_plugin.gui.looking import Looking
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.pictures import icon
from fullservice_plugin.gui.questions import ask_later
from fullservice_plugin.gui.selected import selection_of
from fullservice_plugin.i18n import tr
from fullservice_plugin.services import by_hand, leads, reshape
from fullservice_plugin.services.leads import Lead
from fullservice_plugin.services.people import managers
from fullservice_plugin.services.picked import Picked, selected_ids, selected_row


class HandTools:
    """Toolbar and menu of discovery by hand. Map tools stay on until another is chosen, so that work goes on."""

    def __init__(self, iface: Any, notifier: Notifier, deeds: Deeds, menu: QMenu) -> None:
        self._iface = iface
        self._notifier = notifier
        self.deeds = deeds
        self._people: tuple[tuple[str, str], ...] = ()
        self._task: Any = None
        self._looking = Looking(iface.mapCanvas(), notifier)
        self.tool: Any = None
        self.dialog: Optional[QDialog] = None
        self.actions: dict[str, QAction] = {}
        window = iface.mainWindow()
        self.toolbar = QToolBar(tr("Discovery by hand"), window)
        self.toolbar.setObjectName("FullServiceHandToolBar")
        iface.addToolBar(self.toolbar)
        self.menu = QMenu(tr("Discovery by hand"), menu)
        self.menu.setObjectName("FullServiceHandMenu")
        self.menu.setIcon(icon("discovery"))
        menu.addMenu(self.menu)
        self._action("new_estate", tr("New estate: draw its outline, or click once and press Enter"), self.new_estate)
        self._action(
            "new_building", tr("New building: draw its footprint, or click once and press Enter"), self.new_building
        )
        self._action("lead", tr("Lead of an estate: its worth, owner, proof and next state"), self.lead)
        self._action("pin", tr("Drag the pin of a building or site"), self.move_pin)
        self._action("redraw", tr("Draw another outline for an estate"), self.redraw)
        self._action("split_estate", tr("Split an estate along a line"), lambda: self.split("estate"))
        self._action("merge_estates", tr("Merge the selected estates"), lambda: self.merge("estate"))
        self.actions["merge_estates"].setToolTip(tr(
            "Merge the selected estates. The one that was entered first goes on, or the one with a design under review "
            "or approved."))
        self._action("split_building", tr("Split a building along a line"), lambda: self.split("building"))
        self._action("merge_buildings", tr("Merge the selected buildings"), lambda: self.merge("building"))
        self._action("undo", tr("Take back the last change by hand"), deeds.undo, "Ctrl+Alt+Z")

    def stop(self) -> None:
        """Take everything out of QGIS again."""
        self._drop_tool()
        self._looking.stop()
        if self._task is not None:
            self._task.cancel()
        if self.dialog is not None:
            self.dialog.reject()
        self._iface.mainWindow().removeToolBar(self.toolbar)
        for action in self.actions.values():
            action.deleteLater()
        self.menu.deleteLater()
        self.toolbar.deleteLater()

    def _action(self, key: str, text: str, run: Callable[[], None], shortcut: str = "") -> None:
        name = f"hand_{key}"
        action = add_action(self._iface, self._notifier, name, name, text, run, self.toolbar, self.menu)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        self.actions[key] = action

    def _use(self, tool: Any, hint: str) -> None:
        self._drop_tool()
        self.tool = tool
        tool.undo = self.deeds.undo
        self._iface.mapCanvas().setMapTool(tool)
        self._notifier.hint(hint)

    def _drop_tool(self) -> None:
        if self.tool is not None:
            tool, self.tool = self.tool, None
            tool.put_down()

    def _draw(self, kind: str, hint: str, then: Callable[[Any], None], or_point: bool = False) -> None:
        project_store()  # says at once that no store is open
        self._use(
            DrawTool(
                self._iface.mapCanvas(), kind, lambda shape: self._notifier.guard(then, shape), self._drop_tool,
                or_point,
            ),
            hint,
        )

    def new_estate(self) -> None:
        """Draw an estate, then ask for its name."""
        store = project_store()
        if not self._people:
            self._task = ask_later(tr("Account managers"), store, managers, self._know, lambda _error: None)
        self._draw(
            "polygon",
            tr("Click the corners of the estate, right click to end; or click once and press Enter."),
            lambda shape: self._ask(
                EstateDialog(shape, self._iface.mainWindow(), self._people), tr("New estate"), by_hand.add_estate
            ),
            True,
        )

    def _know(self, people: list[tuple[str, str]]) -> None:
        self._people = tuple(people)

    def lead(self) -> None:
        """Choose an estate, then show it as a lead."""
        self._pick("estate", tr("Click the estate whose lead you want to see."),
                   lambda row: self.lead_of(row.id))  # fmt: skip

    def lead_of(self, key: str) -> None:
        """Show an estate (its id) as a lead."""

        def shown(found: tuple[Lead, list[tuple[str, str]]]) -> None:
            self._know(found[1])
            before = found[0]
            self._ask(
                LeadDialog(before, self._people, self._iface.mainWindow()),
                tr("Lead"),
                lambda store, said: leads.register(store, before, said),
            )

        self._task = ask_later(
            tr("Lead"),
            project_store(),
            lambda store: (leads.lead(store, key), managers(store)),
            shown,
            self._notifier.error,
        )

    def new_building(self) -> None:
        """Draw or pin a building, then ask what is known of it."""
        self._draw(
            "polygon",
            tr("Click the corners of the building, right click to end; or click once and press Enter for a pin."),
            lambda shape: self._ask(
                BuildingDialog(shape, self._iface.mainWindow()), tr("New building"), by_hand.add_building
            ),
            True,
        )

    def _ask(self, dialog: Any, title: str, work: Callable[[Any, Any], Any]) -> None:
        def accepted() -> None:
            made = dialog.made()
            self._notifier.guard(self.deeds.run, title, lambda store: work(store, made))

        def closed(_result: int) -> None:
            self.dialog = None
            dialog.deleteLater()

        self.dialog = dialog
        dialog.accepted.connect(accepted)
        dialog.finished.connect(closed)
        dialog.open()

    def move_pin(self) -> None:
        """Drag pins."""
        project_store()

        def moved(row: Picked, place: tuple[float, float]) -> None:
            self._notifier.guard(
                self.deeds.run, tr("Move the pin"),
                lambda store: by_hand.move_pin(store, row.table, row.id, place, row.version),
            )

        self._use(
            PinTool(self._iface.mapCanvas(), self._notifier, moved, self._missed, self._drop_tool),
            tr("Press on a building or site and let go where its pin belongs."),
        )

    def _missed(self) -> None:
        self._notifier.hint(tr("There is nothing of that kind here. Zoom in and click on it."))

    def _pick(self, key: str, hint: str, then: Callable[[Picked], None]) -> None:
        """Go on with the one selected estate or building (``key``), else with the one that is clicked."""
        project_store()
        chosen = selection_of(require_layer(key), kind=key)

        def found(row: Optional[Picked]) -> None:
            if row is not None:
                then(row)
                return
            tool = PickTool(self._iface.mapCanvas(), self._notifier, (key,),
                            lambda row: self._notifier.guard(then, row), self._missed, self._drop_tool)
            self._use(tool, hint)

        if chosen is not None and len(chosen.fids) == 1:
            self._looking.ask(lambda store: selected_row(store, chosen), found)
        else:
            found(None)

    def redraw(self) -> None:
        """Choose an estate, then draw."""

        def chosen(row: Picked) -> None:
            self._draw(
                "polygon",
                tr("Draw the new outline of {name}; right click to end.", name=row.called),
                lambda shape: self.deeds.run(
                    tr("Redraw"), lambda store: by_hand.redraw_estate(store, row.id, shape, row.version)
                ),
            )

        self._pick("estate", tr("Click the estate to redraw."), chosen)

    def split(self, kind: str) -> None:
        """Choose an estate or building, then draw the cut."""
        work = reshape.split_estate if kind == "estate" else reshape.split_building

        def chosen(row: Picked) -> None:
            self._draw(
                "line",
                tr("Draw the cut right across {name}; right click to end.", name=row.called),
                lambda line: self.deeds.run(tr("Split"), lambda store: work(store, row.id, line)),
            )

        self._pick(
            kind, tr("Click the estate to split.") if kind == "estate" else tr("Click the building to split."), chosen
        )

    def merge(self, kind: str) -> None:
        """Merge what is selected; of estates the one that was entered first, or has a design under review, goes on."""
        chosen = selection_of(require_layer(kind), kind=kind)
        if chosen is None or len(chosen.fids) < 2:
            if kind == "estate":
                raise ParameterError("Select at least two estates on the map first.")
            raise ParameterError("Select at least two buildings on the map first.")
        work = reshape.merge_estates if kind == "estate" else reshape.merge_buildings
        require_layer(kind).removeSelection()
        self.deeds.run(tr("Merge"), lambda store: work(store, selected_ids(store, chosen)))
