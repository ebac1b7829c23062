# SPDX-License-Identifier: GPL-2.0-or-later
"""A small made town for store tests: one grid, two estates of three buildings, streets, operators, two people."""

from __future__ import annotations

from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

LON, LAT = 24.94, 60.17
# Metres per degree near LAT, good enough to draw a town.
EAST, NORTH = 55400.0, 111400.0


def at(x: float, y: float) -> tuple[float, float]:
    """Return lon, lat of a point given in metres from the town's corner."""
    return LON + x / EAST, LAT + y / NORTH


def block(x: float, y: float, width: float = 20.0, height: float = 12.0) -> Polygon:
    """Return a rectangular footprint in EPSG:4326, its corner in metres."""
    return Polygon([at(x, y), at(x + width, y), at(x + width, y + height), at(x, y + height)])


def line(*points: tuple[float, float]) -> LineString:
    """Return a line in EPSG:4326 through points in metres."""
    return LineString([at(*point) for point in points])


def _hex(shape: BaseGeometry) -> str:
    from fullservice_plugin.services.imports import ewkb

    return ewkb(shape)


def insert(cur, table: str, **values) -> str:
    """Insert a row and return its id; shapes are written in EPSG:4326."""
    from fullservice_plugin.store.negotiation import insert as put

    return put(cur, table, {k: _hex(v) if isinstance(v, BaseGeometry) else v for k, v in values.items()})


def build(store, streets: bool = True) -> dict[str, str]:
    """Fill a fresh store with the town; return the ids by code."""
    ids: dict[str, str] = {}
    whole = MultiPolygon([box(LON - 0.01, LAT - 0.01, LON + 0.02, LAT + 0.02)])
    with store.transaction(bulk=True) as cur:
        ids["B"] = insert(cur, "org_unit", level="branch", code="B", name="Branch", geom=whole)
        ids["M"] = insert(
            cur, "org_unit", level="micro_region", code="M", name="Region", parent_id=ids["B"], geom=whole
        )
        ids["G"] = insert(cur, "org_unit", level="grid", code="G", name="Grid", parent_id=ids["M"], geom=whole)
        for number, (code, name) in enumerate((("E1", "Rose Court"), ("E2", "玫瑰园"))):
            ids[code] = insert(
                cur,
                "estate",
                code=code,
                name=name,
                grid_id=ids["G"],
                value_class="red",
                geom=MultiPolygon([block(0, number * 60, 160, 40)]),
            )
            for place in range(3):
                key = f"{code}-{place + 1}"
                ids[key] = insert(
                    cur,
                    "building",
                    code=key,
                    name=f"House {place + 1}",
                    number=str(place + 1),
                    estate_id=ids[code],
                    grid_id=ids["G"],
                    storeys=6,
                    households=24 + 12 * place,
                    use="residential",
                    geom=MultiPolygon([block(10 + 50 * place, 14 + number * 60)]),
                )
        if streets:
            for key, shape in (
                ("s1", line((-40, 5), (200, 5))),
                ("s2", line((-40, 65), (200, 65))),
                ("s3", line((-40, 5), (-40, 65))),
                ("s4", line((200, 5), (200, 65))),
            ):
                ids[key] = insert(
                    cur,
                    "street",
                    source_name="made",
                    source_key=key,
                    name=key,
                    highway="residential",
                    geom=MultiLineString([shape]),
                )
        for code, name, own in (("CMCC", "移动", True), ("CTCC", "电信", False), ("CUCC", "联通", False)):
            cur.execute("select count(*) from fullservice.competitor_operator where code = %s", (code,))
            if cur.fetchone()[0] == 0:
                insert(cur, "competitor_operator", code=code, name=name, is_self=own)
    return ids


def opened(service: str):
    """Install a store and fill it with the town; return the store and the ids by code."""
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store = Store.connect({"service": service})
    install(store)
    return store, build(store)


def crowd(databases, roles: tuple[str, ...]):
    """Return a store with the town, the ids by code, and a person's connection by role."""
    store, ids = opened(databases.create())
    return store, ids, logins(databases, store, roles)


def logins(databases, store, roles: tuple[str, ...]) -> dict:
    """Return a person's connection by role, each of the branch of the town, a customer manager also of its grid."""
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.roles import add_person

    name = store.connection.info.dbname
    links = {}
    for role in roles:
        login = f"{name}_{role[:4]}"
        with store.transaction(bulk=True) as cur:
            add_person(cur, login, role, ("B", "G") if role == "customer_manager" else ("B",))
        links[role] = Store.connect({"service": databases.service(login, name, login)})
    return links


def supplied(service: str, homes: int = 1):
    """Return a store with the town, a supply point and ``homes`` times the households: enough to plan."""
    from fullservice_plugin.services.resources import import_resources

    store, _ = opened(service)
    import_resources(store, table({"code": ["OLT"], "kind": ["olt"], "free_ports": [64]}, [Point(at(-38, 64))]))
    if homes != 1:
        with store.transaction(bulk=True) as cur:
            cur.execute("update fullservice.building set households = households * %s", (homes,))
    return store


def build_row(store) -> dict[str, str]:
    """The town without homes, and a row of houses wall to wall: A and D have many homes, B and C between them none."""
    from fullservice_plugin.services.resources import import_resources

    ids = build(store)
    with store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set households = 0")
        ids["E3"] = insert(
            cur, "estate", code="E3", name="Row", grid_id=ids["G"], geom=MultiPolygon([block(0, 70, 190, 30)])
        )
        for n, (code, homes) in enumerate((("A", 140), ("B", 0), ("C", 0), ("D", 140))):
            ids[code] = insert(
                cur, "building", code=code, name=code, estate_id=ids["E3"], grid_id=ids["G"], storeys=5,
                households=homes, use="residential", geom=MultiPolygon([block(20 + 20 * n, 90)]),
            )  # fmt: skip
    import_resources(store, table({"code": ["OLT"], "kind": ["olt"], "free_ports": [64]}, [Point(at(-38, 64))]))
    return ids


def table(columns: dict[str, list], geometry: list | None = None):
    """Return a feature table with rows numbered from 1."""
    from fullservice_plugin.core.table import FeatureTable

    count = len(next(iter(columns.values())))
    return FeatureTable([str(n + 1) for n in range(count)], geometry or [None] * count, columns, [], "sample")
