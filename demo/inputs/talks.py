# SPDX-License-Identifier: GPL-2.0-or-later
"""Sample talks with property owners, spread over the stages, with small evidence files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Optional

from inputs.chinese import in_chinese
from inputs.geo import write_csv
from inputs.territory import Territory
from inputs.town import House, Town
from inputs.words import say

COLUMNS = (
    "sample_key",
    "building_key",
    "estate_name",
    "building_name",
    "address",
    "x",
    "y",
    "party_name",
    "party_role",
    "authority",
    "kind",
    "stage",
    "stage_since",
    "owner_login",
    "obstacle_code",
    "reason_code",
    "next_action",
    "next_action_due",
    "next_review",
    "note",
    "agreement_number",
    "agreement_type",
    "signed_on",
    "valid_from",
    "valid_to",
    "auto_renew",
    "notice_days",
    "exclusivity",
    "fee_model",
    "fee_amount",
    "fee_period",
    "power_model",
    "works_from",
    "works_to",
    "works_hours",
    "riser_right",
    "power_right",
    "evidence_kind",
    "evidence_file",
)
PARTIES = ("estate_name", "building_key", "name", "role", "authority", "valid_from", "valid_to")
SPREAD = (
    ("not_started", 8),
    ("party_identified", 8),
    ("contacted", 10),
    ("surveyed", 8),
    ("proposal_sent", 8),
    ("negotiating", 12),
    ("terms_agreed", 5),
    ("in_approval", 4),
    ("signed", 10),
    ("entry_permitted", 7),
    ("in_force", 8),
    ("renewing", 2),
    ("refused", 5),
    ("blocked", 3),
    ("escalated_external", 1),
    ("expired", 1),
)
EVIDENCE = {
    "surveyed": "survey",
    "proposal_sent": "proposal",
    "terms_agreed": "term_sheet",
    "in_approval": "term_sheet",
    "signed": "agreement",
    "entry_permitted": "permit",
    "in_force": "acceptance",
    "renewing": "agreement",
    "expired": "agreement",
    "refused": "letter",
    "blocked": "photo",
    "escalated_external": "case",
}
GRANTED = frozenset({"signed", "entry_permitted", "in_force", "renewing", "expired"})
OVER = frozenset({"in_force", "refused", "expired", "entry_permitted"})
TALKED, FILES = 0.6, 24


def make_talks(town: Town, territory: Territory, folder: Path, staff: list[str]) -> dict[str, int]:
    """Write ``negotiations.csv``, ``parties.csv`` and ``evidence/``; return talks per stage."""
    chance = town.random("talks")
    stages, weights = [stage for stage, _ in SPREAD], [weight for _, weight in SPREAD]
    rows: list[dict[str, Any]] = []
    parties: dict[tuple[str, str], dict[str, Any]] = {}
    counts: dict[str, int] = {}
    (folder / "evidence").mkdir(exist_ok=True)
    for row, house in enumerate(town.houses):
        if not (house.households or house.businesses) or chance.random() >= TALKED:
            continue
        # the first talks show every stage once; the others follow the spread
        stage = stages[len(rows)] if len(rows) < len(stages) else chance.choices(stages, weights)[0]
        talk = _talk(town, house, stage, chance, len(rows) + 1, staff[territory.grid_of[row] % len(staff)])
        kind = talk["evidence_kind"]
        if kind and sum(1 for other in rows if other["evidence_file"]) < FILES:
            talk["evidence_file"] = _evidence(town, folder, talk["sample_key"], kind, house, talk["stage_since"])
        rows.append(talk)
        counts[stage] = counts.get(stage, 0) + 1
        parties.setdefault(
            (house.estate, talk["party_name"]),
            {
                "estate_name": house.estate or None,
                "building_key": house.key,
                "name": talk["party_name"],
                "role": talk["party_role"],
                "authority": talk["authority"],
                "valid_from": (town.today - timedelta(days=900)).isoformat(),
                "valid_to": None,
            },
        )
    table = in_chinese(COLUMNS, rows) if town.language == "zh" else (COLUMNS, rows)
    write_csv(folder / "negotiations.csv", *table)
    write_csv(folder / "parties.csv", PARTIES, parties.values())
    return counts


def _talk(town: Town, house: House, stage: str, chance: Any, number: int, login: str) -> dict[str, Any]:
    today = town.today
    since = today - timedelta(days=chance.randint(1, 70))
    word, role, authority = chance.choices(
        (
            ("property", "property_mgmt", "propose"),
            ("committee", "committee", "sign"),
            ("developer", "developer", "sign"),
            ("landlord", "landlord", "sign"),
        ),
        (6, 3, 1, 1 if house.households > 4 else 4),
    )[0]
    if house.estate:  # one company per estate
        pick = town.random("party", house.estate)
        party, role, authority = say(town.language, "property", n=pick.randint(1, 99)), "property_mgmt", "propose"
    else:
        party = say(town.language, word, n=chance.randint(1, 40))
    x, y = town.lonlat(house.shape.representative_point())
    talk: dict[str, Any] = {
        "sample_key": f"TALK-{number:04d}",
        "building_key": house.key,
        "estate_name": house.estate or None,
        "building_name": house.name or None,
        "address": house.address or None,
        "x": x,
        "y": y,
        "party_name": party,
        "party_role": role,
        "authority": authority,
        "kind": "renewal" if stage == "renewing" else "new_entry",
        "stage": stage,
        "stage_since": since.isoformat(),
        "owner_login": login,
        "note": say(town.language, "note"),
        "next_action": None if stage in OVER else say(town.language, "next"),
        "next_action_due": None if stage in OVER else (since + timedelta(days=chance.randint(3, 45))).isoformat(),
        "evidence_kind": EVIDENCE.get(stage),
        "evidence_file": None,
    }
    if stage in ("refused", "blocked"):
        talk["reason_code"] = (
            chance.choice(("fee", "residents", "no_interest")) if stage == "refused" else "obstruction"
        )
        talk["obstacle_code"] = chance.choice(("fee", "residents", "no_reply", "exclusive"))
        talk["next_review"] = (since + timedelta(days=90)).isoformat()
    elif stage in ("negotiating", "escalated_external"):
        talk["obstacle_code"] = chance.choice(("fee", "power", "aesthetics", "renovation"))
    if stage in GRANTED:
        talk.update(_agreement(town, stage, since, chance, number))
    return talk


def _agreement(town: Town, stage: str, since: Any, chance: Any, number: int) -> dict[str, Any]:
    signed = since - timedelta(days=0 if stage == "signed" else chance.randint(20, 300))
    years = chance.choice((3, 5, 8))
    until = signed + timedelta(days=365 * years)
    if stage == "renewing":
        until = town.today + timedelta(days=chance.randint(20, 80))
    elif stage == "expired":
        until = town.today - timedelta(days=chance.randint(5, 60))
        signed = until - timedelta(days=365 * years)
    fee = chance.choice(("none", "one_off", "per_year"))
    return {
        "agreement_number": f"SAMPLE-{number:04d}",
        "agreement_type": "entry",
        "signed_on": signed.isoformat(),
        "valid_from": signed.isoformat(),
        "valid_to": until.isoformat(),
        "auto_renew": "no",
        "notice_days": 90,
        "exclusivity": "none",
        "fee_model": fee,
        "fee_amount": None if fee == "none" else chance.randrange(500, 9000, 100),
        "fee_period": {"none": None, "one_off": "once", "per_year": "year"}[fee],
        "power_model": "metered",
        "works_from": (signed + timedelta(days=15)).isoformat(),
        "works_to": (signed + timedelta(days=180)).isoformat(),
        "works_hours": "08:00-18:00",
        "riser_right": "yes",
        "power_right": "yes" if chance.random() < 0.85 else "no",
    }


def _evidence(town: Town, folder: Path, key: str, kind: str, house: House, on: Optional[str]) -> str:
    """Write one small document: a PDF, or a text file for survey notes and where no font fits."""
    text = say(
        town.language,
        "evidence",
        kind=say(town.language, kind),
        building=house.name or house.address or house.key,
        on=on,
    )
    if kind not in ("survey", "photo"):
        path = folder / "evidence" / f"{key}-{kind}.pdf"
        if _pdf(path, text):
            return f"evidence/{path.name}"
    path = folder / "evidence" / f"{key}-{kind}.txt"
    path.write_text(text + "\n", encoding="utf-8")
    return f"evidence/{path.name}"


def _pdf(path: Path, text: str) -> bool:
    try:
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.cidfonts import UnicodeCIDFont
        from reportlab.pdfgen.canvas import Canvas
    except ImportError:
        return False
    font = "Helvetica"
    if not text.isascii():
        font = "STSong-Light"
        pdfmetrics.registerFont(UnicodeCIDFont(font))
    page = Canvas(str(path), pagesize=(420, 300), invariant=1)
    page.setTitle(text.splitlines()[0])
    page.setFont(font, 13)
    for number, line in enumerate(text.splitlines()):
        page.drawString(36, 250 - 24 * number, line)
    page.save()
    return True
