# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of an operator's ledger put on the map: by address, by name, by coordinates, with band and reason."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

import numpy as np

from fullservice_plugin.core.discovery.addresses import Address, fold_street, parse_address
from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.datum import DATUMS, convert
from fullservice_plugin.core.discovery.datum_vote import DatumVote, Project, vote
from fullservice_plugin.core.discovery.footprints import Footprints, footprints_of
from fullservice_plugin.core.discovery.gazetteer import Gazetteer, Hit
from fullservice_plugin.core.discovery.names import normal
from fullservice_plugin.core.discovery.nearest import nearest_footprints, point_distances
from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable, Problem

MATCH, REVIEW, UNPLACED = "match", "review", "unplaced"
DETECT = "detect"
_MATCH_FROM, _REVIEW_FROM = 0.7, 0.3
_REACH = 40.0  # m from a wall within which a coordinate still speaks for a building
_AGREE = 80.0  # m between coordinates and the named building that still agree
_DISAGREE = 250.0  # m from which they contradict each other
_IN_BUILDING = 5.0  # m from a wall within which a point of interest belongs to a building
_LANDMARK = 50.0  # m, how far from its point of interest a place without buildings may reach
_AREA = 3000.0  # m around all buildings beyond which a coordinate is out of area


@dataclass(frozen=True)
class LedgerRow:
    """One row as given: its own key, texts, and coordinates in degrees as found (any type)."""

    key: str
    name: Any = None
    address: Any = None
    x: Any = None
    y: Any = None


@dataclass(frozen=True)
class Landmark:
    """A point of interest (WGS-84 degrees) with its name and address."""

    name: Any
    address: Any
    lon: float
    lat: float


@dataclass(frozen=True)
class Placement:
    """Where a row belongs.

    ``row`` is the building's row number (None unplaced), ``method`` a code of the list ``position_method``,
    ``lon``/``lat`` WGS-84 degrees of the row's own
    coordinates (None without usable ones), ``accuracy`` metres, ``score`` 0–1; ``reasons`` are what the
    user should know: (English template, values).
    """

    row: Optional[int]
    method: str
    accuracy: Optional[float]
    score: float
    band: str
    reasons: tuple[tuple[str, dict[str, object]], ...] = ()
    lon: Optional[float] = None
    lat: Optional[float] = None


@dataclass
class LedgerResult:
    """One placement per row, the datum used, the vote on it, and the sentences to warn with."""

    placements: list[Placement]
    datum: str
    vote: DatumVote
    warnings: list[Problem] = field(default_factory=list)


def locate_ledger(
    rows: Sequence[LedgerRow],
    buildings: FeatureTable,
    project: Project,
    datum: str = DETECT,
    addresses: Sequence[tuple[int, Any, Any]] = (),
    progress: Progress = SILENT,
    landmarks: Sequence[Landmark] = (),
) -> LedgerResult:
    """Place ledger rows on buildings (metres); ``project`` turns WGS-84 degrees into those metres.

    ``datum`` is ``detect`` or the declared one. A declared datum is kept even where another fits better:
    the result then carries a warning. ``addresses`` are (building row, street, house number) triples;
    ``landmarks`` name the building they lie in, and where there is none yet, a place for review.
    """
    if datum != DETECT and datum not in DATUMS:
        raise ParameterError("Unknown datum {datum}. Choose one of detect, wgs84, gcj02, bd09.", datum=datum)
    footprints = footprints_of(buildings.geometry)
    gazetteer = Gazetteer(buildings, addresses)
    lone = _learn(gazetteer, landmarks, footprints, project)
    parsed = [parse_address(row.address) if row.address not in (None, "") else None for row in rows]
    hits: list[list[Hit]] = []
    for number, (row, address) in enumerate(zip(rows, parsed)):
        if number % 200 == 0:
            progress.step(0.6 * number / max(len(rows), 1))
        hits.append(gazetteer.find(row.name, address))
    lon, lat, notes = _coordinates(rows)
    sure = [found[0].row if found and found[0].score >= 0.8 and _alone(found) else None for found in hits]
    found_vote = vote(lon, lat, sure, footprints, project)
    used, warnings = _choose(datum, found_vote)
    lon, lat = convert(lon, lat, used, "wgs84")
    x, y, swapped = _into_area(lon, lat, footprints, project, notes)
    progress.step(0.7)
    near, gap = nearest_footprints(footprints, x, y, _REACH)
    placements = []
    for k in range(len(rows)):
        place = _place(k, hits[k], parsed[k], gazetteer, footprints, (x[k], y[k]), (int(near[k]), float(gap[k])))
        landmark = lone.get(normal(rows[k].name)) if place.row is None and not np.isfinite(x[k]) else None
        if landmark is not None:
            placements.append(_at_landmark(landmark, notes[k]))
            continue
        reasons = (*notes[k], *place.reasons)
        score, band = place.score, place.band
        if swapped[k] and band == MATCH and place.method in ("inside", "nearest"):
            score, band = min(score, 0.65), REVIEW
        own = bool(np.isfinite(x[k]))
        placements.append(
            Placement(
                place.row,
                place.method,
                place.accuracy,
                round(score, 3),
                band,
                reasons,
                float(lon[k]) if own else None,
                float(lat[k]) if own else None,
            )
        )
    progress.step(1.0)
    return LedgerResult(_mark_duplicates(rows, placements), used, found_vote, warnings)


def _learn(
    gazetteer: Gazetteer, landmarks: Sequence[Landmark], footprints: Footprints, project: Project
) -> dict[str, Landmark]:
    """Teach the gazetteer what lies in buildings; returns the others by name, without names that several have."""
    if not landmarks:
        return {}
    x, y = project(np.array([one.lon for one in landmarks]), np.array([one.lat for one in landmarks]))
    near, _ = nearest_footprints(footprints, x, y, _IN_BUILDING)
    lone: dict[str, list[Landmark]] = {}
    for one, row in zip(landmarks, near.tolist()):
        if row >= 0:
            gazetteer.learn(row, one.name, parse_address(one.address) if one.address else None)
        elif normal(one.name):
            lone.setdefault(normal(one.name), []).append(one)
    return {key: found[0] for key, found in lone.items() if len(found) == 1}


def _at_landmark(one: Landmark, notes: Sequence[tuple[str, dict[str, object]]]) -> Placement:
    values: dict[str, object] = {"name": str(one.name)}
    reason = ("found as the point of interest {name}; no building is known there", values)
    return Placement(None, "geocode", _LANDMARK, 0.4, REVIEW, (*notes, reason), one.lon, one.lat)


def _alone(hits: list[Hit]) -> bool:
    return len(hits) == 1 or hits[1].score < hits[0].score - 0.1


def _choose(datum: str, found: DatumVote) -> tuple[str, list[Problem]]:
    if datum == DETECT:
        if found.clear and found.best != "wgs84":
            return found.best, [
                Problem("", "The coordinates fit the buildings in datum {datum}; it was used.", {"datum": found.best})
            ]
        return (found.best if found.clear else "wgs84"), []
    if found.clear and found.best != datum:
        return datum, [
            Problem(
                "",
                "The coordinates are declared as {declared} but fit the buildings in {best}. They were taken as "
                "declared; check the datum and run again.",
                {"declared": datum, "best": found.best},
            )
        ]
    return datum, []


_Notes = list[list[tuple[str, dict[str, object]]]]


def _coordinates(rows: Sequence[LedgerRow]) -> tuple[Array, Array, _Notes]:
    """Return the usable coordinates (not a number elsewhere) and a note per unusable one."""
    lon, lat = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    notes: _Notes = [[] for _ in rows]
    for k, row in enumerate(rows):
        if row.x in (None, "") and row.y in (None, ""):
            continue
        try:
            x, y = float(str(row.x).strip()), float(str(row.y).strip())
        except ValueError:
            notes[k].append(("the coordinates {x}, {y} are no numbers", {"x": repr(row.x), "y": repr(row.y)}))
            continue
        if not (math.isfinite(x) and math.isfinite(y)):
            notes[k].append(("the coordinates {x}, {y} are no numbers", {"x": repr(row.x), "y": repr(row.y)}))
        elif x == 0.0 and y == 0.0:
            notes[k].append(("the coordinates are 0, 0", {}))
        elif abs(x) > 180.0 or abs(y) > 180.0:
            notes[k].append(("the coordinates {x}, {y} are no degrees", {"x": x, "y": y}))
        else:
            lon[k], lat[k] = x, y
    return lon, lat, notes


def _into_area(
    lon: Array, lat: Array, footprints: Footprints, project: Project, notes: _Notes
) -> tuple[Array, Array, Array]:
    """Return metres; swapped coordinates are turned where only that brings them into the area (and noted)."""
    west, south, east, north = (
        (
            np.nanmin(footprints.bounds[:, 0]),
            np.nanmin(footprints.bounds[:, 1]),
            np.nanmax(footprints.bounds[:, 2]),
            np.nanmax(footprints.bounds[:, 3]),
        )
        if (footprints.area > 0).any()
        else (np.nan,) * 4
    )

    def within(x: Array, y: Array) -> Array:
        return (x >= west - _AREA) & (x <= east + _AREA) & (y >= south - _AREA) & (y <= north + _AREA)

    def metres(a: Array, b: Array) -> tuple[Array, Array]:
        fine = np.isfinite(a) & np.isfinite(b) & (np.abs(b) <= 89.0) & (np.abs(a) <= 180.0)
        x, y = np.full(len(a), np.nan), np.full(len(a), np.nan)
        if fine.any():
            x[fine], y[fine] = project(a[fine], b[fine])
        return x, y

    x, y = metres(lon, lat)
    given = np.isfinite(lon)
    inside = within(x, y)
    turned_x, turned_y = metres(lat, lon)
    swapped = given & ~inside & within(turned_x, turned_y)
    for k in np.nonzero(given & ~inside)[0]:
        if swapped[k]:
            notes[k].append(("longitude and latitude look swapped", {}))
            x[k], y[k] = turned_x[k], turned_y[k]
            lon[k], lat[k] = lat[k], lon[k]
        else:
            notes[k].append(
                ("the coordinates {x}, {y} lie outside the area", {"x": round(lon[k], 6), "y": round(lat[k], 6)})
            )
            x[k] = y[k] = np.nan
    return x, y, swapped


def _place(
    k: int,
    hits: list[Hit],
    address: Optional[Address],
    gazetteer: Gazetteer,
    footprints: Footprints,
    at: tuple[float, float],
    near: tuple[int, float],
) -> Placement:
    has_point = math.isfinite(at[0])
    if hits and has_point:
        return _by_both(hits, footprints, at, near)
    if hits:
        best = hits[0]
        rivals = [hit for hit in hits[1:] if hit.score > best.score - 0.05]
        score = best.score
        if rivals:  # a person can choose among them, where the text fits at all
            score = max(min(score, 0.65) / (1.0 + 0.15 * min(len(rivals), 3)), _REVIEW_FROM if score >= 0.35 else 0.0)
        reasons: tuple[tuple[str, dict[str, object]], ...] = (
            (("{count} buildings fit equally well", {"count": len(rivals) + 1}),) if rivals else ()
        )
        return _made(best.row, best.by, _half(footprints, best.row) * (1.0 + len(rivals)), score, reasons)
    if has_point and near[0] >= 0:
        score = 0.85 if near[1] == 0.0 else max(0.3, 0.8 - 0.0125 * near[1])
        return _made(near[0], "inside" if near[1] == 0.0 else "nearest", max(5.0, near[1] + 5.0), score, ())
    if address is not None and address.street:
        rows = gazetteer.street_rows(address)
        if rows:
            row = min(rows)
            return _made(
                row, "geocode", 100.0, 0.35, (("only the street is known, the nearest house number was taken", {}),)
            )
    if has_point:
        return Placement(None, "unplaced", 20.0, 0.2, UNPLACED, (("no building within {reach} m", {"reach": _REACH}),))
    return Placement(None, "unplaced", None, 0.0, UNPLACED, (("no building is known by this name or address", {}),))


def _by_both(hits: list[Hit], footprints: Footprints, at: tuple[float, float], near: tuple[int, float]) -> Placement:
    """Weigh named buildings by their distance to the coordinates."""
    rows = np.array([hit.row for hit in hits])
    x, y = np.full(len(rows), at[0]), np.full(len(rows), at[1])
    gaps = np.where(footprints.area[rows] > 0, point_distances(footprints, x, y, rows), np.nan)
    value = [
        hit.score * (1.0 if not math.isfinite(gap) else math.exp(-max(0.0, gap - 15.0) / 200.0))
        for hit, gap in zip(hits, gaps)
    ]
    k = int(np.argmax(value))
    hit, gap = hits[k], float(gaps[k])
    if math.isfinite(gap) and gap <= _AGREE:
        certain = 0.5 + 0.5 * hit.score if hit.score >= 0.5 or near[0] == hit.row else 0.6
        return _made(hit.row, hit.by, max(5.0, min(gap, _half(footprints, hit.row)) + 3.0), certain, ())
    if near[0] >= 0 and near[1] == 0.0 and hit.score < 0.6:
        return _made(near[0], "inside", 5.0, 0.72, ())
    if not math.isfinite(gap) or gap <= _DISAGREE:
        return _made(
            hit.row,
            hit.by,
            _half(footprints, hit.row),
            min(hit.score, 0.68),
            (
                (
                    "the coordinates lie {metres} m from the named building",
                    {"metres": round(gap) if math.isfinite(gap) else "?"},
                ),
            ),
        )
    return _made(
        hit.row,
        hit.by,
        _half(footprints, hit.row),
        min(hit.score, 0.5),
        (("name or address and coordinates contradict each other by {metres} m", {"metres": round(gap)}),),
    )


def _half(footprints: Footprints, row: int) -> float:
    return max(10.0, math.sqrt(float(footprints.area[row])) / 2.0)


def _made(
    row: int, method: str, accuracy: float, score: float, reasons: tuple[tuple[str, dict[str, object]], ...]
) -> Placement:
    band = MATCH if score >= _MATCH_FROM else REVIEW if score >= _REVIEW_FROM else UNPLACED
    return Placement(row, method, round(accuracy, 1), score, band, reasons)


def _mark_duplicates(rows: Sequence[LedgerRow], placements: list[Placement]) -> list[Placement]:
    """Note rows that say the same as an earlier one: the same texts on the same building."""
    seen: dict[tuple[str, str, Optional[int]], str] = {}
    marked = []
    for row, place in zip(rows, placements):
        key = (normal(row.name), fold_street(row.address), place.row)
        if (key[0] or key[1]) and key in seen:
            place = Placement(
                place.row,
                place.method,
                place.accuracy,
                place.score,
                place.band,
                (*place.reasons, ("duplicate of row {row}", {"row": seen[key]})),
                place.lon,
                place.lat,
            )
        else:
            seen[key] = row.key
        marked.append(place)
    return marked
