# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing is left behind: the plugin loaded and unloaded, cards opened, again and again in the real QGIS."""

from __future__ import annotations

import os

import pytest

LONG = bool(os.environ.get("FULLSERVICE_LONG"))


@pytest.fixture(scope="module")
def counted(town, walk) -> dict:
    """A walk that counts before and after."""
    rounds = {"loads": 50, "cards": 200} if LONG else {"loads": 5, "cards": 20}
    return walk("en", town, steps=["install", "open_map", "leaks"], search="", seconds=600 if LONG else 200, **rounds)


@pytest.mark.parametrize("what", ["leak_loads", "leak_cards"])
def test_nothing_is_left_behind(counted, what):
    told = counted[what]
    print(what, {key: told[key] for key in ("rounds", "threads", "memory", "seconds")})
    assert told["rounds"] in (5, 20, 50, 200) and told["counted"]["widgets"] > 100
    assert told["grown"] == {}, told["grown"]
