# SPDX-License-Identifier: GPL-2.0-or-later
"""Buildings under construction (在建), known by a pin before they have a footprint, and how they get one."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np
import shapely.wkb

from fullservice_plugin.core.discovery.decide import shape_hash
from fullservice_plugin.core.discovery.footprints import footprints_of
from fullservice_plugin.core.discovery.frame import LocalFrame
from fullservice_plugin.core.discovery.nearest import nearest_footprints
from fullservice_plugin.core.discovery.places import Branches, containing
from fullservice_plugin.core.discovery.source import Facts, SourceData, building_code, facts_of
from fullservice_plugin.core.shapes import stored
from fullservice_plugin.store import discovery as queries
from fullservice_plugin.store import planned
from fullservice_plugin.store.bulk import copy_rows, upsert

#: m, how far outside a new footprint the pin of its planned building may lie: site plans are drawn before surveys.
PIN_REACH = 8.0
PIN_ACCURACY = 15.0  # m, of a point on a site plan (our default)
_MARGIN = 0.002  # degrees around the source in which existing buildings take part
_WORDS = {"name": "name", "number": "number", "use": "use", "storeys": "storeys"}


def adopt(
    cur: Any, frame: LocalFrame, bounds: Sequence[float], shapes: Sequence[Any], new: Sequence[int]
) -> dict[int, str]:
    """Return which new footprints (row → building id) belong to a building that so far was a pin.

    ``shapes`` are the candidates in metres of ``frame``, ``bounds`` theirs in degrees. A pin goes to the footprint
    that holds it, else to the nearest within :data:`PIN_REACH`; a footprint takes one pin.
    """
    waiting = planned.pins(cur, bounds) if new else []
    if not waiting:
        return {}
    x, y = frame.to_metres([pin[1] for pin in waiting], [pin[2] for pin in waiting])
    row, distance = nearest_footprints(footprints_of([shapes[k] for k in new]), x, y, PIN_REACH)
    found: dict[int, str] = {}
    for k in np.argsort(distance, kind="stable"):
        if row[k] >= 0:
            found.setdefault(new[int(row[k])], waiting[int(k)][0])
    return found


class PlannedRun:
    """One run over a source of points: each becomes a building without footprint, or is one that is there."""

    def __init__(self, cur: Any, source: SourceData) -> None:
        self.cur, self.source = cur, source
        self.points = [shape.representative_point() for shape in source.buildings.geometry]
        x, y = np.array([point.x for point in self.points]), np.array([point.y for point in self.points])
        self.bounds = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
        self.frame = LocalFrame.around(*self.bounds)
        west, south, east, north = self.bounds
        standing = queries.existing_buildings(cur, (west - _MARGIN, south - _MARGIN, east + _MARGIN, north + _MARGIN))
        prints = footprints_of([self.frame.geometry(shapely.wkb.loads(bytes(row[2]))) for row in standing])
        near, _ = nearest_footprints(prints, *self.frame.to_metres(x, y), 0.0)
        self.under = [standing[k][0] if k >= 0 else None for k in near]
        self.facts = facts_of(source.buildings)
        grids = [(key, shapely.wkb.loads(bytes(shape))) for key, shape in queries.grids(cur)]
        self.grid = containing(grids, self.points)
        self.branches = Branches([(code, stored(shape)) for code, shape in queries.branches(cur)])
        self.branch = self.branches.of(self.points)

    def keep(self, run_id: str) -> dict[str, int]:
        """Write buildings and records; returns the counts."""
        keys = self.source.buildings.ids
        known = {row[0]: row for row in queries.source_records(self.cur, self.source.name, "building")}
        count = dict.fromkeys(("new", "changed", "gone", "review", "unchanged"), 0)
        new = [k for k, key in enumerate(keys) if key not in known and self.under[k] is None]
        codes = {k: building_code(self.source.name, keys[k]) for k in new}
        copy_rows(self.cur, "building", planned.PLANNED_COLUMNS, [self._building(k, codes[k], run_id) for k in new])
        ids = queries.building_ids(self.cur, codes.values())
        records, moved, words = [], [], []
        for k, key in enumerate(keys):
            if key not in known:
                building = ids[codes[k]] if k in codes else self.under[k]
                count["new" if k in codes else "unchanged"] += 1
                records.append(self._record(k, building, "new" if k in codes else "same", run_id))
                continue
            _, _, building, shape, state, _, old = known[key]
            now = self.facts[k].attributes()
            same = shape is not None and shape_hash(shapely.wkb.loads(bytes(shape))) == shape_hash(self.points[k])
            if same and now == (old or {}) and state != "gone":
                count["unchanged"] += 1
                continue
            count["changed"] += 1
            records.append(self._record(k, building, "same" if same else "moved", run_id))
            if building is not None:
                moved.append((building, self.points[k].x, self.points[k].y))
                words.append((building, old or {}, now))
        records += self._gone(known, set(keys), count, run_id)
        upsert(
            self.cur,
            "source_record",
            queries.RECORD_COLUMNS,
            records,
            key=("source_name", "source_key"),
            keep=("branch_code",),
        )
        planned.move_pins(self.cur, moved)
        for name, column in _WORDS.items():
            queries.replace_values(
                self.cur,
                column,
                [(key, old.get(name), now.get(name)) for key, old, now in words if old.get(name) != now.get(name)],
            )
        planned.join_estates(self.cur, list(ids.values()))
        return count

    def _building(self, k: int, code: str, run_id: str) -> list[Any]:
        one: Facts = self.facts[k]
        return [
            code, one.name, one.number, one.use, one.storeys, one.basements, one.height, one.households,
            "given" if one.households is not None else None, one.handover_date, self.points[k], "other", PIN_ACCURACY,
            self.source.name, 1.0, run_id, self.grid[k], "algorithm", self.branch[k],
        ]  # fmt: skip

    def _record(self, k: int, building: Any, state: str, run_id: str) -> list[Any]:
        one = self.facts[k]
        return queries.record_row(
            self.source,
            run_id,
            self.source.buildings.ids[k],
            building,
            observed_on=one.observed_on or self.source.observed_on,
            relation="1:1",
            state=state,
            band="match",
            attributes=one.attributes(),
            shape=self.points[k],
            branch=self.branch[k],
        )

    def _gone(self, known: dict[str, Any], present: set[str], count: dict[str, int], run_id: str) -> list[list[Any]]:
        """Records of planned buildings that the source no longer shows: somebody should look."""
        rows = []
        for key, (_, _, building, _, state, _, old) in known.items():
            if key in present or state == "gone" or building is None:
                continue
            count["gone"] += 1
            rows.append(
                queries.record_row(
                    self.source,
                    run_id,
                    key,
                    building,
                    observed_on=self.source.observed_on,
                    state="gone",
                    band="review",
                    attributes=old,
                )
            )
        return rows
