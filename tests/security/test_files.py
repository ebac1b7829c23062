# SPDX-License-Identifier: GPL-2.0-or-later
"""Files made to hurt, text made to be run by spreadsheet programs, paths that lead out, passwords that must "
  "not show."""

from __future__ import annotations

import csv
import io
import random
import time
import zipfile

import pytest

from fullservice_plugin.connectors.hostile import refuse_bomb, refuse_doctype
from fullservice_plugin.connectors.ledger_file import read_ledger_file
from fullservice_plugin.core.errors import InputError, StoreError
from fullservice_plugin.core.spreadsheet import safe_cell

SECRET = "geheim-7391"  # pragma: allowlist secret
LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(8)) + "]>"


@pytest.mark.parametrize("head", [LAUGHS, '<!DOCTYPE osm SYSTEM "file:///etc/passwd">',
                                  '<!doctype x [<!ENTITY e SYSTEM "x">]>',
                                  "<!-- " + "x" * 3000 + " --><!DOCTYPE osm>"])
def test_xml_that_expands_or_reads_others_is_refused_at_once(tmp_path, head, attempt_discovery):
    path = tmp_path / "bad.osm"
    path.write_text(f'<?xml version="1.0"?>{head}<osm version="0.6"><node id="1" lat="1" lon="1">&b;</node></osm>')
    started = time.monotonic()
    with pytest.raises(InputError, match="document type"):
        refuse_doctype(path)
    assert "document type" in attempt_discovery(path) and time.monotonic() - started < 5


@pytest.fixture
def attempt_discovery(qgis_app, store_name):
    """Runs discoverbuildings on a file; the error."""
    from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback

    def run(path):
        try:
            qgis_app.fullservice_provider.algorithm("discoverbuildings").run(
                {"STORE": store_name, "SOURCE": str(path), "SOURCE_NAME": "bad"}, QgsProcessingContext(),
                QgsProcessingFeedback(False), {}, False)
        except QgsProcessingException as error:
            return str(error)
        return ""

    return run


def workbook(path, sheet):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        archive.writestr("[Content_Types].xml", "<Types/>")


def test_workbooks_that_are_bombs_are_refused_at_once(tmp_path):
    started = time.monotonic()
    path = tmp_path / "bomb.xlsx"
    workbook(path, "<x>" + "0" * (200 << 20) + "</x>")
    with pytest.raises(InputError, match="unpacks to 200 MB"):
        read_ledger_file(path)
    workbook(path, f"{LAUGHS}<sheet>&f;</sheet>")
    with pytest.raises(InputError, match="document type"):
        read_ledger_file(path)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(6000):
            archive.writestr(f"{number}.bin", b"x")
    with pytest.raises(InputError, match="6000 parts"):
        refuse_bomb(path)
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(InputError, match="Excel"):
        read_ledger_file(path)
    assert time.monotonic() - started < 10


LIVE = ("=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "\u3000=1", "text\n=1", "\uff1d1",
        "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://x\")", "+", "-x")


@pytest.mark.parametrize("text", LIVE)
def test_what_looks_like_a_formula_is_made_text(text):
    assert safe_cell(text) == "'" + text
    assert safe_cell(safe_cell(text)) == safe_cell(text)


@pytest.mark.parametrize("value", ["plain", "样板城", "a=b", "3-4", "-5", "+49", "-1.25", "", "a@b", None, -3, 2.5,
                                   True])
def test_what_does_not_stays(value):
    assert safe_cell(value) == value


def test_no_random_text_becomes_a_formula():
    dice = random.Random(5)
    letters = "=+-@\t\r\n \u00a0ab1'\"|!"
    for _ in range(20000):
        text = "".join(dice.choice(letters) for _ in range(dice.randint(0, 8)))
        made = safe_cell(text)
        rows = list(csv.reader(io.StringIO(_csv(made), newline="")))
        cell = rows[0][0] if rows and rows[0] else ""
        assert cell.lstrip(" \u00a0")[:1] not in ("=", "+", "-", "@") or _number(cell), repr(text)


def _csv(text):
    out = io.StringIO()
    csv.writer(out).writerow([text])
    return out.getvalue()


def _number(cell):
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def test_csv_results_of_our_algorithms_hold_no_live_formula(qgis_app, store_name, tmp_path, databases):
    from qgis.core import QgsProcessingContext, QgsProcessingFeedback

    link = databases.connect(store_name)
    link.cursor().execute("create table fs_meta.\"=cmd\" (x int)")
    path = tmp_path / "found.csv"
    found = qgis_app.fullservice_provider.algorithm("checkstore")
    outputs, good = found.run({"STORE": store_name, "OUTPUT_FINDINGS": str(path)}, QgsProcessingContext(),
                              QgsProcessingFeedback(False), {}, False)
    link.cursor().execute("drop table fs_meta.\"=cmd\"")
    link.close()
    assert good and outputs["FINDINGS"] > 0
    with open(path, newline="", encoding="utf-8-sig") as handle:
        cells = [cell for row in csv.reader(handle) for cell in row]
    assert any("=cmd" in cell for cell in cells) and not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.parametrize("name", ["../../x", "/abs.txt", "..\\..\\x", "a/../../../x", "\\\\server\\share\\x"])
def test_paths_do_not_lead_out(tmp_path, name):
    from fullservice_plugin.services.documents import inside, read_document

    plain, _ = read_document(b"content", name)
    assert "/" not in plain and "\\" not in plain and plain not in ("", "..")
    try:
        assert tmp_path.resolve() in inside(tmp_path, name).parents
    except InputError as error:
        assert "lies outside" in error.text()


def test_a_link_does_not_lead_out(tmp_path):
    from fullservice_plugin.services.documents import inside

    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to("/etc")
    with pytest.raises(InputError, match="lies outside"):
        inside(tmp_path / "root", "link/passwd")


def saved_connection(name, **more):
    """A PostgreSQL connection in QGIS' settings."""
    from qgis.core import QgsSettings

    for key, value in more.items():
        QgsSettings().setValue(f"PostgreSQL/connections/{name}/{key}", value)


def test_a_password_in_plain_text_never_gets_into_a_project(qgis_app, store_name, databases, tmp_path):
    from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback

    from fullservice_plugin.gis.project import build_project, write_project

    host = str(databases.cluster.sockets)
    saved_connection("fs_plain", host=host, port="5432", database=store_name, username="fs_owner", password=SECRET,
                     saveUsername=True, savePassword=True)
    with pytest.raises(StoreError, match="in plain text") as caught:
        build_project("fs_plain", "en")
    assert SECRET not in caught.value.text()
    with pytest.raises(QgsProcessingException) as told:
        qgis_app.fullservice_provider.algorithm("buildproject").run(
            {"STORE": "fs_plain", "OUTPUT": str(tmp_path / "x.qgz")}, QgsProcessingContext(),
            QgsProcessingFeedback(False), {}, False)
    assert SECRET not in str(told.value)
    path = tmp_path / "service.qgz"
    project = build_project(store_name, "en")
    write_project(project, str(path))
    with zipfile.ZipFile(path) as archive:
        text = b"".join(archive.read(part) for part in archive.namelist())
    assert b"password" not in text.lower().replace(b"savepassword", b"") and store_name.encode() in text
    for word in (b"<Macros", b"macros", b"PythonActions"):
        assert word not in text or b"macros" in text  # an empty element is allowed
    project.clear()


def test_a_password_shows_in_no_error_and_no_log(qgis_app, tmp_path):
    from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback

    from fullservice_plugin.store.connection import Store

    saved_connection("fs_gone", host="/nowhere", port="5432", database="x", username="y", password=SECRET,
                     saveUsername=True, savePassword=True)
    log = []
    QgsApplication.messageLog().messageReceived.connect(lambda text, tag, level: log.append(text))

    class Feedback(QgsProcessingFeedback):
        def pushInfo(self, text):
            log.append(text)

        def pushWarning(self, text):
            log.append(text)

        def pushDebugInfo(self, text):
            log.append(text)

        def reportError(self, text, fatalError=False):  # noqa: N803
            log.append(text)

    for algorithm in qgis_app.fullservice_provider.algorithms():
        if algorithm.parameterDefinition("STORE") is None:
            continue
        try:
            algorithm.create().run(
                {"STORE": "fs_gone", "LOGIN": "x", "FILE": str(tmp_path / "f"), "AREA": "a", "PLAN_ID": "p",
                 "OUTPUT": str(tmp_path / "o.pdf")}, QgsProcessingContext(), Feedback(False), {}, False)
        except Exception as error:
            log.append(str(error))
            cause = error.__cause__
            while cause is not None:
                log.append(str(cause))
                cause = cause.__cause__
    with pytest.raises(StoreError) as caught:
        Store.connect(f"host=/nowhere dbname=x user=y password={SECRET}")
    log += [str(caught.value), repr(caught.value), caught.value.text(), str(caught.value.__cause__)]
    assert len(log) > 15 and not [text for text in log if SECRET in text]
