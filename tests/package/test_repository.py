# SPDX-License-Identifier: GPL-2.0-or-later
"""What plugins.qgis.org asks of an upload, asked of our ZIP."""

from __future__ import annotations

import configparser
import importlib.util
import io
import os
import re
import sys
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urlparse

import pytest

FOLDER = "fullservice_plugin"
MOST = 25_000_000  # bytes
REQUIRED = ("name", "description", "version", "qgisMinimumVersion", "author", "email", "about", "tracker", "repository")
ADDRESSES = ("tracker", "repository", "homepage")
FORBIDDEN_FOLDERS = {"__MACOSX", "__pycache__", ".git"}
PROGRAMS = {".exe", ".dll", ".so", ".dylib", ".bat", ".sh", ".ps1", ".cmd", ".pyd", ".pyc"}
#: Files that are no text and no program: the streets of the sample city, pictures.
DATA = {".pbf", ".png"}
#: The one hidden file: the settings of the scanner that the repository runs; it looks for them by this name.
HIDDEN = {f"{FOLDER}/.bandit"}


@pytest.fixture(scope="module")
def tools(root):
    """``package.py`` and ``security.py`` as modules."""
    loaded = {}
    sys.path.insert(0, str(root / "tools"))
    for name in ("package", "security"):
        spec = importlib.util.spec_from_file_location(name, root / "tools" / f"{name}.py")
        loaded[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded[name])
    sys.path.remove(str(root / "tools"))
    return loaded


@pytest.fixture(scope="module")
def made(tools, tmp_path_factory) -> Path:
    return tools["package"].package(tmp_path_factory.mktemp("zip"))


@pytest.fixture(scope="module")
def content(made) -> dict[str, bytes]:
    with zipfile.ZipFile(made) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def metadata(content) -> dict[str, str]:
    parser = configparser.ConfigParser()  # with interpolation, as the repository reads it: a lone % would be refused
    parser.optionxform = str
    parser.read_file(io.StringIO(content[f"{FOLDER}/metadata.txt"].decode("utf-8")))
    return dict(parser["general"])


def test_size_and_one_folder_with_what_must_be_in_it(made, content):
    assert made.stat().st_size <= MOST
    assert {name.split("/")[0] for name in content} == {FOLDER}
    assert FOLDER.isidentifier() and re.fullmatch("[A-Za-z][A-Za-z0-9-_]+", FOLDER)
    assert {f"{FOLDER}/{name}" for name in ("__init__.py", "LICENSE", "metadata.txt")} <= set(content)
    assert b"GNU GENERAL PUBLIC LICENSE" in content[f"{FOLDER}/LICENSE"]


def test_no_path_program_or_hidden_file(made, content):
    for name in content:
        parts = name.split("/")
        assert ".." not in name and "\\" not in name and not name.startswith("/"), name
        assert not FORBIDDEN_FOLDERS.intersection(parts), name
        assert Path(name).suffix.lower() not in PROGRAMS, name
        assert name in HIDDEN or not any(part.startswith(".") for part in parts), name
    with zipfile.ZipFile(made) as archive:
        assert not [entry.filename for entry in archive.infolist() if entry.external_attr >> 16 & 0o111]


def test_every_file_is_text_but_for_data(content):
    for name, data in content.items():
        if Path(name).suffix in DATA and name.startswith(f"{FOLDER}/resources/"):
            continue
        assert b"\0" not in data, name
        data.decode("utf-8")


def test_metadata_has_what_is_asked_for(metadata, content):
    assert [key for key in REQUIRED if not metadata.get(key, "").strip()] == []
    assert "/" not in metadata["author"] and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", metadata["email"])
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?", metadata["version"])
    assert f"{FOLDER}/{metadata['icon']}" in content
    assert metadata["hasProcessingProvider"] == "yes"
    for flag in ("experimental", "deprecated", "server"):
        assert metadata[flag] in ("True", "False")


def test_versions_reach_over_qt_6(metadata):
    assert metadata["qgisMinimumVersion"] == "3.22" and metadata["qgisMaximumVersion"] == "4.99"


def test_addresses_are_addresses(metadata):
    for key in ADDRESSES:
        parsed = urlparse(metadata[key])
        assert parsed.scheme == "https" and parsed.netloc, key


@pytest.mark.skipif(not os.environ.get("FULLSERVICE_ONLINE"), reason="needs the internet: FULLSERVICE_ONLINE=1")
@pytest.mark.parametrize("key", ADDRESSES)
def test_addresses_answer(metadata, key):
    asked = urllib.request.Request(metadata[key], method="HEAD", headers={"User-Agent": "Mozilla/5.0"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert answer.status < 400


def test_what_is_needed_beside_qgis_is_said(metadata, root):
    from fullservice_plugin import lacking, vendoring

    for name in (*vendoring.NAMES, *lacking.NEEDED):
        assert name in metadata["about"] or name in ("typing_extensions", "numpy", "psycopg2"), name


def test_the_work_of_others_comes_with_its_licence(content, root):
    pinned = re.findall(r"(?m)^(\w+)==(\S+)", (root / "tools" / "requirements-plugin.txt").read_text(encoding="utf-8"))
    from fullservice_plugin import vendoring

    assert {name for name, _ in pinned} == set(vendoring.NAMES)
    for name, version in pinned:
        notes = [path for path in content if path.startswith(f"{FOLDER}/vendor/{name}-{version}.dist-info/")]
        assert any("LICENSE" in path.upper() for path in notes), name
        assert any(path.endswith("/METADATA") for path in notes), name


def test_a_zip_is_the_same_when_made_again(tools, made, tmp_path):
    assert tools["package"].package(tmp_path).read_bytes() == made.read_bytes()


@pytest.mark.long
def test_scanners_find_nothing(tools, made):
    assert tools["security"].findings(made, whole=True) == []


def test_scanners_find_what_is_planted(tools, made, tmp_path):
    bad = tmp_path / FOLDER
    (bad / "vendor").mkdir(parents=True)
    key = "AKIA" + "QYLPMN5HHHFPZAM2"
    (bad / "bad.py").write_text(f"import pickle\nkey = '{key}'\nassert eval('1') == None\n", encoding="utf-8")
    (bad / "vendor" / "theirs.py").write_text("assert eval('1')\n", encoding="utf-8")
    (bad / ".bandit").write_text(tools["package"].BANDIT, encoding="utf-8")
    planted = tmp_path / "planted.zip"
    with zipfile.ZipFile(planted, "w") as archive:
        for path in sorted(bad.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(tmp_path))
    found = tools["security"].findings(planted, whole=True)
    text = "\n".join(found)
    for code in ("B101", "B307", "B403", "AWS Access Key", "E711"):
        assert code in text, (code, found)
    assert "theirs" not in text
