-- SPDX-License-Identifier: GPL-2.0-or-later
-- What the map draws: one row per building, estate or area, with what is known about it. Read-only; whoever reads sees
-- what row security shows them. Unknown stays NULL and is hatched on the map, never zero. Joins are lateral, so that a
-- map of one quarter looks at the rows of that quarter only; limit 1 keeps the planner from turning them into joins.

-- Buildings that exist or will exist.
create view fs_app.live_building with (security_invoker = true) as
select b.*
from fullservice.building b
where not b.is_deleted and b.lead_state not in ('duplicate', 'not_a_building', 'demolished');

create view fs_app.map_negotiation with (security_invoker = true) as
select b.fid, b.id, b.code, b.name, b.number, b.estate_id, b.households, b.coverage_level, n.negotiation_id, n.kind,
    s.stage, n.stage_since, n.owner_staff_id, n.next_action, n.next_action_due, n.evidence_missing, b.geom
from fs_app.live_building b
left join lateral (select x.stage from fs_app.building_stage x where x.building_id = b.id limit 1) s on true
left join lateral (
    select y.id as negotiation_id, y.kind, y.stage_since, y.owner_staff_id, y.next_action, y.next_action_due,
        y.evidence_missing
    from fullservice.negotiation y
    where y.building_id = b.id and y.stage = s.stage and not y.is_deleted
    order by y.fid
    limit 1
) n on true
where b.geom is not null;

-- The decision of the latest plan that covers the building.
create view fs_app.map_decision with (security_invoker = true) as
select b.fid, b.id, b.code, b.name, b.number, b.estate_id, b.households, b.coverage_level, d.plan_id, d.design_id,
    d.method, d.runner_up, d.cost, d.revenue, d.cost_delta, d.constraint_code, d.reason_zh, d.reason_en, d.locked, b.geom
from fs_app.live_building b
left join lateral (
    select x.*
    from fullservice.access_decision x
    join fullservice.plan p on p.id = x.plan_id and not p.is_deleted
    where x.building_id = b.id and not x.is_deleted
    order by p.created_at desc, p.fid desc
    limit 1
) d on true
where b.geom is not null;

-- How many rivals serve a building; NULL where nobody looked. Confidence: what is left of it today.
create view fs_app.map_competition with (security_invoker = true) as
select b.fid, b.id, b.code, b.name, b.number, b.estate_id, b.households, b.coverage_level, c.rivals,
    c.operators_zh, c.operators_en, c.exclusive_until, c.observed_on, c.conflict, c.confidence, b.geom
from fs_app.live_building b
left join lateral (
    select case when count(*) > 0 then count(*) filter (where o.present) end::integer as rivals,
        avg(o.confidence) as confidence,
        string_agg(o.name, '、' order by o.operator_code) filter (where o.present) as operators_zh,
        string_agg(coalesce(nullif(o.name_en, ''), o.name), ', ' order by o.operator_code) filter (where o.present)
            as operators_en,
        max(o.exclusive_until) as exclusive_until, max(o.observed_on) as observed_on, bool_or(o.conflict) as conflict
    from (
        select f.operator_code, k.name, k.name_en, max(f.observed_on) as observed_on, bool_or(f.conflict) as conflict,
            max(f.confidence) as confidence,
            coalesce(max(f.value) filter (where f.field = 'presence'), 'in_service') in ('in_service', 'building')
                as present,
            max(f.valid_until) filter (where f.field = 'exclusivity' and f.value in ('contract', 'de_facto'))
                as exclusive_until
        from fs_app.competitor_fact f
        join fullservice.competitor_operator k on k.code = f.operator_code and not k.is_self and not k.is_deleted
        where f.building_id = b.id
        group by f.operator_code, k.name, k.name_en
    ) o
) c on true
where b.geom is not null;

-- The indicators of an area in one line: estates, signed of all buildings, covered share of the known households, talks
-- under way. What nobody knows is said, never shown as zero. In plpgsql, whose plan a session keeps: 20 times as fast.
create function fs_app.indicator_text(estates bigint, buildings bigint, signed bigint, talked bigint, households bigint,
                                      unknown_households bigint, covered bigint, under_way bigint, late bigint,
                                      zh boolean) returns text language plpgsql immutable as $$
begin
    return case when coalesce(buildings, 0) = 0 then case when zh then '尚无楼栋数据' else 'no buildings known' end
    when zh then
        coalesce(estates || '盘 ', '')
        || case when talked > 0 then '签约' || signed || '/' || buildings || '栋' else buildings || '栋 无洽谈记录' end
        || case when households > 0 then ' 覆盖' || round(100.0 * covered / households) || '%'
                || case when unknown_households > 0 then '（' || unknown_households || '栋户数未知）' else '' end
            else ' 户数未知' end
        || case when under_way > 0 then ' 在途' || under_way else '' end
        || case when late > 0 then '（逾' || late || '）' else '' end
    else
        coalesce(estates || case when estates = 1 then ' estate · ' else ' estates · ' end, '')
        || case when talked > 0 then signed || '/' || buildings || ' signed'
            else buildings || case when buildings = 1 then ' building' else ' buildings' end || ', no talks recorded' end
        || case when households > 0 then ' · ' || round(100.0 * covered / households) || ' % covered'
                || case when unknown_households > 0 then ' (' || unknown_households || ' unknown)' else '' end
            else ' · households unknown' end
        || case when under_way > 0 then ' · ' || under_way || ' under way' else '' end
        || case when late > 0 then ' (' || late || ' late)' else '' end
    end;
end $$;

-- Estates as they are now.
create view fs_app.map_estate with (security_invoker = true) as
select e.fid, e.id, e.code, e.name, e.grid_id, e.estate_type, e.value_class, e.lead_state, s.buildings, s.households,
    s.unknown_households, s.covered_households, s.signed, s.blocked, s.talked, s.under_way, s.late,
    fs_app.indicator_text(null, s.buildings, s.signed, s.talked, s.households, s.unknown_households,
                          s.covered_households, s.under_way, s.late, true) as indicators_zh,
    fs_app.indicator_text(null, s.buildings, s.signed, s.talked, s.households, s.unknown_households,
                          s.covered_households, s.under_way, s.late, false) as indicators_en,
    e.geom, fs_app.package_text(e.geom) as packages
from fullservice.estate e
left join lateral (
    select count(*) as buildings, sum(b.households) as households,
        count(*) filter (where b.households is null) as unknown_households,
        coalesce(sum(b.households) filter (where b.coverage_level >= 3), 0) as covered_households,
        count(*) filter (where t.stage in ('signed', 'entry_permitted', 'in_force', 'renewing')) as signed,
        count(*) filter (where t.stage in ('refused', 'blocked', 'escalated_external')) as blocked,
        count(t.stage) as talked, count(*) filter (where t.under_way) as under_way, count(*) filter (where t.late) as late
    from fs_app.live_building b
    left join lateral (select x.stage, x.under_way, x.late from fs_app.building_stage x where x.building_id = b.id
                       limit 1) t on true
    where b.estate_id = e.id
) s on true
where not e.is_deleted;

-- Sums of everything below an estate or area of the hierarchy, as of their last refresh.
create view fs_app.level_stat with (security_invoker = true) as
select g.id, g.estates::bigint as estates, g.buildings::bigint as buildings, g.households::bigint as households,
    g.unknown_households::bigint as unknown_households, g.covered_households::bigint as covered_households,
    g.signed_buildings::bigint as signed, g.blocked_buildings::bigint as blocked, g.talks::bigint as talked,
    g.under_way::bigint as under_way, g.late::bigint as late
from fs_app.grid_stat g
where g.id is not null
union all
select m.id, m.estates::bigint, m.buildings::bigint, m.households::bigint, m.unknown_households::bigint,
    m.covered_households::bigint, m.signed_buildings::bigint, m.blocked_buildings::bigint, m.talks::bigint,
    m.under_way::bigint, m.late::bigint
from fs_app.micro_region_stat m
union all
select r.id, r.estates::bigint, r.buildings::bigint, r.households::bigint, r.unknown_households::bigint,
    r.covered_households::bigint, r.signed_buildings::bigint, r.blocked_buildings::bigint, r.talks::bigint,
    r.under_way::bigint, r.late::bigint
from fs_app.branch_stat r;

-- Areas of all levels with their sums.
create view fs_app.map_territory with (security_invoker = true) as
select o.fid, o.id, o.level, o.code, o.name, o.parent_id, o.valid_from, o.valid_to, s.estates, s.buildings, s.households,
    s.unknown_households, s.covered_households, s.signed, s.blocked, s.talked, s.under_way, s.late,
    fs_app.indicator_text(s.estates, s.buildings, s.signed, s.talked, s.households, s.unknown_households,
                          s.covered_households, s.under_way, s.late, true) as indicators_zh,
    fs_app.indicator_text(s.estates, s.buildings, s.signed, s.talked, s.households, s.unknown_households,
                          s.covered_households, s.under_way, s.late, false) as indicators_en,
    o.geom
from fullservice.org_unit o
left join fs_app.level_stat s on s.id = o.id
where not o.is_deleted;

-- What fills the map above the scale of buildings: areas and estates by the share of their buildings that are signed, and
-- by the share of the known households that are covered. NULL where nobody has talked, or no household is known.
create view fs_app.map_level with (security_invoker = true) as
select o.fid * 2 as fid, o.id, o.level, o.code, o.name, s.buildings, s.households, s.unknown_households,
    case when s.talked > 0 then s.signed::float8 / s.buildings end as signed_share,
    s.covered_households::float8 / nullif(s.households, 0) as covered_share, s.under_way, s.late, o.geom
from fullservice.org_unit o
left join fs_app.level_stat s on s.id = o.id
where not o.is_deleted
union all
select e.fid * 2 + 1, e.id, 'estate', e.code, e.name, e.buildings, e.households::bigint, e.unknown_households,
    case when e.talks > 0 then e.signed_buildings::float8 / e.buildings end,
    e.covered_households::float8 / nullif(e.households, 0), e.under_way, e.late, e.geom
from fs_app.estate_stat e;

-- What the login keeps: buildings whose talk, or whose estate, is theirs or of somebody they stand in for.
create view fs_app.map_own with (security_invoker = true) as
select b.fid, b.id, b.code, b.name, b.number, b.estate_id, b.households, b.coverage_level, s.stage,
    coalesce(s.under_way, false) as under_way, coalesce(s.late, false) as late, b.geom
from fs_app.live_building b
left join lateral (select x.stage, x.under_way, x.late from fs_app.building_stage x where x.building_id = b.id limit 1) s
    on true
where b.geom is not null and b.id = any (array(
    select n.building_id from fullservice.negotiation n
    where n.owner_staff_id = any ((select fs_app.my_staff())::uuid[]) and not n.is_deleted and n.building_id is not null
    union
    select o.id from fullservice.estate e join fullservice.building o on o.estate_id = e.id
    where e.owner_staff_id = any ((select fs_app.my_staff())::uuid[]) and not e.is_deleted));

-- Areas that the login holds today.
create view fs_app.map_own_area with (security_invoker = true) as
select o.fid, o.id, o.level, o.code, o.name, o.geom
from fullservice.org_unit o
where not o.is_deleted and exists (
    select 1 from fullservice.area_assignment a
    where a.org_unit_id = o.id and a.staff_id = any ((select fs_app.my_staff())::uuid[]) and not a.is_deleted
        and current_date between a.valid_from and coalesce(a.valid_to, current_date));

-- Estates by the state of the design that waits for review, else of their newest, for those who design and review.
create view fs_app.map_design_state with (security_invoker = true) as
select e.fid, e.id, e.code, e.name, e.grid_id, d.state, d.scenario, d.author, d.approver, d.submitted_at, e.geom
from fullservice.estate e
join lateral (
    select x.state, p.scenario, x.author, x.approver, x.submitted_at from fullservice.access_design x
    left join fullservice.plan p on p.id = x.plan_id
    where x.estate_id = e.id and not x.is_deleted and x.state <> 'superseded'
    order by fs_app.design_kind(x.state) = 'waiting' desc, x.created_at desc, x.fid desc limit 1
) d on true
where not e.is_deleted;
