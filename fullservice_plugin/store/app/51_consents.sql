-- SPDX-License-Identifier: GPL-2.0-or-later
-- A route along a wall needs its owner's consent: what a plan crosses and nobody has asked yet becomes a talk.

-- Opens a talk, not started yet, for each building that the plan's routes cross on their way to others and for which no
-- talk stands. Whoever wrote the plan may call it; ``action`` is the next step in words. Returns how many were opened.
create function fs_app.ask_consents(plan_id uuid, action text) returns integer
language plpgsql security definer as $$
declare
    opened integer;
begin
    perform 1 from fullservice.plan p where p.id = plan_id and p.created_by = session_user and not p.is_deleted;
    if not found then
        raise exception 'FS410 plan: it is not yours' using errcode = 'FS410',
            detail = jsonb_build_object('table', 'plan', 'id', plan_id)::text;
    end if;
    insert into fullservice.negotiation (building_id, estate_id, kind, next_action, note, origin)
    select distinct b.id, b.estate_id, 'new_entry', action, p.code, 'algorithm'
    from fullservice.plan p
    cross join lateral jsonb_array_elements(coalesce(p.params -> 'crossings', '[]')) c
    join fullservice.building b on b.id = (c ->> 'building_id')::uuid and not b.is_deleted
    where p.id = plan_id and fs_app.sees(b.branch_code) and not exists (
        select 1 from fullservice.negotiation n
        where n.building_id = b.id and n.stage <> 'closed' and not n.is_deleted);
    get diagnostics opened = row_count;
    return opened;
end $$;
