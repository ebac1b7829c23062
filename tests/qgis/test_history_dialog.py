# SPDX-License-Identifier: GPL-2.0-or-later
"""The window of a row's history: the story in both languages, the way back, a CSV without live formulas."""

from __future__ import annotations

import csv
import os
import time

import pytest


@pytest.fixture(scope="module")
def place(databases, qgis_app):
    """A store with an estate that three people changed; (owner's store, manager's service, estate id)."""
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install
    from fullservice_plugin.store.roles import add_person

    name = databases.create()
    owner = Store.connect({"service": name})
    install(owner)
    with owner.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.org_unit (level, code, name) values ('branch', 'B', 'B')")
        cur.execute("insert into fullservice.estate (code, name, geom) values ('E', '=cmd()', ST_Multi(ST_MakeEnvelope("
                    "24.9, 60, 24.91, 60.01, 4326))) returning id::text")
        estate = cur.fetchone()[0]
        add_person(cur, name + "_me", "customer_manager", ("B",))
    databases.service(name + "_me", name, name + "_me")
    with Store.connect({"service": name + "_me"}) as me:
        for change in ("name = '锦绣花园', estate_type = 'office'", "geom = ST_Translate(geom, 0.002, 0.001)"):
            me.execute(f"update fullservice.estate set {change}, edit_base = row_version where id = %s", (estate,))
        me.transition("SM-1", estate, "located")
    yield owner, name + "_me", estate
    owner.close()


def settle(dialog, seconds=10.0):
    from qgis.PyQt.QtCore import QCoreApplication

    end = time.monotonic() + seconds
    while dialog._task is not None and time.monotonic() < end:
        QCoreApplication.processEvents()
        time.sleep(0.01)
    QCoreApplication.processEvents()


def opened(place, language, said, confirm=None):
    from qgis.core import QgsExpressionContextUtils, QgsProject

    from fullservice_plugin.gis.layers import definition, make_layer
    from fullservice_plugin.gui.history_dialog import HistoryDialog
    from fullservice_plugin.gui.notify import Notifier

    class Told(Notifier):
        def _push(self, text, level, details="", button=None, passing=False):
            said.append(text)

    QgsExpressionContextUtils.setProjectVariable(QgsProject.instance(), "fullservice_language", language)
    layer = make_layer(place[1], definition("estate"), language)
    dialog = HistoryDialog(layer, place[2], Told(None), confirm=confirm)
    dialog.kept = layer
    settle(dialog)
    QgsExpressionContextUtils.setProjectVariable(QgsProject.instance(), "fullservice_language", "en")
    return dialog


def column(dialog, number):
    return [dialog.list.topLevelItem(row).text(number) for row in range(dialog.list.topLevelItemCount())]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_story_of_a_row(place, language, tmp_path):
    dialog = opened(place, language, [])
    deeds = column(dialog, 2)
    assert len(deeds) == 5 and {"made", "changed", "step"} == set(deeds) or {"新建", "修改", "流转"} == set(deeds)
    dialog.list.setCurrentItem(dialog.list.topLevelItem(column(dialog, 4).index("3")))
    assert not dialog.outlines.isHidden()
    if os.environ.get("FULLSERVICE_PICTURES"):
        dialog.show()
        settle(dialog)
        dialog.grab().save(os.path.join(os.environ["FULLSERVICE_PICTURES"], f"history_{language}.png"))
    dialog.list.setCurrentItem(dialog.list.topLevelItem(column(dialog, 4).index("2")))
    cells = {dialog.fields.item(r, c).text() for r in range(dialog.fields.rowCount()) for c in range(3)}
    assert "锦绣花园" in cells and ("Office" in cells if language == "en" else "写字楼" in cells), cells
    path = tmp_path / "history.csv"
    dialog.write_csv(str(path))
    with open(path, encoding="utf-8-sig", newline="") as handle:
        written = [cell for line in csv.reader(handle) for cell in line]
    assert "'=cmd()" in written and "=cmd()" not in written
    dialog.close()


def test_the_way_back(place):
    said, asked = [], []

    def yes(text):
        asked.append(text)
        return True

    dialog = opened(place, "en", said, yes)
    dialog.list.setCurrentItem(dialog.list.topLevelItem(0))
    assert not dialog.back.isEnabled(), "the newest version is there already"
    dialog.list.setCurrentItem(dialog.list.topLevelItem(column(dialog, 4).index("1")))
    dialog.back.click()
    settle(dialog)
    settle(dialog)
    assert "Name" in asked[0] and "version 1" in asked[0]
    assert any("newest one now" in text and "Lead state" in text for text in said), said
    row = place[0].rows("select name, estate_type, ST_XMin(geom), lead_state from fullservice.estate where id = %s",
                        (place[2],))[0]
    assert row == ("=cmd()", None, pytest.approx(24.9), "located")
    assert "version 1 restored" in column(dialog, 2)
    place[0].execute("update fullservice.estate set name = 'meanwhile', edit_base = row_version where id = %s",
                     (place[2],))
    dialog.list.setCurrentItem(dialog.list.topLevelItem(column(dialog, 4).index("2")))
    dialog.back.click()
    settle(dialog)
    assert any("changed this row" in text for text in said), said
    assert place[0].value("select name from fullservice.estate where id = %s", (place[2],)) == "meanwhile"
    dialog.close()


def test_what_is_out_of_reach_is_said(place):
    dialog = opened((place[0], place[1], "00000000-0000-7000-8000-000000000000"), "en", [])
    assert "out of your reach" in dialog.state.text() and not dialog.back.isEnabled()
    dialog.close()
