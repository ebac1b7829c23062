-- SPDX-License-Identifier: GPL-2.0-or-later
-- The log: a partition per month, nothing in it ever changed. The functions per table are made by store/audit.py.

create function fs_app.log_is_closed() returns trigger language plpgsql as $$
begin
    raise exception 'FS423 the log is never changed' using errcode = 'FS423',
        detail = jsonb_build_object('table', 'log', 'reason', 'append only')::text;
end $$;

create trigger fs_05_append_only before update or delete on fs_audit.log
    for each row execute function fs_app.log_is_closed();

-- Partitions for this month and the next twelve; a month already in the catch-all partition stays there.
create function fs_app.ensure_partitions() returns integer language plpgsql security definer as $$
declare
    month date;
    name text;
    made integer := 0;
    part regclass;
    home record;
    taken boolean;
begin
    for home in values ('fs_audit', 'log', 'at'), ('fullservice', 'indicator_daily', 'day') loop
        for month in select generate_series(date_trunc('month', now()),
                                            date_trunc('month', now()) + interval '12 months', interval '1 month')::date loop
            name := home.column2 || '_' || to_char(month, 'YYYY_MM');
            if to_regclass(format('%I.%I', home.column1, name)) is null then
                execute format('select exists (select 1 from %I.%I where %I >= $1 and %I < $2)', home.column1,
                               home.column2 || '_other', home.column3, home.column3)
                into taken using month, (month + interval '1 month')::date;
                if not taken then
                    execute format('create table %I.%I partition of %I.%I for values from (%L) to (%L)', home.column1,
                                   name, home.column1, home.column2, month, (month + interval '1 month')::date);
                    made := made + 1;
                end if;
            end if;
        end loop;
    end loop;
    for part in select inhrelid::regclass from pg_inherits where inhparent = 'fs_audit.log'::regclass loop
        if not exists (select 1 from pg_trigger where tgrelid = part and tgname = 'fs_05_no_truncate') then
            execute format('create trigger fs_05_no_truncate before truncate on %s '
                           'for each statement execute function fs_app.log_is_closed()', part);
        end if;
    end loop;
    return made;
end $$;
