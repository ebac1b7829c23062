# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes into the choice of the access methods and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

from fullservice_plugin.core.access.choice.target_areas import TargetArea, TargetResult
from fullservice_plugin.core.access.wired.hand import Hand
from fullservice_plugin.core.access.wired.records import BomLine, Component, WiredDesign, WiredOptions
from fullservice_plugin.core.access.wlan.model import BomRow, WlanDesign, WlanOptions

FTTH, FTTB, WLAN, HYBRID, LEASED, NONE = "ftth", "fttb", "wlan", "hybrid", "leased", "none"
METHODS = (FTTH, FTTB, WLAN, HYBRID, LEASED, NONE)
"""ftth fibre to the home, fttb fibre to the building + LAN, hybrid = fttb + wlan, leased = 专线."""


@dataclass(frozen=True)
class AccessOptions:
    """Settings of the choice.

    ``budget`` is the largest total cost (``None``: no limit). ``horizon_years`` is the period of the
    revenue. ``take_rate`` (0–1) holds where a building has none of its own. ``time_limit`` (seconds) is for
    the whole run. ``on_date`` (ISO) decides which packages and exclusivities are valid; empty: today. ``hand``:
    what a person has drawn, locked, forbidden or placed of the wired network. ``phases``: budgets of the phases in
    which the plan is built; what they do not pay for comes in one phase more. ``frontier``: so many plans from cheap
    to complete are designed besides, for the curve of cost and benefit. ``targets``: grids of whose households a least
    share is to be served. ``methods``: the only ones that may be chosen (empty: all); locked buildings keep theirs.
    """

    wired: Optional[WiredOptions] = None
    wlan: WlanOptions = field(default_factory=WlanOptions)
    budget: Optional[float] = None
    horizon_years: float = 5.0
    take_rate: float = 0.4
    time_limit: float = 60.0
    on_date: str = ""
    hand: Hand = field(default_factory=Hand)
    phases: tuple[float, ...] = ()
    frontier: int = 0
    targets: tuple[TargetArea, ...] = ()
    methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The method of one building and why.

    ``cost`` is the building's share of the plan's cost (all shares add up to it exactly) and ``revenue``
    its expected present value over the horizon. ``runner_up`` is the second-best method (empty when no
    other is possible) and ``cost_delta`` what it would cost more (negative: less) than the chosen one.
    ``constraint`` is a code of ``reasons.CONSTRAINTS`` (empty when nothing limits). ``reason`` is an
    English template, ``values`` fill it: ``translate(reason, language, **values)``. ``permission_value``: what the
    plan's benefit loses at most where this owner refuses: revenue less own cost and the ways only this building needs.
    """

    building_id: str
    method: str
    runner_up: str
    cost: float
    revenue: float
    cost_delta: float
    constraint: str
    reason: str
    values: dict[str, object] = field(default_factory=dict)
    locked: bool = False
    permission_value: float = 0.0


@dataclass(frozen=True)
class FrontierPoint:
    """A plan that was designed: cost, benefit, homes, and what no plan of at most this cost can exceed."""

    cost: float
    benefit: float
    upper_bound: float
    homes: int


@dataclass(frozen=True)
class AccessPhase:
    """One phase: its budget (None: the rest), what it costs and brings, and its bill by domain (wired, wlan)."""

    number: int
    budget: Optional[float]
    cost: float
    revenue: float
    homes: int
    trench_m: float
    buildings: list[str]
    bom: list[tuple[str, BomLine]] = field(default_factory=list)


@dataclass(frozen=True)
class AccessPlan:
    """The plan of an area: one method per building, the designs that carry it out, and the proof.

    ``cost = wired.wired_cost + wlan.cost + leased_cost`` exactly, and is the sum of the costs in
    ``components``; ``lower_bound`` is the sum of their lower bounds and bounds the cost of any design that
    gives every building the chosen method. ``benefit`` = revenue of the decisions − cost;
    ``benefit_upper_bound`` bounds the benefit of every plan within the budget (argument in ``plan.py``);
    ``benefit_gap`` = (upper bound − benefit) / upper bound, 0 for an empty plan without possibilities.
    ``choice_gap`` (0–1): by how much another choice of buildings and methods could at most be better at the prices
    this one was made by (estimates of boxes, cabinets and cables set right by real designs; trenches shared).
    ``wired.bom`` holds the in-building equipment of fttb and hybrid as well; ``leased_bom`` the terminals
    of leased lines, whose fibre is part of ``wired``. ``frontier``: the plans designed on the way, by cost, each
    better than all cheaper ones, with the bound at that cost. ``phase_of``: route, node or building id → phase.
    ``cabinets``: FDT id → its bill by domain ("": ways that several share). ``targets``: what became of each;
    ``without_targets``: the benefit of the plan that heeds none, where they changed it.
    """

    decisions: list[Decision]
    wired: WiredDesign
    wlan: WlanDesign
    leased_bom: list[BomRow]
    cost: float
    lower_bound: float
    wired_cost: float
    wlan_cost: float
    leased_cost: float
    revenue: float
    benefit: float
    benefit_upper_bound: float
    benefit_gap: float
    components: dict[str, Component] = field(default_factory=dict)
    budget: Optional[float] = None
    seconds: float = 0.0
    frontier: list[FrontierPoint] = field(default_factory=list)
    phases: list[AccessPhase] = field(default_factory=list)
    phase_of: dict[str, int] = field(default_factory=dict)
    cabinets: dict[str, list[tuple[str, BomLine]]] = field(default_factory=dict)
    choice_gap: float = 0.0
    targets: list[TargetResult] = field(default_factory=list)
    without_targets: Optional[float] = None

    def methods(self) -> dict[str, str]:
        """Return the method of every building by id."""
        return {decision.building_id: decision.method for decision in self.decisions}
