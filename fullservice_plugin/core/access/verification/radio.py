# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of a WLAN design: legal channels and power, places, coverage and airtime."""

from __future__ import annotations

import math
from typing import Optional

from fullservice_plugin.core.access.verification.findings import Report
from fullservice_plugin.core.access.verification.limits import Limits
from fullservice_plugin.core.access.verification.tables import DesignTables, repeated, require, text
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.table import FeatureTable

INSIDE = 0.5
"""An access point lies at most this far (metres) outside the footprint (rounded coordinates)."""

# Highest EIRP (dBm) indoors per region and range of 20-MHz channel numbers; CN: MIIT 无〔2021〕129, ETSI: EN 300 328,
# EN 301 893 and ECC/DEC(20)01 (values without transmit power control), FCC: 47 CFR 15.247 and 15.407 with 6 dBi.
# Kept here on purpose and not shared with the designer: two tables that agree are a check, one is not.
_LEGAL: dict[str, dict[str, tuple[tuple[int, int, int, float], ...]]] = {
    "cn": {"2.4": ((1, 13, 1, 20.0),), "5": ((36, 48, 4, 23.0), (52, 64, 4, 20.0), (149, 165, 4, 32.0))},
    "etsi": {
        "2.4": ((1, 13, 1, 20.0),),
        "5": ((36, 48, 4, 23.0), (52, 64, 4, 20.0), (100, 140, 4, 27.0)),
        "6": ((1, 93, 4, 23.0),),
    },
    "fcc": {
        "2.4": ((1, 11, 1, 36.0),),
        "5": ((36, 48, 4, 36.0), (52, 64, 4, 30.0), (100, 144, 4, 30.0), (149, 165, 4, 36.0)),
        "6": ((1, 233, 4, 30.0),),
    },
}
# Wider channels are named by their centre: 2, 6 and 14 numbers above their first 20-MHz channel.
_WIDER = (2, 6, 14)
REGIONS = tuple(_LEGAL)


def legal_eirp(region: str, band: str, channel: int) -> Optional[float]:
    """Return the highest legal EIRP (dBm) of a channel indoors; None where the channel is not open.

    A wide channel is legal where its first and last 20-MHz channels are; the lower limit counts.
    """
    ranges = _LEGAL[region].get(band, ())

    def narrow(number: int) -> Optional[float]:
        for first, last, step, limit in ranges:
            if first <= number <= last and (number - first) % step == 0:
                return limit
        return None

    found = narrow(channel)
    if found is not None or band == "2.4":
        return found
    for half in _WIDER:
        ends = [narrow(channel + offset) for offset in range(-half, half + 1, 4)]
        if all(end is not None for end in ends):
            return min(end for end in ends if end is not None)
    return None


def check_radio(design: DesignTables, region: str, limits: Limits, report: Report) -> None:
    """Check access points and coverage; raises ParameterError for an unknown region."""
    if region not in _LEGAL:
        raise ParameterError(
            "Region {region} is not known. Choose one of: {known}.", region=region, known=list(REGIONS)
        )
    if design.aps is not None:
        _check_aps(design, design.aps, region, report)
    if design.coverage is not None:
        _check_coverage(design, design.coverage, limits, report)
    if design.aps is not None and design.coverage is not None:
        _check_both(design.aps, design.coverage, report)


def _check_aps(design: DesignTables, table: FeatureTable, region: str, report: Report) -> None:
    require(table, "ap_id", "building_id", "floor", "band", "channel", "eirp_dbm")
    shapes = dict(zip(design.buildings.ids, design.buildings.geometry))
    storeys = dict(zip(design.buildings.ids, design.buildings.numbers("storeys")))
    keys = [text(value) for value in table.column("ap_id")]
    repeated(keys, "ap.id", report)
    rows = zip(
        keys,
        table.column("building_id"),
        table.numbers("floor"),
        table.column("band"),
        table.numbers("channel"),
        table.numbers("eirp_dbm"),
        table.geometry,
    )
    for key, building, floor, band, channel, eirp, place in rows:
        building, band = text(building), text(band)
        if building not in shapes:
            report.add("ap.building", key, building=building)
        else:
            away = place.distance(shapes[building]) if place is not None and shapes[building] is not None else 0.0
            if away > INSIDE:
                report.add("ap.inside", key, distance=away, building=building)
            known = storeys[building]
            if floor is None or (known is not None and not _floor_exists(floor, known)):
                report.add("ap.floor", key, floor=floor, building=building, storeys=known)
        if band not in _LEGAL[region]:
            report.add("ap.band", key, band=band, region=region)
            continue
        limit = legal_eirp(region, band, int(channel)) if channel is not None else None
        if limit is None:
            report.add("ap.channel", key, channel=channel, band=band, region=region)
        elif eirp is None or eirp > limit + 1e-6:
            report.add("ap.eirp", key, eirp=eirp, region=region, limit=limit)


def _floor_exists(floor: float, storeys: float) -> bool:
    """Floors count from 1; basements are below 1."""
    return floor == int(floor) and floor <= max(1, math.ceil(storeys))


def _check_coverage(design: DesignTables, table: FeatureTable, limits: Limits, report: Report) -> None:
    require(table, "building_id", "floor", "primary_share", "secondary_share", "airtime")
    rules = limits.data.get("wlan", {}).get("rules", {})
    targets = {
        name: float(rules.get(name, {}).get("value", value))
        for name, value in (("primary_share", 0.99), ("secondary_share", 0.85), ("airtime_limit", 0.6))
    }
    seen: dict[tuple[str, str], int] = {}
    floors: dict[str, set[str]] = {}
    rows = zip(
        table.column("building_id"),
        table.column("floor"),
        table.numbers("primary_share"),
        table.numbers("secondary_share"),
        table.numbers("airtime"),
    )
    for building, floor, primary, secondary, airtime in rows:
        building, floor = text(building), text(floor)
        seen[(building, floor)] = seen.get((building, floor), 0) + 1
        floors.setdefault(building, set()).add(floor)
        for share in (primary, secondary):
            if share is None or not 0.0 <= share <= 1.0 + 1e-9:
                report.add("coverage.share", building, floor=floor, share=share)
        if primary is not None and primary < targets["primary_share"] - 1e-6:
            report.add("coverage.primary", building, floor=floor, share=primary, target=targets["primary_share"])
        if secondary is not None and secondary < targets["secondary_share"] - 1e-6:
            report.add("coverage.secondary", building, floor=floor, share=secondary, target=targets["secondary_share"])
        if airtime is None or airtime < 0 or airtime > targets["airtime_limit"] + 1e-6:
            report.add("coverage.airtime", building, floor=floor, airtime=airtime, limit=targets["airtime_limit"])
    for (building, floor), count in seen.items():
        if count > 1:
            report.add("coverage.repeated", building, floor=floor, count=count)
    storeys = dict(zip(design.buildings.ids, design.buildings.numbers("storeys")))
    for building, found in floors.items():
        known = storeys.get(building)
        if known is not None and len(found) < max(1, round(known)):
            report.add("coverage.floors", building, storeys=known, floors=len(found))


def _check_both(aps: FeatureTable, coverage: FeatureTable, report: Report) -> None:
    """Every access point stands on a floor that is reported, every reported floor has one."""
    covered = {(text(b), text(f)) for b, f in zip(coverage.column("building_id"), coverage.column("floor"))}
    placed = set()
    for key, building, floor in zip(aps.column("ap_id"), aps.column("building_id"), aps.column("floor")):
        place = (text(building), text(floor))
        placed.add(place)
        if place not in covered:
            report.add("ap.uncovered", text(key), floor=place[1], building=place[0])
    for building, floor in sorted(covered - placed):
        report.add("coverage.no_ap", building, floor=floor)
