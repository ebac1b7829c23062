# SPDX-License-Identifier: GPL-2.0-or-later
"""Every dock, dialog, form and algorithm has its page in both languages, and no page names what is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

NAME = re.compile(r"FullService[A-Z]\w+")


def windows(root: Path) -> set[str]:
    """Object names of our docks and dialogs, as the code gives them."""
    found = set()
    for path in (root / "fullservice_plugin" / "gui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for each in names_in(node):
                if NAME.fullmatch(each):
                    found.add(each)
    return found


def names_in(node: ast.AST) -> list[str]:
    """Texts that become the object name of a window: set, handed to our dialogs' base, or the NAME of a dock."""
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        owner = getattr(getattr(node.func, "value", None), "id", "")
        if called == "setObjectName" and owner in ("self", "dialog"):
            return [each.value for each in node.args if isinstance(each, ast.Constant)]
        if called == "__init__":
            return [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id == "NAME" for each in node.targets):
        return [node.value.value] if isinstance(node.value, ast.Constant) else []
    return []


def folder(root: Path) -> Path:
    return root / "fullservice_plugin" / "resources" / "help"


def test_every_dock_and_dialog_has_its_page(root, qgis_app):
    from fullservice_plugin.gui.help_key import topic_of

    found = windows(root)
    assert len(found) > 20
    for name in found:
        for language in ("en", "zh"):
            page = folder(root) / f"{topic_of(name)}.{language}.md"
            assert page.exists() and page.read_text(encoding="utf-8").startswith("# "), page.name
    topics = {path.name.split(".")[0] for path in folder(root).glob("*.md")}
    assert topics - {topic_of(name) for name in found} == {"map", "settings"}, "a page of a window that is not there"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_forms_and_algorithms_have_pages_and_none_is_short(root, qgis_app, language):
    from fullservice_plugin.gis.layers import LAYERS
    from fullservice_plugin.gui.help_pages import pages
    from fullservice_plugin.i18n import set_language

    set_language(language)
    try:
        made = {page.topic: page for page in pages(language, qgis_app.fullservice_provider)}
    finally:
        set_language("en")
    assert {f"form_{spec.key}" for spec in LAYERS if not spec.read_only} <= set(made)
    assert {algorithm.name() for algorithm in qgis_app.fullservice_provider.algorithms()} <= set(made)
    for page in made.values():
        assert page.title and len(page.body) > 80, page.topic
        if language == "zh":
            assert re.search("[\u4e00-\u9fff]", page.title), page.topic


def test_pages_name_only_what_is_there(root, qgis_app):
    """What a page prints bold is a text of the interface, in its own language."""
    from fullservice_plugin.core.catalogue.fields import TABLES
    from fullservice_plugin.core.catalogue.lists import LISTS
    from fullservice_plugin.i18n import sentences

    chinese = sentences("zh")
    labels = [(field.en, field.zh) for table in TABLES.values() for field in table.fields]
    labels += [(code.en, code.zh) for entries in LISTS.values() for code in entries]
    known = {"en": {*chinese, *(en for en, _ in labels)}, "zh": {*chinese.values(), *(zh for _, zh in labels)}}
    bold, strange = 0, []
    for path in sorted(folder(root).glob("*.md")):
        language = path.name.split(".")[1]
        for name in re.findall(r"\*\*(.+?)\*\*", path.read_text(encoding="utf-8")):
            bold += 1
            if name not in known[language] and f"{name}…" not in known[language]:
                strange.append(f"{path.name}: {name}")
    assert bold > 150 and not strange, "\n".join(strange)


def test_both_languages_tell_the_same(root):
    """The same steps and as many names in bold."""
    for path in sorted(folder(root).glob("*.en.md")):
        english = path.read_text(encoding="utf-8")
        chinese = path.with_name(path.name.replace(".en.", ".zh.")).read_text(encoding="utf-8")
        for sign in (r"^\d\. ", r"^- ", r"^#"):
            assert len(re.findall(sign, english, re.M)) == len(re.findall(sign, chinese, re.M)), (path.name, sign)
