# SPDX-License-Identifier: GPL-2.0-or-later
"""What a source of buildings says, whatever its columns are called."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Iterable, Mapping, Optional, Sequence

import shapely.wkb

from fullservice_plugin.core.discovery import uses
from fullservice_plugin.core.discovery.households import number_in
from fullservice_plugin.core.discovery.names import parse_name
from fullservice_plugin.core.table import FeatureTable

COLUMNS = {
    "name": ("name", "名称", "楼栋名称", "building_name", "NAME"),
    "number": ("number", "楼号", "栋号", "building_number"),
    "use": ("use", "building:use", "building", "用途", "USAGE1", "kind_detail", "type", "fclass", "amenity", "tourism"),
    "storeys": ("storeys", "building:levels", "levels", "floors", "Floor", "层数", "楼层", "NB_ETAGES"),
    "basements": ("basements", "building:levels:underground"),
    "height": ("height_m", "height", "HAUTEUR", "高度"),
    "street": ("street", "addr:street", "addr_street", "道路"),
    "housenumber": ("housenumber", "addr:housenumber", "addr_housenumber", "门牌号"),
    "postcode": ("postcode", "addr:postcode"),
    "city": ("city", "addr:city"),
    "unit": ("unit", "addr:unit"),
    "full_address": ("full_text", "addr:full", "address", "地址"),
    "observed_on": ("observed_on",),
    "households": ("households", "户数", "总户数", "homes"),
    "handover_date": ("handover_date", "交付日期", "交付时间", "交房时间"),
}
#: Facts that a source may keep under a column of its own: the field parameters of discoverbuildings, in this order.
MAPPED = ("name", "number", "use", "storeys", "height", "street", "housenumber")
# the value list building_use of the store, by the words of core/discovery/uses
_STORE_USE = {
    uses.HOUSE: "house",
    uses.APARTMENTS: "apartments",
    uses.MIXED: "mixed",
    uses.VILLAGE: "village",
    uses.DORM: "dorm",
    uses.DWELLINGS: "residential",
    uses.OFFICE: "office",
    uses.HOTEL: "hotel",
    uses.ANNEX: "garage",
    uses.OTHER: "other",
    uses.UNKNOWN: "unknown",
}
_TELLING_USE = {
    "school": "school",
    "university": "school",
    "college": "school",
    "kindergarten": "school",
    "hospital": "hospital",
    "retail": "retail",
    "supermarket": "retail",
    "commercial": "commercial",
    "industrial": "industrial",
    "warehouse": "industrial",
    "church": "religious",
    "cathedral": "religious",
    "chapel": "religious",
    "mosque": "religious",
    "temple": "religious",
    "synagogue": "religious",
    "public": "public",
    "civic": "public",
    "government": "public",
    "construction": "construction",
}
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})(?:[-/.月]?(\d{1,2})?)日?(?:[T ].*)?$")
_TELLING_KEY = {"office": "office", "shop": "retail"}  # OpenStreetMap keys whose presence is enough


@dataclass(frozen=True)
class Facts:
    """What a source says of one building; None is unknown. Height in metres."""

    name: Optional[str] = None
    number: Optional[str] = None
    use: Optional[str] = None
    storeys: Optional[int] = None
    basements: Optional[int] = None
    height: Optional[float] = None
    street: Optional[str] = None
    housenumber: Optional[str] = None
    postcode: Optional[str] = None
    city: Optional[str] = None
    unit: Optional[str] = None
    full_address: Optional[str] = None
    observed_on: Optional[str] = None
    households: Optional[int] = None
    handover_date: Optional[str] = None

    def attributes(self) -> dict[str, Any]:
        """Return what is known as a plain dictionary."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass
class SourceData:
    """One source, read: tables in WGS-84 degrees (or its own datum until converted), licence and hash.

    ``observed_on`` (ISO date) holds for every row that does not say itself when it was seen.
    """

    name: str
    file_name: str
    licence: Optional[str]
    input_hash: str
    buildings: FeatureTable
    addresses: Optional[FeatureTable] = None
    streets: Optional[FeatureTable] = None
    areas: Optional[FeatureTable] = None
    pois: Optional[FeatureTable] = None
    observed_on: Optional[str] = None

    @property
    def tables(self) -> list[FeatureTable]:
        """The tables that the source has."""
        parts = (self.buildings, self.addresses, self.streets, self.areas, self.pois)
        return [table for table in parts if table is not None]


def facts_of(table: FeatureTable) -> list[Facts]:
    """Return the facts of every row of a table of buildings or addresses."""
    columns = {part: _first(table, names) for part, names in COLUMNS.items() if part != "use"}
    told = [table.columns[name] for name in COLUMNS["use"] if name in table.columns]
    keys = {key: table.columns[key] for key in _TELLING_KEY if key in table.columns}
    return [
        _facts(
            {part: column[row] for part, column in columns.items()},
            _use([column[row] for column in told], [key for key, column in keys.items() if column[row]]),
        )
        for row in range(len(table))
    ]


def renamed(table: FeatureTable, mapping: Mapping[str, str]) -> FeatureTable:
    """Return the table with the columns that ``mapping`` (fact → column) names where :func:`facts_of` looks first."""
    columns = dict(table.columns)
    for part, column in mapping.items():
        columns[COLUMNS[part][0]] = table.columns[column]
    return FeatureTable(table.ids, table.geometry, columns, table.problems, table.name)


def _first(table: FeatureTable, names: Sequence[str]) -> list[Any]:
    """Return per row the first value that one of the named columns holds."""
    found: list[Any] = [None] * len(table)
    for name in names:
        if name in table.columns:
            found = [value if old in (None, "") else old for old, value in zip(found, table.columns[name])]
    return found


def _use(values: Sequence[Any], keys: Sequence[str]) -> Optional[str]:
    """Return the use that the first telling value means, else the one that a key such as ``shop`` means by itself."""
    told = (store_use(value) for value in values)
    return next((use for use in told if use), _TELLING_KEY[keys[0]] if keys else None)


def _facts(raw: dict[str, Any], use: Optional[str]) -> Facts:
    storeys, basements, height, households = (
        number_in(raw[part]) for part in ("storeys", "basements", "height", "households")
    )
    name = _text(raw["name"])
    return Facts(
        name=name,
        number=_text(raw["number"]) or parse_name(name).number or None,
        use=use,
        storeys=round(storeys + 0.25) if storeys is not None and 0 < storeys <= 200 else None,
        basements=int(basements) if basements is not None and 0 <= basements <= 20 else None,
        height=round(height, 2) if height is not None and 0 < height <= 1000 else None,
        street=_text(raw["street"]),
        housenumber=_text(raw["housenumber"]),
        postcode=_text(raw["postcode"]),
        city=_text(raw["city"]),
        unit=_text(raw["unit"]),
        full_address=_text(raw["full_address"]),
        observed_on=_text(raw["observed_on"]),
        households=round(households) if households is not None and 0 < households <= 100_000 else None,
        handover_date=iso_date(raw["handover_date"]),
    )


def iso_date(value: Any) -> Optional[str]:
    """Return a date written as 2027-06-30, 2027/6/30, 20270630, 2027年6月30日 or 2027年6月 in ISO form; else None."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    found = _DATE.match(str(value or "").strip())
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3] or 1)).isoformat()
    except ValueError:
        return None


def store_use(value: Any) -> Optional[str]:
    """Return the code of the list ``building_use`` for a source's word; None where it says nothing."""
    told = _TELLING_USE.get(str(value or "").strip().lower())
    if told:
        return told
    found = _STORE_USE[uses.use_of(value)]
    return None if found == "unknown" else found


def _text(value: Any) -> Optional[str]:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\x00", "").strip() or None


def table_hash(tables: Iterable[Optional[FeatureTable]]) -> str:
    """Return a SHA-256 over ids, geometries and columns of tables: the same content gives the same hash."""
    digest = hashlib.sha256()
    for table in tables:
        if table is None:
            digest.update(b"-")
            continue
        for row, (key, shape) in enumerate(zip(table.ids, table.geometry)):
            digest.update(key.encode())
            digest.update(shapely.wkb.dumps(shape) if shape is not None else b"-")
            values = [str(table.columns[name][row]) for name in sorted(table.columns)]
            digest.update(json.dumps(values).encode())
    return digest.hexdigest()


def building_code(source_name: str, source_key: str) -> str:
    """Return the code of a building found in a source: the same for the same source and key."""
    digest = hashlib.blake2s(f"{source_name}\0{source_key}".encode(), digest_size=6).hexdigest()
    return f"B{digest.upper()}"
