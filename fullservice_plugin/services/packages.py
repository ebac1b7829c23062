# SPDX-License-Identifier: GPL-2.0-or-later
"""Import of area packages (区域套餐); overlaps are reported, the priority decides between them."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from fullservice_plugin.core.catalogue.lists import LISTS
from fullservice_plugin.core.intake import Column, Row, labels, take
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable, Problem
from fullservice_plugin.services.imports import ImportResult, multipolygon, require_rows, without_repeats
from fullservice_plugin.store import resources
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.rights import require_bulk

PACKAGE_COLUMNS = (
    Column("code", aliases=("编码", "套餐编码"), required=True),
    Column("name", aliases=("名称", "套餐名称"), required=True),
    Column("segment", aliases=("客户群",), codes=labels(LISTS["package_segment"])),
    Column("price_month", "number", aliases=("月价", "月租"), required=True, least=0),
    Column("down_mbps", "integer", aliases=("下行速率",), least=1),
    Column("up_mbps", "integer", aliases=("上行速率",), least=1),
    Column("contract_months", "integer", aliases=("合约期",), least=0),
    Column("valid_from", "date", aliases=("生效日期",)),
    Column("valid_to", "date", aliases=("失效日期",)),
    Column("priority", "integer", aliases=("优先级",)),
    Column("area_code", aliases=("区域编码", "网格编码", "楼盘编码")),
)


def import_packages(
    store: Store, table: FeatureTable, mapping: Optional[Mapping[str, str]] = None, progress: Progress = SILENT
) -> ImportResult:
    """Write area packages by code, in one transaction; ``table`` has its areas in EPSG:4326.

    New packages are in force as they come: they were agreed where they come from; those drawn in the battle map are
    reviewed. A package holds in its polygon, else in the territory or estate of ``area_code``, else everywhere.
    Counts: ``new, changed, unchanged, rejected, overlaps``; each overlap is a remark.
    """
    taken = take(table, PACKAGE_COLUMNS, mapping)
    require_rows(taken, table.name)
    rows, repeats = without_repeats(taken.rows, "code")
    rejected = taken.rejected + repeats
    with store.transaction(bulk=True) as cur:
        require_bulk(cur, "area_package")
        areas = resources.areas_by_code(cur, [row.get("area_code") for row in rows if row.get("area_code")])
        ready = []
        for row in rows:
            reason = _problem(row, areas)
            if reason is not None:
                rejected.append(reason)
                continue
            ready.append(_values(row, areas))
        progress.step(0.5)
        done = resources.upsert_packages(cur, ready)
        pairs = resources.package_overlaps(cur, [values[0] for values in ready])
    remarks = [_overlap(*pair) for pair in pairs]
    progress.step(1.0)
    counts = {
        "new": done.inserted,
        "changed": done.updated,
        "unchanged": done.unchanged,
        "rejected": len(rejected),
        "overlaps": len(pairs),
    }
    return ImportResult(counts, rejected, remarks)


def _overlap(first: str, second: str, area: Optional[float], winner: Optional[str]) -> Problem:
    """Tell an overlap: where (None: everywhere) and whether the priorities decide it."""
    values: dict[str, Any] = {"other": second}
    if area is not None:
        values["area"] = round(area)
    if winner is None:
        return Problem(
            first,
            "overlaps package {other} everywhere with the same priority: raise one of them"
            if area is None
            else "overlaps package {other} on {area} m² with the same priority: raise one of them",
            values,
        )
    return Problem(
        first,
        "overlaps package {other} everywhere; the higher priority wins"
        if area is None
        else "overlaps package {other} on {area} m²; the higher priority wins",
        values,
    )


def _problem(row: Row, areas: Mapping[str, Any]) -> Optional[Problem]:
    start, end = row.get("valid_from"), row.get("valid_to")
    if start is not None and end is not None and end < start:
        return Problem(row.key, "valid_to {end} is before valid_from {start}", {"start": start, "end": end})
    if row.geometry is not None and not row.geometry.is_empty:
        if multipolygon(row.geometry) is None:
            return Problem(row.key, "the area must be a polygon")
    elif row.get("area_code") and row.get("area_code") not in areas:
        return Problem(row.key, "no territory or estate has the code {code}", {"code": row.get("area_code")})
    return None


def _values(row: Row, areas: Mapping[str, tuple[str, str]]) -> tuple[Any, ...]:
    shape = multipolygon(row.geometry) if row.geometry is not None and not row.geometry.is_empty else None
    kind, key = ("", None) if shape is not None else areas.get(row.get("area_code"), ("", None))
    return (
        row.get("code"),
        row.get("name"),
        row.get("segment") or "home",
        row.get("price_month"),
        row.get("down_mbps"),
        row.get("up_mbps"),
        row.get("contract_months"),
        row.get("valid_from"),
        row.get("valid_to"),
        row.get("priority") or 0,
        key if kind == "org_unit" else None,
        key if kind == "estate" else None,
        shape,
    )
