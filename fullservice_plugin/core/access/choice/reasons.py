# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a building got its method: codes and one sentence each, English templates that the edge translates."""

from __future__ import annotations

REFUSED, SPARE, EXCLUSIVE = "refused", "spare", "exclusive"
NO_DEMAND, NO_ROUTE, UNPROFITABLE, BUDGET = "no_demand", "no_route", "unprofitable", "budget"
LOCKED, NO_RISER, NO_POWER, OPEN = "locked", "no_riser", "no_power", ""

CONSTRAINTS = (REFUSED, SPARE, EXCLUSIVE, NO_DEMAND, NO_ROUTE, UNPROFITABLE, BUDGET, LOCKED, NO_RISER, NO_POWER, OPEN)
"""Codes of what limits a building's method; empty: nothing."""

SENTENCES: dict[str, str] = {
    REFUSED: "Not connected: the owner refuses access.",
    SPARE: "Not connected yet: fibre is only kept in reserve.",
    EXCLUSIVE: "Not connected: a rival holds an exclusive right until {until}.",
    NO_DEMAND: "Not connected: no homes and no businesses are known here.",
    NO_ROUTE: "Not connected: {why}.",
    UNPROFITABLE: "Not connected: {method} would bring {revenue} and cost {cost}, of which {own} in the building.",
    BUDGET: "Not connected: {method} would bring {revenue} for {cost}, but the budget is used better elsewhere.",
    LOCKED: "Not connected, as locked.",
}
"""What is said of a building without connection."""

CHOSEN: dict[tuple[str, bool], str] = {
    (OPEN, True): "{method} brings {revenue} for {cost}; next best is {runner_up}, which brings {other} at a cost "
                  "difference of {delta}.",
    (OPEN, False): "{method} brings {revenue} for {cost}; no other method pays here.",
    (LOCKED, True): "{method} as locked: it brings {revenue} for {cost}; {runner_up} would bring {other} at a cost "
                    "difference of {delta}.",
    (LOCKED, False): "{method} as locked: it brings {revenue} for {cost}.",
    (NO_RISER, True): "{method}, since the agreement gives no riser: it brings {revenue} for {cost}; next best is "
                      "{runner_up}, which brings {other} at a cost difference of {delta}.",
    (NO_RISER, False): "{method}, since the agreement gives no riser: it brings {revenue} for {cost}.",
    (NO_POWER, True): "{method}, since the agreement gives no power: it brings {revenue} for {cost}; next best is "
                      "{runner_up}, which brings {other} at a cost difference of {delta}.",
    (NO_POWER, False): "{method}, since the agreement gives no power: it brings {revenue} for {cost}.",
}
"""What is said of a connected building, by (limit, whether another method would pay too)."""

RADIO = "{sentence}; signal by model {model} with {margin} dB margin."
"""How a sentence goes on where access points serve the building."""

UNVERIFIED = "{model} [unverified: not compared with its source]"
"""The name of a propagation model whose coefficients nobody compared with their source."""

METHOD_NAMES: dict[str, str] = {
    "ftth": "Fibre to the home", "fttb": "Fibre to the building", "wlan": "WLAN",
    "hybrid": "Fibre to the building with WLAN", "leased": "Leased line", "none": "No connection",
}
