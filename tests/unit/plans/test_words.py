# SPDX-License-Identifier: GPL-2.0-or-later
"""Every sentence that a plan prints has a Chinese one with the same placeholders."""

from __future__ import annotations

import ast
import string

from fullservice_plugin.i18n import sentences

ROOMS = ("fullservice_plugin/plans", "fullservice_plugin/services")


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_sentences_of_the_pages_are_translated(root):
    chinese = sentences("zh")
    found = set()
    for room in ROOMS:
        for path in (root / room).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = getattr(
                    getattr(node, "func", None), "id", getattr(getattr(node, "func", None), "attr", "")
                )
                if (
                    isinstance(node, ast.Call)
                    and name == "t"
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                ):
                    found.add(node.args[0].value)
    assert len(found) > 100
    assert not {text for text in found if text not in chinese}
    assert not {text for text in found if placeholders(text) != placeholders(chinese[text])}
