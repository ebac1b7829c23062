# SPDX-License-Identifier: GPL-2.0-or-later
"""PDF plans of a store: read what they print, print it, write the file whole or not at all."""

from __future__ import annotations

import datetime
from collections import defaultdict
from pathlib import Path
from typing import Any, Iterable, Optional, Sequence

from shapely import wkb

from fullservice_plugin.core.access.catalogue import load_catalogue
from fullservice_plugin.core.access.optics import load_optics
from fullservice_plugin.core.errors import InputError, OutputError, ParameterError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.gis.settings import FONT
from fullservice_plugin.i18n import listed
from fullservice_plugin.plans import libraries
from fullservice_plugin.plans.model import (
    AccessPlan,
    BaseMap,
    Bill,
    Component,
    CurvePoint,
    Decision,
    EstateDesign,
    Node,
    OpticalPath,
    PhaseFigures,
    Review,
    Shape,
    Source,
)
from fullservice_plugin.services import plan_parts, plan_risers, plan_risks
from fullservice_plugin.services.beside import words, write_workbook
from fullservice_plugin.services.plan_floors import plan_floors
from fullservice_plugin.services.templates import find_template
from fullservice_plugin.store import plans as queries
from fullservice_plugin.store.connection import Store

AROUND = 0.35  # share of the extent's size that the base map reaches beyond it, so that a sheet's frame is filled
MADE = ("sample", "made by", "样板", "示例", "虚构")  # marks of invented sources in their names


def export_plan(
    store: Store,
    plan_id: str,
    estate: str,
    language: str,
    output: str,
    *,
    sheet_scale: str = "auto",
    workbook: str = "",
    template: str = "",
    progress: Progress = SILENT,
) -> Path:
    """Write the access plan ``plan_id`` (code or uuid; one estate only where named) as PDF and return its path.

    ``sheet_scale`` is the scale of the atlas: auto, none, 500 or 1000. ``workbook``: path of an XLSX with the same
    numbers, empty for none. ``template``: file of a print template.
    """
    path = check_target(output)
    look = find_template(store, template)
    plan = read_access_plan(store, plan_id, estate, language)
    progress.step(0.2)
    from fullservice_plugin.plans.merge import write_whole
    from fullservice_plugin.plans.print_access import print_access

    write_whole(path, print_access(plan, language, fonts(), progress.part(0.2, 0.95), sheet_scale, look))
    if workbook:
        from fullservice_plugin.plans.plan_workbook import plan_workbook

        write_workbook(workbook, plan_workbook(plan, language, words(language)), progress)
    return path


def fonts() -> Any:
    """Return the fonts of a document: the operator's own (setting fullservice/font) or those of the system."""
    from fullservice_plugin.plans.fonts import FontSet

    return FontSet(str(FONT.read()))


def check_target(output: str) -> Path:
    """Check libraries and target before anything is computed; return the path of the PDF."""
    libraries.require()
    if not output.strip():
        raise ParameterError("No output file is named. Give the path of a PDF file.")
    path = Path(output)
    if path.suffix.lower() != ".pdf":
        raise OutputError("The plan is a PDF: the file name must end in .pdf, found {file}.", file=output)
    if not path.parent.is_dir():
        raise OutputError("The directory {folder} does not exist. Create it or choose another.", folder=path.parent)
    return path


def require_plan(store: Store, plan_id: str) -> dict[str, Any]:
    """Return the plan by code or uuid. Raises InputError, which names the plans there, where this login sees none."""
    plan = queries.find_plan(store, plan_id)
    if plan is None:
        known = queries.plan_codes(store) or "–"
        raise InputError(
            "There is no plan {plan} that your login may see. Plans there: {known}.", plan=plan_id, known=known
        )
    return plan


def read_access_plan(store: Store, plan_id: str, estate: str, language: str) -> AccessPlan:
    """Return what the plan prints. Raises InputError where the plan or the estate is not there for this login."""
    row = require_plan(store, plan_id)
    key = str(row["id"])
    designs = queries.designs(store, key)
    if estate:
        designs = [d for d in designs if d["code"] == estate]
        if not designs:
            raise InputError("Plan {plan} has no design of estate {estate}.", plan=row["code"], estate=estate)
    chosen = {d["id"] for d in designs}
    decisions = [
        d for d in queries.decisions(store, key) if not estate or d["design_id"] in chosen or d["estate"] == estate
    ]
    params = row["params"] or {}
    part, everything = plan_parts.Part(estate), queries.elements(store, key)
    elements = plan_parts.chosen(everything, part) if estate else everything
    bills = queries.bills(store, key, None if not estate else sorted(chosen))
    note = ""
    if estate and not bills:  # plans keep their bill whole and by cabinet
        bills, shared = plan_parts.part_bill(params, everything, part)
        note = plan_parts.bill_note(part, bills, shared, language)
    network = tuple(_network(elements))
    made_decisions = tuple(_decision(d, language) for d in decisions)
    geometries = [d.geometry for d in made_decisions] + [s.geometry for s in network]
    inside = [str(d["building_id"]) for d in decisions]
    sources = read_sources(store)
    whole = not estate
    cost = _number(row["cost"]) if whole else _total(designs, "cost_total")
    homes = row["homes_passed"] if whole else sum(d["homes_served"] or 0 for d in designs)
    approved = [d for d in designs if d["state"] == "approved"]
    return AccessPlan(
        code=str(row["code"]),
        name=str(row["area_name"] if whole else designs[0]["name"] or designs[0]["code"]),
        area=str(row["area_code"]),
        scenario=str(row["scenario"] or ""),
        currency=str(row["currency"] or ""),
        created=row["created"],
        author=listed(sorted({d["author"] for d in designs if d["author"]}), language) or str(row["created_by"]),
        state=_state(designs),
        version=_versions(designs),
        horizon_years=_whole(row["horizon_years"]),
        budget=_number(row["budget"]),
        cost=cost,
        lower_bound=_number(row["lower_bound"]) if whole else None,
        wired_cost=_number(row["wired_cost"]) if whole else None,
        wired_lower_bound=_number(row["wired_lower_bound"]) if whole else None,
        wlan_cost=_number(row["wlan_cost"]) if whole else None,
        benefit=_number(row["benefit"]) if whole else None,
        benefit_upper_bound=_number(row["benefit_upper_bound"]) if whole else None,
        homes_passed=homes,
        unserved=row["unserved"] if whole else sum(1 for d in made_decisions if d.method == "none"),
        loss_budget_db=_loss_budget(params),
        algorithm_version=str(row["algorithm_version"] or ""),
        input_hash=str(row["input_hash"] or ""),
        approver=listed(sorted({d["approver"] for d in approved if d["approver"]}), language)
        if len(approved) == len(designs) else "",
        approved_at=max((_date(d["approved_at"]) for d in approved if d["approved_at"]), default=None)
        if approved and len(approved) == len(designs)
        else None,
        components=tuple(_components(row["components"])) if whole else (),
        estates=tuple(_estate(d) for d in designs),
        decisions=made_decisions,
        paths=tuple(_path(x) for x in elements if x["kind"] == "drop"),
        nodes=tuple(_node(x) for x in elements if x["kind"] in ("olt", "fdt", "fat")),
        floors=plan_floors(store, row, decisions, language),
        risers=plan_risers.plan_risers(decisions, elements),
        bills=bill_lines(bills),
        bill_note=note,
        risks=tuple(plan_risks.risks(store, decisions, str(row["area_code"]), row["created"], language)),
        reviews=tuple(
            Review(r["estate"] or "", _date(r["at"]), r["by"] or "", r["decision"], r["comment"] or "")
            for r in queries.reviews(store, key)
            if not estate or r["design_id"] in chosen
        ),
        sources=sources,
        network=network,
        choice_gap=params.get("choice_gap"),
        frontier=tuple(CurvePoint(**point) for point in params.get("frontier", ())) if whole else (),
        cabinet_bills=tuple((c["code"], bill_lines(c["bom"])) for c in params.get("cabinets", ())) if whole else (),
        phases=tuple(_phase(phase) for phase in params.get("phases", ())) if whole else (),
        base=read_base(store, geometries, inside),
        made=invented(sources),
    )


def read_sources(store: Store) -> tuple[Source, ...]:
    """Return the data sources of the store; those of streets and land without a run carry no licence."""
    found = [Source(r["name"], r["licence"] or "", r["observed"], r["records"]) for r in queries.sources(store)]
    return (*found, *(Source(name, "") for name in queries.other_sources(store)))


def invented(sources: Sequence[Source]) -> bool:
    """Return whether a source says of itself that it is invented; every page then says so."""
    return any(mark in (source.name + " " + source.licence).lower() for source in sources for mark in MADE)


def read_base(store: Store, geometries: Iterable[Any], leave_out: Sequence[str]) -> BaseMap:
    """Return the base map around the geometries, without the buildings that the plan draws itself."""
    boxes = [g.bounds for g in geometries if g is not None and not g.is_empty]
    if not boxes:
        return BaseMap()
    west, south = min(b[0] for b in boxes), min(b[1] for b in boxes)
    east, north = max(b[2] for b in boxes), max(b[3] for b in boxes)
    wide, high = max(east - west, 0.004) * AROUND + 0.001, max(north - south, 0.002) * AROUND + 0.0005
    grouped: dict[str, list[Shape]] = defaultdict(list)
    for row in queries.base_map(store, (west - wide, south - high, east + wide, north + high), leave_out):
        if row["geom"] is not None:
            layer = row["kind"] if row["layer"] == "land" else row["layer"]
            grouped[layer].append(Shape(row["kind"], geometry(row["geom"]), row["name"] or ""))
    return BaseMap(
        tuple(grouped["street"]), tuple(grouped["water"]), tuple(grouped["green"]), tuple(grouped["building"])
    )


def geometry(value: Any) -> Any:
    """Return WKB from the store as a shapely geometry, None for NULL."""
    return None if value is None else wkb.loads(bytes(value))


def _network(elements: Sequence[dict[str, Any]]) -> Iterable[Shape]:
    for x in elements:
        if x["geom"] is None or x["kind"] == "coverage":
            continue
        kind = (x["route_kind"] or "distribution") if x["kind"] == "route" else x["kind"]
        named = kind in ("olt", "fdt", "fat")
        yield Shape(kind, geometry(x["geom"]), str(x["code"] or "") if named else "", x["estate"] or "",
                    str(x["code"] or ""))  # fmt: skip


def _decision(d: dict[str, Any], language: str) -> Decision:
    reason = d["reason_zh"] if language == "zh" else d["reason_en"]
    return Decision(
        building=str(d["code"]),
        name=str(d["name"]),
        estate=d["estate"] or "",
        households=d["households"],
        method=d["method"],
        runner_up=d["runner_up"] or "",
        cost=_number(d["cost"]),
        revenue=_number(d["revenue"]),
        cost_delta=_number(d["cost_delta"]),
        constraint=d["constraint_code"] or "",
        reason=reason or d["reason_en"] or d["reason_zh"] or "",
        locked=bool(d["locked"]),
        geometry=geometry(d["geom"]),
    )


def _estate(d: dict[str, Any]) -> EstateDesign:
    return EstateDesign(
        code=d["code"],
        name=d["name"] or d["code"],
        version=d["version_no"],
        state=d["state"],
        homes=d["homes_served"],
        cost=_number(d["cost_total"]),
        cost_per_home=_number(d["cost_per_home"]),
        author=d["author"] or "",
        submitted_at=_date(d["submitted_at"]),
        approver=d["approver"] or "",
        approved_at=_date(d["approved_at"]),
        geometry=geometry(d["geom"]),
    )


def _path(x: dict[str, Any]) -> OpticalPath:
    return OpticalPath(x["building"] or "", x["estate"] or "", x["parent_code"] or "", x["length_m"], x["fibres"],
                       x["loss_db"], x["building_code"] or "")  # fmt: skip


def _node(x: dict[str, Any]) -> Node:
    return Node(x["code"] or "", x["kind"], x["parent_code"] or "", x["ports"], x["used"], x["splitter"] or "")


def _bill(b: dict[str, Any]) -> Bill:
    return Bill(b["domain"], b["item"], b["unit"], float(b["quantity"]), float(b["unit_price"]), float(b["cost"] or 0))


def bill_lines(rows: Sequence[dict[str, Any]]) -> tuple[Bill, ...]:
    """Return lines of a bill as they are printed."""
    return tuple(_bill(b) for b in rows)


def _phase(row: dict[str, Any]) -> PhaseFigures:
    return PhaseFigures(
        row["number"],
        row["budget"],
        row["cost"],
        row["homes"],
        row["buildings"],
        row["trench_m"],
        bill_lines(row["bom"]),
    )


def _components(components: Any) -> Iterable[Component]:
    for name, part in (components or {}).items():
        bound = part.get("lower_bound")
        yield Component(str(name), float(part["cost"]), None if bound is None else float(bound))


def _loss_budget(params: dict[str, Any]) -> Optional[float]:
    given = params.get("loss_budget_db")
    return float(given) if given is not None else load_optics(load_catalogue(None)).budget


def _state(designs: Sequence[dict[str, Any]]) -> str:
    states = {d["state"] for d in designs}
    return states.pop() if len(states) == 1 else "mixed" if states else "draft"


def _versions(designs: Sequence[dict[str, Any]]) -> str:
    numbers = sorted({d["version_no"] for d in designs})
    if not numbers:
        return ""
    return f"v{numbers[0]}" if len(numbers) == 1 else f"v{numbers[0]}–v{numbers[-1]}"


def _number(value: Any) -> Optional[float]:
    return None if value is None else float(value)


def _whole(value: Any) -> Optional[int]:
    return None if value is None else int(round(float(value)))


def _total(rows: Sequence[dict[str, Any]], column: str) -> Optional[float]:
    known = [float(row[column]) for row in rows if row[column] is not None]
    return sum(known) if known else None


def _date(value: Any) -> Optional[datetime.date]:
    return value.date() if isinstance(value, datetime.datetime) else value
