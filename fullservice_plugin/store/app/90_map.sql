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
select b.fid, b.id, b.code, b.name, b.number, b.estate_id, b.households, b.coverage_level, c.rivals, c.operators,
    c.exclusive_until, c.observed_on, c.conflict, c.confidence, b.geom
from fs_app.live_building b
left join lateral (
    select case when count(*) > 0 then count(*) filter (where o.present) end::integer as rivals,
        avg(o.confidence) as confidence,
        string_agg(o.operator_code, ', ' order by o.operator_code) filter (where o.present) as operators,
        max(o.exclusive_until) as exclusive_until, max(o.observed_on) as observed_on, bool_or(o.conflict) as conflict
    from (
        select f.operator_code, max(f.observed_on) as observed_on, bool_or(f.conflict) as conflict,
            max(f.confidence) as confidence,
            coalesce(max(f.value) filter (where f.field = 'presence'), 'in_service') in ('in_service', 'building')
                as present,
            max(f.valid_until) filter (where f.field = 'exclusivity' and f.value in ('contract', 'de_facto'))
                as exclusive_until
        from fs_app.competitor_fact f
        join fullservice.competitor_operator k on k.code = f.operator_code and not k.is_self and not k.is_deleted
        where f.building_id = b.id
        group by f.operator_code
    ) o
) c on true
where b.geom is not null;

create function fs_app.indicator_text(estates bigint, buildings bigint, signed bigint, households bigint,
                                      covered bigint, zh boolean) returns text language sql immutable as $$
    select case when buildings = 0 then null when zh then
        coalesce(estates || '盘 ', '') || '已签' || signed || '/' || buildings || '栋 '
        || case when households > 0 then '覆盖' || round(100.0 * covered / households) || '%' else '户数未知' end
    else
        coalesce(estates || ' estates · ', '') || signed || '/' || buildings || ' signed · '
        || case when households > 0 then round(100.0 * covered / households) || ' % covered' else 'households unknown' end
    end
$$;

-- Estates as they are now.
create view fs_app.map_estate with (security_invoker = true) as
select e.fid, e.id, e.code, e.name, e.grid_id, e.estate_type, e.value_class, e.lead_state, s.buildings, s.households,
    s.unknown_households, s.covered_households, s.signed, s.blocked, s.talked,
    fs_app.indicator_text(null, s.buildings, s.signed, s.households, s.covered_households, true) as indicators_zh,
    fs_app.indicator_text(null, s.buildings, s.signed, s.households, s.covered_households, false) as indicators_en,
    e.geom, fs_app.package_text(e.geom) as packages
from fullservice.estate e
left join lateral (
    select count(*) as buildings, sum(b.households) as households,
        count(*) filter (where b.households is null) as unknown_households,
        coalesce(sum(b.households) filter (where b.coverage_level >= 3), 0) as covered_households,
        count(*) filter (where t.stage in ('signed', 'entry_permitted', 'in_force', 'renewing')) as signed,
        count(*) filter (where t.stage in ('refused', 'blocked', 'escalated_external')) as blocked,
        count(t.stage) as talked
    from fs_app.live_building b
    left join lateral (select x.stage from fs_app.building_stage x where x.building_id = b.id limit 1) t on true
    where b.estate_id = e.id
) s on true
where not e.is_deleted;

-- Areas of all levels with the sums of everything below them, as of the last refresh of the sums.
create view fs_app.map_territory with (security_invoker = true) as
with stat as (
    select g.id, g.estates, g.buildings, g.households, g.unknown_households, g.covered_households, g.signed_buildings,
        g.blocked_buildings, g.talks
    from fs_app.grid_stat g
    where g.id is not null
    union all
    select m.id, m.estates, m.buildings, m.households, m.unknown_households, m.covered_households, m.signed_buildings,
        m.blocked_buildings, m.talks
    from fs_app.micro_region_stat m
    union all
    select r.id, r.estates, r.buildings, r.households, r.unknown_households, r.covered_households, r.signed_buildings,
        r.blocked_buildings, r.talks
    from fs_app.branch_stat r
)
select o.fid, o.id, o.level, o.code, o.name, o.parent_id, o.valid_from, o.valid_to, s.estates::bigint as estates,
    s.buildings::bigint as buildings, s.households::bigint as households,
    s.unknown_households::bigint as unknown_households, s.covered_households::bigint as covered_households,
    s.signed_buildings::bigint as signed, s.blocked_buildings::bigint as blocked, s.talks::bigint as talked,
    fs_app.indicator_text(s.estates::bigint, s.buildings::bigint, s.signed_buildings::bigint, s.households::bigint,
                          s.covered_households::bigint, true) as indicators_zh,
    fs_app.indicator_text(s.estates::bigint, s.buildings::bigint, s.signed_buildings::bigint, s.households::bigint,
                          s.covered_households::bigint, false) as indicators_en,
    o.geom
from fullservice.org_unit o
left join stat s on s.id = o.id
where not o.is_deleted;
