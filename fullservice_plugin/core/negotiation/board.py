# SPDX-License-Identifier: GPL-2.0-or-later
"""The board of talks: six columns along the way, and what is held up."""

from __future__ import annotations

from fullservice_plugin.core.catalogue.model import Code

COLUMNS: tuple[Code, ...] = (
    Code("not_started", "未启动", "Not started"),
    Code("contact", "接触", "Contact"),
    Code("proposal", "方案", "Proposal"),
    Code("negotiation", "谈判", "Negotiation"),
    Code("signed", "已签", "Signed"),
    Code("entry", "准入", "Entry"),
    Code("held_up", "受阻", "Held up"),
)
STAGES: dict[str, tuple[str, ...]] = {
    "not_started": ("not_started",),
    "contact": ("party_identified", "contacted", "surveyed"),
    "proposal": ("proposal_sent",),
    "negotiation": ("negotiating", "terms_agreed", "in_approval"),
    "signed": ("signed", "renewing"),
    "entry": ("entry_permitted", "in_force"),
    "held_up": ("refused", "blocked", "escalated_external"),
}
COLUMN_OF = {stage: column for column, stages in STAGES.items() for stage in stages}
