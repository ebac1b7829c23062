# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of the plans for codes of the store, in the language of the document; an unknown code is shown as it is."""

from __future__ import annotations

from fullservice_plugin.i18n import translate

METHODS = {
    "ftth": "Fibre to the home (FTTH)",
    "fttb": "Fibre to the building (FTTB)",
    "wlan": "WLAN",
    "hybrid": "FTTB and WLAN",
    "leased": "Leased line",
    "none": "Not served",
}
SHORT_METHODS = {
    "ftth": "FTTH",
    "fttb": "FTTB",
    "wlan": "WLAN",
    "hybrid": "FTTB + WLAN",
    "leased": "Leased line",
    "none": "Not served",
}
DESIGN_STATES = {
    "draft": "Draft",
    "submitted": "Submitted",
    "in_review": "In review",
    "approved": "Approved",
    "returned": "Returned",
    "rejected": "Rejected",
    "superseded": "Superseded",
    "mixed": "Differs by estate",
}
STAGES = {
    "not_started": "Not started",
    "party_identified": "Responsible party identified",
    "contacted": "First contact made",
    "surveyed": "Access survey done",
    "proposal_sent": "Proposal submitted",
    "negotiating": "Negotiating terms",
    "terms_agreed": "Heads of terms agreed",
    "in_approval": "Internal approval",
    "signed": "Signed",
    "entry_permitted": "Entry permitted",
    "in_force": "In force",
    "renewing": "Renewal in progress",
    "refused": "Refused",
    "blocked": "Blocked",
    "escalated_external": "External escalation",
    "terminated": "Terminated",
    "expired": "Expired",
    "closed": "Closed",
}
KINDS = {
    "olt": "OLT",
    "fdt": "Distribution cabinet (FDT)",
    "fat": "Access box (FAT)",
    "feeder": "Feeder cable",
    "distribution": "Distribution cable",
    "drop": "Drop cable",
    "ap": "WLAN access point",
    "switch": "Switch",
}
RISKS = {
    "negotiation_open": "Negotiation open",
    "negotiation_refused": "Negotiation refused",
    "negotiation_missing": "No negotiation started",
    "agreement_expiring": "Agreement expiring",
    "rival": "Rival present",
    "rival_exclusive": "Rival with exclusivity",
    "evidence_missing": "Evidence missing",
}
DECISIONS = {"approve": "Approved", "return": "Returned", "reject": "Rejected"}
NEGOTIATION_KINDS = {
    "new_entry": "New entry",
    "renewal": "Renewal",
    "expansion": "Expansion",
    "filing": "Filing",
}
FLAGS = {
    "overdue": "Overdue",
    "stalled": "Stalled",
    "expiring": "Expiring",
    "evidence_missing": "Evidence missing",
    "exclusive_blocked": "Rival exclusivity",
    "refused": "Refused",
    "blocked": "Blocked",
}
STATUSES = {
    "planned": "Planned",
    "building": "Under construction",
    "in_service": "In service",
    "withdrawn": "Withdrawn",
    "unknown": "Unknown",
}
EXCLUSIVITIES = {"none": "None", "de_facto": "De facto", "contract": "By contract"}
SOURCE_CLASSES = {
    "official": "Official filing",
    "win_loss": "Win/loss record",
    "site_photo": "Site photo",
    "manager": "Property manager",
    "resident": "Resident",
    "web_ad": "Web advertisement",
    "hearsay": "Hearsay",
}
COMPONENTS = {
    "trench": "Trenches and ducts",
    "feeder": "Feeder cables",
    "distribution": "Distribution cables",
    "cable": "Cables",
    "cables": "Cables",
    "drop": "Drops",
    "drops": "Drops",
    "boxes": "Access boxes",
    "cabinets": "Cabinets",
    "splitters": "Splitters",
    "equipment": "Active equipment",
    "olt": "OLT ports",
    "splicing": "Splicing",
    "wlan": "WLAN",
    "wired": "Wired network",
}


def label(words: dict[str, str], code: str, language: str) -> str:
    """Return the word for a code in the language of the document."""
    return translate(words[code], language) if code in words else code
