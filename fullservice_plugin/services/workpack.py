# SPDX-License-Identifier: GPL-2.0-or-later
"""Construction work packs: a part of a plan with bill, drawings, permits, checklist and sign-off for one crew."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

from shapely import wkb

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.negotiation.outlook import GRANTED
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import listed, translate
from fullservice_plugin.plans import formats, labels
from fullservice_plugin.plans.model import AccessPlan, Shape
from fullservice_plugin.plans.workpack_model import Box, Permit, Way, WorkPack
from fullservice_plugin.services.beside import write_both
from fullservice_plugin.services.plan_parts import Part, bill_note, cabinets_of, chosen, part_bill
from fullservice_plugin.services.plan_risers import AT_WALL
from fullservice_plugin.services.plans import bill_lines, check_target, read_access_plan, require_plan
from fullservice_plugin.services.plans import fonts as find_fonts
from fullservice_plugin.services.templates import find_template
from fullservice_plugin.store import handouts, letters
from fullservice_plugin.store import plans as queries
from fullservice_plugin.store.connection import Store

Row = Mapping[str, Any]


def export_workpack(
    store: Store,
    plan_id: str,
    estate: str,
    cabinet: str,
    language: str,
    output: str,
    *,
    phase: Optional[int] = None,
    crew: str = "",
    sheet_scale: str = "500",
    on: Optional[datetime.date] = None,
    workbook: str = "",
    template: str = "",
    progress: Progress = SILENT,
) -> Path:
    """Write the work pack of one part of a plan (estate, cabinet or phase; none: all of it) as PDF; return its path.

    ``crew`` is the name that stands on it. ``workbook``: path of an XLSX with the same numbers, empty for none.
    ``template``: file of a print template.
    Raises InputError where the plan or the part is not there, OutputError where a file cannot be written.
    """
    path = check_target(output)
    look = find_template(store, template)
    part = Part(estate, phase, cabinet)
    part.check()
    pack = read_workpack(store, plan_id, part, language, crew, on or datetime.date.today())
    progress.step(0.2)
    from fullservice_plugin.plans.workpack import workpack_assembly

    assembly = workpack_assembly(pack, language, find_fonts(), sheet_scale, look)
    return write_both(path, assembly, workbook, progress.part(0.2, 0.95))


def read_workpack(
    store: Store, plan_id: str, part: Part, language: str, crew: str, on: datetime.date
) -> WorkPack:
    """Return what the pack of a part prints. Raises InputError that names the parts there are."""
    row = require_plan(store, plan_id)
    params = row["params"] or {}
    elements = queries.network(store, str(row["id"]))
    inside = chosen(elements, part)
    if not inside:
        raise InputError(
            "Plan {plan} builds nothing in this part. Its phases: {phases}; cabinets: {cabinets}; estates: {estates}.",
            plan=row["code"],
            phases=_list((str(p["number"]) for p in params.get("phases", ())), language),
            cabinets=_list(sorted(set(cabinets_of(elements).values())), language),
            estates=_list(sorted({x["estate"] for x in elements if x["estate"]}), language),
        )
    plan = read_access_plan(store, plan_id, part.estate, language)
    lines, shared = part_bill(params, elements, part)
    if part != Part():
        plan = replace(_narrowed(plan, inside), bills=bill_lines(lines))
    by = ()
    if part == Part():
        by = tuple((translate("Phase {number}", language, number=p.number), p.bills) for p in plan.phases)
        by = by or tuple((code or translate("Shared ways", language), bills) for code, bills in plan.cabinet_bills)
    return WorkPack(
        plan=plan,
        part=_part_words(part, plan, language),
        crew=crew,
        on=on,
        ways=tuple(_way(x) for x in inside if x["kind"] == "route"),
        boxes=tuple(_box(x) for x in inside if x["kind"] in ("fat", "fdt")),
        permits=tuple(_permits(store, str(row["id"]), params, inside, on, language)),
        bills_by=by,
        note=bill_note(part, lines, shared, language),
    )


def _list(names: Any, language: str) -> str:
    found = list(names)
    return listed(found[:12], language) + (" …" if len(found) > 12 else "") or formats.NONE


def _narrowed(plan: AccessPlan, inside: Sequence[Row]) -> AccessPlan:
    """Return the plan with only what a part builds; figures of the whole plan are left out of it."""
    buildings = {x["building_code"] for x in inside if x["building_code"]}
    codes = {x["code"] for x in inside if x["code"]}
    decisions = tuple(d for d in plan.decisions if d.building in buildings and d.method != "none")
    names = {d.name for d in decisions}
    homes = sum(d.households or 0 for d in decisions)
    estates = {d.estate for d in decisions}
    kind = plan.base.buildings[0].kind if plan.base.buildings else "building"  # one entry of the legend
    others = tuple(Shape(kind, d.geometry) for d in plan.decisions if d.building not in buildings)
    return replace(
        plan,
        decisions=decisions,
        estates=tuple(e for e in plan.estates if e.code in estates),
        network=tuple(s for s in plan.network if not s.code or s.code in codes),
        nodes=tuple(n for n in plan.nodes if n.code in codes),
        paths=tuple(p for p in plan.paths if p.code in buildings),
        risers=tuple(r for r in plan.risers if r.building in names),
        floors=tuple(f for f in plan.floors if f.code in buildings),
        homes_passed=homes,
        base=replace(plan.base, buildings=plan.base.buildings + others),
    )


def _part_words(part: Part, plan: AccessPlan, language: str) -> str:
    if part.phase is not None:
        return translate("Phase {number}", language, number=part.phase)
    if part.cabinet:
        return translate("Cabinet area {code}", language, code=part.cabinet)
    if part.estate:
        return f"{part.estate} {plan.name}" if plan.name != part.estate else part.estate
    return translate("Whole plan", language)


def _way(x: Row) -> Way:
    return Way(x["code"] or "", x["route_kind"] or "", x["construction"] or "", x["length_m"], x["cable"] or "",
               x["fibres"], x["construction"] == "trench" and float(x["trench_cost"] or 0) > 0)  # fmt: skip


def _box(x: Row) -> Box:
    return Box(x["code"] or "", x["kind"], x["parent_code"] or "", x["splitter"] or "", x["ports"], x["used"],
               x["floor"])  # fmt: skip


def _permits(
    store: Store, plan: str, params: Row, inside: Sequence[Row], on: datetime.date, language: str
) -> list[Permit]:
    """Return a line for each property that the part enters or passes along its wall."""
    entered = {x["building_code"] for x in inside if x["building_code"]}
    decided = {d["code"]: d for d in queries.decisions(store, plan)}
    passed = _passed(params, inside, decided)
    keys = {str(decided[code]["building_id"]): code for code in (*entered, *passed) if code in decided}
    with store.transaction() as cur:
        seen = handouts.subjects(cur, list(keys), on)
        rows = [seen[key] for key in keys if key in seen]
        ids = [row["building_id"] for row in rows]
        deals = letters.agreements(cur, ids, [row["estate_id"] for row in rows])
        colleagues = letters.colleagues(cur, [row["owner_staff_id"] for row in rows])
    rows.sort(key=lambda row: (row["estate_code"] or "", formats.natural(_name(decided[row["building_code"]]))))
    return [
        _permit(row, decided[row["building_code"]], deals.get(row["building_id"]) or {},
                colleagues.get(row["owner_staff_id"], ""), row["building_code"] in entered,
                passed.get(row["building_code"]), language)
        for row in rows
    ]  # fmt: skip


def _passed(params: Row, inside: Sequence[Row], decided: Mapping[str, Row]) -> dict[str, float]:
    """Return building → metres of cable along its wall that serve others, where a way of the part runs there."""
    walls = [wkb.loads(bytes(x["geom"])) for x in inside if x["kind"] == "route" and x["construction"] == "wall"]
    found = {}
    for crossing in params.get("crossings", ()):
        row = decided.get(crossing["building"])
        shape = wkb.loads(bytes(row["geom"])) if row and row["geom"] is not None else None
        if shape is not None and any(wall.distance(shape) < AT_WALL for wall in walls):
            found[crossing["building"]] = float(crossing["metres"])
    return found


def _name(decision: Row) -> str:
    return str(decision["name"] or decision["code"])


def _permit(
    row: Row, decision: Row, deal: Row, owner: str, enters: bool, wall_m: Optional[float], language: str
) -> Permit:
    role = labels.label("party_role", row["party_role"], language) if row["party_role"] else ""
    party = " · ".join(part for part in (role, row["party"] or "") if part)
    return Permit(
        code=str(row["building_code"]),
        building=_name(decision),
        estate=row["estate_code"] or "",
        homes=row["households"],
        method=decision["method"] if enters else "",
        wall_m=wall_m,
        stage=row["stage"] or "",
        granted=row["stage"] in GRANTED,
        agreement=deal.get("number") or "",
        works_from=deal.get("works_from"),
        works_to=deal.get("works_to"),
        works_hours=deal.get("works_hours") or "",
        contact=party,
        owner=owner,
    )
