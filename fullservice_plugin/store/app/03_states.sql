-- SPDX-License-Identifier: GPL-2.0-or-later
-- State machines: fs_meta.sm_transition is the rule, whoever writes. The triggers per table are made by store/states.py.

create function fs_app.machine_code(name text) returns text language sql immutable as $$
    select case lower(name) when 'lead' then 'SM-1' when 'negotiation' then 'SM-2' when 'design' then 'SM-3'
        when 'precoverage' then 'SM-4'
        when 'package' then 'SM-13' when 'task' then 'SM-9' when 'intel' then 'SM-10' else upper(name) end
$$;

-- Whether an attachment of one of the kinds hangs on one of the subjects, or is named as evidence of this step.
create function fs_app.has_attachment(subjects uuid[], kinds text[]) returns boolean
language sql stable security definer as $$
    select exists (
        select 1 from fullservice.attachment a
        where not a.is_deleted and a.kind = any (kinds) and a.sha256 is not null and (a.subject_id = any (subjects)
            or (a.id = any (coalesce(nullif(current_setting('fs.evidence', true), ''), '{}')::uuid[]))))
$$;

-- Evidence that a talk still lacks. The row is given as it would be stored.
create function fs_app.missing_talk_evidence(talk fullservice.negotiation, wanted text[]) returns text[]
language plpgsql stable security definer as $$
declare
    missing text[] := array[]::text[];
    deals uuid[];
    subjects uuid[];
    name text;
    ok boolean;
begin
    select coalesce(array_agg(d.id), array[]::uuid[]) into deals
    from (
        select g.id from fullservice.agreement_building b
        join fullservice.agreement g on g.id = b.agreement_id
        where b.building_id = talk.building_id and not b.is_deleted
          and not g.is_deleted and g.status not in ('expired', 'terminated')
        union
        select g.id from fullservice.agreement g
        where g.estate_id = talk.estate_id and not g.is_deleted and g.status not in ('expired', 'terminated')
          and not exists (select 1 from fullservice.agreement_building b
                          where b.agreement_id = g.id and not b.is_deleted)) d;
    subjects := deals || talk.id;
    foreach name in array wanted loop
        ok := case name
            when 'party' then exists (
                select 1 from fullservice.property_party p where not p.is_deleted
                and (p.id = talk.party_id or (talk.party_id is null and p.estate_id = talk.estate_id)))
            when 'contact' then exists (
                select 1 from fs_pii.contact c join fullservice.property_party p on p.id = c.party_id
                where not c.is_deleted and not p.is_deleted and coalesce(c.phone, c.wechat, '') <> ''
                and (p.id = talk.party_id or (talk.party_id is null and p.estate_id = talk.estate_id)))
            when 'visit' then exists (
                select 1 from fullservice.visit_log v where not v.is_deleted and coalesce(v.result, '') <> ''
                and v.negotiation_id = talk.id)
            when 'round' then (
                select count(*) > 1 from fullservice.visit_log v where not v.is_deleted
                and coalesce(v.result, '') <> '' and v.negotiation_id = talk.id)
            when 'survey' then fs_app.has_attachment(subjects, array['survey', 'photo'])
            when 'proposal' then fs_app.has_attachment(subjects, array['proposal'])
            when 'terms' then fs_app.has_attachment(subjects, array['term_sheet']) or exists (
                select 1 from fullservice.agreement g where g.id = any (deals)
                and g.fee_model is not null and g.exclusivity is not null)
            when 'compliance' then exists (
                select 1 from fullservice.agreement g where g.id = any (deals)
                and g.fee_model is not null and g.exclusivity is not null)
            when 'no_access_exclusivity' then not exists (
                select 1 from fullservice.agreement g where g.id = any (deals) and g.exclusivity = 'access')
                or coalesce((select s.value #>> '{}' from fs_meta.setting s where s.key = 'jurisdiction'), 'CN') not in ('CN', 'US')
            when 'agreement' then exists (
                select 1 from fullservice.agreement g where g.id = any (deals) and coalesce(g.number, '') <> ''
                and g.signed_on is not null and g.valid_from is not null and g.valid_to is not null)
            when 'agreement_document' then fs_app.has_attachment(subjects, array['agreement'])
            when 'works_window' then exists (
                select 1 from fullservice.agreement g where g.id = any (deals)
                and g.works_from is not null and g.works_to is not null)
            when 'permit' then fs_app.has_attachment(subjects, array['permit'])
            when 'filing' then talk.kind = 'filing' and fs_app.has_attachment(subjects, array['filing'])
            when 'acceptance' then fs_app.has_attachment(subjects, array['acceptance'])
            when 'reason' then coalesce(talk.reason_code, '') <> ''
            when 'next_review' then talk.next_review is not null
            when 'photo_or_letter' then fs_app.has_attachment(subjects, array['photo', 'letter'])
            when 'case' then fs_app.has_attachment(subjects, array['case'])
            when 'notice' then fs_app.has_attachment(subjects, array['notice'])
            when 'expiry' then exists (
                select 1 from fullservice.agreement g where not g.is_deleted and g.valid_to < current_date
                and exists (select 1 from fullservice.agreement_building b
                            where b.agreement_id = g.id and b.building_id = talk.building_id))
            when 'successor' then exists (
                select 1 from fullservice.negotiation o where o.building_id = talk.building_id and o.id <> talk.id
                and not o.is_deleted and o.created_at > talk.created_at)
            else false
        end;
        if ok is not true then
            missing := missing || name;
        end if;
    end loop;
    return missing;
end $$;

-- Evidence that any other row lacks; ``fields`` are the columns of the row that matter.
create function fs_app.missing_evidence(fields jsonb, wanted text[]) returns text[]
language plpgsql stable security definer as $$
declare
    missing text[] := array[]::text[];
    subject uuid := (fields ->> 'id')::uuid;
    name text;
    ok boolean;
begin
    foreach name in array wanted loop
        ok := case name
            when 'second_source' then
                exists (select 1 from fullservice.visit_log v where not v.is_deleted and v.estate_id in (
                    select subject union select b.estate_id from fullservice.building b where b.id = subject))
                or (select count(distinct r.source_name) > 1 from fullservice.source_record r
                    where not r.is_deleted and r.building_id in (
                        select subject union select b.id from fullservice.building b where b.estate_id = subject))
                or exists (select 1 from fullservice.ledger_row l where not l.is_deleted and l.band = 'match'
                    and l.building_id in (
                        select subject union select b.id from fullservice.building b where b.estate_id = subject))
                or fs_app.has_attachment(array[subject], array['survey', 'photo'])
            when 'new_evidence' then exists (
                select 1 from fullservice.attachment a where a.subject_id = subject and not a.is_deleted
                and a.created_at > coalesce((select max(e.at) from fullservice.state_event e
                                             where e.subject_id = subject), '-infinity'))
            when 'signed_or_reason' then coalesce(fields ->> 'override_reason', '') <> '' or exists (
                select 1 from fs_app.building_stage s
                where s.stage in ('signed', 'entry_permitted', 'in_force', 'renewing')
                and (s.building_id = (fields ->> 'building_id')::uuid
                     or (fields ->> 'building_id' is null and s.estate_id = (fields ->> 'estate_id')::uuid)))
            when 'validated' then (fields ->> 'cost_total') is not null and exists (
                select 1 from fullservice.access_decision d where d.design_id = subject and not d.is_deleted)
            when 'other_reviewer' then coalesce(fields ->> 'author', (
                select p.author from fullservice.area_package p where p.id = subject)) is distinct from session_user::text
            when 'second_observation' then exists (
                select 1 from fullservice.intel_observation o
                where o.id <> subject and o.state <> 'retired' and not o.is_deleted
                and o.operator_code = fields ->> 'operator_code' and o.field = fields ->> 'field'
                and (o.building_id = (fields ->> 'building_id')::uuid or o.estate_id = (fields ->> 'estate_id')::uuid)
                and (o.observer <> fields ->> 'observer' or o.source_class <> fields ->> 'source_class'))
                or fs_app.has_attachment(array[subject], array['photo', 'survey'])
            else false
        end;
        if ok is not true then
            missing := missing || name;
        end if;
    end loop;
    return missing;
end $$;

create function fs_app.refuse_step(machine text, id uuid, source text, target text, reason text, extra jsonb)
returns void language plpgsql as $$
begin
    raise exception 'FS422 % % -> %: %', machine, source, target, reason || ' ' || coalesce(extra::text, '')
        using errcode = 'FS422', detail = (jsonb_build_object('machine', machine, 'id', id, 'from', source,
            'to', target, 'reason', reason) || coalesce(extra, '{}'))::text;
end $$;

-- Raises FS422 unless the step is in the table, the login has the role, the note is there and nothing is missing.
create function fs_app.check_step(machine_code text, subject uuid, source text, target text, noted boolean,
                                  fields jsonb, talk fullservice.negotiation)
returns void language plpgsql stable security definer as $$
declare
    step record;
    missing text[];
begin
    select min(array_to_string(t.evidence, ','))  as evidence, bool_or(t.needs_note) as needs_note,
        bool_or(fs_app.acts_as(t.role)) as mine, jsonb_agg(t.role order by t.role) as roles, count(*) as n
    into step from fs_meta.sm_transition t
    where t.machine = machine_code and t.from_state = source and t.to_state = target;
    if step.n = 0 then
        perform fs_app.refuse_step(machine_code, subject, source, target, 'step', jsonb_build_object('allowed', (
            select coalesce(jsonb_agg(distinct t.to_state), '[]') from fs_meta.sm_transition t
            where t.machine = machine_code and t.from_state = source)));
    end if;
    if not step.mine then
        perform fs_app.refuse_step(machine_code, subject, source, target, 'role',
                                   jsonb_build_object('roles', step.roles));
    end if;
    if step.needs_note and not noted then
        perform fs_app.refuse_step(machine_code, subject, source, target, 'note',
                                   jsonb_build_object('missing', jsonb_build_array('note')));
    end if;
    if step.evidence <> '' then
        if machine_code = 'SM-2' then
            missing := fs_app.missing_talk_evidence(talk, string_to_array(step.evidence, ','));
        else
            missing := fs_app.missing_evidence(fields, string_to_array(step.evidence, ','));
        end if;
        if cardinality(missing) > 0 then
            perform fs_app.refuse_step(machine_code, subject, source, target, 'evidence',
                                       jsonb_build_object('missing', to_jsonb(missing)));
        end if;
    end if;
end $$;

-- What the present stage of a talk still lacks (documents of signed talks that came by import: 待补).
create function fs_app.talk_due(talk fullservice.negotiation) returns text[] language sql stable security definer cost 10000 as $$
    select coalesce((
        select d.missing from (
            select fs_app.missing_talk_evidence(talk, t.evidence || case
                when talk.stage in ('signed', 'entry_permitted', 'in_force', 'renewing')
                then array['agreement', 'agreement_document'] else array[]::text[] end) as missing
            from (select distinct evidence from fs_meta.sm_transition
                  where machine = 'SM-2' and to_state = talk.stage and from_state <> '') t) d
        order by cardinality(d.missing) limit 1), array[]::text[])
$$;

create function fs_app.log_step(machine_code text, subject uuid, branch text, source text, target text, why text)
returns void language plpgsql as $$
declare
    proof uuid[] := coalesce(nullif(current_setting('fs.evidence', true), ''), '{}')::uuid[];
    said text := coalesce(nullif(current_setting('fs.note', true), ''), why);
begin
    if machine_code = 'SM-2' then
        insert into fullservice.negotiation_event (negotiation_id, from_stage, to_stage, by, reason, evidence_ids,
                                                   branch_code)
        values (subject, source, target, session_user, said, proof, branch);
    else
        insert into fullservice.state_event (machine, subject_id, from_state, to_state, by, reason, evidence_ids,
                                             branch_code)
        values (machine_code, subject, source, target, session_user, said, proof, branch);
    end if;
end $$;

-- One call moves a row: fs_app.transition('SM-2', id, 'contacted', 'note', evidence). Rights are those of the caller.
create function fs_app.transition(machine text, id uuid, to_state text, note text default '',
                                  evidence uuid[] default array[]::uuid[])
returns void language plpgsql as $$
declare
    code text := fs_app.machine_code(machine);
    hit bigint := 0;
begin
    perform set_config('fs.note', coalesce(note, ''), true);
    perform set_config('fs.evidence', coalesce(evidence, array[]::uuid[])::text, true);
    case code
        when 'SM-1' then
            if exists (select 1 from fullservice.building b where b.id = transition.id) then
                update fullservice.building b set lead_state = to_state, edit_base = b.row_version
                where b.id = transition.id;
            else
                update fullservice.estate e set lead_state = to_state, edit_base = e.row_version
                where e.id = transition.id;
            end if;
        when 'SM-2' then
            update fullservice.negotiation n set stage = to_state, edit_base = n.row_version,
                note = coalesce(nullif(transition.note, ''), n.note)
            where n.id = transition.id;
        when 'SM-3' then
            update fullservice.access_design d set state = to_state, edit_base = d.row_version,
                note = coalesce(nullif(transition.note, ''), d.note)
            where d.id = transition.id;
        when 'SM-4' then
            update fullservice.precoverage_request r set state = to_state, edit_base = r.row_version,
                note = coalesce(nullif(transition.note, ''), r.note)
            where r.id = transition.id;
        when 'SM-13' then
            update fullservice.area_package p set state = to_state, edit_base = p.row_version,
                note = coalesce(nullif(transition.note, ''), p.note)
            where p.id = transition.id;
        when 'SM-9' then
            update fullservice.task t set state = to_state, edit_base = t.row_version where t.id = transition.id;
        when 'SM-10' then
            update fullservice.intel_observation o set state = to_state, edit_base = o.row_version,
                verified_by = case when to_state = 'verified' then session_user::text else o.verified_by end
            where o.id = transition.id;
        else
            raise exception 'unknown state machine %', machine using errcode = '22023';
    end case;
    get diagnostics hit = row_count;
    if hit = 0 then
        raise exception 'FS410 %: no such row, or outside your branch', code using errcode = 'FS410',
            detail = jsonb_build_object('table', code)::text;
    end if;
    perform set_config('fs.note', '', true);
    perform set_config('fs.evidence', '', true);
end $$;
