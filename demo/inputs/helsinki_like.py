# SPDX-License-Identifier: GPL-2.0-or-later
"""All inputs of the chain for a real city, made from an OpenStreetMap file."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any, Optional

from inputs.geo import write_csv
from inputs.ledger import write_ledger_csv
from inputs.network import make_ducts, make_packages, make_sites, make_supply
from inputs.rivals import make_rivals
from inputs.second_source import make_second_source
from inputs.talks import make_talks
from inputs.territory import Area, Territory, grid_for_plan, make_territory, write_territory
from inputs.town import SEED, Town, read_town

STAFF = ("login", "name", "role", "team", "grid_codes")
BUDGET_PER_HOUSE = 4000.0


def make_osm_inputs(osm: Path, folder: Path, name: str, today: Optional[date] = None, seed: int = SEED) -> Path:
    """Write every input file into ``folder`` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    town = read_town(osm, name, today or date.today(), seed)
    suffix = ".osm.pbf" if osm.name.endswith(".pbf") else ".osm"
    shutil.copyfile(osm, folder / f"city{suffix}")
    made = make_samples(town, folder)
    made["ledger"] = write_ledger_csv(town, folder)
    write_about(town, folder, made, ledger_datum="wgs84")
    return folder


def make_samples(town: Town, folder: Path, territory: Optional[Territory] = None) -> dict[str, Any]:
    """Write territory, second source, network, talks and rivals; return what was made."""
    territory = territory or make_territory(town)
    planned = grid_for_plan(town, territory)
    write_territory(town, territory, folder)
    staff = write_staff(town, territory, folder)
    made: dict[str, Any] = {"grids": len(territory.grids), "second_source": make_second_source(town, folder)}
    make_supply(town, territory, planned, folder)
    made["ducts"] = make_ducts(town, folder)
    made["sites"] = make_sites(town, territory, folder)
    made["packages"] = make_packages(town, territory, folder)
    made["talks"] = make_talks(town, territory, folder, staff)
    made["observations"] = make_rivals(town, folder)
    made["planned"] = planned
    return made


def write_staff(town: Town, territory: Territory, folder: Path) -> list[str]:
    """Write ``staff.csv``: sample customer managers, each with grids of one micro-region; return their logins."""
    word = "样板客户经理{n}" if town.language == "zh" else "Sample account manager {n}"
    rows = []
    for number, area in enumerate(territory.micro_regions, 1):
        codes = [grid.code for grid in territory.grids if grid.parent == area.code]
        rows.append(
            {
                "login": f"sample_manager_{number}",
                "name": word.format(n=number),
                "role": "customer_manager",
                "team": area.name,
                "grid_codes": ";".join(codes),
            }
        )
    write_csv(folder / "staff.csv", STAFF, rows)
    return [row["login"] for row in rows]


def write_about(
    town: Town, folder: Path, made: dict[str, Any], ledger_datum: str, per_house: float = BUDGET_PER_HOUSE
) -> None:
    """Write ``about.json``: what this city is, what was made, and which grid and budget the demo plans with."""
    planned: Area = made.pop("planned")
    about = {
        "city": town.name,
        "language": town.language,
        "seed": town.seed,
        "today": town.today.isoformat(),
        "source": town.source,
        "licence": town.licence,
        "centre": [town.plane.lon, town.plane.lat],
        "buildings": len(town.houses),
        "streets": len(town.streets),
        "households": sum(house.households for house in town.houses),
        "grid_for_plan": planned.code,
        "grid_buildings": len(planned.houses),
        "budget": round(per_house * max(20, len(planned.houses)), -4),
        "datum": {"city": "wgs84", "ledger": ledger_datum},
        "samples": "Territory, second source, ledger, network, talks, rivals and packages are made by the demo.",
        "made": made,
    }
    (folder / "about.json").write_text(
        json.dumps(about, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
    )
