-- SPDX-License-Identifier: GPL-2.0-or-later
-- A made town of 6 estates and 72 buildings for tests of the interface: every stage, method and coverage level occurs.
-- Written past the triggers (superuser), because a test does not walk 72 talks through their evidence.
set session_replication_role = replica;
set search_path = fullservice, public;

create temp table made_estate as
select n, gen_random_uuid() as id, 113.3200 + (n % 3) * 0.0034 as x, 23.1300 + (n / 3) * 0.0026 as y,
    (array['锦绣花园', '翠湖名邸', '东方新村', '华景商务中心', '天河软件园', '石牌村'])[n + 1] as name,
    (array['residential', 'residential', 'residential', 'office', 'park', 'village'])[n + 1] as kind
from generate_series(0, 5) as n;

create temp table made_unit as
select gen_random_uuid() as branch, gen_random_uuid() as region, gen_random_uuid() as west, gen_random_uuid() as east;

insert into org_unit (id, branch_code, origin, level, code, name, parent_id, geom)
select branch, 'GZ', 'sample', 'branch', 'GZ', '广州分公司', null,
    st_multi(st_makeenvelope(113.3190, 23.1290, 113.3302, 23.1352, 4326)) from made_unit
union all select region, 'GZ', 'sample', 'micro_region', 'GZ-TH', '天河微区域', branch,
    st_multi(st_makeenvelope(113.3190, 23.1290, 113.3302, 23.1352, 4326)) from made_unit
union all select west, 'GZ', 'sample', 'grid', 'GZ-TH-01', '石牌网格', region,
    st_multi(st_makeenvelope(113.3190, 23.1290, 113.3250, 23.1352, 4326)) from made_unit
union all select east, 'GZ', 'sample', 'grid', 'GZ-TH-02', '科韵网格', region,
    st_multi(st_makeenvelope(113.3250, 23.1290, 113.3302, 23.1352, 4326)) from made_unit;

insert into staff (id, branch_code, origin, login, role) values
    (gen_random_uuid(), 'GZ', 'sample', 'li.wei', 'customer_manager'),
    (gen_random_uuid(), 'GZ', 'sample', 'zhang.min', 'customer_manager');

insert into estate (id, branch_code, origin, code, name, grid_id, estate_type, value_class, lead_state, build_year,
                    households, owner_staff_id, method, geom)
select e.id, 'GZ', 'sample', 'LP' || lpad((e.n + 1)::text, 4, '0'), e.name,
    case when e.n % 3 < 2 then u.west else u.east end, e.kind, (array['red', 'blue', 'white'])[e.n % 3 + 1],
    'in_progress', 1998 + e.n * 4, 12 * 48, (select id from staff order by login limit 1), 'area',
    st_multi(st_makeenvelope(e.x - 0.0002, e.y - 0.0002, e.x + 0.0028, e.y + 0.0020, 4326))
from made_estate e, made_unit u;

insert into building (id, branch_code, origin, estate_id, grid_id, code, name, number, use, geom, storeys, entrances,
                      households, households_low, households_high, households_method, height_m, riser, power,
                      equip_room, lead_state, position_method, coverage_level)
select gen_random_uuid(), 'GZ', 'sample', e.id, case when e.n % 3 < 2 then u.west else u.east end,
    'LD' || lpad((e.n * 12 + b + 1)::text, 4, '0'), e.name || (b + 1) || '栋', (b + 1) || '栋',
    case when e.n = 3 then 'office' else 'residential' end,
    st_multi(st_makeenvelope(e.x + (b % 3) * 0.0009, e.y + (b / 3) * 0.0005, e.x + (b % 3) * 0.0009 + 0.0006,
                             e.y + (b / 3) * 0.0005 + 0.0002, 4326)),
    6 + 3 * (b % 5), 2, case when (e.n + b) % 11 = 0 then null else 24 + 12 * (b % 5) end,
    case when (e.n + b) % 11 = 0 then null else 20 + 12 * (b % 5) end,
    case when (e.n + b) % 11 = 0 then null else 30 + 12 * (b % 5) end,
    case when (e.n + b) % 11 = 0 then 'unknown' else 'storeys' end, 18 + 9 * (b % 5), 'yes', 'unknown', 'unknown',
    'located', 'footprint', case when (e.n + b) % 4 = 0 then 3 when b % 5 = 0 then 1 else 0 end
from made_estate e, made_unit u, generate_series(0, 11) as b;

insert into property_party (id, branch_code, origin, estate_id, name, role, authority)
select gen_random_uuid(), 'GZ', 'sample', e.id, e.name || '物业服务有限公司', 'property_mgmt', 'propose'
from made_estate e;

insert into negotiation (id, branch_code, origin, building_id, estate_id, party_id, kind, stage, stage_since,
                         next_action, next_action_due, owner_staff_id)
select gen_random_uuid(), 'GZ', 'sample', b.id, b.estate_id, p.id, 'new_entry',
    (array['not_started', 'party_identified', 'contacted', 'surveyed', 'proposal_sent', 'negotiating', 'terms_agreed',
           'in_approval', 'signed', 'entry_permitted', 'in_force', 'renewing', 'refused', 'blocked'])[b.fid % 14 + 1],
    now() - (b.fid % 40) * interval '1 day', '约物业经理现场看弱电井', current_date + b.fid % 20, s.owner_staff_id
from building b join property_party p on p.estate_id = b.estate_id join estate s on s.id = b.estate_id
where b.fid % 9 <> 0;

insert into visit_log (id, branch_code, origin, negotiation_id, estate_id, party_id, by, channel, result, next_step, geom)
select gen_random_uuid(), 'GZ', 'sample', n.id, n.estate_id, n.party_id, 'li.wei', 'visit', '物业同意先看方案', '提交方案',
    st_centroid(b.geom)
from negotiation n join building b on b.id = n.building_id where n.fid % 6 = 0;

insert into competitor_operator (id, origin, code, name, name_en, is_self) values
    (gen_random_uuid(), 'sample', 'CMCC', '中国移动', 'China Mobile', true),
    (gen_random_uuid(), 'sample', 'CTCC', '中国电信', 'China Telecom', false),
    (gen_random_uuid(), 'sample', 'CUCC', '中国联通', 'China Unicom', false)
on conflict do nothing;

insert into intel_observation (id, branch_code, origin, subject_kind, building_id, operator_code, field, value,
                               source_class, source_text, observed_on, observer, confidence)
select gen_random_uuid(), 'GZ', 'sample', 'building', b.id, o.code, 'presence', 'in_service', 'site_photo', '楼道分纤箱照片',
    current_date - 30, 'li.wei', 0.8
from building b join competitor_operator o on not o.is_self and (b.fid + length(o.name) + ascii(right(o.code, 4))) % 3 <> 0
where b.fid % 4 <> 0;

insert into street (id, branch_code, origin, source_name, source_key, name, highway, geom)
select gen_random_uuid(), 'GZ', 'sample', 'made', 'h' || i, (array['天河路', '石牌西路', '黄埔大道'])[i + 1], 'secondary',
    st_multi(st_makeline(st_setsrid(st_makepoint(113.3190, 23.1294 + i * 0.0026), 4326),
                         st_setsrid(st_makepoint(113.3302, 23.1294 + i * 0.0026), 4326)))
from generate_series(0, 2) as i
union all
select gen_random_uuid(), 'GZ', 'sample', 'made', 'v' || i, (array['体育西路', '五山路', '科韵路', '棠下街'])[i + 1], 'residential',
    st_multi(st_makeline(st_setsrid(st_makepoint(113.3194 + i * 0.0034, 23.1290), 4326),
                         st_setsrid(st_makepoint(113.3194 + i * 0.0034, 23.1352), 4326)))
from generate_series(0, 3) as i;

insert into land_area (id, branch_code, origin, source_name, source_key, kind, name, geom) values
    (gen_random_uuid(), 'GZ', 'sample', 'made', 'g1', 'green', '街心公园', st_multi(st_makeenvelope(113.32280, 23.1311, 113.32325, 23.1318, 4326))),
    (gen_random_uuid(), 'GZ', 'sample', 'made', 'w1', 'water', '猎德涌', st_multi(st_buffer(st_setsrid(st_makeline(array[
        st_makepoint(113.3190, 23.1349), st_makepoint(113.3240, 23.13515), st_makepoint(113.3302, 23.1348)]), 4326), 0.00013)));

insert into plan (id, branch_code, origin, code, area_code, currency, cost, lower_bound, homes_passed)
values (gen_random_uuid(), 'GZ', 'sample', 'P-GZ-TH-01', 'GZ-TH-01', 'CNY', 812000, 765000, 2400);

insert into access_design (id, branch_code, origin, plan_id, estate_id, state, cost_total, homes_served)
select gen_random_uuid(), 'GZ', 'sample', p.id, e.id, 'draft', 135000, 400 from made_estate e, plan p;

insert into access_decision (id, branch_code, origin, design_id, plan_id, building_id, method, runner_up, cost, revenue,
                             reason_zh, reason_en, locked)
select gen_random_uuid(), 'GZ', 'sample', d.id, p.id, b.id,
    (array['ftth', 'ftth', 'fttb', 'wlan', 'hybrid', 'leased', 'none'])[b.fid % 7 + 1], 'fttb', 11000, 23000,
    '户均造价最低', 'lowest cost per home', false
from building b join access_design d on d.estate_id = b.estate_id, plan p where b.fid % 13 <> 0;

insert into design_element (id, branch_code, origin, plan_id, design_id, kind, code, ports, used, construction, route_kind,
                            length_m, geom)
select gen_random_uuid(), 'GZ', 'sample', p.id, null, 'olt', 'OLT-01', 16, 9, null::text, null::text, null::float8,
    st_setsrid(st_makepoint(113.3194, 23.1320), 4326) from plan p
union all
select gen_random_uuid(), 'GZ', 'sample', p.id, d.id, 'fdt', 'FDT-' || e.n, 288, 144, null, null, null,
    st_setsrid(st_makepoint(e.x - 0.0004, e.y + 0.0008), 4326)
from plan p, access_design d join made_estate e on e.id = d.estate_id
union all
select gen_random_uuid(), 'GZ', 'sample', p.id, d.id, 'fat', 'FAT-' || b.fid, 16, 9, null, null, null,
    st_setsrid(st_makepoint(st_xmin(b.geom), st_ymin(b.geom)), 4326)
from plan p, access_design d join building b on b.estate_id = d.estate_id where b.fid % 2 = 0
union all
select gen_random_uuid(), 'GZ', 'sample', p.id, d.id, 'drop', 'D-' || b.fid, null, null, null, null, 20,
    st_multi(st_makeline(st_setsrid(st_makepoint(st_xmin(b.geom), st_ymin(b.geom)), 4326), st_centroid(b.geom)))
from plan p, access_design d join building b on b.estate_id = d.estate_id
union all
select gen_random_uuid(), 'GZ', 'sample', p.id, null, 'route', 'R-1', null, null, 'trench', 'feeder', 980,
    st_multi(st_setsrid(st_makeline(array[st_makepoint(113.3194, 23.1320), st_makepoint(113.3228, 23.1320),
                                          st_makepoint(113.3262, 23.1320)]), 4326)) from plan p
union all
select gen_random_uuid(), 'GZ', 'sample', p.id, d.id, 'route', 'R-' || (10 + e.n), null, null,
    (array['trench', 'duct', 'aerial', 'wall'])[e.n % 4 + 1], 'distribution', 210,
    st_multi(st_setsrid(st_makeline(array[st_makepoint(e.x - 0.0004, 23.1320), st_makepoint(e.x - 0.0004, e.y + 0.0008),
                                          st_makepoint(e.x + 0.0024, e.y + 0.00085)]), 4326))
from plan p, access_design d join made_estate e on e.id = d.estate_id;

set session_replication_role = origin;

select fs_app.refresh_aggregates();
analyze;
