-- SPDX-License-Identifier: GPL-2.0-or-later
-- Personal data: masked for everybody, in clear only through fs_app.reveal, which writes down who, when and why.

create function fs_app.mask_number(number text) returns text language sql immutable parallel safe as $$
    select case when number is null or number = '' then number
        when length(number) >= 8 then left(number, 3) || repeat('*', length(number) - 7) || right(number, 4)
        else repeat('*', length(number)) end
$$;

create function fs_app.mask_name(name text) returns text language sql immutable parallel safe as $$
    select case when name is null or name = '' then name else left(name, 1) || '**' end
$$;

create function fs_app.mask_account(account text) returns text language sql immutable parallel safe as $$
    select case when account is null or account = '' then account
        when length(account) >= 4 then left(account, 1) || '***' || right(account, 1) else '***' end
$$;

-- Contacts and colleagues as everybody with the right to the table sees them. The columns in clear are granted to nobody,
-- so the views read them with the owner's rights and filter by branch themselves.
create view fs_app.contact with (security_barrier = true) as
select c.fid, c.id, c.row_version, c.edit_base, c.party_id, fs_app.mask_name(c.name) as name, c.title,
    fs_app.mask_number(c.phone) as phone, fs_app.mask_account(c.wechat) as wechat, c.is_primary, c.consent,
    c.branch_code, c.origin, c.changed_at, c.changed_by
from fs_pii.contact c
where not c.is_deleted and fs_app.may_read_people('contact')
  and ((select fs_app.has_role('admin')) or c.branch_code = any ((select fs_app.my_branches())::text[]));

create view fs_app.person with (security_barrier = true) as
select p.fid, p.id, p.staff_id, p.name, fs_app.mask_number(p.phone) as phone, p.branch_code
from fs_pii.staff_person p
where not p.is_deleted and fs_app.may_read_people('staff_person')
  and ((select fs_app.has_role('admin')) or p.branch_code = any ((select fs_app.my_branches())::text[]));

-- An edit through the masked view: what still reads as the mask was not changed.
create function fs_app.contact_write() returns trigger language plpgsql as $$
declare
    touched bigint;
begin
    perform set_config('fs.contact_rows', (coalesce(nullif(current_setting('fs.contact_rows', true), ''), '0')::int + 1)::text,
                       true);
    if tg_op = 'INSERT' then
        insert into fs_pii.contact (party_id, name, title, phone, wechat, is_primary, consent, branch_code, origin)
        values (new.party_id, new.name, new.title, new.phone, new.wechat, coalesce(new.is_primary, false),
                coalesce(new.consent, false), new.branch_code, coalesce(new.origin, 'desktop'))
        returning fid, id, row_version into new.fid, new.id, new.row_version;
        return new;
    end if;
    if tg_op = 'DELETE' then
        update fs_pii.contact c set is_deleted = true, edit_base = old.row_version where c.fid = old.fid;
    else
        -- Only the columns that changed are named: the others may not even be read.
        execute (
            select 'update fs_pii.contact c set edit_base = $2'
                || coalesce(string_agg(format(', %I = ($1).%I', x.name, x.name), ''), '') || ' where c.fid = ($1).fid'
            from unnest(array['party_id', 'name', 'title', 'phone', 'wechat', 'is_primary', 'consent']) as x(name)
            where to_jsonb(new) -> x.name is distinct from to_jsonb(old) -> x.name)
        using new, new.edit_base;
    end if;
    get diagnostics touched = row_count;
    if touched = 0 then
        raise exception 'FS410 contact: the row was deleted or lies outside your branch' using errcode = 'FS410',
            detail = jsonb_build_object('table', 'contact')::text;
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;

-- A view has no transition tables: rows are counted, so that an edit of a row that is gone is no silent success.
create function fs_app.contact_begin() returns trigger language plpgsql as $$
begin
    perform set_config('fs.contact_rows', '0', true);
    return null;
end $$;

create function fs_app.contact_end() returns trigger language plpgsql as $$
begin
    if coalesce(nullif(current_setting('fs.contact_rows', true), ''), '0')::int = 0 then
        raise exception 'FS410 contact: the row was deleted or lies outside your branch' using errcode = 'FS410',
            detail = jsonb_build_object('table', 'contact')::text;
    end if;
    return null;
end $$;

create trigger fs_10_write instead of insert or update or delete on fs_app.contact
    for each row execute function fs_app.contact_write();
create trigger fs_05_begin before update or delete on fs_app.contact
    for each statement execute function fs_app.contact_begin();
create trigger fs_99_hit after update or delete on fs_app.contact
    for each statement execute function fs_app.contact_end();

-- One person in clear, for whoever may; always written down. Returns the fields as an object.
create function fs_app.reveal(subject uuid, purpose text) returns jsonb language plpgsql security definer as $$
declare
    home text;
    branch text;
    shown jsonb;
begin
    if length(btrim(coalesce(purpose, ''))) < 3 then
        raise exception 'say what the personal data are needed for' using errcode = '22023';
    end if;
    select 'contact', c.branch_code, jsonb_build_object('name', c.name, 'phone', c.phone, 'wechat', c.wechat)
    into home, branch, shown from fs_pii.contact c where c.id = subject and not c.is_deleted;
    if home is null then
        select 'staff_person', p.branch_code, jsonb_build_object('name', p.name, 'phone', p.phone)
        into home, branch, shown from fs_pii.staff_person p where p.id = subject and not p.is_deleted;
    end if;
    if home is null or fs_app.sees(branch) is not true then
        raise exception 'FS410 contact: the row was deleted or lies outside your branch' using errcode = 'FS410',
            detail = jsonb_build_object('table', coalesce(home, 'contact'))::text;
    end if;
    if not fs_app.may_read_people(home) then
        raise exception 'this role may not see personal data in clear' using errcode = '42501';
    end if;
    insert into fs_audit.unmask (tbl, row_id, fields, purpose)
    values ('fs_pii.' || home, subject, array(select jsonb_object_keys(jsonb_strip_nulls(shown))), btrim(purpose));
    return shown;
end $$;

-- Who saw a person in clear: for administrators.
create function fs_app.unmaskings(since timestamptz default '-infinity')
returns setof fs_audit.unmask language plpgsql stable security definer as $$
begin
    if not fs_app.has_role('admin') then
        raise exception 'only administrators read the log of unmaskings' using errcode = '42501';
    end if;
    return query select u.* from fs_audit.unmask u where u.at >= since order by u.seq desc;
end $$;

create trigger fs_05_append_only before update or delete on fs_audit.unmask
    for each row execute function fs_app.log_is_closed();
create trigger fs_05_no_truncate before truncate on fs_audit.unmask
    for each statement execute function fs_app.log_is_closed();

create function fs_app.retention_days(what text) returns integer language sql stable as $$
    select coalesce((select (s.value ->> what)::integer from fs_meta.setting s where s.key = 'retention'),
        case what when 'deleted_contact' then 30 when 'ended_contact' then 365 else 30 end)
$$;

-- Contacts that nobody needs any longer: marked as deleted, or of a party without any talk or agreement still running.
-- Days are defaults of ours; the setting "retention" replaces them.
create function fs_app.expired_contacts(day date) returns setof uuid language sql stable security definer as $$
    select c.id from fs_pii.contact c
    where c.is_deleted and c.changed_at < day - fs_app.retention_days('deleted_contact')
    union
    select c.id from fs_pii.contact c join fullservice.property_party p on p.id = c.party_id
    where coalesce(p.valid_to, case when p.is_deleted then p.changed_at::date end)
              < day - fs_app.retention_days('ended_contact')
      and not exists (select 1 from fullservice.negotiation n where n.party_id = p.id and not n.is_deleted
                      and n.stage not in ('closed', 'terminated', 'expired'))
      and not exists (select 1 from fullservice.agreement g where g.party_id = p.id and not g.is_deleted
                      and coalesce(g.valid_to, day) >= day)
$$;

-- The retention job. What it removes is gone from the store at once, and from backups when they pass out of use.
create function fs_app.purge_personal_data(day date default current_date) returns jsonb
language plpgsql security definer as $$
declare
    contacts bigint;
    phones bigint;
begin
    if not fs_app.has_role('admin') then
        raise exception 'only administrators remove personal data' using errcode = '42501';
    end if;
    perform set_config('fs.bulk', 'on', true);
    delete from fs_pii.contact c where c.id in (select fs_app.expired_contacts(day));
    get diagnostics contacts = row_count;
    update fs_pii.staff_person p set phone = null from fullservice.staff s
    where s.id = p.staff_id and p.phone is not null and s.left_on < day - fs_app.retention_days('left_staff');
    get diagnostics phones = row_count;
    return jsonb_build_object('contacts', contacts, 'phones', phones);
end $$;

-- Somebody asks to be forgotten: the contact goes for good, the log keeps that it was there, not who it was.
create function fs_app.erase_contact(subject uuid, why text) returns void language plpgsql security definer as $$
begin
    if not fs_app.has_role('admin') then
        raise exception 'only administrators remove personal data' using errcode = '42501';
    end if;
    if length(btrim(coalesce(why, ''))) < 3 then
        raise exception 'say why the person is forgotten' using errcode = '22023';
    end if;
    insert into fs_audit.unmask (tbl, row_id, fields, purpose)
    values ('fs_pii.contact', subject, array['erased'], btrim(why));
    delete from fs_pii.contact c where c.id = subject;
end $$;
