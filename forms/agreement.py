# SPDX-License-Identifier: GPL-2.0-or-later
"""Logic of the agreement form: labels in the map's language, dates with a calendar."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsVectorLayer

from fullservice_plugin.gui.form_tools import FormLogic


def open_form(form: Any, layer: QgsVectorLayer, _feature: Any) -> None:
    """Attach the logic to a form that QGIS opens."""
    form.fullservice = FormLogic(form, layer)
