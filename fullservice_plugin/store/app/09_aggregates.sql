-- SPDX-License-Identifier: GPL-2.0-or-later
-- Sums per level for the overview scales, kept as numerators and denominators. Nobody reads the materialised views
-- themselves (row security does not reach them): the views on top show the reader's branches only.

create materialized view fs_app.mv_estate as
select e.fid, e.id, e.code, e.name, e.grid_id, e.branch_code, e.geom, count(b.fid) as buildings,
    sum(b.households) as households, count(b.fid) filter (where b.households is null) as unknown_households,
    sum(b.businesses) as businesses, coalesce(sum(b.households) filter (where b.coverage_level >= 3), 0) as covered_households,
    coalesce(sum(b.households) filter (where b.coverage_level >= 1), 0) as passed_households,
    count(s.stage) as talks,
    count(s.stage) filter (where s.stage in ('signed', 'entry_permitted', 'in_force', 'renewing')) as signed_buildings,
    count(s.stage) filter (where s.stage in ('refused', 'blocked', 'escalated_external')) as blocked_buildings,
    count(s.stage) filter (where s.under_way) as under_way, count(s.stage) filter (where s.late) as late,
    count(b.fid) filter (where exists (
        select 1 from fullservice.intel_observation o
        join fullservice.competitor_operator c on c.code = o.operator_code and not c.is_self
        where o.building_id = b.id and not o.is_deleted and o.state <> 'retired')) as rival_buildings
from fullservice.estate e
left join fullservice.building b on b.estate_id = e.id and not b.is_deleted
left join fs_app.building_stage s on s.building_id = b.id
where not e.is_deleted
group by e.fid, e.id, e.code, e.name, e.grid_id, e.branch_code, e.geom;

create unique index mv_estate_fid on fs_app.mv_estate (fid);
create index mv_estate_geom on fs_app.mv_estate using gist (geom);

-- Buildings without an estate count in their grid; those without a grid come to the branch's unassigned row. A grid has
-- one row whatever branch its buildings are kept under: branches may overlap, and areas change hands.
create materialized view fs_app.mv_grid as
with per_grid as (
    select coalesce(b.grid_id, e.grid_id) as grid_id,
        case when coalesce(b.grid_id, e.grid_id) is null then b.branch_code end as branch_code, count(*) as buildings,
        count(distinct b.estate_id) as estates, sum(b.households) as households,
        count(*) filter (where b.households is null) as unknown_households, sum(b.businesses) as businesses,
        coalesce(sum(b.households) filter (where b.coverage_level >= 3), 0) as covered_households,
        coalesce(sum(b.households) filter (where b.coverage_level >= 1), 0) as passed_households,
        count(s.stage) as talks,
        count(s.stage) filter (where s.stage in ('signed', 'entry_permitted', 'in_force', 'renewing')) as signed_buildings,
        count(s.stage) filter (where s.stage in ('refused', 'blocked', 'escalated_external')) as blocked_buildings,
        count(s.stage) filter (where s.under_way) as under_way, count(s.stage) filter (where s.late) as late
    from fullservice.building b
    left join fullservice.estate e on e.id = b.estate_id
    left join fs_app.building_stage s on s.building_id = b.id
    where not b.is_deleted
    group by 1, 2
)
select o.fid, o.id, o.code, o.name, o.parent_id, o.branch_code, o.geom, coalesce(p.buildings, 0) as buildings,
    coalesce(p.estates, 0) as estates, p.households, coalesce(p.unknown_households, 0) as unknown_households, p.businesses,
    coalesce(p.covered_households, 0) as covered_households, coalesce(p.passed_households, 0) as passed_households,
    coalesce(p.talks, 0) as talks, coalesce(p.signed_buildings, 0) as signed_buildings,
    coalesce(p.blocked_buildings, 0) as blocked_buildings, coalesce(p.under_way, 0) as under_way, coalesce(p.late, 0) as late
from fullservice.org_unit o
left join per_grid p on p.grid_id = o.id
where o.level = 'grid' and not o.is_deleted
union all
select (-row_number() over (order by p.branch_code))::integer, null, '未归属', '未归属', b.id, p.branch_code,
    null::geometry(MultiPolygon, 4326), p.buildings,
    p.estates, p.households, p.unknown_households, p.businesses, p.covered_households, p.passed_households, p.talks,
    p.signed_buildings, p.blocked_buildings, p.under_way, p.late
from per_grid p
left join fullservice.org_unit b on b.level = 'branch' and b.code = p.branch_code and not b.is_deleted
where p.grid_id is null;

create unique index mv_grid_fid on fs_app.mv_grid (fid);
create index mv_grid_geom on fs_app.mv_grid using gist (geom);

create materialized view fs_app.mv_micro_region as
select o.fid, o.id, o.code, o.name, o.parent_id, o.branch_code, o.geom, count(g.fid) as grids,
    coalesce(sum(g.buildings), 0) as buildings, coalesce(sum(g.estates), 0) as estates, sum(g.households) as households,
    coalesce(sum(g.unknown_households), 0) as unknown_households, sum(g.businesses) as businesses,
    coalesce(sum(g.covered_households), 0) as covered_households,
    coalesce(sum(g.passed_households), 0) as passed_households, coalesce(sum(g.talks), 0) as talks,
    coalesce(sum(g.signed_buildings), 0) as signed_buildings, coalesce(sum(g.blocked_buildings), 0) as blocked_buildings,
    coalesce(sum(g.under_way), 0) as under_way, coalesce(sum(g.late), 0) as late
from fullservice.org_unit o
left join fs_app.mv_grid g on g.parent_id = o.id
where o.level = 'micro_region' and not o.is_deleted
group by o.fid, o.id, o.code, o.name, o.parent_id, o.branch_code, o.geom;

create unique index mv_micro_region_fid on fs_app.mv_micro_region (fid);
create index mv_micro_region_geom on fs_app.mv_micro_region using gist (geom);

create materialized view fs_app.mv_branch as
select o.fid, o.id, o.code, o.name, o.parent_id, o.branch_code, o.geom, count(g.fid) as grids,
    coalesce(sum(g.buildings), 0) as buildings, coalesce(sum(g.estates), 0) as estates, sum(g.households) as households,
    coalesce(sum(g.unknown_households), 0) as unknown_households, sum(g.businesses) as businesses,
    coalesce(sum(g.covered_households), 0) as covered_households,
    coalesce(sum(g.passed_households), 0) as passed_households, coalesce(sum(g.talks), 0) as talks,
    coalesce(sum(g.signed_buildings), 0) as signed_buildings, coalesce(sum(g.blocked_buildings), 0) as blocked_buildings,
    coalesce(sum(g.under_way), 0) as under_way, coalesce(sum(g.late), 0) as late
from fullservice.org_unit o
left join fs_app.mv_grid g on g.branch_code = o.code
where o.level = 'branch' and not o.is_deleted
group by o.fid, o.id, o.code, o.name, o.parent_id, o.branch_code, o.geom;

create unique index mv_branch_fid on fs_app.mv_branch (fid);
create index mv_branch_geom on fs_app.mv_branch using gist (geom);

-- The right and the branches are asked once per query, not once per row; who has neither sees nothing.
create view fs_app.estate_stat as select * from fs_app.mv_estate m
where (select fs_app.has_role('admin')) or m.branch_code = any ((select fs_app.my_branches())::text[]);
create view fs_app.grid_stat as select * from fs_app.mv_grid m
where (select fs_app.has_role('admin')) or m.branch_code = any ((select fs_app.my_branches())::text[]);
create view fs_app.micro_region_stat as select * from fs_app.mv_micro_region m
where (select fs_app.has_role('admin')) or m.branch_code = any ((select fs_app.my_branches())::text[]);
create view fs_app.branch_stat as select * from fs_app.mv_branch m
where (select fs_app.has_role('admin')) or m.branch_code = any ((select fs_app.my_branches())::text[]);

-- Readers are not locked out while it runs.
create function fs_app.refresh_aggregates() returns void language plpgsql security definer as $$
begin
    if not (fs_app.has_role('planner') or fs_app.has_role('admin') or fs_app.has_role('functional')) then
        raise exception 'only planners, functional staff and administrators refresh the sums' using errcode = '42501';
    end if;
    refresh materialized view concurrently fs_app.mv_estate;
    refresh materialized view concurrently fs_app.mv_grid;
    refresh materialized view concurrently fs_app.mv_micro_region;
    refresh materialized view concurrently fs_app.mv_branch;
    refresh materialized view concurrently fs_app.mv_rival_operator;
    refresh materialized view concurrently fs_app.mv_rival_estate;
    refresh materialized view concurrently fs_app.mv_rival_grid;
    perform pg_notify('fullservice', 'sums');  -- no table changed, but every map that draws the sums did
end $$;
