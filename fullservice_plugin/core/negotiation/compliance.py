# SPDX-License-Identifier: GPL-2.0-or-later
"""Compliance of an agreement, by jurisdiction. The rules are data (``compliance_rules.json``).

The legal texts were read as secondary sources: a lawyer should check the table before it is relied on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Mapping, Optional

from fullservice_plugin.core.errors import ParameterError, TransitionError

DEFAULT_JURISDICTION = "CN"


@dataclass(frozen=True)
class Finding:
    """One rule an agreement touches: ``severity`` is block or warn; texts by language."""

    code: str
    severity: str
    text: Mapping[str, str]
    source: Mapping[str, str]


@lru_cache(maxsize=1)
def rules() -> dict[str, Any]:
    """Return the table of jurisdictions."""
    path = Path(__file__).with_name("compliance_rules.json")
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table


def check_agreement(agreement: Mapping[str, Any], jurisdiction: str = DEFAULT_JURISDICTION) -> list[Finding]:
    """Return the findings of an agreement's fields, the blocking ones first.

    A warning disappears when the field it needs (an approver, a disclosure) is filled. Raises
    ParameterError for a jurisdiction without a table.
    """
    table = _jurisdiction(jurisdiction)
    found = []
    for rule in table["rules"]:
        if any(agreement.get(field) not in values for field, values in rule["when"].items()):
            continue
        if rule["severity"] == "warn" and agreement.get(rule.get("needs", "")):
            continue
        found.append(Finding(rule["code"], rule["severity"], rule["text"], rule["source"]))
    return sorted(found, key=lambda finding: (finding.severity != "block", finding.code))


def require_compliant(agreement: Mapping[str, Any], jurisdiction: str = DEFAULT_JURISDICTION) -> list[Finding]:
    """Return the warnings; raise TransitionError citing the rule when the agreement may not be signed."""
    found = check_agreement(agreement, jurisdiction)
    for finding in found:
        if finding.severity == "block":
            raise TransitionError(
                "The agreement may not be signed: {text} ({code}, {source}). Change the clause.",
                text=finding.text["en"],
                text_zh=finding.text["zh"],
                code=finding.code,
                source=finding.source["en"],
                source_zh=finding.source["zh"],
            )
    return found


def notice_chain(jurisdiction: str) -> list[str]:
    """Return the steps of the statutory notices of a jurisdiction, in order (empty: none)."""
    return [step["step"] for step in _jurisdiction(jurisdiction)["notice_chain"]]


def notice_name(step: str, language: str) -> str:
    """Return the name of a step of any jurisdiction's chain; the raw step where none has it."""
    for table in rules().values():
        for entry in table["notice_chain"]:
            if entry["step"] == step:
                return str(entry["zh" if language == "zh" else "en"])
    return step


def next_notice(jurisdiction: str, last: Optional[str], acknowledged: bool) -> Optional[str]:
    """Return the notice that follows ``last`` (None: the first).

    Any acknowledgement by the landlord ends the chain, so does its last step. Raises ParameterError for a
    step that is not in the chain.
    """
    chain = notice_chain(jurisdiction)
    if acknowledged or not chain:
        return None
    if last is None:
        return chain[0]
    if last not in chain:
        raise ParameterError(
            "{step} is not a notice of jurisdiction {jurisdiction}.", step=last, jurisdiction=jurisdiction
        )
    place = chain.index(last) + 1
    return chain[place] if place < len(chain) else None


def _jurisdiction(code: str) -> dict[str, Any]:
    table = rules()
    if code not in table:
        raise ParameterError(
            "There is no compliance table for jurisdiction {jurisdiction}. Known: {known}.",
            jurisdiction=code,
            known=sorted(table),
        )
    found: dict[str, Any] = table[code]
    return found
