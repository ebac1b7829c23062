# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps a store of this checkout's version with a small town in it, for the test that upgrades every release.

Run once at a release (``make release-dump``): ``tests/data/releases/NNNN.sql.gz`` is kept for good. The prefix of the
role names in it is ``storeprefix``, which the test replaces.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "storeprefix"


def main() -> int:
    """Install, fill, dump, drop."""
    sys.path.append(str(ROOT / "tools"))
    from cluster import Cluster

    from fullservice_plugin.store import migrate, versions
    from fullservice_plugin.store.connection import Store

    cluster = Cluster()
    cluster.start()
    cluster.fresh_database(NAME)
    try:
        with Store.connect({"host": str(cluster.sockets), "dbname": NAME, "user": "fs_owner"}) as store:
            migrate.install(store)
            with store.transaction() as cur:
                cur.execute((ROOT / "tests" / "data" / "small_city.sql").read_text(encoding="utf-8"))
        schemas = [f"--schema={name}" for name in migrate.SCHEMAS]
        done = subprocess.run([str(cluster.bin / "pg_dump"), "-h", str(cluster.sockets), "-U", "fs_owner", "-d", NAME,
                               *schemas], capture_output=True, text=True, check=True)
    finally:
        cluster.drop_database(NAME)
    lines = [line for line in done.stdout.splitlines(True) if not line.startswith(("\\restrict", "\\unrestrict"))]
    target = ROOT / "tests" / "data" / "releases" / f"{versions.current():04d}.sql.gz"
    target.parent.mkdir(exist_ok=True)
    with gzip.GzipFile(target, "wb", mtime=0) as packed:
        packed.write("".join(lines).encode("utf-8"))
    print(target.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
