# SPDX-License-Identifier: GPL-2.0-or-later
"""A town with plans, and a walk through the real QGIS under Xvfb: the ZIP installed by QGIS' own plugin installer."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.gui.stopped import run_until, where

#: Seconds for a walk that names none: the longest of them takes 95 beside two busy loops on two cores.
LIMIT = 400
LOCALE = {"zh": "zh-Hans", "en": "en_US"}
OWN = ("QT_QPA_PLATFORM", "PYTHONPATH", "QGIS_CUSTOM_CONFIG_PATH", "QGIS_PLUGINPATH", "VIRTUAL_ENV")

DOUBTFUL = """
insert into fullservice.source_record (source_name, source_key, kind, proposed_id, state, band, score, attributes, geom,
    origin, branch_code)
select 'imagery', 'r' || n, 'building', id, 'review', 'review', 0.3 + n / 10.0, '{"name": "翠园3号楼", "storeys": 18}',
    ST_Translate(geom, 0.0001, 0.00005), 'algorithm', branch_code
from (select row_number() over (order by code) as n, * from fullservice.building where geom is not null) b where n <= 2
"""
WAITING = """
insert into fullservice.estate (code, name, grid_id, estate_type, households, method, geom, branch_code)
select 'LP9001', '待核实新盘', grid_id, 'residential', 320, 'area', ST_Translate(geom, -0.004, -0.003), branch_code
from fullservice.estate where code = 'LP0001';
insert into fullservice.ledger_row (batch, source_name, row_number, ledger_key, name, address, households, building_id,
    method, band, score, reason, geom, branch_code)
select 'book.csv', '资管台账', 7, 'L1', '锦绣花园3幢', '文一路12号', 48, id, 'name', 'review', 0.6,
    '3 栋楼同样吻合', null, branch_code from fullservice.building where geom is not null order by code limit 1;
insert into fullservice.ledger_row (batch, source_name, row_number, ledger_key, name, method, band, score, reason)
values ('book.csv', '资管台账', 8, 'L2', '无名新村', 'unplaced', 'unplaced', 0, '没有楼栋与该名称或地址对应')
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A walk ends by its own limit, which leaves evidence, and not by that of its test."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LIMIT + 200))


def zip_of(root: Path, folder: Path) -> Path:
    spec = importlib.util.spec_from_file_location("fullservice_package", root / "tools" / "package.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    import fullservice_plugin

    module.STAGE = Path(fullservice_plugin.__file__).parent
    return module.package(folder)


@pytest.fixture(scope="module")
def waiting() -> tuple[str, str]:
    """Statements that let doubtful pairs and ledger rows wait for a person."""
    return DOUBTFUL, WAITING


@pytest.fixture(scope="module")
def town(store_name, databases) -> str:
    databases.fill(store_name, DOUBTFUL, WAITING)
    planned(store_name)
    return store_name


@pytest.fixture(scope="session")
def planned_town():
    """``planned_town(service)``: real plans of a town that is in the store."""
    return planned


def planned(store_name: str) -> None:
    """A real plan of the town's first grid, for the design by hand."""
    from shapely.geometry import Point

    from fullservice_plugin.core.table import FeatureTable
    from fullservice_plugin.services.design import plan_area
    from fullservice_plugin.services.resources import import_resources
    from fullservice_plugin.store.connection import Store

    with Store.connect({"service": store_name}) as store:
        grid, lon, lat = store.rows(
            "select o.code, ST_X(p), ST_Y(p) from fullservice.org_unit o cross join lateral (select ST_StartPoint("
            "ST_GeometryN(s.geom, 1)) as p from fullservice.street s where ST_Intersects(s.geom, o.geom) "
            "order by s.source_key limit 1) s where o.level = 'grid' order by o.code limit 1"
        )[0]
        columns = {"code": ["OLT-HAND"], "kind": ["olt"], "free_ports": [64]}
        import_resources(store, FeatureTable(["1"], [Point(lon, lat)], columns, [], "sample"))
        with store.transaction(bulk=True) as cur:
            cur.execute("update fullservice.building set households = 60 where households is not null")
        made = plan_area(store, grid, budget=None, horizon_years=10.0, scenario="hand", time_limit=10.0)
        served = [code for code, in store.rows(
            "select b.code from fullservice.access_decision d join fullservice.building b on b.id = d.building_id "
            "where d.plan_id = %s and d.method <> 'none' order by ST_Area(b.geom) desc", (made.plan_id,))]
        methods = {code: "hybrid" if number < 2 else "fttb" for number, code in enumerate(served)}
        plan_area(store, grid, budget=None, horizon_years=10.0, scenario="wlan", time_limit=10.0, methods=methods)


def walk_through(language: str, store: str, databases, root: Path, folder: Path, python_path: str = "", **more) -> dict:
    """Walk through QGIS in a language and return what was found; ``more`` goes into the plan of the walk."""
    for program in ("qgis", "xvfb-run"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    pictures = root / "build" / "screenshots"
    pictures.mkdir(parents=True, exist_ok=True)
    settings = folder / "profiles" / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        f"[locale]\noverrideFlag=true\nuserLocale={LOCALE[language]}\n"
        "[qgis]\ncheckVersion=false\nshowTips322=false\n"
        "[app]\nprojections\\unknownCrsBehavior=NoAction\n"
        "[plugins]\nautomatically-check-for-updates=false\n"
        f"[fullservice]\nfirst_run_seen={str(not more.get('first_run')).lower()}\n",
        encoding="utf-8",
    )
    services, limit = more.pop("services", databases.file), more.get("limit", LIMIT)
    archive = zip_of(root, folder)
    if more.get("unzipped"):
        with zipfile.ZipFile(archive) as source:
            source.extractall(settings.parent.parent / "python" / "plugins")
        with settings.open("a", encoding="utf-8") as more_settings:
            more_settings.write("[PythonPlugins]\nfullservice_plugin=true\n")
    plan = folder / "tour.json"
    report = folder / "report.json"
    plan.write_text(json.dumps({
        "language": language, "store": store, "zip": str(archive), "pictures": str(pictures),
        "report": str(report), "folder": str(root / "tests" / "gui"), "maps": str(folder / "maps"),
        **more, "limit": limit,
    }), encoding="utf-8")
    environment = {
        **{key: value for key, value in os.environ.items() if key not in OWN},
        "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "FULLSERVICE_TOUR": str(plan),
        **({"QT_SCALE_FACTOR": str(more["scale"])} if "scale" in more else {}),
        "PGSERVICEFILE": str(services), "QGIS_NO_OVERRIDE_IMPORT": "", "LANG": "C.UTF-8",
    }
    if python_path:
        environment["PYTHONPATH"] = python_path
    folder.chmod(0o700)
    told = run_until(
        ["xvfb-run", "-a", "-s", f"-screen 0 {more.get('real_screen', '1600x1000')}x24", "qgis", "--noversioncheck",
         "--nologo", "--profiles-path", str(folder / "profiles"), "--code", str(root / "tests" / "gui" / "driver.py")],
        environment, limit + 20, report)
    assert report.exists(), told if "stopped after" in told else told[-3000:] + where(report)
    found = json.loads(report.read_text(encoding="utf-8"))
    assert not found["errors"], "\n".join(found["errors"] + found["log"])
    return {**found, "language": language, "pictures": pictures}


@pytest.fixture(scope="session")
def walk(databases, root, tmp_path_factory):
    """``walk(language, store, **plan)``: a walk through QGIS with what it found."""
    return lambda language, store, **more: walk_through(
        language, store, databases, root, tmp_path_factory.mktemp(f"gui-{language}"), **more)
