# SPDX-License-Identifier: GPL-2.0-or-later
"""What a design by hand costs and holds, in words."""

from __future__ import annotations

from fullservice_plugin.core.access.wired.hand import Hand
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.plans.formats import money, percent
from fullservice_plugin.services.hand_session import HandSession, Step


def sentences(session: HandSession, step: Step) -> list[str]:
    """Return what a design costs, what the hand costs and what could not be honoured."""
    def told(value: float) -> str:
        return money(value, step.design.currency, language())

    bound = step.design.wired_lower_bound
    gap = percent(step.cost / bound - 1.0, 1, language()) if bound > 0 else "–"
    lines = [tr("Wired network {cost}, at most {gap} above the cheapest.", cost=told(step.cost), gap=gap)]
    if step.hand:
        lines.append(tr("What was decided by hand costs {cost}.", cost=told(step.hand_cost)))
    if len(session.steps) > 1:
        before_it = session.steps[-2]
        last = step.cost + step.wlan.hand_cost - before_it.cost - before_it.wlan.hand_cost
        more = ("+" if last >= 0 else "") + told(last)
        lines.append(tr("Last change: {cost}, designed in {seconds} s.", cost=more, seconds=f"{step.seconds:.1f}"))
    before = session.steps[0].design.problems
    lines += [tr(problem.reason, **problem.values) for problem in step.design.problems if problem not in before]
    if step.design.unserved:
        lines.append(tr("Not served: {count} buildings.", count=len(step.design.unserved)))
    if step.wlan.aps:
        lines.append(tr("Access points: {count}.", count=len(step.wlan.aps)))
    lines += [tr("Floor {floor} of building {building} misses its WLAN targets.", floor=floor, building=building)
              for building, floor in step.wlan.missed]  # fmt: skip
    return lines


def items_of(hand: Hand) -> list[tuple[str, int, str]]:
    """Return what the hand holds as (kind, number, words)."""
    words = {
        "drawn": tr("Drawn way"), "locked": tr("Locked way"), "forbidden": tr("Forbidden street"),
        "preferred": tr("Preferred street"), "cabinets": tr("Cabinet placed here"), "boxes": tr("Box placed here"),
    }  # fmt: skip
    found = []
    for kind, text in words.items():
        for number, one in enumerate(getattr(hand, kind)):
            line = one.line if kind == "drawn" else one
            more = f" · {line.length:.0f} m" if "Line" in line.geom_type else ""
            found.append((kind, number, f"{text} {number + 1}{more}"))
    for number, key in enumerate(sorted(hand.homes)):
        found.append(("homes", number, tr("Building {building} moved to another box", building=key)))
    for number, ap in enumerate(hand.aps):
        words_of = tr("Access point {name} stays, floor {floor}", name=ap.ap_id, floor=ap.floor)
        found.append(("aps", number, words_of))
    return found
