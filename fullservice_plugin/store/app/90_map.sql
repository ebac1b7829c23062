-- SPDX-License-Identifier: GPL-2.0-or-later
-- What the map draws: one row per building, estate or area, with what is known about it. Read-only; row security of the
-- tables below applies to whoever reads (security_invoker). Unknown stays NULL and is hatched on the map, never zero.

-- Buildings that exist or will exist.
create view fs_app.live_building with (security_invoker = true) as
select b.*
from fullservice.building b
where not b.is_deleted and b.lead_state not in ('duplicate', 'not_a_building', 'demolished');

-- The talk that holds a building back most: refusals first, then the chain from its start; finished talks last.
create view fs_app.building_talk with (security_invoker = true) as
select distinct on (n.building_id)
    n.building_id, n.id as negotiation_id, n.kind, n.stage, n.stage_since, n.owner_staff_id, n.next_action,
    n.next_action_due, n.evidence_missing, count(*) over (partition by n.building_id) as talks
from fullservice.negotiation n
where not n.is_deleted
order by n.building_id, array_position(array[
    'refused', 'blocked', 'escalated_external', 'not_started', 'party_identified', 'contacted', 'surveyed',
    'proposal_sent', 'negotiating', 'terms_agreed', 'in_approval', 'signed', 'entry_permitted', 'in_force', 'renewing',
    'terminated', 'expired', 'closed'], n.stage), n.stage_since desc;

create view fs_app.map_negotiation with (security_invoker = true) as
select b.fid, b.id, b.code, b.name, b.number, b.estate_id, b.households, b.coverage_level, t.negotiation_id, t.kind,
    t.stage, t.stage_since, t.owner_staff_id, t.next_action, t.next_action_due, t.evidence_missing, t.talks, b.geom
from fs_app.live_building b
left join fs_app.building_talk t on t.building_id = b.id
where b.geom is not null;

-- The decision of the latest plan that covers the building.
create view fs_app.map_decision with (security_invoker = true) as
select b.fid, b.id, b.code, b.name, b.number, b.estate_id, b.households, d.plan_id, d.design_id, d.method, d.runner_up,
    d.cost, d.revenue, d.cost_delta, d.constraint_code, d.reason_zh, d.reason_en, d.locked, b.geom
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

-- How many rivals stand in a building; NULL where nobody looked.
create view fs_app.map_competition with (security_invoker = true) as
with seen as (
    select distinct on (o.building_id, o.operator_code)
        o.building_id, o.operator_code, o.value, o.observed_on
    from fullservice.intel_observation o
    join fullservice.competitor_operator c on c.code = o.operator_code and not c.is_self
    where not o.is_deleted and o.building_id is not null and o.field = 'presence' and o.state <> 'retired'
    order by o.building_id, o.operator_code, o.observed_on desc, o.fid desc
), counted as (
    select building_id, count(*) filter (where value is distinct from 'withdrawn') as rivals,
        string_agg(operator_code, ', ' order by operator_code) filter (where value is distinct from 'withdrawn')
            as operators,
        max(observed_on) as observed_on
    from seen
    group by building_id
)
select b.fid, b.id, b.code, b.name, b.number, b.estate_id, b.households, c.rivals::integer, c.operators, c.observed_on,
    b.geom
from fs_app.live_building b
left join counted c on c.building_id = b.id
where b.geom is not null;

-- What is summed: one row per building. Households that nobody knows are counted apart.
create view fs_app.building_facts with (security_invoker = true) as
select b.id, b.estate_id, coalesce(b.grid_id, e.grid_id) as grid_id, b.households,
    (b.households is null)::integer as unknown_households,
    case when b.coverage_level >= 3 then b.households else 0 end as covered_households,
    (t.stage in ('signed', 'entry_permitted', 'in_force', 'renewing'))::integer as signed,
    (t.stage in ('refused', 'blocked', 'escalated_external'))::integer as blocked,
    (t.stage is not null)::integer as talked
from fs_app.live_building b
left join fullservice.estate e on e.id = b.estate_id and not e.is_deleted
left join fs_app.building_talk t on t.building_id = b.id;

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

create view fs_app.map_estate with (security_invoker = true) as
select e.fid, e.id, e.code, e.name, e.grid_id, e.estate_type, e.value_class, e.lead_state, s.buildings, s.households,
    s.unknown_households, s.covered_households, s.signed, s.blocked, s.talked,
    fs_app.indicator_text(null, s.buildings, s.signed, s.households, s.covered_households, true) as indicators_zh,
    fs_app.indicator_text(null, s.buildings, s.signed, s.households, s.covered_households, false) as indicators_en,
    e.geom
from fullservice.estate e
left join lateral (
    select count(*) as buildings, sum(f.households) as households, coalesce(sum(f.unknown_households), 0) as unknown_households,
        coalesce(sum(f.covered_households), 0) as covered_households, coalesce(sum(f.signed), 0) as signed,
        coalesce(sum(f.blocked), 0) as blocked, coalesce(sum(f.talked), 0) as talked
    from fs_app.building_facts f
    where f.estate_id = e.id
) s on true
where not e.is_deleted;

-- Areas of all levels with the sums of everything below them.
create view fs_app.map_territory with (security_invoker = true) as
with recursive up (unit_id, ancestor_id) as (
    select o.id, o.id from fullservice.org_unit o where not o.is_deleted
    union
    select up.unit_id, o.parent_id
    from up
    join fullservice.org_unit o on o.id = up.ancestor_id
    where o.parent_id is not null
), per_unit as (
    select f.grid_id, count(*) as buildings, count(distinct f.estate_id) as estates, sum(f.households) as households,
        sum(f.unknown_households) as unknown_households, sum(f.covered_households) as covered_households,
        coalesce(sum(f.signed), 0) as signed, coalesce(sum(f.blocked), 0) as blocked, sum(f.talked) as talked
    from fs_app.building_facts f
    where f.grid_id is not null
    group by f.grid_id
), summed as (
    select up.ancestor_id, sum(p.estates)::bigint as estates, sum(p.buildings)::bigint as buildings,
        sum(p.households)::bigint as households, sum(p.unknown_households)::bigint as unknown_households,
        sum(p.covered_households)::bigint as covered_households, sum(p.signed)::bigint as signed,
        sum(p.blocked)::bigint as blocked, sum(p.talked)::bigint as talked
    from up
    join per_unit p on p.grid_id = up.unit_id
    group by up.ancestor_id
)
select o.fid, o.id, o.level, o.code, o.name, o.parent_id, o.valid_from, o.valid_to, s.estates, s.buildings,
    s.households, s.unknown_households, s.covered_households, s.signed, s.blocked, s.talked,
    fs_app.indicator_text(s.estates, s.buildings, s.signed, s.households, s.covered_households, true) as indicators_zh,
    fs_app.indicator_text(s.estates, s.buildings, s.signed, s.households, s.covered_households, false) as indicators_en,
    o.geom
from fullservice.org_unit o
left join summed s on s.ancestor_id = o.id
where not o.is_deleted;
