-- SPDX-License-Identifier: GPL-2.0-or-later
-- The made town in English: whatever Chinese an English screen then shows is ours.
set session_replication_role = replica;
update fullservice.org_unit set name = initcap(level) || ' ' || code;
update fullservice.estate set name = 'Estate ' || code, aliases = null;
update fullservice.building set name = 'House ' || code, number = regexp_replace(code, '\D', '', 'g');
update fullservice.property_party set name = 'Manager ' || fid;
update fullservice.negotiation set next_action = 'See the riser with the manager' where next_action is not null;
update fullservice.visit_log set result = 'They look at the proposal first', next_step = 'Hand in the proposal';
update fullservice.competitor_operator set name = name_en where name_en is not null;
update fullservice.intel_observation set source_text = 'Photo of the access box';
update fullservice.street set name = 'Street ' || fid;
update fullservice.land_area set name = 'Area ' || fid;
update fullservice.access_decision set reason_zh = null;
update fullservice.source_record set attributes = '{"name": "House 3", "storeys": 18}' where state = 'review';
update fullservice.ledger_row set source_name = 'Ledger', name = 'Ledger ' || ledger_key, address = 'Street 12',
    reason = 'no building has this name';
update fullservice.attachment set file_name = 'riser.png';
update fullservice.task set title = 'See the riser';
set session_replication_role = origin;
select fs_app.refresh_aggregates();
