# SPDX-License-Identifier: GPL-2.0-or-later
"""The search of the start dock: by keys, estates at once and the rest when it is there, no older answer."""

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
    for _ in ("estates", "the rest"):
        places.asked[-1][1]([])
    assert places.tree.isEnabled() and places.tree.topLevelItemCount() == 1


def place(kind: str, number: int):
    from fullservice_plugin.store.map_views import Place

    return Place(kind, f"{kind}{number}", f"{kind} {number}", "", None)


@pytest.fixture
def search(qgis_app):
    """A search for ``one``, the questions it asks, and the names it shows."""
    from qgis.PyQt.QtWidgets import QWidget

    from fullservice_plugin.gui.start.places import Places

    asked, parent = [], QWidget()
    places = Places(parent, lambda key, title, question, answered: asked.append(answered))
    places.filter.setText("one")
    places._search()
    places.stop()

    def names() -> list[str]:
        return [places.tree.topLevelItem(row).text(0) for row in range(places.tree.topLevelItemCount())]

    yield asked, names, places
    parent.deleteLater()


def test_what_is_found_first_stays_where_it_is(search):
    asked, names, places = search
    estates, house = [place("estate", 1), place("estate", 2)], place("building", 1)
    asked[0](estates)
    assert names() == ["estate 1", "estate 2"] and len(asked) == 2
    places.tree.setCurrentItem(places.tree.topLevelItem(1))
    asked[1]([*estates, house])
    assert names() == ["estate 1", "estate 2", "building 1"]
    assert places.tree.currentItem().text(0) == "estate 2", "what somebody chose meanwhile is still chosen"


def test_an_estate_that_came_meanwhile_is_in_its_place(search):
    asked, names, _ = search
    asked[0]([place("estate", 2)])
    asked[1]([place("estate", 1), place("estate", 2)])
    assert names() == ["estate 1", "estate 2"]


def test_a_full_page_of_estates_is_the_answer_and_nothing_is_said_only_at_the_end(search):
    from fullservice_plugin.store.map_views import HITS

    asked, names, _ = search
    before = names()
    asked[0]([])
    assert names() == before and len(asked) == 2
    asked[0]([place("estate", number) for number in range(HITS)])
    assert len(asked) == 2 and len(names()) == HITS
    asked[1]([])
    assert len(names()) == 1
