# SPDX-License-Identifier: GPL-2.0-or-later
"""Ready for Qt 6: Qt only through ``qgis.PyQt``, enums with their scope, nothing that Qt 6 has dropped."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

qgis_core = pytest.importorskip("qgis.core")

ROOMS = ("fullservice_plugin", "processing", "forms")
QGIS = ("qgis.PyQt.", "qgis.core", "qgis.gui")
#: Where the versions are told apart, and both spellings stand.
SHIM = "compat"
#: Gone in Qt 6, or spelt otherwise there.
DROPPED = {"exec_", "QRegExp", "QDesktopWidget", "toPyDateTime_", "QTextCodec", "QMatrix"}


def classes_of(tree: ast.AST) -> dict[str, object]:
    """Return the classes that a module imports from Qt or QGIS, by the name it uses."""
    found: dict[str, object] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(QGIS):
            module = importlib.import_module(node.module)
            for name in node.names:
                found[name.asname or name.name] = getattr(module, name.name, None)
    return found


def findings(source: str) -> list[str]:
    """Return what of a module Qt 6 would not take, each with its line."""
    tree = ast.parse(source)
    classes = classes_of(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
            found += [f"{node.lineno}: import of {name}" for name in names if name.split(".")[0] in (
                "PyQt5", "PyQt6", "PySide2", "PySide6", "sip")]
        if isinstance(node, ast.Attribute) and node.attr in DROPPED:
            found.append(f"{node.lineno}: {node.attr}")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and isinstance(
                classes.get(node.value.id), type):
            value = getattr(classes[node.value.id], node.attr, None)
            if type(value).__name__ not in ("type", "function") and is_enum(value):
                found.append(f"{node.lineno}: {node.value.id}.{node.attr} without its scope")
    return found


def is_enum(value: object) -> bool:
    """Tell whether a value is a member of an enum of Qt or QGIS; its type then lies inside another class."""
    kind = type(value)
    return isinstance(value, int) and kind not in (int, bool) and "." in kind.__qualname__ or (
        isinstance(value, int) and kind.__module__.startswith(("PyQt5", "qgis._")) and kind not in (int, bool))


def test_the_check_finds_what_it_should():
    bad = "from qgis.PyQt.QtCore import Qt\nx = Qt.AlignLeft\nd.exec_()\nimport PyQt5.QtCore\n"
    assert [line.split(":")[0] for line in sorted(findings(bad))] == ["2", "3", "4"]
    good = "from qgis.PyQt.QtCore import Qt\nx = Qt.AlignmentFlag.AlignLeft\nd.exec()\n"
    assert findings(good) == []


def test_every_room_is_ready_for_qt_6(root: Path):
    found = {}
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            lines = findings(path.read_text(encoding="utf-8"))
            if lines and SHIM not in path.parts:
                found[str(path.relative_to(root))] = lines
    assert found == {}
