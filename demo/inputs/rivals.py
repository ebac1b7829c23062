# SPDX-License-Identifier: GPL-2.0-or-later
"""Sample competitor operators and what was observed of them, each with source, date, observer and confidence."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from inputs.chinese import in_chinese
from inputs.geo import write_csv
from inputs.town import House, Town
from inputs.words import say

OPERATOR = ("code", "name", "name_en", "is_self", "colour")
OPERATORS = {
    "en": (
        ("SELF", "Sample Telecom (own)", "Sample Telecom (own)", 1, "#1b6ca8"),
        ("RIV-A", "Sample rival A", "Sample rival A", 0, "#d1495b"),
        ("RIV-B", "Sample rival B", "Sample rival B", 0, "#edae49"),
        ("RIV-C", "Sample rival C (cable)", "Sample rival C (cable)", 0, "#66a182"),
    ),
    "zh": (
        ("SELF", "样板移动（本公司）", "Sample Mobile (own)", 1, "#1b6ca8"),
        ("RIV-A", "样板电信", "Sample Telecom", 0, "#d1495b"),
        ("RIV-B", "样板联通", "Sample Unicom", 0, "#edae49"),
        ("RIV-C", "样板广电", "Sample Broadcast", 0, "#66a182"),
    ),
}
COLUMNS = (
    "sample_key",
    "building_key",
    "building_name",
    "address",
    "x",
    "y",
    "operator_code",
    "field",
    "value",
    "number",
    "unit",
    "exclusive_until",
    "source_class",
    "source_text",
    "observed_on",
    "observer",
    "confidence",
    "valid_until",
)
CONFIDENCE = {
    "official": 0.9,
    "win_loss": 0.8,
    "site_photo": 0.8,
    "manager": 0.6,
    "resident": 0.5,
    "web_ad": 0.5,
    "hearsay": 0.3,
}
SEEN = 0.55


def make_rivals(town: Town, folder: Path) -> int:
    """Write ``operators.csv`` and ``competitors.csv``; return the number of observations."""
    chance = town.random("rivals")
    operators = OPERATORS[town.language]
    write_csv(folder / "operators.csv", OPERATOR, [dict(zip(OPERATOR, row)) for row in operators])
    rows: list[dict[str, Any]] = []
    for house in town.houses:
        if not (house.households or house.businesses) or chance.random() >= SEEN:
            continue
        present = [
            code for code, likely in (("RIV-A", 0.75), ("RIV-B", 0.5), ("RIV-C", 0.25)) if chance.random() < likely
        ]
        left = max(1, house.households + house.businesses)
        for code in present:
            known = chance.randint(0, max(0, int(left * 0.45)))
            left -= known
            rows.extend(_observations(town, house, code, known, chance))
    for number, row in enumerate(rows, 1):
        row["sample_key"] = f"OBS-{number:05d}"
    table = in_chinese(COLUMNS, rows) if town.language == "zh" else (COLUMNS, rows)
    return write_csv(folder / "competitors.csv", *table)


def _observations(town: Town, house: House, operator: str, subscribers: int, chance: Any) -> list[dict[str, Any]]:
    technology = "hfc_eoc" if operator == "RIV-C" else chance.choice(("ftth", "ftth", "fttb_lan", "xdsl"))
    speed = {"ftth": 1000, "fttb_lan": 100, "xdsl": 20, "hfc_eoc": 200}[technology]
    seen = [
        ("presence", "in_service", None, None),
        ("technology", technology, None, None),
        ("speed", None, speed, "Mbit/s"),
    ]
    if chance.random() < 0.6:
        seen.append(("subs", None, subscribers, "lines"))
    if chance.random() < 0.3:
        seen.append(("ports", None, max(8, subscribers + chance.randint(0, 12)), "ports"))
    if chance.random() < 0.4:
        seen.append(("tariff", None, chance.choice((49, 59, 79, 99, 129)), "CNY/month"))
    if chance.random() < 0.12:
        seen.append(("promotion", say(town.language, "promotion"), None, None))
    if chance.random() < 0.06:
        seen.append(("exclusivity", chance.choice(("de_facto", "contract")), None, None))
    x, y = town.lonlat(house.shape.representative_point())
    rows = []
    for field, value, number, unit in seen:
        source = chance.choice(("site_photo", "manager", "resident", "win_loss", "hearsay"))
        if field in ("tariff", "promotion"):
            source = chance.choice(("web_ad", "resident"))
        on = town.today - timedelta(days=chance.randint(2, 12 if field == "promotion" else 200))
        rows.append(
            {
                "building_key": house.key,
                "building_name": house.name or None,
                "address": house.address or None,
                "x": x,
                "y": y,
                "operator_code": operator,
                "field": field,
                "value": value,
                "number": number,
                "unit": unit,
                "exclusive_until": (town.today + timedelta(days=200)).isoformat() if field == "exclusivity" else None,
                "source_class": source,
                "source_text": say(town.language, "source"),
                "observed_on": on.isoformat(),
                "observer": say(town.language, "observer", n=chance.randint(1, 5)),
                "confidence": CONFIDENCE[source],
                "valid_until": (on + timedelta(days=60)).isoformat() if field == "tariff" else None,
            }
        )
    return rows
