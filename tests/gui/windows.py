# SPDX-License-Identifier: GPL-2.0-or-later
"""Every window that the plugin can make, read from its code, and the marks by which a walk knows what it has seen.

A place is ``module:class`` for a class of ours, ``module:function:QtClass`` where a function makes a window of Qt's.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

NAME = "fullservice_plugin"
#: Classes of Qt and QGIS whose heirs are windows, bars, menus or pages of them.
KINDS = {"QDialog", "QDockWidget", "QgsDockWidget", "QWizard", "QWizardPage", "QMenu", "QToolBar", "QMainWindow",
         "QgsOptionsPageWidget"}  # fmt: skip
#: Ready-made questions of Qt, called by a function of the class, and ours of one room.
ASKING = {"QInputDialog", "QFileDialog", "QMessageBox"}
OURS, ROOM = {"ask_text", "ask_choice", "ask_yes"}, "gui.ask"


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the name of the function around it."""
    def walk(node: ast.AST, inside: str) -> Iterator[tuple[str, ast.Call]]:
        if isinstance(node, ast.FunctionDef):
            inside = node.name
        elif isinstance(node, ast.Lambda):
            inside = "<lambda>"
        if isinstance(node, ast.Call):
            yield inside, node
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    yield from walk(tree, "<module>")


def windows_in(folder: Path) -> set[str]:
    """Places of all windows in the code below a folder; classes that only others inherit from are none."""
    trees = {path.relative_to(folder).with_suffix("").as_posix().replace("/", "."):
             ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.py"))}
    heirs: dict[tuple[str, str], set[str]] = {}
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                heirs[module, node.name] = {_name(base) for base in node.bases}
    known, grown = set(KINDS), True
    while grown:
        more = {name for (_module, name), bases in heirs.items() if bases & known} - known
        known, grown = known | more, bool(more)
    calls = [(module, inside, call) for module, tree in trees.items() for inside, call in _functions(tree)]
    made = {_name(call.func) for _module, _inside, call in calls}
    parents = set().union(*heirs.values())
    found = {f"{module}:{name}" for (module, name), bases in heirs.items()
             if bases & known and (name in made or name not in parents)}
    for module, inside, call in calls:
        if _name(call.func) in KINDS:
            found.add(f"{module}:{inside}:{_name(call.func)}")
        elif isinstance(call.func, ast.Attribute) and _name(call.func.value) in ASKING:
            found.add(f"{module}:{inside}:{_name(call.func.value)}.{call.func.attr}")
        elif _name(call.func) in ASKING and module != ROOM:
            found.add(f"{module}:{inside}:{_name(call.func)}")
        elif _name(call.func) in OURS:
            found.add(f"{module}:{inside}:{_name(call.func)}")
    return found


def place_of(window) -> str:
    """The place of a window that a walk looks at; empty for one that is not ours."""
    module = type(window).__module__
    if module.startswith(NAME + "."):
        return f"{module[len(NAME) + 1:]}:{type(window).__name__}"
    return str(getattr(window, "fullservice_place", ""))


def _caller(depth: int, kind: str) -> str:
    frame = sys._getframe(depth)
    module = frame.f_globals.get("__name__", "")
    return f"{module[len(NAME) + 1:]}:{frame.f_code.co_name}:{kind}" if module.startswith(NAME + ".") else ""


def mark_windows(asked) -> None:
    """Let Qt's windows know which function of ours made them, before the plugin is loaded.

    ``asked(place)`` is called before a ready-made question of Qt opens.
    """
    from qgis.PyQt import QtWidgets

    def marked(kind):
        class Marked(kind):
            def __init__(self, *values, **named) -> None:
                super().__init__(*values, **named)
                if type(self) is Marked:
                    self.fullservice_place = _caller(2, kind.__name__)

        Marked.__name__ = kind.__name__
        return Marked

    def asking(kind, method):
        real = getattr(kind, method)

        def ask(*values, **named):
            place = _caller(2, f"{kind.__name__}.{method}")
            if place:
                asked(place)
            return real(*values, **named)

        return staticmethod(ask)

    for name in ("QDialog", "QMenu", "QToolBar"):
        setattr(QtWidgets, name, marked(getattr(QtWidgets, name)))
    def questioning(kind):
        """Ours: the function of the room and who called it."""
        class Question(kind):
            def __init__(self, *values, **named) -> None:
                super().__init__(*values, **named)
                frame, ours = sys._getframe(1), ""
                while frame.f_globals.get("__name__") == f"{NAME}.{ROOM}":
                    frame, ours = frame.f_back, frame.f_code.co_name
                module = frame.f_globals.get("__name__", "")[len(NAME) + 1:]
                asked(f"{module}:{frame.f_code.co_name}:{ours or kind.__name__}")

        Question.__name__ = kind.__name__
        return Question

    for name in ASKING:
        kind = getattr(QtWidgets, name) if name == "QFileDialog" else questioning(getattr(QtWidgets, name))
        methods = {one: asking(kind, one) for one in dir(kind) if one.startswith("get") or one in (
            "question", "information", "warning", "critical", "about")}
        setattr(QtWidgets, name, type(name, (kind,), methods))
