-- SPDX-License-Identifier: GPL-2.0-or-later
-- The figures of a day, kept as numerator and denominator so that a parent is the sum of its children; the nightly round.

create function fs_app.take_snapshot(today date default current_date) returns bigint
language plpgsql security definer as $$
declare
    written bigint;
begin
    if not (fs_app.has_role('planner') or fs_app.has_role('admin') or fs_app.has_role('functional')) then
        raise exception 'only planners, functional staff and administrators take snapshots' using errcode = '42501';
    end if;
    perform fs_app.ensure_partitions();
    with area as (
        select 'branch' as level, m.id, m.branch_code, m.estates::bigint, m.buildings::bigint, m.households::bigint,
            m.unknown_households::bigint, m.covered_households::bigint, m.passed_households::bigint, m.talks::bigint,
            m.signed_buildings::bigint, m.blocked_buildings::bigint from fs_app.mv_branch m
        union all
        select 'micro_region', m.id, m.branch_code, m.estates, m.buildings, m.households, m.unknown_households,
            m.covered_households, m.passed_households, m.talks, m.signed_buildings, m.blocked_buildings
        from fs_app.mv_micro_region m
        union all
        select 'grid', m.id, m.branch_code, m.estates, m.buildings, m.households, m.unknown_households,
            m.covered_households, m.passed_households, m.talks, m.signed_buildings, m.blocked_buildings
        from fs_app.mv_grid m where m.id is not null
        union all
        select 'estate', m.id, m.branch_code, 1, m.buildings, m.households, m.unknown_households, m.covered_households,
            m.passed_households, m.talks, m.signed_buildings, m.blocked_buildings from fs_app.mv_estate m
    )
    insert into fullservice.indicator_daily as d (day, level, area_id, branch_code, metric, num, den, unknown)
    select today, a.level, a.id, a.branch_code, m.metric, m.num, m.den, m.unknown
    from area a cross join lateral (values
        ('estates', a.estates::float8, null::float8, 0::bigint),
        ('buildings', a.buildings, null, 0),
        ('households', a.households, null, a.unknown_households),
        ('coverage', a.covered_households, a.households, a.unknown_households),
        ('passed', a.passed_households, a.households, a.unknown_households),
        ('signed', a.signed_buildings, a.buildings, 0),
        ('blocked', a.blocked_buildings, a.buildings, 0),
        ('talks', a.talks, null, 0)) as m(metric, num, den, unknown)
    on conflict (day, metric, level, area_id) do update
        set num = excluded.num, den = excluded.den, unknown = excluded.unknown, taken_at = clock_timestamp()
        where (d.num, d.den, d.unknown) is distinct from (excluded.num, excluded.den, excluded.unknown);
    get diagnostics written = row_count;
    return written;
end $$;

-- Once a night, by the server's scheduler under an administrator's login: partitions, sums, snapshot, retention.
create function fs_app.nightly(today date default current_date) returns jsonb language plpgsql security definer as $$
declare
    partitions integer;
    figures bigint;
    removed jsonb;
begin
    if not fs_app.has_role('admin') then
        raise exception 'only administrators run the nightly round' using errcode = '42501';
    end if;
    partitions := fs_app.ensure_partitions();
    perform fs_app.refresh_aggregates();
    figures := fs_app.take_snapshot(today);
    removed := fs_app.purge_personal_data(today);
    return jsonb_build_object('partitions', partitions, 'figures', figures) || removed;
end $$;
