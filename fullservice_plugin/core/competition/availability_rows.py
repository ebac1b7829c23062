# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of an availability file read; what cannot be true is set aside with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Optional

from fullservice_plugin.core.competition.availability import (
    FCC_TECHNOLOGY,
    MOST_MBPS,
    SHARES,
    area_code,
    columns_of,
    find_headings,
)
from fullservice_plugin.core.intake import Row, take
from fullservice_plugin.core.table import FeatureTable, Problem

Reason = tuple[str, Mapping[str, object]]


class Claim(NamedTuple):
    """What a provider says to offer somewhere: at ``position`` (lon, lat), within ``outline`` or in an area."""

    row: str
    provider: int
    brand: str
    code: int
    technology: str
    down: Optional[float]
    up: Optional[float]
    location: str
    area: str
    position: Optional[tuple[float, float]]
    outline: Any
    observed_on: date


class ShareRow(NamedTuple):
    """Which shares of the premises of an area (0–100, in the order of :data:`SHARES`) can get what."""

    row: str
    area: str
    outline: Any
    premises: Optional[float]
    shares: tuple[Optional[float], ...]
    observed_on: date


@dataclass
class Reading:
    """The usable rows of a file, and the others with their reasons."""

    claims: list[Claim]
    shares: list[ShareRow]
    rejected: list[Problem]


def read_rows(
    table: FeatureTable,
    form: str,
    mapping: Mapping[str, str],
    observed_on: Optional[date],
    today: date,
) -> Reading:
    """Read a file of ``form``; ``observed_on`` holds for rows without a date. ``table`` is in EPSG:4326.

    A row that repeats another one is rejected. Raises InputError when the file lacks columns of the format.
    """
    headings = find_headings(form, table.columns, table.name or "INPUT", mapping)
    taken = take(table, columns_of(form), headings)
    found = Reading([], [], list(taken.rejected))
    seen: dict[tuple[Any, ...], str] = {}
    for row in taken.rows:
        made = _read(row, form, row.get("observed_on") or observed_on, today)
        if isinstance(made, (Claim, ShareRow)):
            first = seen.setdefault(_key(row, made, form), row.key)
            if first != row.key:
                made = "the same as row {first}", {"first": first}
        if isinstance(made, Claim):
            found.claims.append(made)
        elif isinstance(made, ShareRow):
            found.shares.append(made)
        else:
            found.rejected.append(Problem(row.key, made[0], dict(made[1])))
    return found


def _read(row: Row, form: str, day: Optional[date], today: date) -> Claim | ShareRow | Reason:
    if day is None:
        return "an observation needs its date", {}
    if day > today:
        return "observed on {date}, which lies in the future", {"date": day}
    if form == "ofcom":
        return _share(row, day)
    made = _claim(row, day)
    # A point in a coverage polygon would be the middle of an area.
    return made._replace(position=None) if form == "fcc_polygons" and isinstance(made, Claim) else made


def _claim(row: Row, day: date) -> Claim | Reason:
    code = row.get("technology")
    if code not in FCC_TECHNOLOGY:
        return "technology {code} is not one of the FCC's: {known}", {
            "code": code, "known": list(FCC_TECHNOLOGY)}
    speeds = [row.get("max_advertised_download_speed"), row.get("max_advertised_upload_speed")]
    for speed in speeds:
        if speed is not None and speed > MOST_MBPS:
            return "{value} Mbit/s is no speed of a line", {"value": speed}
    wrong = _position_problem(row)
    if wrong is not None:
        return wrong
    location, area = row.get("location_id"), row.get("area_id")
    return Claim(
        row.key,
        row.get("provider_id"),
        row.get("brand_name") or "",
        code,
        FCC_TECHNOLOGY[code],
        speeds[0],
        speeds[1],
        area_code(location) if location is not None else "",
        area_code(area) if area is not None else "",
        _position(row),
        outline_of(row.geometry),
        day,
    )


def _position(row: Row) -> Optional[tuple[float, float]]:
    """Return lon, lat of a row's columns, else of its point; None where it has none."""
    if row.get("longitude") is None:
        return point_of(row.geometry)
    return row.get("longitude"), row.get("latitude")


def _position_problem(row: Row) -> Optional[Reason]:
    x, y = row.get("longitude"), row.get("latitude")
    if (x is None) != (y is None):
        return "its position lacks the longitude or the latitude", {}
    if x is not None and (not (-180 <= x <= 180 and -90 <= y <= 90) or (x == 0 and y == 0)):
        return "its position {x}, {y} is no place on Earth", {"x": x, "y": y}
    return None


def point_of(geometry: Any) -> Optional[tuple[float, float]]:
    """Return lon, lat of a single point; None for anything else, since the middle of an area is no place in it."""
    if geometry is None or geometry.is_empty:
        return None
    parts = list(geometry.geoms) if geometry.geom_type == "MultiPoint" else [geometry]
    if len(parts) != 1 or parts[0].geom_type != "Point":
        return None
    return float(parts[0].x), float(parts[0].y)


def outline_of(geometry: Any) -> Any:
    """Return a geometry that is an area; None for anything else."""
    if geometry is None or geometry.is_empty or geometry.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    return geometry


def _share(row: Row, day: date) -> ShareRow | Reason:
    shares = tuple(row.get(name) for name in SHARES)
    for name, share in zip(SHARES, shares):
        if share is not None and not 0 <= share <= 100:
            return "{field} must be a percentage from 0 to 100, found {value}", {"field": name, "value": share}
    if all(share is None for share in shares):
        return "it gives no availability", {}
    premises, matched = row.get("all_premises"), row.get("matched_premises")
    if premises == 0:
        return "it has no premises", {}
    if premises is not None and matched is not None and matched > premises:
        return "{matched} matched premises are more than all {premises}", {"matched": matched, "premises": premises}
    return ShareRow(row.key, area_code(row.get("area_id")), outline_of(row.geometry), premises, shares, day)


def _key(row: Row, made: Claim | ShareRow, form: str) -> tuple[Any, ...]:
    """Return what makes two rows the same."""
    if isinstance(made, ShareRow):
        return (made.area, made.observed_on)
    who = (made.provider, made.code, made.observed_on)
    if form == "fcc_bdc":
        return (*who, made.location, row.get("business_residential_code"))
    return (*who, made.down, made.up, made.area, made.outline.wkb if made.outline is not None else None)
