# SPDX-License-Identifier: GPL-2.0-or-later
"""What the demo prints at its end: numbers read back from the store, never from memory."""

from __future__ import annotations

import unicodedata
from typing import Any

from words import say

TOTALS = """
select (select count(*) from fullservice.building where not is_deleted) as buildings,
       (select count(*) from fullservice.estate where not is_deleted) as estates,
       (select sum(households) from fullservice.building where not is_deleted) as households,
       (select count(*) from fullservice.ledger_row where band <> 'unplaced') as ledger_located,
       (select count(*) from fullservice.ledger_row) as ledger_rows,
       (select count(*) from fullservice.negotiation where not is_deleted) as negotiations,
       (select count(*) from fullservice.intel_observation) as observations
"""
PLAN = "select * from fullservice.plan where code = %s or id::text = %s"
METHODS = """select c.method, count(*) from fullservice.access_decision c join fullservice.plan p on p.id = c.plan_id
             where p.id = %s group by c.method order by 2 desc, 1"""


def _number(value: Any) -> str:
    return f"{float(value):,.0f}" if value is not None else "–"


def columns(text: str) -> int:
    """Return how many columns a terminal gives a text: two for a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def print_summary(chain: Any, seconds: float) -> None:
    """Print the table of the whole run and the paths; keep the numbers in the chain's results."""
    from fullservice_plugin.core.access.choice.reasons import METHOD_NAMES
    from fullservice_plugin.gis.connections import open_store
    from fullservice_plugin.i18n import listed, tr

    store = open_store(chain.store)
    totals = store.dicts(TOTALS, ())[0]
    plan_id = str(chain.results["plan"]["PLAN_ID"])
    plan = store.dicts(PLAN, (plan_id, plan_id))[0]
    methods = {str(method): int(count) for method, count in store.rows(METHODS, (str(plan["id"]),))}
    store.close()
    currency = plan["currency"]
    bound = float(plan["lower_bound"])
    gap = float(plan["cost"]) / bound - 1.0 if bound > 0 else 0.0
    lines = [
        (say("Buildings"), _number(totals["buildings"])),
        (say("Estates"), _number(totals["estates"])),
        (say("Households (estimated)"), _number(totals["households"])),
        (say("Ledger rows located"),
         say("{part} of {whole}", part=totals["ledger_located"], whole=totals["ledger_rows"])),
        (say("Negotiations (samples)"), _number(totals["negotiations"])),
        (say("Observations of rivals (samples)"), _number(totals["observations"])),
        (say("Plan"), say("{plan}, grid {grid}, budget {currency} {budget}", plan=plan["code"], grid=plan["area_code"],
                     currency=currency, budget=_number(plan["budget"]))),
        (say("Homes passed"), _number(plan["homes_passed"])),
        (say("Cost"), f"{currency} {_number(plan['cost'])}"),
        (say("  proven lower bound"), f"{currency} {_number(bound)}"),
        (say("  gap"), say("{gap} % at most above the cheapest way to build the same", gap=f"{100 * gap:.1f}")),
        (say("Benefit"), f"{currency} {_number(plan['benefit'])}"),
        (say("  proven upper bound"), f"{currency} {_number(plan['benefit_upper_bound'])}"),
        (say("Methods chosen"), listed(f"{tr(METHOD_NAMES[name])} {count}" for name, count in methods.items())),
        (say("Findings of the verifier"), _number(chain.results["findings"])),
    ]
    slowest = max(chain.watch.steps, key=lambda step: step.seconds)
    peak = max(step.peak_mb for step in chain.watch.steps)
    took = {"seconds": round(seconds), "step": slowest.name.strip(), "slowest": round(slowest.seconds)}
    lines.append((say("Chain"), say("{seconds} s, slowest {step} {slowest} s, at most {peak} MB", **took,
                                    peak=round(peak))))
    width = max(columns(name) for name, _ in lines)
    print("\n" + "\n".join(f"{name}{' ' * (width - columns(name))}  {value}" for name, value in lines) + "\n")
    for path in chain.files:
        print(path)
    chain.results.update(
        totals=totals, methods=methods, seconds=seconds, gap=gap,
        steps=[{"name": step.name.strip(), "seconds": step.seconds, "peak_mb": step.peak_mb}
               for step in chain.watch.steps],
        files=[str(path) for path in chain.files])
