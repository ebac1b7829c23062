-- SPDX-License-Identifier: GPL-2.0-or-later
-- Area packages: who made and approved one is what the steps say; what is in force stays as it was approved.

create function fs_app.package_author() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        new.author := case when fs_app.is_bulk() then coalesce(new.author, session_user::text) else session_user end;
        new.approver := null;
        new.approved_at := null;
    else
        new.author := old.author;
        new.approver := old.approver;
        new.approved_at := old.approved_at;
    end if;
    return new;
end $$;

-- A package in force may end earlier or be withdrawn; anything else is a new package (core/catalogue/closures.py).
create function fs_app.package_closed(state text) returns boolean language sql immutable parallel safe as $$
    select state in ('approved', 'withdrawn')
$$;

-- Where and when packages hold. Without place they hold everywhere; period: both days included; placed: what says where.
-- Stands before the map, whose estates name the packages that hold there.
create view fs_app.package_place with (security_invoker = true) as
select p.id, p.code, p.name, p.segment, p.priority, p.state, p.price_month, p.branch_code,
    daterange(p.valid_from, p.valid_to, '[]') as period,
    coalesce(p.geom, e.geom, o.geom) as geom,
    p.geom is null and p.estate_id is null and p.org_unit_id is null as everywhere,
    case when p.geom is not null then 'polygon' when p.estate_id is not null then 'estate'
        when p.org_unit_id is not null then 'territory' else 'everywhere' end as placed,
    p.fid, p.valid_from, p.valid_to
from fullservice.area_package p
left join fullservice.estate e on e.id = p.estate_id
left join fullservice.org_unit o on o.id = p.org_unit_id
where not p.is_deleted;

-- The code of the package that counts where two hold: the higher priority, of two equal ones that of an area; null
-- where nothing decides.
create function fs_app.package_winner(
    first text, priority integer, everywhere boolean, second text, other integer, other_everywhere boolean)
returns text language sql immutable as $$
    select case when (priority, not everywhere) > (other, not other_everywhere) then first
        when (priority, not everywhere) < (other, not other_everywhere) then second end
$$;

-- Pairs of one segment that hold at one place and time, of what is or may come into force. Areas that only touch do
-- not overlap.
create view fs_app.package_overlap with (security_invoker = true) as
select a.code as first, b.code as second, a.segment, a.period * b.period as period,
    fs_app.package_winner(a.code, a.priority, a.everywhere, b.code, b.priority, b.everywhere) as winner
from fs_app.package_place a
join fs_app.package_place b on a.code < b.code and a.segment = b.segment and a.period && b.period
    and (a.everywhere or b.everywhere or a.geom && b.geom and ST_Area(ST_Intersection(a.geom, b.geom)::geography) >= 1)
where a.state in ('draft', 'submitted', 'approved') and b.state in ('draft', 'submitted', 'approved');

-- What each package is today: future, valid, expiring (within 30 days), expired; and with which it overlaps.
create view fs_app.package_status with (security_invoker = true) as
select p.id, p.code, p.name, p.segment, p.priority, p.state, p.price_month, p.branch_code,
    case when isempty(p.period) or upper(p.period) <= current_date then 'expired'
        when lower(p.period) > current_date then 'future'
        when upper(p.period) <= current_date + 30 then 'expiring' else 'valid' end as status,
    coalesce(o.others, array[]::text[]) as partners,
    coalesce(o.ties, array[]::text[]) as undecided,
    p.geom, p.placed, p.fid, p.valid_from, p.valid_to
from fs_app.package_place p
left join (
    select x.code, array_agg(x.other order by x.other) as others,
        array_agg(x.other order by x.other) filter (where x.winner is null) as ties
    from (select first as code, second as other, winner from fs_app.package_overlap
          union all select second, first, winner from fs_app.package_overlap) x
    group by x.code) o on o.code = p.code;

-- Packages in force today at a place, the highest priority first, with their priority: the first three, and … for more.
-- Only touching a border is not holding there.
create function fs_app.package_text(place geometry) returns text language sql stable as $$
    select array_to_string((array_agg(p.name || case when p.priority <> 0 then ' P' || p.priority else '' end
            order by p.priority desc, p.everywhere, p.code))[1:3], ' · ')
        || case when count(*) > 3 then ' …' else '' end
    from fs_app.package_place p
    where p.state = 'approved' and p.period @> current_date and (p.everywhere
        or p.geom && place and ST_Area(ST_Intersection(p.geom, place)::geography) >= 1)
$$;
