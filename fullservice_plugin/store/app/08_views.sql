-- SPDX-License-Identifier: GPL-2.0-or-later
-- What the layers and the documents read. Every view asks with the rights of whoever reads it.

-- Default confidence of a source and half-life in days of what was observed (defaults of ours; fs_meta.setting keys
-- "confidence" and "half_life" replace single values).
create function fs_app.source_confidence(source_class text) returns double precision language sql stable as $$
    select coalesce((select (s.value ->> source_class)::double precision from fs_meta.setting s
                     where s.key = 'confidence'),
        case source_class when 'official' then 0.9 when 'win_loss' then 0.8 when 'site_photo' then 0.8
            when 'manager' then 0.6 when 'resident' then 0.5 when 'web_ad' then 0.5 else 0.3 end)
$$;

create function fs_app.half_life(field text) returns double precision language sql stable as $$
    select coalesce((select (s.value ->> field)::double precision from fs_meta.setting s where s.key = 'half_life'),
        case field when 'tariff' then 60 when 'promotion' then 14 else 365 end)
$$;

-- Observations that still hold, with the confidence that is left of them today: halved per half-life. The terms are
-- read once, not per row.
create view fs_app.intel_weighed with (security_invoker = true) as
with trust as materialized (
    select c.code, fs_app.source_confidence(c.code) as share from fs_meta.code c where c.list = 'source_class'
), fade as materialized (
    select c.code, fs_app.half_life(c.code) as days from fs_meta.code c where c.list = 'intel_field'
)
select o.*, coalesce(o.confidence, t.share, 0.3)
    * power(0.5, greatest(0, current_date - o.observed_on) / coalesce(f.days, 365)) as weight
from fullservice.intel_observation o
left join trust t on t.code = o.source_class
left join fade f on f.code = o.field
where not o.is_deleted and o.state <> 'retired' and (o.valid_until is null or o.valid_until >= current_date);

-- The observation that counts per subject, operator and field: the one of the highest weight. Another value with at
-- least 70 % of that weight is a conflict.
create view fs_app.competitor_fact with (security_invoker = true) as
with weighed as (
    select w.* from fs_app.intel_weighed w
), ranked as (
    select w.*, row_number() over same_subject as place, first_value(w.weight) over same_subject as best,
        first_value(coalesce(w.value, w.number::text)) over same_subject as best_value
    from weighed w
    window same_subject as (partition by w.subject_kind, w.building_id, w.estate_id, w.operator_code, w.field
                            order by w.weight desc, w.observed_on desc, w.fid desc)
), judged as (
    select r.*, bool_or(coalesce(r.value, r.number::text) is distinct from r.best_value and r.weight >= 0.7 * r.best)
        over (partition by r.subject_kind, r.building_id, r.estate_id, r.operator_code, r.field) as conflict
    from ranked r
)
select j.subject_kind, j.building_id, j.estate_id, j.operator_code, j.field, j.value, j.number, j.unit, j.valid_until,
    j.observed_on, j.weight as confidence, j.branch_code, j.conflict
from judged j where j.place = 1;

create view fs_app.competitor_presence with (security_invoker = true) as
with facts as (
    select f.subject_kind, f.building_id, f.estate_id, f.operator_code, min(f.branch_code) as branch_code,
        max(f.value) filter (where f.field = 'technology') as technology,
        coalesce(max(f.value) filter (where f.field = 'presence'), 'in_service') as status,
        max(f.number) filter (where f.field = 'speed') as max_down_mbps,
        max(f.number) filter (where f.field = 'subs' and f.unit is distinct from '%') as subs_est,
        max(f.number) filter (where f.field = 'subs' and f.unit = '%') / 100.0 as share_seen,
        max(f.number) filter (where f.field = 'ports') as ports_seen,
        max(f.value) filter (where f.field = 'exclusivity') as exclusivity,
        max(f.valid_until) filter (where f.field = 'exclusivity') as exclusive_until,
        max(f.confidence) as confidence, max(f.observed_on) as observed_on, bool_or(f.conflict) as conflict
    from fs_app.competitor_fact f
    group by f.subject_kind, f.building_id, f.estate_id, f.operator_code
)
select (row_number() over (order by f.subject_kind, f.building_id, f.estate_id, f.operator_code))::integer as fid,
    f.building_id, coalesce(f.estate_id, b.estate_id) as estate_id, f.operator_code, f.technology, f.status,
    (select min(o.observed_on) from fullservice.intel_observation o
     where o.operator_code = f.operator_code and o.building_id is not distinct from f.building_id
       and o.estate_id is not distinct from f.estate_id and not o.is_deleted) as since,
    f.max_down_mbps, f.subs_est, f.ports_seen,
    coalesce(f.share_seen, f.subs_est::numeric / nullif(coalesce(b.households, e.households), 0)) as share,
    f.exclusivity, f.exclusive_until, f.confidence, f.observed_on, f.conflict, f.branch_code,
    coalesce(b.geom, e.geom)::geometry(MultiPolygon, 4326) as geom
from facts f
left join fullservice.building b on b.id = f.building_id
left join fullservice.estate e on e.id = f.estate_id;

create function fs_app.stalled_days() returns integer language sql stable as $$
    select coalesce((select (s.value #>> '{}')::integer from fs_meta.setting s where s.key = 'stalled_days'), 21)
$$;

-- Whether silence counts in a stage: where the next word is ours or theirs, not where a document or a date is awaited.
create function fs_app.stalls(stage text) returns boolean language sql immutable parallel safe as $$
    select stage in ('party_identified', 'contacted', 'surveyed', 'proposal_sent', 'negotiating', 'terms_agreed',
                     'in_approval', 'renewing')
$$;

-- The one meaning of stalled: the last word (or the begin of the stage) is more than so many days old. Callers give
-- (select fs_app.stalled_days()), which is then asked once and not once per row.
create function fs_app.is_stalled(stage text, last_word date, day date, days integer)
returns boolean language sql immutable parallel safe as $$
    select fs_app.stalls(stage) and day - last_word > days
$$;

-- Talks with what follows from them: late, stalled, about to expire, blocked by a rival, evidence still due.
create view fs_app.negotiation_status with (security_invoker = true) as
select n.fid, n.id, n.building_id, n.estate_id, n.party_id, n.kind, n.stage, n.stage_since, n.owner_staff_id,
    n.next_action, n.next_action_due, n.obstacle_code, n.reason_code, n.next_review, n.evidence_missing, n.branch_code,
    n.row_version, sla.days as sla_days,
    case when sla.days > 0 then n.stage_since + make_interval(days => sla.days) end as due_at,
    coalesce(sla.days > 0 and n.stage_since + make_interval(days => sla.days) < now(), false) as overdue,
    contact.last_at as last_contact,
    fs_app.is_stalled(n.stage, greatest(contact.last_at, n.stage_since)::date, current_date,
                      (select fs_app.stalled_days())) as stalled,
    deal.valid_to as agreement_until,
    coalesce(n.stage in ('signed', 'entry_permitted', 'in_force')
        and deal.valid_to between current_date and current_date + 90, false) as expiring_90,
    exists (select 1 from fs_app.competitor_fact f
            where f.field = 'exclusivity' and f.value in ('contract', 'de_facto')
              and (f.valid_until is null or f.valid_until >= current_date)
              and (f.building_id = n.building_id or (f.subject_kind = 'estate' and f.estate_id = n.estate_id))
              and not exists (select 1 from fullservice.competitor_operator c
                              where c.code = f.operator_code and c.is_self)) as exclusive_blocked,
    case when n.evidence_missing then fs_app.talk_due(t.talk) else array[]::text[] end as evidence_due,
    b.geom
from fullservice.negotiation n
cross join lateral (select n as talk) t
left join fullservice.building b on b.id = n.building_id
left join lateral (select max(s.sla_days) as days from fs_meta.sm_transition s
                   where s.machine = 'SM-2' and s.to_state = n.stage) sla on true
left join lateral (select max(v.at) as last_at from fullservice.visit_log v
                   where v.negotiation_id = n.id and not v.is_deleted) contact on true
left join lateral (select max(g.valid_to) as valid_to from fullservice.agreement g
                   join fullservice.agreement_building ab on ab.agreement_id = g.id and not ab.is_deleted
                   where ab.building_id = n.building_id and not g.is_deleted
                     and g.status in ('approved', 'active')) deal on true
where not n.is_deleted;

-- A building's stage is the least advanced of its open talks; an estate shows how many buildings stand where. Under way:
-- begun and not yet signed; late: longer in its stage than the state machine allows.
create view fs_app.building_stage with (security_invoker = true) as
select distinct on (n.building_id) n.building_id, n.estate_id, n.stage, n.branch_code, u.under_way,
    case when u.under_way then coalesce(n.stage_since + make_interval(days => (
        select nullif(max(t.sla_days), 0) from fs_meta.sm_transition t
        where t.machine = 'SM-2' and t.to_state = n.stage)) < now(), false) else false end as late
from fullservice.negotiation n
join fs_meta.code c on c.list = 'negotiation_stage' and c.code = n.stage
cross join lateral (select n.stage in ('party_identified', 'contacted', 'surveyed', 'proposal_sent', 'negotiating',
                                       'terms_agreed', 'in_approval') as under_way) u
where not n.is_deleted and n.stage not in ('closed')
order by n.building_id, c.sort, n.fid;

create view fs_app.estate_summary with (security_invoker = true) as
select e.fid, e.id, e.code, e.name, e.estate_type, e.value_class, e.lead_state, e.grid_id, e.owner_staff_id,
    e.branch_code, coalesce(b.buildings, 0) as buildings, b.households, b.unknown_households, b.businesses,
    b.covered_households, b.passed_households,
    b.covered_households::double precision / nullif(b.households, 0) as coverage,
    s.stages, coalesce(s.talks, 0) as talks, coalesce(s.signed, 0) as signed_buildings,
    coalesce(r.rivals, 0) as competitors, coalesce(r.conflict, false) as intel_conflict, e.geom
from fullservice.estate e
left join lateral (
    select count(*) as buildings, sum(x.households) as households,
        count(*) filter (where x.households is null) as unknown_households, sum(x.businesses) as businesses,
        coalesce(sum(x.households) filter (where x.coverage_level >= 3), 0) as covered_households,
        coalesce(sum(x.households) filter (where x.coverage_level >= 1), 0) as passed_households
    from fullservice.building x where x.estate_id = e.id and not x.is_deleted) b on true
left join lateral (
    select jsonb_object_agg(y.stage, y.n) as stages, sum(y.n) as talks,
        sum(y.n) filter (where y.stage in ('signed', 'entry_permitted', 'in_force', 'renewing')) as signed
    from (select q.stage, count(*) as n from fs_app.building_stage q where q.estate_id = e.id group by q.stage) y
    ) s on true
left join lateral (
    select count(distinct p.operator_code) as rivals, bool_or(p.conflict) as conflict
    from fs_app.competitor_presence p
    join fullservice.competitor_operator c on c.code = p.operator_code and not c.is_self
    where p.estate_id = e.id and p.status in ('in_service', 'building')) r on true
where not e.is_deleted;
