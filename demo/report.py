# SPDX-License-Identifier: GPL-2.0-or-later
"""What the demo prints at its end: numbers read back from the store, never from memory."""

from __future__ import annotations

from typing import Any

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


def print_summary(chain: Any, seconds: float) -> None:
    """Print the table of the whole run and the paths; keep the numbers in the chain's results."""
    from fullservice_plugin.gis.connections import open_store

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
        ("Buildings", _number(totals["buildings"])),
        ("Estates", _number(totals["estates"])),
        ("Households (estimated)", _number(totals["households"])),
        ("Ledger rows located", f"{totals['ledger_located']} of {totals['ledger_rows']}"),
        ("Negotiations (samples)", _number(totals["negotiations"])),
        ("Observations of rivals (samples)", _number(totals["observations"])),
        ("Plan", f"{plan['code']}, grid {plan['area_code']}, budget {currency} {_number(plan['budget'])}"),
        ("Homes passed", _number(plan["homes_passed"])),
        ("Cost", f"{currency} {_number(plan['cost'])}"),
        ("  proven lower bound", f"{currency} {_number(bound)}"),
        ("  gap", f"{100 * gap:.1f} % at most above the cheapest way to build the same"),
        ("Benefit", f"{currency} {_number(plan['benefit'])}"),
        ("  proven upper bound", f"{currency} {_number(plan['benefit_upper_bound'])}"),
        ("Methods chosen", ", ".join(f"{name} {count}" for name, count in methods.items())),
        ("Findings of the verifier", _number(chain.results["findings"])),
    ]
    slowest = max(chain.watch.steps, key=lambda step: step.seconds)
    lines += [("Chain", f"{seconds:.0f} s, slowest {slowest.name.strip()} {slowest.seconds:.0f} s, "
                        f"at most {max(step.peak_mb for step in chain.watch.steps):.0f} MB")]
    width = max(len(name) for name, _ in lines)
    print("\n" + "\n".join(f"{name:<{width}}  {value}" for name, value in lines) + "\n")
    for path in chain.files:
        print(path)
    chain.results.update(
        totals=totals, methods=methods, seconds=seconds, gap=gap,
        steps=[{"name": step.name.strip(), "seconds": step.seconds, "peak_mb": step.peak_mb}
               for step in chain.watch.steps],
        files=[str(path) for path in chain.files])
