# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures: QGIS with our provider, fresh stores on the private PostGIS, logins, shared data."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
BEGUN = date.today()


def _load(name: str, path: Path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def pytest_collection_modifyitems(config, items):
    """Long tests run only when asked for."""
    if os.environ.get("FULLSERVICE_LONG"):
        return
    skip = pytest.mark.skip(reason="long: make test-long")
    for item in items:
        if "long" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="module", autouse=True)
def _day(request) -> None:
    """A run that passes midnight: what a module calls TODAY is the day on which its tests run, as the server's is."""
    if getattr(request.module, "TODAY", None) == BEGUN:  # others have a fixed day
        request.module.TODAY = date.today()


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def samples():
    """The module of invented plans and reports."""
    from tests.unit.plans import samples

    return samples


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development data; skips where it is absent."""
    for place in (os.environ.get("FULLSERVICE_DATA"), ROOT.parent / "shared" / "data"):
        if place and Path(place).is_dir():
            return Path(place)
    pytest.skip("development data is absent (FULLSERVICE_DATA)")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """The private PostGIS, running; what tests write need not outlive a power cut, so they do not wait for the disk."""
    found = _load("fullservice_cluster", ROOT / "tools" / "cluster.py").Cluster()
    found.start()
    found.wait_for_disk(False)
    yield found
    found.wait_for_disk(True)


class Databases:
    """Makes and drops databases on the private PostGIS; writes one pg service per database and login."""

    def __init__(self, cluster) -> None:
        self.cluster = cluster
        self.made: list[str] = []
        self.folder = Path(tempfile.mkdtemp(prefix="fs-services-"))
        self.file = self.folder / "pg_service.conf"
        self.file.write_text("")
        os.environ["PGSERVICEFILE"] = str(self.file)

    def connect(self, database: str = "postgres", user: str = "fs_owner"):
        import psycopg2

        link = psycopg2.connect(host=str(self.cluster.sockets), dbname=database, user=user)
        link.autocommit = True
        return link

    def create(self, prefix: str = "t") -> str:
        """A fresh, empty database; returns its name, which is also a pg service (owner login)."""
        from psycopg2 import sql

        name = f"{prefix}_{uuid.uuid4().hex[:10]}"
        link = self.connect()
        with link.cursor() as cursor:
            cursor.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        link.close()
        self.made.append(name)
        self.service(name, name, "fs_owner")
        return name

    def service(self, service: str, database: str, user: str) -> str:
        """Add a pg service for a database and login; returns the service's name."""
        with self.file.open("a") as handle:
            handle.write(f"[{service}]\nhost={self.cluster.sockets}\ndbname={database}\nuser={user}\n\n")
        return service

    def fill(self, database: str, *more: str) -> str:
        """Put the made town into an installed store, then whatever ``more`` says; returns the database's name."""
        link = self.connect(database)
        with link.cursor() as cursor:
            cursor.execute((ROOT / "tests" / "data" / "small_city.sql").read_text(encoding="utf-8"))
            for statement in more:
                cursor.execute(statement)
        link.close()
        return database

    def drop(self, name: str) -> None:
        from psycopg2 import sql

        link = self.connect()
        with link.cursor() as cursor:
            cursor.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        link.close()

    def drop_all(self) -> None:
        """Drop what was made, eight at once: each waits for the disk to remove a thousand files, up to 3 s."""
        from psycopg2 import sql

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.drop, self.made))
        link = self.connect()
        with link.cursor() as cursor:
            cursor.execute("select rolname from pg_roles where exists (select 1 from unnest(%s::text[]) name "
                           "where starts_with(rolname, name || '_'))", (self.made,))
            for (role,) in cursor.fetchall():
                cursor.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(role)))
        link.close()


@pytest.fixture(scope="session")
def databases(cluster) -> Iterator[Databases]:
    """Fresh databases on the private PostGIS."""
    made = Databases(cluster)
    yield made
    made.drop_all()


class OwnServer:
    """A server that a test may kill, in a folder of its own; ``service`` opens its database ``faults``."""

    def __init__(self, cluster_module, databases) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="fs-own-"))
        self.home.chmod(0o755)
        (self.home / "build").mkdir()
        self.cluster = cluster_module.Cluster(self.home)
        self.cluster.start()
        self.databases = databases

    @property
    def postmaster(self) -> int:
        return int((self.cluster.data / "postmaster.pid").read_text().splitlines()[0])

    def create(self, name: str) -> str:
        """A fresh database and its pg service, which has a name of its own."""
        self.cluster._psql(f"create database {name}")
        service = f"own_{self.home.name.replace('-', '_')}_{name}"
        with self.databases.file.open("a") as handle:
            handle.write(f"[{service}]\nhost={self.cluster.sockets}\ndbname={name}\nuser=fs_owner\n\n")
        return service

    def kill(self) -> None:
        """kill -9 of the postmaster and of every backend, and wait until they are gone."""
        parent = self.postmaster
        pids = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False).stdout.split()
        for pid in (parent, *map(int, pids)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in (parent, *map(int, pids)):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it is gone
                for _ in range(200):
                    if "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]:
                        break
                    time.sleep(0.02)

    def start(self) -> None:
        self.cluster.start()

    def destroy(self) -> None:
        self.cluster.destroy()
        shutil.rmtree(self.home, ignore_errors=True)


@pytest.fixture(scope="module")
def own_server(root, databases) -> Iterator[OwnServer]:
    """A server of this module's own, to be killed."""
    made = OwnServer(_load("fullservice_own_cluster", root / "tools" / "cluster.py"), databases)
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def empty_database(databases) -> str:
    """A fresh database without a store; its name is also a pg service."""
    return databases.create()


@pytest.fixture(scope="module")
def store_name(databases, qgis_app) -> str:
    """A fresh database with an installed store; its name is also a pg service."""
    import processing

    name = databases.create()
    processing.run("fullservice:createstore", {"STORE": name})
    return name


@pytest.fixture(scope="session")
def qgis_app():
    """QGIS with Processing and our provider, which is also its attribute ``fullservice_provider``."""
    headless = _load("fullservice_headless", ROOT / "tools" / "headless.py")
    application = headless.start_qgis(Path(tempfile.mkdtemp(prefix="fs-qgis-")))
    application.fullservice_provider = application.processingRegistry().providerById("fullservice")
    yield application


class TileServer:
    """Serves one tile on this machine, whatever is asked for; ``asked`` are the paths that were."""

    def __init__(self) -> None:
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        self.asked: list[str] = []
        self.answers: dict[str, bytes] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                body = outer.answers.get(self.path.split("?")[0], outer.tile)
                self.send_response(200)
                self.send_header("Content-Type", "image/png" if body is outer.tile else "text/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                pass

        self.tile = self._png((200, 60, 20))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.url = self.root + "/{z}/{x}/{y}.png"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def _png(colour: tuple[int, int, int]) -> bytes:
        """A tile of one colour."""
        def chunk(kind: bytes, body: bytes) -> bytes:
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        rows = (b"\x00" + bytes(colour) * 256) * 256
        head = struct.pack(">IIBBBBB", 256, 256, 8, 2, 0, 0, 0)
        return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows))
                + chunk(b"IEND", b""))  # fmt: skip


@pytest.fixture(scope="module")
def tile_server() -> Iterator[TileServer]:
    """A tile server on this machine."""
    made = TileServer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A file system of 64 KiB of its own; skips where none may be mounted."""
    place = tmp_path / "full"
    place.mkdir()
    program = shutil.which("mount")
    command = [program or "", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if program is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)
