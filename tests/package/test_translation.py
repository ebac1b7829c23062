# SPDX-License-Identifier: GPL-2.0-or-later
"""Every sentence the user can meet has a Chinese one with the same placeholders."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

ERRORS = {"FullServiceError", "InputError", "ParameterError", "StoreError", "ConflictError", "TransitionError",
          "SolverError", "OutputError", "MissingDependencyError"}
TRANSLATORS = {"tr", "translate", "t", "Problem", "_say"}
#: Methods that translate where they stand in a form or a dialog.
OWN = {"text", "_text"}


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def literals(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        arguments = node.args[1:2] if name == "Problem" else node.args[:1]
        if name in ERRORS | TRANSLATORS | (OWN if path.parent.name in ("gui", "forms") else set()) and arguments:
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


def joined(node: ast.expr) -> bool:
    """Whether an expression joins with an English comma or semicolon somewhere."""
    return any(isinstance(each, ast.Call) and called(each) == "join" and isinstance(each.func.value, ast.Constant)
               and str(each.func.value.value).strip() in (",", ";") for each in ast.walk(node))


def test_lists_in_sentences_are_written_as_the_language_does(root):
    """A list goes into a sentence as it is; the comma comes with the language. A value may have its own for Chinese."""
    from fullservice_plugin.core.errors import InputError
    from fullservice_plugin.core.table import Problem
    from fullservice_plugin.i18n import translate

    error = InputError("{layer} has no column {name}. It has: {known}.", layer="L", name="x", known=["a", 2])
    assert str(error) == error.text() == "L has no column x. It has: a, 2."
    assert translate(error.template, "zh", **error.values).count("a、2") == 1
    assert Problem("1", "it has: {known}", {"known": ("a", "b")}).text() == "it has: a, b"
    wrong = []
    for room in ("fullservice_plugin", "processing", "forms"):
        for path in sorted((root / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and called(node) in ERRORS | TRANSLATORS | OWN:
                    names = {each.arg for each in node.keywords}
                    wrong += [f"{path.relative_to(root)}:{node.lineno}: {each.arg}" for each in node.keywords
                              if joined(each.value) and f"{each.arg}_zh" not in names]
    assert not wrong, "\n".join(wrong)


def sources(tree: ast.Module, constants: set[str]) -> dict[str, set[str]]:
    """Loop variable → the constants it runs over."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.comprehension)):
            over = {each.id for each in ast.walk(node.iter) if isinstance(each, ast.Name)} & constants
            for each in ast.walk(node.target):
                if isinstance(each, ast.Name) and over:
                    found.setdefault(each.id, set()).update(over)
    return found


def words_of_constants(path: Path) -> Iterator[tuple[str, int]]:
    """Texts of module constants that are translated later: ``tr(_WORDS[key])``, or a loop over their values."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {target.id: node.value for node in tree.body if isinstance(node, ast.Assign)
                 for target in node.targets if isinstance(target, ast.Name)}
    loops = sources(tree, set(constants))
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in ("tr", "_say") and node.args:
            for each in ast.walk(node.args[0]):
                if isinstance(each, ast.Name):
                    used |= loops.get(each.id, set()) | ({each.id} & set(constants))
    for name in sorted(used):
        yield from words_in(constants[name])


def words_in(value: ast.expr) -> Iterator[tuple[str, int]]:
    """Texts of a constant that a person reads; keys of a mapping are for programs."""
    for place in value.values if isinstance(value, ast.Dict) else [value]:
        for each in ast.walk(place):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and re.match("[A-Z].*[a-z]", each.value):
                yield each.value, each.lineno


def test_words_that_constants_hold_are_translated(root):
    from fullservice_plugin.i18n import sentences

    chinese, seen, missing = sentences("zh"), 0, []
    for path in sorted((root / "fullservice_plugin" / "gui").rglob("*.py")):
        for text, line in words_of_constants(path):
            seen += 1
            if text not in chinese and text not in UNCHANGED:
                missing.append(f"{path.name}:{line}: {text}")
    assert seen > 60 and not missing, "\n".join(missing)


def test_rules_and_refusals_of_the_database_are_translated(root):
    from fullservice_plugin.core.catalogue.rules import RULES
    from fullservice_plugin.i18n import sentences
    from fullservice_plugin.store import errors

    chinese = sentences("zh")
    said = {rule.template for rule in RULES} | set(errors._INTEGRITY.values()) | set(errors._FIELD.values())
    raised = set()
    for path in (root / "fullservice_plugin" / "store").rglob("*.sql"):
        raised |= set(re.findall(r"raise exception\s+'([^']+)'", path.read_text(encoding="utf-8")))
    plain = {text for text in raised if "%" not in text and not text.startswith("FS4")}
    assert len(plain) > 10
    assert not {text for text in said | plain if text not in chinese}
    coded = {text for text in raised - plain if not text.startswith("FS4")}
    assert coded == {"unknown state machine %", "no version % of this row is known"}, "tell it with an FS code"


def test_labels_of_the_catalogue_speak_chinese(root, qgis_app):
    from fullservice_plugin.core.catalogue.fields import COMMON_FIELDS, TABLES, VIEWS
    from fullservice_plugin.core.catalogue.lists import LISTS
    from fullservice_plugin.core.catalogue.states import EVIDENCE, MACHINES
    from fullservice_plugin.gis.form_groups import GROUPS, LINKS
    from fullservice_plugin.gis.layers import LAYERS

    pairs = [(field.en, field.zh) for table in (*TABLES.values(), *VIEWS.values()) for field in table.fields]
    pairs += [(field.en, field.zh) for field in COMMON_FIELDS]
    pairs += [(code.en, code.zh) for entries in LISTS.values() for code in entries]
    pairs += [(code.en, code.zh) for code in EVIDENCE.values()]
    pairs += [(state.en, state.zh) for machine in MACHINES.values() for state in machine.states]
    pairs += [(group.en, group.zh) for groups in GROUPS.values() for group in groups]
    pairs += [(each.en, each.zh) for each in (*LINKS, *LAYERS, *TABLES.values())]
    assert all(english and chinese for english, chinese in pairs)
    same = {english for english, chinese in pairs if english == chinese}
    assert all(name.isupper() or re.search(r"\d|ID|GHz|SHA|HHI", name) or name in UNCHANGED for name in same), same
    wrong = [english for english, chinese in pairs if HAN.search(english)]
    mixed = [chinese for english, chinese in pairs if not HAN.search(chinese) and chinese not in same | UNCHANGED]
    assert not wrong and not mixed, (wrong, mixed)


#: Words that are the same in both languages.
UNCHANGED = {"%", "X", "Y", "WLAN", "Mbit/s", "dB", "dBm", "MHz", "WGS-84", "AP", "English"}
HAN = re.compile("[\u4e00-\u9fff]")


def test_texts_of_forms_are_known_in_both_languages(root):
    """Titles come from groups and relations; every other text in a form is a field that the logic labels."""
    import xml.etree.ElementTree as ET

    from fullservice_plugin.core.catalogue.fields import COMMON_FIELDS, TABLES
    from fullservice_plugin.gis.form_groups import GROUPS, LINKS
    from fullservice_plugin.gis.layers import LAYERS

    titles = {group.en for groups in GROUPS.values() for group in groups} | {link.en for link in LINKS}
    titles |= {"Details", "Record", "Further"} | {spec.en for spec in LAYERS}
    names = {field.name for table in TABLES.values() for field in (*table.fields, *COMMON_FIELDS)}
    for path in sorted((root / "forms").glob("*.ui")):
        for widget in ET.parse(path).iter("widget"):
            for entry in (*widget.findall("property"), *widget.findall("attribute")):
                text = entry.findtext("string")
                if text and entry.get("name") in ("title", "text", "toolTip"):
                    assert text in (titles if entry.get("name") == "title" else names), (path.name, text)


def test_the_plugin_introduces_itself_in_both_languages(root):
    import configparser

    reader = configparser.ConfigParser(interpolation=None)
    reader.read(root / "metadata.txt", encoding="utf-8")
    for key in ("description", "about", "tags"):
        assert HAN.search(reader["general"][key]) and re.search("[A-Za-z]{4}", reader["general"][key]), key


def test_helps_of_algorithms_speak_their_language(root):
    """An English help may name Chinese column headings that an import knows; its title and its labels are English."""
    import json

    for path in sorted((root / "processing" / "help").glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        entries = list(told["parameters"].values())
        heads = [told["name"], *told.get("outputs", {}).values(), *(entry["label"] for entry in entries)]
        for text in [*heads, told["summary"], *(entry["help"] for entry in entries)]:
            assert text not in heads or not HAN.search(text["en"]), (path.name, text["en"])
            assert HAN.search(text["zh"]) or text["zh"] == text["en"], (path.name, text["zh"])


def test_choices_of_algorithms_are_words(qgis_app):
    """Scripts give codes; the dialog says what they mean, in both languages."""
    from fullservice_plugin.i18n import language, set_language
    from fullservice_plugin.processing.choices import choice_words

    before, codes = language(), set()
    for algorithm in qgis_app.fullservice_provider.algorithms():
        for parameter in algorithm.parameterDefinitions():
            if parameter.type() == "enum":
                assert parameter.usesStaticStrings() and parameter.metadata()["widget_wrapper"]["class"]
                codes |= {(parameter.name(), code) for code in parameter.options()}
    assert len(codes) > 40
    for spoken in ("en", "zh"):
        set_language(spoken)
        said = {code: choice_words(*code) for code in codes}
        raw = {code for code, words in said.items() if words == code[1] or not words}
        assert not raw, raw
        if spoken == "zh":
            strange = {words for words in said.values() if not HAN.search(words)}
            assert strange == {"English", "1:500", "1:1000", "WGS-84", "GCJ-02",
                               "BD-09"}, strange
    set_language(before)


def test_one_of_a_thing_is_singular_in_english():
    from fullservice_plugin.i18n import translate

    source = "{name}: {storeys} storeys, {buildings} buildings, {boxes} boxes"
    assert translate(source, "en", name="1 buildings", storeys=24, buildings=1, boxes="1") == \
        "1 buildings: 24 storeys, 1 building, 1 box", "names of things stay as they are"
    assert translate(source, "en", name="x", storeys=1, buildings=21, boxes=0) == "x: 1 storey, 21 buildings, 0 boxes"
    assert translate("{count} buildings", "en", count=1.5) == "1.5 buildings"


@pytest.mark.parametrize("source, values, said", [
    ("{changed} of {count} buildings get another method", {"changed": 1, "count": 3},
     "1 of 3 buildings gets another method"),
    ("{changed} of {count} buildings get another method", {"changed": 1, "count": 1},
     "1 of 1 building gets another method"),
    ("{changed} of {count} buildings get another method", {"changed": 0, "count": 1},
     "0 of 1 building get another method"),
    ("{buildings} buildings were grouped into {estates} estates.", {"buildings": 1, "estates": 1},
     "1 building was grouped into 1 estate."),
    ("{count} boxes start with less", {"count": 1}, "1 box starts with less"),
    ("The terms of {count} talks were saved.", {"count": 1}, "The terms of 1 talk were saved."),
    ("{errors} errors and {warnings} warnings were found.", {"errors": 0, "warnings": 1},
     "0 errors and 1 warning were found."),
    ("{count} talks were begun.", {"count": 2}, "2 talks were begun."),
])  # fmt: skip
def test_the_verb_agrees_with_what_is_counted(source, values, said):
    from fullservice_plugin.i18n import translate

    assert translate(source, "en", **values) == said
