# SPDX-License-Identifier: GPL-2.0-or-later
"""Small invented reports for the tests of the plans."""

from __future__ import annotations

import datetime

from sample_plan import sample_plan, square

from fullservice_plugin.plans.model import (
    Agreement,
    CompetitionReport,
    EstateScore,
    NegotiationReport,
    Presence,
    Shape,
    Talk,
)

ON = datetime.date(2026, 5, 4)
STAGES = ("not_started", "contacted", "negotiating", "signed", "refused", "in_force", "proposal_sent")


def sample_negotiations(buildings: int = 12, language: str = "en") -> NegotiationReport:
    """Return a report with one talk for most buildings, two estates."""
    zh = language == "zh"
    plan = sample_plan(buildings, language)
    talks, untouched = [], []
    for index, d in enumerate(plan.decisions):
        if index % 6 == 5:
            untouched.append(Shape("no_talk", d.geometry, d.name, d.estate))
            continue
        stage = STAGES[index % len(STAGES)]
        talks.append(
            Talk(d.estate, "幸福里小区" if zh else "Market Quarter", d.name, "new_entry", stage, datetime.date(2026, 3, 1), "zhang.min",
                 "与业委会面谈，递交补充方案" if zh else "Meet the committee and hand over the revised proposal",
                 datetime.date(2026, 4, 20 + index % 10) if stage not in ("signed", "in_force") else None,
                 "幸福里物业管理有限公司" if zh else "Market Quarter Property Ltd", d.households,
                 ("stalled",) if index % 4 == 0 else (), d.geometry)
        )
    agreements = (
        Agreement("XY-2023-017", "entry", "E001", "幸福里物业" if zh else "Market Quarter Property Ltd", datetime.date(2023, 6, 1),
                  datetime.date(2026, 6, 30), 4, True, 60),
        Agreement("XY-2025-002", "coop", "E002", "", datetime.date(2025, 1, 1), datetime.date(2028, 12, 31), 3),
    )
    return NegotiationReport("G-01 幸福里网格" if zh else "G-01 Market grid", ON, tuple(talks), agreements, tuple(untouched), plan.sources, plan.base)


def sample_competition(buildings: int = 12, language: str = "en") -> CompetitionReport:
    """Return a brief with two rivals, one of them with an exclusive contract."""
    zh = language == "zh"
    plan = sample_plan(buildings, language)
    name = "幸福里小区" if zh else "Market Quarter"
    presences = []
    for index, d in enumerate(plan.decisions):
        if index % 3 == 0:
            presences.append(
                Presence(d.estate, name, d.name, "CUCC" if index % 2 else "CTCC", "ftth", "in_service", datetime.date(2024, 2, 1), 1000.0, 0.35,
                         "contract" if index == 0 else "none", datetime.date(2026, 12, 31) if index == 0 else None, 0.8 - index / 100.0,
                         datetime.date(2026, 4, 2), "site_photo", index == 3, d.geometry)
            )
    presences.append(Presence("E002", name, "", "CTCC", "fttb_lan", "in_service", None, 200.0, None, "de_facto", None, 0.5, datetime.date(2026, 1, 9),
                              "resident"))
    scores = (
        EstateScore("E001", name, 0.4, "CTCC", 0.35, 3100.0, 3725.0, 46.0, 0.7, 0.74),
        EstateScore("E002", name, None, "", None, None, None, None, 0.0, None),
    )
    operators = (("CMCC", "中国移动" if zh else "China Mobile", True, "#0072B2"), ("CTCC", "中国电信" if zh else "China Telecom", False, ""),
                 ("CUCC", "中国联通" if zh else "China Unicom", False, ""))
    shapes = tuple(Shape("building", d.geometry, d.name, d.estate) for d in plan.decisions) or (Shape("building", square(0, 0), "1", ""),)
    return CompetitionReport("G-01 幸福里网格" if zh else "G-01 Market grid", ON, operators, tuple(presences), scores, plan.sources, shapes, plan.base)
