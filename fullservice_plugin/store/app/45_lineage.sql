-- SPDX-License-Identifier: GPL-2.0-or-later
-- Buildings that split, merge or are rebuilt: what hung on the old ones goes on with the new ones; nothing counts twice.

-- Former buildings become deleted rows with their descendants; talks, agreements, observations, addresses and documents
-- are carried over. Returns what was carried.
create function fs_app.replace_buildings(former uuid[], present uuid[], relation text, why text default null,
                                         run uuid default null) returns jsonb language plpgsql security definer as $$
declare
    heir uuid := present[1];
    counts jsonb := '{}';
    touched bigint;
    target record;
begin
    if not (fs_app.has_role('planner') or fs_app.has_role('admin')) then
        raise exception 'only planners and administrators replace buildings' using errcode = '42501';
    end if;
    if cardinality(former) = 0 or cardinality(present) = 0 or former && present or exists (
        select 1 from unnest(former || present) as x(id)
        where not exists (select 1 from fullservice.building b
                          where b.id = x.id and not b.is_deleted and fs_app.sees(b.branch_code))) then
        raise exception 'FS410 building: the row was deleted or lies outside your branch' using errcode = 'FS410',
            detail = jsonb_build_object('table', 'building')::text;
    end if;
    perform set_config('fs.bulk', 'on', true);
    insert into fullservice.building_lineage (ancestor_id, descendant_id, relation, run_id, reason, origin)
    select a, d, relation, run, why, 'algorithm' from unnest(former) a cross join unnest(present) d;

    -- Agreements cover every building that came of a covered one.
    insert into fullservice.agreement_building (agreement_id, building_id, origin)
    select distinct b.agreement_id, d, 'algorithm' from fullservice.agreement_building b cross join unnest(present) d
    where b.building_id = any (former) and not b.is_deleted
    on conflict (agreement_id, building_id) do nothing;
    get diagnostics touched = row_count;
    counts := counts || jsonb_build_object('agreements', touched);
    update fullservice.agreement_building b set is_deleted = true where b.building_id = any (former) and not b.is_deleted;

    -- The talk itself goes on with the first heir; the others get one at the same stage, their own from then on.
    insert into fullservice.negotiation (building_id, estate_id, party_id, kind, stage, stage_since, owner_staff_id,
        next_action, next_action_due, obstacle_code, reason_code, note, next_review, origin)
    select d, n.estate_id, n.party_id, n.kind, n.stage, n.stage_since, n.owner_staff_id, n.next_action,
        n.next_action_due, n.obstacle_code, n.reason_code, n.note, n.next_review, 'import'
    from fullservice.negotiation n cross join unnest(present[2:]) d
    where n.building_id = any (former) and not n.is_deleted and n.stage <> 'closed';
    update fullservice.negotiation n set building_id = heir where n.building_id = any (former) and not n.is_deleted;
    get diagnostics touched = row_count;
    counts := counts || jsonb_build_object('talks', touched);
    update fullservice.negotiation n set evidence_missing = false
    where n.building_id = any (present) and n.evidence_missing and cardinality(fs_app.talk_due(n)) = 0;

    -- What was seen holds for each heir; numbers of users or ports cannot be shared out, so a split keeps none of them.
    insert into fullservice.intel_observation (subject_kind, building_id, operator_code, field, value, number, unit,
        source_class, source_text, observed_on, observer, confidence, valid_until, state, verified_by, origin)
    select o.subject_kind, d, o.operator_code, o.field, o.value, o.number, o.unit, o.source_class, o.source_text,
        o.observed_on, o.observer, o.confidence, o.valid_until, o.state, o.verified_by, 'import'
    from fullservice.intel_observation o cross join unnest(present) d
    where o.building_id = any (former) and not o.is_deleted and o.state <> 'retired'
      and (cardinality(present) = 1 or o.field not in ('subs', 'ports'));
    get diagnostics touched = row_count;
    counts := counts || jsonb_build_object('observations', touched);

    update fullservice.attachment a set subject_id = heir where a.subject_id = any (former) and not a.is_deleted;
    update fullservice.precoverage_request r set building_id = heir where r.building_id = any (former) and not r.is_deleted;
    for target in select t.name from unnest(array['address', 'ledger_row', 'source_record', 'network_resource']) as t(name) loop
        execute format($q$
            update fullservice.%I t set building_id = coalesce((
                select b.id from fullservice.building b where b.id = any ($2) and b.geom is not null and t.geom is not null
                order by ST_Distance(b.geom, ST_PointOnSurface(t.geom)), b.fid limit 1), $2[1])
            where t.building_id = any ($1) and not t.is_deleted$q$, target.name) using former, present;
    end loop;
    update fullservice.building b set is_deleted = true where b.id = any (former);
    return counts || jsonb_build_object('buildings', cardinality(former));
end $$;

-- Estates become one: buildings, talks, agreements, open designs and whatever else names them go on with the heir.
create function fs_app.merge_estates(heir uuid, former uuid[]) returns bigint language plpgsql security definer as $$
declare
    target record;
    touched bigint;
    total bigint := 0;
begin
    if not (fs_app.has_role('planner') or fs_app.has_role('admin')) then
        raise exception 'only planners and administrators merge estates' using errcode = '42501';
    end if;
    if cardinality(former) = 0 or heir = any (former) or exists (
        select 1 from unnest(former || heir) as x(id)
        where not exists (select 1 from fullservice.estate e
                          where e.id = x.id and not e.is_deleted and fs_app.sees(e.branch_code))) then
        raise exception 'FS410 estate: the row was deleted or lies outside your branch' using errcode = 'FS410',
            detail = jsonb_build_object('table', 'estate')::text;
    end if;
    perform set_config('fs.bulk', 'on', true);
    for target in
        select c.conrelid::regclass as home, a.attname as col
        from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.confrelid = 'fullservice.estate'::regclass and cardinality(c.conkey) = 1
          and fs_app.is_mutable(c.conrelid::regclass::text)
          and c.conrelid not in ('fullservice.intel_observation'::regclass, 'fullservice.access_design'::regclass)
    loop
        execute format('update %s set %I = $1 where %I = any ($2) and not is_deleted', target.home, target.col, target.col)
        using heir, former;
        get diagnostics touched = row_count;
        total := total + touched;
    end loop;
    update fullservice.attachment a set subject_id = heir where a.subject_id = any (former) and not a.is_deleted;
    -- A design that is still open goes on as a further version of the heir; a closed one tells of what was.
    update fullservice.access_design d set estate_id = heir, version_no = n.version_no
    from (select o.id, (select coalesce(max(h.version_no), 0) from fullservice.access_design h where h.estate_id = heir)
                 + row_number() over (order by o.created_at, o.fid) as version_no
          from fullservice.access_design o
          where o.estate_id = any (former) and not o.is_deleted and not fs_app.design_closed(o.state)) n
    where d.id = n.id;
    get diagnostics touched = row_count;
    total := total + touched;
    -- An observation stays as it was made; what still holds is said of the heir too.
    insert into fullservice.intel_observation (subject_kind, estate_id, operator_code, field, value, number, unit,
        source_class, source_text, observed_on, observer, confidence, valid_until, state, verified_by, origin)
    select o.subject_kind, heir, o.operator_code, o.field, o.value, o.number, o.unit, o.source_class, o.source_text,
        o.observed_on, o.observer, o.confidence, o.valid_until, o.state, o.verified_by, 'import'
    from fullservice.intel_observation o
    where o.estate_id = any (former) and o.building_id is null and not o.is_deleted and o.state <> 'retired';
    update fullservice.estate e set is_deleted = true where e.id = any (former);
    return total;
end $$;

-- Designs that decide about a building that is no longer there, or whose building was counted anew since.
create view fs_app.stale_design with (security_invoker = true) as
select distinct on (d.id) d.fid, d.id, d.plan_id, d.estate_id, d.version_no, d.state, d.branch_code,
    x.building_id, l.descendant_id, l.relation, coalesce(l.at, b.changed_at) as since
from fullservice.access_design d
join fullservice.access_decision x on x.design_id = d.id and not x.is_deleted
join fullservice.building b on b.id = x.building_id
left join (select g.ancestor_id, g.descendant_id, g.relation, g.at from fullservice.building_lineage g
           join fullservice.building h on h.id = g.descendant_id and not h.is_deleted) l on l.ancestor_id = x.building_id
where not d.is_deleted and d.state not in ('rejected', 'superseded') and (b.is_deleted or l.ancestor_id is not null)
order by d.id, coalesce(l.at, b.changed_at) desc;
