# SPDX-License-Identifier: GPL-2.0-or-later
"""Colours of the plans: one restrained set for pages, charts and maps, distinguishable for colour-blind readers.

Method colours are from Okabe & Ito, "Color Universal Design" (2008); stages step through one blue ramp.
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
WHITE = "#FFFFFF"

METHODS = {
    "ftth": "#0072B2",
    "fttb": "#56B4E9",
    "wlan": "#E69F00",
    "hybrid": "#CC79A7",
    "leased": "#009E73",
    "none": "#B8BFC4",
}

STAGES = {
    "not_started": "#E3E8EC",
    "party_identified": "#CFDDE8",
    "contacted": "#B3CDE0",
    "surveyed": "#94BAD6",
    "proposal_sent": "#73A5CA",
    "negotiating": "#528FBC",
    "terms_agreed": "#3578A9",
    "in_approval": "#1F6292",
    "signed": "#0F7F6B",
    "entry_permitted": "#0A6A59",
    "in_force": "#065446",
    "renewing": "#4C9F70",
    "refused": "#C44E1D",
    "blocked": "#E08A3C",
    "escalated_external": "#A8641A",
    "terminated": "#8C6D62",
    "expired": "#9B8579",
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
DROP = "#8A8F94"
