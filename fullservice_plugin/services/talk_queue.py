# SPDX-License-Identifier: GPL-2.0-or-later
"""The queue of talks: estates by money per day of negotiation, with every part of the sum and what a refusal costs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any, Mapping, Optional, Sequence

import numpy as np

from fullservice_plugin.core.access.choice.model import FTTH, METHODS, NONE
from fullservice_plugin.core.access.choice.revenue import RevenueModel, Tariff
from fullservice_plugin.core.competition.evidence import AREA_AVERAGE_CAP
from fullservice_plugin.core.competition.take import FLOOR, TECH_EFFECT
from fullservice_plugin.core.negotiation.queue import LOOK_AHEAD_DAYS, Worth, rank
from fullservice_plugin.core.negotiation.survival import TalkHistory
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.shapes import stored
from fullservice_plugin.i18n import translate
from fullservice_plugin.services.local_packages import local_packages
from fullservice_plugin.services.plan_input import NO_END, read_scenario
from fullservice_plugin.services.prices import area_catalogue
from fullservice_plugin.store import talk_queue as ask
from fullservice_plugin.store.connection import Store

HORIZON_YEARS = 5.0
LEARNT_FROM = 20
"""So many designed buildings tell what a home costs; below that the store's rule of thumb counts."""
_NO_TALK = "not_started"


@dataclass(frozen=True)
class Entry:
    """One estate (or a building without one) in the queue.

    Money is in the catalogue's currency: ``revenue`` and ``cost`` over the horizon, ``value`` their difference where
    positive, ``expected`` with the chances, ``per_day`` by day of negotiation. ``days`` until entry (None: nothing to
    gain). ``refusal_cost``: what the newest plan loses if the owner refuses (None: no plan). ``stages``: buildings by
    stage. ``held_until``: a rival's exclusive right, the last day, over some of its buildings.
    """

    rank: int
    estate_id: Optional[str]
    code: str
    name: str
    buildings: int
    households: Optional[int]
    unknown_households: int
    businesses: int
    stages: Mapping[str, int]
    obstacle: Optional[str]
    revenue: float
    cost: float
    designed: int
    value: float
    expected: float
    chance: float
    days: Optional[float]
    per_day: float
    refusal_cost: Optional[float]
    held_until: Optional[date]
    owner: str
    due: Optional[date]
    geometry: Any

    def reason(self, language: str) -> str:
        """Return why it stands here, in one or two sentences of a language."""
        source = "design" if self.designed == self.buildings else "rule" if not self.designed else "both"
        values: dict[str, object] = {
            "buildings": self.buildings, "homes": self.households if self.households is not None else "–",
            "revenue": f"{self.revenue:,.0f}", "cost": f"{self.cost:,.0f}",
            "source": translate(_SOURCES[source], language), "chance": f"{100 * self.chance:.0f}",
            "days": "–" if self.days is None else f"{self.days:.0f}", "rate": f"{self.per_day:,.0f}"}
        if self.value <= 0 and self.held_until is None:
            text = translate(_NOTHING, language, **values)
        else:
            text = translate(_SENTENCE, language, **values)
        more = []
        if self.held_until == NO_END:
            more.append(translate(_HELD_ON, language))
        elif self.held_until is not None:
            more.append(translate(_HELD, language, until=self.held_until.isoformat()))
        if self.refusal_cost is not None:
            more.append(translate(_REFUSAL, language, loss=f"{self.refusal_cost:,.0f}"))
        return " ".join([text, *more]) if language == "en" else "".join([text, *more])


_SENTENCE = ("{buildings} buildings, {homes} homes: revenue {revenue} less cost {cost} ({source}), with a chance of "
             "{chance} % in about {days} days, is {rate} per day.")
_NOTHING = ("{buildings} buildings, {homes} homes: revenue {revenue} does not cover the cost of {cost} ({source}).")
_HELD = "A rival's exclusive right holds until {until}."
_HELD_ON = "A rival has an exclusive right whose end nobody knows."
_REFUSAL = "A refusal would cost the plan {loss}."
_SOURCES = {"design": "as designed", "rule": "by rule, no design yet", "both": "partly designed"}


def negotiation_queue(
    store: Store, area: str = "", scenario: str = "base", *, on: Optional[date] = None, progress: Progress = SILENT
) -> list[Entry]:
    """Return the estates of an area ('': all that the login sees) that may still be won, most money per day first.

    Raises ParameterError for an unknown area.
    """
    today = on or date.today()
    with store.transaction() as cur:
        ask.prepare(cur)
        where, values = ask.area_filter(cur, area)
        rows = ask.open_buildings(cur, where, values)
        progress.step(0.3)
        settings = read_scenario(cur, scenario)
        talks = TalkHistory(ask.history(cur), ask.allowed_days(cur), settings.probabilities)
        progress.step(0.5)
        rivals = ask.rival_weights(cur, where, values, TECH_EFFECT, TECH_EFFECT["unknown"], AREA_AVERAGE_CAP)
        progress.step(0.75)
        held = _exclusive(ask.exclusive_rights(cur))
        catalogue = area_catalogue(cur, [row[0] for row in rows[:1]])
        packages = ask.packages_in_force(cur)
        rule = ask.cost_per_home(cur)
        keys = sorted({row[2] for row in rows if row[2]})
        places = ask.estates(cur, keys)
        owners = ask.logins(cur, sorted({row[13] for row in rows if row[13]}))
    progress.step(0.85)
    table = _Buildings(rows, rivals, held, settings.take_rate, rule, today)
    table.price(RevenueModel(catalogue, HORIZON_YEARS), packages, places)
    chance, days = table.outlook(talks)
    worth = rank(table.groups, len(table.keys), table.revenue, table.cost, chance, days, table.held)
    progress.step(0.95)
    return table.entries(worth, places, owners)


def _exclusive(rows: Sequence[tuple[str, Any]]) -> dict[str, date]:
    found: dict[str, date] = {}
    for key, until in rows:
        found[key] = max(found.get(key, date.min), until or NO_END)
    return found


class _Buildings:
    """The open buildings as columns, and what follows from them."""

    def __init__(self, rows: Sequence[tuple[Any, ...]], rivals: Mapping[str, float], held: Mapping[str, date],
                 base_take: float, cost_per_home: float, today: date) -> None:
        self.rows = rows
        self.cost_per_home = cost_per_home
        place: dict[str, int] = {}
        self.groups = np.array([place.setdefault(row[2] or row[0], len(place)) for row in rows], dtype=np.int64)
        self.keys = list(place)
        self.homes = np.array([row[3] or 0 for row in rows], dtype=float)
        self.unknown = np.array([row[3] is None for row in rows])
        self.firms = np.array([row[4] or 0 for row in rows], dtype=float)
        kept = np.array([rivals.get(row[0], 1.0) for row in rows])
        self.take = base_take * np.maximum(FLOOR, kept)
        self.office = (self.firms > 0) & (self.homes == 0)
        self.left = np.where(self.office, np.maximum(FLOOR, kept), 1.0)
        ends = [max((held[key] for key in (row[0], row[2]) if key in held), default=None) for row in rows]
        self.until = ends
        self.held = np.array([end is not None and (end - today).days > LOOK_AHEAD_DAYS for end in ends])
        self.revenue = np.zeros(len(rows))
        self.cost = np.zeros(len(rows))
        self.designed = np.array([row[10] in METHODS and row[10] != NONE and row[11] is not None for row in rows])

    def price(self, model: RevenueModel, packages: Sequence[Mapping[str, Any]],
              places: Mapping[str, Mapping[str, Any]]) -> None:
        """Fill revenue if granted, and cost: of the newest design, else by home or firm as others were designed."""
        methods = [row[10] if row[10] in METHODS and row[10] != NONE else FTTH for row in self.rows]
        tariffs = local_packages(packages, [places.get(key) for key in self.keys])
        lines: dict[tuple[int, str], tuple[float, float]] = {}
        home, firm = np.zeros(len(self.rows)), np.zeros(len(self.rows))
        for row, (group, method) in enumerate(zip(self.groups.tolist(), methods)):
            pair = lines.get((tariffs.of[group], method))
            if pair is None:
                pair = lines[(tariffs.of[group], method)] = _line_values(model, method, tariffs.sets[tariffs.of[group]])
            home[row], firm[row] = pair
        self.revenue = self.homes * self.take * home + self.firms * self.left * firm
        own = np.array([row[11] or 0.0 for row in self.rows], dtype=float)
        units = self.homes + self.firms
        each = self.cost_per_home
        if self.designed.sum() >= LEARNT_FROM and units[self.designed].sum() > 0:
            each = float(own[self.designed].sum() / units[self.designed].sum())
        self.cost = np.where(self.designed, own, each * units)

    def outlook(self, talks: TalkHistory) -> tuple[Any, Any]:
        """Return chance and days until entry per building."""
        known: dict[tuple[Any, ...], tuple[float, float]] = {}
        chance, days = np.zeros(len(self.rows)), np.ones(len(self.rows))
        for row, values in enumerate(self.rows):
            key = (values[5] or _NO_TALK, values[7], values[8], values[9] == "filing")
            pair = known.get(key)
            if pair is None:
                stage, obstacle, role, filing = key
                pair = known[key] = (talks.chance(stage, filing), talks.days_to_entry(stage, obstacle, role, filing))
            chance[row], days[row] = pair
        return chance, days

    def entries(self, worth: Worth, places: Mapping[str, Mapping[str, Any]],
                owners: Mapping[str, str]) -> list[Entry]:
        """Return the queue in its order."""
        order = np.argsort(self.groups, kind="stable")
        starts = np.searchsorted(self.groups[order], np.arange(len(self.keys) + 1))
        found = []
        for place, group in enumerate(worth.order().tolist()):
            mine = order[starts[group]:starts[group + 1]].tolist()
            found.append(self._entry(place + 1, group, mine, worth, places.get(self.keys[group]), owners))
        return found

    def _entry(self, place: int, group: int, mine: Sequence[int], worth: Worth,
               estate: Optional[Mapping[str, Any]], owners: Mapping[str, str]) -> Entry:
        rows = [self.rows[row] for row in mine]
        known = [row[3] for row in rows if row[3] is not None]
        losses = [float(row[12]) for row in rows if row[12] is not None]
        holders = Counter(owners[row[13]] for row in rows if row[13] in owners)
        owner = holders.most_common(1)[0][0] if holders else (estate or {}).get("owner") or ""
        value, gain, days = float(worth.value[group]), float(worth.expected[group]), float(worth.days[group])
        obstacles = Counter(row[7] for row in rows if row[7])
        return Entry(
            place, None if estate is None else str(estate["id"]), str(estate["code"]) if estate else rows[0][1],
            str(estate["name"]) if estate else "", len(rows), sum(known) if known else None, len(rows) - len(known),
            sum(row[4] or 0 for row in rows), dict(Counter(row[5] or _NO_TALK for row in rows)),
            obstacles.most_common(1)[0][0] if obstacles else None, float(worth.revenue[group]),
            float(worth.cost[group]),
            int(self.designed[mine].sum()), value, gain, gain / value if value > 0 else 0.0,
            days if np.isfinite(days) else None, float(worth.per_day[group]), sum(losses) if losses else None,
            max((self.until[row] for row in mine if self.held[row]), default=None), owner,
            min((row[14] for row in rows if row[14]), default=None),
            stored(estate["geom"]) if estate and estate["geom"] is not None else None)


def _line_values(model: RevenueModel, method: str, tariffs: list[Tariff]) -> tuple[float, float]:
    """Return the present value of a home that takes the service and of a firm in the building (its take included)."""
    opex = model.figure(method, "opex_line_year")

    def line(segment: str) -> float:
        return max(0.0, 12 * model.margin * model.arpu(segment, method, tariffs) - opex) * model.line_years

    if method == "leased":
        return 0.0, model.leased_take * line("business")
    return (model.figure(method, "take_factor") * line("home"),
            model.business_take * model.figure(method, "business_factor") * line("business"))
