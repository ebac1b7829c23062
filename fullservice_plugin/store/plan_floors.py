# SPDX-License-Identifier: GPL-2.0-or-later
"""WLAN of a plan by floor: access points and coverage as rows, geometries as WKB (EPSG:4326)."""

from __future__ import annotations

from typing import Any, Sequence

from fullservice_plugin.store.connection import named_rows

Row = dict[str, Any]


def wlan_elements(cur: Any, plan: str, buildings: Sequence[str]) -> list[Row]:
    """Return access points and coverage of some buildings (ids) in a plan (uuid), by building, floor and code."""
    cur.execute(
        """
        select x.kind, x.code, x.building_id::text, b.code as building, b.use, x.floor, x.channel,
            x.eirp_dbm::float8 as eirp_dbm, (x.props ->> 'width_mhz')::int as width_mhz,
            x.primary_share::float8 as primary_share, x.secondary_share::float8 as secondary_share,
            x.airtime::float8 as airtime, ST_AsBinary(x.geom) as geom
        from fullservice.design_element x join fullservice.building b on b.id = x.building_id
        where x.plan_id = %s and x.building_id = any(%s::uuid[]) and x.kind in ('ap', 'coverage')
            and x.floor is not null and x.geom is not null and not x.is_deleted
        order by b.code, x.floor, x.kind, x.code, x.fid
        """,
        (plan, list(buildings)),
    )
    return named_rows(cur)
