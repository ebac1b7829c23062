# SPDX-License-Identifier: GPL-2.0-or-later
"""Personal data: masked by default, every look in clear written down, gone for good when their time is over."""

from __future__ import annotations

import subprocess
from datetime import date, timedelta

import pytest

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.errors import ConflictError, FullServiceError, StoreError

PHONE, NAME, WECHAT = "13912345678", "李四光", "lisiguang66"


@pytest.fixture
def contact(town):
    """A contact in HEL, entered by its customer manager through the table; its id."""
    manager = town.login("customer_manager")
    with manager.transaction() as cur:
        cur.execute("insert into fullservice.property_party (estate_id, name, role) values (%s, 'P', 'owner') "
                    "returning id",
                    (town.ids["HEL-E"],))
        cur.execute("insert into fs_pii.contact (party_id, name, phone, wechat) values (%s, %s, %s, %s) "
                    "returning id::text", (cur.fetchone()[0], NAME, PHONE, WECHAT))
        return cur.fetchone()[0]


def test_personal_fields_live_in_the_protected_schema_only():
    for table in TABLES.values():
        for field in table.fields:
            assert not field.personal or table.schema == "fs_pii", (table.name, field.name)


@pytest.mark.parametrize("role", ["customer_manager", "admin"])
def test_nobody_reads_in_clear_without_leaving_a_trace(town, contact, role):
    store = town.login(role)
    for column in ("name", "phone", "wechat", "*"):
        with pytest.raises(StoreError, match="permission denied"):
            store.rows("select " + column + " from fs_pii.contact")
    shown = store.dicts("select name, phone, wechat from fs_app.contact where id = %s", (contact,))
    assert shown == [{"name": "李**", "phone": "139****5678", "wechat": "l***6"}]
    before = town.store.value("select count(*) from fs_audit.unmask")
    clear = store.value("select fs_app.reveal(%s, 'call about the survey')", (contact,))
    assert clear == {"name": NAME, "phone": PHONE, "wechat": WECHAT}
    logged = town.store.dicts("select who, row_id::text, fields, purpose from fs_audit.unmask order by seq desc "
                              "limit 1")[0]
    assert logged == {"who": store.login, "row_id": contact, "fields": ["name", "phone", "wechat"],
                      "purpose": "call about the survey"}
    assert town.store.value("select count(*) from fs_audit.unmask") == before + 1


def test_who_may_not_look(town, contact):
    for role in ("network_support", "functional", "planner", "read_only"):
        store = town.login(role)
        assert store.value("select count(*) from fs_app.contact") == 0
        with pytest.raises(FullServiceError, match="may not see personal data"):
            store.value("select fs_app.reveal(%s, 'curious')", (contact,))
    neighbour = town.login("customer_manager", "ESP")
    assert neighbour.value("select count(*) from fs_app.contact where id = %s", (contact,)) == 0
    with pytest.raises(ConflictError):
        neighbour.value("select fs_app.reveal(%s, 'curious')", (contact,))
    with pytest.raises(FullServiceError, match="what the personal data are needed for"):
        town.login("customer_manager").value("select fs_app.reveal(%s, '')", (contact,))
    with pytest.raises(FullServiceError, match="only administrators"):
        town.login("customer_manager").rows("select * from fs_app.unmaskings()")
    assert town.login("admin").rows("select 1 from fs_app.unmaskings()")
    for statement in ("update fs_audit.unmask set who = 'x'", "delete from fs_audit.unmask", "truncate "
                                                                                             "fs_audit.unmask"):
        with pytest.raises(FullServiceError):
            town.store.execute(statement)


def test_editing_through_the_mask_changes_only_what_was_typed(town, contact):
    manager = town.login("customer_manager")
    version = manager.value("select row_version from fs_app.contact where id = %s", (contact,))
    update = "update fs_app.contact set phone = %s, edit_base = %s where id = %s"
    assert manager.execute(update, ("02087654321", version, contact)) == 1
    clear = manager.value("select fs_app.reveal(%s, 'check the edit')", (contact,))
    assert clear == {"name": NAME, "phone": "02087654321", "wechat": WECHAT}
    with pytest.raises(ConflictError, match="changed this row"):
        manager.execute(update, ("1", version, contact))
    with pytest.raises(ConflictError, match="deleted or lies outside"):
        town.login("customer_manager", "ESP").execute(update, ("1", version + 1, contact))
    party = manager.value("select party_id from fs_app.contact where id = %s", (contact,))
    added = manager.value("insert into fs_app.contact (party_id, name, phone) values (%s, '王五', '13700001111') "
                          "returning id::text", (party,))
    assert manager.value("select fs_app.reveal(%s, 'check the entry')", (added,))["phone"] == "13700001111"
    manager.execute("delete from fs_app.contact where id = %s", (added,))
    assert town.store.value("select is_deleted from fs_pii.contact where id = %s", (added,)) is True


def test_the_masked_view_is_a_layer_that_can_be_edited(town, contact, qgis_app, databases):
    from qgis.core import QgsVectorLayer

    from fullservice_plugin.gis.connections import table_uri

    login = town.login("customer_manager").login
    databases.service(login, town.name, login)
    layer = QgsVectorLayer(table_uri(login, "fs_app", "contact"), "contact", "postgres")
    assert layer.isValid()
    feature = next(f for f in layer.getFeatures() if f["id"] == contact)
    assert feature["phone"] == "139****5678"
    layer.startEditing()
    layer.changeAttributeValue(feature.id(), layer.fields().indexOf("title"), "经理")
    layer.changeAttributeValue(feature.id(), layer.fields().indexOf("edit_base"), feature["row_version"])
    assert layer.commitChanges(), layer.commitErrors()
    assert town.store.value("select title || phone from fs_pii.contact where id = %s", (contact,)) == "经理" + PHONE


def _dump(town, databases) -> str:
    made = subprocess.run([str(databases.cluster.bin / "pg_dump"), "-h", str(databases.cluster.sockets),
                           "-U", "fs_owner", town.name], capture_output=True, text=True, check=True)
    return made.stdout


def test_a_deleted_phone_is_nowhere_after_the_retention_job(town, contact, databases):
    manager, admin = town.login("customer_manager"), town.login("admin")
    secret = "15987654321"
    for phone in (secret, secret + "9"):
        manager.execute("update fs_app.contact set phone = %s, edit_base = row_version where id = %s", (phone, contact))
    manager.value("select fs_app.reveal(%s, 'last call')", (contact,))
    manager.execute("delete from fs_app.contact where id = %s", (contact,))
    assert admin.value("select fs_app.purge_personal_data()")["contacts"] == 0, "kept until the retention is over"
    assert secret in _dump(town, databases)
    later = date.today() + timedelta(days=31)
    done = admin.value("select fs_app.purge_personal_data(%s)", (later,))
    assert done["contacts"] >= 1
    dump = _dump(town, databases)
    assert secret not in dump and contact in dump, "the log keeps that the row was there, not who it was"
    with pytest.raises(FullServiceError, match="only administrators"):
        town.login("planner").value("select fs_app.purge_personal_data()")


def test_contacts_of_ended_talks_end_and_running_ones_stay(town):
    admin = town.login("admin")
    ids = {}
    with town.store.transaction(bulk=True) as cur:
        for name, until, stage in (("over", "2020-01-01", "closed"), ("running", "2020-01-01", "negotiating"),
                                   ("valid", None, "closed")):
            cur.execute("insert into fullservice.property_party (estate_id, name, role, valid_to) values (%s, "
                        "%s, 'owner', "
                        "%s) returning id", (town.ids["HEL-E"], name, until))
            party = cur.fetchone()[0]
            cur.execute("insert into fs_pii.contact (party_id, name, phone) values (%s, %s, '1') returning id::text",
                        (party, name))
            ids[name] = cur.fetchone()[0]
            cur.execute("insert into fullservice.negotiation (building_id, party_id, stage, origin) values (%s, "
                        "%s, %s, "
                        "'import')", (town.ids["HEL-B0"], party, stage))
    admin.value("select fs_app.purge_personal_data()")
    left = {name for name, row in ids.items() if town.store.rows("select 1 from fs_pii.contact where id = %s", (row,))}
    assert left == {"running", "valid"}


def test_somebody_asks_to_be_forgotten(town, contact):
    admin = town.login("admin")
    with pytest.raises(FullServiceError, match="only administrators"):
        town.login("customer_manager").rows("select fs_app.erase_contact(%s, 'asked by mail')", (contact,))
    admin.rows("select fs_app.erase_contact(%s, 'asked by mail')", (contact,))
    assert town.store.rows("select 1 from fs_pii.contact where id = %s", (contact,)) == []
    assert town.store.value("select purpose from fs_audit.unmask order by seq desc limit 1") == "asked by mail"
