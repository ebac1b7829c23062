# SPDX-License-Identifier: GPL-2.0-or-later
"""The three-way merge: nobody's change is dropped without a question."""

from __future__ import annotations

import random

from fullservice_plugin.core.merge import merge


def test_the_cases_one_can_count_on_the_fingers():
    base = {"a": 1, "b": None, "stage": "x"}
    assert merge(base, {"a": 2}, {**base, "b": 3}).keep == ("a",)
    assert merge(base, {"a": 2}, {**base, "a": 3}).ask == ("a",)
    assert merge(base, {"a": 2}, {**base, "a": 2}).same == ("a",)
    assert merge(base, {"b": None, "a": 2}, {**base, "b": 5}).ask == ("b",)
    moved = merge(base, {"a": 2}, {**base, "stage": "y"}, states=("stage",))
    assert moved.keep == ("a",) and moved.moved == ("stage",) and not moved.clean
    assert merge({}, {"a": 2}, {"a": 3}).ask == ("a",), "unknown before is always asked about"


def test_no_change_of_either_side_is_ever_lost_by_a_clean_merge():
    dice = random.Random(11)
    names = [f"f{n}" for n in range(6)]
    clean = 0
    for _ in range(3000):
        base = {name: dice.choice([None, 0, 1]) for name in names}
        mine = {name: dice.choice([None, 0, 1, 2]) for name in dice.sample(names, dice.randint(1, 4))}
        theirs = {**base, **{name: dice.choice([None, 0, 1, 3]) for name in dice.sample(names, dice.randint(0, 4))}}
        found = merge(base, mine, theirs)
        assert sorted((*found.keep, *found.same, *found.ask)) == sorted(mine)
        for name in found.ask:
            assert mine[name] != theirs[name] and theirs[name] != base[name]
        if found.clean:
            clean += 1
            saved = {**theirs, **{name: mine[name] for name in found.keep}}
            for name in names:
                if name in mine:
                    assert saved[name] == mine[name]
                if theirs[name] != base[name]:
                    assert saved[name] == theirs[name]
    assert clean > 300
