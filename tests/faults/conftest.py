# SPDX-License-Identifier: GPL-2.0-or-later
"""A store on a server that may be killed, clients in processes of their own, and what must hold afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = Path(__file__).resolve().parent / "client.py"
ROWS = 400


class Bench:
    """The server, its store, and the checks after every kill."""

    def __init__(self, server, service) -> None:
        self.server, self.service = server, service
        self.kills = 0
        self.fresh = 0

    def store(self):
        from fullservice_plugin.store.connection import Store

        return Store.connect({"service": self.service})

    def empty(self) -> str:
        """The service of a fresh database."""
        self.fresh += 1
        return self.server.create(f"fresh{self.fresh}")

    def client(self, work: str, *words: str) -> "Client":
        return Client(work, *words)

    def kill_server(self) -> None:
        self.kills += 1
        self.server.kill()

    def whole(self) -> None:
        """Whatever was going on: rows, versions, steps and the log agree with one another."""
        with self.store() as store:
            assert store.rows(
                "select e.code, e.row_version, l.n from fullservice.estate e cross join lateral (select count(*) as n "
                "from fs_audit.log l where l.row_id = e.id and l.op in ('I', 'U')) l where l.n <> e.row_version") == []
            assert store.rows(
                "select b.id from fullservice.building b where b.lead_state <> 'candidate' and not exists "
                "(select 1 from "
                "fullservice.state_event e where e.subject_id = b.id and e.to_state = b.lead_state)") == []
            assert store.rows(
                "select r.input_hash, r.counts, (select count(*) from fullservice.ledger_row l where l.batch = "
                "r.input_hash) "
                "from fs_meta.batch_run r where r.kind = 'faults' and (r.counts ->> 'rows')::int <> (select "
                "count(*) from "
                "fullservice.ledger_row l where l.batch = r.input_hash)") == []
            assert store.rows(
                "select distinct batch from fullservice.ledger_row l where not exists (select 1 from "
                "fs_meta.batch_run r "
                "where r.kind = 'faults' and r.input_hash = l.batch)") == []


class Client:
    """A client process that says what it has done, line by line."""

    def __init__(self, work: str, *words: str) -> None:
        self.said: list[str] = []
        self.process = subprocess.Popen([sys.executable, "-P", str(CLIENT), work, *words], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)

    def until(self, word: str) -> None:
        """Read until the client says ``word``."""
        for line in self.process.stdout:
            self.said.append(line.strip())
            if line.startswith(word):
                return
        raise AssertionError(f"the client ended before it said {word}: {self.said[-3:]}")

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.rest()

    def rest(self) -> list[str]:
        """Everything it said until it ended."""
        self.said += [line.strip() for line in self.process.stdout]
        self.process.wait(60)
        return self.said


@pytest.fixture(scope="module")
def bench(own_server) -> Bench:
    """A store with two estates and three buildings."""
    from fullservice_plugin.store.migrate import install

    made = Bench(own_server, own_server.create("faults"))
    with made.store() as store:
        install(store)
        store.execute("insert into fullservice.org_unit (level, code, name) values ('branch', 'B', 'B')")
        for code in ("E0", "E1"):
            store.execute("insert into fullservice.estate (code, branch_code) values (%s, 'B')", (code,))
        for code in ("H0", "H1", "H2"):
            store.execute("insert into fullservice.building (code, branch_code) values (%s, 'B')", (code,))
    return made
