# SPDX-License-Identifier: GPL-2.0-or-later
"""Every sentence the user can meet has a Chinese one with the same placeholders."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

ERRORS = {"FullServiceError", "InputError", "ParameterError", "StoreError", "ConflictError", "TransitionError",
          "SolverError", "OutputError", "MissingDependencyError"}
TRANSLATORS = {"tr", "translate", "t", "Problem"}


def literals(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        arguments = node.args[1:2] if name == "Problem" else node.args[:1]
        if name in ERRORS | TRANSLATORS and arguments:
            for argument in [arguments[0]]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value, node.lineno


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_is_translated(root):
    from fullservice_plugin.i18n import sentences

    chinese = sentences("zh")
    missing, different = [], []
    for room in ("fullservice_plugin", "processing", "forms"):
        for path in sorted((root / room).rglob("*.py")):
            for text, line in literals(path):
                if not text.strip():
                    continue
                if text not in chinese:
                    missing.append(f"{path.relative_to(root)}:{line}: {text}")
                elif placeholders(text) != placeholders(chinese[text]):
                    different.append(f"{path.relative_to(root)}:{line}: {text}")
    assert not missing, "\n".join(missing)
    assert not different, "\n".join(different)


def test_catalogues_agree_with_each_other(root):
    import json

    seen: dict[str, str] = {}
    for path in sorted((root / "fullservice_plugin" / "i18n" / "zh").glob("*.json")):
        for source, text in json.loads(path.read_text(encoding="utf-8")).items():
            assert placeholders(source) == placeholders(text), f"{path.name}: {source}"
            assert seen.setdefault(source, text) == text, f"{path.name}: {source} has two translations"
