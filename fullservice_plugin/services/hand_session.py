# SPDX-License-Identifier: GPL-2.0-or-later
"""A plan under the designer's hand: every change re-designs the network around it, undo is one step, saving is a plan.

The methods of the buildings stay as the plan decided them. A session works in memory; nothing is stored before it is
saved, and then as a new plan of the same scenario.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Callable, Optional

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.choice.model import NONE, AccessOptions, AccessPlan
from fullservice_plugin.core.access.choice.own_cost import OwnCosts
from fullservice_plugin.core.access.choice.plan import plan_access
from fullservice_plugin.core.access.choice.realise import Realiser
from fullservice_plugin.core.access.choice.revenue import RevenueModel
from fullservice_plugin.core.access.choice.sites import read_sites
from fullservice_plugin.core.access.wired.design import build_graph, design_wired
from fullservice_plugin.core.access.wired.graph import StreetGraph
from fullservice_plugin.core.access.wired.hand import Hand
from fullservice_plugin.core.access.wired.records import WiredDesign, WiredOptions
from fullservice_plugin.core.access.wlan.model import WlanDesign, WlanOptions
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.shapes import Nearest
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.services.design import PlanResult, plan_area
from fullservice_plugin.services.hand_rows import hand_of
from fullservice_plugin.services.hand_wlan import HandWlan, WlanStep, read_wlan
from fullservice_plugin.services.plan_input import AreaInput, read_area, read_scenario
from fullservice_plugin.services.plans import require_plan
from fullservice_plugin.services.prices import area_catalogue
from fullservice_plugin.store import plans as queries
from fullservice_plugin.store.connection import Store

_SECONDS = 2.0  # for the tree of one change; most need a tenth


@dataclass(frozen=True)
class Step:
    """A design under the hand: what it costs, and what the hand costs (against the same design without it)."""

    hand: Hand
    design: WiredDesign
    free_cost: float
    seconds: float
    wlan: WlanStep = WlanStep()

    @property
    def cost(self) -> float:
        """Cost of the wired network."""
        return self.design.wired_cost

    @property
    def hand_cost(self) -> float:
        """What all that was drawn, locked, forbidden and placed costs together."""
        return self.design.wired_cost - self.free_cost + self.wlan.hand_cost


@dataclass
class HandSession:
    """One plan being worked on; ``apply`` may run in a background task, one at a time."""

    plan: dict[str, Any]
    area: AreaInput
    methods: dict[str, str]
    buildings: FeatureTable
    catalogue: Catalogue
    steps: list[Step] = field(default_factory=list)
    undone: list[Step] = field(default_factory=list)
    _graphs: dict[Any, StreetGraph] = field(default_factory=dict)
    wlan: Optional[HandWlan] = None
    streets: Nearest = field(default_factory=lambda: Nearest(()))
    houses: Nearest = field(default_factory=lambda: Nearest(()))
    _free: Optional[float] = None
    _wired: Optional[tuple[Hand, WiredDesign]] = None

    @property
    def step(self) -> Step:
        """What is shown."""
        return self.steps[-1]

    @property
    def proj(self) -> str:
        """CRS of all geometry, metres, as PROJ text."""
        return self.area.proj

    def apply(self, hand: Hand, progress: Progress = SILENT) -> Step:
        """Design again around a changed hand; what was undone is forgotten."""
        started = time.perf_counter()
        if self._free is None:
            self._free = self._design(Hand(), progress).wired_cost
        wired = replace(hand, aps=())
        if self._wired is None or self._wired[0] != wired:  # an access point moves no cable in the street
            self._wired = wired, self._design(hand, progress)
        design = self._wired[1]
        wlan = WlanStep() if self.wlan is None else self.wlan.design(hand.aps, progress)
        made = Step(hand, design, self._free, time.perf_counter() - started, wlan)
        self.steps.append(made)
        self.undone.clear()
        return made

    def undo(self) -> bool:
        """Go back one step; False where there is none."""
        if len(self.steps) < 2:
            return False
        self.undone.append(self.steps.pop())
        return True

    def redo(self) -> bool:
        """Take the last undo back."""
        if not self.undone:
            return False
        self.steps.append(self.undone.pop())
        return True

    def _design(self, hand: Hand, progress: Progress) -> WiredDesign:
        key = (tuple(way.line.wkb for way in hand.drawn), tuple(way.construction for way in hand.drawn),
               tuple(line.wkb for line in hand.forbidden))  # fmt: skip
        if key not in self._graphs:
            if len(self._graphs) > 8:
                self._graphs.pop(next(iter(self._graphs)))
            # of the area as the plan saw it: walls of houses that are only left out carry cables, those of owners who
            # refuse do not
            self._graphs[key] = build_graph(
                self.area.buildings, self.area.streets, self.area.supply, self.catalogue, hand)
        return design_wired(
            self.buildings, self.area.streets, self.area.supply, self.catalogue, WiredOptions(seconds=_SECONDS),
            progress, self._graphs[key], hand,
        )  # fmt: skip


def open_session(store: Store, plan_key: str, progress: Progress = SILENT) -> HandSession:
    """Read a plan (code or uuid) and design its network as it stands, with the hand it was saved with.

    Raises InputError where the plan is not there for this login or serves nothing.
    """
    plan = require_plan(store, plan_key)
    params = plan["params"] or {}
    methods = {str(row["code"]): str(row["method"]) for row in queries.decisions(store, str(plan["id"]))}
    on = date.fromisoformat(params["on_date"]) if params.get("on_date") else date.today()
    with store.transaction() as cur:
        scenario = read_scenario(cur, str(plan["scenario"] or "base"))
        if params.get("take_rate") is not None:  # the plan may have been made with another one than the scenario's
            scenario = replace(scenario, take_rate=float(params["take_rate"]))
        area = read_area(cur, str(plan["area_code"]), scenario, on)
        catalogue = area_catalogue(cur, list(area.building_ids.values()))
        hand = hand_of(cur, params.get("hand"), area.proj)
    progress.step(0.4)
    wanted = {code: method for code, method in methods.items() if method != NONE and code in area.building_ids}
    if not wanted:
        raise InputError("Plan {plan} serves no building: there is no network to work on.", plan=plan["code"])
    table = _with_demand(area, wanted, catalogue, scenario.take_rate, on)
    session = HandSession(plan, area, methods, table, catalogue, streets=Nearest(area.streets.geometry),
                          houses=Nearest(table.geometry))  # fmt: skip
    session.wlan = read_wlan(store, str(plan["id"]), area.buildings, wanted, catalogue, area.proj,
                             WlanOptions(area.region, calibration=area.corrections))
    session.apply(hand, progress.part(0.4, 1.0))
    return session


def _with_demand(
    area: AreaInput, methods: dict[str, str], catalogue: Catalogue, take_rate: float, on: date
) -> FeatureTable:
    """The buildings as the wired design sees them: the fibre demand of their methods, the others closed."""
    options = AccessOptions(take_rate=take_rate, on_date=on.isoformat())
    costs = OwnCosts(catalogue)
    buildings = FeatureTable(
        area.buildings.ids, area.buildings.geometry,
        {**area.buildings.columns, "method_lock": [methods.get(code) for code in area.buildings.ids]}, [],
        area.buildings.name,
    )  # fmt: skip
    sites = read_sites(buildings, area.packages, RevenueModel(catalogue, options.horizon_years), costs, options)
    realiser = Realiser(buildings, area.streets, area.supply, catalogue, options, sites, costs, WlanDesign(), None)
    return realiser.wired_table({site.row: methods[site.building] for site in sites if site.building in methods})


def save_session(
    store: Store, session: HandSession, progress: Progress = SILENT, solve: Callable[..., AccessPlan] = plan_access
) -> PlanResult:
    """Keep what the hand made as a new plan: the same area, scenario and methods, one new design version per estate.

    ``solve`` computes, as :func:`plan_access` does.
    """
    params = session.plan["params"] or {}
    budget = session.plan["budget"]
    return plan_area(
        store, str(session.plan["area_code"]), budget=None if budget is None else float(budget),
        horizon_years=float(session.plan["horizon_years"] or 5.0), scenario=str(session.plan["scenario"] or "base"),
        catalogue=session.catalogue, time_limit=float(params.get("time_limit") or 60.0),
        phases=[p["budget"] for p in params.get("phases", ()) if p["budget"] is not None],
        today=date.fromisoformat(params["on_date"]) if params.get("on_date") else None,
        hand=session.step.hand, methods=session.methods, take_rate=params.get("take_rate"), solve=solve,
        progress=progress,
    )  # fmt: skip


def without(hand: Hand, kind: str, number: int) -> Hand:
    """The hand without one of its items (``kind`` as the field is called; for homes the number in sorted order)."""
    if kind == "homes":
        keys = sorted(hand.homes)
        return replace(hand, homes={key: point for key, point in hand.homes.items() if key != keys[number]})
    items = list(getattr(hand, kind))
    del items[number]
    return replace(hand, **{kind: tuple(items)})
