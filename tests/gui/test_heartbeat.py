# SPDX-License-Identifier: GPL-2.0-or-later
"""The window of the real QGIS never waits over 200 ms for our code: a plan computes, the store hangs, it is killed."""

from __future__ import annotations

import os

import pytest

LONG = bool(os.environ.get("FULLSERVICE_LONG"))
LIMIT_MS = 200


@pytest.fixture(scope="module")
def beaten(own_server, root, walk, planned_town) -> dict:
    """A walk on a server of its own; in the long run more of everything."""
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    service = own_server.create("heart")
    with Store.connect({"service": service}) as store:
        install(store)
        with store.transaction() as cur:
            cur.execute((root / "tests" / "data" / "small_city.sql").read_text(encoding="utf-8"))
    planned_town(service)
    more = {"whole": True, "hang": 25.0, "kill": 20.0, "limit": 20} if LONG else {}
    return walk("zh", service, steps=["install", "open_map", "heartbeat"], search="", seconds=280,
                postmaster=own_server.postmaster, **more)


def test_the_window_stays_awake(beaten):
    heart = beaten["heart"]
    print({name: f"{ms} ms" for name, ms in heart["longest"].items()})
    assert beaten["computing"] and {"plan", "hang", "kill"} <= set(heart["beats"])
    assert min(heart["beats"][name] for name in ("plan", "hang", "kill")) > 100, "the heart was heard in every phase"
    assert 290 <= heart["longest"].pop("known") and heart["blocks"].pop(0)["phase"] == "known", "it hears a block"
    ours = [block for block in heart["blocks"] if block["ours"] or block["phase"] in ("plan", "hand")]
    assert not ours, ours


def test_a_lost_store_is_said(beaten):
    assert beaten["banner"] or not LONG, "after 25 seconds the bar stands over the map"
