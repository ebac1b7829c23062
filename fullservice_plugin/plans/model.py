# SPDX-License-Identifier: GPL-2.0-or-later
"""What a plan prints, as plain dataclasses: the renderers know nothing of the store.

Geometries are shapely, EPSG:4326 (longitude, latitude). Lengths are metres, losses dB, money in the plan's
currency. None means unknown and is printed as a dash, never as zero.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Iterator, Optional

from fullservice_plugin.plans.floor_model import FloorPlan


@dataclass(frozen=True)
class Shape:
    """One thing on the map: ``kind`` chooses its symbol (method, stage, water, feeder …), ``label`` its text.

    ``code`` identifies a building where names may repeat.
    """

    kind: str
    geometry: Any
    label: str = ""
    estate: str = ""
    code: str = ""


@dataclass(frozen=True)
class BaseMap:
    """The ground under a plan: streets, water, green and other buildings."""

    streets: tuple[Shape, ...] = ()
    water: tuple[Shape, ...] = ()
    green: tuple[Shape, ...] = ()
    buildings: tuple[Shape, ...] = ()


@dataclass(frozen=True)
class Source:
    """A data source and its licence; an empty licence is flagged on the sheet."""

    name: str
    licence: str
    observed: Optional[datetime.date] = None
    records: Optional[int] = None


@dataclass(frozen=True)
class Component:
    """One part of the cost with the bound that belongs to it."""

    name: str
    cost: float
    lower_bound: Optional[float]


@dataclass(frozen=True)
class EstateDesign:
    """One estate of an access plan: its design version and its review state (SM-3)."""

    code: str
    name: str
    version: Optional[int]
    state: str
    homes: Optional[int]
    cost: Optional[float]
    cost_per_home: Optional[float]
    author: str = ""
    submitted_at: Optional[datetime.date] = None
    approver: str = ""
    approved_at: Optional[datetime.date] = None
    geometry: Any = None


@dataclass(frozen=True)
class Decision:
    """The access method of one building, with the runner-up and the reason."""

    building: str
    name: str
    estate: str
    households: Optional[int]
    method: str
    runner_up: str
    cost: Optional[float]
    revenue: Optional[float]
    cost_delta: Optional[float]
    constraint: str
    reason: str
    locked: bool = False
    geometry: Any = None


@dataclass(frozen=True)
class OpticalPath:
    """One drop with its optical loss (dB) over the whole path from the OLT."""

    building: str
    estate: str
    node: str
    length_m: Optional[float]
    fibres: Optional[int]
    loss_db: Optional[float]
    code: str = ""  # of the building


@dataclass(frozen=True)
class Node:
    """A box or cabinet: ports, used ports and splitter."""

    code: str
    kind: str
    parent: str
    ports: Optional[int]
    used: Optional[int]
    splitter: str


@dataclass(frozen=True)
class BuildingRiser:
    """What stands on which floor (1: ground floor) of a building; ``outside``: the box that feeds it is not in it."""

    building: str
    estate: str
    storeys: int
    boxes: tuple[tuple[int, int], ...] = ()  # floor, number
    points: tuple[tuple[int, int], ...] = ()
    outside: bool = False
    cabled: bool = False  # the cable runs through the riser to the homes


@dataclass(frozen=True)
class Bill:
    """One line of the bill of materials; ``cost`` is the store's, not recomputed."""

    domain: str
    item: str
    unit: str
    quantity: float
    unit_price: float
    cost: float


@dataclass(frozen=True)
class Risk:
    """Something that may stop the plan: an open or refused talk, an expiring agreement, a rival."""

    kind: str
    estate: str
    building: str
    detail: str
    stage: str = ""
    due: Optional[datetime.date] = None
    owner: str = ""


@dataclass(frozen=True)
class Review:
    """One step of the review of a design."""

    estate: str
    at: Optional[datetime.date]
    by: str
    decision: str
    comment: str


@dataclass(frozen=True)
class CurvePoint:
    """A plan that was designed on the way: cost, benefit, the bound at that cost, homes."""

    cost: float
    benefit: float
    upper_bound: float
    homes: int


@dataclass(frozen=True)
class PhaseFigures:
    """One phase of construction with its bill; budget None: what the budgets left over."""

    number: int
    budget: Optional[float]
    cost: float
    homes: int
    buildings: int
    trench_m: float
    bills: tuple[Bill, ...] = ()


@dataclass(frozen=True)
class AccessPlan:
    """Everything an access plan prints."""

    code: str
    name: str
    area: str
    scenario: str
    currency: str
    created: datetime.date
    author: str
    state: str
    version: str
    horizon_years: Optional[int] = None
    budget: Optional[float] = None
    cost: Optional[float] = None
    lower_bound: Optional[float] = None
    wired_cost: Optional[float] = None
    wired_lower_bound: Optional[float] = None
    wlan_cost: Optional[float] = None
    benefit: Optional[float] = None
    benefit_upper_bound: Optional[float] = None
    homes_passed: Optional[int] = None
    unserved: Optional[int] = None
    loss_budget_db: Optional[float] = None
    algorithm_version: str = ""
    input_hash: str = ""
    approver: str = ""
    approved_at: Optional[datetime.date] = None
    components: tuple[Component, ...] = ()
    estates: tuple[EstateDesign, ...] = ()
    decisions: tuple[Decision, ...] = ()
    paths: tuple[OpticalPath, ...] = ()
    nodes: tuple[Node, ...] = ()
    risers: tuple[BuildingRiser, ...] = ()
    bills: tuple[Bill, ...] = ()
    bill_note: str = ""  # what the bill of a part of a plan holds, in words
    risks: tuple[Risk, ...] = ()
    reviews: tuple[Review, ...] = ()
    sources: tuple[Source, ...] = ()
    network: tuple[Shape, ...] = ()
    base: BaseMap = field(default_factory=BaseMap)
    choice_gap: Optional[float] = None  # how much better another choice could be at the same prices (0–1)
    frontier: tuple[CurvePoint, ...] = ()
    phases: tuple[PhaseFigures, ...] = ()
    floors: tuple[FloorPlan, ...] = ()
    cabinet_bills: tuple[tuple[str, tuple[Bill, ...]], ...] = ()  # FDT code ("": shared ways) and its bill
    made: bool = False  # True: the data are an invented sample, and every sheet says so

    def gap(self) -> Optional[float]:
        """Return the proven gap cost / lower bound − 1, None where there is no bound."""
        if self.cost is None or not self.lower_bound:
            return None
        return self.cost / self.lower_bound - 1.0

    def could_save(self) -> Optional[tuple[float, float]]:
        """Return how much less any plan for the same could cost at most, in all and of trench; None without a bound."""
        trench = next((part for part in self.components if part.name == "trench"), None)
        if self.cost is None or self.lower_bound is None or trench is None or trench.lower_bound is None:
            return None
        whole = max(0.0, self.cost - self.lower_bound)
        return whole, min(whole, max(0.0, trench.cost - trench.lower_bound))

    def cost_per_home(self) -> Optional[float]:
        """Return cost per home passed, None where no home is passed."""
        if self.cost is None or not self.homes_passed:
            return None
        return self.cost / self.homes_passed

    def methods(self) -> dict[str, tuple[int, int]]:
        """Return method → (buildings, known households), in the order of the interface."""
        order = ("ftth", "fttb", "wlan", "hybrid", "leased", "none")
        found: dict[str, tuple[int, int]] = {}
        for method in [*order, *sorted({d.method for d in self.decisions} - set(order))]:
            chosen = [d for d in self.decisions if d.method == method]
            if chosen:
                found[method] = (len(chosen), sum(d.households or 0 for d in chosen))
        return found


@dataclass(frozen=True)
class Talk:
    """One negotiation of a building, with what is to be done next and when."""

    estate: str
    estate_name: str
    building: str
    kind: str
    stage: str
    since: Optional[datetime.date]
    owner: str
    next_action: str
    due: Optional[datetime.date]
    party: str = ""
    households: Optional[int] = None
    flags: tuple[str, ...] = ()
    geometry: Any = None
    code: str = ""  # of the building


@dataclass(frozen=True)
class Agreement:
    """An agreement and the days it still runs."""

    number: str
    kind: str
    estate: str
    party: str
    valid_from: Optional[datetime.date]
    valid_to: Optional[datetime.date]
    buildings: int
    auto_renew: Optional[bool] = None
    notice_days: Optional[int] = None


@dataclass(frozen=True)
class NegotiationReport:
    """Everything a negotiation report prints, as of one day."""

    area: str
    on: datetime.date
    talks: tuple[Talk, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    untouched: tuple[Shape, ...] = ()  # buildings without a talk
    sources: tuple[Source, ...] = ()
    base: BaseMap = field(default_factory=BaseMap)
    made: bool = False
    estates: tuple[tuple[str, str], ...] = ()  # code, name
    measures: Any = None  # services.talk_measures.Measures


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float):
        return repr(round(value, 6))
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if hasattr(value, "wkb"):
        return hashlib.sha256(value.wkb).hexdigest()
    return value


def texts(model: Any) -> Iterator[str]:
    """Yield every text of a model, so that fonts can be checked before anything is drawn."""
    if isinstance(model, str):
        yield model
    elif dataclasses.is_dataclass(model) and not isinstance(model, type):
        for item in dataclasses.fields(model):
            yield from texts(getattr(model, item.name))
    elif isinstance(model, (list, tuple)):
        for part in model:
            yield from texts(part)
    elif isinstance(model, dict):
        for part in model.values():
            yield from texts(part)


def content_hash(model: Any, language: str) -> str:
    """Return the SHA-256 (hex) of what a document says: the same input gives the same hash, on any day."""
    text = json.dumps([language, _plain(model)], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
