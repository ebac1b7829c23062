-- SPDX-License-Identifier: GPL-2.0-or-later
-- A design that was handed in is closed: a change is a new version. What that closes: core/catalogue/closures.py.

-- Who made, handed in and approved a design is what the steps say, not what somebody types.
create function fs_app.design_author() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        new.author := case when fs_app.is_bulk() then coalesce(new.author, session_user::text) else session_user end;
        if new.origin <> 'import' then
            new.submitted_at := null;
            new.approver := null;
            new.approved_at := null;
        end if;
    else
        new.author := old.author;
        new.submitted_at := old.submitted_at;
        new.approver := old.approver;
        new.approved_at := old.approved_at;
    end if;
    return new;
end $$;

create function fs_app.review_author() returns trigger language plpgsql as $$
begin
    new.by := session_user;
    new.at := clock_timestamp();
    return new;
end $$;

create function fs_app.design_closed(state text) returns boolean language sql immutable parallel safe as $$
    select state not in ('draft', 'returned')
$$;

-- Of the designs of an estate and scenario the newest of each kind counts: a draft hides neither what waits nor what holds.
create function fs_app.design_kind(state text) returns text language sql immutable parallel safe as $$
    select case when state = 'approved' then 'approved' when state in ('submitted', 'in_review') then 'waiting'
                else 'other' end
$$;

create function fs_app.design_state(design uuid) returns text language sql stable security definer as $$
    select d.state from fullservice.access_design d where d.id = design
$$;

create function fs_app.design_content_closed() returns trigger language plpgsql security definer as $$
declare
    closed record;
begin
    select d.id, d.state into closed from touched t join fullservice.access_design d on d.id = t.design_id
    where fs_app.design_closed(d.state) limit 1;
    if found then
        raise exception 'FS423 %: design % is closed (%)', tg_table_name, closed.id, closed.state
            using errcode = 'FS423',
            detail = jsonb_build_object('table', tg_table_name, 'id', closed.id, 'reason', closed.state)::text;
    end if;
    return null;
end $$;
