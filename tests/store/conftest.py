# SPDX-License-Identifier: GPL-2.0-or-later
"""A store per module with two branches, and a real login per role and branch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest


@dataclass
class Town:
    """An installed store with a small town in two branches; ids by code."""

    name: str
    store: object
    dsn: Callable[[str], dict[str, str]]
    ids: dict[str, str] = field(default_factory=dict)
    open: dict[tuple[str, str], object] = field(default_factory=dict)

    def login(self, role: str, branch: str = "HEL"):
        """The open store of somebody with ``role`` in ``branch`` ("" for a login the store does not know)."""
        from psycopg2 import sql

        from fullservice_plugin.store.connection import Store
        from fullservice_plugin.store.roles import add_person

        key = (role, branch)
        if key not in self.open:
            user = f"{self.name}_{role}_{branch.lower() or 'nobody'}"
            with self.store.transaction(bulk=True) as cur:
                if branch:
                    areas = (branch, branch + "-G") if role == "customer_manager" else (branch,)
                    add_person(cur, user, role, areas)
                else:
                    cur.execute(sql.SQL("create role {} login").format(sql.Identifier(user)))
                    from fullservice_plugin.store.roles import grant_role

                    grant_role(cur, user, role)
            self.open[key] = Store.connect(self.dsn(user))
        return self.open[key]


def _square(x: float, y: float, size: float = 0.001) -> str:
    return f"SRID=4326;MULTIPOLYGON((({x} {y},{x + size} {y},{x + size} {y + size},{x} {y + size},{x} {y})))"


def build_town(town: Town) -> None:
    """Two branches HEL and ESP, each with a grid, an estate and three buildings."""
    with town.store.transaction(bulk=True) as cur:
        for number, branch in enumerate(("HEL", "ESP")):
            x = 24.9 + number
            for level, code, parent in (
                ("branch", branch, None),
                ("micro_region", branch + "-M", branch),
                ("grid", branch + "-G", branch + "-M"),
            ):
                cur.execute(
                    "insert into fullservice.org_unit (level, code, name, parent_id, geom) values "
                    "(%s, %s, %s, %s, %s) returning id::text",
                    (level, code, code, town.ids.get(parent), _square(x, 60.0, 0.5)),
                )
                town.ids[code] = cur.fetchone()[0]
            cur.execute(
                "insert into fullservice.estate (code, name, grid_id, geom) values (%s, %s, %s, %s) returning id::text",
                (branch + "-E", branch + " estate", town.ids[branch + "-G"], _square(x, 60.0, 0.01)),
            )
            town.ids[branch + "-E"] = cur.fetchone()[0]
            for house in range(3):
                code = f"{branch}-B{house}"
                cur.execute(
                    "insert into fullservice.building (code, estate_id, households, geom) values "
                    "(%s, %s, %s, %s) returning id::text",
                    (code, town.ids[branch + "-E"], 10 + house, _square(x + 0.002 * house, 60.0)),
                )
                town.ids[code] = cur.fetchone()[0]
        cur.execute(
            "insert into fullservice.competitor_operator (code, name, is_self) values ('CMCC', '中国移动', true), "
            "('CUCC', '中国联通', false), ('CTCC', '中国电信', false)"
        )


@pytest.fixture(scope="module")
def town(databases) -> Iterator[Town]:
    """The town, open as its owner."""
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    name = databases.create()

    def dsn(user: str) -> dict[str, str]:
        return {"host": str(databases.cluster.sockets), "dbname": name, "user": user}

    made = Town(name, Store.connect(dsn("fs_owner")), dsn)
    install(made.store)
    build_town(made)
    yield made
    for store in (*made.open.values(), made.store):
        store.close()


@pytest.fixture(scope="module")
def ask(databases, store_name):
    """Ask the store as its owner."""

    def rows(query: str, *values):
        link = databases.connect(store_name)
        try:
            with link.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            link.close()

    return rows
