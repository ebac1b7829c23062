# SPDX-License-Identifier: GPL-2.0-or-later
"""What the drawing of a site shows, in metres of its UTM zone: the house with its cable, then the ground of each frame.

Two statements for any number of sites. Geometries come as WKB; what reaches out of a frame is cut a little outside it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Optional, Sequence

from psycopg2 import sql

from fullservice_plugin.store.connection import named_rows
from fullservice_plugin.store.letters import WAY_IN

Row = dict[str, Any]
# Zone of a house: EPSG 326xx north of the equator, 327xx south of it (WGS 84 / UTM).
ROOM_M = 5.0  # metres outside a frame up to which shapes are kept, so that no cut edge shows


def houses(cur: Any, buildings: Sequence[str], plans: Sequence[Optional[str]]) -> dict[str, Row]:
    """Return outline, place of entry, drops and the boxes they come from of each building, and its zone (epsg).

    ``plans`` go with ``buildings``; without a plan only the outline and the entry point of the store are known.
    """
    query = sql.SQL(
        """
        with house as (
            select b.id, b.geom, b.entry_point, w.plan, (case when ST_Y(c.p) < 0 then 32700 else 32600 end)
                + least(60, greatest(1, floor((ST_X(c.p) + 180) / 6)::int + 1)) as epsg
            from unnest(%(ids)s::uuid[], %(plans)s::uuid[]) as w(building, plan)
            join fullservice.building b on b.id = w.building
            cross join lateral (select ST_Centroid(b.geom) as p) c
            where b.geom is not null),
        own as (
            select h.id, h.epsg, h.geom, ST_LineMerge(x.geom) as line, x.parent_code, x.plan_id, x.fid
            from house h join fullservice.design_element x on x.plan_id = h.plan and x.building_id = h.id
            where x.kind = 'drop' and x.geom is not null and not x.is_deleted),
        first as (
            select distinct on (id) id, {way_in} as way_in from own where GeometryType(line) = 'LINESTRING'
            order by id, fid)
        select h.id::text as building_id, h.epsg, ST_AsBinary(ST_Transform(h.geom, h.epsg)) as outline,
            ST_AsBinary(ST_Transform(coalesce(f.way_in, h.entry_point), h.epsg)) as entry,
            (select ST_AsBinary(ST_Transform(ST_Collect(o.line order by o.fid), h.epsg)) from own o where o.id = h.id)
                as drops,
            (select ST_AsBinary(ST_Transform(ST_Collect(x.geom order by x.fid), h.epsg)) from own o
             join fullservice.design_element x on x.plan_id = o.plan_id and x.code = o.parent_code
                and x.kind in ('fat', 'fdt', 'olt') and not x.is_deleted where o.id = h.id) as boxes
        from house h left join first f on f.id = h.id
        """
    ).format(way_in=WAY_IN)
    cur.execute(
        query,
        {"ids": list(buildings), "plans": list(plans)},
    )
    return {row["building_id"]: row for row in named_rows(cur)}


def surroundings(cur: Any, frames: Sequence[tuple[str, Optional[str], int, Sequence[float]]]) -> dict[str, list[Row]]:
    """Return what lies in each frame (building, plan, epsg, [west, south, east, north] in metres of the zone).

    Rows have ``layer`` (water, green, street, building, route, fdt), ``kind``, ``name`` and ``geom``, in drawing order.
    """
    cur.execute(
        """
        with frame as (
            select f.id, f.plan, f.epsg, ST_MakeEnvelope(f.w - %(room)s, f.s - %(room)s, f.e + %(room)s, f.n + %(room)s,
                                                         f.epsg) as box
            from unnest(%(ids)s::uuid[], %(plans)s::uuid[], %(epsg)s::int[], %(w)s::float[], %(s)s::float[],
                        %(e)s::float[], %(n)s::float[]) as f(id, plan, epsg, w, s, e, n)),
        view as (select f.*, ST_Transform(f.box, 4326) as wgs84 from frame f),
        seen as (
            select v.id, 1 as rank, l.kind as layer, l.kind, '' as name, l.geom, l.fid, v.epsg, v.box
            from view v join fullservice.land_area l on l.geom && v.wgs84
            where l.kind in ('water', 'green') and not l.is_deleted
            union all
            select v.id, 2, 'street', coalesce(t.highway, ''), coalesce(t.name, ''), t.geom, t.fid, v.epsg, v.box
            from view v join fullservice.street t on t.geom && v.wgs84 where not t.is_deleted
            union all
            select v.id, 3, 'building', '', coalesce(nullif(b.name, ''), nullif(b.number, ''), ''), b.geom, b.fid,
                v.epsg, v.box
            from view v join fullservice.building b on b.geom && v.wgs84 and b.id <> v.id where not b.is_deleted
            union all
            select v.id, 4, case x.kind when 'fdt' then 'fdt' else 'route' end, coalesce(x.route_kind, 'distribution'),
                coalesce(x.construction, ''), x.geom, x.fid, v.epsg, v.box
            from view v join fullservice.design_element x on x.plan_id = v.plan and x.geom && v.wgs84
            where x.kind in ('route', 'fdt') and not x.is_deleted)
        select s.id::text as building_id, s.layer, s.kind, s.name, ST_AsBinary(g.cut) as geom
        from seen s cross join lateral (
            select ST_ClipByBox2D(ST_Transform(s.geom, s.epsg), Box2D(s.box)) as cut) g
        where not ST_IsEmpty(g.cut)
        order by s.id, s.rank, s.fid
        """,
        {
            "ids": [frame[0] for frame in frames],
            "plans": [frame[1] for frame in frames],
            "epsg": [frame[2] for frame in frames],
            "room": ROOM_M,
            **{side: [float(frame[3][n]) for frame in frames] for n, side in enumerate("wsen")},
        },
    )
    found: dict[str, list[Row]] = defaultdict(list)
    for row in named_rows(cur):
        found[row["building_id"]].append(row)
    return found
