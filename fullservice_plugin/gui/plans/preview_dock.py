# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock of plans and templates: what is printed, with which template, seen page by page, then saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Optional

from qgis.core import QgsSettings
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.connections import open_store
from fullservice_plugin.gis.settings import TEMPLATE
from fullservice_plugin.gui.attribute_forms.rows import FormRows
from fullservice_plugin.gui.design.session_task import DesignTask, start
from fullservice_plugin.gui.discovery.deeds import project_store
from fullservice_plugin.gui.notify import Notifier, sentence
from fullservice_plugin.gui.plans.page_view import PageView
from fullservice_plugin.gui.plans.saving import Saving
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services import preview, templates

FOLDER = "fullservice/preview_folder"
_KINDS = {"access_plan": "Access plan", "negotiation_report": "Negotiation report",
          "competitor_brief": "Competitor brief", "weekly_report": "Weekly report", "dossier": "Dossier",
          "letter": "Letter"}  # fmt: skip
_LETTERS = {"introduction": "Introduction", "survey_request": "Survey request", "proposal": "Proposal",
            "consent": "Request for consent", "works_notice": "Works notice", "renewal": "Renewal",
            "reminder": "Reminder", "request_notice": "Request notice", "warning_1": "First warning",
            "warning_2": "Second warning", "final_notice": "Final notice"}  # fmt: skip
_LANGUAGES = {"zh": "中文", "en": "English"}


class PreviewDock(QgsDockWidget):
    """``draft`` is the document that is shown, None where none is."""

    def __init__(self, iface: Any, notifier: Notifier) -> None:
        super().__init__(tr("Plans and templates"), iface.mainWindow())
        self.setObjectName("FullServicePlans")
        self._notifier = notifier
        self.draft: Optional[preview.Draft] = None
        self._store = ""
        self._areas: list[tuple[str, str]] = []
        self._plans: list[str] = []
        self._task: Optional[DesignTask] = None
        self._asking = Asking()
        self._saving = Saving(self._progress, self._saved, self._failed)
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(self._choices(body))
        layout.addLayout(self._buttons(body))
        self.state = QLabel(body)
        self.state.setWordWrap(True)
        layout.addWidget(self.state)
        self.bar = QProgressBar(body)
        self.bar.setRange(0, 100)
        self.bar.hide()
        layout.addWidget(self.bar)
        self.pages = PageView(self._failed, body)
        layout.addWidget(self.pages, 1)
        self.setWidget(body)
        self._kind_chosen()
        self._show()
        self.visibilityChanged.connect(lambda shown: self.load() if shown else None)

    def _choices(self, body: QWidget) -> QFormLayout:
        form = QFormLayout()
        self.kind, self.subject, self.letter, self.language = (QComboBox(body) for _ in range(4))
        for key, words in _KINDS.items():
            self.kind.addItem(tr(words), key)
        for key, words in _LETTERS.items():
            self.letter.addItem(tr(words), key)
        self.letter.setCurrentIndex(self.letter.findData("proposal"))
        for key, words in _LANGUAGES.items():
            self.language.addItem(words, key)
        self.language.setCurrentIndex(self.language.findData(language()))
        self.subject.setEditable(True)
        self.subject.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.subject.setMinimumContentsLength(16)
        self.kind.currentIndexChanged.connect(lambda _index: self._kind_chosen())
        form.addRow(tr("Kind of document"), self.kind)
        form.addRow(tr("Letter"), self.letter)
        self._subject_label = QLabel(body)
        form.addRow(self._subject_label, self.subject)
        form.addRow(tr("Language"), self.language)
        form.addRow(tr("Template"), self._template_row(body))
        self._rows = FormRows(form)
        return form

    def _template_row(self, body: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        self.template = QLineEdit(str(TEMPLATE.read()), body)
        self.template.setPlaceholderText(tr("The template of the store, or ours"))
        self.template.setClearButtonEnabled(True)
        self.template.setToolTip(tr("It is remembered for this computer: its exports then print with it."))
        self.template.editingFinished.connect(self._template_named)
        row.addWidget(self.template, 1)
        for words, tip, run in (
            ("Choose…", "Choose a template file", self._choose),
            ("New…", "Write an example to change", self._new),
            ("Edit", "Open the template in the editor of this computer", self._edit),
            ("Keep for all", "Everybody who works with this store prints with it", self._keep),
        ):
            button = QToolButton(body)
            button.setText(tr(words))
            button.setToolTip(tr(tip))
            button.clicked.connect(lambda _checked=False, run=run: self._notifier.guard(run))
            row.addWidget(button)
        return row

    def _buttons(self, body: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        self.look = QPushButton(tr("Preview"), body)
        self.save = QPushButton(tr("Save PDF…"), body)
        self.stop_button = QPushButton(tr("Cancel"), body)
        self.look.clicked.connect(lambda _checked=False: self._notifier.guard(self.show_draft))
        self.save.clicked.connect(lambda _checked=False: self._notifier.guard(self._save))
        self.stop_button.clicked.connect(lambda _checked=False: self.cancel())
        for button in (self.look, self.save, self.stop_button):
            row.addWidget(button)
        row.addStretch(1)
        return row

    # what can be chosen

    def load(self) -> None:
        """Ask the store for plans and areas, once per store."""
        try:
            name = project_store()
        except InputError:
            return  # no map is open yet; pressing Preview says so
        if name == self._store:
            return

        def fill(found: tuple[list[str], list[tuple[str, str]]]) -> None:
            self._store, (self._plans, self._areas) = name, found
            self._kind_chosen()

        self._asking.ask(self.windowTitle(), name, preview.subjects, fill, self._notifier.error)

    def _kind_chosen(self) -> None:
        kind = self.kind.currentData()
        plan = kind == "access_plan"
        self._subject_label.setText(tr("Plan") if plan else tr("Area"))
        self._rows.show(self.letter, kind == "letter")
        self.subject.lineEdit().setPlaceholderText("" if plan else tr("All areas"))
        self.subject.clear()
        if plan:
            self.subject.addItems(self._plans)
            return
        self.subject.addItem("", "")
        for code, name in self._areas:
            self.subject.addItem(f"{code} {name}" if name != code else code, code)

    def _subject(self) -> str:
        at = self.subject.findText(self.subject.currentText())
        chosen = self.subject.itemData(at) if at >= 0 else None
        return str(chosen if chosen is not None else self.subject.currentText()).strip()

    # the template

    def _template_named(self) -> None:
        TEMPLATE.write(self.template.text().strip())

    def _take(self, path: str) -> None:
        self.template.setText(path)
        self._template_named()

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Template"), self._folder(), tr("Templates (*.json)"))
        if path:
            self._take(path)

    def _new(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, tr("New template"), str(Path(self._folder()) / "template.json"),
                                              tr("Templates (*.json)"))  # fmt: skip
        if path:
            self._take(str(templates.write_example(path)))
            self._edit()

    def _edit(self) -> None:
        path = self.template.text().strip()
        if not path:
            raise InputError("Choose a template first, or write a new one.")
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def _keep(self) -> None:
        path = self.template.text().strip()
        if not path:
            raise InputError("Choose a template first, or write a new one.")
        self._asking.ask(tr("Template"), project_store(), lambda store: templates.keep_file(store, path),
                         lambda _done: self._notifier.info(tr("Everybody now prints with {file}.", file=path)),
                         self._notifier.error, write=True)  # fmt: skip

    def _folder(self) -> str:
        return str(QgsSettings().value(FOLDER, "") or Path.home())

    # preview

    def order(self) -> preview.Order:
        """Return what is chosen. InputError where a plan is missing."""
        order = preview.Order(self.kind.currentData(), self._subject(), self.language.currentData(),
                              self.template.text().strip(), self.letter.currentData())  # fmt: skip
        if order.kind == "access_plan" and not order.subject:
            raise InputError("Choose a plan first.")
        return order

    def show_draft(self) -> None:
        """Lay the chosen document out in the background and show it, at the page that was shown."""
        name, order = project_store(), self.order()
        self._template_named()

        def work(progress: Progress) -> preview.Draft:
            with open_store(name, write=False) as store:
                return preview.draft(store, order, progress)

        self._run(tr("Preview"), work, self._drafted)

    def _drafted(self, draft: preview.Draft) -> None:
        self._ended()
        self.draft = draft
        self.pages.show_draft(draft)
        self._show()

    def _run(self, title: str, work: Callable[[Progress], Any], answered: Callable[[Any], None]) -> None:
        self.cancel()
        self._task = DesignTask(title, work, answered, self._failed, self._ended)
        self._task.progressChanged.connect(self._progress)
        self._progress(0.0)
        start(self._task)
        self._show()

    def _progress(self, percent: float) -> None:
        self.bar.show()
        self.bar.setValue(int(percent))

    def _ended(self) -> None:
        self._task = None
        self.bar.hide()
        self._show()

    def _failed(self, error: BaseException) -> None:
        self._ended()
        self.state.setText(sentence(error))
        self._notifier.error(error)

    def cancel(self) -> None:
        """Stop what is on its way; nothing half-written is left."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._saving.cancel()
        self.bar.hide()
        self._show()

    def _show(self) -> None:
        busy = self._task is not None or self._saving.busy
        self.look.setEnabled(not busy)
        self.save.setEnabled(not busy and self.draft is not None)
        self.stop_button.setVisible(busy)
        self.pages.setVisible(self.draft is not None)
        if self.draft is None:
            self.state.setText(tr("Choose a document and press Preview. Maps are drawn when their page is looked at."))
            self.state.setAlignment(Qt.AlignmentFlag.AlignTop)
        elif not self.draft.whole:
            self.state.setText(tr("The first {count} buildings are shown; the saved file has all of them.",
                                  count=preview.DOSSIERS))  # fmt: skip
        else:
            self.state.setText("")
        self.state.setVisible(bool(self.state.text()))

    # saving

    def _save(self) -> None:
        if self.draft is None:
            return
        order = self.draft.order
        stem = "-".join(part for part in (order.kind, order.subject, order.language) if part)
        path, _ = QFileDialog.getSaveFileName(self, tr("Save PDF…"), str(Path(self._folder()) / f"{stem}.pdf"),
                                              "PDF (*.pdf)")  # fmt: skip
        if path:
            self.save_to(path if path.lower().endswith(".pdf") else path + ".pdf")

    def save_to(self, path: str) -> None:
        """Save the shown document: sheet by sheet, the window stays alive."""
        if self.draft is None:
            return
        QgsSettings().setValue(FOLDER, str(Path(path).parent))
        self._saving.start(self.draft, project_store(), path)
        self._show()

    def _saved(self, path: str) -> None:
        self._ended()
        self._notifier.info(tr("{file} is saved.", file=path))

    def stop(self) -> None:
        """Let go of tasks and pages; called before the dock is deleted."""
        self.cancel()
        self._asking.stop()
        self.pages.stop()
