# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipe of docs/operation.md, followed word for word: a base backup and archived WAL bring back a chosen "
  "moment."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest


@pytest.mark.long
@pytest.mark.timeout(300)
def test_back_to_a_moment(bench):
    cluster = bench.server.cluster
    archive, base = cluster.home / "archive", cluster.home / "base"
    for folder in (archive, base):
        folder.mkdir(mode=0o700)
        shutil.chown(folder, cluster.user)
    with open(cluster.data / "postgresql.conf", "a", encoding="utf-8") as settings:
        settings.write(f"\nwal_level = replica\narchive_mode = on\narchive_command = 'test ! -f {archive}/%f && cp %p "
                       f"{archive}/%f'\n")
    with open(cluster.data / "pg_hba.conf", "a", encoding="utf-8") as rules:
        rules.write("local replication all trust\n")
    cluster.stop()
    cluster.start()
    cluster._run([str(cluster.bin / "pg_basebackup"), "-h", str(cluster.sockets), "-U", "fs_owner", "-D", str(base),
                  "-X", "none", "-c", "fast"])
    update = "update fullservice.estate set name = %s, edit_base = row_version where code = 'E0'"
    with bench.store() as store:
        store.execute(update, ("wanted",))
        time.sleep(1.5)
        moment = store.value("select now()::text")
        time.sleep(1.5)
        store.execute(update, ("a mistake",))
        store.rows("select pg_switch_wal()")
        for _ in range(100):
            if store.value("select last_archived_wal is not null and archived_count > 0 from pg_stat_archiver"):
                break
            time.sleep(0.1)
    cluster.stop()
    shutil.rmtree(cluster.data)
    shutil.move(str(base), str(cluster.data))
    with open(cluster.data / "postgresql.conf", "a", encoding="utf-8") as settings:
        settings.write(f"\nrestore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{moment}'\n"
                       "recovery_target_action = 'promote'\n")
    (cluster.data / "recovery.signal").touch()
    subprocess.run(["chown", "-R", cluster.user, str(cluster.data)], check=True)
    cluster.start()
    with bench.store() as store:
        assert store.value("select name from fullservice.estate where code = 'E0'") == "wanted"
    bench.whole()
