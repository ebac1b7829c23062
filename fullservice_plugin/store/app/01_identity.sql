-- SPDX-License-Identifier: GPL-2.0-or-later
-- Who is asking, which branches are theirs, and new identifiers. fs_app.role_name(text) is made by store/roles.py.
-- What is asked at every statement is in plpgsql, whose plans a session keeps.

create function fs_app.has_role(role text) returns boolean language sql stable parallel safe as $$
    select pg_has_role(session_user, fs_app.role_name(role), 'member')
        or pg_has_role(session_user, fs_app.role_name('owner'), 'member')
$$;

-- Any user may set a custom parameter, so it counts only with the right role.
create function fs_app.is_bulk() returns boolean language sql stable parallel safe as $$
    select current_setting('fs.bulk', true) = 'on' and (fs_app.has_role('planner') or fs_app.has_role('admin'))
$$;

-- RFC 9562, version 7: 48 bits of milliseconds, then random.
create function fs_app.uuid7() returns uuid language sql volatile parallel safe as $$
    select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
        52, 1), 53, 1), 'hex')::uuid
$$;

create function fs_app.staff_id() returns uuid language sql stable security definer as $$
    select s.id from fullservice.staff s where s.login = session_user and s.active and not s.is_deleted
$$;

-- The person, and those for whom the person stands in today.
create function fs_app.my_staff() returns uuid[] language plpgsql stable security definer as $$
begin
    return (
        with me as (
            select s.id, s.deputy_of, s.deputy_from, s.deputy_to from fullservice.staff s
            where s.login = session_user and s.active and not s.is_deleted
        )
        select coalesce(array_agg(found.id), array[]::uuid[]) from (
            select id from me
            union
            select s.id from fullservice.staff s join me on me.deputy_of = s.id
            where not s.is_deleted and current_date between coalesce(me.deputy_from, current_date)
                                                        and coalesce(me.deputy_to, current_date)
        ) found);
end $$;

-- Whether a step that asks for the role is open to the login: by the person's own role, or by the role of somebody for
-- whom the person stands in today. A right to the tables that outlived the deputy's dates is not enough.
create function fs_app.acts_as(role text) returns boolean language sql stable security definer as $$
    select fs_app.has_role(role) and (
        fs_app.has_role('admin')
        or not exists (select 1 from fullservice.staff s where s.login = session_user and not s.is_deleted)
        or exists (select 1 from fullservice.staff s where s.id = any (fs_app.my_staff()) and s.role = acts_as.role))
$$;

-- Branches of the login: the person's own, the team's, the assigned areas', and those of whom the person stands in for.
-- Nobody without an active staff row has any: everything else then stays hidden.
create function fs_app.my_branches() returns text[] language plpgsql stable security definer as $$
begin
    return (with people as (
        select s.id, s.branch_code, s.team_id from fullservice.staff s where s.id = any (fs_app.my_staff())
    ), found as (
        select branch_code as code from people
        union
        select t.branch_code from fullservice.team t join people p on p.team_id = t.id where not t.is_deleted
        union
        select o.branch_code from fullservice.area_assignment a
        join people p on p.id = a.staff_id
        join fullservice.org_unit o on o.id = a.org_unit_id
        where not a.is_deleted and a.valid_from <= current_date
          and (a.valid_to is null or a.valid_to >= current_date)
    )
    select coalesce(array_agg(code) filter (where code is not null), array[]::text[]) from found);
end $$;

create function fs_app.sees(branch text) returns boolean language sql stable as $$
    select fs_app.has_role('admin') or branch = any ((select fs_app.my_branches())::text[])
$$;
