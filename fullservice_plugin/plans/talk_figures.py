# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of the negotiation stage on paper: how much is signed, how long stages take, why owners refuse."""

from __future__ import annotations

from typing import Any

from fullservice_plugin.plans import formats, labels, palette
from fullservice_plugin.plans.charts import Bars
from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.tables import Column, cards, data_table

_BAR = 20.0
"""Height of a bar in points, with its gap: a heading stays with its bars."""


def figures(document: Document, found: Any) -> None:
    """Add the figures (:class:`services.talk_measures.Measures`); what nobody can tell is left empty."""
    t, language = document.t, document.language
    document.heading(t("How the negotiation is doing"))
    contacts = found.contacts_per_signature
    document.add(cards(document, [
        (t("Buildings signed"), formats.percent(found.signed_rate, 1, document.language),
         t("{part} of {whole}", part=formats.integer(found.signed), whole=formats.integer(found.buildings))),
        (t("Households signed"), formats.percent(found.household_rate, 1, document.language),
         t("{part} of {whole}", part=formats.integer(found.signed_households),
           whole=formats.integer(found.households))),
        (t("Stalled talks"), formats.integer(found.stalled),
         t("of {count} open talks", count=formats.integer(found.open_talks))),
        (t("Contacts per signature"), formats.decimal(contacts),
         t("{count} contacts", count=formats.integer(found.contacts))),
        (t("Agreements ending"), formats.integer(found.expiring),
         t("{count} without a renewal", count=formats.integer(found.without_renewal))),
        (t("Unknown households"), formats.integer(found.unknown_households), t("buildings, not counted as zero")),
    ]))
    document.space(10)
    if found.stage_days:
        document.subheading(t("Median days per stage"))
        rows = [(labels.label("negotiation_stage", stage, language), formats.decimal(days), formats.integer(count))
                for stage, days, count in found.stage_days]
        columns = [Column(t("Stage"), 2.0), Column(t("Median days"), 1.0, "right"), Column(t("Stays"), 1.0, "right")]
        document.add(*data_table(document, columns, rows, width=document.width))
        document.space(8)
    if found.refusals:
        document.subheading(t("Why owners refuse"), 50.0 + _BAR * len(found.refusals))
        bars = [(labels.label("negotiation_reason", reason, language) if reason else t("no reason given"), float(count),
                 t("{talks} talks, {homes} homes", talks=formats.integer(count), homes=formats.integer(homes)),
                 palette.STAGES["refused"]) for reason, count, homes in found.refusals]
        document.add(Bars(document.fonts, document.width, bars))
        document.space(8)
    if any(homes for _, homes in found.unlocked):
        document.subheading(t("Households unlocked per month"), 50.0 + _BAR * len(found.unlocked))
        bars = [(month, float(homes), formats.integer(homes), palette.STAGES["signed"])
                for month, homes in found.unlocked]
        document.add(Bars(document.fonts, document.width, bars))
        document.space(8)
