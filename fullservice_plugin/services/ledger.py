# SPDX-License-Identifier: GPL-2.0-or-later
"""A ledger kept in the store: rows located, households calibrated, in one transaction."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Collection, Mapping, Optional, Sequence

import numpy as np
import shapely.wkb
from shapely.geometry import Point

from fullservice_plugin.core.discovery.frame import LocalFrame
from fullservice_plugin.core.discovery.households import Estimate, calibrate, estimate
from fullservice_plugin.core.discovery.ledger import MATCH, Landmark, LedgerResult, LedgerRow, Placement, locate_ledger
from fullservice_plugin.core.discovery.names import parse_name
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.shapes import stored
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.i18n import tr
from fullservice_plugin.store import ledger as queries
from fullservice_plugin.store import placing
from fullservice_plugin.store.bulk import claim_run, finish_run, json_text
from fullservice_plugin.store.discovery import lock
from fullservice_plugin.store.rights import require_bulk

KIND = "ledger"


@dataclass
class LedgerImport:
    """What an import did: placements in the order of the rows, counts, and whether the input was known already."""

    result: LedgerResult
    counts: dict[str, int]
    rejects: list[tuple[int, str]] = field(default_factory=list)
    known: bool = False


def import_ledger(
    store: Any,
    source_name: str,
    batch: str,
    rows: Sequence[LedgerRow],
    numbers: Sequence[int],
    households: Sequence[Any],
    extra: Sequence[dict[str, Any]],
    datum: str,
    progress: Progress = SILENT,
) -> LedgerImport:
    """Locate the rows on the store's buildings and keep all of them with band and reason.

    ``numbers`` are the rows' numbers in the file, ``households`` their count as found, ``extra`` all their
    columns. Rows that cannot be placed or read are kept too and listed with number and reason. Raises
    InputError when the store has no buildings.
    """
    digest = hashlib.sha256(
        json_text(
            [source_name, datum, [[row.key, row.name, row.address, row.x, row.y] for row in rows], list(households)]
        ).encode()
    ).hexdigest()
    with store.transaction(bulk=True) as cur:
        require_bulk(cur, "ledger_row")
        lock(cur)
        found = queries.named_buildings(cur)
        if not found:
            raise InputError("The store has no buildings yet. Run discoverbuildings first.")
        frame, buildings = _table(found)
        at = {key: row for row, key in enumerate(buildings.ids)}
        addresses = [(at[key], street, number) for key, street, number in queries.building_addresses(cur) if key in at]
        known = [Landmark(*row) for row in queries.landmarks(cur)]
        result = locate_ledger(rows, buildings, frame.to_metres, datum, addresses, progress.part(0.05, 0.7), known)
        keys = _unique_keys(rows)
        result.placements = _as_decided(cur, source_name, keys, rows, result.placements, at)
        counts = _counts(result)
        homes, notes = _households(households)
        reasons = [_reasons(place, note) for place, note in zip(result.placements, notes)]
        rejects = [
            (number, reason)
            for number, reason, place, note in zip(numbers, reasons, result.placements, notes)
            if place.band == "unplaced" or note
        ]
        if not claim_run(cur, KIND, digest):
            counts.update(new=0, changed=0, unchanged=len(rows))
            return LedgerImport(result, counts, rejects, True)
        before = queries.counted_buildings(cur, source_name)
        new, changed = queries.keep_rows(
            cur,
            source_name,
            [
                _row(
                    source_name,
                    batch,
                    k,
                    keys[k],
                    rows[k],
                    numbers[k],
                    homes[k],
                    extra[k],
                    result.placements[k],
                    reasons[k],
                    buildings,
                    result.datum,
                )
                for k in range(len(rows))
            ],
        )
        progress.step(0.85)
        counts.update(new=new, changed=changed, unchanged=len(rows) - new - changed)
        counts["calibrated"] = _calibrate(cur, rows, result.placements, homes, buildings, source_name, before)
        finish_run(cur, KIND, digest, counts)
        progress.check()
    progress.step(1.0)
    return LedgerImport(result, counts, rejects)


def _as_decided(
    cur: Any,
    source_name: str,
    keys: Sequence[str],
    rows: Sequence[LedgerRow],
    places: Sequence[Placement],
    at: Mapping[str, int],
) -> list[Placement]:
    """Return the placements, with what a person decided of a row in its place while the row still says the same."""
    decided = placing.placed_by_hand(cur, source_name)
    if not decided:
        return list(places)
    kept = []
    for key, row, place in zip(keys, rows, places):
        building, band, shape, name, address = decided.get(key, (None, "", None, None, None))
        same = (name, address) == (_text(row.name), _text(row.address))
        if band and same and (building is None or building in at):
            point = stored(shape)
            place = Placement(
                at[building] if building is not None else None,
                placing.MANUAL,
                None,
                1.0 if band == MATCH else 0.0,
                band,
                () if band == MATCH else (("refused by hand", {}),),
                point.x if point is not None else None,
                point.y if point is not None else None,
            )
        kept.append(place)
    return kept


def _table(found: Sequence[tuple[Any, ...]]) -> tuple[LocalFrame, FeatureTable]:
    shapes = [shapely.wkb.loads(bytes(row[1])) for row in found]
    bounds = np.array([shape.bounds for shape in shapes])
    frame = LocalFrame.around(bounds[:, 0].min(), bounds[:, 1].min(), bounds[:, 2].max(), bounds[:, 3].max())
    return frame, FeatureTable(
        [row[0] for row in found],
        [frame.geometry(shape) for shape in shapes],
        {
            "name": [row[2] for row in found],
            "number": [row[3] for row in found],
            "estate_name": [row[4] for row in found],
            "estate_id": [row[5] for row in found],
            "branch": [row[6] for row in found],
            "point": [shape.representative_point() for shape in shapes],
        },
    )


def _counts(result: LedgerResult) -> dict[str, int]:
    counts = {"rows": len(result.placements)}
    for band in ("match", "review", "unplaced"):
        counts[band] = sum(1 for place in result.placements if place.band == band)
    return counts


def _households(values: Sequence[Any]) -> tuple[list[Optional[int]], list[str]]:
    """Return the counts that can be read and a note per value that cannot."""
    homes: list[Optional[int]] = []
    notes: list[str] = []
    for value in values:
        homes.append(None)
        notes.append("")
        if value is None or str(value).strip() == "":
            continue
        try:
            number = float(str(value).strip())
        except ValueError:
            number = -1.0
        if number < 0 or number != int(number) or number > 100_000:
            notes[-1] = tr("households {value} is no whole number of 0 or more", value=repr(value))
        else:
            homes[-1] = int(number)
    return homes, notes


def _reasons(place: Placement, note: str) -> str:
    told = [tr(text, **values) for text, values in place.reasons]
    return tr("; ").join([*told, note] if note else told)


def _unique_keys(rows: Sequence[LedgerRow]) -> list[str]:
    """Return one key per row: the ledger's own; a repeated one gets a number."""
    seen: dict[str, int] = defaultdict(int)
    keys = []
    for row in rows:
        seen[row.key] += 1
        keys.append(row.key if seen[row.key] == 1 else f"{row.key}#{seen[row.key]}")
    return keys


def _row(
    source_name: str,
    batch: str,
    k: int,
    key: str,
    row: LedgerRow,
    number: int,
    homes: Optional[int],
    extra: dict[str, Any],
    place: Placement,
    reason: str,
    buildings: FeatureTable,
    datum: str,
) -> list[Any]:
    building = buildings.ids[place.row] if place.row is not None else None
    point = Point(place.lon, place.lat) if place.lon is not None else None
    if place.row is not None and (point is None or place.band == MATCH):
        point = buildings.column("point")[place.row] if point is None else point
    branch = buildings.columns["branch"][place.row] if place.row is not None else None
    return [
        batch,
        source_name,
        number,
        key,
        _text(row.name),
        _text(row.address),
        _number(row.x),
        _number(row.y),
        datum,
        homes,
        building,
        place.method,
        place.accuracy,
        place.score,
        place.band,
        reason or None,
        extra,
        point,
        "import",
        False,
        branch,
    ]


def _text(value: Any) -> Optional[str]:
    return None if value is None else str(value).replace("\x00", "").strip() or None


def _number(value: Any) -> Optional[float]:
    try:
        return float(value) if value is not None and str(value).strip() != "" else None
    except ValueError:
        return None


def _calibrate(
    cur: Any,
    rows: Sequence[LedgerRow],
    places: Sequence[Placement],
    homes: Sequence[Optional[int]],
    buildings: FeatureTable,
    source_name: str,
    before: set[str],
) -> int:
    """Carry the ledger's households over to buildings, and where a row names a whole estate, to its buildings.

    Buildings of ``before``, for which the ledger spoke until now and no longer does, are estimated again.
    """
    per_building: dict[str, int] = defaultdict(int)
    per_estate: dict[str, int] = defaultdict(int)
    estate_of = dict(zip(buildings.ids, buildings.columns["estate_id"]))
    for row, place, count in zip(rows, places, homes):
        duplicate = any(text.startswith("duplicate") for text, _ in place.reasons)
        if count is None or place.row is None or duplicate:
            continue
        key = buildings.ids[place.row]
        if place.band == MATCH:
            per_building[key] += count
        elif estate_of[key] and place.method == "name" and not parse_name(row.name).number:
            per_estate[estate_of[key]] += count  # the row speaks of the estate as a whole
    told = [(key, count, count, count, "ledger") for key, count in per_building.items()]
    told += _split(cur, per_estate, set(per_building))
    changed = queries.keep_households(cur, told)
    left = _release(cur, before - {row[0] for row in told}, source_name)
    estates = {estate_of.get(key) for key in [*per_building, *left]} | set(per_estate)
    queries.sum_estates(cur, sorted(estate for estate in estates if estate))
    return changed


def _release(cur: Any, buildings: Collection[str], but: Optional[str] = None) -> list[str]:
    """Estimate buildings again for which no ledger (``but`` aside) speaks any longer; returns which.

    Without that a ledger imported in the wrong datum would leave its households on the wrong buildings for good.
    """
    if not buildings:
        return []
    left = sorted(set(buildings) - queries.spoken_for(cur, sorted(buildings), but))
    found = {row[0]: estimate(*row[1:]) for row in queries.footprint_facts(cur, left)}
    unknown = Estimate(None, None, None, None, "")
    made = [(key, found.get(key, unknown)) for key in left]
    queries.keep_households(cur, [(key, one.households, one.low, one.high, one.method or None) for key, one in made])
    return left


def recount(cur: Any, source_name: str, buildings: Collection[str]) -> None:
    """Bring buildings up to date with the rows of a ledger that a person just put there or took away.

    Works in the transaction of that deed, so that taking it back takes the households back as well.
    """
    if not buildings:
        return
    told = queries.placed_households(cur, source_name, sorted(buildings))
    queries.keep_households(cur, [(key, count, count, count, "ledger") for key, count in told])
    _release(cur, queries.counted_around(cur, sorted(buildings)))
    queries.sum_estates(cur, queries.estates_of(cur, sorted(buildings)))


def _split(cur: Any, totals: dict[str, int], known: set[str]) -> list[tuple[str, int, int, int, str]]:
    """Return an estate's total split over its buildings in proportion to their estimates."""
    found = [row for row in queries.estate_households(cur, list(totals)) if row[1] not in known and row[3] != "given"]
    estimates = [Estimate(None, row[2], row[2], row[2], row[3] or "") for row in found]
    done = calibrate(estimates, [row[0] for row in found], totals)
    return [
        (row[1], one.households or 0, one.low or 0, one.high or 0, "ledger")
        for row, one, before in zip(found, done, estimates)
        if one is not before
    ]
