-- SPDX-License-Identifier: GPL-2.0-or-later
-- Work changes hands: what a person holds, and the handover to somebody else.

-- Open work of a person: estates, talks, tasks, areas.
create function fs_app.open_work(person uuid)
returns table (estates bigint, talks bigint, tasks bigint, areas bigint) language sql stable security definer as $$
    select (select count(*) from fullservice.estate e where e.owner_staff_id = person and not e.is_deleted
                and e.lead_state not in ('lost', 'duplicate', 'not_a_building', 'demolished')),
        (select count(*) from fullservice.negotiation n where n.owner_staff_id = person and not n.is_deleted
                and n.stage not in ('closed', 'terminated', 'expired')),
        (select count(*) from fullservice.task t where t.assignee_staff_id = person and not t.is_deleted
                and t.state not in ('done', 'verified', 'cancelled')),
        (select count(*) from fullservice.area_assignment a where a.staff_id = person and a.kind = 'owner'
                and not a.is_deleted and coalesce(a.valid_to, current_date) >= current_date)
$$;

-- Everything open goes to the successor today; what is closed keeps the name of who did it. Returns the counts.
create function fs_app.hand_over(leaver uuid, successor uuid) returns jsonb language plpgsql security definer as $$
declare
    counts jsonb := '{}';
    touched bigint;
    held fullservice.area_assignment[];
begin
    if not (fs_app.has_role('admin') or fs_app.has_role('planner')) then
        raise exception 'only planners and administrators hand over work' using errcode = '42501';
    end if;
    if leaver = successor or not exists (select 1 from fullservice.staff s
                                         where s.id = successor and s.active and not s.is_deleted) then
        raise exception 'the successor must be another person who is active' using errcode = '22023';
    end if;
    perform set_config('fs.bulk', 'on', true);
    update fullservice.estate e set owner_staff_id = successor where e.owner_staff_id = leaver and not e.is_deleted
        and e.lead_state not in ('lost', 'duplicate', 'not_a_building', 'demolished');
    get diagnostics touched = row_count;
    counts := counts || jsonb_build_object('estates', touched);
    update fullservice.negotiation n set owner_staff_id = successor where n.owner_staff_id = leaver and not n.is_deleted
        and n.stage not in ('closed', 'terminated', 'expired');
    get diagnostics touched = row_count;
    counts := counts || jsonb_build_object('talks', touched);
    update fullservice.task t set assignee_staff_id = successor where t.assignee_staff_id = leaver and not t.is_deleted
        and t.state not in ('done', 'verified', 'cancelled');
    get diagnostics touched = row_count;
    counts := counts || jsonb_build_object('tasks', touched);
    -- Assignments end yesterday; one that began today never was.
    select array_agg(a) into held from fullservice.area_assignment a
    where a.staff_id = leaver and a.kind = 'owner' and not a.is_deleted
      and coalesce(a.valid_to, current_date) >= current_date;
    update fullservice.area_assignment a
    set valid_to = case when a.valid_from < current_date then current_date - 1 else a.valid_to end,
        is_deleted = a.valid_from >= current_date
    from unnest(held) h where h.id = a.id;
    insert into fullservice.area_assignment (staff_id, org_unit_id, kind, valid_from, valid_to)
    select successor, h.org_unit_id, 'owner', greatest(h.valid_from, current_date), h.valid_to from unnest(held) h;
    get diagnostics touched = row_count;
    update fullservice.staff s set deputy_of = null, deputy_from = null, deputy_to = null where s.deputy_of = leaver;
    return counts || jsonb_build_object('areas', touched);
end $$;

-- The grid of an estate or building that names none: its estate's, else the one it lies in today.
create function fs_app.fill_grid() returns trigger language plpgsql security definer as $$
declare
    place geometry := new.geom;
begin
    if tg_table_name = 'building' then
        select e.grid_id into new.grid_id from fullservice.estate e where e.id = new.estate_id;
        place := coalesce(new.geom, new.entry_point);
    end if;
    if new.grid_id is null and place is not null then
        select o.id into new.grid_id from fullservice.org_unit o
        where o.level = 'grid' and not o.is_deleted and o.geom && place
          and current_date between coalesce(o.valid_from, current_date) and coalesce(o.valid_to, current_date)
          and ST_Intersects(o.geom, ST_PointOnSurface(place))
        order by o.fid limit 1;
    end if;
    return new;
end $$;
