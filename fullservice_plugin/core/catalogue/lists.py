# SPDX-License-Identifier: GPL-2.0-or-later
"""Bilingual value lists: the codes that the store keeps and the words that people see."""
from __future__ import annotations

from fullservice_plugin.core.catalogue import lists_network, lists_property
from fullservice_plugin.core.catalogue.lists_network import OBSERVED
from fullservice_plugin.core.catalogue.model import Code
from fullservice_plugin.core.catalogue.states import MACHINES

__all__ = ["EDITABLE", "LISTS", "OBSERVED", "Code", "code_label", "codes"]

_STATE_LISTS = {"lead_state": "SM-1", "negotiation_stage": "SM-2", "design_state": "SM-3", "task_state": "SM-9",
                "intel_state": "SM-10", "precoverage_state": "SM-4", "package_state": "SM-13"}

#: Every list by name, in the order in which its values are shown.
LISTS: dict[str, tuple[Code, ...]] = {
    **lists_property.LISTS,
    **lists_network.LISTS,
    **{name: MACHINES[machine].states for name, machine in _STATE_LISTS.items()},
    "machine": tuple(Code(machine.code, machine.zh, machine.en) for machine in MACHINES.values()),
}

#: Lists to which a store may add values of its own; the database checks every other list's values.
EDITABLE = frozenset({"value_class", "estate_type", "building_use", "obstacle", "negotiation_reason", "task_kind",
                      "attachment_kind", "access_constraint", "estate_method", "households_method", "height_source",
                      "position_method", "reminder_level", "subject_kind", "construction", "change_state",
                      "term_clause", "promotion_kind", "indicator", "street_class", "observed_value",
                      "observed_unit", "figure_unit"})


def codes(name: str) -> tuple[str, ...]:
    """The codes of the list ``name``; KeyError when there is no such list."""
    return tuple(entry.code for entry in LISTS[name])


def code_label(name: str, code: str, language: str) -> str:
    """Label of ``code`` in the list ``name`` in ``language`` ("zh" or "en"); the raw code when unknown."""
    for entry in LISTS[name]:
        if entry.code == code:
            return entry.zh if language == "zh" else entry.en
    return code
