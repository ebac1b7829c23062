# SPDX-License-Identifier: GPL-2.0-or-later
"""The design workbench: which area, what is known of it, its plans side by side, one plan with its reasons and states.

A plan goes as a whole: handed in at once, or withdrawn while none of its designs was handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional

from fullservice_plugin.core.access.choice.model import METHODS, NONE
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.i18n import listed
from fullservice_plugin.services.plans import require_plan
from fullservice_plugin.services.prices import area_catalogue
from fullservice_plugin.store import area as ask
from fullservice_plugin.store import plan_desk as queries
from fullservice_plugin.store import plans
from fullservice_plugin.store.connection import Store

Box = tuple[float, float, float, float]
OPEN = ("draft", "returned")


@dataclass(frozen=True)
class Area:
    """An area to plan: counts of its buildings, box in degrees; ``frozen`` estates have an approved design."""

    code: str
    name: str
    kind: str
    buildings: int
    estates: int
    homes: int
    unknown: int
    frozen: int
    box: Optional[Box]
    currency: str
    may_plan: bool
    scenarios: tuple[str, ...]
    plans: int


@dataclass(frozen=True)
class Group:
    """Buildings of a plan that share a method, or share why they were left out (``limit``: the constraint's code)."""

    method: str
    limit: str
    rows: tuple[dict[str, Any], ...]

    @property
    def homes(self) -> int:
        """Homes that are known."""
        return sum(int(row["households"] or 0) for row in self.rows)

    @property
    def cost(self) -> float:
        """Cost of the buildings, with their shares of the ways."""
        return sum(float(row["cost"] or 0.0) for row in self.rows)


@dataclass(frozen=True)
class PlanView:
    """One plan: its figures (a row of :func:`plans_here`), buildings by method, those left out by reason, box."""

    plan: dict[str, Any]
    served: tuple[Group, ...]
    left_out: tuple[Group, ...]
    box: Optional[Box]
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def gap(self) -> Optional[float]:
        """How far (0.03 = 3 %) the plan is at most above the cheapest for the same homes; None: no bound."""
        return gap_of(self.plan)


def gap_of(plan: Mapping[str, Any]) -> Optional[float]:
    """Return the proven gap of a row of :func:`plans_here`."""
    bound = plan["lower_bound"]
    return plan["cost"] / bound - 1.0 if bound and plan["cost"] is not None else None


def find_areas(store: Store, text: str) -> list[dict[str, Any]]:
    """Return areas by a text: kind, code, name."""
    return queries.areas_like(store, text)


def areas_at(store: Store, lon: float, lat: float) -> list[dict[str, Any]]:
    """Return the areas at a place (degrees, EPSG:4326), estates first."""
    return queries.areas_at(store, lon, lat)


def estates_in(store: Store, box: Sequence[float]) -> dict[str, Any]:
    """Return the estates in a box (west, south, east, north) as one area. Raises InputError for none or too many."""
    found = queries.estates_in(store, box)
    if not found:
        raise InputError("There is no estate with buildings in this rectangle. Draw it around some.")
    if len(found) > ask.MOST_ESTATES:
        raise InputError("The rectangle picks {count} estates; at most {most} are planned together. Choose their grid "
                         "instead.", count=len(found), most=ask.MOST_ESTATES)  # fmt: skip
    codes = ask.JOINED.join(row["code"] for row in found)
    return {"kind": "estates" if len(found) > 1 else "estate", "code": codes,
            "name": listed(row["name"] for row in found)}  # fmt: skip


def read_area_facts(store: Store, code: str) -> Area:
    """Return what is known of an area. Raises ParameterError for an unknown code, InputError without buildings."""
    with store.transaction() as cur:
        found = ask.find_area(cur, code)
        if found is None:
            raise ParameterError(
                "There is no estate or territory with the code {code} that your login may see.", code=code)
        keys = ask.building_ids(cur, *found)
        if not keys:
            raise InputError("Area {code} has no buildings with a position. Discover or import them first.", code=code)
        row = queries.figures_of(cur, keys)
        return Area(
            code, listed(queries.names_of(cur, code)), found[0], row["buildings"], row["estates"], int(row["homes"]),
            row["unknown"], row["frozen"], _box(row), area_catalogue(cur, keys).currency, ask.may_plan(cur),
            tuple(queries.scenario_names(cur)), len(queries.plans_of(store, code)))


def plans_here(store: Store, area: str) -> list[dict[str, Any]]:
    """Return the plans of an area, newest first, with ``methods`` (→ buildings) and ``states`` (→ designs) counted."""
    return queries.plans_of(store, area)


def read_plan_view(store: Store, plan: str) -> PlanView:
    """Return one plan (code or uuid) as the workbench shows it. Raises InputError where it is not there."""
    key = str(require_plan(store, plan)["id"])
    with store.transaction() as cur:
        row = next(one for one in queries.plans_of(store, "", key) if one["id"] == key)
        rows = plans.decisions(store, key)
        figures = queries.figures_of(cur, [str(one["building_id"]) for one in rows])
        may = ask.may_plan(cur)
    served = tuple(Group(method, "", tuple(some)) for method in METHODS
                   if method != NONE and (some := [one for one in rows if one["method"] == method]))
    missing: dict[str, list[dict[str, Any]]] = {}
    for one in rows:
        if one["method"] == NONE:
            missing.setdefault(str(one["constraint_code"] or ""), []).append(one)
    left_out = sorted((Group(NONE, limit, tuple(some)) for limit, some in missing.items()), key=lambda g: -g.homes)
    return PlanView(row, served, tuple(left_out), _box(figures), why_not(row, may))


def why_not(plan: Mapping[str, Any], may_plan: bool) -> dict[str, str]:
    """Return deed (change, hand_in, withdraw) → why it cannot be done to a plan now (English template)."""
    states = plan["states"]
    still, frozen = sum(states.get(one, 0) for one in OPEN), sum(states.values())
    frozen -= still
    found = {}
    if not may_plan:
        found = dict.fromkeys(("change", "hand_in", "withdraw"), "Your role does not change designs.")
    elif not still:
        found["hand_in"] = "All designs of this plan were handed in."
    if frozen and may_plan:
        found["withdraw"] = "Designs of this plan were handed in: it stays."
    return found


def hand_in_plan(store: Store, plan: str) -> int:
    """Hand in every design of a plan that still is a draft, all or none; returns how many. InputError for none."""
    with store.transaction() as cur:
        keys = queries.open_designs(cur, plan)
        if not keys:
            raise InputError("All designs of this plan were handed in.")
        for key in keys:
            store.transition("design", key, "submitted")
        return len(keys)


def withdraw_plan(store: Store, plan: str) -> datetime:
    """Take a plan (its id) out of the store's sight with all its parts; returns what :func:`bring_back_plan` asks for.

    Raises InputError where a design was handed in or the plan is gone; then nothing changes.
    """
    with store.transaction(bulk=True) as cur:
        if queries.frozen_designs(cur, plan):
            raise InputError("Designs of this plan were handed in: it stays.")
        since = queries.withdraw(cur, plan)
        if since is None:
            raise InputError("The plan is not there any more, or not yours to withdraw.")
        return since


def bring_back_plan(store: Store, plan: str, since: datetime) -> None:
    """Show a plan again that was withdrawn at a moment. Raises InputError where there is none."""
    with store.transaction(bulk=True) as cur:
        if not queries.bring_back(cur, plan, since):
            raise InputError("The plan cannot be brought back: it was changed since.")


def _box(row: Mapping[str, Any]) -> Optional[Box]:
    sides = [row[name] for name in ("west", "south", "east", "north")]
    return None if None in sides else (sides[0], sides[1], sides[2], sides[3])
