# SPDX-License-Identifier: GPL-2.0-or-later
"""How many homes and expected users each building brings, and whether it is to be served at all."""
from __future__ import annotations

import math
from dataclasses import dataclass, field

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable

MOST_USERS = 100_000  # households or businesses of one building: more is a slip of the pen
MOST_STOREYS = 1_000

_STATES = ("", "open", "refused", "spare")
_WIRED = ("", "ftth", "fttb", "hybrid", "leased")
_METHODS = (*_WIRED, "wlan", "none")


@dataclass
class Demand:
    """Per building row: ``homes`` passed, expected ``users`` (≥ 1 where served), ``storeys``.

    ``targets`` rows to be served, ``spare`` rows for which fibre is only kept, ``unknown`` rows whose households
    are not known (one home assumed), ``left_out`` reason of every other row.
    """

    homes: list[int]
    users: list[int]
    storeys: list[int]
    targets: list[int] = field(default_factory=list)
    spare: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)


def read_demand(buildings: FeatureTable, take_rate: float) -> Demand:
    """Read households, businesses, storeys, take_rate, access_state and method_lock of the buildings.

    Raises :class:`InputError` that names the feature where a number is negative or text, a share is above 1, or a
    value is not in its list.
    """
    households = buildings.numbers("households", None, least=0.0, most=MOST_USERS)
    businesses = buildings.numbers("businesses", 0.0, least=0.0, most=MOST_USERS)
    storeys = buildings.numbers("storeys", 1.0, least=0.0, most=MOST_STOREYS)
    take = buildings.numbers("take_rate", None, least=0.0)
    states, locks = buildings.column("access_state"), buildings.column("method_lock")
    demand = Demand([], [], [])
    for i, key in enumerate(buildings.ids):
        share = take[i] if take[i] is not None else take_rate
        if share is None or share > 1:
            raise InputError("{layer}: field {field} of feature {feature} must be between 0 and 1, found {value}.",
                             layer=buildings.name or "Buildings", field="take_rate", feature=key, value=share)
        state = _choice(buildings, key, "access_state", states[i], _STATES)
        lock = _choice(buildings, key, "method_lock", locks[i], _METHODS)
        known, firms = households[i], math.ceil(businesses[i] or 0)
        homes = 1 if known is None and not firms else math.ceil(known or 0)
        units = homes + firms
        demand.homes.append(homes)
        demand.users.append(max(1, math.ceil(share * units - 1e-9)) if units else 0)
        demand.storeys.append(max(1, math.ceil(storeys[i] or 1)))
        if state == "refused":
            demand.left_out[i] = "access refused"
        elif lock not in _WIRED:
            demand.left_out[i] = "locked to another method"
        elif units == 0:
            demand.left_out[i] = "no homes and no businesses"
        elif state == "spare":
            demand.spare.append(i)
            demand.left_out[i] = "fibre kept in reserve only"
        else:
            demand.targets.append(i)
            if known is None and not firms:
                demand.unknown.append(i)
    return demand


def _choice(table: FeatureTable, key: str, name: str, value: object, known: tuple[str, ...]) -> str:
    text = str(value or "").strip().lower()
    if text not in known:
        raise InputError("{layer}: field {field} of feature {feature} must be one of {known}, found {value}.",
                         layer=table.name or "Buildings", field=name, feature=key,
                         known=[k for k in known if k], value=repr(value))
    return text
