# SPDX-License-Identifier: GPL-2.0-or-later
"""Competitor scores of an area's estates: shares, concentration, threat, win-back, white spots, overbuild."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, Mapping, Optional

from psycopg2 import sql

from fullservice_plugin.core.access.choice.revenue import RevenueModel
from fullservice_plugin.core.competition.advice import Advice, advise
from fullservice_plugin.core.competition.evidence import STALE_BELOW
from fullservice_plugin.core.competition.scores import TECH_RANK, WIN_PROBABILITY, hhi_band
from fullservice_plugin.core.competition.standing import WINDOW_MONTHS, Operator, Standing, standing
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.shapes import stored
from fullservice_plugin.services.local_packages import local_packages
from fullservice_plugin.services.prices import area_catalogue
from fullservice_plugin.store import standings as ask
from fullservice_plugin.store import talk_queue
from fullservice_plugin.store.area import setting
from fullservice_plugin.store.connection import Store

PROMOTION_DAYS = 30
GROWTH_DAYS = 90
_BY_RANK = {rank: name for name, rank in sorted(TECH_RANK.items(), reverse=True)}
_METHODS = {"ftth": "ftth", "fttb": "fttb", "hybrid": "fttb", "wlan": "wlan", "leased": "leased"}


@dataclass(frozen=True)
class EstateStanding:
    """An estate and how we stand there.

    ``households`` None where some building's are unknown. ``white`` and ``overbuilt`` are homes (None: nobody looked).
    ``stale``: what is known has faded below 15 %; ``seen`` of ``buildings`` were observed at all.
    """

    estate_id: str
    code: str
    name: str
    grid: str
    buildings: int
    seen: int
    households: Optional[int]
    white: Optional[int]
    overbuilt: Optional[int]
    operators: tuple[Operator, ...]
    standing: Standing
    observed: Optional[date]
    conflict: bool
    geometry: Any
    own_price: Optional[float] = None
    exclusive_until: Optional[date] = None

    @property
    def stale(self) -> bool:
        """Whether somebody should look again."""
        return self.standing.confidence is not None and self.standing.confidence < STALE_BELOW

    @property
    def band(self) -> str:
        """Concentration by the low end of the interval: low, moderate, high; empty where unknown."""
        return "" if self.standing.hhi_low is None else hhi_band(self.standing.hhi_low)

    def advice(self) -> list[Advice]:
        """What to do here, the most urgent first."""
        return advise(self.standing, self.operators, own_price=self.own_price, seen=self.seen, white=self.white,
                      conflict=self.conflict, exclusive_until=self.exclusive_until)


def standings(store: Store, area: str = "", *, progress: Progress = SILENT) -> list[EstateStanding]:
    """Return the estates of an area ('': all that the login sees) with their scores, by code.

    Raises ParameterError for an unknown area.
    """
    with store.transaction() as cur:
        talk_queue.prepare(cur)
        where, values = talk_queue.area_filter(cur, area)
        return _standings(cur, where, values, progress=progress)


def standing_at(store: Store, *, building_id: str = "", estate_id: str = "") -> Optional[EstateStanding]:
    """Return how we stand in one estate, or in one building of it; None where it is in no estate or not to be seen.

    Of a building only what is known of itself counts, and the promotions that were entered for its estate.
    """
    column, key = ("id", building_id) if building_id else ("estate_id", estate_id)
    where = sql.SQL("{} = %(area)s::uuid").format(sql.Identifier("b", column))
    with store.transaction() as cur:
        talk_queue.prepare(cur)
        found = _standings(cur, where, {"area": key}, whole_estates=not building_id)
        return found[0] if found else None


def _standings(cur: Any, where: sql.Composable, values: Mapping[str, Any], *, whole_estates: bool = True,
               progress: Progress = SILENT) -> list[EstateStanding]:
    rows = ask.operators(cur, where, values, TECH_RANK, int(WINDOW_MONTHS * 30.4375), whole_estates)
    progress.step(0.5)
    places = ask.estates(cur, where, values)
    promoted = ask.promoted(cur, where, values, PROMOTION_DAYS)
    grown = ask.growth(cur, where, values, GROWTH_DAYS)
    offers = {code: (price, months) for code, price, months in ask.offers(cur)}
    catalogue = area_catalogue(cur, ask.first_building(cur, where, values))
    packages = talk_queue.packages_in_force(cur)
    chances = _chances(setting(cur, "win_probability"))
    progress.step(0.8)
    model = RevenueModel(catalogue, 5.0)
    tariffs = local_packages(packages, places)
    prices = [model.arpu("home", "ftth", found) for found in tariffs.sets]
    by_estate: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_estate[row["estate"]].append(row)
    return [_estate(place, by_estate.get(place["id"], []), prices[number], promoted, grown, offers, chances)
            for place, number in zip(places, tariffs.of)]


def _chances(stored_: Any) -> tuple[float, ...]:
    """The store's win probabilities by number of advantages, else the default."""
    if isinstance(stored_, list) and len(stored_) == len(WIN_PROBABILITY):
        return tuple(float(value) for value in stored_)
    return WIN_PROBABILITY


def _estate(
    place: Mapping[str, Any], rows: list[dict[str, Any]], price: float, promoted: set[tuple[str, str]],
    grown: Mapping[tuple[str, str], float], offers: Mapping[str, tuple[Optional[float], Optional[int]]],
    chances: tuple[float, ...],
) -> EstateStanding:
    homes = None if place["unknown"] or place["households"] is None else int(place["households"])
    operators = []
    for row in rows:
        offer, months = offers.get(row["code"], (None, None))
        key = (place["id"], row["code"])
        operators.append(Operator(
            row["code"], bool(row["own"]), row["subs"], bool(row["partial"]), _BY_RANK.get(row["rank"]),
            row["price"] if row["price"] is not None else offer, key in promoted, bool(row["exclusive"]),
            grown.get(key), row["ending"], months, row["confidence"]))
    seen = int(place["seen"])
    found = standing(operators, homes, price, _METHODS.get(place["designed"] or ""), price, chances)
    return EstateStanding(
        place["id"], place["code"], place["name"], place["grid"] or "", int(place["buildings"]), seen, homes,
        int(place["white"] or 0) if seen else None, int(place["overbuilt"] or 0) if seen else None, tuple(operators),
        found, max((row["observed_on"] for row in rows), default=None), any(row["conflict"] for row in rows),
        None if place["geom"] is None else stored(place["geom"]), price,
        max((row["exclusive_until"] for row in rows if row["exclusive"] and row["exclusive_until"]), default=None))
