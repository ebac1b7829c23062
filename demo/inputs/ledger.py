# SPDX-License-Identifier: GPL-2.0-or-later
"""A building ledger (台账) as an operator keeps it: names and addresses with slips, positions a little off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inputs.geo import write_csv
from inputs.town import House, Town
from inputs.words import say
from shapely.geometry import Point

COLUMNS = ("ledger_key", "name", "address", "x", "y", "households", "businesses", "remark")
TRUTH = ("ledger_key", "osm_id", "locatable", "x_wgs84", "y_wgs84")
LOST, WITHOUT_POSITION, SLIP = 0.04, 0.12, 0.25


def ledger_rows(town: Town) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows (WGS 84) and their truth.

    About a quarter of the texts has a slip of the pen, an eighth has no position (its address must find
    it), and some rows fit nothing at all.
    """
    chance = town.random("ledger")
    houses = [house for house in town.houses if house.households or house.businesses]
    rows: list[dict[str, Any]] = []
    truth: list[dict[str, Any]] = []
    for number, house in enumerate(houses, 1):
        key = f"LZ{number:05d}"
        house.ledger_key = house.ledger_key or key
        inside = house.shape.representative_point()
        off = Point(inside.x + chance.gauss(0, 2.0), inside.y + chance.gauss(0, 2.0))
        x, y = town.lonlat(off)
        bare = bool(house.address) and chance.random() < WITHOUT_POSITION
        rows.append(
            {
                "ledger_key": house.ledger_key,
                "name": _slip(town, house.name, chance),
                "address": _slip(town, _address(town, house), chance),
                "x": None if bare else x,
                "y": None if bare else y,
                "households": house.households or None,
                "businesses": house.businesses or None,
                "remark": say(town.language, "remark"),
            }
        )
        real = town.lonlat(inside)
        truth.append(
            {
                "ledger_key": house.ledger_key,
                "osm_id": house.key,
                "locatable": 1,
                "x_wgs84": real[0],
                "y_wgs84": real[1],
            }
        )
    for number in range(1, max(3, int(len(houses) * LOST)) + 1):
        key = f"LX{number:05d}"
        rows.append(
            {
                "ledger_key": key,
                "name": "",
                "address": f"{say(town.language, 'lost_street')} {900 + number}",
                "x": None,
                "y": None,
                "households": chance.randint(1, 40),
                "businesses": None,
                "remark": say(town.language, "remark"),
            }
        )
        truth.append({"ledger_key": key, "osm_id": "", "locatable": 0, "x_wgs84": None, "y_wgs84": None})
    return rows, truth


def _address(town: Town, house: House) -> str:
    if town.language == "zh":
        return f"{house.street}{house.number}号" if house.street else ""
    return house.address


def _slip(town: Town, text: str, chance: Any) -> str:
    """Return text with a slip as people make them: case, blanks, a letter dropped or doubled, an abbreviation."""
    if not text or chance.random() >= SLIP:
        return text
    if town.language == "zh":
        digits = str.maketrans("0123456789", "０１２３４５６７８９")
        return chance.choice((text.translate(digits), f" {text} ", text.replace("号", ""), text.replace("栋", "幢")))
    kind = chance.randint(0, 4)
    if kind == 0:
        return text.upper()
    if kind == 1:
        return (
            text.replace("katu ", "k. ").replace("Avenue", "Av.").replace("Boulevard", "Bd").replace("straße", "str.")
        )
    at = chance.randrange(len(text))
    if kind == 2 and text[at].isalpha():
        return text[:at] + text[at + 1 :]
    if kind == 3 and text[at].isalpha():
        return text[:at] + text[at] + text[at:]
    return text.replace(" ", "  ", 1)


def write_ledger_csv(town: Town, folder: Path) -> int:
    """Write ``ledger.csv`` (WGS 84) and ``ledger_truth.csv``; return the number of rows."""
    rows, truth = ledger_rows(town)
    write_csv(folder / "ledger_truth.csv", TRUTH, truth)
    return write_csv(folder / "ledger.csv", COLUMNS, rows)
