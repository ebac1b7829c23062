# SPDX-License-Identifier: GPL-2.0-or-later
"""The drawings of sites read from the store: the scale chosen for house and cable, then the ground inside the frame."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from fullservice_plugin.i18n import translate
from fullservice_plugin.plans.model import Shape
from fullservice_plugin.plans.site_map import Site, frame_for
from fullservice_plugin.services.plans import geometry
from fullservice_plugin.store import site_maps as queries

#: Words of the legend, in its order, as somebody outside the trade says it.
LEGEND = {
    "house": "Building",
    "entry": "Where the cable enters",
    "box": "Distribution box",
    "cabinet": "Cabinet in the street",
    "drop": "Cable to the building",
    "wall": "Cable along a wall",
    "distribution": "Cable in the street",
    "feeder": "Main cable",
}
ROUTES = ("feeder", "distribution")


def read_sites(
    cur: Any,
    plans: Mapping[str, Optional[str]],
    names: Mapping[str, str],
    size: tuple[float, float],
    language: str,
    notice: str,
) -> dict[str, Site]:
    """Return the drawing of each building (id → plan) that has an outline, for a frame of ``size`` points."""
    keys = list(plans)
    houses = queries.houses(cur, keys, [plans[key] for key in keys])
    frames: dict[str, tuple[int, tuple[float, float, float, float]]] = {}
    shapes: dict[str, dict[str, Any]] = {}
    for key, row in houses.items():
        shapes[key] = {part: geometry(row[part]) for part in ("outline", "entry", "drops", "boxes")}
        frames[key] = frame_for([shapes[key][part] for part in ("outline", "drops", "boxes", "entry")], *size)
    asked = [(key, plans[key], houses[key]["epsg"], frames[key][1]) for key in houses]
    ground = queries.surroundings(cur, asked) if asked else {}
    return {
        key: _site(houses[key]["epsg"], frames[key], shapes[key], ground.get(key, []), names[key], language, notice)
        for key in houses
    }


def _site(
    epsg: int,
    frame: tuple[int, tuple[float, float, float, float]],
    own: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    name: str,
    language: str,
    notice: str,
) -> Site:
    ground, routes, points = [], [], []
    for row in rows:
        shape = geometry(row["geom"])
        if row["layer"] == "route":
            kind = "wall" if row["name"] == "wall" else row["kind"] if row["kind"] in ROUTES else "distribution"
            routes.append(Shape(kind, shape))
        elif row["layer"] == "fdt":
            points.append(Shape("cabinet", shape))
        else:
            ground.append(Shape(row["layer"], shape, row["name"], code=row["kind"]))
    if own["drops"] is not None:
        routes.append(Shape("drop", own["drops"]))
    for kind, part in (("box", "boxes"), ("entry", "entry")):
        if own[part] is not None:
            points.append(Shape(kind, own[part]))
    present = {"house", *(shape.kind for shape in (*routes, *points))}
    legend = tuple((kind, translate(words, language)) for kind, words in LEGEND.items() if kind in present)
    house = Shape("house", own["outline"], name)
    return Site(epsg, frame[0], frame[1], house, tuple(ground), tuple(routes), tuple(points), notice, legend)
