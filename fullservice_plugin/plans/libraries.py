# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks for the libraries of the PDF plans before anything is drawn, in words a person can act on."""

from __future__ import annotations

import importlib

from fullservice_plugin.core.errors import MissingDependencyError
from fullservice_plugin.plans import imaging

NEEDED = ("reportlab", "pypdf")


def require() -> None:
    """Raise :class:`MissingDependencyError` where a library of the PDF plans is not installed.

    The ZIP brings them along (:mod:`fullservice_plugin.vendoring`), a checkout without them may lack them. The other
    modules of this package import reportlab and pypdf at their top; callers ask here first.
    """
    for name in NEEDED:
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise MissingDependencyError(
                "PDF plans need the Python library {library}. Install it: on Debian or Ubuntu the package "
                "python3-{library}, elsewhere 'python3 -m pip install {library}' with the Python of QGIS.",
                library=name,
            ) from error
    imaging.import_reportlab()
