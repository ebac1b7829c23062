# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of a plan that one crew builds: a phase, the area of a cabinet, an estate – their elements and their bills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

from shapely import wkb
from shapely.geometry import box

from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.i18n import translate

Row = Mapping[str, Any]
NODES = ("fat", "fdt", "olt")
AROUND = 0.0002  # degrees, about twenty metres: the ways of a cabinet's area are those around its boxes and houses


@dataclass(frozen=True)
class Part:
    """What is asked for; at most one of the three. Everything empty: the whole plan."""

    estate: str = ""
    phase: Optional[int] = None
    cabinet: str = ""

    def check(self) -> None:
        """Raise ParameterError where more than one is asked for."""
        if sum((bool(self.estate), self.phase is not None, bool(self.cabinet))) > 1:
            raise ParameterError("Choose one of ESTATE, PHASE and CABINET: a work pack is about one part of the plan.")


def cabinets_of(elements: Sequence[Row]) -> dict[str, str]:
    """Return code of a box, and of a building, → code of the cabinet that feeds it."""
    parents = {x["code"]: x["parent_code"] for x in elements if x["kind"] == "fat"}
    known = {x["code"] for x in elements if x["kind"] == "fdt"}
    found = {code: code for code in known}
    found.update({code: parent for code, parent in parents.items() if parent in known})
    for x in elements:
        if x["kind"] == "drop" and x["building_code"] and x["parent_code"] in found:
            found[x["building_code"]] = found[x["parent_code"]]
    return found


def chosen(elements: Sequence[Row], part: Part) -> list[Row]:
    """Return the elements of a part."""
    if part.phase is not None:
        return [x for x in elements if x["phase"] == part.phase]
    if not part.cabinet and not part.estate:
        return list(elements)
    if part.cabinet:
        fed = cabinets_of(elements)
        inside = [x for x in elements if part.cabinet in (fed.get(x["code"]), fed.get(x["building_code"] or ""))]
    else:
        inside = [x for x in elements if x["estate"] == part.estate and x["kind"] != "route"]
    return _with_feeding(elements, inside)


def _with_feeding(elements: Sequence[Row], inside: Sequence[Row]) -> list[Row]:
    """Add the boxes that feed a part and the ways around it."""
    known = {x["code"] for x in inside if x["kind"] in NODES}
    wanted = {x["parent_code"] for x in inside}
    added: list[Row] = []
    for kind in ("fat", "fdt", "olt"):
        for x in elements:
            if x["kind"] == kind and x["code"] in wanted and x["code"] not in known:
                added.append(x)
                wanted.add(x["parent_code"])
        wanted.update(x["parent_code"] for x in inside if x["kind"] == kind)
    shapes = [_shape(x) for x in (*inside, *(x for x in added if x["kind"] != "olt")) if x["geom"] is not None]
    if not shapes:
        return [*inside, *added]
    bounds = [shape.bounds for shape in shapes]
    area = box(
        min(b[0] for b in bounds), min(b[1] for b in bounds), max(b[2] for b in bounds), max(b[3] for b in bounds)
    ).buffer(AROUND)
    routes = (x for x in elements if x["kind"] == "route" and x["geom"] is not None)
    return [*(x for x in routes if area.intersects(_shape(x))), *inside, *added]


def _shape(x: Row) -> Any:
    return wkb.loads(bytes(x["geom"]))


def part_bill(params: Row, elements: Sequence[Row], part: Part) -> tuple[list[Row], list[str]]:
    """Return the bill lines of a part, and cabinets in it that also feed others, whose whole bill is counted.

    Phases and cabinets have the plan's own bills; that of an estate is the sum over the cabinets that feed it.
    """
    if part.phase is not None:
        return next((p["bom"] for p in params.get("phases", ()) if p["number"] == part.phase), []), []
    bills = {row["code"]: row["bom"] for row in params.get("cabinets", ()) if row["code"]}
    if part.cabinet:
        return bills.get(part.cabinet, []), []
    fed = cabinets_of(elements)
    estates: dict[str, set[str]] = {}
    for x in elements:
        if x["kind"] in ("drop", "ap") and x["building_code"] in fed:
            estates.setdefault(fed[x["building_code"]], set()).add(x["estate"] or "")
    mine = sorted(code for code, names in estates.items() if part.estate in names and code in bills)
    shared = [code for code in mine if estates[code] != {part.estate}]
    return merged([line for code in mine for line in bills[code]]), shared


def bill_note(part: Part, lines: Sequence[Row], shared: Sequence[str], language: str) -> str:
    """Return what a reader must know of the bill of a part; empty for a phase and for the whole plan."""
    if part == Part() or part.phase is not None:
        return ""
    if not lines:
        return translate("The plan does not divide its bill by this part.", language)
    text = translate("Ways that several cabinets share are not in this bill.", language)
    if shared:
        told = translate("These cabinets also feed other estates and are counted whole: {codes}.", language,
                         codes=list(shared))  # fmt: skip
        text += ("" if language == "zh" else " ") + told
    return text


def merged(lines: Sequence[Row]) -> list[Row]:
    """Return bill lines with the same item at the same price as one."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line in lines:
        key = (line["domain"], line["item"], line["unit"], line["unit_price"])
        known = found.setdefault(key, {**line, "quantity": 0.0, "cost": 0.0})
        known["quantity"] += float(line["quantity"])
        known["cost"] += float(line["cost"])
    return sorted(found.values(), key=lambda line: (line["domain"] != "wired", -line["cost"], line["item"]))
