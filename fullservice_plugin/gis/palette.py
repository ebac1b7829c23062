# SPDX-License-Identifier: GPL-2.0-or-later
"""Colours of the battle map; every set stays apart for people who see red and green alike.

Stages use ColorBrewer's YlGnBu (ordered, colour-blind safe); side states and methods the Okabe–Ito set.
"""

from __future__ import annotations

#: Stages that share a colour, in the order of the chain: colour and codes.
STAGE_CLASSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("#ffeb99", ("not_started",)),
    ("#d4edb3", ("party_identified", "contacted")),
    ("#a3dbb7", ("surveyed",)),
    ("#62c3bd", ("proposal_sent",)),
    ("#36a5c2", ("negotiating",)),
    ("#2079b4", ("terms_agreed", "in_approval")),
    ("#24479d", ("signed", "entry_permitted")),
    ("#152a6b", ("in_force", "renewing")),
    ("#d55e00", ("refused", "blocked")),
    ("#c51b8a", ("escalated_external",)),
    ("#6b6b6b", ("terminated", "expired", "closed")),
)

#: Access methods.
METHODS: dict[str, str] = {
    "ftth": "#0072b2",
    "fttb": "#56b4e9",
    "wlan": "#e69f00",
    "hybrid": "#009e73",
    "leased": "#cc79a7",
    "none": "#b8bfc4",
}

#: Outline by coverage level: colour and width in millimetres.
COVERAGE: dict[str, tuple[str, float]] = {
    "0": ("#7a7a7a", 0.15),
    "1": ("#e69f00", 0.4),
    "2": ("#d55e00", 0.55),
    "3": ("#009e73", 0.7),
    "4": ("#0072b2", 0.9),
}

#: Lead states of buildings that are still being discovered, and the colour of the rest.
LEADS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("#f0e442", ("candidate",)),
    ("#c9b98f", ("located",)),
    ("#9fb8a5", ("verified",)),
    ("#62a0ca", ("qualified", "in_progress")),
    ("#1f5f99", ("won",)),
    ("#b0643c", ("lost", "parked")),
    ("#7d7d7d", ("duplicate", "not_a_building", "demolished")),
)

#: Rivals in a building: how many are present.
RIVALS: tuple[tuple[str, float, float], ...] = (
    ("#fdd0a2", 0.5, 1.5),
    ("#f16913", 1.5, 2.5),
    ("#a63603", 2.5, 999.0),
)

#: Shares of areas, from nothing to all: ColorBrewer's YlGnBu as for stages, and the bounds between those above zero.
SHARES = ("#ffeda0", "#c7e9b4", "#7fcdbb", "#41b6c4", "#2c7fb8", "#253494")
SHARE_BOUNDS = (0.2, 0.4, 0.6, 0.8)

#: Edge of a talk out of time, and of one's own areas (Okabe–Ito).
LATE, OWN = "#d55e00", "#cc79a7"

INK = "#22313f"
HATCH = "#7a8793"
HALO = "#ffffff"
WATER = "#bfd9ea"
GREEN = "#d7e8c9"
STREET = "#ffffff"
STREET_EDGE = "#c3c6c9"
LAND = "#f3f1ec"
#: What is selected shines through: what lies on a selected estate is what one looks at.
SELECTED, SELECTED_ALPHA = "#ffd400", 90

#: What is being drawn by hand, and the two sides of a doubtful pair (Okabe–Ito).
DRAWN = "#d55e00"
PAIR_SOURCE, PAIR_STORE = "#d55e00", "#0072b2"

#: Opportunity score (currency): colour of ColorBrewer's YlGnBu, from, below, English words.
OPPORTUNITY: tuple[tuple[str, int, int | None, str], ...] = (
    ("#ffffcc", 0, 100_000, "Up to 100,000"),
    ("#a1dab4", 100_000, 300_000, "100,000 to 300,000"),
    ("#41b6c4", 300_000, 1_000_000, "300,000 to 1 million"),
    ("#225ea8", 1_000_000, None, "1 million or more"),
)

#: Ground of what is unknown, under the hatch.
UNKNOWN = "#e9ebee"
#: Bar of a confidence that holds.
TRUST = "#0072b2"

#: Operators in the order of their entry, ours first (Okabe–Ito); those beyond share one grey.
OPERATORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442")
OTHER_OPERATORS = "#4d4d4d"

#: Threat 0–100 by grid: colour of ColorBrewer's YlOrBr, from, below.
THREAT: tuple[tuple[str, int, int | None], ...] = (
    ("#ffffd4", 0, 20), ("#fed98e", 20, 40), ("#fe9929", 40, 60), ("#d95f0e", 60, 80), ("#8c2d04", 80, None),
)
#: Outline of what is known but stale, and of what sources contradict.
STALE, DISPUTED = "#6b4c9a", "#cc79a7"

#: Ground of an alert that is to be read.
ALERT_GROUND = "#fff4e5"


def operator_colour(number: int) -> str:
    """Colour of the operator with this number in the order of entry, ours 0."""
    return OPERATORS[number] if 0 <= number < len(OPERATORS) else OTHER_OPERATORS
