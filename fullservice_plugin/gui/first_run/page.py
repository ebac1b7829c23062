# SPDX-License-Identifier: GPL-2.0-or-later
"""What the pages of the first steps share: the store of the wizard, a strip for what runs, what is there already."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.PyQt.QtWidgets import QGroupBox, QLabel, QVBoxLayout, QWidget, QWizardPage

from fullservice_plugin.core.errors import FullServiceError
from fullservice_plugin.gui.first_run.jobs import Runner
from fullservice_plugin.gui.notify import sentence
from fullservice_plugin.gui.questions import ask_later
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.start import Holdings, read_holdings

#: What a store can hold, in the order in which it is told.
THINGS: dict[str, Callable[[int], str]] = {
    "branch": lambda count: tr("branches {count}", count=count),
    "micro_region": lambda count: tr("micro-regions {count}", count=count),
    "grid": lambda count: tr("grids {count}", count=count),
    "building": lambda count: tr("buildings {count}", count=count),
    "estate": lambda count: tr("estates {count}", count=count),
    "street": lambda count: tr("streets {count}", count=count),
    "olt": lambda count: tr("supply points (OLT) {count}", count=count),
    "plan": lambda count: tr("plans {count}", count=count),
}


def wrapped(text: str, parent: QWidget) -> QLabel:
    """Return a label that breaks its lines."""
    label = QLabel(text, parent)
    label.setWordWrap(True)
    return label


def told(holdings: Holdings, *things: str) -> str:
    """Return in words what a store holds of ``things`` (all where none is named); empty: nothing."""
    return " · ".join(THINGS[name](count) for name, count in holdings.counts.items()
                     if count and name in (things or THINGS))


class StepPage(QWizardPage):
    """A step that may be passed over. ``things``: what it brings into the store."""

    things: tuple[str, ...] = ()

    def __init__(self, title: str, subtitle: str) -> None:
        super().__init__()
        self.setTitle(title)
        self.setSubTitle(subtitle)
        self._task: Any = None
        self.layout_ = QVBoxLayout(self)
        self.have = wrapped("", self)
        self.layout_.addWidget(self.have)
        self.runner = Runner(self)
        self.runner.busy_changed.connect(self._busy)

    def finish(self) -> None:
        """Put the strip below everything else; called once the page is built."""
        self.layout_.addStretch(1)
        self.layout_.addWidget(self.runner)

    def group(self, title: str) -> QGroupBox:
        """Return a new group of the page."""
        box = QGroupBox(title, self)
        self.layout_.addWidget(box)
        return box

    @property
    def store(self) -> str:
        """The store that the wizard works with, empty: none."""
        return str(self.wizard().store) if self.wizard() is not None else ""

    @property
    def holdings(self) -> Optional[Holdings]:
        """What the store holds, None where nobody looked or could."""
        found: Optional[Holdings] = self.wizard().holdings if self.wizard() is not None else None
        return found

    def initializePage(self) -> None:  # noqa: N802 (the name Qt asks for)
        """Say what is there, and look again."""
        self.show_holdings()
        if self.store:
            self.look()

    def look(self, then: Optional[Callable[[], None]] = None) -> None:
        """Ask the store what it holds."""
        if self._task is not None:
            self._task.cancel()

        def answered(found: Holdings) -> None:
            self._task = None
            self.wizard().holdings = found
            self.show_holdings()
            if then is not None:
                then()

        def failed(error: BaseException) -> None:
            self._task = None
            self.runner.tell(sentence(error))

        self._task = ask_later(tr("What the store holds"), self.store, read_holdings, answered, failed)

    def show_holdings(self) -> None:
        """Show what is there already and what can be done; pages add to it."""
        if not self.store:
            self.have.setText(tr("No store is connected. Go back and choose one, or pass over this step."))
            return
        found = told(self.holdings, *self.things) if self.holdings is not None else ""
        self.have.setText(tr("In the store: {what}", what=found) if found else
                          tr("Nothing of it is in the store yet."))

    def isComplete(self) -> bool:  # noqa: N802 (the name Qt asks for)
        """Every step may be passed over, but not left while it works."""
        return not self.runner.busy

    def _busy(self, _busy: bool) -> None:
        self.completeChanged.emit()
        back = self.wizard().button(self.wizard().WizardButton.BackButton) if self.wizard() is not None else None
        if back is not None and self.wizard().currentId() != self.wizard().startId():
            back.setEnabled(not self.runner.busy)
        self.show_holdings()
        if self.store and not self.runner.busy and self.runner.state.text():
            self.look()  # a step that was stopped may have kept a part; one that is through looks by itself

    def say_of_source(self, text: str) -> None:
        """Say what is wrong with the source just chosen; what was told of the one before no longer stands."""
        if not self.runner.busy:
            self.runner.forget()
            self.runner.tell(text)

    def refuse(self, error: FullServiceError) -> None:
        """Say why a step cannot begin."""
        self.runner.tell(sentence(error))

    def stop(self) -> None:
        """Let go of what runs; called before the wizard goes."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.runner.stop()
