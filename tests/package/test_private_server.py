# SPDX-License-Identifier: GPL-2.0-or-later
"""The private PostGIS: crashes, damage, unreachable checkouts, ordinary users, two checkouts."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def module(root):
    spec = importlib.util.spec_from_file_location("cluster_under_test", root / "tools" / "cluster.py")
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def checkout() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="fs-checkout-"))
    place.chmod(0o755)
    (place / "build").mkdir()
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def server(module, checkout):
    made = module.Cluster(checkout)
    made.start()
    yield made
    made.destroy()


def postmaster(server) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def test_socket_only_and_private(server):
    assert server.running()
    assert stat.S_IMODE(server.home.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
    assert "''" in [line for line in (server.data / "postgresql.conf").read_text().splitlines()
                    if line.startswith("listen_addresses")][-1]
    assert len(str(server.sockets / ".s.PGSQL.5432")) <= 107


def test_killed_server_comes_back_with_its_data(server):
    server.fresh_database("kept")
    os.kill(postmaster(server), signal.SIGKILL)
    for _ in range(50):
        if not server.running():
            break
        time.sleep(0.1)
    server.start()
    assert server.running()
    assert server._psql("select 1 from pg_database where datname = 'kept'").strip() == "1"


def test_damaged_server_is_rebuilt(server, capsys):
    server.stop()
    (server.data / "global" / "pg_control").unlink()
    server.start()
    assert server.running()
    assert "rebuilt" in capsys.readouterr().err


def test_two_checkouts_do_not_meet(module, checkout):
    with tempfile.TemporaryDirectory() as other:
        first, second = module.Cluster(checkout), module.Cluster(Path(other))
        assert {first.sockets, first.home}.isdisjoint({second.sockets, second.home})


@pytest.mark.skipif(os.getuid() != 0, reason="needs root")
def test_checkout_under_a_closed_home(module):
    closed = Path(tempfile.mkdtemp(prefix="fs-closed-"))  # 0700, as root's home is
    place = closed / "checkout"
    (place / "build").mkdir(parents=True)
    made = module.Cluster(place)
    try:
        assert not made.home.is_relative_to(closed)
        made.start()
        assert made.running()
    finally:
        made.destroy()
        shutil.rmtree(closed)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root")
def test_an_ordinary_user_runs_it(root, checkout):
    shutil.copytree(root / "tools", checkout / "tools")
    for path in [checkout, *checkout.rglob("*")]:
        shutil.chown(path, "nobody", "nogroup")
    command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
               os.path.realpath(sys.executable), "tools/cluster.py"]
    try:
        for wanted in ("start", "status"):
            done = subprocess.run([*command, wanted], cwd=checkout, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == "running"
    finally:
        subprocess.run([*command, "destroy"], cwd=checkout, check=False)
