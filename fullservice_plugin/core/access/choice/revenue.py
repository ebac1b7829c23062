# SPDX-License-Identifier: GPL-2.0-or-later
"""Expected revenue of a building by access method: take rate, rivals, packages, churn, agreement."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from fullservice_plugin.core.access.choice.model import HYBRID, LEASED, WLAN
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.table import FeatureTable

if TYPE_CHECKING:
    from fullservice_plugin.core.access.catalogue import Catalogue


@dataclass(frozen=True)
class Market:
    """Demand of one building. ``homes`` includes one assumed home where nothing is known; ``use`` is its use class."""

    homes: float
    businesses: float
    take: float
    rivals: float
    rival_share: float
    probability: float
    aps: float = 0.0
    wlan_users: float = 0.0
    use: str = ""


@dataclass(frozen=True)
class Tariff:
    """A package: price per month, speed (Mb/s), priority (the higher goes first), whether it is of an area.

    Of two with one priority that of an area goes before that of everywhere.
    """

    segment: str
    price: float
    mbps: float
    priority: float
    local: bool = False

    @property
    def rank(self) -> tuple[float, bool]:
        """What decides between packages of one segment at one place."""
        return self.priority, self.local


class RevenueModel:
    """Present value of a building's revenue over the horizon, less its running costs.

    Monotone: rivals, rival share and a smaller probability or take rate never raise it.
    """

    def __init__(self, catalogue: "Catalogue", horizon_years: float) -> None:
        if not 0 < horizon_years <= 100:
            raise ParameterError("HORIZON_YEARS must lie between 0 and 100, found {value}.", value=horizon_years)
        self._section = catalogue.section("revenue")
        self._source = catalogue.source
        rules = self._section.get("rules", {})
        self.margin = self._number("rules", "margin", "value")
        self.business_take = self._number("rules", "business_take", "value")
        self.leased_take = self._number("rules", "leased_take", "value")
        self.rival_factor = min(1.0, self._number("rules", "rival_factor", "value"))
        self.rival_most = self._number("rules", "rival_most", "value")
        self.spare_probability = self._number("rules", "spare_probability", "value")
        ramp = rules.get("ramp", {}).get("value", [1.0])
        loss = max(0.0, self._number("rules", "churn_year", "value") - self._number("rules", "regain_year", "value"))
        self.line_years, self.years = discounted_years(
            horizon_years, [float(r) for r in ramp], loss, self._number("rules", "discount_year", "value"))

    def _number(self, group: str, item: str, name: str) -> float:
        value = self._section.get(group, {}).get(item, {}).get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
            raise InputError(
                "Catalogue {file}: {section} / {item} / {field} must be a number of at least 0, found {value}.",
                file=self._source, section="revenue/" + group, item=item, field=name, value=repr(value))
        return float(value)

    def figure(self, method: str, name: str) -> float:
        """Return a figure of a method, such as ``take_factor``, ``max_mbps`` or ``opex_line_year``"""
        return self._number("methods", method, name)

    def pressure(self, market: Market) -> float:
        """Return the share of the take rate that rivals leave (0–1)."""
        networks = min(self.rival_most, max(0.0, market.rivals))
        return float(self.rival_factor**networks * (1 - 0.5 * min(1.0, max(0.0, market.rival_share))))

    def arpu(self, segment: str, method: str, tariffs: list[Tariff]) -> float:
        """Return the monthly price of what the method can sell there.

        The valid packages of the first rank that the method is fast enough for count with their mean price;
        the catalogue's default where there is none.
        """
        fast = self.figure(method, "max_mbps")
        fit = [t for t in tariffs if t.segment == segment and t.mbps <= fast]
        if not fit or method == LEASED:
            return self._number("arpu", "leased" if method == LEASED else segment, "value")
        first = max(t.rank for t in fit)
        prices = [t.price for t in fit if t.rank == first]
        return sum(prices) / len(prices)

    def revenue(self, market: Market, method: str, tariffs: list[Tariff]) -> float:
        """Return the expected present value, never negative (a service that loses money is not sold)."""
        line_opex = self.figure(method, "opex_line_year")
        if method == LEASED:
            groups = [(market.businesses * self.leased_take, "business")]
        else:
            factor = self.figure(method, "take_factor")
            groups = [(market.homes * market.take * factor, "home"),
                      (market.businesses * self.business_take * self.figure(method, "business_factor"), "business")]
        left = self.pressure(market)
        total = 0.0
        for lines, segment in groups:
            yearly = 12 * self.margin * self.arpu(segment, method, tariffs) - line_opex
            total += lines * left * max(0.0, yearly) * self.line_years
        if method in (WLAN, HYBRID) and market.use in self._section.get("wlan_users", {}):
            take, price = (self._number("wlan_users", market.use, name) for name in ("take", "arpu"))
            total += market.wlan_users * take * left * 12 * self.margin * price * self.line_years
        total -= market.aps * self.figure(method, "opex_ap_year") * self.years
        return max(0.0, total) * min(1.0, max(0.0, market.probability))


def discounted_years(horizon: float, ramp: list[float], loss: float, discount: float) -> tuple[float, float]:
    """Return (discounted line-years per expected line, discounted years).

    ``ramp``: share of the take rate at the end of each year; ``loss``: net share of lines lost per year.
    """
    lines = years = 0.0
    before = 0.0
    for year in range(math.ceil(horizon - 1e-9)):
        part = min(1.0, horizon - year)
        after = ramp[min(year, len(ramp) - 1)]
        weight = part / (1 + discount) ** (year + 0.5)
        lines += weight * (before + after) / 2 * max(0.0, 1 - loss) ** year
        years += weight
        before = after
    return lines, years


class Packages:
    """Area packages by place and date."""

    def __init__(self, table: Optional[FeatureTable], on_date: str) -> None:
        self._rows: list[tuple[Any, Tariff]] = []
        self._everywhere: list[Tariff] = []
        today = parse_date(on_date, "on_date") or datetime.date.today()
        if table is None:
            return
        prices = table.numbers("price_month", least=0)
        speeds = table.numbers("down_mbps", 0, least=0)
        ranks = table.numbers("priority", 0.0)
        rows = zip(table.geometry, table.column("segment"), table.column("valid_from"), table.column("valid_to"))
        for i, (geometry, segment, start, end) in enumerate(rows):
            first, last = parse_date(start, "valid_from"), parse_date(end, "valid_to")
            price = prices[i]
            if price is None or (first and today < first) or (last and today > last):
                continue
            everywhere = geometry is None or geometry.is_empty
            tariff = Tariff(str(segment or "home"), price, speeds[i] or 0.0, float(ranks[i] or 0.0), not everywhere)
            if everywhere:
                self._everywhere.append(tariff)
            else:
                self._rows.append((geometry, tariff))

    def at(self, point: Any) -> list[Tariff]:
        """Return the packages valid at a point: of every segment, of its areas and of everywhere."""
        return [t for geometry, t in self._rows if geometry.intersects(point)] + self._everywhere


def parse_date(value: Any, field: str) -> Optional[datetime.date]:
    """Return an ISO date (text, date or date-time); ``None`` for empty."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if hasattr(value, "toPyDate"):
        found: datetime.date = value.toPyDate()
        return found
    try:
        return datetime.date.fromisoformat(str(value)[:10])
    except ValueError:
        raise InputError("Field {field} must be a date like 2026-10-01, found {value}.",
                         field=field, value=repr(value)) from None
