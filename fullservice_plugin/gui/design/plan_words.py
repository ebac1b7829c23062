# SPDX-License-Identifier: GPL-2.0-or-later
"""A plan in words: what it costs, how good it is proven to be, what it reaches, where its designs stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from fullservice_plugin.core.access.choice.reasons import METHOD_NAMES
from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.i18n import language, listed, tr
from fullservice_plugin.plans.formats import integer, money, percent
from fullservice_plugin.services.compare import Comparison
from fullservice_plugin.services.plan_desk import Area, PlanView, gap_of

#: Figures of a comparison that are shown, and whether they are money.
COMPARED = (("cost", "Cost", True), ("gap", "Proven gap", False), ("benefit", "Benefit", True),
            ("homes_passed", "Homes", False), ("cost_per_home", "Cost per home", True),
            ("unserved", "Buildings left out", False), ("route_m", "New ways (m)", False),
            ("cabinets", "Cabinets (number)", False), ("boxes", "Boxes (number)", False))  # fmt: skip


def told(value: Optional[float], plan: Mapping[str, Any]) -> str:
    """Money of a plan; a dash where nobody knows."""
    return "–" if value is None else money(value, str(plan["currency"] or ""), language())


def area_words(area: Area) -> str:
    """Say what an area holds."""
    lines = [tr("{name} ({code}). Estates: {estates}, buildings: {buildings}, homes: {homes}.", name=area.name,
                code=area.code, estates=area.estates, buildings=area.buildings, homes=integer(area.homes))]
    if area.unknown:
        lines.append(tr("Households of {count} buildings are unknown; each counts as one.", count=area.unknown))
    if area.frozen:
        lines.append(tr("Approved designs of {count} estates stay as they are.", count=area.frozen))
    return "\n".join(lines)


def plan_words(view: PlanView) -> list[str]:
    """Return the figures of a plan in sentences."""
    plan = view.plan
    homes = sum(group.homes for group in (*view.served, *view.left_out))
    lines = [tr("Cost {cost}: proven at most {gap} above the cheapest network for the same buildings.",
                cost=told(plan["cost"], plan), gap=percent(view.gap, 1, language()))
             if view.gap is not None else tr("Cost {cost}.", cost=told(plan["cost"], plan)),
             tr("Homes reached: {homes} of {all}.", homes=integer(plan["homes_passed"]), all=integer(homes))]
    if plan["benefit_upper_bound"] is not None:
        lines.append(tr("Benefit {benefit}; no plan of this kind brings more than {most}.",
                        benefit=told(plan["benefit"], plan), most=told(plan["benefit_upper_bound"], plan)))
    limits = [tr("{years} years", years=f"{plan['horizon_years'] or 0:g}")]
    if plan["budget"] is not None:
        limits.append(tr("budget {budget}", budget=told(plan["budget"], plan)))
    if plan["take_rate"] is not None:
        limits.append(tr("take rate {share}", share=percent(plan["take_rate"], 0, language())))
    lines.append(tr("Made for {limits}.", limits=listed(limits)))
    lines.append(tr("Designs: {states}.", states=state_words(plan)))
    return lines


def state_words(plan: Mapping[str, Any]) -> str:
    """Where the designs of a plan stand."""
    return listed(f"{code_label('design_state', state, language())} {count}"
                     for state, count in sorted(plan["states"].items())) or tr("none")  # fmt: skip


def method_words(plan: Mapping[str, Any]) -> str:
    """How many buildings get which method."""
    return listed(f"{tr(METHOD_NAMES[method])} {plan['methods'][method]}" for method in METHOD_NAMES
                     if plan["methods"].get(method))  # fmt: skip


def short_code(plan: Mapping[str, Any]) -> str:
    """The code of a plan without that of its area: scenario and number."""
    return str(plan["code"])[len(str(plan["area_code"])) + 1:]


def scenario_cells(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """A plan as a line among its rivals."""
    gap = gap_of(plan)
    return (short_code(plan), told(plan["cost"], plan), "–" if gap is None else percent(gap, 1, language()),
            integer(plan["homes_passed"]), told(plan["benefit"], plan), method_words(plan), state_words(plan))


def compared_rows(found: Comparison, plan: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return the figures of two plans: name, first, second, difference."""
    rows = []
    for key, words, is_money in COMPARED:
        a, b = found.figures[key]
        if a is None and b is None:
            continue

        def said(value: Optional[float], key: str = key, is_money: bool = is_money) -> str:
            if value is None:
                return "–"
            if key == "gap":
                return percent(value, 1, language())
            return told(value, plan) if is_money else integer(round(value))

        change = None if a is None or b is None else b - a
        more = "" if change is None else ("+" if change > 0 else "") + said(change)
        rows.append((tr(words), said(a), said(b), more))
    return rows
