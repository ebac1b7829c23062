# SPDX-License-Identifier: GPL-2.0-or-later
"""What plugins.qgis.org asks of an upload, asked of our ZIP."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

FOLDER = "fullservice_plugin"
PROGRAMS = {".exe", ".dll", ".so", ".dylib", ".bat", ".sh", ".ps1", ".cmd", ".pyd", ".pyc"}
#: Files that are no text and no program: the streets of the sample city, pictures.
DATA = {".pbf", ".png"}
#: The one hidden file: the settings of the scanner that the repository runs; it looks for them by this name.
HIDDEN = {f"{FOLDER}/.bandit"}


@pytest.fixture(scope="module")
def tools(root):
    """``package.py``, ``check_package.py`` and ``security.py`` as modules."""
    loaded = {}
    sys.path.insert(0, str(root / "tools"))
    for name in ("package", "check_package", "security"):
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
def metadata(tools, made) -> dict[str, str]:
    return tools["package"].metadata_of(made)  # with interpolation, as the repository reads it


class Host(BaseHTTPRequestHandler):
    """A site where /there answers, /moved sends elsewhere, /silent says nothing until the test is over."""

    over = threading.Event()
    asked: list[tuple[str, str]] = []

    def do_HEAD(self):
        self.asked.append((self.command, self.path))
        if self.path == "/silent":
            self.over.wait(20)
            return
        self.send_response({"/there": 200, "/there/issues": 200, "/moved": 301, "/broken": 500}.get(self.path, 404))
        if self.path == "/moved":
            self.send_header("Location", "/nowhere")
        self.end_headers()

    def log_message(self, *_words):
        pass


@pytest.fixture(scope="module")
def host():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Host.over.set()
    server.shutdown()
    server.server_close()


def test_size_and_one_folder_with_what_must_be_in_it(tools, made, content):
    assert tools["check_package"].of_files(made) == []
    assert {name.split("/")[0] for name in content} == {FOLDER}
    assert {f"{FOLDER}/{name}" for name in ("__init__.py", "LICENSE", "metadata.txt")} <= set(content)
    assert b"GNU GENERAL PUBLIC LICENSE" in content[f"{FOLDER}/LICENSE"]


def test_no_path_program_or_hidden_file(made, content):
    for name in content:
        parts = name.split("/")
        assert ".." not in name and "\\" not in name and not name.startswith("/"), name
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


def test_metadata_has_what_is_asked_for(tools, metadata, content):
    assert tools["check_package"].of_metadata(metadata) == []
    assert re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", metadata["email"])
    assert f"{FOLDER}/{metadata['icon']}" in content
    assert metadata["hasProcessingProvider"] == "yes"
    for flag in ("experimental", "deprecated", "server"):
        assert metadata[flag] in ("True", "False")


def test_versions_reach_over_qt_6(metadata):
    assert metadata["qgisMinimumVersion"] == "3.22" and metadata["qgisMaximumVersion"] == "4.99"


def test_with_addresses_that_answer_nothing_is_refused(tools, host, tmp_path):
    given = {"repository": f"{host}/there", "homepage": f"{host}/moved", "email": "maps@operator.cn"}
    Host.asked.clear()
    made = tools["package"].package(tmp_path, given)
    assert tools["check_package"].findings(made) == []
    assert sorted(Host.asked) == [("HEAD", path) for path in ("/moved", "/there", "/there/issues")]
    inside = tools["package"].metadata_of(made)
    assert {name: inside[name] for name in given} == given and inside["tracker"] == f"{host}/there/issues"


@pytest.mark.parametrize(("path", "said"), [("/gone", "answers 404"), ("/broken", "answers 500"),
                                            ("/silent", "gives no answer within 0.3 s")])
def test_an_address_that_does_not_answer_is_refused(tools, host, path, said):
    addresses = {"repository": f"{host}/there", "tracker": host + path, "homepage": f"{host}/there", "email": "a@b.cn"}
    (line,) = tools["check_package"].of_addresses(addresses, 0.3)
    assert said in line and line.endswith("give yours with make package TRACKER=…")


def test_a_host_that_is_not_there_or_no_address_is_refused(tools):
    assert "gives no answer" in tools["check_package"].no_answer("http://127.0.0.1:9/", 2)
    for wrong in ("", "ftp://host/x", "//host", "https://"):
        assert tools["check_package"].no_answer(wrong) == "is no web address"


def test_placeholders_are_named_with_the_way_to_mend_them(tools, made, root):
    found = tools["check_package"].findings(made)
    assert [line.split(":")[0] for line in found] == ["repository", "tracker", "homepage", "email"]
    assert all("is a placeholder" in line for line in found) and "REPOSITORY=" in found[0]
    done = subprocess.run(["make", "-n", "package", "REPOSITORY=https://git.operator.test/map", "HOMEPAGE=http://w.cn"],
                          cwd=root, capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin",
                                                                                     "EMAIL": "somebody@home.cn"})
    line = " ".join(done.stdout.replace("\\\n", " ").split())
    assert "package.py --repository='https://git.operator.test/map' --homepage='http://w.cn'" in line
    assert "home.cn" not in line  # a shell's own EMAIL is nobody's wish


@pytest.mark.parametrize(("name", "wrong"), [("repository", "git.operator.test"), ("email", "nobody"),
                                             ("homepage", "https://a b.cn/")])
def test_what_is_no_address_is_not_packed(tools, tmp_path, name, wrong):
    with pytest.raises(SystemExit, match=name):
        tools["package"].package(tmp_path, {name: wrong})
    assert not list(tmp_path.iterdir())


def test_a_sign_that_the_reader_takes_for_its_own_comes_back(tools):
    text = tools["package"].with_addresses("[general]\nhomepage=x\nname=y\n", {"homepage": "https://h.cn/%E5%9B%BE"})
    assert "homepage=https://h.cn/%%E5%%9B%%BE\n" in text


def test_files_the_site_refuses_are_named(tools, tmp_path):
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as archive:
        for name in ("__init__.py", "__pycache__/a.pyc", "../x.py", "metadata.txt"):
            archive.writestr(f"{FOLDER}/{name}", "[general]\nauthor=a/b\n")
    found = "\n".join(tools["check_package"].findings(bad))
    for said in ("is compiled", "forbidden folder", "path out of", "LICENSE is missing", "has no version", "slash"):
        assert said in found, said
    bad.write_bytes(b"no zip")
    assert "cannot be read" in tools["check_package"].findings(bad)[0]
    assert "make package" in tools["check_package"].findings(tmp_path / "none.zip")[0]


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
