# SPDX-License-Identifier: GPL-2.0-or-later
"""The ZIP in an untouched profile of a QGIS whose Python has only what QGIS itself asks for."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

#: No package of QGIS asks for these; a Python that has them nevertheless does not show them to the QGIS under test.
BEYOND = ("reportlab", "pypdf", "PyPDF2", "PIL", "numba", "xlsxwriter", "openpyxl", "typing_extensions")
HIDE = '''
import sys
from importlib.machinery import PathFinder

class Stock(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if path is None and name in {hidden!r} else super().find_spec(name, path, target)

sys.meta_path[:] = [Stock if finder is PathFinder else finder for finder in sys.meta_path]
'''


def hiding(folder: Path, *hidden: str) -> str:
    """A folder for PYTHONPATH with which a Python does not find some packages where they are installed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(HIDE.format(hidden=hidden), encoding="utf-8")
    return str(folder)


def aged(archive: Path, target: Path) -> Path:
    """The same ZIP as an older version had it: another version, a module that is gone today, one that was different."""
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(target, "w") as old:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("/metadata.txt"):
                data = re.sub(rb"(?m)^version=.*$", b"version=0.0.9", data)
            if name.endswith("/gui/toolbox.py"):
                data += b'\nMARK = "old"\n'
            old.writestr(name, data)
        old.writestr("fullservice_plugin/core/only_old.py", 'MARK = "old"\n')
    return target


@pytest.fixture(scope="module")
def plan_of(town, databases) -> str:
    with databases.connect(town) as link, link.cursor() as cursor:
        cursor.execute("select code from fullservice.plan order by code limit 1")
        return cursor.fetchone()[0]


@pytest.fixture(scope="module")
def tour(town, plan_of, walk, tmp_path_factory, root) -> dict:
    folder = tmp_path_factory.mktemp("stock")
    from .conftest import zip_of

    old = aged(zip_of(root, folder), folder / "old.zip")
    return walk("en", town, python_path=hiding(folder / "hide", *BEYOND), plan=plan_of, old=str(old),
                steps=["install", "stock", "versions"])


def test_plans_are_printed_with_the_libraries_of_the_zip(tour):
    assert tour["stock_reportlab"] == f"{tour['stock_folder']}/vendor/reportlab"
    assert tour["stock_pypdf"] == f"{tour['stock_folder']}/vendor/pypdf"
    assert tour["stock_path"] == [] and tour["stock_last_finder"] == "VendorFinder" and tour["stock_pillow"] is False


def test_the_pdf_is_whole(tour):
    text = subprocess.run(["pdftotext", tour["stock_pdf"], "-"], capture_output=True, text=True, check=True).stdout
    assert "Access plan" in text
    fonts = subprocess.run(["pdffonts", tour["stock_pdf"]], capture_output=True, text=True, check=True).stdout
    assert fonts.count(" yes yes ") >= 2, fonts


def test_another_version_takes_the_place_of_the_one_before(tour):
    assert tour["version_old"] == ["0.0.9", "old", True, True]
    assert tour["version_zip"][1:] == [None, False, True] and tour["version_zip"][0] != "0.0.9"
    assert tour["version_stale"] == []


def test_uninstalling_leaves_nothing_but_settings(tour):
    assert tour["gone_folder"] is False and tour["gone_modules"] == []
    assert tour["gone_finders"] == tour["gone_paths"] == tour["gone_windows"] == tour["gone_files"] == []


def test_a_missing_compiled_library_is_told_in_one_sentence(town, walk, tmp_path):
    found = walk("zh", town, python_path=hiding(tmp_path, "scipy", "shapely"), steps=["lacking"])
    assert any("sudo apt install python3-scipy python3-shapely" in text for text in found["lacking_said"]), found
    assert found["lacking_added"] == [] and found["lacking_unloaded"] is True


def test_docks_are_tabs_when_qgis_starts_with_the_plugin_unzipped(town, walk, tmp_path):
    found = walk("zh", town, python_path=hiding(tmp_path, *BEYOND), steps=["unzipped"], unzipped=True)
    assert found["unzipped_active"] is True and found["unzipped_apart"] == found["unzipped_unkept"] == []
    assert found["unzipped_height"] <= 1000, "all docks together are no higher than the screen"


class Headless:
    """``qgis_process`` with the ZIP in an untouched profile, outside of every virtual environment."""

    def __init__(self, archive: Path, home: Path, services: Path, runner: str) -> None:
        plugins = home / ".local/share/QGIS/QGIS3/profiles/default/python/plugins"
        plugins.mkdir(parents=True)
        with zipfile.ZipFile(archive) as source:
            source.extractall(plugins)
        self.runner = runner
        kept = ("PYTHONPATH", "QGIS_CUSTOM_CONFIG_PATH", "QGIS_PLUGINPATH", "VIRTUAL_ENV")
        path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if "venv" not in part)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in kept}, "HOME": str(home), "PATH": path,
            "XDG_RUNTIME_DIR": str(home), "QT_QPA_PLATFORM": "offscreen", "PGSERVICEFILE": str(services),
            "LANG": "C.UTF-8", "PYTHONPATH": hiding(home / "hide", *BEYOND),
        }
        home.chmod(0o700)
        self("plugins", "enable", "fullservice_plugin")

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run([self.runner, *arguments], env=self.environment, capture_output=True, text=True,
                              timeout=240, check=False)
        assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
        return done.stdout

    def run(self, algorithm: str, **parameters: object) -> dict:
        given = [f"{name}={value}" for name, value in parameters.items()]
        return json.loads(self("run", f"fullservice:{algorithm}", "--json", "--", *given))["results"]


@pytest.fixture(scope="module")
def headless(root, databases, tmp_path_factory) -> Headless:
    from .conftest import zip_of

    runner = (root / "build" / "setup.stamp").read_text(encoding="utf-8").splitlines()[2]
    if shutil.which(runner) is None:
        pytest.skip("qgis_process is not installed")
    folder = tmp_path_factory.mktemp("headless")
    return Headless(zip_of(root, folder), folder / "home", databases.file, runner)


@pytest.fixture(scope="module")
def layers(tmp_path_factory) -> dict[str, str]:
    """Layers as files: nine houses between streets, the same a step aside, where we supply from, what we sell."""
    folder, step = tmp_path_factory.mktemp("layers"), 0.001

    def save(name: str, kind: str, rows: list[tuple[object, dict]]) -> str:
        features = [{"type": "Feature", "properties": values, "geometry": {"type": kind, "coordinates": shape}}
                    for shape, values in rows]
        (folder / f"{name}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return str(folder / f"{name}.geojson")

    def house(i: int, j: int, aside: float = 0.0) -> list:
        x, y = i * step + 0.0004 + aside, 50 + j * step + 0.0001
        return [[[x, y], [x + 0.0002, y], [x + 0.0002, y + 0.0001], [x, y + 0.0001], [x, y]]]

    values = {"households": 40, "storeys": 3, "use": "residential", "access_state": "open"}
    places = [(i, j) for i in range(3) for j in range(3)]
    streets = [[[0, 50 + k * step], [3 * step, 50 + k * step]] for k in range(4)] + [
        [[k * step, 50], [k * step, 50 + 3 * step]] for k in range(4)]
    return {
        "houses": save("houses", "Polygon", [(house(i, j), {"code": f"B{i}{j}", **values}) for i, j in places]),
        "theirs": save("theirs", "Polygon", [(house(i, j, 1e-5), {"code": f"T{i}{j}"}) for i, j in places]),
        "streets": save("streets", "LineString", [(line, {"name": ""}) for line in streets]),
        "supply": save("supply", "Point", [([0.0001, 49.9999], {"code": "A"})]),
        "packages": save("packages", "Polygon", [
            ([[[-1, 49], [1, 49], [1, 51], [-1, 51], [-1, 49]]],
             {"segment": "home", "price_month": 99.0, "down_mbps": 100.0})]),
        "folder": str(folder),
    }


def sinks(layers: dict[str, str], *names: str) -> dict[str, str]:
    """Outputs as GeoPackages in the folder of the layers."""
    return {f"OUTPUT_{name}": f"{layers['folder']}/{name}.gpkg" for name in names}


def test_qgis_process_lists_every_algorithm(headless, root):
    listed = headless("list")
    frozen = json.loads((root / "tests" / "package" / "interface.json").read_text(encoding="utf-8"))
    assert not [name for name in frozen if f"fullservice:{name}" not in listed]


def test_buildings_are_matched_in_qgis_process(headless, layers):
    headless.run("matchbuildings", EXISTING=layers["houses"], CANDIDATES=layers["theirs"],
                 **sinks(layers, "LINKS", "CHANGES"))
    assert features(f"{layers['folder']}/LINKS.gpkg") == 9


def test_a_network_is_designed_in_qgis_process(headless, layers):
    done = headless.run(
        "designwired", BUILDINGS=layers["houses"], ID_FIELD="code", HOUSEHOLDS_FIELD="households", TIME_LIMIT=2,
        STREETS=layers["streets"], SUPPLY=layers["supply"], **sinks(layers, "ROUTES", "NODES", "DROPS", "WIRED_BOM"))
    assert done["HOMES"] == 360 and done["UNSERVED"] == 0 and 0 < done["WIRED_LOWER_BOUND"] <= done["WIRED_COST"]
    assert features(f"{layers['folder']}/DROPS.gpkg") == 9


def test_wlan_is_designed_in_qgis_process(headless, layers):
    done = headless.run(
        "designwlan", BUILDINGS=layers["houses"], ID_FIELD="code", STOREYS_FIELD="storeys", USE_FIELD="use",
        REGION="etsi", TIME_LIMIT=5, **sinks(layers, "APS", "COVERAGE", "WLAN_BOM"))
    assert done["APS"] >= done["APS_LOWER_BOUND"] >= 27 and features(f"{layers['folder']}/APS.gpkg") == done["APS"]


def test_methods_are_chosen_in_qgis_process(headless, layers):
    headless.run("chooseaccess", BUILDINGS=layers["houses"], ID_FIELD="code", STREETS=layers["streets"],
                 SUPPLY=layers["supply"], PACKAGES=layers["packages"], TIME_LIMIT=2,
                 **sinks(layers, "DECISIONS", "ROUTES", "NODES", "DROPS", "WIRED_BOM", "APS", "COVERAGE", "WLAN_BOM"))
    assert features(f"{layers['folder']}/DECISIONS.gpkg") == 9


def test_a_plan_is_printed_in_qgis_process(headless, town, plan_of, tmp_path):
    target = tmp_path / "plan.pdf"
    headless.run("exportplan", STORE=town, PLAN_ID=plan_of, LANGUAGE="zh", OUTPUT=target)
    text = subprocess.run(["pdftotext", str(target), "-"], capture_output=True, text=True, check=True).stdout
    assert "接入" in text


def features(path: str) -> int:
    """How many rows a GeoPackage's first table has."""
    import sqlite3

    with sqlite3.connect(path) as base:
        (table,) = base.execute("select table_name from gpkg_contents").fetchone()
        return base.execute('select count(*) from "{}"'.format(table.replace('"', '""'))).fetchone()[0]
