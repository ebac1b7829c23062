-- SPDX-License-Identifier: GPL-2.0-or-later
-- Designs under the field names of the public interface: what verifydesign reads and other tools exchange.

create view fs_app.plan_route with (security_invoker = true) as
select e.fid, p.code as plan, e.code as route_id, e.route_kind as kind, e.construction, e.length_m::float8 as length_m,
       e.fibres, e.cable, e.trench_cost::float8 as trench_cost, e.cable_cost::float8 as cable_cost,
       e.geom::geometry(LineString, 4326) as geom
from fullservice.design_element e join fullservice.plan p on p.id = e.plan_id
where e.kind = 'route' and not e.is_deleted;

create view fs_app.plan_node with (security_invoker = true) as
select e.fid, p.code as plan, e.code as node_id, e.kind, e.parent_code as parent_id, e.ports, e.used, e.splitter,
       e.geom::geometry(Point, 4326) as geom
from fullservice.design_element e join fullservice.plan p on p.id = e.plan_id
where e.kind in ('olt', 'fdt', 'fat') and not e.is_deleted;

create view fs_app.plan_drop with (security_invoker = true) as
select e.fid, p.code as plan, e.building_id::text as building_id, e.parent_code as node_id,
       e.length_m::float8 as length_m, e.fibres, e.loss_db::float8 as loss_db,
       e.geom::geometry(LineString, 4326) as geom
from fullservice.design_element e join fullservice.plan p on p.id = e.plan_id
where e.kind = 'drop' and not e.is_deleted;

create view fs_app.plan_ap with (security_invoker = true) as
select e.fid, p.code as plan, e.code as ap_id, e.building_id::text as building_id, e.floor, e.band, e.channel,
       e.eirp_dbm::float8 as eirp_dbm, e.geom::geometry(Point, 4326) as geom
from fullservice.design_element e join fullservice.plan p on p.id = e.plan_id
where e.kind = 'ap' and not e.is_deleted;

create view fs_app.plan_coverage with (security_invoker = true) as
select e.fid, p.code as plan, e.building_id::text as building_id, e.floor, e.primary_share::float8 as primary_share,
       e.secondary_share::float8 as secondary_share, e.airtime::float8 as airtime
from fullservice.design_element e join fullservice.plan p on p.id = e.plan_id
where e.kind = 'coverage' and not e.is_deleted;

create view fs_app.plan_bill with (security_invoker = true) as
select b.fid, p.code as plan, b.domain, b.item, b.unit, b.quantity::float8 as quantity,
       b.unit_price::float8 as unit_price, b.cost::float8 as cost
from fullservice.design_bom b join fullservice.plan p on p.id = b.plan_id
where not b.is_deleted;

create view fs_app.plan_decision with (security_invoker = true) as
select d.fid, p.code as plan, d.building_id::text as building_id, d.method, d.runner_up, d.cost::float8 as cost,
       d.revenue::float8 as revenue, d.cost_delta::float8 as cost_delta, d.constraint_code as "constraint",
       d.reason_en as reason
from fullservice.access_decision d join fullservice.plan p on p.id = d.plan_id
where not d.is_deleted;

-- The buildings of a plan as the plan knew them: whether one may enter, how likely, how many would buy.
create view fs_app.plan_building with (security_invoker = true) as
select d.fid, p.code as plan, b.id::text as building_id, b.code, b.households, b.businesses, b.storeys, b.use,
       x.known ->> 'access_state' as access_state, (x.known ->> 'probability')::float8 as probability,
       (x.known ->> 'take_rate')::float8 as take_rate, x.known ->> 'method_lock' as method_lock,
       x.known ->> 'exclusive_until' as exclusive_until, b.geom
from fullservice.access_decision d
join fullservice.plan p on p.id = d.plan_id
join fullservice.building b on b.id = d.building_id
cross join lateral (select p.params -> 'known' -> b.id::text as known) x
where not d.is_deleted;
