# SPDX-License-Identifier: GPL-2.0-or-later
"""Discovery kept in the store: a source's buildings matched with ours, in one transaction, the same again next time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Optional, Sequence

import numpy as np
import shapely.wkb
from shapely.ops import transform

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.datum import convert
from fullservice_plugin.core.discovery.datum_doubt import better_datum, in_mainland, sample
from fullservice_plugin.core.discovery.footprints import footprints_of
from fullservice_plugin.core.discovery.frame import LocalFrame
from fullservice_plugin.core.discovery.households import Estimate
from fullservice_plugin.core.discovery.matching import match_buildings, shift_warning
from fullservice_plugin.core.discovery.sanity import ACROSS, sound
from fullservice_plugin.core.discovery.source import SourceData
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable, Problem
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.discovery_run import Run
from fullservice_plugin.services.planned import PlannedRun
from fullservice_plugin.services.surroundings import keep_surroundings
from fullservice_plugin.store import discovery as queries
from fullservice_plugin.store.bulk import claim_run, finish_run, json_text
from fullservice_plugin.store.rights import require_bulk

KIND = "discover"
_AROUND = 0.02  # degrees, farther than any two datums lie apart


@dataclass
class Discovery:
    """What a run did: the counts, warnings and left-out rows to tell, and whether the input was known already.

    ``points``: the source held points only; ``footprints``: the store now has a building with a footprint, of which
    households and estates can be worked out.
    """

    counts: dict[str, int]
    warnings: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    known: bool = False
    points: bool = False
    footprints: bool = True


def discover(
    store: Any,
    source: SourceData,
    datum: str = "wgs84",
    extent: Optional[Sequence[float]] = None,
    progress: Progress = SILENT,
) -> Discovery:
    """Bring a source into the store.

    ``source`` holds coordinates of ``datum``; ``extent`` (west, south, east, north, degrees) limits what counts
    as covered. Everything happens in one transaction; the same input again changes nothing. Raises InputError
    when the source holds no buildings.
    """
    _set_aside(source)
    if not len(source.buildings):
        if extent is not None:
            raise InputError("{layer} holds no buildings in the extent. Nothing was changed.", layer=source.file_name)
        raise InputError("{layer} holds no buildings. Nothing was changed.", layer=source.file_name)
    started = datetime.now(timezone.utc)
    fingerprint = hashlib.sha256(
        json.dumps([source.name, source.input_hash, datum, list(extent) if extent else None]).encode()
    ).hexdigest()
    problems = [Problem(p.row, p.reason, {**p.values}) for table in source.tables for p in table.problems]
    points = all(shape.geom_type.endswith("Point") for shape in source.buildings.geometry)
    with store.transaction(bulk=True) as cur:
        require_bulk(cur, "building", "source_record")
        queries.lock(cur)
        if not claim_run(cur, KIND, fingerprint):
            review, unchanged = queries.review_counts(cur, source.name)
            counts = {"new": 0, "changed": 0, "gone": 0, "review": review, "unchanged": unchanged}
            return Discovery(counts, [], problems, True, points, queries.any_footprint(cur))
        progress.step(0.05)
        warnings = _datum_warnings(cur, source, datum)
        _move(source, datum)
        if points:
            counts = _points(cur, source, datum, extent, started)
        else:
            counts = _footprints(cur, source, datum, extent, started, warnings, progress.part(0.05, 0.95))
        finish_run(cur, KIND, fingerprint, counts)
        footprints = queries.any_footprint(cur)
        progress.check()
    progress.step(1.0)
    return Discovery(counts, warnings, problems, False, points, footprints)


def _set_aside(source: SourceData) -> None:
    """Leave out what cannot be true, in place; a source of which nothing is left is refused with the first reason."""
    before = len(source.buildings)
    source.buildings = sound(source.buildings)
    source.addresses = sound(source.addresses) if source.addresses is not None else None
    source.pois = sound(source.pois) if source.pois is not None else None
    if before and not len(source.buildings):
        first = source.buildings.problems[-1]
        if first.reason == ACROSS:
            raise InputError(
                "{layer} lies on both sides of the 180° meridian, which one store cannot hold. Take each side in by "
                "itself, into a store of its own.",
                layer=source.file_name,
            )
        raise InputError(
            "{layer} holds no usable polygon; row {row}: {reason}. Give a layer of footprints or areas.",
            layer=source.file_name,
            row=first.row,
            reason=tr(first.reason, **first.values),
        )


def _points(
    cur: Any, source: SourceData, datum: str, extent: Optional[Sequence[float]], started: Any
) -> dict[str, int]:
    """Keep a source of pins, buildings without footprint, and the streets and points of interest beside it."""
    work = PlannedRun(cur, source)
    run_id = _begin(cur, source, datum, extent, work.bounds, started)
    counts = work.keep(run_id)
    keep_surroundings(cur, source, work.frame, work.branches, extent is None)
    queries.finish_discovery(cur, run_id, json_text(counts))
    return counts


def _footprints(
    cur: Any,
    source: SourceData,
    datum: str,
    extent: Optional[Sequence[float]],
    started: Any,
    warnings: list[Problem],
    progress: Progress,
) -> dict[str, int]:
    """Match a source of footprints with the store and keep it."""
    work = Run(cur, source, extent)
    progress.step(0.1)
    run_id = _begin(cur, source, datum, extent, work.bounds, started)
    result = match_buildings(work.existing, work.candidates, progress.part(0.1, 0.45), coverage=work.coverage())
    if shift_warning(result):
        warnings.append(
            Problem(
                "",
                "The source lies {east} m east and {north} m north off the buildings of the "
                "store. It was matched with this shift; check the datum.",
                {"east": round(-result.shift[0], 1), "north": round(-result.shift[1], 1)},
            )
        )
    decision = work.decide(result)
    progress.step(0.5)
    work.keep_buildings(decision, run_id)
    progress.step(0.65)
    work.keep_addresses(run_id)
    progress.step(0.8)
    keep_surroundings(cur, source, work.frame, work.branches, extent is None)
    queries.finish_discovery(cur, run_id, json_text(decision.counts))
    return decision.counts


def _begin(
    cur: Any, source: SourceData, datum: str, extent: Optional[Sequence[float]], bounds: Sequence[float], started: Any
) -> str:
    """Write the run down and return its id."""
    params = {"extent": list(extent) if extent else None, "observed_on": source.observed_on}
    return queries.insert_run(
        cur,
        (
            source.name, source.file_name, source.input_hash, source.licence, datum, json_text(params), *bounds,
            started,
        ),
    )  # fmt: skip


def _datum_warnings(cur: Any, source: SourceData, datum: str) -> list[Problem]:
    """Return a warning where the footprints fit the store's buildings better in another datum."""
    shapes = source.buildings.geometry
    centres = [shapes[row].centroid for row in sample(len(shapes))]
    lon, lat = np.array([point.x for point in centres]), np.array([point.y for point in centres])
    if not in_mainland(lon, lat, datum):
        return []
    near = [lon.min() - _AROUND, lat.min() - _AROUND, lon.max() + _AROUND, lat.max() + _AROUND]
    frame = LocalFrame.around(*near)
    existing = [frame.geometry(shapely.wkb.loads(bytes(row[2]))) for row in queries.existing_buildings(cur, near)]
    best = better_datum(lon, lat, footprints_of(existing), frame.to_metres, datum)
    if best is None:
        return []
    return [
        Problem(
            "",
            "The source is declared as {declared} but fits the buildings of the store in {best}. It was "
            "taken as declared; check the datum.",
            {"declared": datum, "best": best},
        )
    ]


def _move(source: SourceData, datum: str) -> None:
    """Turn the source's coordinates into WGS-84, in place."""
    if datum == "wgs84":
        return

    def move(x: Any, y: Any, z: Any = None) -> tuple[Array, Array]:
        return convert(x, y, datum, "wgs84")

    for table in source.tables:
        table.geometry = [transform(move, shape) for shape in table.geometry]


def keep_estimates(store: Any, table: FeatureTable, found: Sequence[Estimate], progress: Progress = SILENT) -> int:
    """Write storeys and households to the buildings whose id or code is in ``table``; returns how many changed.

    Households from a ledger or given by a person stay, and so do known storeys. Raises InputError when no
    building of the store has such an id.
    """
    with store.transaction(bulk=True) as cur:
        require_bulk(cur, "building")
        changed = queries.keep_estimates(
            cur,
            [(key, one.storeys, one.households, one.low, one.high, one.method) for key, one in zip(table.ids, found)],
        )
        if changed is None:
            raise InputError(
                "No building of the store has an id or code of {layer}. Choose the field with the "
                "store's id or code as id field.",
                layer=table.name,
            )
        progress.check()
    return changed
