# SPDX-License-Identifier: GPL-2.0-or-later
"""What a refusal costs: the plan chosen again with buildings refused, beside the plan as it is. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Sequence

from fullservice_plugin.core.access.choice.model import NONE, AccessPlan
from fullservice_plugin.core.access.choice.plan import plan_access
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.services.design import ALGORITHM_VERSION, options_of
from fullservice_plugin.services.hand_rows import hand_of, hand_row
from fullservice_plugin.services.plan_input import AreaInput, fingerprint, read_area, read_scenario
from fullservice_plugin.services.plans import require_plan
from fullservice_plugin.services.prices import area_catalogue
from fullservice_plugin.store import plans as queries
from fullservice_plugin.store.connection import Store


@dataclass(frozen=True)
class Changed:
    """A building whose method differs without the permission; ``refused``: it is one of those asked about."""

    building: str
    before: str
    after: str
    refused: bool


@dataclass(frozen=True)
class RefusalCost:
    """What the plan loses: benefit (money of the plan), homes; what it costs less; the value told beforehand.

    ``gap``: proven gap of the new choice at its own prices (0–1). ``fresh``: the plan had to be made again as a
    measure, since the store has changed since it was stored.
    """

    plan: str
    lost_benefit: float
    lost_homes: int
    cost_change: float
    told: float
    gap: float
    fresh: bool
    changed: tuple[Changed, ...]


def refusal_cost(
    store: Store, plan_key: str, buildings: Sequence[str] = (), estate: str = "", *, progress: Progress = SILENT
) -> RefusalCost:
    """Choose the plan (code or uuid) again with the given buildings (codes), or a whole estate (code), refused.

    Raises InputError for an unknown plan and ParameterError where nothing of the plan is named.
    """
    row = require_plan(store, plan_key)
    params = row["params"] or {}
    on = date.fromisoformat(params["on_date"]) if params.get("on_date") else date.today()
    decisions = queries.decisions(store, str(row["id"]))
    refused = _refused(decisions, buildings, estate)
    with store.transaction() as cur:
        scenario = read_scenario(cur, str(row["scenario"] or "base"))
        area = read_area(cur, str(row["area_code"]), scenario, on)
        catalogue = area_catalogue(cur, list(area.building_ids.values()))
        hand = hand_of(cur, params.get("hand"), area.proj)
        budget = None if row["budget"] is None else float(row["budget"])
        horizon, limit = float(row["horizon_years"] or 5.0), float(params.get("time_limit") or 60.0)
        key = fingerprint(area, scenario, catalogue, {
            "budget": budget, "horizon_years": horizon, "time_limit": limit,
            "phases": [p["budget"] for p in params.get("phases", ()) if p["budget"] is not None],
            "hand": hand_row(cur, hand, area.proj), "methods": None, "version": ALGORITHM_VERSION})  # fmt: skip
    options = options_of(area, scenario, on, budget, horizon, limit, hand)

    def chosen(table: Any, part: Progress) -> AccessPlan:
        return plan_access(table, area.streets, area.supply, area.packages, catalogue, options, part)

    fresh = key != row["input_hash"]
    if fresh:
        measure = chosen(area.buildings, progress.part(0.1, 0.5))
        before, benefit, cost = measure.methods(), measure.benefit, measure.cost
    else:
        before = {str(one["code"]): str(one["method"]) for one in decisions}
        benefit, cost = float(row["benefit"] or 0.0), float(row["cost"] or 0.0)
    again = chosen(_with_refusals(area, refused), progress.part(0.5, 1.0))
    homes = dict(zip(area.buildings.ids, area.buildings.numbers("households", 0.0)))
    after = again.methods()
    told = sum(float(one["permission_value"] or 0.0) for one in decisions if str(one["code"]) in refused)
    return RefusalCost(
        str(row["code"]), benefit - again.benefit, round(_served(before, homes) - _served(after, homes)),
        again.cost - cost, told, again.choice_gap, fresh,
        tuple(Changed(code, before.get(code, NONE), method, code in refused) for code, method in sorted(after.items())
              if before.get(code, NONE) != method),
    )  # fmt: skip


def _refused(decisions: Sequence[dict[str, Any]], buildings: Sequence[str], estate: str) -> set[str]:
    known = {str(one["code"]) for one in decisions}
    unknown = sorted(set(buildings) - known)
    if unknown:
        raise ParameterError("The plan decides nothing about building {building}. Name buildings of the plan.",
                             building=unknown)
    chosen = {str(one["code"]) for one in decisions if estate and one["estate"] == estate} | set(buildings)
    if not chosen:
        raise ParameterError("Name at least one building, or an estate of the plan, whose owner refuses.")
    return chosen


def _with_refusals(area: AreaInput, refused: set[str]) -> Any:
    states, locks = area.buildings.column("access_state"), area.buildings.column("method_lock")
    columns = {
        **area.buildings.columns,
        "access_state": ["refused" if key in refused else s for key, s in zip(area.buildings.ids, states)],
        "method_lock": [None if key in refused else lock for key, lock in zip(area.buildings.ids, locks)],
    }
    return replace(area.buildings, columns=columns)


def _served(methods: dict[str, str], homes: dict[str, Any]) -> float:
    return sum(float(homes.get(code) or 0.0) for code, method in methods.items() if method != NONE)
