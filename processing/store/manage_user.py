# SPDX-License-Identifier: GPL-2.0-or-later
"""manageuser: a person of the store, its role, areas and deputies, and the handover when it leaves."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Optional

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.catalogue.model import ROLES
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.people import manage_person
from fullservice_plugin.store.people import Person

COUNTS = ("ESTATES", "TALKS", "TASKS", "AREAS")


class ManageUser(FullServiceAlgorithm):
    """Makes, changes or dismisses one person; one login per person."""

    ID = "manageuser"
    GROUP = "store"

    def define(self) -> None:
        """Add the parameters."""
        self.add_store()
        self._text("LOGIN", optional=False)
        self._text("NAME")
        self.add_choice("ROLE", list(ROLES), "customer_manager")
        self._text("BRANCHES")
        self._text("DEPUTY_OF")
        self._text("DEPUTY_FROM", advanced=True)
        self._text("DEPUTY_TO", advanced=True)
        self.add(QgsProcessingParameterBoolean("ACTIVE", self.label("ACTIVE"), True))
        self._text("HANDOVER_TO")
        self.addOutput(QgsProcessingOutputString("STAFF_ID", self.label("STAFF_ID")))
        for name in COUNTS:
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def _text(self, name: str, optional: bool = True, advanced: bool = False) -> None:
        self.add(QgsProcessingParameterString(name, self.label(name), None, False, optional), advanced=advanced)

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Change the person; returns the staff row and what was handed over."""

        def text(name: str) -> str:
            return self.parameterAsString(parameters, name, context).strip()

        person = Person(
            login=text("LOGIN"),
            role=self.parameterAsString(parameters, "ROLE", context),
            name=text("NAME"),
            areas=tuple(dict.fromkeys(filter(None, re.split(r"[,;，；、\s]+", text("BRANCHES"))))),
            deputy_of=text("DEPUTY_OF"),
            deputy_from=self._date("DEPUTY_FROM", text("DEPUTY_FROM")),
            deputy_to=self._date("DEPUTY_TO", text("DEPUTY_TO")),
        )
        with self.store(parameters, context) as store:
            done = manage_person(store, person, self.parameterAsBool(parameters, "ACTIVE", context),
                                 text("HANDOVER_TO"), progress)
        return {"STAFF_ID": done.staff_id, **{name: done.handed.get(name.lower(), 0) for name in COUNTS}}

    def _date(self, name: str, text: str) -> Optional[date]:
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ParameterError("{name} must be a date like 2026-03-31, found {value}.", name=self.label(name),
                                 value=text) from None
