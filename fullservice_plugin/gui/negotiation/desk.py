# SPDX-License-Identifier: GPL-2.0-or-later
"""Brings the working tools of negotiation into QGIS and takes them out again: three docks, one undo stack."""

from __future__ import annotations

from typing import Any, Callable, Optional, Sequence

from qgis.core import QgsCsException
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDialog, QFileDialog, QMenu, QToolBar

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.gui.ask import ask_choice, ask_text
from fullservice_plugin.gui.discovery.deeds import Deeds, project_store
from fullservice_plugin.gui.discovery.map_tools import to_wgs84
from fullservice_plugin.gui.docks import add_action, add_dock
from fullservice_plugin.gui.looking import Looking
from fullservice_plugin.gui.negotiation.board_dock import BoardDock
from fullservice_plugin.gui.negotiation.day_dock import DayDock
from fullservice_plugin.gui.negotiation.deal_dock import DealDock
from fullservice_plugin.gui.negotiation.dialogs import (
    ContactDialog,
    DocumentDialog,
    PartyDialog,
    StepDialog,
    needs_dialog,
    only_words_missing,
)
from fullservice_plugin.gui.negotiation.papers import open_paper
from fullservice_plugin.gui.negotiation.terms_dialog import TermsDialog
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.questions import ask_later
from fullservice_plugin.gui.selected import selected_places
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services import agreements, letters, negotiation, succession, talk_desk
from fullservice_plugin.services.picked import selected_ids
from fullservice_plugin.services.reminders import acknowledge
from fullservice_plugin.services.talk_desk import DealView, Step

_SIGNING = ("agreement", "agreement_document")
LETTERS = ("introduction", "survey_request", "proposal", "works_notice", "renewal", "reminder")
NOTICES = ("request_notice", "warning_1", "warning_2", "final_notice")


class NegotiationDesk:
    """The parts that belong together; ``stop`` takes every one of them out."""

    def __init__(self, iface: Any, notifier: Notifier, toolbar: QToolBar, menu: QMenu, beside: Any) -> None:
        self.iface, self.notifier = iface, notifier
        self._tasks: dict[str, Any] = {}
        self.dialog: Optional[QDialog] = None
        self.deeds = Deeds(notifier)
        self._looking = Looking(iface.mapCanvas(), notifier)
        self.deeds.done.connect(lambda _deed: self.reload())
        self.deeds.undone.connect(lambda _deed: self.reload())
        self.board, self.deal, self.day = BoardDock(self), DealDock(self), DayDock(self)
        self.docks = ((self.board, "talk_board", Qt.DockWidgetArea.BottomDockWidgetArea),
                      (self.deal, "talk_deal", Qt.DockWidgetArea.RightDockWidgetArea),
                      (self.day, "talk_day", Qt.DockWidgetArea.RightDockWidgetArea))
        for dock, picture, side in self.docks:
            add_dock(iface, dock, picture, toolbar, menu, beside, side)
        self.here = add_action(iface, notifier, "talks_here", "talk_here", tr("Talks of what is selected on the map"),
                               self.open_here, toolbar, menu)

    # asking

    def ask(self, key: str, title: str, question: Callable[[Any], Any], answered: Callable[[Any], None],
            failed: Optional[Callable[[BaseException], None]] = None, write: bool = False) -> None:
        """Ask the project's store in the background; a newer question of the same key replaces an older one."""
        old = self._tasks.pop(key, None)
        if old is not None and not write:
            old.cancel()

        def done(answer: Any) -> None:
            self._tasks.pop(key, None)
            answered(answer)

        def missed(error: BaseException) -> None:
            self._tasks.pop(key, None)
            if failed is not None:
                failed(error)
            self.notifier.error(error)

        try:
            self._tasks[key] = ask_later(title, project_store(), question, done, missed, write)
        except Exception as error:  # the edge: no battle map is open
            (failed or self.notifier.error)(error)

    def reload(self) -> None:
        """Read again what is shown."""
        for dock in (self.board, self.deal, self.day):
            if dock.isVisible():
                dock.load()

    # opening

    def open_deal(self, ids: Sequence[str]) -> None:
        """Show a deal in its dock."""
        self.deal.show()
        self.deal.raise_()
        self.deal.load(list(ids))

    def open_here(self) -> None:
        """Show the talks of the selected estate or building; offer to begin one where there is none."""
        chosen = selected_places(self.iface.activeLayer())
        if chosen is None:
            raise ParameterError("Select an estate or a building on the map first.")

        def deals(store: Any) -> tuple[list[str], list[list[str]]]:
            places = selected_ids(store, chosen)
            if not places:
                raise ParameterError("Select an estate or a building on the map first.")
            estate, building = (places[0], None) if chosen.kind == "estate" else (None, places[0])
            return places, talk_desk.deals_at(store, estate, building)

        def show(found: tuple[list[str], list[list[str]]]) -> None:
            if found[1]:
                self.open_deal(found[1][0])
            else:
                self.begin(chosen.kind, found[0])

        self._looking.ask(deals, show)

    def begin(self, kind: str, places: Sequence[str]) -> None:
        """Open a talk for each building that has none, after asking for the first action."""
        action, given = ask_text(self.iface.mainWindow(), tr("Begin talks"),
                                 tr("There is no talk yet. First action:"), tr("Find out who decides"))
        if given:
            self.deeds.run(tr("Begin talks"), lambda store: negotiation.begin_talks(store, kind, places, action))

    # deeds

    def may_sign(self, step: Step) -> bool:
        """Whether a step is the signature, and its dialog supplies what is missing."""
        return step.stage == "signed" and not step.roles and set(step.missing) <= set(_SIGNING) and bool(step.missing)

    def may_take(self, step: Step) -> bool:
        """Whether a step can be taken now: nothing is missing, or nothing that its dialog does not ask for."""
        return step.open or only_words_missing(step) or self.may_sign(step)

    def take(self, view: DealView, step: Step) -> None:
        """Take a step: at once, or after its dialog."""
        if self.may_sign(step):
            self._terms(view, signing=True, note=step.needs_note)
        elif needs_dialog(step):
            dialog = StepDialog(self.iface.mainWindow(), step, view.talks[0]["reason_code"])
            self._show(dialog, lambda: self._move(view, step, *dialog.made()))
        else:
            self._move(view, step)

    def _move(self, view: DealView, step: Step, note: str = "", changes: Optional[dict[str, Any]] = None) -> None:
        self.deeds.run(tr("Next step"), lambda store: talk_desk.move(store, view.ids, step.stage, note, changes))

    def press(self, key: str, view: DealView) -> None:
        """Do what a button of the deal says."""
        window = self.iface.mainWindow()
        if key == "contact":
            contact = ContactDialog(window, view.contacts, self._middle())
            self._show(contact, lambda: self._log(view, contact.made()))
        elif key == "document":
            paper = DocumentDialog(window, self._wanted(view))
            self._show(paper, lambda: self._keep(view, paper.kind.currentData(), paper.document.filePath()))
        elif key == "party":
            self.ask("parties", tr("Party"), lambda store: talk_desk.known_parties(store, view.talks[0]["estate_id"]),
                     lambda known: self._party(view, known))
        elif key == "successor":
            heir = PartyDialog(window, title=tr("New owner or manager"))
            self._show(heir, lambda: self._changed(view, heir.made()))
        elif key == "terms":
            self._terms(view)
        elif key == "letter":
            self._letter(view)
        elif key == "undo":
            self.deeds.undo()

    def _log(self, view: DealView, made: dict[str, Any]) -> None:
        self.deeds.run(tr("Log a contact"), lambda store: talk_desk.log_contact(store, view.ids, **made))

    def _keep(self, view: DealView, kind: str, path: str) -> None:
        self.deeds.run(tr("Add a document"), lambda store: talk_desk.add_document(store, view.ids, kind, path))

    def _party(self, view: DealView, known: Sequence[tuple[str, str]]) -> None:
        dialog = PartyDialog(self.iface.mainWindow(), known)

        def keep() -> None:
            made = dialog.made()
            self.deeds.run(tr("Party"), lambda store: talk_desk.set_party(store, view.ids, **made))

        self._show(dialog, keep)

    def _changed(self, view: DealView, made: dict[str, Any]) -> None:
        contact = made["contact"]

        def work(store: Any) -> Any:
            return succession.change_party(store, view.ids, made["name"], made["role"], authority=made["authority"],
                                           contact=contact, action=tr("Find out who decides"))

        self.deeds.run(tr("New owner or manager"), work)

    def _terms(self, view: DealView, signing: bool = False, note: bool = False) -> None:
        def show(where: str) -> None:
            dialog = TermsDialog(self.iface.mainWindow(), view.agreement, where, signing, note)
            self._show(dialog, lambda: self._signed(view, dialog) if signing else self._drafted(view, dialog.fields()))

        self.ask("law", tr("Terms of the agreement"), agreements.jurisdiction, show)

    def _drafted(self, view: DealView, fields: dict[str, Any]) -> None:
        self.deeds.run(tr("Terms of the agreement"), lambda store: agreements.save_terms(store, view.ids, fields))

    def _signed(self, view: DealView, dialog: TermsDialog) -> None:
        fields, path = dialog.fields(), dialog.document.filePath()
        note, approver = dialog.note.text(), dialog.approver.text()
        self.deeds.run(tr("Sign the agreement"),
                       lambda store: agreements.sign(store, view.ids, fields, path, "", note, approver)[0])

    def _letter(self, view: DealView) -> None:
        """Write a letter of the talk's first building and file it there."""
        window = self.iface.mainWindow()

        def show(where: str) -> None:
            kinds = LETTERS + (NOTICES if where == "UK" else ())
            names = [code_label("letter_kind", kind, language()) for kind in kinds]
            name, given = ask_choice(window, tr("Letter"), tr("Which one"), names)
            if not given:
                return
            kind = kinds[names.index(name)]
            path, _ = QFileDialog.getSaveFileName(window, tr("Letter"), f"{kind}_{view.talks[0]['building_code']}.pdf",
                                                  "PDF (*.pdf)")
            if path:
                self.write_letter(view, kind, path)

        self.ask("law", tr("Letter"), agreements.jurisdiction, show)

    def write_letter(self, view: DealView, kind: str, path: str) -> None:
        """Write a letter to a file and file it in the talk, in the background."""
        tongue = language()

        def done(written: Any) -> None:
            self.notifier.success(tr("The letter was written to {file} and filed.", file=str(written)))
            self.reload()

        self.ask("letter", tr("Letter"),
                 lambda store: letters.write_letter(store, view.ids[0], kind, tongue, path, keep=True), done,
                 write=True)

    def plan_next(self, view: DealView, action: str, due: Any) -> None:
        """Keep the next action of a deal."""
        self.deeds.run(tr("Next action"), lambda store: talk_desk.plan_next(store, view.ids, action, due))

    def reveal(self, contact: str) -> None:
        """Show a contact in clear, after asking what for; the look is logged with its purpose."""
        window = self.iface.mainWindow()
        purpose, given = ask_text(window, tr("Contact in clear"), tr("What is it needed for? The look is logged."))
        if not given:
            return

        def show(person: dict[str, Any]) -> None:
            told = " · ".join(str(person[name]) for name in ("name", "phone", "wechat") if person.get(name))
            self.notifier.info(told or tr("Nothing more is known of this contact."))

        self.ask("reveal", tr("Contact in clear"),
                 lambda store: talk_desk.reveal_contact(store, contact, purpose), show, write=True)

    def acknowledge(self, reminders: Sequence[str]) -> None:
        """Mark reminders as read."""
        self.ask("read", tr("Reminders"), lambda store: acknowledge(store, reminders), lambda _count: self.reload(),
                 write=True)

    def open_event(self, kind: str, key: str) -> None:
        """Show the document of the timeline."""
        if kind == "document":
            self.ask("paper", tr("Document"), lambda store: negotiation.read_attachment(store, key),
                     lambda paper: open_paper(*paper))

    # helpers

    def _show(self, dialog: QDialog, accepted: Callable[[], None]) -> None:
        self.dialog = dialog
        dialog.accepted.connect(lambda: self.notifier.guard(accepted))
        dialog.finished.connect(lambda _result: self._closed(dialog))
        dialog.open()

    def _closed(self, dialog: QDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()

    def _middle(self) -> Optional[tuple[float, float]]:
        """The middle of the map in degrees (EPSG:4326)."""
        canvas = self.iface.mapCanvas()
        try:
            point = to_wgs84(canvas).transform(canvas.center())
        except QgsCsException:  # the map shows what its CRS cannot
            return None
        return point.x(), point.y()

    def _wanted(self, view: DealView) -> str:
        """The kind of document that the first open step asks for."""
        kinds = {"survey": "survey", "proposal": "proposal", "terms": "term_sheet", "permit": "permit",
                 "notice": "notice", "filing": "filing", "acceptance": "acceptance", "photo_or_letter": "photo",
                 "case": "case"}
        return next((kinds[name] for step in view.steps for name in step.missing if name in kinds), "other")

    def stop(self) -> None:
        """Take everything out of QGIS again."""
        self.deeds.stop()
        self._looking.stop()
        if self.dialog is not None:
            self.dialog.reject()
        for task in self._tasks.values():
            task.cancel()
        self._tasks = {}
        self.here.deleteLater()
        for dock, _, _ in self.docks:
            dock.stop()
            self.iface.removeDockWidget(dock)
            dock.deleteLater()
