# SPDX-License-Identifier: GPL-2.0-or-later
"""Classes of the map stay apart for people who see red and green alike."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.unit.map.colour_vision import MACHADO, distance

VISIONS = ("", *MACHADO)
#: ΔE*ab that neighbouring classes keep at least, four times what is just noticed (2.3).
APART = 9.2
#: Classes in their order: neighbours are told apart on the map by their place, others by the legend.
ORDERED = ("stages", "shares", "opportunity", "rivals", "threat", "leads", "coverage")


def colours(name: str) -> list[str]:
    from fullservice_plugin.gis import palette

    return {
        "stages": [colour for colour, _ in palette.STAGE_CLASSES],
        "shares": list(palette.SHARES),
        "opportunity": [row[0] for row in palette.OPPORTUNITY],
        "rivals": [row[0] for row in palette.RIVALS],
        "threat": [row[0] for row in palette.THREAT],
        "leads": [colour for colour, _ in palette.LEADS],
        "coverage": [colour for colour, _ in palette.COVERAGE.values()],
        "methods": list(palette.METHODS.values()),
        "operators": [*palette.OPERATORS, palette.OTHER_OPERATORS],
    }[name]


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("name", ORDERED)
def test_neighbouring_classes_stay_apart(name, vision):
    found = colours(name)
    close = [(one, other) for one, other in zip(found, found[1:]) if distance(one, other, vision) < APART]
    assert not close


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("name", ["stages", "methods", "operators", "leads", "coverage"])
def test_classes_without_an_order_all_stay_apart(name, vision):
    close = [pair for pair in combinations(colours(name), 2) if distance(*pair, vision) < APART]
    assert not close


def test_the_simulation_sees_what_is_known():
    """Red and green of one lightness fall together for a protanope, blue and yellow do not; grey stays what it is."""
    assert distance("#b0562f", "#7f7f2c") > 30 and distance("#b0562f", "#7f7f2c", "deuteranopia") < 15
    assert distance("#0072b2", "#e69f00", "protanopia") > 60
    for vision in MACHADO:
        assert distance("#808080", "#808080", vision) == 0
        assert distance("#ffffff", "#000000", vision) == pytest.approx(100, abs=0.5)


def test_maps_and_documents_use_the_same_colours_of_stages():
    from fullservice_plugin.gis import palette
    from fullservice_plugin.plans import palette as paper

    for colour, codes in palette.STAGE_CLASSES:
        assert paper.STAGES[codes[0]].lower() == colour, codes
