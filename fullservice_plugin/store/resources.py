# SPDX-License-Identifier: GPL-2.0-or-later
"""Network resources, sites and area packages in the store: set-based writes and the questions about them."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from psycopg2 import sql

from fullservice_plugin.store.bulk import Counts, stage_rows, upsert

# A street belongs to a duct when at least half of it lies within this distance (metres) of the duct.
DUCT_NEAR_M = 12.0
POLE_SPAN_M = 60.0  # longest usual distance between two poles
DUCT_SHARE = 0.5

RESOURCE_FIELDS = (
    "kind",
    "code",
    "building_id",
    "installed_ports",
    "occupied",
    "reserved",
    "faulty",
    "owner",
    "free_bores",
    "rent_per_m",
    "status",
    "geom",
)
SITE_FIELDS = ("kind", "code", "name", "address", "geom")
PACKAGE_FIELDS = (
    "code",
    "name",
    "segment",
    "price_month",
    "down_mbps",
    "up_mbps",
    "contract_months",
    "valid_from",
    "valid_to",
    "priority",
    "org_unit_id",
    "estate_id",
    "geom",
)


def upsert_resources(cur: Any, rows: Sequence[Sequence[Any]]) -> Counts:
    """Write resources by code; columns as in ``RESOURCE_FIELDS``, geometry in EPSG:4326."""
    return _upsert(cur, "network_resource", RESOURCE_FIELDS, rows)


def mark_ducted_streets(cur: Any) -> int:
    """Mark the streets along the store's ducts with owner, free bores and rent; return how many changed.

    A street counts when at least half of its length lies within 12 m of one duct; the duct that covers most of it wins.
    """
    cur.execute(
        """
        with hit as (
            select distinct on (s.id) s.id, d.owner, d.free_bores, d.rent_per_m
            from fullservice.network_resource d
            join fullservice.street s on s.geom && ST_Expand(d.geom, 0.0004) and not s.is_deleted
            cross join lateral (
                select ST_Length(ST_Intersection(s.geom, ST_Buffer(d.geom::geography, %(near)s)::geometry)::geography)
                    / nullif(ST_Length(s.geom::geography), 0) as share) c
            where d.kind = 'duct' and not d.is_deleted and ST_Dimension(d.geom) = 1 and c.share >= %(share)s
            order by s.id, c.share desc, d.code)
        update fullservice.street s
        set existing_duct = true, duct_owner = hit.owner, free_bores = hit.free_bores, rent_per_m = hit.rent_per_m
        from hit
        where s.id = hit.id
          and (s.existing_duct, s.duct_owner, s.free_bores, s.rent_per_m)
              is distinct from (true, hit.owner, hit.free_bores, hit.rent_per_m)
        """,
        {"near": DUCT_NEAR_M, "share": DUCT_SHARE},
    )
    return int(cur.rowcount)


def mark_poled_streets(cur: Any) -> int:
    """Mark the streets along the store's poles with owner and rent; return how many changed.

    A street counts when at least two poles stand within 12 m of it and there is one for each 60 m of its length.
    """
    cur.execute(
        """
        with hit as (
            select s.id, min(p.owner) as owner, max(p.rent_per_m) as rent
            from fullservice.street s
            join fullservice.network_resource p on p.kind = 'pole' and not p.is_deleted
                and p.geom && ST_Expand(s.geom, 0.0004)
                and ST_DWithin(p.geom::geography, s.geom::geography, %(near)s)
            where not s.is_deleted
            group by s.id, s.geom
            having count(*) >= 2 and count(*) * %(span)s >= ST_Length(s.geom::geography))
        update fullservice.street s
        set existing_poles = true, pole_owner = hit.owner, pole_rent_per_m = hit.rent
        from hit
        where s.id = hit.id
          and (s.existing_poles, s.pole_owner, s.pole_rent_per_m) is distinct from (true, hit.owner, hit.rent)
        """,
        {"near": DUCT_NEAR_M, "span": POLE_SPAN_M},
    )
    return int(cur.rowcount)


def upsert_sites(cur: Any, rows: Sequence[Sequence[Any]]) -> Counts:
    """Write sites by kind and code; columns as in ``SITE_FIELDS``, points in EPSG:4326."""
    staged = stage_rows(cur, "site_poi", SITE_FIELDS, rows)
    cur.execute(
        sql.SQL(
            """
        update fullservice.site_poi p set name = n.name, address = n.address, geom = n.geom, is_deleted = false
        from {} n
        where p.kind = n.kind and p.code = n.code
          and (p.name, p.address, p.geom, p.is_deleted) is distinct from (n.name, n.address, n.geom, false)
        """
        ).format(staged.table)
    )
    changed = int(cur.rowcount)
    cur.execute(
        sql.SQL(
            """
        insert into fullservice.site_poi (kind, code, name, address, geom, origin)
        select n.kind, n.code, n.name, n.address, n.geom, 'import' from {} n
        where not exists (select 1 from fullservice.site_poi p where p.kind = n.kind and p.code = n.code)
        """
        ).format(staged.table)
    )
    new = int(cur.rowcount)
    return Counts(new, changed, staged.count - new - changed)


def areas_by_code(cur: Any, codes: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return code → (``org_unit`` or ``estate``, id) of the territories and estates with these codes."""
    cur.execute(
        """
        select code, 'estate', id::text from fullservice.estate where code = any(%(codes)s) and not is_deleted
        union all
        select code, 'org_unit', id::text from fullservice.org_unit where code = any(%(codes)s) and not is_deleted
        """,
        {"codes": sorted(set(codes))},
    )
    return {code: (kind, key) for code, kind, key in cur.fetchall()}


def upsert_packages(cur: Any, rows: Sequence[Sequence[Any]]) -> Counts:
    """Write area packages by code; columns as in ``PACKAGE_FIELDS``, areas in EPSG:4326.

    New ones are in force as they come, those that are there keep the state of their review.
    """
    return upsert(
        cur,
        "area_package",
        (*PACKAGE_FIELDS, "is_deleted", "origin", "state"),
        [(*row, False, "import", "approved") for row in rows],
        key=("code",),
        keep=("origin", "state"),
    )


def package_overlaps(cur: Any, codes: Sequence[str]) -> list[tuple[str, str, Optional[float], Optional[str]]]:
    """Return pairs of packages of one segment that hold at the same place and time, one of them in ``codes``.

    Each pair comes once with the shared area in m² (None: everywhere) and the code of the one that counts (None:
    nothing decides). Packages that were returned or withdrawn do not count.
    """
    cur.execute(
        """
        select a.code, b.code, shared.m2,
            fs_app.package_winner(a.code, a.priority, a.everywhere, b.code, b.priority, b.everywhere)
        from fs_app.package_place a
        join fs_app.package_place b on a.code < b.code and a.segment = b.segment and a.period && b.period
            and (a.everywhere or b.everywhere or a.geom && b.geom)
            and (a.code = any(%(codes)s) or b.code = any(%(codes)s))
        cross join lateral (select case when a.everywhere or b.everywhere then null
            else ST_Area(ST_Intersection(a.geom, b.geom)::geography) end as m2) shared
        where (a.everywhere or b.everywhere or shared.m2 >= 1)
            and a.state in ('draft', 'submitted', 'approved') and b.state in ('draft', 'submitted', 'approved')
        order by a.code, b.code
        """,
        {"codes": list(codes)},
    )
    return [(first, second, None if m2 is None else float(m2), winner) for first, second, m2, winner in cur.fetchall()]


def _upsert(cur: Any, table: str, fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> Counts:
    """Write rows by code, marked as imported when new; a row that was deleted comes back."""
    return upsert(
        cur,
        table,
        (*fields, "is_deleted", "origin"),
        [(*row, False, "import") for row in rows],
        key=("code",),
        keep=("origin",),
    )
