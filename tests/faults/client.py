# SPDX-License-Identifier: GPL-2.0-or-later
"""What the killed clients do: edit, step, import, install. Every step is said on a line, a confirmed commit as "
  "``done``."""

from __future__ import annotations

import sys
import time

from fullservice_plugin.core.errors import FullServiceError
from fullservice_plugin.store import bulk, migrate
from fullservice_plugin.store.connection import Store


def say(*words: object) -> None:
    print(*words, flush=True)


def edit(store: Store, code: str) -> None:
    """Edit one estate again and again; say how many commits were confirmed."""
    count = 0
    while True:
        with store.transaction() as cur:
            cur.execute("update fullservice.estate set build_year = 1000 + (coalesce(build_year, 1000) + 1) %% 1000, "
                        "edit_base = row_version where code = %s returning row_version", (code,))
            version = cur.fetchone()[0]
            say("edited", version)
        count += 1
        say("done", version)


def step(store: Store, code: str) -> None:
    """Move a lead on and back, with its event."""
    row = store.value("select id::text from fullservice.building where code = %s", (code,))
    path = ("located", "demolished") if code == "H0" else ("located",)
    for state in path:
        say("stepping", state)
        store.transition("SM-1", row, state, "because")
        say("done", state)
    time.sleep(30)


def batch(store: Store, name: str, count: str) -> None:
    """Import rows as our services do: claim, stage, upsert, one commit."""
    rows = [(name, "src", number, f"k{number}", "名称\t\\N") for number in range(int(count))]
    say("began")
    with store.transaction(bulk=True) as cur:
        if not bulk.claim_run(cur, "faults", name, {"rows": int(count)}):
            say("already")
            return
        say("claimed")
        bulk.copy_rows(cur, "ledger_row", ("batch", "source_name", "row_number", "ledger_key", "name"), rows)
        say("copied")
        cur.execute("select fs_app.place_branches()")
        say("placed")
    say("done")


def install(store: Store) -> None:
    """Install; the steps are said by the progress."""
    from fullservice_plugin.core.progress import Progress

    say("began")
    try:
        made = migrate.install(store, True, Progress(lambda fraction: say("step", round(fraction, 2))))
    except FullServiceError as error:
        say("refused", type(error).__name__)
        raise
    say("done", len(made.applied))


if __name__ == "__main__":
    say("hello")
    with Store.connect({"service": sys.argv[2]}) as opened:
        say("open")
        {"edit": edit, "step": step, "batch": batch, "install": install}[sys.argv[1]](opened, *sys.argv[3:])
