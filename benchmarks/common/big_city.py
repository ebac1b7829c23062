# SPDX-License-Identifier: GPL-2.0-or-later
"""A store with a made metropolis, filled set-based: blocks of 116 × 96 m with sixteen houses each, and all levels.

Sixteen houses make an estate, twenty-five estates a grid, twenty-five grids a micro-region; the micro-regions of the
west and of the east make two branches. One house in ten has a talk, one in ten an observation, one in sixteen a
decision. Written past the triggers (superuser), since a benchmark of drawing does not measure loading
(``benchmarks/store.py`` does).
"""

from __future__ import annotations

import time
from typing import Any

STORE = "bench_redraw"  # the database
WEST, SOUTH = 113.0, 23.0  # degrees, corner of the city (the latitude of Guangzhou)
BLOCK_LON, BLOCK_LAT = 116.0 / 102_470.0, 96.0 / 110_750.0  # degrees of a block; metres per degree at 23° N, WGS-84
PER_ESTATE, SIDE = 16, 5  # houses of a block, blocks along a side of a grid and grids along a side of a micro-region

#: Statements in order; %(columns)s blocks lie side by side, %(rows)s upon each other.
_TERRITORY = """
create temp table block as
select i.n, i.n %% %(columns)s as x, i.n / %(columns)s as y, gen_random_uuid() as estate
from generate_series(0, %(columns)s * %(rows)s - 1) as i (n);

create temp table made_grid as
select x / %(side)s as gx, y / %(side)s as gy, gen_random_uuid() as id, min(x) as x0, max(x) + 1 as x1, min(y) as y0,
    max(y) + 1 as y1, case when x / %(side)s / %(side)s < %(columns)s / %(side)s / %(side)s / 2 then 'W' else 'E' end
    as branch
from block group by 1, 2, 8;

create temp table made_micro as
select gx / %(side)s as mx, gy / %(side)s as my, branch, gen_random_uuid() as id, min(x0) as x0, max(x1) as x1,
    min(y0) as y0, max(y1) as y1
from made_grid group by 1, 2, 3;

create temp table made_branch as
select branch, gen_random_uuid() as id, min(x0) as x0, max(x1) as x1, min(y0) as y0, max(y1) as y1
from made_micro group by 1;

create function pg_temp.box(x0 float8, y0 float8, x1 float8, y1 float8) returns geometry language sql as $$
    select st_multi(st_makeenvelope({west} + x0 * {lon}, {south} + y0 * {lat}, {west} + x1 * {lon},
                                    {south} + y1 * {lat}, 4326))
$$;

insert into fullservice.org_unit (id, branch_code, level, code, name, parent_id, geom)
select id, branch, 'branch', branch, case branch when 'W' then '西部分公司' else '东部分公司' end, null,
    pg_temp.box(x0, y0, x1, y1) from made_branch
union all
select m.id, m.branch, 'micro_region', format('%%s-%%s-%%s', m.branch, mx, my), format('微区域 %%s-%%s', mx, my), b.id,
    pg_temp.box(m.x0, m.y0, m.x1, m.y1) from made_micro m join made_branch b using (branch)
union all
select g.id, g.branch, 'grid', format('G-%%s-%%s', gx, gy), format('网格 %%s-%%s', gx, gy), m.id,
    pg_temp.box(g.x0, g.y0, g.x1, g.y1)
from made_grid g join made_micro m on m.mx = g.gx / %(side)s and m.my = g.gy / %(side)s and m.branch = g.branch;

insert into fullservice.estate (id, branch_code, code, name, grid_id, estate_type, lead_state, geom)
select b.estate, g.branch, 'E' || b.n, '样板小区' || b.n, g.id, 'residential', 'verified',
    pg_temp.box(b.x + 0.06, b.y + 0.07, b.x + 0.94, b.y + 0.93)
from block b join made_grid g on g.gx = b.x / %(side)s and g.gy = b.y / %(side)s;

insert into fullservice.street (id, source_name, source_key, name, highway, geom)
select gen_random_uuid(), 'made', n || d, case when d = 'h' then '横路' || y else '纵路' || x end,
    case when (case when d = 'h' then y else x end) %% 10 = 0 then 'primary' else 'residential' end,
    st_multi(st_setsrid(st_makeline(st_makepoint({west} + x * {lon}, {south} + y * {lat}),
        case when d = 'h' then st_makepoint({west} + (x + 1) * {lon}, {south} + y * {lat})
             else st_makepoint({west} + x * {lon}, {south} + (y + 1) * {lat}) end), 4326))
from block cross join (values ('h'), ('v')) k (d);
"""

# boxes, L-shapes and boxes with a bay in turns; eight houses in each of the two rows of a block
_BUILDINGS = """
insert into fullservice.building (id, branch_code, code, name, number, estate_id, grid_id, lead_state, storeys,
    households, coverage_level, geom)
select gen_random_uuid(), e.branch_code, 'B' || (b.n * {per} + s.k), e.name || s.k || '号楼', s.k || '号', b.estate,
    e.grid_id, 'verified', 6 + s.k %% 12, case when (b.n + s.k) %% 11 = 0 then null else 24 + s.k end, (b.n + s.k) %% 5,
    st_multi(st_makepolygon(st_setsrid(st_makeline(case s.k %% 3
        when 0 then array[st_makepoint(x0, y0), st_makepoint(x1, y0), st_makepoint(x1, y1), st_makepoint(x0, y1),
                          st_makepoint(x0, y0)]
        when 1 then array[st_makepoint(x0, y0), st_makepoint(x1, y0), st_makepoint(x1, (y0 + y1) / 2),
                          st_makepoint((x0 + x1) / 2, (y0 + y1) / 2), st_makepoint((x0 + x1) / 2, y1),
                          st_makepoint(x0, y1), st_makepoint(x0, y0)]
        else array[st_makepoint(x0, y0), st_makepoint(x1, y0), st_makepoint(x1, y1 * 0.75 + y0 * 0.25),
                   st_makepoint(x1 * 0.7 + x0 * 0.3, y1 * 0.75 + y0 * 0.25), st_makepoint(x1 * 0.7 + x0 * 0.3, y1),
                   st_makepoint(x1 * 0.3 + x0 * 0.7, y1), st_makepoint(x1 * 0.3 + x0 * 0.7, y1 * 0.75 + y0 * 0.25),
                   st_makepoint(x0, y1 * 0.75 + y0 * 0.25), st_makepoint(x0, y0)] end), 4326)))
from block b
join fullservice.estate e on e.id = b.estate
cross join generate_series(0, {per} - 1) as s (k)
cross join lateral (select {west} + (b.x + 0.08 + (s.k %% 8) * 0.107) * {lon} as x0,
    {south} + (b.y + 0.10 + (s.k / 8) * 0.53) * {lat} as y0) p
cross join lateral (select p.x0 + 0.09 * {lon} as x1, p.y0 + 0.24 * {lat} as y1) q
order by b.y / 25, b.x / 25, b.n, s.k;
"""

_ADDRESSES = """
insert into fullservice.address (id, branch_code, building_id, full_text, geom)
select gen_random_uuid(), b.branch_code, b.id, format('样板市%%s路%%s号%%s', 1 + b.fid / 400, 1 + b.fid %% 400, b.name),
    st_centroid(b.geom)
from fullservice.building b;
"""

_WORK = """
insert into fullservice.negotiation (id, branch_code, building_id, estate_id, stage, stage_since)
select gen_random_uuid(), branch_code, id, estate_id,
    (array['contacted', 'surveyed', 'proposal_sent', 'negotiating', 'terms_agreed', 'signed', 'in_force', 'refused'])[
        1 + fid / 10 %% 8], now() - make_interval(days => fid %% 40)
from fullservice.building where fid %% 10 = 0;

insert into fullservice.competitor_operator (id, code, name, is_self)
values (gen_random_uuid(), 'SELF', '本网', true), (gen_random_uuid(), 'RIVAL', '友商', false);

insert into fullservice.intel_observation (id, branch_code, subject_kind, building_id, operator_code, field, value,
    source_class, source_text, observer, observed_on, confidence)
select gen_random_uuid(), branch_code, 'building', id, 'RIVAL', 'technology', 'ftth', 'site_photo', 'seen', 'made',
    current_date - 20, 0.8
from fullservice.building where fid %% 10 = 1;

insert into fullservice.plan (id, branch_code, code, area_code, scenario)
values (gen_random_uuid(), 'W', 'P1', 'W', 'made');
insert into fullservice.access_decision (id, branch_code, plan_id, building_id, method, cost)
select gen_random_uuid(), b.branch_code, p.id, b.id, (array['ftth', 'fttb', 'wlan'])[1 + b.fid %% 3], 1000
from fullservice.building b cross join fullservice.plan p where b.fid %% 16 = 2;
"""


def fill(cur: Any, buildings: int) -> tuple[float, float, float, float]:
    """Fill an installed store with about ``buildings`` houses; return west, south, east, north (degrees, EPSG:4326)."""
    blocks = -(-buildings // PER_ESTATE)
    columns = max(2 * SIDE * SIDE, round(blocks**0.5 * (96.0 / 116.0) ** 0.5 / (SIDE * SIDE)) * SIDE * SIDE)
    rows = -(-blocks // columns)
    words = {"west": WEST, "south": SOUTH, "lon": BLOCK_LON, "lat": BLOCK_LAT, "per": PER_ESTATE}
    cur.execute("set local session_replication_role = replica")
    for part in (_TERRITORY, _BUILDINGS, _ADDRESSES, _WORK):
        cur.execute(part.format(**words), {"columns": columns, "rows": rows, "side": SIDE})
    return WEST, SOUTH, WEST + columns * BLOCK_LON, SOUTH + rows * BLOCK_LAT


def filled(cluster: Any, size: int, keep: bool) -> str:
    """Return the service of a customer manager on a filled store; an old one is used again with ``keep``."""
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install
    from fullservice_plugin.store.roles import add_person

    names = cluster._psql("select datname from pg_database").split()
    service = f"{STORE}_cu"
    if keep and STORE in names:
        with Store.connect({"service": STORE}) as store:
            if install(store).rebuilt:
                store.execute("set statement_timeout = 0")
                store.rows("select fs_app.refresh_aggregates()")
        return service
    cluster.fresh_database(STORE)
    with Store.connect({"service": STORE}) as store:
        install(store)
        store.execute("set statement_timeout = 0")
        started = time.perf_counter()
        with store.transaction() as cur:
            fill(cur, size)
        with store.transaction(bulk=True) as cur:
            add_person(cur, service, "customer_manager", ("W", "E"))
            cur.execute("update fullservice.estate set owner_staff_id = (select id from fullservice.staff) "
                        "where code like 'E1_'")
        store.connection.autocommit = True
        store.connection.cursor().execute("vacuum analyze")
        store.connection.autocommit = False
        print(f"filled: {time.perf_counter() - started:.0f} s", flush=True)
        started = time.perf_counter()
        store.rows("select fs_app.refresh_aggregates()")
        print(f"sums refreshed: {time.perf_counter() - started:.1f} s", flush=True)
    return cluster.add_service(service, service, STORE) or service
