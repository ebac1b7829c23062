# SPDX-License-Identifier: GPL-2.0-or-later
"""Backup, restore drill, removal: complete or refused, md5-identical, nothing half when killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from fullservice_plugin.core.errors import Cancelled, InputError, ParameterError, StoreError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.services.store_operation import backup_store, check_store, remove_store, restore_store
from fullservice_plugin.store import backup, census, manifest, migrate, roles
from fullservice_plugin.store.connection import Store

SCHEMAS = "select nspname from pg_namespace where nspname in ('fullservice','fs_app','fs_audit','fs_pii','fs_meta')"


@pytest.fixture(scope="module")
def saved(town, tmp_path_factory):
    """A backup of the town, with people, contacts and a log in it."""
    town.login("planner")
    town.login("customer_manager")
    with town.store.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.property_party (estate_id, name, role) values (%s, '物业 \\ ''\n', "
                    "'owner') "
                    "returning id", (town.ids["HEL-E"],))
        cur.execute("insert into fs_pii.contact (party_id, name, phone) values (%s, '李四', '139')", cur.fetchone())
        cur.execute("insert into fullservice.attachment (subject_kind, subject_id, kind, file_name, content) values "
                    "('estate', %s, 'photo', 'a.jpg', %s)", (town.ids["HEL-E"], bytes(range(256))))
    path = tmp_path_factory.mktemp("backup") / "town.fsbackup"
    return path, backup_store(town.store, path)


def empty(databases) -> dict[str, str]:
    return {"host": str(databases.cluster.sockets), "dbname": databases.create(), "user": "fs_owner"}


def contents(store) -> dict:
    with store.transaction() as cur:
        found = manifest.take(cur)
    found.pop("fs_meta.setting")  # the name of the store is another one
    return found


def test_the_backup_is_complete(town, saved):
    path, made = saved
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["manifest.json", "store.dump"]
    assert made["tables"]["fullservice.building"]["rows"] == 6
    assert made["tables"]["fs_pii.contact"]["rows"] == 1
    assert made["tables"]["fs_audit.log"]["rows"] == town.store.value("select count(*) from fs_audit.log")
    assert {name for name in made["tables"]} >= {"fullservice.indicator_daily", "fs_audit.unmask", "fs_meta.migration"}


def test_the_restore_drill(town, saved, databases):
    """Another database of the same server: same rows, same rights under its own role names, and work goes on."""
    path, made = saved
    target = empty(databases)
    with Store.connect(target) as store:
        restore_store(store, path)
        assert contents(store) == contents(town.store)
        with store.transaction() as cur, town.store.transaction() as other:
            assert census.take(cur, target["dbname"]) == census.take(other, town.name)
        fids = store.value("select max(fid) from fullservice.building")
        store.execute("insert into fullservice.building (code) values ('after')")
        assert store.value("select fid from fullservice.building where code = 'after'") == fids + 1
        manager = town.login("customer_manager").login
        with Store.connect({**target, "user": manager}) as person:
            assert person.value("select count(*) from fullservice.building where branch_code = 'HEL'") == 3
            assert person.value("select count(*) from fullservice.building where branch_code = 'ESP'") == 0
        assert check_store(store, path) and {f.feature for f in check_store(store, path) if f.rule == "backup "
                                                                                                      "rows"} >= {
            "fullservice.building", "fs_audit.log"}
    with Store.connect(target) as store, pytest.raises(StoreError, match="not empty"):
        restore_store(store, path)


def test_who_sees_a_part_makes_no_backup(town, tmp_path):
    for role in ("planner", "admin", "read_only"):
        with pytest.raises(StoreError, match="sees only a part"):
            backup_store(town.login(role), tmp_path / "part.fsbackup")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_backup_is_refused_before_anything_is_touched(saved, databases, tmp_path):
    path, _ = saved
    whole = path.read_bytes()
    target = empty(databases)
    bad = tmp_path / "bad.fsbackup"
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    foreign = tmp_path / "foreign.zip"
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("readme.txt", "hello")
    for content in (whole[: len(whole) // 2], bytes(flipped), b"", b"not a zip", foreign.read_bytes()):
        bad.write_bytes(content)
        with Store.connect(target) as store, pytest.raises(InputError, match="bad.fsbackup"):
            restore_store(store, bad)
        with Store.connect(target) as store:
            assert store.rows(SCHEMAS) == []
    with Store.connect(target) as store, pytest.raises(InputError):
        restore_store(store, tmp_path / "absent.fsbackup")


def test_cancelled_in_the_middle_leaves_no_file(town, tmp_path):
    stop = Progress(lambda fraction: None, None, None, lambda: True)
    with pytest.raises(Cancelled):
        backup_store(town.store, tmp_path / "x.fsbackup", stop)
    assert list(tmp_path.iterdir()) == []
    assert town.store.value("select 1") == 1


KILLED = """
import sys
from pathlib import Path
from fullservice_plugin.store.connection import Store
from fullservice_plugin.services import store_operation
print("go", flush=True)
with Store.connect(sys.argv[2]) as store:
    getattr(store_operation, sys.argv[1])(store, Path(sys.argv[3]))
"""


def killed(verb: str, dsn: dict, path: Path, after: float) -> None:
    """Run in a process of its own and kill -9 it after so many seconds; back when its orphans have ended too.

    A pg_restore that its dead parent had only just started is no session yet: nobody would see it in the server.
    """
    words = " ".join(f"{key}={value}" for key, value in dsn.items())
    child = subprocess.Popen([sys.executable, "-P", "-c", KILLED, verb, words, str(path)], stdout=subprocess.PIPE,
                             start_new_session=True)
    child.stdout.readline()
    time.sleep(after)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    for _ in range(600):
        try:
            os.killpg(child.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("a program started by the killed one does not end")


def quiet(store, database: str) -> None:
    """Wait until nobody else is in the database: a killed client's session ends by itself."""
    for _ in range(200):
        if store.value("select count(*) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()",
                       (database,)) == 0:
            return
        time.sleep(0.1)
    raise AssertionError("sessions stay open")


@pytest.mark.parametrize("after", [0.05, 0.6, 1.2])
def test_killed_while_saving_leaves_no_backup(town, tmp_path, after):
    place = tmp_path / "k.fsbackup"
    killed("backup_store", town.dsn("fs_owner"), place, after)
    if place.exists():
        assert backup.read(place)["tables"], "if the file is there, it is whole"
    backup_store(town.store, tmp_path / "again.fsbackup")


@pytest.mark.parametrize("after", [0.1, 0.8, 1.6, 2.4])
def test_killed_while_restoring_is_empty_or_completed(saved, databases, after):
    path, made = saved
    wanted = {name: entry for name, entry in made["tables"].items() if name != "fs_meta.setting"}
    target = empty(databases)
    killed("restore_store", target, path, after)
    with Store.connect(target) as store:
        quiet(store, target["dbname"])
        if store.rows(SCHEMAS) == []:
            restore_store(store, path)
        else:
            migrate.install(store)
        assert contents(store) == wanted
        with store.transaction() as cur:
            assert roles.prefix_of(cur) == target["dbname"]
        assert [f for f in check_store(store) if f.severity == "error" and f.rule != "login"] == []


def test_removal_saves_first_and_leaves_nothing(databases, tmp_path):
    target = empty(databases)
    path = tmp_path / "last.fsbackup"
    with Store.connect(target) as store:
        migrate.install(store)
        store.execute("insert into fullservice.building (code) values ('only')")
        with pytest.raises(ParameterError, match="type the name of its database"):
            remove_store(store, path, "something else")
        assert not path.exists() and store.rows(SCHEMAS)
        remove_store(store, path, target["dbname"])
        assert store.rows(SCHEMAS) == []
        left = store.rows("select rolname from pg_roles where starts_with(rolname, %s)", (target["dbname"] + "_",))
        assert left == []
        restore_store(store, path)
        assert store.value("select code from fullservice.building") == "only"


def test_clients_stay_connected_over_an_upgrade(town):
    """Idle clients and one in the middle of reading: the upgrade waits for it, and all go on with their old "
      "connections."""
    manager = town.login("customer_manager")
    update = "update fullservice.building set name = %s, edit_base = row_version where code = 'HEL-B0'"
    manager.execute(update, ("before",))
    idle = [Store.connect(town.dsn(manager.login)) for _ in range(3)]
    reader = Store.connect(town.dsn(manager.login))
    reader.connection.cursor().execute("select count(*) from fullservice.building")
    town.store.execute("update fs_meta.setting set value = '\"older\"' where key = 'app_sha256'")
    done = []
    upgrade = threading.Thread(
        daemon=True, target=lambda: done.append(migrate.install(Store.connect(town.dsn("fs_owner")))))
    upgrade.start()
    time.sleep(1.0)
    assert not done, "it waits for whoever is reading"
    reader.connection.commit()
    upgrade.join(30)
    assert done and done[0].rebuilt
    for number, store in enumerate((*idle, reader, manager)):
        store.execute(update, (f"after {number}",))
        store.close() if store is not manager else None
    assert town.store.value("select name from fullservice.building where code = 'HEL-B0'") == "after 4"


def test_an_upgrade_does_not_wait_for_ever(town, monkeypatch):
    reader = Store.connect(town.dsn(town.login("customer_manager").login))
    reader.connection.cursor().execute("select count(*) from fullservice.building")
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "500ms")
    before = town.store.rows(SCHEMAS)
    town.store.execute("update fs_meta.setting set value = '\"older\"' where key = 'app_sha256'")
    with Store.connect(town.dsn("fs_owner")) as store, pytest.raises(StoreError, match="still at work"):
        migrate.install(store)
    assert town.store.rows(SCHEMAS) == before
    reader.close()
    assert migrate.install(town.store).rebuilt
