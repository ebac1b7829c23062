# SPDX-License-Identifier: GPL-2.0-or-later
"""The access points of a plan under the designer's hand: buildings that the hand touched are designed anew."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Sequence

from shapely import wkb
from shapely.geometry import Point

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.choice.model import HYBRID, WLAN
from fullservice_plugin.core.access.wlan.design import design_wlan
from fullservice_plugin.core.access.wlan.model import AccessPoint, GivenAp, WlanDesign, WlanOptions
from fullservice_plugin.core.access.wlan.settings import settings_from
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.store import area as ask
from fullservice_plugin.store import plans as queries
from fullservice_plugin.store.connection import Store

_SECONDS = 3.0  # for the floors of one building
_REACH_M = 8.0  # how far from an access point a click may lie


@dataclass(frozen=True)
class WlanStep:
    """Access points as they stand now; what the hand costs; floors that miss a target (building, floor)."""

    aps: tuple[AccessPoint, ...] = ()
    hand_cost: float = 0.0
    missed: tuple[tuple[str, int], ...] = ()


@dataclass
class HandWlan:
    """The WLAN of one plan: ``stored`` access points and the buildings that have some."""

    buildings: FeatureTable
    catalogue: Catalogue
    options: WlanOptions
    stored: tuple[AccessPoint, ...] = ()
    _known: dict[tuple[GivenAp, ...], WlanDesign] = field(default_factory=dict)

    def design(self, given: Sequence[GivenAp], progress: Progress = SILENT) -> WlanStep:
        """Design the buildings of the given access points around them; the others stay as they are stored."""
        touched = sorted({ap.building_id for ap in given})
        aps = [ap for ap in self.stored if ap.building_id not in touched]
        cost, missed, wanted = 0.0, [], settings_from(self.catalogue, self.options.region)
        for number, building in enumerate(touched):
            own = self._of(building, tuple(ap for ap in given if ap.building_id == building))
            free = self._of(building, ())
            progress.step((number + 1) / len(touched))
            aps += own.aps
            cost += own.cost - free.cost
            missed += [(building, row.floor) for row in own.coverage
                       if row.primary_share < wanted.primary_share or row.secondary_share < wanted.secondary_share]
        return WlanStep(tuple(aps), cost, tuple(missed))

    def _of(self, building: str, given: tuple[GivenAp, ...]) -> WlanDesign:
        key = given or (GivenAp("", building, 0, 0.0, 0.0),)
        if key not in self._known:
            if building not in self.buildings.ids:
                raise InputError("Building {building} gets no WLAN in this plan. Choose another one, or its method "
                                 "first.", building=building)
            table = self.buildings.take([self.buildings.ids.index(building)])
            options = replace(self.options, given=given, time_limit=_SECONDS)
            self._known[key] = design_wlan(table, self.catalogue, options)
        return self._known[key]

    def building_at(self, point: Point) -> str:
        """Return the building with WLAN at a point; InputError where there is none."""
        for key, shape in zip(self.buildings.ids, self.buildings.geometry):
            if shape is not None and shape.distance(point) <= 0.5:
                return str(key)
        raise InputError("There is no building with WLAN here. Click inside one.")


def read_wlan(
    store: Store, plan: str, buildings: FeatureTable, methods: dict[str, str], catalogue: Catalogue, proj: str,
    options: WlanOptions,
) -> HandWlan:
    """Read the access points of a plan (uuid); ``buildings`` in the metric CRS ``proj``."""
    rows = [row for row in queries.network(store, plan) if row["kind"] == "ap"]
    with store.transaction() as cur:
        places = ask.to_metric(cur, [wkb.loads(bytes(row["geom"])) for row in rows], proj)
    aps = tuple(_stored(row, at) for row, at in zip(rows, places))
    served = [i for i, key in enumerate(buildings.ids) if methods.get(key) in (WLAN, HYBRID)]
    return HandWlan(buildings.take(served), catalogue, options, aps)


def placed(wlan: HandWlan, given: Sequence[GivenAp], point: Point, floor: int) -> tuple[GivenAp, ...]:
    """Return the given access points with a new one at a point of a floor."""
    building = wlan.building_at(point)
    taken = {ap.ap_id for ap in (*given, *wlan.stored)}
    number = next(n for n in range(1, len(taken) + 2) if f"{building}-F{floor}-own{n}" not in taken)
    return (*given, GivenAp(f"{building}-F{floor}-own{number}", building, floor, point.x, point.y))


def moved(step: WlanStep, given: Sequence[GivenAp], start: Point, end: Point, floor: int) -> tuple[GivenAp, ...]:
    """Return the given access points with the one at ``start`` dragged to ``end``; it stays there."""
    found = _nearest(step, start, floor)
    others = tuple(ap for ap in given if ap.ap_id != found.ap_id)
    return (*others, GivenAp(found.ap_id, found.building_id, found.floor, end.x, end.y))


def locked(step: WlanStep, given: Sequence[GivenAp], point: Point, floor: int) -> tuple[GivenAp, ...]:
    """Return the given access points with the one at a point locked with its channel, or released where it was."""
    found = _nearest(step, point, floor)
    others = tuple(ap for ap in given if ap.ap_id != found.ap_id)
    if len(others) < len(given):
        return others
    return (*others, GivenAp(found.ap_id, found.building_id, found.floor, found.geometry.x, found.geometry.y,
                             found.eirp_dbm, found.channel))  # fmt: skip


def _nearest(step: WlanStep, point: Point, floor: int) -> AccessPoint:
    here = [ap for ap in step.aps if ap.floor == floor]
    found = min(here, key=lambda ap: (ap.geometry.distance(point), ap.ap_id), default=None)
    if found is None or found.geometry.distance(point) > _REACH_M:
        raise InputError("There is no access point of floor {floor} here. Choose the floor first.", floor=floor)
    return found


def _stored(row: dict[str, Any], at: Any) -> AccessPoint:
    return AccessPoint(str(row["code"]), str(row["building_code"]), int(row["floor"] or 1), str(row["band"] or "5"),
                       int(row["channel"] or 0), float(row["eirp_dbm"] or 0.0), at)  # fmt: skip
