# SPDX-License-Identifier: GPL-2.0-or-later
"""Ready for Qt 6: Qt only through ``qgis.PyQt``, enums with their scope, nothing that Qt 6 has dropped."""

from __future__ import annotations

import ast
import importlib
from functools import cache
from pathlib import Path

import pytest

qgis_core = pytest.importorskip("qgis.core")

ROOMS = ("fullservice_plugin", "processing", "forms")
QGIS = ("qgis.PyQt.", "qgis.core", "qgis.gui")
#: Where the versions are told apart, and both spellings stand.
SHIM = "compat"
#: What these return or take is an enum; from QGIS 3.30 on a plain number is not one.
ASKED = {"type", "geometryType", "wkbType", "layerType"}
GIVEN = {"convertToType", "setWkbType"}
#: Gone in Qt 6, or spelt otherwise there.
DROPPED = {"exec_", "QRegExp", "QDesktopWidget", "QTextCodec", "QMatrix"}


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
        if number_for_enum(node):
            found.append(f"{node.lineno}: a number where an enum belongs")
        if isinstance(node, ast.Attribute) and node.attr in DROPPED:
            found.append(f"{node.lineno}: {node.attr}")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self" and (
                node.attr in members()):
            found.append(f"{node.lineno}: self.{node.attr} without its scope")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and isinstance(
                classes.get(node.value.id), type):
            value = getattr(classes[node.value.id], node.attr, None)
            if type(value).__name__ not in ("type", "function") and is_enum(value):
                found.append(f"{node.lineno}: {node.value.id}.{node.attr} without its scope")
    return found


@cache
def members() -> frozenset[str]:
    """Names of all members of enums that a widget or window reaches as its own, without their scope."""
    widgets = importlib.import_module("qgis.PyQt.QtWidgets")
    return frozenset(name for kind in vars(widgets).values() if isinstance(kind, type) for name in dir(kind)
                     if name[:1].isupper() and is_enum(getattr(kind, name)))


def number_for_enum(node: ast.AST) -> bool:
    """Tell whether a plain number is compared with, or given for, an enum of QGIS."""
    def number(value: ast.AST) -> bool:
        return isinstance(value, ast.Constant) and type(value.value) is int

    def asks(value: ast.AST) -> bool:
        return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in ASKED

    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        return any(map(asks, sides)) and any(map(number, sides))
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in GIVEN and any(
        map(number, node.args))


def is_enum(value: object) -> bool:
    """Tell whether a value is a member of an enum of Qt or QGIS; its type then lies inside another class."""
    kind = type(value)
    return isinstance(value, int) and kind not in (int, bool) and "." in kind.__qualname__ or (
        isinstance(value, int) and kind.__module__.startswith(("PyQt5", "qgis._")) and kind not in (int, bool))


def test_the_check_finds_what_it_should():
    bad = ("from qgis.PyQt.QtCore import Qt\nx = Qt.AlignLeft\nd.exec_()\nimport PyQt5.QtCore\n"
           "part.type() == 2\nshape.convertToType(1, False)\nself.setFrameShape(self.NoFrame)\n")
    assert [line.split(":")[0] for line in sorted(findings(bad))] == ["2", "3", "4", "5", "6", "7"]
    good = "from qgis.PyQt.QtCore import Qt\nx = Qt.AlignmentFlag.AlignLeft\nd.exec()\npart.type() == kinds.Point\n"
    assert findings(good) == []


def test_every_room_is_ready_for_qt_6(root: Path):
    found = {}
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            lines = findings(path.read_text(encoding="utf-8"))
            if lines and SHIM not in path.parts:
                found[str(path.relative_to(root))] = lines
    assert found == {}
