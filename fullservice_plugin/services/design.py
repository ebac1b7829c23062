# SPDX-License-Identifier: GPL-2.0-or-later
"""Access plans of an area: read from the store, computed, written back as one plan in one transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Callable, Mapping, Optional, Sequence

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.choice.model import METHODS, NONE, AccessOptions, AccessPlan, Component
from fullservice_plugin.core.access.choice.plan import STAGES, plan_access
from fullservice_plugin.core.access.choice.target_areas import TargetResult, read_targets
from fullservice_plugin.core.access.wired.design import NO_HAND
from fullservice_plugin.core.access.wired.hand import Hand
from fullservice_plugin.core.access.wlan.model import WlanOptions
from fullservice_plugin.core.errors import ParameterError, StoreError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import tr
from fullservice_plugin.services import plan_rows
from fullservice_plugin.services.hand_rows import hand_of, hand_row
from fullservice_plugin.services.plan_input import AreaInput, Scenario, fingerprint, read_area, read_scenario
from fullservice_plugin.services.prices import area_catalogue
from fullservice_plugin.store import area as ask
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.design import ask_consents, write_plan

# Raised when the computation changes what it makes of the same input.
ALGORITHM_VERSION = "3"
_COMPUTED = (0.1, 0.9)  # what of the progress is computing; before it is read, after it written
_STAGES = {
    "network": "Ways, boxes and costs of every building are looked at…",
    "bound": "What no plan can exceed is proven…",
    "choose": "Methods are chosen and designed…",
}
FRONTIER = 6  # plans from cheap to complete that are designed besides, for the curve of cost and benefit


@dataclass(frozen=True)
class PlanResult:
    """What was planned: the plan's id and its figures as stored.

    ``new`` is false where the plan was there already; ``asked``: talks opened with owners whose walls it needs.
    """

    plan_id: str
    code: str
    cost: float
    lower_bound: float
    benefit: float
    benefit_gap: float
    choice_gap: float
    homes_passed: int
    unserved: int
    new: bool
    asked: int = 0
    targets: tuple[TargetResult, ...] = ()


def plan_area(
    store: Store,
    area_code: str,
    *,
    budget: Optional[float],
    horizon_years: float,
    scenario: str,
    catalogue: Optional[Catalogue] = None,
    prices: str = "",
    time_limit: float = 60.0,
    phases: Sequence[float] = (),
    hand: Hand = NO_HAND,
    hand_of_plan: str = "",
    methods: Optional[Mapping[str, str]] = None,
    today: Optional[date] = None,
    take_rate: Optional[float] = None,
    allowed: Sequence[str] = (),
    solve: Callable[..., AccessPlan] = plan_access,
    progress: Progress = SILENT,
) -> PlanResult:
    """Plan the access of an estate or territory and keep it: one plan, one design version per estate.

    Estates with an approved design are locks and get no new version. The same input and scenario reports the
    plan that is there. ``catalogue``: prices and rules to plan with; without one those of the store for the area, a
    JSON file ``prices`` laid over them. ``phases``: budgets of the phases in which it is built; these and ``budget``
    are in the catalogue's currency (None: no limit). ``hand``: what a designer drew, locked, forbade or placed, in the
    metric CRS of the area, or with ``hand_of_plan`` that of a plan by its code; ``methods``: building code → method
    that is kept instead of being chosen. ``take_rate`` (0–1) stands instead of the scenario's; ``allowed``: the only
    methods that may be chosen (none named: all). ``solve`` computes, as :func:`plan_access` does.

    Raises ParameterError for an unknown area or impossible settings, InputError for an area without buildings, streets
    or supply points, StoreError for a login that may not plan, Cancelled; then nothing is written.
    """
    _check(budget, horizon_years, time_limit, take_rate, allowed)
    name = scenario.strip() or "base"
    started = time.monotonic()
    on = today or date.today()
    with store.transaction() as cur:
        if not ask.may_plan(cur):
            raise StoreError(
                "The login {login} may not write plans: that takes the role of planner. Ask the store's administrator.",
                login=store.login,
            )
        settings = read_scenario(cur, name)
        if take_rate is not None:
            settings = replace(settings, take_rate=take_rate)
        area = read_area(cur, area_code, settings, on)
        if catalogue is None:
            catalogue = area_catalogue(cur, list(area.building_ids.values()), prices)
        if hand_of_plan:
            hand = _hand_of_plan(cur, hand_of_plan, area.proj)
        key = fingerprint(
            area,
            settings,
            catalogue,
            {
                "budget": budget,
                "horizon_years": horizon_years,
                "time_limit": time_limit,
                "phases": list(phases),
                "hand": hand_row(cur, hand, area.proj),
                "methods": None if methods is None else dict(sorted(methods.items())),
                "version": ALGORITHM_VERSION,
                **({"allowed": sorted(allowed)} if allowed else {}),
            },
        )
        known = _known(cur, area_code, name, key)
    if known is not None:
        progress.say(tr("Nothing has changed since plan {code}: it stands.", code=known.code))
        return known
    progress.step(
        0.1,
        tr(
            "{buildings} buildings, {streets} streets, {supply} supply points.",
            buildings=len(area.buildings),
            streets=len(area.streets),
            supply=len(area.supply),
        ),
    )
    if methods is not None:
        area.buildings.columns["method_lock"] = _kept_methods(area, methods)
    options = replace(
        options_of(area, settings, on, budget, horizon_years, time_limit, hand),
        phases=tuple(phases),
        frontier=FRONTIER if methods is None else 0,
        methods=tuple(allowed),
    )
    plan = solve(
        area.buildings, area.streets, area.supply, area.packages, catalogue, options, progress=progress.part(*_COMPUTED)
    )
    progress.check()
    return _keep(
        store,
        area,
        settings,
        plan,
        key,
        catalogue,
        {"budget": budget, "horizon_years": horizon_years, "time_limit": time_limit, "on_date": on.isoformat(),
         **({"allowed": sorted(allowed)} if allowed else {})},
        hand,
        time.monotonic() - started,
    )


def stage_of(share: float) -> str:
    """Return in words what :func:`plan_area` is doing at a share (0–1) of its progress."""
    start, end = _COMPUTED
    if share < start:
        return tr("Buildings, streets and prices are read…")
    if share >= end:
        return tr("The plan is written…")
    inner = (share - start) / (end - start)
    for name, (_, until) in STAGES.items():
        if inner < until:
            return tr(_STAGES[name])
    return tr("Figures and reasons are put together…")


def options_of(
    area: AreaInput,
    settings: Scenario,
    on: date,
    budget: Optional[float],
    horizon_years: float,
    time_limit: float,
    hand: Hand,
) -> AccessOptions:
    """Return the settings of the choice for an area of the store."""
    return AccessOptions(
        budget=budget,
        horizon_years=horizon_years,
        take_rate=settings.take_rate,
        time_limit=time_limit,
        on_date=on.isoformat(),
        hand=hand,
        wlan=WlanOptions(area.region, calibration=area.corrections, given=hand.aps),
        targets=() if area.targets is None else tuple(read_targets(area.targets)),
    )


def _hand_of_plan(cur: Any, code: str, proj: str) -> Hand:
    cur.execute("select params -> 'hand' from fullservice.plan where code = %s and not is_deleted", (code,))
    row = cur.fetchone()
    if row is None:
        raise ParameterError("There is no plan {plan} whose hand could be kept.", plan=code)
    return hand_of(cur, row[0], proj)


def _kept_methods(area: AreaInput, methods: Mapping[str, str]) -> list[Any]:
    """Locks of the buildings: approved ones as they are, the others by the methods that are kept."""
    approved = area.buildings.column("method_lock")
    return [old or methods.get(code) for code, old in zip(area.buildings.ids, approved)]


def _check(
    budget: Optional[float], horizon_years: float, time_limit: float, take_rate: Optional[float], allowed: Sequence[str]
) -> None:
    if take_rate is not None and not 0 <= take_rate <= 1:
        raise ParameterError("The take rate must be between 0 and 1, found {value}.", value=take_rate)
    unknown = [method for method in allowed if method not in METHODS or method == NONE]
    if unknown:
        raise ParameterError("{method} is no access method. Choose one of: {known}.", method=unknown[0],
                             known=[method for method in METHODS if method != NONE])  # fmt: skip
    if budget is not None and budget < 0:
        raise ParameterError("The budget cannot be negative, found {value}.", value=budget)
    if not 0 < horizon_years <= 100:
        raise ParameterError("HORIZON_YEARS must lie between 0 and 100, found {value}.", value=horizon_years)
    if time_limit <= 0:
        raise ParameterError("The time limit must be positive, found {value}.", value=time_limit)


def _keep(
    store: Store,
    area: AreaInput,
    scenario: Scenario,
    plan: AccessPlan,
    key: str,
    catalogue: Catalogue,
    options: dict[str, Any],
    hand: Hand,
    seconds: float,
) -> PlanResult:
    """Write the plan in one transaction; somebody else's plan of the same input, written meanwhile, stands."""
    decisions = plan_rows.decision_rows(area, plan)
    elements, shapes = plan_rows.element_rows(area, plan)
    unserved = sum(1 for row in decisions if row["method"] == "none")
    with store.transaction(bulk=True) as cur:
        known = _known(cur, area.code, scenario.name, key)
        if known is not None:
            return known
        for row, shape in zip(elements, ask.to_wgs84(cur, shapes, area.proj)):
            row["geom"] = shape
        wlan = plan.components.get("wlan", Component(0.0, 0.0))
        code = _next_code(cur, area.code, scenario.name)
        figures = {
            "code": code,
            "area_code": area.code,
            "scenario": scenario.name,
            "budget": options["budget"],
            "horizon_years": options["horizon_years"],
            "currency": catalogue.currency,
            "cost": round(plan.cost, 2),
            "lower_bound": round(plan.lower_bound, 2),
            # Leased lines are fibre with their own terminals: they stand in the wired bill of materials.
            "wired_cost": round(plan.wired_cost + plan.leased_cost, 2),
            "wired_lower_bound": round(plan.lower_bound - wlan.lower_bound, 2),
            "trench_cost": round(plan.wired.trench_cost, 2),
            "trench_lower_bound": round(plan.wired.trench_lower_bound, 2),
            "wlan_cost": round(plan.wlan_cost, 2),
            "benefit": round(plan.benefit, 2),
            "benefit_upper_bound": round(plan.benefit_upper_bound, 2),
            "benefit_gap": plan.benefit_gap,
            "homes_passed": plan_rows.homes_passed(area, plan),
            "unserved": unserved,
            "components": {
                name: {"cost": part.cost, "lower_bound": part.lower_bound} for name, part in plan.components.items()
            },
            "params": {
                **options,
                "take_rate": scenario.take_rate,
                "probabilities": dict(scenario.probabilities),
                "proj": area.proj,
                "choice_gap": plan.choice_gap,
                "targets": plan_rows.target_rows(plan),
                "without_targets": plan.without_targets,
                "wlan": {"region": area.region, "corrections": sorted(area.corrections)},
                "buildings": len(area.buildings),
                "streets": len(area.streets),
                "supply": area.supply.ids,
                "locked_estates": sorted(area.locked_estates),
                "known": plan_rows.known_rows(area),
                "crossings": plan_rows.crossing_rows(area, plan),
                "frontier": plan_rows.frontier_rows(plan),
                "phases": plan_rows.phase_rows(plan),
                "cabinets": plan_rows.cabinet_rows(plan),
                "hand": hand_row(cur, hand, area.proj),
            },
            "input_hash": key,
            "algorithm_version": ALGORITHM_VERSION,
            "seconds": round(seconds, 3),
        }
        written = write_plan(
            cur, figures, plan_rows.design_rows(area, plan), decisions, elements, plan_rows.bom_rows(plan)
        )
        action = tr("Ask for consent: a route runs along the wall (plan {code})", code=code)
        asked = ask_consents(cur, written.plan_id, action)
    return PlanResult(
        written.plan_id,
        code,
        figures["cost"],
        figures["lower_bound"],
        figures["benefit"],
        figures["benefit_gap"],
        plan.choice_gap,
        figures["homes_passed"],
        unserved,
        True,
        asked,
        tuple(plan.targets),
    )


def _known(cur: Any, area_code: str, scenario: str, key: str) -> Optional[PlanResult]:
    cur.execute(
        "select id::text, code, cost, lower_bound, benefit, benefit_gap, "
        "coalesce((params->>'choice_gap')::float, 0), homes_passed, unserved, "
        "input_hash from fullservice.plan where area_code = %s and scenario = %s and not is_deleted "
        "order by fid desc limit 1",
        (area_code, scenario),
    )
    row = cur.fetchone()
    if row is None or row[-1] != key:  # an older plan of this input is history: its designs are not the newest
        return None
    cost, bound, benefit, gap, choice = (float(value) for value in row[2:7])
    return PlanResult(row[0], row[1], cost, bound, benefit, gap, choice, row[7], row[8], False)


def _next_code(cur: Any, area_code: str, scenario: str) -> str:
    """Return the next free plan code ``area-scenario-number``; writers of plans queue here."""
    cur.execute("lock table fullservice.plan in share row exclusive mode")
    cur.execute(
        "select count(*) + 1 from fullservice.plan where area_code = %s and scenario = %s", (area_code, scenario)
    )
    return f"{area_code}-{scenario}-{int(cur.fetchone()[0])}"
