# SPDX-License-Identifier: GPL-2.0-or-later
"""What ships: rooms, sizes, metadata, no shadowing of QGIS' own package."""

from __future__ import annotations

import configparser
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


def python_files(root: Path) -> list[Path]:
    rooms = ("fullservice_plugin", "processing", "forms", "tests", "tools", "demo", "benchmarks")
    return [path for room in rooms for path in sorted((root / room).rglob("*.py"))]


def test_processing_is_that_of_qgis(qgis_app):
    from qgis.core import QgsApplication

    import processing

    assert Path(processing.__file__).is_relative_to(QgsApplication.pkgDataPath())


@pytest.mark.parametrize("room", ["processing", "forms", "styles", "tests"])
def test_rooms_without_package_file(root, room):
    assert not list((root / room).rglob("__init__.py"))


def test_no_file_over_400_lines(root):
    long = {str(path.relative_to(root)): count for path in python_files(root)
            if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400}
    assert not long
    wiring = root / "fullservice_plugin" / "plugin.py"
    assert len(wiring.read_text(encoding="utf-8").splitlines()) < 200


def test_every_file_names_its_licence(root):
    unmarked = [str(path.relative_to(root)) for path in python_files(root)
                if "SPDX-License-Identifier: GPL-2.0-or-later" not in path.read_text(encoding="utf-8")[:200]]
    assert not unmarked


def test_top_level_is_as_agreed(root):
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False).stdout
    top = {line.split("/")[0] for line in listed.splitlines()}
    allowed = {"fullservice_plugin", "processing", "forms", "styles", "tests", "metadata.txt", "Makefile", "LICENSE",
               "README.md", "README.zh.md", "CHANGELOG.md", "benchmarks", "demo", "docs", "tools", "pyproject.toml",
               ".ci", ".gitignore"}
    assert top <= allowed


def test_metadata_is_complete(root):
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(root / "metadata.txt", encoding="utf-8")
    general = metadata["general"]
    for key in ("name", "description", "version", "qgisMinimumVersion", "qgisMaximumVersion", "author", "email",
                "about", "tracker", "repository", "tags", "icon"):
        assert general[key].strip()
    assert general["hasProcessingProvider"] == "yes"
    assert (root / "fullservice_plugin" / general["icon"]).is_file()
    assert general["version"] in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_zip_has_one_folder_and_nothing_forbidden(root):
    done = subprocess.run([sys.executable, "tools/package.py"], cwd=root, capture_output=True, text=True, check=True)
    made = root / done.stdout.split()[0]
    with zipfile.ZipFile(made) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"fullservice_plugin"}
    for needed in ("__init__.py", "LICENSE", "metadata.txt", "processing/provider.py"):
        assert f"fullservice_plugin/{needed}" in names
    assert not [name for name in names if name.endswith(".pyc") or "__pycache__" in name or ".." in name]
