# SPDX-License-Identifier: GPL-2.0-or-later
"""Small invented plans and reports for the tests."""

from __future__ import annotations

import datetime

from shapely.geometry import LineString, Point, Polygon

from fullservice_plugin.plans.floor_model import FloorPlan, FloorPoint, FloorRow, Heat
from fullservice_plugin.plans.model import (
    AccessPlan,
    Agreement,
    BaseMap,
    Bill,
    BuildingRiser,
    Component,
    CurvePoint,
    Decision,
    EstateDesign,
    NegotiationReport,
    Node,
    OpticalPath,
    PhaseFigures,
    Review,
    Risk,
    Shape,
    Source,
    Talk,
)
from fullservice_plugin.plans.rivals_model import CompetitionReport, EstateScore, Presence
from fullservice_plugin.plans.workpack_model import Box, Permit, Way, WorkPack

LON, LAT = 24.9400, 60.1700
ON = datetime.date(2026, 5, 4)
STAGES = ("not_started", "contacted", "negotiating", "signed", "refused", "in_force", "proposal_sent")
METHODS = ("ftth", "ftth", "fttb", "wlan", "hybrid", "leased", "none")


def square(x: float, y: float, size: float = 18.0) -> Polygon:
    """Return a square of ``size`` metres at (x, y) metres from the origin of the sample, in EPSG:4326."""
    return Polygon([place(x, y), place(x + size, y), place(x + size, y + size), place(x, y + size)])


def place(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a point (x, y) metres from the origin of the sample."""
    return LON + x / 55_500.0, LAT + y / 111_300.0


def sample_plan(buildings: int = 12, language: str = "en", estates: int = 2) -> AccessPlan:
    """Return a plan with so many buildings, in rows of six, shared among the estates."""
    zh = language == "zh"
    decisions, paths, nodes, network = [], [], [], []
    base_streets = []
    per_estate = max(1, -(-buildings // max(1, estates)))
    rows = -(-buildings // 6) if buildings else 0
    for row in range(rows + 1):
        y = row * 60.0 - 20.0
        base_streets.append(
            Shape(
                "residential", LineString([place(-30, y), place(390, y)]), "幸福路" if zh else "Market Street"
            )
        )
    for index in range(buildings):
        column, row = index % 6, index // 6
        x, y = column * 60.0, row * 60.0
        estate = f"E{index // per_estate + 1:03d}"
        method = METHODS[index % len(METHODS)]
        name = f"幸福里{index + 1}号楼" if zh else f"Market Street {2 * index + 1}"
        cost = 1000.0 + 37.5 * index
        reason = (
            "光纤到户每户成本最低，{}次之；弱电井可用，物业已签约。".format("FTTB")
            if zh
            else "Fibre to the home costs least per home; risers are usable and the agreement is signed."
        )
        decisions.append(
            Decision(
                f"B{index + 1:04d}",
                name,
                estate,
                24 + index if index % 5 else None,
                method,
                "fttb" if method != "fttb" else "ftth",
                cost,
                5 * cost,
                120.0 + index,
                "",
                reason,
                index == 3,
                square(x, y),
            )
        )
        if method in ("ftth", "fttb", "hybrid", "leased"):
            loss = 18.0 + (index * 7 % 90) / 10.0
            paths.append(OpticalPath(name, estate, f"FAT-{index // 3 + 1:03d}", 12.0 + index, 4, loss,
                                     f"B{index + 1:04d}"))  # fmt: skip
            network.append(Shape("drop", LineString([place(x + 9, y - 20), place(x + 9, y)]), "", estate))
        if method in ("wlan", "hybrid"):
            network.append(Shape("ap", Point(place(x + 9, y + 9)), "", estate))
        if index % 3 == 0:
            code = f"FAT-{index // 3 + 1:03d}"
            nodes.append(Node(code, "fat", "FDT-1", 16, 12, "1:8"))
            network.append(Shape("fat", Point(place(x + 9, y - 20)), code, estate))
    if nodes:
        nodes += [Node("FDT-1", "fdt", "OLT-1", 16, len(nodes), "1:8"), Node("OLT-1", "olt", "", 64, 1, "")]
    risers = tuple(
        BuildingRiser(d.name, d.estate, 6 + 12 * (n % 2), ((1, 1),) if n % 2 else (),
                      ((3, 2),) if d.method == "wlan" else (), not n % 2, d.method != "wlan")
        for n, d in enumerate(decisions) if d.method != "none"
    )  # fmt: skip
    if buildings:
        top = max(0, rows - 1) * 60.0 - 20.0
        network.append(Shape("feeder", LineString([place(-20, -20), place(180, -20)]), ""))
        network.append(
            Shape("distribution", LineString([place(-20, -20), place(-20, top), place(330, top)]), "")
        )
        network.append(Shape("olt", Point(place(-20, -20)), "OLT-1"))
        network.append(Shape("fdt", Point(place(180, -20)), "FDT-1"))
    bills = (
        Bill("wired", "Fibre cable 12 fibres", "m", 1234.5, 2.2, 2715.9),
        Bill("wired", "Access box 16 ports", "piece", 7.0, 85.0, 595.0),
        Bill("wired", "Trench in pavement", "m", 640.0, 55.0, 35200.0),
        Bill("wlan", "Access point indoor", "piece", 5.0, 180.0, 900.0),
    )
    cost = sum(line.cost for line in bills)
    designs = []
    for number in range(1, estates + 1):
        code = f"E{number:03d}"
        chosen = [d for d in decisions if d.estate == code]
        if chosen:
            homes = sum(d.households or 0 for d in chosen)
            total = sum(d.cost or 0.0 for d in chosen)
            name = f"幸福里小区{number}期" if zh else f"Market Quarter {number}"
            designs.append(
                EstateDesign(
                    code,
                    name,
                    1,
                    "approved" if number == 1 else "submitted",
                    homes,
                    total,
                    total / max(1, homes),
                    "li.wei",
                    datetime.date(2026, 3, 2),
                    "wang.fang" if number == 1 else "",
                    datetime.date(2026, 3, 9) if number == 1 else None,
                )
            )
    homes = sum(d.households or 0 for d in decisions if d.method != "none")
    water = Shape(
        "water",
        Polygon([place(-60, -90), place(420, -90), place(420, -60), place(-60, -55)]),
        "护城河" if zh else "Canal",
    )
    green = Shape("green", square(380, 0, 70.0), "")
    return AccessPlan(
        code="P-2026-001",
        name="幸福里网格" if zh else "Market grid",
        area="G-01",
        scenario="base",
        currency="CNY" if zh else "EUR",
        created=datetime.date(2026, 3, 1),
        author="李伟" if zh else "Li Wei",
        state="mixed",
        version="v1",
        horizon_years=5,
        budget=60000.0,
        cost=cost if buildings else 0.0,
        lower_bound=cost * 0.97 if buildings else 0.0,
        benefit=91234.0,
        benefit_upper_bound=92000.0,
        homes_passed=homes,
        unserved=sum(1 for d in decisions if d.method == "none"),
        loss_budget_db=28.0,
        algorithm_version="1.0",
        input_hash="9f" * 32,
        components=(
            Component("trench", 35200.0, 34300.0),
            Component("cable", 2715.9, 2650.0),
            Component("boxes", 595.0, 560.0),
            Component("wlan", 900.0, 720.0),
        )
        if buildings
        else (),
        estates=tuple(designs),
        decisions=tuple(decisions),
        paths=tuple(paths),
        nodes=tuple(nodes),
        risers=risers,
        bills=bills if buildings else (),
        risks=(
            Risk(
                "negotiation_refused",
                "E001",
                "B0003",
                "业委会拒绝，2026-06 复议" if zh else "Committee refused; review in June",
                "refused",
                datetime.date(2026, 6, 1),
                "zhang.min",
            ),
            Risk("rival", "E002", "", "CUCC FTTH", "", datetime.date(2026, 1, 15)),
        )
        if buildings
        else (),
        reviews=(Review("E001", datetime.date(2026, 3, 9), "wang.fang", "approve", "同意" if zh else "Agreed"),)
        if buildings
        else (),
        sources=(
            Source(
                "OpenStreetMap", "ODbL 1.0, © OpenStreetMap contributors", datetime.date(2026, 1, 1), buildings
            ),
            Source("Ledger", ""),
        ),
        network=tuple(network),
        base=BaseMap(tuple(base_streets), (water,), (green,), (Shape("building", square(300, -50), ""),)),
    )


def sample_negotiations(buildings: int = 12, language: str = "en") -> NegotiationReport:
    """Return a report with one talk for most buildings, two estates."""
    zh = language == "zh"
    plan = sample_plan(buildings, language)
    talks, untouched = [], []
    for index, d in enumerate(plan.decisions):
        if index % 6 == 5:
            untouched.append(Shape("no_talk", d.geometry, d.name, d.estate, d.building))
            continue
        stage = STAGES[index % len(STAGES)]
        talks.append(
            Talk(
                d.estate,
                "幸福里小区" if zh else "Market Quarter",
                d.name,
                "new_entry",
                stage,
                datetime.date(2026, 3, 1),
                "zhang.min",
                "与业委会面谈，递交补充方案" if zh else "Meet the committee and hand over the revised proposal",
                datetime.date(2026, 4, 20 + index % 10) if stage not in ("signed", "in_force") else None,
                "幸福里物业管理有限公司" if zh else "Market Quarter Property Ltd",
                d.households,
                ("stalled",) if index % 4 == 0 else (), d.geometry, d.building,
            )
        )
    agreements = (
        Agreement(
            "XY-2023-017",
            "entry",
            "E001",
            "幸福里物业" if zh else "Market Quarter Property Ltd",
            datetime.date(2023, 6, 1),
            datetime.date(2026, 6, 30),
            4,
            True,
            60,
        ),
        Agreement("XY-2025-002", "coop", "E002", "", datetime.date(2025, 1, 1), datetime.date(2028, 12, 31), 3),
    )
    return NegotiationReport(
        "G-01 幸福里网格" if zh else "G-01 Market grid",
        ON,
        tuple(talks),
        agreements,
        tuple(untouched),
        plan.sources,
        plan.base,
    )


def sample_competition(buildings: int = 12, language: str = "en") -> CompetitionReport:
    """Return a brief with two rivals, one of them with an exclusive contract."""
    zh = language == "zh"
    plan = sample_plan(buildings, language)
    name = "幸福里小区" if zh else "Market Quarter"
    presences = []
    for index, d in enumerate(plan.decisions):
        if index % 3 == 0:
            presences.append(
                Presence(
                    d.estate,
                    name,
                    d.name,
                    "CUCC" if index % 2 else "CTCC",
                    "ftth",
                    "in_service",
                    datetime.date(2024, 2, 1),
                    1000.0,
                    0.35,
                    "contract" if index == 0 else "none",
                    datetime.date(2026, 12, 31) if index == 0 else None,
                    0.8 - index / 100.0,
                    datetime.date(2026, 4, 2),
                    "site_photo", index == 3, d.geometry, d.building,
                )
            )
    presences.append(
        Presence(
            "E002",
            name,
            "",
            "CTCC",
            "fttb_lan",
            "in_service",
            None,
            200.0,
            None,
            "de_facto",
            None,
            0.5,
            datetime.date(2026, 1, 9),
            "resident",
        )
    )
    scores = (
        EstateScore("E001", name, 0.4, "CTCC", 0.35, 3100.0, 3725.0, 46.0, 0.7, 0.74),
        EstateScore("E002", name, None, "", None, None, None, None, 0.0, None),
    )
    operators = (
        ("CMCC", "中国移动" if zh else "China Mobile", True, "#0072B2"),
        ("CTCC", "中国电信" if zh else "China Telecom", False, ""),
        ("CUCC", "中国联通" if zh else "China Unicom", False, ""),
    )
    shapes = tuple(Shape("building", d.geometry, d.name, d.estate, d.building) for d in plan.decisions) or (
        Shape("building", square(0, 0), "1", ""),
    )
    return CompetitionReport(
        "G-01 幸福里网格" if zh else "G-01 Market grid",
        ON,
        operators,
        tuple(presences),
        scores,
        plan.sources,
        shapes,
        plan.base,
    )


def full_plan(buildings: int = 14, language: str = "en") -> AccessPlan:
    """Return the sample plan with phases, curve and WLAN floors, so that it has every kind of page."""
    import dataclasses

    plan = sample_plan(buildings, language)
    outline = Polygon([(0, 0), (40, 4), (38, 20), (-2, 16)])
    heat = Heat(-2.0, 20.0, 2.0, 21, 10, bytes(1 + (row + column) % 5 for row in range(10) for column in range(21)))
    points = tuple(FloorPoint(n + 1, 6.0 + 12 * n, 8.0 + n, 20.0, 20) for n in range(3))
    floors = tuple(FloorRow(n, (36 + 4 * n, 149, 60), 0.995, 1.0, 0.153) for n in range(1, 5))
    chosen = next((d for d in plan.decisions if d.method == "wlan"), plan.decisions[0])
    floor = FloorPlan(chosen.building, chosen.name, chosen.estate, outline, points, floors, heat, "tgax residential",
                      -67.0, 0.99, 0.6)  # fmt: skip
    return dataclasses.replace(
        plan,
        floors=(floor,),
        frontier=tuple(CurvePoint(1000.0 * k, 400.0 * k**0.5, 500.0 * k**0.5, 3 * k) for k in range(6)),
        phases=(PhaseFigures(1, 2000.0, 1999.5, 12, 5, 321.0, plan.bills), PhaseFigures(2, None, 777.25, 7, 3, 123.0)),
    )


def sample_pack(plan: AccessPlan) -> WorkPack:
    """Return the work pack of a whole sample plan."""
    ways = (Way("R1", "feeder", "trench", 120.5, "48F", 40, True),
            Way("R2", "distribution", "wall", 30.0, "8F", 6, False))  # fmt: skip
    boxes = tuple(Box(n.code, n.kind, n.parent, n.splitter, n.ports, n.used, 1) for n in plan.nodes if n.kind != "olt")
    permits = tuple(
        Permit(d.building, d.name, d.estate, d.households, d.method, 12.5 if n % 4 == 0 else None,
               "signed" if n % 2 else "contacted", bool(n % 2), "XY-1" if n % 2 else "", ON if n % 2 else None,
               datetime.date(2026, 12, 31) if n % 2 else None, "08:00–18:00", "物业公司 · 幸福里物业", "李伟")
        for n, d in enumerate(plan.decisions) if d.method != "none"
    )  # fmt: skip
    return WorkPack(plan, "Phase 1", "Crew 7", ON, ways, boxes, permits, (("Phase 1", plan.bills),), "A note.")


def sample_week(language: str = "en"):
    """Return a week of two grids with a step, a design and a rival."""
    from fullservice_plugin.services.weekly import WeeklyReport

    grid = {"code": "G", "name": "网格一", "estates": 2, "buildings": 6, "households": 1216, "unknown": 3, "signed": 4,
            "covered": 304, "granted": 1, "steps": 4, "contacts": 1, "lost": 1, "observed": 1, "due": 2,
            "unlocked": 30}  # fmt: skip
    step = {"day": ON, "place": "幸福里", "before": "contacted", "after": "signed", "buildings": 2, "who": "li.wei",
            "reason": ""}  # fmt: skip
    rival = {"operator": "CTCC", "place": "幸福里", "fields": ["presence"], "number": 3}
    grids = (grid, {**grid, "code": "H", "name": "Haus"})
    queue, sources = (("幸福里", "li.wei", "It pays."),), sample_plan(2, language).sources
    return WeeklyReport("G", ON, ON + datetime.timedelta(days=6), grids, (step,), (), (rival,), queue, sources)
