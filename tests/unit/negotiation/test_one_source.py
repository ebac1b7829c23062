# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of the domain code agree with the catalogue that the database is built from."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from fullservice_plugin.core.catalogue.lists import codes
from fullservice_plugin.core.catalogue.states import machine
from fullservice_plugin.core.competition import evidence, scores, take
from fullservice_plugin.core.negotiation import compliance, outlook, sla
from fullservice_plugin.i18n import sentences


def test_stages_and_their_time_limits() -> None:
    talks = machine("SM-2")
    stages = [state.code for state in talks.states]
    assert list(outlook.PROBABILITY) == stages and list(sla.SLA_DAYS) == stages
    limits = {stage: 0 for stage in stages}
    for step in talks.transitions:
        limits[step.target] = max(limits[step.target], step.sla_days)
    assert {stage: days or 0 for stage, days in sla.SLA_DAYS.items()} == limits
    assert set(sla.OPEN) <= set(stages)


def test_lists_of_competition() -> None:
    assert tuple(evidence.SOURCE_CONFIDENCE) == codes("source_class")
    assert set(evidence.HALF_LIFE_DAYS) == set(codes("intel_field"))
    technologies = set(codes("technology"))
    assert technologies - {"other"} <= set(take.TECH_EFFECT)
    assert technologies - {"other", "unknown"} <= set(scores.TECH_RANK)


def test_rules_speak_both_languages_and_of_known_values() -> None:
    for table in compliance.rules().values():
        for rule in table["rules"]:
            assert rule["text"]["zh"] and rule["text"]["en"] and rule["source"]["zh"]
            for field, values in rule["when"].items():
                assert field in ("exclusivity", "type", "fee_model", "share_kind")
                if field == "exclusivity":
                    assert set(values) <= set(codes("exclusivity"))


def test_every_reason_of_a_rejected_row_has_its_chinese() -> None:
    import fullservice_plugin.core.intake as intake
    import fullservice_plugin.services as services

    chinese = sentences("zh")
    room = Path(services.__path__[0])
    names = ("competition", "imports", "negotiation", "negotiation_import", "packages", "resources", "subjects")
    missing = []
    for path in [Path(intake.__file__), *(room / f"{name}.py" for name in names)]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            texts = []
            if isinstance(node, ast.Tuple):
                texts = node.elts[:1]
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_Unreadable", "_Rejected", "remark"):
                texts = node.args[:2]
            for text in texts:
                value = text.value if isinstance(text, ast.Constant) else None
                if isinstance(value, str) and re.search(r"[a-z] [a-z{]", value) and value not in chinese:
                    missing.append(f"{path.name}: {value}")
    assert not missing, "\n".join(missing)
