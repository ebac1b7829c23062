# SPDX-License-Identifier: GPL-2.0-or-later
"""The frozen interface: ids, parameters and outputs that users script against."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PINNED = json.loads((Path(__file__).parent / "interface.json").read_text(encoding="utf-8"))


def test_exactly_the_pinned_algorithms(qgis_app):
    assert qgis_app.fullservice_provider.id() == "fullservice"
    found = {algorithm.name() for algorithm in qgis_app.fullservice_provider.algorithms()}
    assert found == set(PINNED)


@pytest.mark.parametrize("name", sorted(PINNED))
def test_parameters_and_outputs_are_kept(qgis_app, name):
    algorithm = qgis_app.fullservice_provider.algorithm(name)
    parameters = {definition.name() for definition in algorithm.parameterDefinitions()}
    outputs = {definition.name() for definition in algorithm.outputDefinitions()}
    assert set(PINNED[name]["parameters"]) <= parameters
    assert set(PINNED[name]["outputs"]) <= outputs


@pytest.mark.parametrize("name", sorted(PINNED))
def test_help_for_every_parameter_in_both_languages(qgis_app, name, root):
    algorithm = qgis_app.fullservice_provider.algorithm(name)
    texts = json.loads((root / "processing" / "help" / f"{name}.json").read_text(encoding="utf-8"))
    for language in ("en", "zh"):
        assert texts["name"][language] and texts["summary"][language]
        for definition in algorithm.parameterDefinitions():
            entry = texts["parameters"][definition.name()]
            assert entry["label"][language] and entry["help"][language], definition.name()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in texts["name"]["zh"])


@pytest.mark.parametrize("name", sorted(PINNED))
def test_choices_are_static_strings(qgis_app, name):
    for definition in qgis_app.fullservice_provider.algorithm(name).parameterDefinitions():
        if definition.type() == "enum":
            assert definition.usesStaticStrings(), definition.name()


@pytest.mark.parametrize("name", sorted(PINNED))
def test_icon_and_group(qgis_app, name):
    algorithm = qgis_app.fullservice_provider.algorithm(name)
    assert not algorithm.icon().isNull()
    assert algorithm.groupId() and algorithm.group() and algorithm.shortHelpString()
