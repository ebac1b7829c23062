# SPDX-License-Identifier: GPL-2.0-or-later
"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from fullservice_plugin.core.errors import OutputError
from fullservice_plugin.plans.merge import write_whole


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "plan.pdf"
    write_whole(path, b"one")
    os.chmod(path, 0o640)
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["plan.pdf"]


def test_a_new_file_has_the_usual_rights(tmp_path):
    path = tmp_path / "plan.pdf"
    old = os.umask(0o022)
    try:
        write_whole(path, b"one")
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_directory_and_missing_directory(tmp_path):
    with pytest.raises(OutputError, match="is a directory"):
        write_whole(tmp_path, b"x")
    with pytest.raises(OutputError, match="does not exist"):
        write_whole(tmp_path / "no" / "plan.pdf", b"x")


def test_not_writable_leaves_nothing(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("fullservice_plugin.plans.merge.tempfile.mkstemp", refuse)
    with pytest.raises(OutputError, match="cannot be written"):
        write_whole(tmp_path / "plan.pdf", b"x")
    assert list(tmp_path.iterdir()) == []


def test_target_held_open_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "plan.pdf"
    path.write_bytes(b"old")

    def held(*args):
        raise PermissionError(13, "The process cannot access the file")

    monkeypatch.setattr("fullservice_plugin.plans.merge.os.replace", held)
    with pytest.raises(OutputError, match="Close it elsewhere"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["plan.pdf"]


def test_disk_full_leaves_the_old_file(small_disk):
    path = small_disk / "plan.pdf"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match="disk is full"):
        write_whole(path, b"x" * 200_000)
    assert path.read_bytes() == b"old"
    assert [p.name for p in small_disk.iterdir()] == ["plan.pdf"]


def one_page(words: str, fonts: int) -> bytes:
    """A page with its own resources, so that objects of two pages are never alike."""
    import io

    from reportlab.pdfgen.canvas import Canvas

    kept = io.BytesIO()
    page = Canvas(kept, pagesize=(300, 200))
    for number in range(fonts):
        page.setFont(("Helvetica", "Times-Roman", "Courier", "Helvetica-Bold", "Times-Bold")[number % 5], 9)
        page.drawString(10, 20 + 14 * number, f"{words} {number}")
    page.save()
    return kept.getvalue()


def test_every_sheet_keeps_its_own_fonts_and_words():
    """Two hundred sheets in one document: what one was drawn with never lands in another."""
    import datetime
    import io

    from pypdf import PdfReader, PdfWriter

    from fullservice_plugin.plans.merge import PrintedSheet, merge

    writer = PdfWriter()
    for number in range(200):
        writer.append(PdfReader(io.BytesIO(one_page(f"page {number}", 1))))
    kept = io.BytesIO()
    writer.write(kept)
    sheets = {number: PrintedSheet(one_page(f"sheet {number}", 1 + number % 5), (0, 0, 100, 60), ((0, 0),) * 4)
              for number in range(200)}
    made = merge(kept.getvalue(), sheets, datetime.date(2026, 1, 1))
    for number, page in enumerate(PdfReader(io.BytesIO(made)).pages):
        words = page.extract_text()
        assert all(f"sheet {number} {line}" in words for line in range(1 + number % 5)), (number, words)
        assert f"page {number}" in words
