-- SPDX-License-Identifier: GPL-2.0-or-later
-- The history of a row, every version of it, and an earlier version as the newest one. The log keeps what changed; what a
-- bulk run left out is walked back from the row as it is. fs_app.kept_columns(text) is made by store/history.py.

-- Where a row's history may be read: its table, or NULL for whoever may not see the row.
create function fs_app.history_home(subject uuid) returns text language plpgsql stable security definer as $$
declare
    home text;
    branch text;
begin
    select l.tbl into home from fs_audit.log l where l.row_id = subject limit 1;
    if home is null or home like 'fs_pii.%' and not fs_app.has_role('admin') then
        return null;
    end if;
    execute format('select branch_code from %s where id = $1', home::regclass) into branch using subject;
    if branch is null then  -- removed for good: its last image says where it belonged
        select l.before ->> 'branch_code' into branch from fs_audit.log l
        where l.row_id = subject and l.op = 'D' order by l.seq desc limit 1;
    end if;
    return case when fs_app.sees(branch) or (branch is null and fs_app.is_shared(home)) then home end;
end $$;

-- The row as it is now, as the log would write it; NULL when it is not there.
create function fs_app.row_image(home regclass, subject uuid) returns jsonb language plpgsql stable security definer as $$
declare
    shapes text;
    skipped text[];
    image jsonb;
begin
    select string_agg(format('%L, encode(ST_AsEWKB(t.%I), ''hex'')', a.attname, a.attname), ', ')
            filter (where a.atttypid = 'geometry'::regtype),
        array['fid', 'id', 'row_version', 'edit_base', 'changed_at', 'changed_by', 'created_at', 'created_by']
            || coalesce(array_agg(a.attname::text) filter (where a.atttypid in ('geometry'::regtype, 'bytea'::regtype)),
                        array[]::text[])
    into shapes, skipped from pg_attribute a where a.attrelid = home and a.attnum > 0 and not a.attisdropped;
    execute format('select to_jsonb(t) - $2 || jsonb_build_object(%s) from %s t where t.id = $1', coalesce(shapes, ''), home)
    into image using subject, skipped;
    return image;
end $$;

-- Newest first; what a row looked like after each version stands in ``image``.
create function fs_app.versions_of(subject uuid)
returns table (seq bigint, at timestamptz, who text, app text, op "char", ver bigint, before jsonb, after jsonb, image jsonb)
language plpgsql stable security definer as $$
declare
    home text := fs_app.history_home(subject);
    entry record;
    current jsonb;
    personal boolean;
    blank jsonb;
begin
    if home is null then
        return;
    end if;
    select jsonb_object_agg(a.attname, null) into blank from pg_attribute a
    where a.attrelid = home::regclass and a.attname = any (fs_app.restored_columns(home::regclass));
    personal := home like 'fs_pii.%';
    current := case when personal then null else fs_app.row_image(home::regclass, subject) end;
    for entry in select l.* from fs_audit.log l where l.row_id = subject order by l.seq desc loop
        seq := entry.seq; at := entry.at; who := entry.who; app := entry.app; op := entry.op; ver := entry.ver;
        before := entry.before;
        image := current;
        if personal then
            after := entry.after;
        elsif entry.op = 'D' then
            image := null;
            after := null;
            current := blank || entry.before;  -- the log leaves out what was empty
        elsif entry.op = 'I' then
            after := jsonb_strip_nulls(current);
            current := null;
        else
            after := coalesce(entry.after, (
                select jsonb_object_agg(k, current -> k) from jsonb_object_keys(entry.before) k));
            current := current || entry.before;
        end if;
        return next;
    end loop;
end $$;

-- History of a row, newest first: for whoever may see the row; of personal data only which fields, for administrators.
create function fs_app.history(subject uuid)
returns table (at timestamptz, who text, app text, op "char", ver bigint, before jsonb, after jsonb)
language sql stable security definer as $$
    select v.at, v.who, v.app, v.op, v.ver, v.before, v.after from fs_app.versions_of(subject) v
$$;

-- The row as it was in a version; NULL when nobody knows.
create function fs_app.row_at(subject uuid, version bigint) returns jsonb language sql stable security definer as $$
    select v.image from fs_app.versions_of(subject) v where v.ver = version and v.op <> 'D' order by v.seq desc limit 1
$$;

-- Columns of a table that a restore writes: those that people fill in.
create function fs_app.restored_columns(home regclass) returns text[] language sql stable as $$
    select array_agg(a.attname::text order by a.attnum) from pg_attribute a
    where a.attrelid = home and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = ''
      and a.atttypid <> 'bytea'::regtype
      and a.attname <> all (array['fid', 'id', 'row_version', 'edit_base', 'origin', 'changed_at', 'changed_by',
                                  'created_at', 'created_by'])
      and a.attname <> all (fs_app.kept_columns(home::text))
$$;

-- An earlier version becomes the newest one. An edit like any other: the caller's rights, row security, the version it
-- starts from (base), frozen rows and rules all count. States and what follows from steps stay as they are.
create function fs_app.restore_row(subject uuid, version bigint, base bigint) returns jsonb language plpgsql as $$
declare
    home text := fs_app.history_home(subject);
    wanted jsonb;
    present jsonb;
    columns text[];
    changed text[];
    kept text[];
begin
    if home is null then
        raise exception 'FS410 row: the row was deleted or lies outside your branch' using errcode = 'FS410',
            detail = jsonb_build_object('table', 'row')::text;
    end if;
    if home like 'fs_pii.%' then
        raise exception 'personal data are kept in no log and cannot be restored' using errcode = '42501';
    end if;
    wanted := fs_app.row_at(subject, version);
    if wanted is null then
        raise exception 'no version % of this row is known', version using errcode = '22023';
    end if;
    present := fs_app.row_image(home::regclass, subject);
    columns := fs_app.restored_columns(home::regclass);
    perform set_config('fs.restored_from', version::text, true);
    if present is null then
        changed := array(select c from unnest(columns) c where wanted ? c);
        execute format('insert into %s (id, origin, %s) select $1, $2, %s from jsonb_populate_record(null::%s, $3) r',
                       home::regclass, (select string_agg(format('%I', c), ', ') from unnest(changed) c),
                       (select string_agg(format('r.%I', c), ', ') from unnest(changed) c), home::regclass)
        using subject, coalesce(wanted ->> 'origin', 'desktop'), wanted;
    else
        changed := array(select c from unnest(columns) c where wanted ? c and wanted -> c is distinct from present -> c);
        if cardinality(changed) > 0 then
            execute format('update %s t set edit_base = $2 %s from jsonb_populate_record(null::%s, $3) r where t.id = $1',
                           home::regclass, (select string_agg(format(', %I = r.%I', c, c), '') from unnest(changed) c),
                           home::regclass)
            using subject, base, wanted;
        end if;
    end if;
    perform set_config('fs.restored_from', '', true);
    kept := array(select k from unnest(fs_app.kept_columns(home)) k
                  where present is not null and wanted ? k and wanted -> k is distinct from present -> k);
    return jsonb_build_object('restored', to_jsonb(changed), 'kept', to_jsonb(kept));
end $$;
