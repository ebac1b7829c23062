-- SPDX-License-Identifier: GPL-2.0-or-later
-- Exclusive periods follow their agreement; imported talks lose their mark once the documents are there; documents stay.

-- The period of an exclusive agreement in force, cut to the days that were agreed for this building; none where nothing
-- is left of it. Days without a value leave the end open.
create function fs_app.exclusive_period() returns trigger language plpgsql security definer as $$
begin
    select case when g.exclusivity in ('marketing', 'wiring', 'access') and g.status in ('approved', 'active')
                 and not g.is_deleted and g.valid_from is not null
                 and coalesce(greatest(g.valid_from, new.exclusive_from) <= least(g.valid_to, new.exclusive_to), true)
           then daterange(greatest(g.valid_from, new.exclusive_from), least(g.valid_to, new.exclusive_to), '[]') end
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
    -- Only talks that may be complete are looked at closely: a later stage without any document is not.
    with near as materialized (
        select x.id from fullservice.negotiation x where x.id = any (ids)
        union select x.id from fullservice.negotiation x where x.building_id = any (ids)
        union select x.id from fullservice.agreement_building b
            join fullservice.negotiation x on x.building_id = b.building_id where b.agreement_id = any (ids)
        union select x.id from fullservice.agreement g
            join fullservice.negotiation x on x.estate_id = g.estate_id where g.id = any (ids)
    ), hopeful as materialized (
        select n.id from near join fullservice.negotiation n on n.id = near.id
        where n.evidence_missing and not n.is_deleted and (n.stage in ('terms_agreed', 'in_approval')
            or exists (select 1 from fullservice.attachment a where a.subject_id = n.id and not a.is_deleted)
            or exists (select 1 from fullservice.agreement_building b
                       join fullservice.attachment a on a.subject_id = b.agreement_id and not a.is_deleted
                       where b.building_id = n.building_id and not b.is_deleted))
    ), complete as materialized (
        select h.id from hopeful h
        cross join lateral (select fs_app.talk_due(n) as due from fullservice.negotiation n
                            where n.id = h.id offset 0) d
        where cardinality(d.due) = 0
    )
    update fullservice.negotiation n set evidence_missing = false, edit_base = n.row_version
    from complete c where n.id = c.id;
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

-- A document is what its bytes are: hash and size are computed here. What was filed stays (core/catalogue/closures.py);
-- bytes that come later have to be those that were filed.
create function fs_app.filed_document() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' or old.sha256 is null then
        if new.content is not null then
            new.sha256 := encode(sha256(new.content), 'hex');
            new.size_bytes := length(new.content);
        end if;
    elsif old.content is null and new.content is not null
          and encode(sha256(new.content), 'hex') is distinct from old.sha256 then
        raise exception 'FS423 attachment %: a filed document is never exchanged', old.id using errcode = 'FS423',
            detail = jsonb_build_object('table', 'attachment', 'id', old.id, 'reason', 'document')::text;
    end if;
    return new;
end $$;
