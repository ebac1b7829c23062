-- SPDX-License-Identifier: GPL-2.0-or-later
-- Clocks of talks as of a day, and the reminders that follow from them: each occasion once. Nothing of it is stored in the
-- talk itself.

-- Days a talk may stay in a stage: the longest of the steps that lead there; none where no clock runs.
create view fs_app.stage_clock with (security_invoker = true) as
select t.to_state as stage, nullif(max(t.sla_days), 0) as days
from fs_meta.sm_transition t where t.machine = 'SM-2' group by 1;

-- used: share of the stage's time; contact: the last visit, call or letter, else the begin of the stage.
create function fs_app.talk_clocks(day date)
returns table (id uuid, building_id uuid, estate_id uuid, branch_code text, stage text, since date, days integer,
               used double precision, contact date, next_action_due date, next_review date, evidence_missing boolean)
language sql stable as $$
    select n.id, n.building_id, n.estate_id, n.branch_code, n.stage, n.stage_since::date, c.days,
        (day - n.stage_since::date) / c.days::double precision,
        greatest((select max(v.at)::date from fullservice.visit_log v where v.negotiation_id = n.id and not v.is_deleted),
                 case when n.stage_since::date <= day then n.stage_since::date end),
        n.next_action_due, n.next_review, n.evidence_missing
    from fullservice.negotiation n
    left join fs_app.stage_clock c on c.stage = n.stage
    where not n.is_deleted and n.stage not in ('closed', 'terminated', 'expired')
$$;

-- Every reminder that is due on a day, whether or not it was written before.
create function fs_app.reminders_due(day date)
returns table (subject_kind text, subject_id uuid, kind text, level text, due date, occasion text, branch_code text)
language sql stable as $$
    with clock as materialized (select * from fs_app.talk_clocks(day)),
    step (share, level) as (values (0.8, 'owner'), (1.0, 'team_lead'), (1.5, 'market'))
    select 'negotiation', c.id, 'sla', s.level, c.since + c.days,
        format('sla|%s|%s|%s|%s', c.id, c.stage, c.since, s.level), c.branch_code
    from clock c join step s on c.used >= s.share
    union all
    select 'negotiation', c.id, 'stalled', 'owner', c.contact + fs_app.stalled_days(),
        format('stalled|%s|%s', c.id, c.contact), c.branch_code
    from clock c where fs_app.is_stalled(c.stage, c.contact, day, (select fs_app.stalled_days()))
    union all
    select 'negotiation', c.id, 'next_action', 'owner', c.next_action_due, format('next|%s|%s', c.id, c.next_action_due),
        c.branch_code
    from clock c where c.next_action_due <= day
    union all
    select 'negotiation', c.id, 'review', 'owner', c.next_review, format('review|%s|%s', c.id, c.next_review),
        c.branch_code
    from clock c where c.next_review <= day and c.stage in ('refused', 'blocked')
    union all
    select 'negotiation', c.id, 'evidence', 'owner', day, format('evidence|%s', c.id), c.branch_code
    from clock c where c.evidence_missing
    union all
    select 'agreement', g.id, 'expiry', 'owner', g.valid_to, format('expiry|%s|%s|%s', g.id, g.valid_to, w.ahead),
        g.branch_code
    from fullservice.agreement g
    cross join lateral (select distinct unnest(array[90, coalesce(g.notice_days, 30), 0]) as ahead) w
    where not g.is_deleted and g.status in ('approved', 'active') and g.valid_to - w.ahead <= day and g.valid_to >= day - 30
    union all
    select case when f.building_id is null then 'estate' else 'building' end, coalesce(f.building_id, f.estate_id),
        'exclusive', 'owner', f.valid_until, format('exclusive|%s|%s|%s', coalesce(f.building_id, f.estate_id),
                                                    f.operator_code, f.valid_until), f.branch_code
    from fs_app.competitor_fact f
    where f.field = 'exclusivity' and f.value in ('contract', 'de_facto') and f.valid_until between day and day + 90
        and exists (select 1 from fullservice.competitor_operator o where o.code = f.operator_code and not o.is_self)
$$;

-- Writes what is due and not yet written; returns how many by kind and level. Rights are those of the caller.
create function fs_app.write_reminders(day date) returns table (kind text, level text, written bigint)
language sql as $$
    with known as materialized (  -- read once: looked up row by row it would be the table that is being written
        select r.occasion from fullservice.reminder r where r.occasion is not null
    ), made as (
        insert into fullservice.reminder (subject_kind, subject_id, kind, level, due, occasion, branch_code, origin)
        select d.subject_kind, d.subject_id, d.kind, d.level, d.due, d.occasion, d.branch_code, 'algorithm'
        from fs_app.reminders_due(day) d left join known k on k.occasion = d.occasion where k.occasion is null
        on conflict (occasion) where occasion is not null do nothing
        returning kind, level
    )
    select m.kind, m.level, count(*) from made m group by 1, 2 order by 1, 2
$$;

-- Who keeps an agreement or a place. In plpgsql: the functions it calls are made with the rights, after this one.
create function fs_app.keeper_of(kind text, row_id uuid) returns uuid language plpgsql stable as $$
begin
    return case kind when 'agreement' then fs_app.keeper_agreement(row_id)
        when 'building' then fs_app.keeper_building(row_id) when 'estate' then fs_app.keeper_estate(row_id) end;
end $$;

-- Where a reminder belongs and whose it is. One of an agreement or of a place is shown with a talk there, the nearest to
-- its end first; where nobody talks it is the business of whoever keeps the place. One row per reminder.
create view fs_app.reminder_place with (security_invoker = true) as
select r.id, r.kind, r.level, r.due, r.acked_at, t.talk, t.building_id, t.estate_id, t.owner_staff_id
from fullservice.reminder r
cross join lateral (
    select n.id as talk, n.building_id, n.estate_id, n.owner_staff_id
    from fullservice.negotiation n where r.subject_kind = 'negotiation' and n.id = r.subject_id and not n.is_deleted
    union all
    (select w.talk, coalesce(w.building_id, b.id), coalesce(w.estate_id, b.estate_id, g.estate_id),
        coalesce(w.owner_staff_id, fs_app.keeper_of('agreement', g.id))
    from fullservice.agreement g
    left join lateral (select x.id, x.estate_id from fullservice.agreement_building l
        join fullservice.building x on x.id = l.building_id
        where l.agreement_id = g.id and not l.is_deleted order by l.fid limit 1) b on true
    left join lateral (select n.id as talk, n.building_id, n.estate_id, n.owner_staff_id
        from fullservice.agreement_building l join fullservice.negotiation n on n.building_id = l.building_id
        left join fs_meta.code c on c.list = 'negotiation_stage' and c.code = n.stage
        where l.agreement_id = g.id and not l.is_deleted and not n.is_deleted and n.stage <> 'closed'
        order by c.sort desc, n.fid limit 1) w on true
    where r.subject_kind = 'agreement' and g.id = r.subject_id and not g.is_deleted)
    union all
    (select w.talk, p.building_id, p.estate_id, coalesce(w.owner_staff_id, p.keeper)
    from (select b.id as building_id, b.estate_id, fs_app.keeper_of('building', b.id) as keeper
          from fullservice.building b where r.subject_kind = 'building' and b.id = r.subject_id and not b.is_deleted
          union all
          select null, e.id, fs_app.keeper_of('estate', e.id)
          from fullservice.estate e where r.subject_kind = 'estate' and e.id = r.subject_id and not e.is_deleted) p
    left join lateral (select n.id as talk, n.owner_staff_id from fullservice.negotiation n
        where not n.is_deleted and n.stage <> 'closed'
            and (n.building_id = p.building_id or (p.building_id is null and n.estate_id = p.estate_id))
        order by n.fid limit 1) w on true)
) t
where not r.is_deleted;

-- A rival seen for the first time where we are talking: the talk's owner hears of it at once.
create function fs_app.rival_entered() returns trigger language plpgsql security definer as $$
begin
    insert into fullservice.reminder (subject_kind, subject_id, kind, level, due, occasion, origin, message)
    select 'negotiation', n.id, 'rival', 'owner', current_date, format('rival|%s|%s', n.id, s.operator_code), 'algorithm',
        s.operator_code
    from (select distinct t.operator_code, t.building_id, coalesce(t.estate_id, b.estate_id) as estate_id
          from touched t
          join fullservice.competitor_operator o on o.code = t.operator_code and not o.is_self
          left join fullservice.building b on b.id = t.building_id
          where t.state <> 'retired' and not (t.field = 'presence' and t.value in ('withdrawn', 'planned'))) s
    join fullservice.negotiation n on not n.is_deleted
        and n.stage not in ('entry_permitted', 'in_force', 'closed', 'terminated', 'expired')
        and (n.building_id = s.building_id or (s.building_id is null and n.estate_id = s.estate_id))
    where not exists (
        select 1 from fullservice.intel_observation o
        where o.operator_code = s.operator_code and not o.is_deleted
            and (o.building_id = n.building_id or o.estate_id = n.estate_id)
            and o.id not in (select t.id from touched t))
    on conflict (occasion) where occasion is not null do nothing;
    return null;
end $$;
