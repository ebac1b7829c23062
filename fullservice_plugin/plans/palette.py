# SPDX-License-Identifier: GPL-2.0-or-later
"""Colours of the plans: one restrained set for pages, charts and maps, distinguishable for colour-blind readers.

Methods and side states use the Okabe–Ito set ("Color Universal Design", 2008), stages ColorBrewer's YlGnBu: the same
as the layers in QGIS.

A colour of the first block is a role: an operator's template may print another for it (:mod:`print_template`).
"""

from __future__ import annotations

INK = "#1B2A36"
MUTED = "#5C6B77"
ACCENT = "#0B4F7A"
LINE = "#C9D2D9"
TINT = "#EEF3F6"
BAND = "#F7F9FA"
WARN = "#B3430B"
GOOD = "#1C7A4A"
HEADER = "#0B4F7B"  # ground of table heads and of the cover's band
ON_HEADER = "#FFFFFE"  # text on it
FAINT_ON_HEADER = "#BFD6E4"
WARN_ON_HEADER = "#FFD9B8"
WHITE = "#FFFFFF"

METHODS = {
    "ftth": "#0072B2",
    "fttb": "#56B4E9",
    "wlan": "#E69F00",
    "hybrid": "#009E73",
    "leased": "#CC79A7",
    "none": "#B8BFC4",
}

STAGES = {
    "not_started": "#FFEB99",
    "party_identified": "#D4EDB3",
    "contacted": "#BBE4B5",
    "surveyed": "#A3DBB7",
    "proposal_sent": "#62C3BD",
    "negotiating": "#36A5C2",
    "terms_agreed": "#2079B4",
    "in_approval": "#22609F",
    "signed": "#24479D",
    "entry_permitted": "#1D3984",
    "in_force": "#152A6B",
    "renewing": "#4C4A8F",
    "refused": "#D55E00",
    "blocked": "#E58A3C",
    "escalated_external": "#C51B8A",
    "terminated": "#6B6B6B",
    "expired": "#8A8A8A",
    "closed": "#A7ADB2",
}

OPERATORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6B5B95", "#8C6D31")

WATER = "#CFE3EF"
GREEN = "#E1ECDA"
BUILDING = "#E6E3DE"
BUILDING_EDGE = "#A9A49B"
STREET = "#FFFFFF"
STREET_EDGE = "#CDCDC9"
PAPER = "#F6F5F1"
FEEDER = "#7A1F5C"
DISTRIBUTION = "#D1495B"
DROP = "#3D4750"
