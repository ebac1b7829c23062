# SPDX-License-Identifier: GPL-2.0-or-later
"""What a plan of an area reads from the store. Geometry comes in a metric CRS given as a PROJ text."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import shapely.wkb
from shapely.geometry import GeometryCollection

from fullservice_plugin.core.shapes import stored
from fullservice_plugin.store.connection import named_rows

# Leads that are no buildings to serve.
NO_LEADS = ("duplicate", "not_a_building", "demolished")
# Supply points up to this far (metres) from the area's box belong to it; else the nearest few are taken.
SUPPLY_NEAR_M = 500.0
SUPPLY_FALLBACK = 3
# So many estates at most are planned together without being a territory; their codes are joined by this sign.
MOST_ESTATES, JOINED = 12, "+"
# A cabinet with free ports is of use up to this far (metres) from the area's box.
CABINET_NEAR_M = 300.0
# Streets up to this far (metres) from the box of buildings and supply points are part of the network.
STREETS_NEAR_M = 200.0


def find_area(cur: Any, code: str) -> Optional[tuple[str, str]]:
    """Return (``estate`` or ``org_unit``, id) of an area's code; None when there is none.

    Several estates go by their codes joined with ``+``: (``estates``, ids joined likewise).
    """
    cur.execute(
        """
        select kind, id from (
            select 'estate' as kind, id::text, 1 as n from fullservice.estate where code = %(code)s and not is_deleted
            union all
            select 'org_unit', id::text, 2 from fullservice.org_unit where code = %(code)s and not is_deleted) f
        order by n limit 1
        """,
        {"code": code},
    )
    row = cur.fetchone()
    if row is not None:
        return row[0], row[1]
    parts = code.split(JOINED)
    found = [find_area(cur, part) for part in parts] if len(parts) > 1 else []
    keys = [one[1] for one in found if one is not None and one[0] == "estate"]
    return ("estates", JOINED.join(keys)) if keys and len(set(keys)) == len(parts) else None


def building_ids(cur: Any, kind: str, key: str) -> list[str]:
    """Return the ids of the buildings to plan in an estate, in several, or in a territory with all below it."""
    if kind in ("estate", "estates"):
        cur.execute(
            "select id::text from fullservice.building where estate_id = any(%s::uuid[]) and not is_deleted"
            " and not lead_state = any(%s) and coalesce(geom, entry_point) is not null order by code",
            (key.split(JOINED), list(NO_LEADS)),
        )
    else:
        cur.execute(
            """
            with recursive below as (
                select id from fullservice.org_unit where id = %(key)s
                union all
                select o.id from fullservice.org_unit o join below on o.parent_id = below.id where not o.is_deleted)
            select b.id::text from fullservice.building b
            where b.grid_id in (select id from below) and not b.is_deleted and not b.lead_state = any(%(none)s)
              and coalesce(b.geom, b.entry_point) is not null order by b.code
            """,
            {"key": key, "none": list(NO_LEADS)},
        )
    return [key for (key,) in cur.fetchall()]


def metric_proj(cur: Any, buildings: Sequence[str]) -> str:
    """Return a transverse Mercator (metres, WGS 84) centred on the buildings, as PROJ text.

    The centre is rounded to 0.001° so that runs on one area share it.
    """
    cur.execute(
        "select ST_X(c), ST_Y(c) from (select ST_Centroid(ST_Extent(coalesce(geom, entry_point))::geometry) as c"
        " from fullservice.building where id = any(%s::uuid[])) e",
        (list(buildings),),
    )
    lon, lat = cur.fetchone()
    return f"+proj=tmerc +lat_0={lat:.3f} +lon_0={lon:.3f} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs +type=crs"


def buildings(cur: Any, keys: Sequence[str], proj: str) -> list[dict[str, Any]]:
    """Return the buildings with their estate, counts and what is known of riser and power, by code."""
    return _rows(
        cur,
        """
        select b.code, b.id::text as id, b.estate_id::text as estate_id, e.code as estate_code, e.value_class,
            b.households, b.businesses, b.storeys, b.use, b.riser, b.power,
            ST_AsBinary(coalesce(b.geom, b.entry_point)) as geom
        from fullservice.building b left join fullservice.estate e on e.id = b.estate_id
        where b.id = any(%(keys)s::uuid[]) order by b.code
        """,
        {"keys": list(keys)},
        proj,
    )


def stages(cur: Any, keys: Sequence[str]) -> list[tuple[str, str]]:
    """Return (building id, stage) of every talk."""
    cur.execute(
        "select building_id::text, stage from fullservice.negotiation"
        " where building_id = any(%s::uuid[]) and not is_deleted order by 1, 2",
        (list(keys),),
    )
    return list(cur.fetchall())


def agreement_rights(cur: Any, keys: Sequence[str]) -> dict[str, tuple[Optional[bool], Optional[bool]]]:
    """Return building id → whether its agreements in force grant riser and power (None: they do not say)."""
    cur.execute(
        """
        select l.building_id::text, bool_or(a.riser_right), bool_or(a.power_right)
        from fullservice.agreement_building l join fullservice.agreement a on a.id = l.agreement_id
        where l.building_id = any(%s::uuid[]) and a.status = 'active' and not a.is_deleted and not l.is_deleted
        group by 1
        """,
        (list(keys),),
    )
    return {key: (riser, power) for key, riser, power in cur.fetchall()}


def rivals(cur: Any, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rivals per building but not ourselves; ``own`` is false where only its estate is known to have one."""
    return _rows(
        cur,
        """
        with wanted as (
            select id, estate_id from fullservice.building where id = any(%(keys)s::uuid[])),
        facts as (
            select f.* from fs_app.competitor_fact f
            where f.subject_kind = 'building' and f.building_id = any(%(keys)s::uuid[])
            union all
            select f.* from fs_app.competitor_fact f
            where f.subject_kind = 'estate' and f.estate_id in (select estate_id from wanted)),
        present as (
            select f.subject_kind, f.building_id, f.estate_id, f.operator_code,
                max(f.value) filter (where f.field = 'technology') as technology,
                coalesce(max(f.value) filter (where f.field = 'presence'), 'in_service') as status,
                max(f.value) filter (where f.field = 'exclusivity') as exclusivity,
                max(f.valid_until) filter (where f.field = 'exclusivity') as exclusive_until,
                max(f.confidence) as confidence
            from facts f join fullservice.competitor_operator o on o.code = f.operator_code and not o.is_self
            group by 1, 2, 3, 4)
        select p.building_id::text as building_id, true as own, p.operator_code, p.technology, p.exclusivity,
            p.exclusive_until, p.confidence
        from present p where p.subject_kind = 'building' and p.status not in ('withdrawn', 'planned')
        union all
        select w.id::text, false, p.operator_code, p.technology, p.exclusivity, p.exclusive_until, p.confidence
        from present p join wanted w on w.estate_id = p.estate_id
        where p.subject_kind = 'estate' and p.status not in ('withdrawn', 'planned') and not exists (
            select 1 from present x where x.building_id = w.id and x.operator_code = p.operator_code)
        order by 1, 3
        """,
        {"keys": list(keys)},
    )


def supply(cur: Any, keys: Sequence[str], proj: str) -> list[dict[str, Any]]:
    """Return the OLTs in and around the area, else the nearest three anywhere, and cabinets in it, with free ports."""
    return _rows(
        cur,
        """
        with box as (select ST_SetSRID(ST_Extent(coalesce(geom, entry_point))::geometry, 4326) as geom
                     from fullservice.building where id = any(%(keys)s::uuid[])),
        ranked as (
            select r.code, r.kind, r.free_ports, r.geom, ST_Distance(r.geom::geography, box.geom::geography) as metres,
                row_number() over (partition by r.kind order by r.geom <-> box.geom, r.code) as place
            from fullservice.network_resource r, box
            where r.kind in ('olt', 'fdt') and not r.is_deleted and r.geom is not null
              and coalesce(r.status, 'in_service') in ('in_service', 'reserved', 'unknown', 'planned')
              and (r.kind = 'olt' or (r.free_ports > 0 and coalesce(r.status, 'in_service') <> 'planned')))
        select code, kind, free_ports, ST_AsBinary(geom) as geom from ranked
        where metres <= case kind when 'olt' then %(near)s else %(cabinet)s end
           or (kind = 'olt' and place <= %(some)s
               and not exists (select 1 from ranked where kind = 'olt' and metres <= %(near)s))
        order by code
        """,
        {"keys": list(keys), "near": SUPPLY_NEAR_M, "some": SUPPLY_FALLBACK, "cabinet": CABINET_NEAR_M},
        proj,
    )


def streets(cur: Any, keys: Sequence[str], olts: Sequence[str], proj: str) -> list[dict[str, Any]]:
    """Return the streets around the buildings and supply points with what digging or renting there costs."""
    return _rows(
        cur,
        """
        with box as (
            select ST_Expand(ST_Extent(g)::geometry, %(near)s / 111320.0 / cos(radians(avg(ST_YMin(g)))),
                             %(near)s / 111320.0) as geom
            from (select coalesce(geom, entry_point) as g from fullservice.building where id = any(%(keys)s::uuid[])
                  union all
                  select geom from fullservice.network_resource where code = any(%(olts)s)) both_kinds)
        select s.id::text as id, s.name, s.highway, s.cost_factor, s.forbidden, s.construction, s.existing_duct,
            s.duct_owner, s.free_bores, s.rent_per_m::float8 as rent_per_m,
            s.existing_poles, s.pole_owner, s.pole_rent_per_m::float8 as pole_rent_per_m,
            ST_AsBinary(s.geom) as geom
        from fullservice.street s, box
        where s.geom && ST_SetSRID(box.geom, 4326) and not s.is_deleted
        order by s.source_name, s.source_key, s.id
        """,
        {"keys": list(keys), "olts": list(olts), "near": STREETS_NEAR_M},
        proj,
    )


def packages(cur: Any, keys: Sequence[str], on: Any, proj: str) -> list[dict[str, Any]]:
    """Return the packages valid on a day that touch the area; without geometry they hold everywhere."""
    return _rows(
        cur,
        """
        with box as (select ST_SetSRID(ST_Extent(coalesce(geom, entry_point))::geometry, 4326) as geom
                     from fullservice.building where id = any(%(keys)s::uuid[])),
        placed as (
            select p.*, coalesce(p.geom, e.geom, o.geom) as place,
                p.geom is null and p.estate_id is null and p.org_unit_id is null as everywhere
            from fullservice.area_package p
            left join fullservice.estate e on e.id = p.estate_id
            left join fullservice.org_unit o on o.id = p.org_unit_id
            where not p.is_deleted and p.state = 'approved'
                and daterange(p.valid_from, p.valid_to, '[]') @> %(on)s::date)
        select p.code, p.name, p.segment, p.price_month::float8 as price_month, p.down_mbps, p.up_mbps,
            p.contract_months, p.valid_from, p.valid_to, p.priority,
            ST_AsBinary(p.place) as geom
        from placed p, box where p.everywhere or p.place && box.geom order by p.code
        """,
        {"keys": list(keys), "on": on},
        proj,
    )


def corrections(cur: Any, keys: Sequence[str]) -> dict[str, tuple[float, float, float, int]]:
    """Return building code → offset (dB), slope, RMSE (dB) and readings of its latest walk test."""
    cur.execute(
        """
        select distinct on (c.building_id) b.code, c.offset_db, c.slope, c.rmse_db, c.points
        from fullservice.wlan_calibration c join fullservice.building b on b.id = c.building_id
        where c.building_id = any(%s::uuid[]) and not c.is_deleted
        order by c.building_id, c.measured_on desc, c.fid desc
        """,
        (list(keys),),
    )
    return {row[0]: (float(row[1]), float(row[2]), float(row[3]), int(row[4])) for row in cur.fetchall()}


def targets(cur: Any, keys: Sequence[str], proj: str) -> list[dict[str, Any]]:
    """Return the grids around the buildings that have a coverage target."""
    return _rows(
        cur,
        """
        with box as (select ST_SetSRID(ST_Extent(coalesce(geom, entry_point))::geometry, 4326) as geom
                     from fullservice.building where id = any(%(keys)s::uuid[]))
        select o.code, o.coverage_target, ST_AsBinary(o.geom) as geom
        from fullservice.org_unit o, box
        where o.level = 'grid' and not o.is_deleted and o.coverage_target is not null and o.geom && box.geom
        order by o.code
        """,
        {"keys": list(keys)},
        proj,
    )


def locks(cur: Any, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Return building, method and estate of the approved designs in the area (the latest approved per estate)."""
    return _rows(
        cur,
        """
        with approved as (
            select distinct on (estate_id) id, estate_id from fullservice.access_design
            where state = 'approved' and not is_deleted order by estate_id, version_no desc)
        select d.building_id::text as building_id, d.method, a.estate_id::text as estate_id
        from fullservice.access_decision d join approved a on a.id = d.design_id
        where d.building_id = any(%(keys)s::uuid[]) and not d.is_deleted order by 1
        """,
        {"keys": list(keys)},
    )


def overrides(cur: Any, keys: Sequence[str], scenario: str) -> dict[str, tuple[str, str]]:
    """Return building → method and reason that people decided in the newest design of it, while that is open."""
    cur.execute(
        """
        select building_id::text, method, override_note from (
            select distinct on (c.building_id) c.building_id, c.method, c.override_note, c.locked, d.state
            from fullservice.access_decision c join fullservice.access_design d on d.id = c.design_id
            join fullservice.plan p on p.id = d.plan_id and p.scenario = %(scenario)s
            where c.building_id = any(%(keys)s::uuid[]) and not c.is_deleted and not d.is_deleted
                and d.state not in ('rejected', 'superseded')
            order by c.building_id, d.version_no desc, d.created_at desc) newest
        where state <> 'approved' and locked and override_note is not null
        """,
        {"keys": list(keys), "scenario": scenario},
    )
    return {row[0]: (row[1], row[2]) for row in cur.fetchall()}


def setting(cur: Any, key: str) -> Any:
    """Return a setting of the store (None: not set)."""
    cur.execute("select value from fs_meta.setting where key = %s", (key,))
    row = cur.fetchone()
    return None if row is None else row[0]


def may_plan(cur: Any) -> bool:
    """Return whether the login may write plans."""
    cur.execute("select has_table_privilege('fullservice.plan', 'insert')")
    return bool(cur.fetchone()[0])


def to_wgs84(cur: Any, shapes: Sequence[Any], proj: str) -> list[Any]:
    """Return shapely geometries in EPSG:4326 for metric ones in ``proj`` (None stays None)."""
    return _moved(cur, shapes, "select ST_AsBinary(ST_Transform(ST_GeomFromWKB(%s), %s, 4326))", proj)


def to_metric(cur: Any, shapes: Sequence[Any], proj: str) -> list[Any]:
    """Return shapely geometries in ``proj`` (metres) for those in EPSG:4326 (None stays None)."""
    return _moved(cur, shapes, "select ST_AsBinary(ST_Transform(ST_GeomFromWKB(%s, 4326), %s))", proj)


def _moved(cur: Any, shapes: Sequence[Any], query: str, proj: str) -> list[Any]:
    """Transform all geometries in one call: PostGIS sets a PROJ text up anew at every one."""
    here = [n for n, shape in enumerate(shapes) if shape is not None and not shape.is_empty]
    found: list[Any] = [None] * len(shapes)
    if here:
        together = GeometryCollection([shapes[n] for n in here])
        cur.execute(query, (memoryview(shapely.wkb.dumps(together, output_dimension=2)), proj))
        for n, shape in zip(here, shapely.wkb.loads(bytes(cur.fetchone()[0])).geoms):
            found[n] = shape
    return found


def _rows(cur: Any, query: str, values: dict[str, Any], proj: str = "") -> list[dict[str, Any]]:
    """Return the rows as dicts; with ``proj`` their ``geom`` is a shapely geometry there, in metres."""
    cur.execute(query, values)
    rows = named_rows(cur)
    if proj:
        shapes = [stored(row["geom"]) for row in rows]
        moved = to_metric(cur, shapes, proj)
        for row, shape in zip(rows, moved):
            row["geom"] = shape
    return rows
