# SPDX-License-Identifier: GPL-2.0-or-later
"""Exports that are stopped, or find no room: a clear message, and never half a file."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path

import pytest

pytest.importorskip("qgis.core")
from pypdf import PdfReader

_spec = importlib.util.spec_from_file_location("fs_packs_break", Path(__file__).with_name("packs_place.py"))
packs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(packs)
PDFS = ("exportplan", "exportworkpack", "exportnegotiations", "exportcompetition", "exportweekly", "exportdossier")


@pytest.fixture(scope="module")
def place(databases, qgis_app):
    name = databases.create()
    store, _, made = packs.build(name)
    store.close()
    return name, made.code


def given(place, algorithm, folder):
    name, code = place
    asked = {"STORE": name, "LANGUAGE": "zh", "OUTPUT": str(folder / "out.pdf")}
    return {**asked, **({"PLAN_ID": code} if algorithm in ("exportplan", "exportworkpack") else {"AREA": "G"})}


def run(algorithm, parameters, stop=2.0):
    """Run; cancel at the share ``stop``. Return outputs and message."""
    from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback

    feedback = QgsProcessingFeedback(False)
    feedback.progressChanged.connect(lambda percent: percent >= 100 * stop and feedback.cancel())
    found = QgsApplication.processingRegistry().createAlgorithmById(f"fullservice:{algorithm}")
    try:
        outputs, _ = found.run(parameters, QgsProcessingContext(), feedback, {}, False)
    except QgsProcessingException as error:
        return {}, str(error)
    return outputs, ""


@pytest.mark.parametrize("algorithm", PDFS)
@pytest.mark.parametrize("stop", [0.1, 0.6])
def test_cancelled_in_the_middle_nothing_is_left(place, algorithm, stop, tmp_path):
    old = tmp_path / "out.pdf"
    old.write_bytes(b"the plan of yesterday")
    outputs, message = run(algorithm, given(place, algorithm, tmp_path), stop)
    assert not message
    if outputs:  # it was quicker than the bell: then it is whole
        assert PdfReader(outputs["OUTPUT"]).pages
    else:
        assert old.read_bytes() == b"the plan of yesterday"
        assert [path.name for path in tmp_path.iterdir()] == ["out.pdf"]


@pytest.mark.parametrize("algorithm", PDFS)
def test_a_full_disk_is_told_and_leaves_nothing(place, algorithm, small_disk):
    small_disk.joinpath("rest").write_bytes(b"x" * 50_000)
    outputs, message = run(algorithm, given(place, algorithm, small_disk))
    assert not outputs and "bytes" in message and ("full" in message or "磁盘" in message), message
    assert [path.name for path in small_disk.iterdir()] == ["rest"]


def test_a_full_disk_leaves_no_half_workbook(small_disk):
    from fullservice_plugin.core.errors import OutputError
    from fullservice_plugin.core.progress import SILENT
    from fullservice_plugin.services import beside

    with pytest.raises(OutputError, match="disk is full"):
        beside.write_workbook(str(small_disk / "book.xlsx"), b"x" * 100_000, SILENT)
    assert not list(small_disk.iterdir())


@pytest.mark.parametrize(("algorithm", "taken"), [("exportplan", 65_000), ("exportplan", 40_000),
                                                 ("exportnegotiations", 65_000)])  # fmt: skip
def test_no_room_for_the_sheets_while_they_are_drawn(place, algorithm, taken, tmp_path, small_disk, monkeypatch):
    """No room at all, and room for half a sheet."""
    small_disk.joinpath("rest").write_bytes(b"x" * taken)
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    outputs, message = run(algorithm, given(place, algorithm, tmp_path))
    assert not outputs and str(small_disk) in message, message
    assert [path.name for path in tmp_path.iterdir()] == ["full"]
    assert [path.name for path in small_disk.iterdir()] == ["rest"]


@pytest.mark.parametrize("algorithm", PDFS)
def test_a_target_that_is_held_open_keeps_its_file(place, algorithm, tmp_path, monkeypatch):
    old = tmp_path / "out.pdf"
    old.write_bytes(b"old")

    def held(*args):
        raise PermissionError(13, "The process cannot access the file")

    monkeypatch.setattr("fullservice_plugin.plans.merge.os.replace", held)
    outputs, message = run(algorithm, given(place, algorithm, tmp_path))
    assert not outputs and str(old) in message, message
    assert old.read_bytes() == b"old" and [path.name for path in tmp_path.iterdir()] == ["out.pdf"]
