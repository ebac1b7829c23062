# SPDX-License-Identifier: GPL-2.0-or-later
"""Other Debian releases in ``build/roots/``, to run the checks on the QGIS they carry.

``roots.py test SUITE`` runs the tests there, ``roots.py smoke SUITE`` tries the ZIP on a QGIS with stock Python
packages, ``roots.py run SUITE COMMAND …`` runs anything, with this checkout at /checkout and a build folder of its own.
A root is made once by mmdebstrap, from the Debian archive that this system's apt uses (or the one that the variable
``FULLSERVICE_DEBIAN_ARCHIVE`` names); root and packages are kept. As root it is entered in namespaces of its own, as a
user in a user namespace too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOTS = ROOT / "build" / "roots"
BASE = "ca-certificates,git,make,python3"
#: How this system reaches the network; a root sees the same files where they are.
NETWORK = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs", "/etc/pip.conf", "/etc/xdg/pip")
#: Variables that go along, by what their names begin with.
PASSED = ("PIP_", "FULLSERVICE_", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
#: The ZIP through QGIS' own installer, on and off, algorithms on layers in qgis_process, a plan as PDF.
SMOKE = "T=tests/gui/test_stock.py tests/gui/test_desktop.py tests/package/test_interface.py"
#: The program exits with what the command did; the server of the checkout is stopped before its namespace goes.
ENTER = """
set -eu
root=$1 checkout=$2 build=$3 archives=$4 data=$5
shift 5
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
for file in $NETWORK; do
    [ -e "$file" ] || continue
    if [ -d "$file" ]; then mkdir -p "$root$file"; else mkdir -p "$root$(dirname "$file")"; touch "$root$file"; fi
    mount --bind "$file" "$root$file"
done
mkdir -p "$root/checkout" "$root/var/cache/apt/archives/partial"
mount --bind "$checkout" "$root/checkout"
mount --bind "$build" "$root/checkout/build"
mount --bind "$archives" "$root/var/cache/apt/archives"
[ -z "$data" ] || { mkdir -p "$root/data"; mount --bind "$data" "$root/data"; }
status=0
chroot "$root" /bin/sh -c 'cd /checkout && exec "$@"' command "$@" || status=$?
chroot "$root" /bin/sh -c 'cd /checkout && [ ! -e build/postgres.lock ] || python3 tools/cluster.py stop' || true
exit $status
"""


class RootError(RuntimeError):
    """A root cannot be made or entered here; the message says what to do."""


def archive() -> str:
    """Return the address of the Debian archive of this system's apt."""
    named = os.environ.get("FULLSERVICE_DEBIAN_ARCHIVE", "")
    if named or not shutil.which("apt-get"):
        return named or _refuse("There is no apt here. Name a Debian archive in FULLSERVICE_DEBIAN_ARCHIVE.")
    command = ["apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)", "Created-By: Packages"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = [line.split()[2] for line in listed.splitlines() if line.startswith("Debian Debian ")]
    return found[0] if found else _refuse(
        "apt knows no Debian archive here (or 'apt-get update' was never run). Name one in FULLSERVICE_DEBIAN_ARCHIVE.")


def habits() -> list[str]:
    """Return how apt shall treat the archive's dates in a root: as it does here."""
    listed = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout.splitlines()
    return [line for line in listed if line.startswith(("Acquire::Check-Valid-Until ", "Acquire::Check-Date "))]


def _refuse(sentence: str) -> str:
    raise RootError(sentence)


def namespaces() -> list[str]:
    """Return the beginning of the command that runs a program in mount, process and ipc namespaces of its own."""
    own = ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child"]
    if os.getuid() != 0:
        own += ["--map-root-user", "--map-auto"]
    if subprocess.run([*own, "true"], capture_output=True, check=False).returncode:
        raise RootError("Roots need root, or user namespaces with subordinate ids for this user (/etc/subuid, "
                        "/etc/subgid, the package uidmap): 'unshare --mount --pid --fork --map-root-user --map-auto "
                        "true' must work.")
    return own


def _bootstrap() -> str:
    if not shutil.which("mmdebstrap"):
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "mmdebstrap"]
        if os.getuid() != 0 or not shutil.which("apt-get") or subprocess.run(
                command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdout=subprocess.DEVNULL,
                check=False).returncode:
            raise RootError("mmdebstrap is missing: sudo apt-get install mmdebstrap uidmap")
    return "mmdebstrap"


def build(suite: str) -> Path:
    """Return the root of a suite, made where it is not there yet. Raises RootError."""
    place = ROOTS / suite
    if (place / "made").exists():
        return place
    own = namespaces()
    ROOTS.mkdir(parents=True, exist_ok=True)
    if place.exists():
        subprocess.run([*own, "rm", "-rf", str(place)], check=True)
    log = ROOTS / f"{suite}-bootstrap.log"
    print(f"{suite}: made by mmdebstrap, log in {log.relative_to(ROOT)}", flush=True)
    mode = "root" if os.getuid() == 0 else "unshare"
    command = [_bootstrap(), f"--mode={mode}", "--format=directory", "--variant=minbase",
               f"--include={BASE}", *(f"--aptopt={line}" for line in ('APT::Install-Recommends "false";', *habits())),
               suite, str(place), archive()]
    with open(log, "w", encoding="utf-8") as handle:
        done = subprocess.run(command, stdout=handle, stderr=handle, check=False)
    if done.returncode:
        raise RootError(f"mmdebstrap failed; {log} ends: {log.read_text(encoding='utf-8')[-600:]}")
    # No daemon starts in a root: the tests have a server of their own.
    script = ("printf '#!/bin/sh\\nexit 101\\n' > $1/usr/sbin/policy-rc.d; chmod 755 $1/usr/sbin/policy-rc.d; "
              "echo force-unsafe-io > $1/etc/dpkg/dpkg.cfg.d/unsafe-io; touch $1/made")
    subprocess.run([*own, "sh", "-ec", script, "sh", str(place)], check=True)
    return place


def run(suite: str, command: list[str], log: str = "", **more: str) -> int:
    """Run a command in a root, its output also in ``build/roots/<log>``; return its exit status. Raises RootError."""
    place = build(suite)
    folder, archives = ROOTS / f"{suite}-build", ROOTS / f"{suite}-archives"
    for path in (folder, archives):
        path.mkdir(exist_ok=True)
    data = os.environ.get("FULLSERVICE_DATA") or str(ROOT.parent / "shared" / "data")
    data = data if Path(data).is_dir() else ""
    environment = {name: value for name, value in os.environ.items() if name.startswith(PASSED)}
    environment.update(
        PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME="/root", LANG="C.UTF-8",
        LC_ALL="C.UTF-8", NETWORK=" ".join(NETWORK), FULLSERVICE_DATA=data and "/data",
        DEBIAN_FRONTEND="noninteractive", GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="safe.directory",
        GIT_CONFIG_VALUE_0="*", **more)
    for name in ("PIP_FIND_LINKS", "PIP_CONSTRAINT"):
        environment.pop(name, None)  # paths of this system
    whole = [*namespaces(), "sh", "-c", ENTER, "enter", str(place), str(ROOT), str(folder), str(archives),
             data, *command]
    if not log:
        return subprocess.run(whole, env=environment, check=False).returncode
    with open(ROOTS / log, "w", encoding="utf-8") as handle:
        with subprocess.Popen(whole, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace") as process:
            for line in process.stdout or ():
                sys.stdout.write(line)
                handle.write(line)
                handle.flush()
    return process.returncode


def main() -> int:
    """Run a command of the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("build", "run", "test", "smoke", "clean"))
    parser.add_argument("suite", nargs="?", default="trixie")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    try:
        if options.what == "build":
            build(options.suite)
            return 0
        if options.what == "clean":  # the files of a user namespace are not this user's to remove
            return subprocess.run([*namespaces(), "rm", "-rf", str(ROOTS)], check=False).returncode
        if options.what == "run":
            return run(options.suite, options.rest or ["/bin/bash"])
        if options.what == "test":
            return run(options.suite, ["make", "check-tests", *options.rest], f"{options.suite}-tests.log")
        tests = " ".join([SMOKE, *options.rest])
        return run(options.suite, ["make", "check-tests", tests], f"{options.suite}-smoke.log",
                   FULLSERVICE_STOCK="1", FULLSERVICE_LONG="1")
    except RootError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
