-- SPDX-License-Identifier: GPL-2.0-or-later
-- What guards every row: identity, versions, lost updates, branch, rows that never change.

create function fs_app.guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        new.id := coalesce(new.id, fs_app.uuid7());
        new.row_version := 1;
        new.origin := coalesce(new.origin, 'desktop');
        new.is_deleted := coalesce(new.is_deleted, false);
        new.created_at := clock_timestamp();
        new.created_by := session_user;
        new.changed_at := new.created_at;
    else
        if new.edit_base is null then
            if fs_app.is_bulk() is not true then
                raise exception 'FS428 %: the edit names no base version', tg_table_name using errcode = 'FS428',
                    detail = jsonb_build_object('table', tg_table_name, 'id', old.id)::text;
            end if;
        elsif new.edit_base <> old.row_version then
            raise exception 'FS409 %: changed by % at % (yours %, stored %)', tg_table_name, old.changed_by,
                old.changed_at, new.edit_base, old.row_version using errcode = 'FS409',
                detail = jsonb_build_object('table', tg_table_name, 'id', old.id, 'fid', old.fid, 'who', old.changed_by,
                    'at', old.changed_at, 'base', new.edit_base, 'stored', old.row_version)::text;
        end if;
        new.fid := old.fid;
        new.id := old.id;
        new.row_version := old.row_version + 1;
        new.created_at := old.created_at;
        new.created_by := old.created_by;
        new.changed_at := clock_timestamp();
    end if;
    new.edit_base := null;
    new.changed_by := session_user;
    return new;
end $$;

-- QGIS reports success when an UPDATE or DELETE meets no row (deleted meanwhile, or hidden by row security).
create function fs_app.must_hit() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from touched) and fs_app.is_bulk() is not true
       and pg_trigger_depth() = 1 then
        raise exception 'FS410 %: the row was deleted or lies outside your branch', tg_table_name
            using errcode = 'FS410', detail = jsonb_build_object('table', tg_table_name)::text;
    end if;
    return null;
end $$;

create function fs_app.append_only() returns trigger language plpgsql as $$
begin
    raise exception 'FS423 %: rows of this table are never changed or removed', tg_table_name using errcode = 'FS423',
        detail = jsonb_build_object('table', tg_table_name, 'reason', 'append only')::text;
end $$;

-- The row is closed (core/catalogue/closures.py); its triggers are made by store/closing.py, whose conditions tell when.
-- Argument: why, or nothing where its state tells.
create function fs_app.row_closed() returns trigger language plpgsql as $$
declare
    why text := coalesce(nullif(tg_argv[0], ''), to_jsonb(old) ->> 'state');
begin
    raise exception 'FS423 % %: closed (%)', tg_table_name, old.id, why using errcode = 'FS423',
        detail = jsonb_build_object('table', tg_table_name, 'id', old.id, 'reason', why)::text;
end $$;

-- Branch of a row that names none: its parent's, else where it lies, else the only one of the login or of the store.
-- Arguments: geometry column or '', then pairs of column and qualified parent table.
create function fs_app.fill_branch() returns trigger language plpgsql security definer as $$
declare
    pair integer := 1;
    parent uuid;
    found text;
    place geometry;
begin
    while pair + 1 < tg_nargs loop
        execute format('select ($1).%I', tg_argv[pair]) using new into parent;
        if parent is not null then
            execute format('select branch_code from %s where id = $1', tg_argv[pair + 1]::regclass) using parent into found;
            if found is not null then
                new.branch_code := found;
                return new;
            end if;
        end if;
        pair := pair + 2;
    end loop;
    if tg_argv[0] <> '' then
        execute format('select ($1).%I', tg_argv[0]) using new into place;
        if place is not null then
            select o.code into found from fullservice.org_unit o
            where o.level = 'branch' and not o.is_deleted and o.geom && place
              and ST_Intersects(o.geom, ST_PointOnSurface(place)) limit 1;
        end if;
    end if;
    if found is null then
        select min(code) into found from unnest(fs_app.my_branches()) as code having count(*) = 1;
    end if;
    if found is null then
        select min(o.code) into found from fullservice.org_unit o
        where o.level = 'branch' and not o.is_deleted having count(*) = 1;
    end if;
    new.branch_code := found;
    return new;
end $$;

create function fs_app.org_unit_branch() returns trigger language plpgsql security definer as $$
begin
    if new.level = 'branch' then
        new.branch_code := new.code;
    elsif new.branch_code is null then
        select branch_code into new.branch_code from fullservice.org_unit where id = new.parent_id;
    end if;
    return new;
end $$;

-- Rows taken in before the territory was there get their branch afterwards; returns how many.
create function fs_app.place_branches() returns bigint language plpgsql security definer as $$
declare
    target record;
    touched bigint;
    total bigint := 0;
begin
    if not (fs_app.has_role('planner') or fs_app.has_role('admin')) then
        raise exception 'only planners and administrators place rows in branches' using errcode = '42501';
    end if;
    perform set_config('fs.bulk', 'on', true);
    for target in
        select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('fullservice', 'fs_pii') and c.relkind = 'r'
          and exists (select 1 from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'fs_20_branch')
          and not exists (select 1 from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'fs_05_append_only')
    loop
        execute format('update %s set row_version = row_version where branch_code is null', target.name);
        get diagnostics touched = row_count;
        total := total + touched;
    end loop;
    return total;
end $$;
