-- SPDX-License-Identifier: GPL-2.0-or-later
-- How we stand per estate and grid, as of the last refresh of the sums: shares, concentration, threat. The same rules as
-- core/competition/standing.py and store/standings.py, which the dock and the brief reckon with; a test compares them. NULL
-- is unknown and is hatched on the map, never zero.

create function fs_app.tech_rank(technology text) returns integer language sql immutable parallel safe as $$
    select case technology when 'fttr' then 5 when 'ftth' then 5 when 'leased' then 5 when 'hfc_eoc' then 4
        when 'fttb_lan' then 3 when 'fttb' then 3 when 'xdsl' then 2 when 'wlan' then 1 when 'fwa' then 1 end
$$;

-- A figure of the catalogue's revenue section: the branch's own, the store's, else the default that ships.
create function fs_app.revenue_figure(what text, name text, branch text, otherwise double precision)
returns double precision language sql stable as $$
    select coalesce((select p.value from fullservice.price_item p
                     where not p.is_deleted and p.section = 'revenue' and p.item = what and p.figure = name
                         and p.value is not null and (p.branch_code is null or p.branch_code = branch)
                     order by p.branch_code nulls last limit 1), otherwise)
$$;

-- One row per estate and operator that is there: of its observations of one kind about one building that of the highest
-- weight counts, the younger of two equal ones.
create materialized view fs_app.mv_rival_operator as
with house as materialized (
    select b.id, b.estate_id from fullservice.building b where not b.is_deleted and b.estate_id is not null
), seen as (
    select w.building_id is null as whole, coalesce(w.building_id, w.estate_id) as subject, w.operator_code, w.field,
        w.weight, w.observed_on, w.number, w.valid_until, w.value,
        to_char(w.weight, '0.000000') || w.observed_on::text || '|' as mark
    from fs_app.intel_weighed w
    where w.field <> 'promotion' and not (w.field = 'subs' and w.unit is not distinct from '%')
), told as materialized (
    select s.whole, s.subject, s.operator_code,
        split_part(max(s.mark || s.number) filter (where s.field = 'subs'), '|', 2)::float8 as subs,
        split_part(max(s.mark || s.value) filter (where s.field = 'presence'), '|', 2) as presence,
        split_part(max(s.mark || s.value) filter (where s.field = 'technology'), '|', 2) as technology,
        split_part(max(s.mark || s.number) filter (where s.field = 'tariff'), '|', 2)::float8 as price,
        split_part(max(s.mark || s.value) filter (where s.field = 'exclusivity'), '|', 2) as exclusivity,
        max(s.weight) as confidence, max(s.observed_on) as observed_on
    from seen s group by 1, 2, 3
), doubtful as materialized (
    select b.subject, b.operator_code
    from (select s.subject, s.operator_code, s.field, max(s.weight) as weight,
              max(max(s.weight)) over (partition by s.subject, s.operator_code, s.field) as best
          from seen s where s.field in ('technology', 'presence')
          group by s.subject, s.operator_code, s.field, s.value) b
    where b.weight >= 0.7 * b.best group by 1, 2 having count(*) > count(distinct b.field)
), placed as (
    select h.estate_id as place, t.* from told t join house h on h.id = t.subject where not t.whole
    union all
    select e.estate_id, t.* from told t join (select distinct h.estate_id from house h) e on e.estate_id = t.subject
    where t.whole
), here as (
    select p.place, p.operator_code, sum(p.subs) as subs, bool_or(p.subs is null) as partial,
        max(fs_app.tech_rank(p.technology)) as rank, min(p.price) as price,
        bool_or(coalesce(p.exclusivity = 'contract', false)) as exclusive, avg(p.confidence) as confidence,
        max(p.observed_on) as observed_on, bool_or(d.subject is not null) as conflict
    from placed p left join doubtful d on d.subject = p.subject and d.operator_code = p.operator_code
    where coalesce(p.presence, 'in_service') not in ('withdrawn', 'planned')
    group by 1, 2
), offer as (
    select o.operator_code, min(o.price_month)::float8 as price from fullservice.competitor_offer o
    where not o.is_deleted and (o.promo_until is null or o.promo_until >= current_date) group by 1
), promoted as (
    select coalesce(o.estate_id, b.estate_id) as place, o.operator_code from fullservice.intel_observation o
    left join fullservice.building b on b.id = o.building_id
    where o.field = 'promotion' and not o.is_deleted and o.state <> 'retired'
        and o.observed_on between current_date - 30 and current_date
    union
    select p.estate_id, p.operator_code from fullservice.competitor_promotion p
    where not p.is_deleted and p.started_on <= current_date
        and coalesce(p.ended_on, p.started_on + 30) >= current_date - 30
), counted as (
    select coalesce(b.estate_id, n.estate_id) as place, n.operator_code, sum(n.now_ - n.before)::float8 as grown
    from (
        select o.building_id, o.estate_id, o.operator_code,
            (array_agg(o.number order by o.observed_on desc, o.fid desc)
                filter (where o.observed_on > current_date - 90))[1] as now_,
            (array_agg(o.number order by o.observed_on desc, o.fid desc)
                filter (where o.observed_on <= current_date - 90))[1] as before
        from fullservice.intel_observation o
        where o.field = 'subs' and o.number is not null and o.unit is distinct from '%' and not o.is_deleted
            and o.state <> 'retired'
        group by 1, 2, 3) n
    left join fullservice.building b on b.id = n.building_id
    where n.now_ is not null and n.before is not null
    group by 1, 2
)
select h.place as estate_id, h.operator_code, o.is_self as own, h.subs, h.partial, h.rank,
    coalesce(h.price, f.price) as price, h.exclusive, h.confidence, h.observed_on, h.conflict,
    p.place is not null as promoted, c.grown
from here h
join fullservice.competitor_operator o on o.code = h.operator_code
left join offer f on f.operator_code = h.operator_code
left join promoted p on p.place = h.place and p.operator_code = h.operator_code
left join counted c on c.place = h.place and c.operator_code = h.operator_code;

create unique index mv_rival_operator_once on fs_app.mv_rival_operator (estate_id, operator_code);

create materialized view fs_app.mv_rival_estate as
with house as (
    select b.estate_id, nullif(case when count(*) = count(b.households) then sum(b.households) end, 0)::float8 as homes
    from fullservice.building b where not b.is_deleted and b.estate_id is not null group by 1
), sums as (
    select o.estate_id, count(*) as operators, count(*) filter (where not o.own) as rivals, bool_or(o.own) as we,
        bool_or(o.partial) as partial, sum(o.subs) as total, count(o.subs) as counted,
        sum(o.subs) filter (where o.own) as ours, max(o.subs) filter (where not o.own) as lead,
        max(o.rank) filter (where o.own) as own_rank, max(o.rank) filter (where not o.own) as rival_rank,
        min(o.price) filter (where not o.own) as cheapest, bool_or(o.promoted) filter (where not o.own) as promoted,
        bool_or(o.exclusive) filter (where not o.own) as exclusive, sum(o.grown) filter (where not o.own) as grown,
        avg(o.confidence) as confidence, max(o.observed_on) as observed_on, bool_or(o.conflict) as conflict,
        sum(o.subs * o.subs) as squares,
        string_agg(coalesce(k.name, o.operator_code), '、' order by o.operator_code) filter (where not o.own) as names_zh,
        string_agg(coalesce(nullif(k.name_en, ''), k.name, o.operator_code), ', ' order by o.operator_code)
            filter (where not o.own) as names_en
    from fs_app.mv_rival_operator o
    left join fullservice.competitor_operator k on k.code = o.operator_code and not k.is_deleted group by 1
), figure as materialized (
    select e.branch_code, fs_app.revenue_figure('methods/ftth', 'max_mbps', e.branch_code, 1000) as fastest,
        fs_app.revenue_figure('arpu/home', 'value', e.branch_code, 58) as price
    from (select distinct e.branch_code from fullservice.estate e) e
), package as materialized (
    select a.price_month::float8 as price, coalesce(a.down_mbps, 0) as speed, p.geom,
        (coalesce(p.priority, 0), not p.everywhere) as rank, p.everywhere
    from fs_app.package_place p join fullservice.area_package a on a.id = p.id
    where p.state = 'approved' and p.segment = 'home' and p.period @> current_date and a.price_month is not null
        and (p.everywhere or p.geom is not null)
), planned as materialized (
    -- asked once: per estate the planner may read all decisions for each of them
    select distinct on (a.estate_id) a.estate_id,
        fs_app.tech_rank(case d.method when 'hybrid' then 'fttb' else d.method end) as rank
    from fullservice.access_decision d join fullservice.access_design a on a.id = d.design_id
    where a.state = 'approved' and not a.is_deleted and d.method <> 'none'
    order by a.estate_id, d.fid
), placed as (
    select e.fid, e.id, e.code, e.name, e.grid_id, e.branch_code, e.geom, h.homes, s.*,
        case when h.homes > 0 and s.counted > 0 then greatest(h.homes, s.total)
            when h.homes is null and s.we and not s.partial and s.total > 0 then s.total end as market,
        -- our monthly price there: the mean of the packages of the first rank that fibre is fast enough for
        coalesce(own.price, f.price) as own_price,
        coalesce(s.own_rank, m.rank, 0) as our_rank
    from fullservice.estate e
    left join planned m on m.estate_id = e.id
    left join house h on h.estate_id = e.id
    left join sums s on s.estate_id = e.id
    left join figure f on f.branch_code is not distinct from e.branch_code
    left join lateral (
        select avg(k.price) as price from (
            select p.price, rank() over (order by p.rank desc) as place from package p
            where p.speed <= f.fastest and (p.everywhere or p.geom && e.geom
                and ST_Intersects(p.geom, ST_PointOnSurface(e.geom)))) k
        where k.place = 1) own on true
    where not e.is_deleted and e.lead_state not in ('duplicate', 'not_a_building', 'demolished')
), judged as (
    select p.*, p.ours / p.market as own_share, p.lead / p.market as lead_share,
        case when p.market > 0 then greatest(0, 1 - p.total / p.market) end as unknown_share,
        1e4 * p.squares / (p.market * p.market) as hhi_low,
        greatest(0, least(1, p.lead / p.market - p.ours / p.market)) as x_lead,
        greatest(0, (p.rival_rank - p.our_rank) / 5.0) as x_tech,
        case when p.own_price > 0 then least(1, greatest(0, (p.own_price - p.cheapest) / p.own_price)) end as x_price,
        case when p.rivals > 0 then p.promoted::integer end as x_promotion,
        case when p.rivals > 0 then p.exclusive::integer end as x_exclusive,
        greatest(0, least(1, p.grown / p.homes)) as x_growth
    from placed p
), scored as (
    -- greatest() and least() skip NULL: an input counts only where everything that it is made of is known
    select j.*, w.known, w.points
    from judged j cross join lateral (
        select sum(i.weight) as known, sum(i.weight * i.x) as points
        from (values (0.25, case when j.lead_share is not null and j.own_share is not null then j.x_lead end),
            (0.20, case when j.rival_rank is not null then j.x_tech end),
            (0.20, case when j.cheapest is not null then j.x_price end), (0.15, j.x_promotion), (0.10, j.x_exclusive),
            (0.10, case when j.grown is not null and j.homes > 0 then j.x_growth end)) i (weight, x)
        where i.x is not null) w
)
select s.fid, s.id, s.code, s.name, s.grid_id, s.branch_code, s.homes, coalesce(s.rivals, 0) as rivals, s.names_zh,
    s.names_en, s.own_share, s.lead_share, s.unknown_share,
    (select jsonb_object_agg(o.operator_code, round((o.subs / s.market)::numeric, 4))::text
     from fs_app.mv_rival_operator o where o.estate_id = s.id and o.subs is not null and s.market > 0) as shares,
    s.hhi_low,
    case when s.market > 0 then least(1e4, s.hhi_low + 1e4 * s.unknown_share * s.unknown_share) end as hhi_high,
    100 * s.points / s.known as threat, coalesce(s.known, 0) as completeness, s.confidence, s.observed_on,
    coalesce(s.conflict, false) as conflict,
    case when s.confidence is null then 'unseen' when s.confidence < 0.15 then 'stale' when s.conflict then 'disputed'
        else 'fresh' end as standing,
    s.geom, ST_PointOnSurface(s.geom)::geometry(Point, 4326) as pole
from scored s;

create unique index mv_rival_estate_fid on fs_app.mv_rival_estate (fid);
create index mv_rival_estate_geom on fs_app.mv_rival_estate using gist (geom);
create index mv_rival_estate_pole on fs_app.mv_rival_estate using gist (pole);

-- Estates weigh by their households; one with unknown households like the mean of the others in its grid.
create materialized view fs_app.mv_rival_grid as
with weighed as (
    select r.*, coalesce(r.homes, avg(r.homes) over (partition by r.grid_id), 1) as weight from fs_app.mv_rival_estate r
), sums as (
    select w.grid_id, count(*) as estates, count(w.threat) as known_estates,
        count(*) filter (where w.standing = 'stale') as stale_estates, sum(w.threat * w.weight) as threat_num,
        sum(w.weight) filter (where w.threat is not null) as threat_den,
        sum(w.completeness * w.weight) filter (where w.threat is not null) as complete_num,
        sum(w.confidence * w.weight) filter (where w.threat is not null) as trust_num
    from weighed w where w.grid_id is not null group by 1
)
select o.fid, o.id, o.code, o.name, o.branch_code, coalesce(s.estates, 0) as estates,
    coalesce(s.known_estates, 0) as known_estates, coalesce(s.stale_estates, 0) as stale_estates, s.threat_num,
    s.threat_den, s.threat_num / s.threat_den as threat, s.complete_num / s.threat_den as completeness,
    s.trust_num / s.threat_den as confidence, o.geom
from fullservice.org_unit o left join sums s on s.grid_id = o.id
where o.level = 'grid' and not o.is_deleted;

create unique index mv_rival_grid_fid on fs_app.mv_rival_grid (fid);
create index mv_rival_grid_geom on fs_app.mv_rival_grid using gist (geom);

-- Row security does not reach the sums: the reader's branches only.
create view fs_app.rival_estate_stat as select * from fs_app.mv_rival_estate m
where (select fs_app.has_role('admin')) or m.branch_code = any ((select fs_app.my_branches())::text[]);
create view fs_app.rival_grid_stat as select * from fs_app.mv_rival_grid m
where (select fs_app.has_role('admin')) or m.branch_code = any ((select fs_app.my_branches())::text[]);

create view fs_app.map_rival_estate with (security_invoker = true) as select * from fs_app.rival_estate_stat;
create view fs_app.map_rival_grid with (security_invoker = true) as select * from fs_app.rival_grid_stat;
