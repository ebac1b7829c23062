# SPDX-License-Identifier: GPL-2.0-or-later
"""Many at once: writers of the same rows, installers, importers, owners of one grid; nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import threading
import time
from contextlib import suppress

import psycopg2
import pytest
from psycopg2 import sql

from fullservice_plugin.core.errors import ConflictError, FullServiceError, InputError
from fullservice_plugin.store import census, migrate, versions
from fullservice_plugin.store.connection import Store

WRITERS, ROWS = 8, 20
LONG = bool(os.environ.get("FULLSERVICE_LONG"))


@pytest.fixture(scope="module")
def crowd(bench):
    """Twenty estates and a login for each writer."""
    from fullservice_plugin.store.roles import add_person

    with bench.store() as store:
        store.execute("insert into fullservice.estate (code, branch_code) select 'R' || n, 'B' from "
                      "generate_series(1, %s) n",
                      (ROWS,))
        database = store.value("select current_database()")
        with store.transaction(bulk=True) as cur:
            for number in range(WRITERS):
                add_person(cur, f"{database}_w{number}", "customer_manager", ("B",))
    host = str(bench.server.cluster.sockets)
    return [{"host": host, "dbname": database, "user": f"{database}_w{number}"} for number in range(WRITERS)]


def test_eight_writers_of_twenty_rows(bench, crowd):
    """store.md: 8 writers × 20 rows; here 2 s in the short run, 10 s in the long one."""
    query = "select sum(row_version) from fullservice.estate where code like 'R%%'"
    with bench.store() as store:
        before = store.value(query)
        logged = store.value("select count(*) from fs_audit.log where op = 'U'")
    commits, conflicts, other = [0] * WRITERS, [0] * WRITERS, []
    until = time.monotonic() + (10 if LONG else 2)

    def write(number):
        dice = random.Random(number)
        with Store.connect(crowd[number]) as store:
            while time.monotonic() < until:
                code = f"R{dice.randint(1, ROWS)}"
                version = store.value("select row_version from fullservice.estate where code = %s", (code,))
                try:
                    store.execute("update fullservice.estate set name = %s, edit_base = %s where code = %s",
                                  (f"w{number}", version, code))
                    commits[number] += 1
                except ConflictError as error:
                    assert error.values["base"] == version
                    conflicts[number] += 1
                except FullServiceError as error:
                    other.append(error)

    threads = [threading.Thread(daemon=True, target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with bench.store() as store:
        assert store.value(query) - before == sum(commits) > 100, "an edit was lost, or one came from nowhere"
        assert store.value("select count(*) from fs_audit.log where op = 'U'") - logged == sum(commits)
    assert not other and min(commits) > 0
    print(f"{sum(commits)} commits, {sum(conflicts)} conflicts, all reported")
    bench.whole()


def test_six_installers_at_once_and_one_is_killed(bench):
    service = bench.empty()
    clients = [bench.client("install", service) for _ in range(6)]
    clients[0].until("began")
    time.sleep(0.4)
    clients[0].kill()
    said = [client.rest() for client in clients[1:]]
    made = [int(lines[-1].split()[1]) for lines in said if lines[-1].startswith("done")]
    assert len(made) == 5, said
    assert sorted(made) in ([0, 0, 0, 0, len(versions.files())], [0] * 5)
    with Store.connect({"service": service}) as store, bench.store() as fresh:
        assert store.version() == versions.current()
        with store.transaction() as cur, fresh.transaction() as other:
            cur.execute("select current_database()")
            name = cur.fetchone()[0]
            assert census.take(cur, name) == census.take(other, "faults")


def at_once(*deeds):
    """Run the deeds at the same moment; what each raised, None for what succeeded."""
    outcome = [None] * len(deeds)
    gate = threading.Barrier(len(deeds))

    def run(number):
        gate.wait()
        try:
            deeds[number]()
        except FullServiceError as error:
            outcome[number] = error

    threads = [threading.Thread(daemon=True, target=run, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcome


@pytest.mark.parametrize("round_", range(3))
def test_one_owner_per_grid_and_date(bench, crowd, round_):
    with bench.store() as store:
        grid = store.value("insert into fullservice.org_unit (level, code, name, branch_code) values ('grid', "
                           "%s, 'g', 'B') "
                           "returning id::text", (f"G{round_}",))
        staff = [row for (row,) in store.rows("select id::text from fullservice.staff order by fid limit 4")]

    def take(person):
        def deed():
            with bench.store() as store:
                store.execute("insert into fullservice.area_assignment (staff_id, org_unit_id) values (%s, %s)",
                              (person, grid))
        return deed

    outcome = at_once(*map(take, staff))
    assert sum(error is None for error in outcome) == 1
    assert all(isinstance(error, (InputError, ConflictError)) for error in outcome if error is not None)
    with bench.store() as store:
        assert store.value("select count(*) from fullservice.area_assignment where org_unit_id = %s", (grid,)) == 1


def test_one_exclusive_agreement_at_a_time(bench, crowd):
    with bench.store() as store:
        house = store.value("select id::text from fullservice.building where code = 'H2'")
        deals = [store.value("insert into fullservice.agreement (number, status, exclusivity, valid_from, valid_to, "
                             "branch_code) values (%s, 'active', 'wiring', '2026-01-01', '2027-01-01', 'B') returning "
                             "id::text", (f"X{number}",)) for number in range(3)]

    def cover(deal):
        def deed():
            with bench.store() as store:
                store.execute("insert into fullservice.agreement_building (agreement_id, building_id) values (%s, %s)",
                              (deal, house))
        return deed

    outcome = at_once(*map(cover, deals))
    assert sum(error is None for error in outcome) == 1, outcome


def test_two_importers_of_the_same_file_import_it_once(bench):
    clients = [bench.client("batch", bench.service, "twice", "2000") for _ in range(2)]
    said = [client.rest()[-1] for client in clients]
    assert sorted(said) == ["already", "done"]
    with bench.store() as store:
        assert store.value("select count(*) from fullservice.ledger_row where batch = 'twice'") == 2000
    bench.whole()


def test_a_deadlock_is_a_sentence_and_the_second_try_succeeds(bench, crowd):
    done = []

    def both(first, second, dsn):
        def deed():
            for attempt in range(3):
                with Store.connect(dsn) as store:
                    try:
                        with store.transaction() as cur:
                            for code in (first, second):
                                cur.execute("update fullservice.estate set build_year = 2001, edit_base = row_version "
                                            "where code = %s", (code,))
                                time.sleep(0.2)
                        done.append(attempt)
                        return
                    except ConflictError as error:
                        assert "Run it again" in error.text() or "changed this row" in error.text(), error.text()
        return deed

    outcome = at_once(both("R1", "R2", crowd[0]), both("R2", "R1", crowd[1]))
    assert outcome == [None, None] and len(done) == 2
    assert max(done) >= 1, "they did meet"
    bench.whole()


def test_a_cut_connection_is_a_sentence_and_nothing_is_written(bench, crowd):
    """The backend is ended between the edit and its commit, as by a firewall that forgets the connection."""
    with Store.connect(crowd[0]) as store:
        before = store.value("select row_version from fullservice.estate where code = 'R3'")
        with pytest.raises(FullServiceError, match="connection to the store was lost"):
            with store.transaction() as cur:
                cur.execute("update fullservice.estate set name = 'cut', edit_base = row_version where code = 'R3'")
                with bench.store() as other:
                    other.rows("select pg_terminate_backend(%s)", (store.connection.info.backend_pid,))
                cur.execute("select 1")
    with bench.store() as store:
        assert store.value("select row_version from fullservice.estate where code = 'R3'") == before
    with pytest.raises(psycopg2.InterfaceError):
        store.connection.cursor()


def test_an_installation_meets_people_at_work(bench, crowd):
    """Writers go on during an upgrade; each of their edits is there or was refused."""
    stop, counted = threading.Event(), []

    def write():
        with Store.connect(crowd[2]) as store:
            while not stop.is_set():
                try:
                    store.execute("update fullservice.estate set name = 'busy', edit_base = row_version where "
                                  "code = 'R9'")
                    counted.append(1)
                except FullServiceError:
                    time.sleep(0.01)

    def read(number):
        """Holds one table while asking for another, so that locks taken one by one would meet crosswise."""
        dice = random.Random(number)
        tables = ("building", "estate", "negotiation", "plan", "agreement", "intel_observation")
        with Store.connect(crowd[number]) as store:
            while not stop.is_set():
                with suppress(FullServiceError), store.transaction() as cur:
                    for table in dice.sample(tables, 3):
                        cur.execute(sql.SQL("select 1 from fullservice.{} limit 1").format(sql.Identifier(table)))
                        time.sleep(0.02)

    with bench.store() as store:
        before = store.value("select row_version from fullservice.estate where code = 'R9'")
        threads = [threading.Thread(target=write, daemon=True)]
        threads += [threading.Thread(target=read, args=(number,), daemon=True) for number in (3, 4, 5)]
        for thread in threads:
            thread.start()
        try:
            time.sleep(0.2)
            store.execute("update fs_meta.setting set value = '\"older\"' where key = 'app_sha256'")
            assert migrate.install(store).rebuilt
            time.sleep(0.3)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert store.value("select row_version from fullservice.estate where code = 'R9'") - before == len(counted) > 10
    bench.whole()
