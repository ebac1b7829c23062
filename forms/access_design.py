# SPDX-License-Identifier: GPL-2.0-or-later
"""Logic of the design form: the allowed next states."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsFeature, QgsVectorLayer
from qgis.PyQt.QtWidgets import QComboBox

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.catalogue.states import MACHINES
from fullservice_plugin.gui.form_tools import FormLogic, offer_steps


class DesignForm(FormLogic):
    """Offers the steps of the design from its stored state."""

    def shown(self, feature: QgsFeature) -> None:
        """Offer the steps from the stored state."""
        stored = plain_value(feature["state"]) if feature.id() >= 0 else None
        offer_steps(self.find(QComboBox, "state"), MACHINES["SM-3"], stored)


def open_form(form: Any, layer: QgsVectorLayer, _feature: Any) -> None:
    """Attach the logic to a form that QGIS opens."""
    form.fullservice = DesignForm(form, layer)
