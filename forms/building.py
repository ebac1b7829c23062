# SPDX-License-Identifier: GPL-2.0-or-later
"""Logic of the building form: the allowed next lead states."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsFeature, QgsVectorLayer
from qgis.PyQt.QtWidgets import QComboBox

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.catalogue.states import MACHINES
from fullservice_plugin.gui.form_tools import FormLogic, offer_steps


class BuildingForm(FormLogic):
    """Offers the steps of the lead from its stored state."""

    def shown(self, feature: QgsFeature) -> None:
        """Offer the steps from the stored lead state."""
        stored = plain_value(feature["lead_state"]) if feature.id() >= 0 else None
        offer_steps(self.find(QComboBox, "lead_state"), MACHINES["SM-1"], stored)


def open_form(form: Any, layer: QgsVectorLayer, _feature: Any) -> None:
    """Attach the logic to a form that QGIS opens."""
    form.fullservice = BuildingForm(form, layer)
