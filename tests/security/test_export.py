# SPDX-License-Identifier: GPL-2.0-or-later
"""What leaves the store: people masked, other branches absent, nothing that a spreadsheet program would run."""

from __future__ import annotations

import csv

import pytest

from fullservice_plugin.core.errors import OutputError, ParameterError
from fullservice_plugin.services.export_table import export_table
from fullservice_plugin.store.connection import Store

PHONE, NAME = "13912345678", "李四光"


@pytest.fixture(scope="module")
def place(databases):
    """A store with two branches, contacts and estates with nasty names; a manager's store of branch A."""
    from fullservice_plugin.store.migrate import install
    from fullservice_plugin.store.roles import add_person

    name = databases.create()
    owner = Store.connect({"service": name})
    install(owner)
    with owner.transaction(bulk=True) as cur:
        for branch in ("A", "B"):
            cur.execute("insert into fullservice.org_unit (level, code, name) values ('branch', %s, %s)",
                        (branch, branch))
            cur.execute("insert into fullservice.estate (code, name, estate_type, households, branch_code) "
                        "values (%s, %s, "
                        "'office', -0, %s)", ("=" + branch, "=cmd()" + branch, branch))
            cur.execute("insert into fullservice.property_party (name, role, branch_code) values ('P', 'owner', %s) "
                        "returning id", (branch,))
            cur.execute("insert into fs_pii.contact (party_id, name, phone) values (%s, %s, %s)",
                        (cur.fetchone()[0], NAME, PHONE))
        add_person(cur, name + "_m", "customer_manager", ("A",))
    databases.service(name + "_m", name, name + "_m")
    manager = Store.connect({"service": name + "_m"})
    yield owner, manager
    manager.close()
    owner.close()


def cells(path):
    with open(path, encoding="utf-8-sig", newline="") as handle:
        return list(csv.reader(handle))


@pytest.mark.parametrize("who", [0, 1])
def test_people_leave_masked_whoever_exports(place, tmp_path, who):
    path = tmp_path / "contact.csv"
    assert export_table(place[who], "contact", path, "zh") == (2, 1)[who]
    text = path.read_text(encoding="utf-8-sig")
    assert PHONE not in text and NAME not in text and "139****5678" in text and "李**" in text
    assert cells(path)[0][1:4] == ["姓名", "职务", "电话"]


def test_only_the_own_branch_and_no_live_cell(place, tmp_path):
    path = tmp_path / "estate.csv"
    assert export_table(place[1], "estate", path, "en") == 1
    rows = cells(path)
    assert rows[1][0] == "'=A" and rows[1][1] == "'=cmd()A" and "Office" in rows[1] and "0" in rows[1]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


def test_what_cannot_be_written_leaves_nothing(place, tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        export_table(place[1], "estate", tmp_path / "no" / "x.csv", "en")
    with pytest.raises(ParameterError, match="There is no table"):
        export_table(place[1], "estate; drop table x", tmp_path / "x.csv", "en")
    assert list(tmp_path.iterdir()) == []
