# SPDX-License-Identifier: GPL-2.0-or-later
"""The names that forms offer: every role gets what it sees, in one question, and nothing else."""

from __future__ import annotations

import pytest

from fullservice_plugin.services import name_lists
from fullservice_plugin.services.name_lists import Name, NameList, names_of
from fullservice_plugin.store.roles import ROLES

ALIVE = "NOT is_deleted"
GRIDS = NameList("fs_app", "map_territory", "id", "name", where="level = 'grid'")
PEOPLE = NameList("fullservice", "staff", "id", "login", where=ALIVE)
PARTIES = NameList("fullservice", "property_party", "id", "name", "estate_id", ALIVE)
PLANS = NameList("fullservice", "plan", "id", "code", where=ALIVE)
PAPERS = NameList("fullservice", "agreement", "id", "number", "estate_id", ALIVE)
RIVALS = NameList("fullservice", "competitor_operator", "code", "name", where=ALIVE)
ALL = (GRIDS, PEOPLE, PARTIES, PLANS, PAPERS, RIVALS)


@pytest.fixture(scope="module")
def parties(town):
    """A party in each branch, and one without a name in the first."""
    with town.store.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.property_party (name, role, estate_id) select 'Office ' || code, "
                    "'property_mgmt', id from fullservice.estate where not is_deleted returning name, estate_id::text")
        return dict(cur.fetchall())


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_gets_the_names_it_sees(town, parties, role):
    login = town.login(role)
    found = names_of(login, ALL)
    assert set(found) == set(ALL)
    assert found[GRIDS] and all(name.key and name.shown and not name.estate for name in found[GRIDS])
    seen = dict(login.rows("select name, estate_id::text from fullservice.property_party where not is_deleted"))
    assert {name.shown: name.estate for name in found[PARTIES]} == seen
    assert [name.shown for name in found[PARTIES]] == sorted(seen)


def test_a_row_without_a_name_is_offered_and_a_deleted_one_is_not(town, parties):
    with town.store.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.competitor_operator (code, name) values ('ZZ1', 'Zed'), ('ZZ2', 'Gone')")
        cur.execute("update fullservice.competitor_operator set is_deleted = true where code = 'ZZ2'")
    found = names_of(town.store, [RIVALS])[RIVALS]
    assert Name("ZZ1", "Zed") in found and "ZZ2" not in {name.key for name in found}
    with town.store.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.agreement (estate_id, type) select id, 'entry' from fullservice.estate "
                    "where not is_deleted limit 1 returning id::text, estate_id::text")
        made, estate = cur.fetchone()
    assert Name(made, "", estate) in names_of(town.store, [PAPERS])[PAPERS]


def test_a_list_that_is_too_long_is_none(town, parties, monkeypatch):
    count = len(names_of(town.store, [PARTIES])[PARTIES])
    monkeypatch.setattr(name_lists, "MOST", count - 1)
    assert names_of(town.store, [PARTIES, RIVALS])[PARTIES] is None
    monkeypatch.setattr(name_lists, "MOST", count)
    assert len(names_of(town.store, [PARTIES])[PARTIES]) == count
