-- SPDX-License-Identifier: GPL-2.0-or-later
-- A deed is what somebody did by hand in one transaction, known by its number. It can be taken back for a day, whole or
-- not at all, as long as nobody went on from it.

-- Whether fs_app.undo_deed is at work: anybody may set the parameter, but only its own statements run as the owner.
create function fs_app.is_undoing() returns boolean language sql stable as $$
    select current_setting('fs.undoing', true) = 'on' and current_user = fs_app.role_name('owner')
$$;

-- What the caller's own deed wrote, newest first; nothing of anybody else's.
create function fs_app.deed_rows(deed bigint)
returns table (seq bigint, tbl text, row_id uuid, op "char", ver bigint, before jsonb)
language sql stable security definer as $$
    select l.seq, l.tbl, l.row_id, l.op, l.ver, l.before from fs_audit.log l
    where l.txid = deed and l.who = session_user and l.at > clock_timestamp() - interval '1 day'
    order by l.seq desc
$$;

-- A living row outside the deed that refers to a row which the deed made, as "table"; NULL when there is none.
create function fs_app.leans_on(home text, subject uuid, deed bigint) returns text
language plpgsql stable security definer as $$
declare
    link record;
    found boolean;
begin
    for link in
        select c.conrelid::regclass::text as tbl, a.attname as col
        from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.confrelid = home::regclass and cardinality(c.conkey) = 1
        union all select 'fullservice.attachment', 'subject_id'
    loop
        if not fs_app.is_mutable(link.tbl) then
            continue;  -- history never holds anybody back
        end if;
        execute format('select exists (select 1 from %s t where t.%I = $1 and not t.is_deleted and t.id <> all '
                       '(select r.row_id from fs_app.deed_rows($2) r))', link.tbl::regclass, link.col)
        into found using subject, deed;
        if found then
            return link.tbl;
        end if;
    end loop;
    return null;
end $$;

-- Puts back what a deed changed, states too, and removes what it made. Returns how many rows. A row that somebody changed
-- after the deed refuses the whole (FS409); append-only rows stay, as history does.
create function fs_app.undo_deed(deed bigint) returns integer language plpgsql security definer as $$
declare
    entry record;
    home regclass;
    version bigint;
    branch text;
    who text;
    moment timestamptz;
    columns text[];
    leaning text;
    touched integer := 0;
begin
    perform 1 from fs_app.deed_rows(deed);
    if not found then
        raise exception 'FS410 deed: it is not yours, or older than a day' using errcode = 'FS410',
            detail = jsonb_build_object('table', 'deed')::text;
    end if;
    for entry in
        select r.tbl, r.row_id, max(r.ver) as ver, bool_or(r.op = 'I') as made, bool_or(r.op = 'D') as removed
        from fs_app.deed_rows(deed) r where fs_app.is_mutable(r.tbl) group by r.tbl, r.row_id
    loop
        execute format('select row_version, branch_code, changed_by, changed_at from %s where id = $1 for update',
                       entry.tbl::regclass)
        into version, branch, who, moment using entry.row_id;
        -- A later deed that was itself taken back left the row as this one had made it.
        if entry.removed or version is distinct from entry.ver and fs_app.row_at(entry.row_id, entry.ver)
                is distinct from fs_app.row_image(entry.tbl::regclass, entry.row_id) then
            raise exception 'FS409 %: changed since', entry.tbl using errcode = 'FS409', detail = jsonb_build_object(
                'table', split_part(entry.tbl, '.', 2), 'id', entry.row_id, 'who', who, 'at', moment,
                'base', entry.ver, 'stored', version)::text;
        end if;
        if not (fs_app.sees(branch) or branch is null) then
            raise exception 'FS410 %: the row lies outside your branch', entry.tbl using errcode = 'FS410',
                detail = jsonb_build_object('table', split_part(entry.tbl, '.', 2))::text;
        end if;
        if entry.made then
            leaning := fs_app.leans_on(entry.tbl, entry.row_id, deed);
            if leaning is not null then
                raise exception 'FS409 %: % refers to it', entry.tbl, leaning using errcode = 'FS409',
                    detail = jsonb_build_object('table', split_part(entry.tbl, '.', 2), 'id', entry.row_id,
                                                'leaning', split_part(leaning, '.', 2))::text;
            end if;
        end if;
    end loop;
    perform set_config('fs.undoing', 'on', true);  -- see is_undoing
    for entry in select * from fs_app.deed_rows(deed) r where fs_app.is_mutable(r.tbl) loop
        home := entry.tbl::regclass;
        execute format('select row_version from %s where id = $1', home) into version using entry.row_id;
        if entry.op = 'I' then
            execute format('update %s set is_deleted = true, edit_base = $2 where id = $1', home)
            using entry.row_id, version;
        else
            columns := array(select a.attname from pg_attribute a where a.attrelid = home and a.attnum > 0
                             and not a.attisdropped and a.attgenerated = '' and entry.before ? a.attname
                             and a.attname <> all (array['fid', 'id', 'row_version', 'edit_base']));
            if cardinality(columns) > 0 then
                execute format('update %s t set edit_base = $2 %s from jsonb_populate_record(null::%s, $3) r where t.id = $1',
                               home, (select string_agg(format(', %I = r.%I', c, c), '') from unnest(columns) c), home)
                using entry.row_id, version, entry.before;
            end if;
        end if;
        touched := touched + 1;
    end loop;
    perform set_config('fs.undoing', '', true);
    return touched;
end $$;
