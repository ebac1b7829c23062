# SPDX-License-Identifier: GPL-2.0-or-later
"""Prices and rules in the store: for all or one branch, in and out, and a plan follows them."""

from __future__ import annotations

import importlib.util
import json
from datetime import date
from pathlib import Path

import pytest
from psycopg2 import sql
from shapely.geometry import Point

from fullservice_plugin.core.access.catalogue import figures_of, laid_over, load_catalogue
from fullservice_plugin.core.errors import InputError, OutputError, ParameterError, StoreError
from fullservice_plugin.services.design import plan_area
from fullservice_plugin.services.prices import area_catalogue, export_catalogue, import_catalogue
from fullservice_plugin.services.resources import import_resources

_spec = importlib.util.spec_from_file_location("fs_town_prices", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)


@pytest.fixture
def place(databases):
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store = Store.connect({"service": databases.create()})
    install(store)
    ids = town.build(store)
    import_resources(
        store, town.table({"code": ["OLT"], "kind": ["olt"], "free_ports": [64]}, [Point(town.at(-38, 64))])
    )
    with store.transaction(bulk=True) as cur:
        cur.execute("update fullservice.building set households = households * 6")
    yield store, ids
    store.close()


def _file(folder: Path, **data) -> str:
    path = folder / "own.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def _catalogue(store, ids):
    with store.transaction() as cur:
        return area_catalogue(cur, [ids["E1-1"]])


def test_figures_are_the_whole_catalogue():
    shipped = load_catalogue()
    again = laid_over(load_catalogue(), figures_of(shipped.data), "again")
    assert figures_of(again.data) == figures_of(shipped.data)
    bare = laid_over(type(shipped)({}), figures_of(shipped.data), "bare")
    assert bare.price("labour", "splice") == shipped.price("labour", "splice")
    assert bare.text("optics", "class") == "B+" and bare.currency == "CNY"
    assert bare.label("boxes", "FAT-8", "zh") == shipped.label("boxes", "FAT-8", "zh")


def test_importing_twice_changes_nothing_and_comes_back_whole(place, tmp_path):
    store, ids = place
    first = import_catalogue(store)
    assert first.new == len(figures_of(load_catalogue().data)) > 150 and first.changed == 0
    again = import_catalogue(store)
    assert (again.new, again.changed, again.same) == (0, 0, first.new)
    path = export_catalogue(store, str(tmp_path / "out.json"))
    assert figures_of(json.loads(path.read_text(encoding="utf-8"))) == figures_of(load_catalogue().data)
    changed = import_catalogue(store, _file(tmp_path, construction={"trench": {"price": 500.0}}))
    assert (changed.new, changed.changed) == (0, 1)
    assert _catalogue(store, ids).price("construction", "trench") == 500.0


def test_a_new_price_makes_a_new_plan(place, tmp_path):
    store, _ = place
    given = {"budget": None, "horizon_years": 8.0, "scenario": "base", "time_limit": 10.0, "today": date(2026, 3, 1)}
    before = plan_area(store, "G", **given)
    assert not plan_area(store, "G", **given).new
    import_catalogue(store, _file(tmp_path, labour={"connection": {"price": 130.0}}))
    after = plan_area(store, "G", **given)
    assert after.new
    price = store.value(
        "select unit_price from fullservice.design_bom where plan_id = %s and item = 'Connection of a user'",
        (after.plan_id,),
    )
    assert float(price) == 130.0 and before.plan_id != after.plan_id


def test_a_person_edits_one_figure_and_takes_a_size_out(place):
    store, ids = place
    import_catalogue(store)
    row = store.rows(
        "select id::text, row_version from fullservice.price_item where section = 'boxes' and item = 'FAT-72' "
        "and figure = 'price'"
    )[0]
    store.execute("update fullservice.price_item set value = 999, edit_base = %s where id = %s", row[::-1])
    assert _catalogue(store, ids).price("boxes", "FAT-72") == 999.0
    store.execute(
        "insert into fullservice.price_item (section, item, figure, value) values ('boxes', 'FAT-72', 'available', 0)"
    )
    assert "FAT-72" not in _catalogue(store, ids).section("boxes")
    assert store.value("select count(*) from fs_audit.log where row_id = %s and op = 'U'", (row[0],)) == 1


def test_a_branch_has_its_own_prices(place, tmp_path):
    store, ids = place
    with store.transaction(bulk=True) as cur:
        town.insert(cur, "org_unit", level="branch", code="C", name="Other")
    import_catalogue(store, _file(tmp_path, construction={"trench": {"price": 300.0}}))
    import_catalogue(store, _file(tmp_path, construction={"trench": {"price": 400.0}}), "B")
    import_catalogue(store, _file(tmp_path, construction={"trench": {"price": 450.0}}), "C")
    assert _catalogue(store, ids).price("construction", "trench") == 400.0
    other = json.loads(export_catalogue(store, str(tmp_path / "c.json"), "C").read_text(encoding="utf-8"))
    assert other["construction"]["trench"]["price"] == 450.0
    everywhere = json.loads(export_catalogue(store, str(tmp_path / "all.json")).read_text(encoding="utf-8"))
    assert everywhere["construction"]["trench"]["price"] == 300.0


def test_what_cannot_be_planned_with_is_refused_whole(place, tmp_path):
    store, _ = place
    for data, words in (({"boxes": {"FAT-8": {"price": -4}}}, "FAT-8"), ({"optics": {"class": {"value": "Z"}}}, "Z"),
                        ({}, "no figure")):  # fmt: skip
        with pytest.raises(InputError, match=words):
            import_catalogue(store, _file(tmp_path, **data))
    with pytest.raises(ParameterError, match="NOWHERE"):
        import_catalogue(store, "", "NOWHERE")
    with pytest.raises(OutputError, match="json"):
        export_catalogue(store, str(tmp_path / "out.txt"))
    assert store.value("select count(*) from fullservice.price_item") == 0


def test_only_planners_write_prices(place, databases):
    from fullservice_plugin.store.connection import Store

    store, _ = place
    name = store.connection.info.dbname
    for role, allowed in (("customer_manager", False), ("read_only", False), ("planner", True)):
        login = f"{name}_{role[:6]}"
        with store.transaction(bulk=True) as cur:
            cur.execute(
                sql.SQL("create role {} login in role {}").format(
                    sql.Identifier(login), sql.Identifier(f"{name}_{role}")
                )
            )
            town.insert(cur, "staff", login=login, role=role, branch_code="B")
        with Store.connect({"service": databases.service(login, name, login)}) as other:
            if allowed:
                assert import_catalogue(other).new > 100
            else:
                with pytest.raises(StoreError):
                    import_catalogue(other)
