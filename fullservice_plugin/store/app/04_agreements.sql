-- SPDX-License-Identifier: GPL-2.0-or-later
-- Exclusive periods follow their agreement; imported talks lose their mark once the documents are there.

create function fs_app.exclusive_period() returns trigger language plpgsql security definer as $$
begin
    select case when g.exclusivity in ('marketing', 'wiring', 'access') and g.status in ('approved', 'active')
                 and not g.is_deleted and g.valid_from is not null
           then daterange(g.valid_from, g.valid_to, '[]') end
    into new.exclusive_period from fullservice.agreement g where g.id = new.agreement_id;
    return new;
end $$;

create function fs_app.agreement_changed() returns trigger language plpgsql security definer as $$
begin
    update fullservice.agreement_building b set edit_base = b.row_version where b.agreement_id = new.id;
    return null;
end $$;

-- Argument: name of the column of the changed rows that leads to talks (subject_id, building_id or id).
create function fs_app.evidence_arrived() returns trigger language plpgsql security definer as $$
declare
    ids uuid[];
begin
    execute format('select array_agg(distinct %I) from touched', tg_argv[0]) into ids;
    update fullservice.negotiation n set evidence_missing = false, edit_base = n.row_version
    where n.evidence_missing and not n.is_deleted
      and n.id in (
        select x.id from fullservice.negotiation x where x.id = any (ids)
        union select x.id from fullservice.negotiation x where x.building_id = any (ids)
        union select x.id from fullservice.agreement_building b
            join fullservice.negotiation x on x.building_id = b.building_id where b.agreement_id = any (ids)
        union select x.id from fullservice.agreement g
            join fullservice.negotiation x on x.estate_id = g.estate_id where g.id = any (ids))
      and cardinality(fs_app.talk_due(n)) = 0;
    return null;
end $$;

-- What follows from the steps cannot be typed in: since when a stage holds, and that nothing is missing any more.
create function fs_app.talk_derived() returns trigger language plpgsql security definer as $$
begin
    if new.stage = old.stage and fs_app.is_bulk() is not true then
        new.stage_since := old.stage_since;
    end if;
    if old.evidence_missing and not new.evidence_missing and cardinality(fs_app.talk_due(new)) > 0 then
        new.evidence_missing := true;
    end if;
    return new;
end $$;
