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

create function fs_app.stalled_days() returns integer language sql stable as $$
    select coalesce((select (s.value #>> '{}')::integer from fs_meta.setting s where s.key = 'stalled_days'), 21)
$$;

-- Whether silence counts in a stage: where the next word is ours or theirs, not where a document or a date is awaited.
create function fs_app.stalls(stage text) returns boolean language sql immutable parallel safe as $$
    select stage in ('party_identified', 'contacted', 'surveyed', 'proposal_sent', 'negotiating', 'terms_agreed',
                     'in_approval', 'renewing')
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
    from clock c where day - c.contact > fs_app.stalled_days() and fs_app.stalls(c.stage)
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
