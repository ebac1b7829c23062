# SPDX-License-Identifier: GPL-2.0-or-later
"""Buildings as sites of the choice: what may be built there, what it brings and what it costs."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any, Optional

from fullservice_plugin.core.access.choice import reasons
from fullservice_plugin.core.access.choice.model import FTTB, FTTH, HYBRID, LEASED, METHODS, NONE, WLAN, AccessOptions
from fullservice_plugin.core.access.choice.own_cost import OwnCosts, whole
from fullservice_plugin.core.access.choice.revenue import Market, Packages, RevenueModel, Tariff, parse_date
from fullservice_plugin.core.access.wlan.settings import settings_from
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable

_STATES = ("", "open", "refused", "spare")
_FALSE = {"0", "f", "false", "no", "n", "否"}


@dataclass
class Site:
    """One building: its market, the methods that are possible, and the code of what limits it."""

    row: int
    building: str
    market: Market
    homes: int
    users: int
    lines: int
    storeys: int
    tariffs: list[Tariff]
    methods: list[str] = field(default_factory=list)
    lock: str = ""
    limit: str = reasons.OPEN
    limit_values: dict[str, object] = field(default_factory=dict)

    def close(self, limit: str, **values: object) -> None:
        """Leave no connection as the only possibility."""
        self.methods, self.limit, self.limit_values = [], limit, values


def read_sites(
    buildings: FeatureTable, packages: Optional[FeatureTable], revenue: RevenueModel, costs: OwnCosts,
    options: AccessOptions,
) -> list[Site]:
    """Read all buildings; raises :class:`InputError` that names the feature and field of a value it cannot use."""
    numbers = {name: buildings.numbers(name, default, least=0.0) for name, default in (
        ("households", None), ("businesses", 0.0), ("storeys", 1.0), ("take_rate", None), ("probability", None),
        ("rivals", 0.0), ("rival_share", 0.0), ("users", None))}
    texts = {name: buildings.column(name) for name in (
        "access_state", "method_lock", "exclusive_until", "riser_right", "power_right")}
    today = parse_date(options.on_date, "on_date") or datetime.date.today()
    area = Packages(packages, today.isoformat())
    uses, models = buildings.column("use"), settings_from(costs.catalogue, options.wlan.region)
    sites = []
    for row, building in enumerate(buildings.ids):
        value = {name: column[row] for name, column in numbers.items()}
        take = value["take_rate"] if value["take_rate"] is not None else options.take_rate
        for name in ("take_rate", "probability", "rival_share"):
            if (value[name] or 0) > 1:
                raise InputError("{layer}: field {field} of feature {feature} must be between 0 and 1, found {value}.",
                                 layer=buildings.name or "Buildings", field=name, feature=building, value=value[name])
        state = _choice(buildings, building, "access_state", texts["access_state"][row], _STATES)
        lock = _choice(buildings, building, "method_lock", texts["method_lock"][row], ("", *METHODS))
        firms = value["businesses"] or 0.0
        homes = value["households"]
        known = 1.0 if homes is None and firms <= 0 else float(homes or 0.0)
        units = whole(known) + whole(firms)
        users = max(1, whole(take * units)) if units else 0
        geometry = buildings.geometry[row]
        empty = geometry is None or geometry.is_empty
        model = models.use_model(uses[row])
        people = value["users"]
        if people is None:
            floor_area = 0.0 if empty else geometry.area * max(1.0, value["storeys"] or 1.0)
            people = floor_area / 100 * model.users_per_100m2
        market = Market(known, firms, take, value["rivals"] or 0.0, value["rival_share"] or 0.0,
                        1.0 if value["probability"] is None else value["probability"], 0.0, people, model.use)
        site = Site(row, building, market, units, users, max(1, whole(firms * revenue.leased_take)),
                    max(1, whole(value["storeys"] or 1.0)),
                    area.at(geometry.representative_point()) if not empty else [], lock=lock)
        _possible(site, state, {name: column[row] for name, column in texts.items()}, today, empty)
        if options.methods and not site.lock and site.methods:
            site.methods = [method for method in site.methods if method in options.methods]
            if not site.methods:
                site.close(reasons.NO_ROUTE, why="none of the methods allowed in this plan is possible")
        sites.append(site)
    return sites


def _possible(site: Site, state: str, texts: dict[str, Any], today: datetime.date, empty: bool) -> None:
    until = parse_date(texts["exclusive_until"], "exclusive_until")
    if state == "refused":
        return site.close(reasons.REFUSED)
    if empty:
        return site.close(reasons.NO_ROUTE, why="it has no footprint")
    if site.homes == 0:
        return site.close(reasons.NO_DEMAND)
    if site.lock:  # what engineers approved stands, whatever was learnt since
        site.methods, site.limit = [m for m in (site.lock,) if m != NONE], reasons.LOCKED
        return None
    if state == "spare":
        return site.close(reasons.SPARE)
    if until is not None and until > today:
        return site.close(reasons.EXCLUSIVE, until=until.isoformat())
    riser, power = (granted(texts[name]) for name in ("riser_right", "power_right"))
    barred = ({FTTH, FTTB, HYBRID} if not riser else set()) | ({FTTB, WLAN, HYBRID} if not power else set())
    if site.market.businesses <= 0:
        barred.add(LEASED)
    site.methods = [method for method in (FTTH, FTTB, WLAN, HYBRID, LEASED) if method not in barred]
    site.limit = reasons.NO_RISER if not riser else reasons.NO_POWER if not power else reasons.OPEN
    if not site.methods:
        site.close(reasons.NO_ROUTE, why="neither riser nor power may be used")
    return None


def granted(value: Any) -> bool:
    """Tell whether an agreement grants a right; unknown counts as granted, the survey shows."""
    return str(value).strip().lower() not in _FALSE


def _choice(table: FeatureTable, key: str, name: str, value: object, known: tuple[str, ...]) -> str:
    text = str(value or "").strip().lower()
    if text not in known:
        raise InputError("{layer}: field {field} of feature {feature} must be one of {known}, found {value}.",
                         layer=table.name or "Buildings", field=name, feature=key,
                         known=[k for k in known if k], value=repr(value))
    return text
