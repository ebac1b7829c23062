# SPDX-License-Identifier: GPL-2.0-or-later
"""The negotiation report and the competitor brief of an area: read, print, write whole or not at all."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, Optional

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.negotiation.sla import Facts, flags
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import translate
from fullservice_plugin.plans.model import Agreement, NegotiationReport, Shape, Talk
from fullservice_plugin.plans.rivals_model import CompetitionReport, EstateScore, Presence
from fullservice_plugin.services.beside import write_both
from fullservice_plugin.services.plans import (
    check_target,
    geometry,
    invented,
    read_base,
    read_sources,
)
from fullservice_plugin.services.plans import fonts as find_fonts
from fullservice_plugin.services.standings import EstateStanding, standings
from fullservice_plugin.services.talk_measures import measures
from fullservice_plugin.services.templates import find_template
from fullservice_plugin.store import plans as queries
from fullservice_plugin.store.connection import Store


def export_negotiations(
    store: Store,
    area: str,
    language: str,
    output: str,
    *,
    on: Optional[datetime.date] = None,
    workbook: str = "",
    template: str = "",
    progress: Progress = SILENT,
) -> Path:
    """Write the negotiation report of an area as PDF and return its path.

    Talks and agreements are those of now; what is overdue, ends or is exclusive is reckoned on the day ``on`` (today).
    ``workbook``: path of an XLSX with the same numbers, empty for none. ``template``: file of a print template.
    """
    path = check_target(output)
    look = find_template(store, template)
    report = read_negotiations(store, area, language, on or datetime.date.today())
    progress.step(0.2)
    from fullservice_plugin.plans.negotiation_report import negotiations_assembly

    assembly = negotiations_assembly(report, language, find_fonts(), look)
    return write_both(path, assembly, workbook, progress.part(0.2, 0.95))


def export_competition(
    store: Store,
    area: str,
    language: str,
    output: str,
    *,
    workbook: str = "",
    template: str = "",
    progress: Progress = SILENT,
) -> Path:
    """Write the competitor brief of an area as PDF, as things stand today, and return its path.

    ``workbook``: path of an XLSX with the same numbers, empty for none. ``template``: file of a print template.
    """
    path = check_target(output)
    look = find_template(store, template)
    report = read_competition(store, area, language, datetime.date.today())
    progress.step(0.2)
    from fullservice_plugin.plans.competition_report import competition_assembly

    assembly = competition_assembly(report, language, find_fonts(), look)
    return write_both(path, assembly, workbook, progress.part(0.2, 0.95))


def _area_name(store: Store, area: str, language: str) -> str:
    if not area:
        return translate("All areas of this login", language)
    name = queries.area_name(store, area)
    if name is None:
        raise InputError(
            "There is no estate, grid, micro-region or branch {area} that your login may see.", area=area
        )
    return f"{area} {name}" if name != area else area


def read_negotiations(store: Store, area: str, language: str, on: datetime.date) -> NegotiationReport:
    """Return what the negotiation report of an area prints. InputError where the area is unknown to this login."""
    name = _area_name(store, area, language)
    buildings = queries.area_buildings(store, area)
    talks = [row for row in queries.area_talks(store, area) if row["stage"] != "closed"]
    spoken = {row["building_id"] for row in talks}
    exclusive = _exclusive(queries.presences(store, area), on)
    sources = read_sources(store)
    days = queries.stalled_days(store)
    made = tuple(_talk(row, exclusive, on, days) for row in talks)
    untouched = tuple(
        Shape("no_talk", geometry(b["geom"]), b["name"], b["estate_code"] or "", b["code"])
        for b in buildings
        if b["id"] not in spoken
    )
    shapes = [t.geometry for t in made] + [s.geometry for s in untouched]
    inside = [str(b["id"]) for b in buildings]
    return NegotiationReport(
        area=name,
        on=on,
        talks=made,
        agreements=tuple(_agreement(row) for row in queries.agreements(store, inside)),
        untouched=untouched,
        estates=tuple(sorted({(b["estate_code"], b["estate_name"]) for b in buildings if b["estate_code"]})),
        sources=sources,
        base=read_base(store, shapes, inside),
        made=invented(sources),
        measures=measures(store, area, on),
    )


def _exclusive(rows: list[dict[str, Any]], on: datetime.date) -> dict[str, Optional[datetime.date]]:
    """Return building or estate id → end of a rival's exclusive contract in force on a day."""
    found: dict[str, Optional[datetime.date]] = {}
    for row in rows:
        until = row["exclusive_until"]
        if row["exclusivity"] == "contract" and (until is None or until >= on):
            found[str(row["building_id"] or row["estate_id"])] = until
    return found


def _talk(row: dict[str, Any], exclusive: dict[str, Optional[datetime.date]], on: datetime.date,
          stalled_days: int) -> Talk:
    blocked = row["building_id"] in exclusive
    facts = Facts(
        stage=row["stage"],
        stage_since=row["since"] or on,
        last_contact=row["last_contact"],
        valid_to=row["valid_to"],
        rival_exclusive=blocked,
        rival_exclusive_until=exclusive.get(row["building_id"]),
        evidence_missing=bool(row["evidence_missing"]),
    )
    return Talk(
        estate=row["estate_code"] or "",
        estate_name=row["estate_name"] or "",
        building=row["name"],
        kind=row["kind"],
        stage=row["stage"],
        since=row["since"],
        owner=row["owner"] or "",
        next_action=row["next_action"] or "",
        due=row["next_action_due"] or (row["next_review"] if row["stage"] == "refused" else None),
        party=row["party"] or "",
        households=row["households"],
        flags=flags(facts, on, stalled_days),
        geometry=geometry(row["geom"]),
        code=row["code"],
    )


def _agreement(row: dict[str, Any]) -> Agreement:
    return Agreement(
        number=row["number"] or "",
        kind=row["type"],
        estate=row["estate"] or "",
        party=row["party"] or "",
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        buildings=int(row["buildings"]),
        auto_renew=row["auto_renew"],
        notice_days=row["notice_days"],
    )


def read_competition(store: Store, area: str, language: str, on: datetime.date) -> CompetitionReport:
    """Return what the competitor brief of an area prints. InputError where the area is unknown to this login.

    Presence, shares and scores are those of the store's present day; ``on`` is only the day that the brief names.
    """
    name = _area_name(store, area, language)
    buildings = queries.area_buildings(store, area)
    rows = queries.presences(store, area)
    operators = queries.operators(store)
    sources = read_sources(store)
    shapes = tuple(
        Shape("building", geometry(b["geom"]), b["name"], b["estate_code"] or "", b["code"]) for b in buildings
    )
    return CompetitionReport(
        area=name,
        on=on,
        operators=tuple(
            (
                o["code"],
                (o["name_en"] or o["name"]) if language == "en" else o["name"],
                bool(o["is_self"]),
                o["colour"] or "",
            )
            for o in operators
        ),
        presences=tuple(_presence(row) for row in rows),
        scores=tuple(_score(one) for one in standings(store, area)),
        sources=sources,
        buildings=shapes,
        base=read_base(store, [s.geometry for s in shapes], [str(b["id"]) for b in buildings]),
        made=invented(sources),
    )


def _score(one: EstateStanding) -> EstateScore:
    found = one.standing
    return EstateScore(
        estate=one.code, name=one.name, own_share=found.own_share, leader=found.leader, leader_share=found.leader_share,
        hhi_low=found.hhi_low, hhi_high=found.hhi_high, threat=found.threat, completeness=found.completeness,
        confidence=found.confidence, win_back=found.win_back, white=one.white, overbuilt=one.overbuilt,
        own_price=one.own_price,
        prices=tuple((who.code, who.price) for who in one.operators if not who.own and who.price is not None),
        advice=tuple((line.template, tuple((k, str(v)) for k, v in line.values.items())) for line in one.advice()))


def _presence(row: dict[str, Any]) -> Presence:
    return Presence(
        estate=row["estate_code"] or "",
        estate_name=row["estate_name"] or "",
        building=row["building"] or "",
        operator=row["operator_code"],
        technology=row["technology"] or "",
        status=row["status"] or "",
        since=row["since"],
        down_mbps=_number(row["max_down_mbps"]),
        share=_number(row["share"]),
        exclusivity=row["exclusivity"] or "",
        exclusive_until=row["exclusive_until"],
        confidence=_number(row["confidence"]),
        observed=row["observed_on"],
        source=row["source_class"] or "",
        conflict=bool(row["conflict"]),
        geometry=geometry(row["geom"]),
        code=row["code"] or "",
    )


def _number(value: Any) -> Optional[float]:
    return None if value is None else float(value)
