# SPDX-License-Identifier: GPL-2.0-or-later
"""Last step: what was made, what comes next, and the map with the plan on it."""

from __future__ import annotations

import html

from qgis.PyQt.QtWidgets import QCheckBox

from fullservice_plugin.gui.first_run.page import StepPage, wrapped
from fullservice_plugin.gui.first_run.sample import licence
from fullservice_plugin.i18n import tr


class EndPage(StepPage):
    """Tells; nothing is done here but opening the map when the wizard is finished."""

    def __init__(self) -> None:
        super().__init__(tr("Ready"), tr(
            "Nothing of what was made is lost when this window is closed, and nothing was deleted."))
        self.next = wrapped("", self)
        self.layout_.addWidget(self.next)
        self.map = QCheckBox(tr("Open the battle map"), self)
        self.map.setChecked(True)
        self.layout_.addWidget(self.map)
        self.credit = wrapped(licence(), self)
        self.layout_.addWidget(self.credit)
        self.finish()

    def initializePage(self) -> None:  # noqa: N802 (the name Qt asks for)
        """Tell what this wizard made and what comes next."""
        wizard = self.wizard()
        made = [html.escape(line) for line in wizard.made]
        self.have.setText("<p>" + tr("Made with this window:") + "</p><ul><li>" + "</li><li>".join(made) + "</li></ul>"
                          if made else tr("This window made nothing."))
        steps = []
        if wizard.plan is not None:
            steps.append(tr("Look at the plan on the map: group “Access design”. “Design by hand” changes it, “Review "
                            "of designs” hands it in."))
        if not self.store:
            steps.append(tr("When there is a store, begin here again: menu “First steps…”."))
        else:
            steps += [tr("A right click on an estate in the workbench opens its card; talks are begun there."),
                      tr("The administrator adds people with the algorithm “Manage a user”; a login without a branch "
                         "sees nothing."),
                      tr("These steps can be taken again at any time: menu “First steps…”.")]
        self.next.setText("<p>" + tr("What comes next:") + "</p><ul><li>" + "</li><li>".join(
            html.escape(step) for step in steps) + "</li></ul>")
        self.map.setVisible(bool(self.store))
        self.credit.setVisible(wizard.sample)

    def show_holdings(self) -> None:
        """Nothing more is told here."""
