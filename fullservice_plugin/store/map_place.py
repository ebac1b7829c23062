# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a point of the map lies in the hierarchy: branch, micro-region, grid, estate, building."""

from __future__ import annotations

from typing import Optional

from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.map_views import Box, Place, place_of_row

#: The levels from the top; the kinds of :class:`Place` that form a chain.
LEVELS = ("branch", "micro_region", "grid", "estate", "building")

# Each step goes by the key that the row below names, never by a code or a name, which two branches may share; by the
# ground where nothing is named. Of areas that lie over each other the smallest counts.
_CHAIN = """
with p as materialized (select ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) as at),
b as materialized (
    select b.id, b.estate_id, b.grid_id, coalesce(nullif(b.name, ''), b.number, b.code) as name, b.geom
    from fs_app.live_building b, p where ST_Intersects(b.geom, p.at) order by b.fid limit 1),
e as materialized (
    select e.id, e.grid_id from fullservice.estate e
    where not e.is_deleted and e.id = coalesce((select b.estate_id from b), (
        select x.id from fullservice.estate x, p where not x.is_deleted and ST_Intersects(x.geom, p.at)
        order by ST_Area(x.geom), x.fid limit 1))),
unit as materialized (
    select o.id, o.parent_id, o.level, ST_Area(o.geom) as size from fullservice.org_unit o, p
    where not o.is_deleted and current_date between coalesce(o.valid_from, current_date)
        and coalesce(o.valid_to, current_date) and ST_Intersects(o.geom, p.at)),
g as materialized (
    select o.id, o.parent_id from fullservice.org_unit o
    where not o.is_deleted and o.level = 'grid' and o.id = coalesce((select e.grid_id from e),
        (select b.grid_id from b), (select u.id from unit u where u.level = 'grid' order by u.size, u.id limit 1))),
m as materialized (
    select o.id, o.parent_id from fullservice.org_unit o
    where not o.is_deleted and o.level = 'micro_region' and o.id = coalesce((select g.parent_id from g),
        (select u.id from unit u where u.level = 'micro_region' order by u.size, u.id limit 1))),
r as materialized (
    select o.id from fullservice.org_unit o
    where not o.is_deleted and o.level = 'branch' and o.id = coalesce((select m.parent_id from m),
        (select g.parent_id from g), (select u.id from unit u where u.level = 'branch' order by u.size, u.id limit 1)))
select c.level, c.id, c.name, c.indicators, ST_XMin(c.geom), ST_YMin(c.geom), ST_XMax(c.geom), ST_YMax(c.geom),
    c.parent
from (
    select t.level, t.id, t.name, case when %(zh)s then t.indicators_zh else t.indicators_en end, t.geom, t.parent_id
    from fs_app.map_territory t
    where t.id = any (array[(select r.id from r), (select m.id from m), (select g.id from g)])
    union all
    select 'estate', s.id, coalesce(nullif(s.name, ''), s.code),
        case when %(zh)s then s.indicators_zh else s.indicators_en end, s.geom, s.grid_id
    from fs_app.map_estate s where s.id = (select e.id from e)
    union all
    select 'building', b.id, b.name, null, b.geom, b.estate_id from b
) as c (level, id, name, indicators, geom, parent)
"""


def chain_at(store: Store, lon: float, lat: float, language: str) -> list[Place]:
    """Return what holds the point (degrees, EPSG:4326), from the branch down; what is unknown there is left out."""
    rows = store.rows(_CHAIN, {"lon": lon, "lat": lat, "zh": language == "zh"})
    return sorted((place_of_row(row) for row in rows), key=lambda place: LEVELS.index(place.kind))


def whole_box(store: Store) -> Optional[Box]:
    """Return the extent of all areas the login sees; None where none has a border."""
    west, south, east, north = store.rows(
        "select ST_XMin(x), ST_YMin(x), ST_XMax(x), ST_YMax(x) from (select ST_Extent(geom)::box2d as x "
        "from fullservice.org_unit where not is_deleted) s")[0]
    return None if west is None else (float(west), float(south), float(east), float(north))
