# SPDX-License-Identifier: GPL-2.0-or-later
"""What a source brings beside its buildings: streets, land areas and points of interest, in degrees (EPSG:4326)."""

from __future__ import annotations

from typing import Any

from shapely.geometry import MultiLineString

from fullservice_plugin.core.discovery.frame import LocalFrame
from fullservice_plugin.core.discovery.places import Branches
from fullservice_plugin.core.discovery.source import SourceData, facts_of
from fullservice_plugin.core.shapes import areas_of
from fullservice_plugin.store import discovery as queries

_RAIL = 1.5  # m to each side of a track's line, to draw it as an area


def keep_surroundings(
    cur: Any, source: SourceData, frame: LocalFrame, branches: Branches, whole: bool
) -> None:
    """Write streets, land areas and points of interest; what a whole source no longer has is marked deleted."""
    name = source.name
    streets, areas, pois = source.streets, source.areas, source.pois
    lands: list[list[Any]] = []
    if streets is not None:
        kinds = streets.column("highway")
        names, branch = streets.column("name"), branches.of(streets.geometry)
        rows = [
            [name, streets.ids[k], names[k], kinds[k], _lines(streets.geometry[k]), "algorithm", False, branch[k]]
            for k in range(len(streets))
            if kinds[k]
        ]
        queries.sync_rows(cur, "street", queries.STREET_COLUMNS, rows, key=("source_name", "source_key"))
        if whole:
            queries.drop_absent(cur, "street", name, [row[1] for row in rows])
        for k in range(len(streets)):
            if not kinds[k]:
                track = frame.geometry(streets.geometry[k]).buffer(_RAIL, cap_style=2)
                lands.append(
                    [
                        name,
                        streets.ids[k],
                        "rail",
                        names[k],
                        areas_of(frame.degrees(track)),
                        "algorithm",
                        False,
                        branch[k],
                    ]
                )
    if areas is not None:
        words, labels, branch = areas.column("kind"), areas.column("name"), branches.of(areas.geometry)
        lands += [
            [name, areas.ids[k], words[k], labels[k], areas_of(areas.geometry[k]), "algorithm", False, branch[k]]
            for k in range(len(areas))
        ]
    if streets is not None or areas is not None:
        queries.sync_rows(cur, "land_area", queries.AREA_COLUMNS, lands, key=("source_name", "source_key"))
        if whole:
            queries.drop_absent(cur, "land_area", name, [row[1] for row in lands])
    if pois is not None:
        facts, branch = facts_of(pois), branches.of(pois.geometry)
        queries.sync_rows(
            cur,
            "site_poi",
            queries.POI_COLUMNS,
            [
                [
                    "poi",
                    f"{name}:{pois.ids[k]}",
                    one.name,
                    " ".join(part for part in (one.street, one.housenumber) if part) or None,
                    pois.geometry[k],
                    "algorithm",
                    False,
                    branch[k],
                ]
                for k, one in enumerate(facts)
            ],
            key=("kind", "code"),
        )


def _lines(shape: Any) -> Any:
    return MultiLineString([shape]) if shape.geom_type == "LineString" else shape
