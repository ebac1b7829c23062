-- SPDX-License-Identifier: GPL-2.0-or-later
-- What an estate is worth before anybody has designed it, with every part of the sum shown.

-- The terms of the score; the store's own values stand in fs_meta.setting under 'opportunity'. Defaults: penetration by
-- class as in thin-coverage planning (红 40 %, 蓝 30 %, 白 20 %), our own for the rest; currency as in the packages.
create function fs_app.opportunity_term(term text) returns double precision language sql stable parallel safe as $$
    select coalesce((select (s.value ->> term)::double precision from fs_meta.setting s where s.key = 'opportunity'),
        case term when 'red' then 0.40 when 'blue' then 0.30 when 'white' then 0.20 when 'other' then 0.20
            when 'arpu_month' then 58.0 when 'months' then 36.0 when 'cost_per_home' then 600.0 end)
$$;

-- score = households × expected penetration × ARPU × months − entry cost. Entry cost is that of the newest design that
-- was not rejected, else the default per home; a design that leaves everybody out costs nothing, entry does. Unknown households give no score, never zero.
-- The terms are read once for all estates of a map.
create view fs_app.map_opportunity with (security_invoker = true) as
with term as materialized (
    select fs_app.opportunity_term('red') as red, fs_app.opportunity_term('blue') as blue,
        fs_app.opportunity_term('white') as white, fs_app.opportunity_term('other') as other,
        fs_app.opportunity_term('arpu_month') as arpu_month, fs_app.opportunity_term('months') as months,
        fs_app.opportunity_term('cost_per_home') as cost_per_home
)
select e.fid, e.id, e.code, e.name, e.grid_id, e.owner_staff_id, e.estate_type, e.value_class, e.lead_state, s.buildings,
    s.households, s.unknown, p.penetration, t.arpu_month, t.months,
    round((s.households * p.penetration * t.arpu_month * t.months)::numeric, 0)::float8 as revenue,
    c.entry_cost, c.entry_cost_from,
    round((s.households * p.penetration * t.arpu_month * t.months - c.entry_cost)::numeric, 0)::float8 as score, e.geom
from fullservice.estate e
cross join term t
left join lateral (
    select count(*) as buildings, coalesce(sum(b.households), e.households)::bigint as households,
        count(*) filter (where b.households is null) as unknown
    from fs_app.live_building b where b.estate_id = e.id
) s on true
cross join lateral (
    select case e.value_class when 'red' then t.red when 'blue' then t.blue when 'white' then t.white else t.other end
        as penetration
) p
left join lateral (
    -- of the newest plan; merged estates have several designs of one plan
    select sum(d.cost_total)::float8 as cost from fullservice.access_design d
    where d.estate_id = e.id and not d.is_deleted and d.state not in ('rejected', 'superseded') and d.cost_total > 0
    group by d.plan_id order by max(d.created_at) desc, max(d.fid) desc limit 1
) d on true
cross join lateral (
    select round(coalesce(d.cost, s.households * t.cost_per_home)::numeric, 2)::float8 as entry_cost,
        case when d.cost is not null then 'design' when s.households is not null then 'default' end as entry_cost_from
) c
where not e.is_deleted and e.lead_state not in ('duplicate', 'not_a_building', 'demolished');
