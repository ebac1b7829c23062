# SPDX-License-Identifier: GPL-2.0-or-later
"""The search of the start dock by keys, and what it shows while an answer is on its way or was lost."""

from __future__ import annotations

import pytest

from fullservice_plugin.store.map_views import Place

HITS = [Place("estate", "1", "翠湖名邸", "E1", (1.0, 1.0, 2.0, 2.0), ""),
        Place("estate", "2", "长桥花园", "E2", None, "")]


@pytest.fixture
def places(qgis_app):
    """The search, whose questions are kept instead of asked."""
    from fullservice_plugin.gui.start.places import Places

    asked, chosen = [], []
    made = Places(None, lambda key, title, question, answered: asked.append((key, answered)))
    made.chosen.connect(chosen.append)
    made.show()
    made.load("store")
    made.asked, made.picked = asked, chosen
    yield made
    made.close()


def test_a_store_without_areas_says_what_to_do(places):
    told = []
    places.bare.connect(told.append)
    places.asked[-1][1]([])
    assert told == [True] and places.tree.topLevelItemCount() == 1 and places.tree.topLevelItem(0).text(0)


def typed(places, text: str) -> None:
    places.filter.setText(text)
    places._typing.stop()
    places._search()


def test_keys_lead_from_the_line_to_the_place(places):
    from qgis.PyQt.QtCore import Qt
    from qgis.PyQt.QtTest import QTest

    typed(places, "ch")
    places.asked[-1][1](HITS)
    QTest.keyClick(places.filter, Qt.Key.Key_Return)
    assert [place.id for place in places.picked] == ["1"], "Enter takes the first hit"
    QTest.keyClick(places.filter, Qt.Key.Key_Down)
    QTest.keyClick(places.tree, Qt.Key.Key_Down)
    QTest.keyClick(places.tree, Qt.Key.Key_Return)
    assert [place.id for place in places.picked] == ["1", "2"]
    QTest.keyClick(places.tree, Qt.Key.Key_Escape)
    assert places.filter.text() == ""


def test_an_answer_that_is_missing_leaves_no_old_one(places):
    from qgis.PyQt.QtCore import Qt
    from qgis.PyQt.QtTest import QTest

    typed(places, "ch")
    places.asked[-1][1](HITS)
    typed(places, "lq")
    QTest.keyClick(places.filter, Qt.Key.Key_Return)
    assert not places.tree.isEnabled() and not places.picked, "what is shown is no answer to what was typed"
    places.load("store")  # the server is back
    assert places.asked[-1][0] == "search"
    places.asked[-1][1]([])
    assert places.tree.isEnabled() and places.tree.topLevelItemCount() == 1
