# SPDX-License-Identifier: GPL-2.0-or-later
"""Logic of the form of a building under an agreement: says from when until when the right is exclusive there."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsFeature, QgsVectorLayer
from qgis.PyQt import sip
from qgis.PyQt.QtWidgets import QLabel

from fullservice_plugin.gis.layers import STORE_PROPERTY
from fullservice_plugin.gui.attribute_forms.tools import FormLogic
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.services.form_rows import exclusive_days


class AgreementBuildingForm(FormLogic):
    """Tells the exclusive period that follows from the agreement and from the days entered here."""

    def __init__(self, form: Any, layer: QgsVectorLayer) -> None:
        self._asking = Asking()
        super().__init__(form, layer)

    def shown(self, feature: QgsFeature) -> None:
        """Ask the store for the period of another row."""
        self._asking.stop()
        self._say("")
        store, fid = str(self.layer.customProperty(STORE_PROPERTY) or ""), feature.id()
        if fid >= 0 and store:
            self._asking.ask(self.text("Exclusive period"), store, lambda opened: exclusive_days(opened, fid),
                             self._told, lambda _error: None)

    def stop(self) -> None:
        """Let go of the question on its way."""
        self._asking.stop()

    def _told(self, days: Optional[tuple[str, str]]) -> None:
        if sip.isdeleted(self.form):
            return
        if days is None:
            self._say(self.text("Not exclusive now: the agreement agrees on nothing exclusive, or is not in force."))
        elif days[1]:
            self._say(self.text("Exclusive from {first} until {last}, both days included.", first=days[0],
                                last=days[1]))
        else:
            self._say(self.text("Exclusive from {first}, without an end.", first=days[0]))

    def _say(self, now: str) -> None:
        hint = self.find(QLabel, "hint_exclusive")
        if hint is not None:
            rule = self.text("Without dates the whole period of the agreement counts.")
            hint.setText(f"{now} {rule}".strip() if self.language == "en" else now + rule)


def open_form(form: Any, layer: QgsVectorLayer, _feature: Any) -> None:
    """Attach the logic to a form that QGIS opens."""
    form.fullservice = AgreementBuildingForm(form, layer)
