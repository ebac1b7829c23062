-- SPDX-License-Identifier: GPL-2.0-or-later
-- Who has the map open is told which table changed: the table's name, nothing else, once per statement that touched a row.
-- PostgreSQL sends equal messages of one transaction once. The triggers are made by store/notify.py.

create function fs_app.tell_change() returns trigger language plpgsql as $$
begin
    if exists (select 1 from touched) then
        perform pg_notify('fullservice', tg_table_name);
    end if;
    return null;
end $$;

-- Tables changed since a mark of the log, and the mark now: for whoever may have missed messages. A first call (NULL) only
-- gets the mark. The log is append-only, so its number never goes back.
create function fs_app.changes_since(mark bigint) returns table (now_at bigint, tables text[])
language sql stable security definer as $$
    select coalesce(max(l.seq), (select max(x.seq) from fs_audit.log x), 0),
        coalesce(array_agg(distinct split_part(l.tbl, '.', 2)) filter (where l.tbl is not null), array[]::text[])
    from fs_audit.log l where l.seq > mark and l.tbl not like 'fs_pii.%'
$$;
