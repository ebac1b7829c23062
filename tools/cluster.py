# SPDX-License-Identifier: GPL-2.0-or-later
"""The private PostGIS of this checkout: for demo, tests and ``make desktop`` only.

Unix socket only, directories 0700, a service file of its own. PostgreSQL refuses root, so as root the
server runs as an unprivileged system user. Commands: ``start``, ``stop``, ``status``, ``env``, ``destroy``.
Nothing in the plugin knows about it: deployments name a connection instead.
"""

from __future__ import annotations

import argparse
import configparser
import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator, Optional

ROOT = Path(__file__).resolve().parent.parent
OWNER = "fs_owner"
SYSTEM_USERS = ("postgres", "nobody")
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
shared_buffers = 256MB
max_connections = 100
max_wal_size = 2GB
checkpoint_timeout = 15min
logging_collector = off
log_min_messages = warning
timezone = 'UTC'
"""


class ClusterError(RuntimeError):
    """The private server cannot be run here; the message says what to do."""


class Cluster:
    """Paths and commands of the private server of one checkout."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.user = self._server_user()
        tag = hashlib.sha256(f"{root}:{os.getuid()}".encode()).hexdigest()[:10]
        self.home = self._home(tag)
        self.data = self.home / "data"
        self.sockets = Path("/tmp") / f"fsbm-{tag}"  # a socket path may have 107 bytes at most
        self.log = self.home / "server.log"
        self.service_file = root / "build" / "pg_service.conf"
        self.bin = server_binaries()

    def _server_user(self) -> str:
        if os.getuid() != 0:
            return pwd.getpwuid(os.getuid()).pw_name
        for name in SYSTEM_USERS:
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name).pw_name
        raise ClusterError("PostgreSQL does not run as root and there is no system user for it: install postgresql.")

    def _home(self, tag: str) -> Path:
        """In ``build/`` where the server's user can reach it, else in ``/var/tmp``."""
        if os.getuid() != 0 or reachable(self.root, self.user):
            return self.root / "build" / "postgres"
        return Path("/var/tmp") / f"fullservice-{tag}"

    # state

    def running(self) -> bool:
        """Tell whether the server answers."""
        command = [str(self.bin / "pg_isready"), "-q", "-h", str(self.sockets)]
        return subprocess.run(command, check=False).returncode == 0

    def environment(self) -> dict[str, str]:
        """Return the variables a client needs."""
        return {"PGSERVICEFILE": str(self.service_file)}

    # commands

    def start(self) -> None:
        """Start the server; make, repair or rebuild it where needed."""
        with self._lock():
            if not self.running():
                self._start_or_rebuild()
            if not self.service_file.exists():
                self.service_file.touch(mode=0o600)

    def stop(self) -> None:
        """Stop the server if it runs."""
        with self._lock():
            if (self.data / "postmaster.pid").exists():
                self._run([str(self.bin / "pg_ctl"), "-D", str(self.data), "-m", "fast", "-w", "stop"], check=False)

    def destroy(self) -> None:
        """Stop the server and remove its data."""
        self.stop()
        for path in (self.home, self.sockets):
            shutil.rmtree(path, ignore_errors=True)
        self.service_file.unlink(missing_ok=True)

    # steps

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        (self.root / "build").mkdir(exist_ok=True)
        with open(self.root / "build" / "postgres.lock", "w", encoding="utf-8") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _directories(self) -> None:
        for path in (self.home, self.sockets):
            path.mkdir(mode=0o700, exist_ok=True)
            path.chmod(0o700)
            if os.getuid() == 0:
                shutil.chown(path, self.user)

    def _start_or_rebuild(self) -> None:
        self._directories()
        if not (self.data / "PG_VERSION").exists():
            self._rebuild()
        elif not self._wrong_version() and self._start_patiently():
            return
        else:
            print("The private PostGIS was damaged or of another version: it is rebuilt.", file=sys.stderr)
            self._rebuild()
        if not self._try_start():
            tail = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
            raise ClusterError(f"The private PostGIS does not start. Its log ends:\n{tail}")

    def _wrong_version(self) -> bool:
        have = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        return have != self.bin.parent.name and self.bin.parent.name.isdigit()

    def _rebuild(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self._run([str(self.bin / "initdb"), "-D", str(self.data), "-U", OWNER, "-A", "trust", "-E", "UTF8",
                   "--locale=C.UTF-8", "--no-sync"])
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as handle:
            handle.write(SETTINGS.format(sockets=self.sockets))

    def _start_patiently(self) -> bool:
        """Start; after a crash, orphaned server processes may hold the shared memory for a moment."""
        for _ in range(10):
            before = self.log.stat().st_size if self.log.exists() else 0
            if self._try_start():
                return True
            with open(self.log, encoding="utf-8", errors="replace") as handle:
                handle.seek(before)
                if "shared memory" not in handle.read():
                    return False
            time.sleep(0.5)
        return False

    def _try_start(self) -> bool:
        self._forget_dead_server()
        done = self._run(
            [str(self.bin / "pg_ctl"), "-D", str(self.data), "-l", str(self.log), "-w", "-t", "60", "start"],
            check=False,
        )
        return done.returncode == 0 and self._wait()

    def _forget_dead_server(self) -> None:
        """Remove the lock files of a server that is gone, or whose number another process has now.

        PostgreSQL itself only asks whether a process of that number exists; a zombie is enough for it.
        """
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        lines = pid_file.read_text(encoding="utf-8").splitlines()
        command = Path("/proc") / (lines[0].strip() if lines else "0") / "cmdline"
        with contextlib.suppress(OSError):
            if str(self.data).encode() in command.read_bytes():
                return
        for path in (pid_file, *self.sockets.glob(".s.PGSQL.*")):
            path.unlink(missing_ok=True)

    def _wait(self) -> bool:
        for _ in range(100):
            if self.running():
                return True
            time.sleep(0.1)
        return False

    def fresh_database(self, name: str) -> str:
        """Make an empty database, dropping one of that name; return the pg service that opens it."""
        if not name.replace("_", "").isalnum():
            raise ClusterError(f"A database cannot be called {name}.")
        self._psql(f'drop database if exists "{name}" with (force)')
        self._psql(f'create database "{name}"')
        self.add_service(name)
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database of this server with the roles made for it, and its pg service."""
        roles = self._psql(f"select rolname from pg_roles where rolname like '{name}\\_%'").split()
        self._psql(f'drop database if exists "{name}" with (force)')
        for role in roles:
            self._psql(f'drop role if exists "{role}"')
        services = configparser.ConfigParser(interpolation=None)
        services.read(self.service_file, encoding="utf-8")
        services.remove_section(name)
        self._write_services(services)

    def wait_for_disk(self, on: bool) -> None:
        """Let commits and checkpoints wait until the disk has what they wrote, as is usual, or not.

        Without it a killed server still loses nothing, a computer without power may lose the databases.
        """
        self._psql("alter system reset fsync" if on else "alter system set fsync = off")
        self._psql("select pg_reload_conf()")

    def _psql(self, statement: str) -> str:
        done = self._run([str(self.bin / "psql"), "-X", "-q", "-A", "-t", "-h", str(self.sockets), "-U", OWNER, "-d",
                          "postgres", "-c", statement])
        return done.stdout

    def add_service(self, name: str, user: str = OWNER, database: str = "") -> None:
        """Write a pg service for a database of this server into the service file."""
        services = configparser.ConfigParser(interpolation=None)
        services.read(self.service_file, encoding="utf-8")
        services[name] = {"host": str(self.sockets), "dbname": database or name, "user": user,
                          "application_name": "fullservice"}
        self._write_services(services)

    def _write_services(self, services: configparser.ConfigParser) -> None:
        with open(self.service_file, "w", encoding="utf-8") as handle:
            services.write(handle, space_around_delimiters=False)
        self.service_file.chmod(0o600)

    def _run(self, command: list[str], *, check: bool = True) -> "subprocess.CompletedProcess[str]":
        if os.getuid() == 0:
            command = ["setpriv", f"--reuid={self.user}", f"--regid={_group(self.user)}", "--clear-groups", *command]
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(self.home)}
        with open(os.devnull, "rb") as nothing:
            done = subprocess.run(command, stdin=nothing, capture_output=True, text=True, env=environment,
                                  cwd="/", check=False)
        if check and done.returncode != 0:
            raise ClusterError(f"{Path(command[-len(command)]).name} failed: {done.stderr.strip()}")
        return done


def _group(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def reachable(path: Path, user: str) -> bool:
    """Tell whether ``user`` may enter ``path`` (a checkout under a 0700 home is unreachable)."""
    command = ["setpriv", f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups", "test", "-x", str(path)]
    return subprocess.run(command, check=False).returncode == 0


def server_binaries() -> Path:
    """Return the folder of the newest installed PostgreSQL server that has PostGIS."""
    found: list[tuple[int, Path]] = []
    for folder in Path("/usr/lib/postgresql").glob("*/bin"):
        version = folder.parent.name
        if (folder / "initdb").exists() and version.isdigit():
            has_postgis = Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists()
            found.append((int(version) + (1000 if has_postgis else 0), folder))
    if not found:
        raise ClusterError("No PostgreSQL server is installed. Install postgresql and its postgis package.")
    return max(found)[1]


def main(arguments: Optional[list[str]] = None) -> int:
    """Run a command; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("start", "stop", "status", "env", "destroy"))
    chosen = parser.parse_args(arguments).command
    try:
        cluster = Cluster()
        if chosen == "status":
            print("running" if cluster.running() else "stopped")
        elif chosen == "env":
            print("\n".join(f"export {name}={value}" for name, value in cluster.environment().items()))
        else:
            {"start": cluster.start, "stop": cluster.stop, "destroy": cluster.destroy}[chosen]()
    except ClusterError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
