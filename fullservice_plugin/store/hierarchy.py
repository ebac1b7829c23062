# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether grids, estates and buildings hold each other as they say: containment and overlap, counted in the store."""

from __future__ import annotations

from typing import Any

from psycopg2 import sql

#: Share of an estate's area from which it reaches across a border, or lies on another estate.
SHARE = 0.1
#: rule → (sentence, query of the codes that break it)
RULES: dict[str, tuple[str, str]] = {
    "unassigned": (
        "{count} buildings belong to no grid, for example {code}. Import the grids that hold them.",
        "select b.code from fullservice.building b where not b.is_deleted and b.grid_id is null and exists (select 1"
        " from fullservice.org_unit g where g.level = 'grid' and not g.is_deleted)",
    ),
    "estate elsewhere": (
        "{count} estates lie in another grid than the one on file, for example {code}. Correct the grid of the "
        "estate or import the grids again.",
        "select e.code from fullservice.estate e join fullservice.org_unit g on g.id = e.grid_id where not e.is_deleted"
        " and not g.is_deleted and not ST_Intersects(g.geom, ST_PointOnSurface(e.geom))",
    ),
    "estate across": (
        "{count} estates reach across the border of their grid, for example {code}. Split them or move the border.",
        "select e.code from fullservice.estate e join fullservice.org_unit g on g.id = e.grid_id where not e.is_deleted"
        " and not g.is_deleted and ST_Intersects(g.geom, ST_PointOnSurface(e.geom)) and not ST_Covers(g.geom, e.geom)"
        " and ST_Area(ST_Intersection(g.geom, e.geom)) < (1 - %(share)s) * ST_Area(e.geom)",
    ),
    "estates overlap": (
        "{count} estates lie on another one, for example {code}. Draw the outlines anew or merge them.",
        "select e.code from fullservice.estate e where not e.is_deleted and exists (select 1 from fullservice.estate o"
        " where o.id <> e.id and not o.is_deleted and o.geom && e.geom and ST_Intersects(o.geom, e.geom)"
        " and ST_Area(ST_Intersection(o.geom, e.geom)) > %(share)s * least(ST_Area(o.geom), ST_Area(e.geom)))",
    ),
    "building astray": (
        "{count} buildings stand outside the outline of their estate, for example {code}. Redraw the outline or give "
        "them another estate.",
        "select b.code from fullservice.building b join fullservice.estate e on e.id = b.estate_id cross join lateral"
        " (select ST_PointOnSurface(coalesce(b.geom, b.entry_point)) as at) p"
        " where not b.is_deleted and not e.is_deleted and not ST_Intersects(e.geom, p.at)",
    ),
}


def broken(cur: Any) -> list[tuple[str, str, int, str]]:
    """Return (rule, sentence, how many, code of the first) of every rule that is broken."""
    found = []
    for rule, (sentence, query) in RULES.items():
        told = sql.SQL("select count(*), min(code) from ({}) as told").format(sql.SQL(query))
        cur.execute(told, {"share": SHARE})
        count, code = cur.fetchone()
        if count:
            found.append((rule, sentence, int(count), code))
    return found
