# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of discovery: the source's tables beside the store's, decided and written in the caller's transaction."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np
import shapely.wkb
from shapely.geometry import box

from fullservice_plugin.core.discovery.addresses import address_key
from fullservice_plugin.core.discovery.decide import Decision, Known, Record, decide, shape_hash
from fullservice_plugin.core.discovery.footprints import Footprints, footprints_of
from fullservice_plugin.core.discovery.frame import LocalFrame
from fullservice_plugin.core.discovery.matching import MatchResult
from fullservice_plugin.core.discovery.names import name_key
from fullservice_plugin.core.discovery.nearest import nearest_footprints
from fullservice_plugin.core.discovery.places import Branches, containing
from fullservice_plugin.core.discovery.source import Facts, SourceData, building_code, facts_of
from fullservice_plugin.core.shapes import areas_of, stored
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.services.planned import adopt
from fullservice_plugin.store import discovery as queries
from fullservice_plugin.store import review
from fullservice_plugin.store.bulk import copy_rows, upsert

_ADDRESS_REACH = 15.0  # m from a wall within which an address point belongs to a building
_MARGIN = 0.002  # degrees around the source in which existing buildings take part


class Run:
    """One run's tables: the source's buildings and the store's around them, in degrees and in metres."""

    def __init__(self, cur: Any, source: SourceData, extent: Optional[Sequence[float]]) -> None:
        self.cur, self.source, self.extent = cur, source, extent
        self.facts = facts_of(source.buildings)
        self.shapes = [areas_of(shape) for shape in source.buildings.geometry]
        array = np.array([shape.bounds for shape in self.shapes])
        self.bounds = (
            float(array[:, 0].min()),
            float(array[:, 1].min()),
            float(array[:, 2].max()),
            float(array[:, 3].max()),
        )
        self.frame = LocalFrame.around(*self.bounds)
        wide = (self.bounds[0] - _MARGIN, self.bounds[1] - _MARGIN, self.bounds[2] + _MARGIN, self.bounds[3] + _MARGIN)
        rows = queries.existing_buildings(cur, wide)
        self.own = {row[0]: str(row[3] or "") for row in rows}
        self.existing = FeatureTable(
            [row[0] for row in rows],
            [self.frame.geometry(shapely.wkb.loads(bytes(row[2]))) for row in rows],
            {
                "address_key": [address_key(row[5], row[6]) for row in rows],
                "name_key": [name_key(row[4], row[7]) for row in rows],
            },
        )
        self.candidates = FeatureTable(
            source.buildings.ids,
            [self.frame.geometry(shape) for shape in self.shapes],
            {
                "address_key": [address_key(one.street, one.housenumber) for one in self.facts],
                "name_key": [name_key(one.name, one.number) for one in self.facts],
            },
        )
        self.grids = [(key, shapely.wkb.loads(bytes(shape))) for key, shape in queries.grids(cur)]
        self.branches = Branches(
            [
                (code, stored(shape))
                for code, shape in queries.branches(cur)
            ]
        )
        self.branch = self.branches.of(self.shapes)
        self.building_of: dict[str, Optional[str]] = {}

    def coverage(self) -> Optional[Any]:
        """Return the chosen extent in metres; None where the whole source counts."""
        return self.frame.geometry(box(*self.extent)) if self.extent is not None else None

    def decide(self, result: MatchResult) -> Decision:
        """Decide what to keep."""
        self.hashes = [shape_hash(shape) for shape in self.shapes]
        self.before: dict[str, tuple[str, dict[str, Any]]] = {}
        known: dict[str, Known] = {}
        for key, record, building, shape, state, band, attributes in queries.source_records(
            self.cur, self.source.name, "building"
        ):
            digest = shape_hash(shapely.wkb.loads(bytes(shape))) if shape is not None else ""
            known[key] = Known(building, digest, state, band)
            self.before[key] = (record, attributes or {})
        self.known = known
        answers = review.decisions(self.cur, self.source.name)
        return decide(self.candidates, self.hashes, known, self.own, result, self.source.name, answers)

    def keep_buildings(self, decision: Decision, run_id: str) -> None:
        """Write new and redrawn buildings and the source records."""
        adopted = adopt(self.cur, self.frame, self.bounds, self.candidates.geometry, decision.new)
        decision.counts["new"] -= len(adopted)
        decision.counts["changed"] += len(adopted)
        new = [row for row in decision.new if row not in adopted]
        grid = containing(self.grids, [self.shapes[row].representative_point() for row in new])
        codes = {row: building_code(self.source.name, self.source.buildings.ids[row]) for row in new}
        copy_rows(
            self.cur,
            "building",
            queries.BUILDING_COLUMNS,
            [self._building(row, codes[row], run_id, grid[k]) for k, row in enumerate(new)],
        )
        ids = queries.building_ids(self.cur, codes.values())
        fresh = {**adopted, **{row: ids[code] for row, code in codes.items()}}
        queries.update_buildings(
            self.cur,
            ("id", "geom", "gross_area_m2"),
            [
                (building, self.shapes[row], self._floor_area(row))
                for building, row in [*decision.redraw, *((building, row) for row, building in adopted.items())]
            ],
        )
        keys = self.source.buildings.ids
        self.building_of = {key: one.building for key, one in self.known.items()}
        rows = []
        for record in decision.records:
            building = fresh.get(record.row, record.building) if record.row is not None else record.building
            self.building_of[record.key] = building
            rows.append(self._record(record, building, run_id))
        upsert(
            self.cur,
            "source_record",
            queries.RECORD_COLUMNS,
            rows,
            key=("source_name", "source_key"),
            keep=("branch_code",),
        )
        if decision.superseded:
            queries.supersede_records(self.cur, self.source.name, decision.superseded)
        self._update_facts({record.key for record in decision.records}, keys)

    def _building(self, row: int, code: str, run_id: str, grid: Optional[str]) -> list[Any]:
        one = self.facts[row]
        return [
            code,
            one.name,
            one.number,
            one.use,
            self.shapes[row],
            one.storeys,
            one.basements,
            one.height,
            self._floor_area(row),
            "source" if one.height else None,
            "footprint",
            3.0,
            self.source.name,
            1.0,
            run_id,
            grid,
            "algorithm",
            self.branch[row],
        ]

    def _floor_area(self, row: int) -> Optional[float]:
        storeys = self.facts[row].storeys
        return round(self.candidates.geometry[row].area * storeys, 1) if storeys else None

    def _record(self, record: Record, building: Optional[str], run_id: str) -> list[Any]:
        attributes, shape, observed = None, None, None
        if record.row is not None:
            attributes, shape = self.facts[record.row].attributes(), self.shapes[record.row]
            observed = self.facts[record.row].observed_on or self.source.observed_on
        elif record.key in self.before:
            attributes = self.before[record.key][1]
        return queries.record_row(
            self.source,
            run_id,
            record.key,
            building,
            observed_on=observed,
            relation=record.relation,
            state=record.state,
            score=record.score,
            band=record.band,
            attributes=attributes,
            shape=shape,
            branch=self.branch[record.row] if record.row is not None else None,
            proposed=record.proposed,
        )

    def _update_facts(self, written: set[str], keys: list[str]) -> None:
        """Carry changed words of an unchanged footprint over: record always, building where it still says the old."""
        records, buildings = [], []
        columns = ("name", "number", "use", "storeys", "basements", "height")
        for row, key in enumerate(keys):
            if key in written or key not in self.before:
                continue
            record, old = self.before[key]
            now = self.facts[row].attributes()
            if now == old:
                continue
            records.append((record, now, self.facts[row].observed_on or self.source.observed_on))
            building = self.known[key].building
            if building is not None and any(now.get(name) != old.get(name) for name in columns):
                buildings.append((building, old, now))
        queries.update_rows(self.cur, "source_record", ("id", "attributes", "observed_on"), records)
        for name, column in (
            ("name", "name"),
            ("number", "number"),
            ("use", "use"),
            ("storeys", "storeys"),
            ("basements", "basements"),
            ("height", "height_m"),
        ):
            changed = [
                (key, old.get(name), now.get(name)) for key, old, now in buildings if now.get(name) != old.get(name)
            ]
            queries.replace_values(self.cur, column, changed)

    def keep_addresses(self, run_id: str) -> None:
        """Write address points and the addresses of buildings, each on its building."""
        prints, owners = self._prints()
        rows: list[list[Any]] = []
        points = self.source.addresses
        records: list[list[Any]] = []
        told: list[tuple[str, Facts, Any, Optional[str], Optional[str]]] = []
        if points is not None and len(points):
            x, y = self.frame.to_metres([p.x for p in points.geometry], [p.y for p in points.geometry])
            near, _ = nearest_footprints(prints, x, y, _ADDRESS_REACH)
            branch = self.branches.of(points.geometry)
            for k, one in enumerate(facts_of(points)):
                building = owners[near[k]] if near[k] >= 0 else None
                told.append((points.ids[k], one, points.geometry[k], building, branch[k]))
                records.append(
                    queries.record_row(
                        self.source,
                        run_id,
                        points.ids[k],
                        building,
                        kind="address",
                        observed_on=one.observed_on or self.source.observed_on,
                        attributes=one.attributes(),
                        shape=points.geometry[k],
                        branch=branch[k],
                    )
                )
            upsert(
                self.cur,
                "source_record",
                queries.RECORD_COLUMNS,
                records,
                key=("source_name", "source_key"),
                keep=("run_id", "branch_code"),
            )
        for row, one in enumerate(self.facts):
            if one.housenumber or one.full_address:
                key = self.source.buildings.ids[row]
                told.append(
                    (key, one, self.shapes[row].representative_point(), self.building_of.get(key), self.branch[row])
                )
        ids = queries.record_ids(self.cur, self.source.name)
        for key, one, point, building, own in told:
            full = one.full_address or " ".join(part for part in (one.street, one.housenumber) if part) or None
            rows.append(
                [
                    ids[key],
                    building,
                    full,
                    one.street,
                    one.housenumber,
                    one.postcode,
                    one.city,
                    one.unit,
                    point,
                    "algorithm",
                    False,
                    own,
                ]
            )
        queries.sync_rows(self.cur, "address", queries.ADDRESS_COLUMNS, rows, key=("source_record_id",))
        queries.drop_addresses(self.cur, self.source.name)

    def _prints(self) -> tuple[Footprints, list[Optional[str]]]:
        """Return the candidates' footprints and the building each belongs to now."""
        return footprints_of(self.candidates.geometry), [self.building_of.get(key) for key in self.source.buildings.ids]
