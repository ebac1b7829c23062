# SPDX-License-Identifier: GPL-2.0-or-later
"""The input of a plan: what the store knows about an area, as plain tables in one metric CRS."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import astuple, dataclass, field
from datetime import date
from typing import Any, Iterable, Mapping, Optional, Sequence

import shapely.wkb

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.access.wlan.model import REGIONS
from fullservice_plugin.core.access.wlan.walktest import Correction
from fullservice_plugin.core.competition.evidence import AREA_AVERAGE_CAP
from fullservice_plugin.core.competition.take import Rival, take_rate
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.negotiation.outlook import GRANTED, outlook
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.store import area as ask

# A rival's exclusive agreement without a known end blocks until somebody finds out.
NO_END = date.max  # of an exclusive right whose end nobody knows
_REGIONS = {"CN": "cn", "UK": "etsi", "US": "fcc"}
_HAS = {"yes": True, "shared": True, "no": False}


@dataclass(frozen=True)
class Scenario:
    """Settings of a scenario: base take rate (0–1) and probabilities of agreement by stage that differ."""

    name: str
    take_rate: float = 0.4
    probabilities: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class AreaInput:
    """Tables of an area in ``proj`` (metres). Buildings go by their code; the dicts lead from there to ids."""

    code: str
    proj: str
    buildings: FeatureTable
    streets: FeatureTable
    supply: FeatureTable
    packages: Optional[FeatureTable]
    building_ids: dict[str, str]
    estate_ids: dict[str, Optional[str]]
    locked_estates: frozenset[str]
    targets: Optional[FeatureTable] = None
    corrections: dict[str, Correction] = field(default_factory=dict)
    region: str = "cn"
    notes: dict[str, str] = field(default_factory=dict)


def read_scenario(cur: Any, name: str) -> Scenario:
    """Return a scenario by name; its settings stand in the store under ``scenario:<name>``.

    Raises ParameterError for settings that cannot be used.
    """
    stored = ask.setting(cur, f"scenario:{name}") or {}
    unknown = sorted(set(stored) - {"take_rate", "probabilities"}) if isinstance(stored, dict) else ["?"]
    if unknown:
        raise ParameterError(
            "Scenario {name} has unknown settings: {settings}.", name=name, settings=unknown
        )
    rate = stored.get("take_rate", Scenario.take_rate)
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        raise ParameterError("The take rate must be between 0 and 1, found {value}.", value=rate)
    return Scenario(name, float(rate), dict(stored.get("probabilities", {})))


def read_area(cur: Any, code: str, scenario: Scenario, on: date) -> AreaInput:
    """Read an estate or territory by its code, several estates by theirs joined with ``+``.

    Raises ParameterError for an unknown code, InputError for an area without buildings, streets or supply.
    """
    found = ask.find_area(cur, code)
    if found is None:
        raise ParameterError("There is no estate or territory with the code {code} that your login may see.", code=code)
    keys = ask.building_ids(cur, *found)
    if not keys:
        raise InputError("Area {code} has no buildings with a position. Discover or import them first.", code=code)
    proj = ask.metric_proj(cur, keys)
    rows = ask.buildings(cur, keys, proj)
    olts = ask.supply(cur, keys, proj)
    if not olts:
        raise InputError(
            "The store has no supply point (OLT) for area {code}. Import one with importresources.", code=code
        )
    ways = ask.streets(cur, keys, [row["code"] for row in olts], proj)
    if not ways:
        raise InputError(
            "The store has no streets around area {code}. Run discoverbuildings on a source with streets.", code=code
        )
    locks = ask.locks(cur, keys)
    columns = _market(cur, keys, rows, scenario, on)
    by_hand = ask.overrides(cur, keys, scenario.name)
    kept = {building: method for building, (method, _) in by_hand.items()}
    kept.update({row["building_id"]: row["method"] for row in locks})  # what was approved stands above all
    columns["method_lock"] = _by_building(rows, kept)
    buildings = _table(
        rows, "code", ("households", "businesses", "storeys", "use", "value_class"), "Buildings", columns
    )
    packages = ask.packages(cur, keys, on, proj)
    asked = ask.targets(cur, keys, proj)
    for row in packages:
        row["valid_from"] = row["valid_to"] = None  # only those valid on the day are here
    return AreaInput(
        code,
        proj,
        buildings,
        _table(
            ways,
            "id",
            (
                "name",
                "highway",
                "cost_factor",
                "forbidden",
                "construction",
                "existing_duct",
                "duct_owner",
                "free_bores",
                "rent_per_m",
                "existing_poles",
                "pole_owner",
                "pole_rent_per_m",
            ),
            "Streets",
        ),
        _table(olts, "code", ("kind", "free_ports"), "Supply"),
        _table(
            packages,
            "code",
            (
                "name",
                "segment",
                "price_month",
                "down_mbps",
                "up_mbps",
                "contract_months",
                "valid_from",
                "valid_to",
                "priority",
            ),
            "Packages",
        )
        if packages
        else None,
        {row["code"]: row["id"] for row in rows},
        {row["code"]: row["estate_id"] for row in rows},
        frozenset(str(row["estate_id"]) for row in locks),
        _table(asked, "code", ("code", "coverage_target"), "Targets") if asked else None,
        {code: Correction(*values) for code, values in ask.corrections(cur, keys).items()},
        wlan_region(cur),
        {row["code"]: by_hand[row["id"]][1] for row in rows if row["id"] in by_hand},
    )


def wlan_region(cur: Any) -> str:
    """Return whose radio rules hold: the store's setting ``wlan_region``, else that of its jurisdiction."""
    chosen = ask.setting(cur, "wlan_region") or _REGIONS.get(str(ask.setting(cur, "jurisdiction") or "CN"), "cn")
    if chosen not in REGIONS:
        raise ParameterError("Region {region} is not known. Choose one of: {known}.", region=chosen,
                             known=list(REGIONS))  # fmt: skip
    return str(chosen)


def fingerprint(area: AreaInput, scenario: Scenario, catalogue: Catalogue, settings: Mapping[str, Any]) -> str:
    """Return the SHA-256 of everything a plan depends on."""
    digest = hashlib.sha256()
    plain = {
        "code": area.code,
        "proj": area.proj,
        "scenario": [scenario.name, scenario.take_rate, dict(scenario.probabilities)],
        "catalogue": catalogue.data,
        "settings": dict(settings),
        "estates": area.estate_ids,
    }
    if area.corrections or area.region != "cn":  # plans from before these were known stay as they are
        plain["wlan"] = [area.region, {code: list(astuple(one)) for code, one in area.corrections.items()}]
    digest.update(_canonical(plain))
    for table in (area.buildings, area.streets, area.supply, area.packages, area.targets):
        if table is None:
            continue
        digest.update(_canonical([table.name, table.ids, table.columns]))
        for shape in table.geometry:
            digest.update(b"-" if shape is None else shapely.wkb.dumps(shape))
    return digest.hexdigest()


def _market(
    cur: Any, keys: Sequence[str], rows: Sequence[Mapping[str, Any]], scenario: Scenario, on: date
) -> dict[str, list[Any]]:
    """Return the columns on entry and demand: talks, agreements and rivals of each building."""
    stages: dict[str, list[str]] = defaultdict(list)
    for building, stage in ask.stages(cur, keys):
        stages[building].append(stage)
    rights = ask.agreement_rights(cur, keys)
    rivals: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for rival in ask.rivals(cur, keys):
        rivals[rival["building_id"]].append(rival)
    columns: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        chance = outlook(stages[row["id"]], scenario.probabilities)
        columns["access_state"].append(chance.state)
        columns["probability"].append(chance.probability)
        riser, power = rights.get(row["id"], (None, None))
        columns["riser_right"].append(_HAS.get(row["riser"]) if riser is None else riser)
        columns["power_right"].append(_HAS.get(row["power"]) if power is None else power)
        present = rivals[row["id"]]
        columns["exclusive_until"].append(None if chance.stage in GRANTED else _exclusive(present, on))
        rate, networks = _demand(row, present, scenario.take_rate)
        columns["take_rate"].append(rate)
        columns["rivals"].append(networks)
    return dict(columns)


def _demand(row: Mapping[str, Any], present: Iterable[Mapping[str, Any]], base: float) -> tuple[float, float]:
    """Return take rate and rival networks: homes feel rivals by the rate, pure office buildings by the number.

    Both would count a rival twice. What is only known of the whole estate counts little for one building.
    """
    seen = [
        Rival(
            rival["operator_code"],
            rival["technology"],
            min(float(rival["confidence"] or 0.0), 1.0 if rival["own"] else AREA_AVERAGE_CAP),
        )
        for rival in present
    ]
    if (row["businesses"] or 0) > 0 and not row["households"]:
        strongest: dict[str, float] = {}
        for rival in seen:
            strongest[rival.operator] = max(strongest.get(rival.operator, 0.0), rival.confidence)
        return base, round(sum(strongest.values()), 2)
    return round(take_rate(base, seen), 2), 0.0


def _exclusive(present: Iterable[Mapping[str, Any]], on: date) -> Optional[str]:
    """Return the last day (ISO) of the rivals' exclusive agreements still in force; None where there is none."""
    ends = [rival["exclusive_until"] or NO_END for rival in present if rival["exclusivity"] == "contract"]
    last = max(ends, default=None)
    return last.isoformat() if last is not None and last >= on else None


def _by_building(rows: Iterable[Mapping[str, Any]], values: Mapping[str, Any]) -> list[Any]:
    return [values.get(row["id"]) for row in rows]


def _table(
    rows: Sequence[Mapping[str, Any]],
    key: str,
    names: Sequence[str],
    title: str,
    more: Optional[Mapping[str, list[Any]]] = None,
) -> FeatureTable:
    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in names}
    shapes = [row["geom"] for row in rows]
    return FeatureTable([str(row[key]) for row in rows], shapes, {**columns, **(more or {})}, [], title)


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode("utf-8")
