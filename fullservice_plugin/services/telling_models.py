# SPDX-License-Identifier: GPL-2.0-or-later
"""How people are told which propagation model stands behind a figure, and whether its coefficients were compared."""

from __future__ import annotations

from fullservice_plugin.core.access.choice.reasons import UNVERIFIED
from fullservice_plugin.core.access.wlan.tables import told_verified
from fullservice_plugin.i18n import tr, translate


def told_model(name: str, language: str = "") -> str:
    """Return a model's name with a mark where its coefficients were not compared with their source.

    ``language`` is that of a document, empty for the user's.
    """
    if told_verified(name):
        return name
    return translate(UNVERIFIED, language, model=name) if language else tr(UNVERIFIED, model=name)
