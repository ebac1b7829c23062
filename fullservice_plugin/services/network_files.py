# SPDX-License-Identifier: GPL-2.0-or-later
"""The network of a plan as a file for other systems: GeoPackage, KML, DXF or the Open Fibre Data Standard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fullservice_plugin.connectors.network_files import DRIVERS, NetworkLayer, write_network
from fullservice_plugin.connectors.open_fibre import Element, package
from fullservice_plugin.core.errors import InputError, OutputError, ParameterError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.shapes import stored
from fullservice_plugin.plans.merge import write_whole
from fullservice_plugin.services.plans import require_plan
from fullservice_plugin.store import plans as queries
from fullservice_plugin.store.connection import Store

_NODE = {"code": str, "kind": str, "parent_code": str, "ports": int, "used": int, "splitter": str, "estate": str,
         "phase": int}  # fmt: skip
_ROUTE = {"code": str, "kind": str, "construction": str, "length_m": float, "fibres": int, "cable": str,
          "trench_cost": float, "cable_cost": float, "phase": int}  # fmt: skip
_DROP = {"code": str, "parent_code": str, "building_code": str, "length_m": float, "fibres": int, "loss_db": float,
         "estate": str, "phase": int}  # fmt: skip
_AP = {"code": str, "building_code": str, "floor": int, "band": str, "channel": int, "eirp_dbm": float}


def export_network(
    store: Store, plan_id: str, language: str, output: str, *, progress: Progress = SILENT
) -> Path:
    """Write the network of the plan ``plan_id`` (code or uuid); the suffix of ``output`` tells the format.

    ``.gpkg``, ``.kml``, ``.dxf``, or ``.json`` for the Open Fibre Data Standard. Raises InputError where the plan is
    not there for this login or holds no network, OutputError where the file cannot be written.
    """
    if not output.strip():
        raise ParameterError("No output file is named. Give the path of a .gpkg, .kml, .dxf or .json file.")
    path = Path(output)
    suffix = path.suffix.lower()
    if suffix not in (*DRIVERS, ".json"):
        raise OutputError(
            "The format follows from the file name: give one that ends in .gpkg, .kml, .dxf or .json, found {file}.",
            file=output,
        )
    plan = require_plan(store, plan_id)
    rows = queries.network(store, str(plan["id"]))
    if not rows:
        raise InputError("Plan {plan} holds no network to export.", plan=plan["code"])
    progress.step(0.4)
    if suffix == ".json":
        approved = queries.all_approved(store, str(plan["id"]))
        made = package(
            str(plan["code"]),
            str(plan["area_name"]),
            [_element(row) for row in rows if row["kind"] in ("olt", "fdt", "fat", "route", "drop")],
            status="planned" if approved else "proposed",
            language=language,
            on=plan["created"],
        )
        write_whole(path, json.dumps(made, ensure_ascii=False, indent=1).encode("utf-8"))
    else:
        write_network(path, _layers(rows))
    progress.step(1.0)
    return path


def _element(row: dict[str, Any]) -> Element:
    return Element(
        row["kind"],
        str(row["code"] or ""),
        stored(row["geom"]),
        str(row["construction"] or ""),
        row["fibres"],
        row["length_m"],
        str(row["building_code"] or ""),
        "" if row["phase"] is None else str(row["phase"]),
    )


def _layers(rows: list[dict[str, Any]]) -> list[NetworkLayer]:
    """One layer for each kind of thing; empty ones are left out."""
    found = []
    for name, kinds, fields, line in (
        ("routes", ("route",), _ROUTE, True),
        ("drops", ("drop",), _DROP, True),
        ("nodes", ("olt", "fdt", "fat"), _NODE, False),
        ("access_points", ("ap",), _AP, False),
    ):
        mine = [row for row in rows if row["kind"] in kinds]
        if mine:
            found.append(
                NetworkLayer(
                    name,
                    fields,
                    [(bytes(row["geom"]), {key: _plain(row, key) for key in fields}) for row in mine],
                    line,
                )
            )
    return found


def _plain(row: dict[str, Any], key: str) -> Any:
    if key == "kind" and row["kind"] == "route":
        return row["route_kind"]
    value = row[key]
    return float(value) if key.endswith("_cost") and value is not None else value
