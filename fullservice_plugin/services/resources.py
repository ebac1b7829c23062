# SPDX-License-Identifier: GPL-2.0-or-later
"""Import of network resources (OLTs, cabinets, ducts, poles) and of sites."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from fullservice_plugin.core.catalogue.lists import LISTS
from fullservice_plugin.core.intake import Column, Row, labels, take
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable, Problem
from fullservice_plugin.services.imports import ImportResult, require_rows, row_geometry, without_repeats
from fullservice_plugin.services.subjects import positions
from fullservice_plugin.store import resources, subjects
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.rights import require_bulk

_PLACE = (
    Column("x", "number", aliases=("lon", "longitude", "经度")),
    Column("y", "number", aliases=("lat", "latitude", "纬度")),
)
RESOURCE_COLUMNS = (
    Column("code", aliases=("编码", "资源编码"), required=True),
    Column("kind", aliases=("类型",), codes=labels(LISTS["resource_kind"]), required=True),
    Column("building_code", aliases=("楼栋编码",)),
    Column("building_key", aliases=("台账编号",)),
    Column("installed_ports", "integer", aliases=("端口总数",), least=0),
    Column("occupied", "integer", aliases=("占用",), least=0),
    Column("reserved", "integer", aliases=("预占",), least=0),
    Column("faulty", "integer", aliases=("故障",), least=0),
    Column("free_ports", "integer", aliases=("空闲端口",), least=0),
    Column("owner", aliases=("产权单位",)),
    Column("free_bores", "integer", aliases=("空闲管孔",), least=0),
    Column("rent_per_m", "number", aliases=("每米年租金",), least=0),
    Column("status", aliases=("状态",), codes=labels(LISTS["resource_status"])),
    Column("wkt"),
    *_PLACE,
)
SITE_COLUMNS = (
    Column("kind", aliases=("类型",), codes=labels(LISTS["site_kind"]), required=True),
    Column("code", aliases=("编码",), required=True),
    Column("name", aliases=("名称",)),
    Column("address", aliases=("地址",)),
    *_PLACE,
)


def import_resources(
    store: Store,
    table: FeatureTable,
    mapping: Optional[Mapping[str, str]] = None,
    datum: str = "wgs84",
    progress: Progress = SILENT,
) -> ImportResult:
    """Write OLTs, cabinets, ducts and poles by their code, in one transaction.

    ``table`` has its geometry in EPSG:4326. Streets along ducts get the duct's owner, free bores and rent, streets
    along poles those of the poles.
    Counts: ``new, changed, unchanged, rejected, streets``. Importing the same table again changes nothing.
    """
    taken = take(table, RESOURCE_COLUMNS, mapping)
    require_rows(taken, table.name)
    rows, repeats = without_repeats(taken.rows, "code")
    rejected = taken.rejected + repeats
    places = positions(rows, datum)
    progress.step(0.3)
    with store.transaction(bulk=True) as cur:
        require_bulk(cur, "network_resource", "street")
        codes = subjects.buildings_by_code(cur, [row.get("building_code") for row in rows if row.get("building_code")])
        keys = subjects.buildings_by_key(cur, [row.get("building_key") for row in rows if row.get("building_key")])
        ready = []
        for row, place in zip(rows, places):
            try:
                ready.append(_resource(row, place, codes, keys))
            except _Rejected as problem:
                rejected.append(problem.problem)
        done = resources.upsert_resources(cur, ready)
        progress.step(0.7)
        streets = resources.mark_ducted_streets(cur) + resources.mark_poled_streets(cur)
    progress.step(1.0)
    counts = {
        "new": done.inserted,
        "changed": done.updated,
        "unchanged": done.unchanged,
        "rejected": len(rejected),
        "streets": streets,
    }
    return ImportResult(counts, rejected)


def import_sites(
    store: Store,
    table: FeatureTable,
    mapping: Optional[Mapping[str, str]] = None,
    datum: str = "wgs84",
    progress: Progress = SILENT,
) -> ImportResult:
    """Write base stations, service halls, partners and equipment rooms by kind and code, in one transaction.

    ``table`` has its geometry in EPSG:4326. Counts: ``new, changed, unchanged, rejected``.
    """
    taken = take(table, SITE_COLUMNS, mapping)
    require_rows(taken, table.name)
    rows, repeats = without_repeats(taken.rows, "kind", "code")
    rejected = taken.rejected + repeats
    ready = []
    for row, place in zip(rows, positions(rows, datum)):
        shape = row_geometry(row, place)
        if shape is None:
            rejected.append(Problem(row.key, "the row has no position"))
            continue
        values = [row.get(name) for name in ("kind", "code", "name", "address")]
        ready.append((*values, shape.representative_point()))
    progress.step(0.5)
    with store.transaction(bulk=True) as cur:
        require_bulk(cur, "site_poi")
        done = resources.upsert_sites(cur, ready)
    progress.step(1.0)
    return ImportResult(
        {"new": done.inserted, "changed": done.updated, "unchanged": done.unchanged, "rejected": len(rejected)},
        rejected,
    )


class _Rejected(Exception):
    """A row that cannot be stored; carries the problem."""

    def __init__(self, row: Row, template: str, /, **values: object) -> None:
        super().__init__(template)
        self.problem = Problem(row.key, template, values)


def _resource(row: Row, place: Any, codes: Mapping[str, Any], keys: Mapping[str, Any]) -> tuple[Any, ...]:
    try:
        shape = row_geometry(row, place)
    except ValueError as error:
        raise _Rejected(row, "the WKT cannot be read: {reason}", reason=str(error)) from None
    building = codes.get(row.get("building_code")) or keys.get(row.get("building_key"))
    if row.get("building_code") and row.get("building_code") not in codes:
        raise _Rejected(row, "no building has the code {code}", code=row.get("building_code"))
    kind = row.get("kind")
    if shape is None:
        raise _Rejected(row, "the row has no position")
    if kind == "duct" and shape.geom_type not in ("LineString", "MultiLineString"):
        raise _Rejected(row, "a duct must be a line")
    if kind != "duct" and shape.geom_type != "Point":
        shape = shape.representative_point()
    installed, occupied, reserved, faulty = (row.get(n) for n in ("installed_ports", "occupied", "reserved", "faulty"))
    used = sum(value or 0 for value in (occupied, reserved, faulty))
    if installed is None and row.get("free_ports") is not None:
        installed = row.get("free_ports") + used
    if installed is None and used:
        raise _Rejected(row, "ports are in use but installed_ports is empty")
    if installed is not None and used > installed:
        raise _Rejected(row, "{used} ports in use, but only {installed} installed", used=used, installed=installed)
    return (
        kind,
        row.get("code"),
        building.id if building else None,
        installed,
        occupied,
        reserved,
        faulty,
        row.get("owner"),
        row.get("free_bores"),
        row.get("rent_per_m"),
        row.get("status"),
        shape,
    )
