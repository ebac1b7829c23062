# SPDX-License-Identifier: GPL-2.0-or-later
"""Form, dock and alerts in real QGIS without a window: what is needed, remembered, shown, told and given back."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from types import SimpleNamespace

import pytest

from tests.qgis import waiting

pytest.importorskip("qgis.core")
from qgis.core import QgsExpressionContextUtils, QgsProject, QgsSettings
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDialogButtonBox, QMainWindow

wait = partial(waiting.wait, seconds=10.0)
TODAY = date.today()
OPERATORS = [{"code": "CMCC", "name": "中国移动", "name_en": "China Mobile", "is_self": True},
             {"code": "CTCC", "name": "中国电信", "name_en": "China Telecom", "is_self": False}]


class Said:
    """Stands for the notifier."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.canvas = self.window = None

    def guard(self, run, *values):
        from fullservice_plugin.gui.notify import Notifier

        return Notifier.guard(self, run, *values)

    def __getattr__(self, kind: str):
        return lambda text, *_more: self.told.append((kind, str(text)))


class Live(QObject):
    """Stands for the map that is followed."""

    followed = pyqtSignal(str)
    told = pyqtSignal(list)

    def __init__(self, store: str) -> None:
        super().__init__()
        self.store = store


@pytest.fixture(params=["en", "zh"])
def spoken(request, qgis_app):
    from fullservice_plugin.i18n import set_language

    set_language(request.param)
    yield request.param
    set_language("en")


@pytest.fixture
def form(qgis_app, spoken):
    from fullservice_plugin.gui.competition.capture_dialog import SETTINGS, CaptureDialog
    from fullservice_plugin.gui.competition.place import Chosen

    QgsSettings().remove(SETTINGS)
    kept = []
    made = lambda: CaptureDialog(Chosen("building", "b", "3"), OPERATORS, "li.wei", kept.append)  # noqa: E731
    dialog = made()
    dialog.kept, dialog.again = kept, made
    yield dialog
    dialog.deleteLater()
    QgsSettings().remove(SETTINGS)


def choose(box, data) -> None:
    index = next(k for k in range(box.count()) if box.itemData(k) == data)
    box.setCurrentIndex(index)


def save(dialog):
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)


def test_exactly_three_things_are_needed(form):
    needed = ((form.operator, "CTCC"), (form.seen, ("technology", "ftth")), (form.source, "site_photo"))
    for box, data in needed:
        assert not save(form).isEnabled() and form.hint.text()
        choose(box, data)
    assert save(form).isEnabled() and form.hint.text() == "" and "80" in form.confidence.text()
    made = form.made()
    assert (made.operator, made.technology, made.source_class) == ("CTCC", "ftth", "site_photo")
    assert made.observer == "li.wei" and made.observed_on == TODAY and made.speed is None and made.photo is None
    choose(form.source, "hearsay")
    assert "30" in form.confidence.text()


def test_what_was_seen_may_stand_for_the_technology(form):
    choose(form.operator, "CTCC")
    choose(form.source, "resident")
    choose(form.seen, ("presence", "planned"))
    assert not form.presence.isEnabled() and form.made().presence == "planned" and form.made().technology is None
    choose(form.seen, ("presence", "promotion"))
    assert not save(form).isEnabled(), "what kind of promotion?"
    choose(form.promotion, "stall")
    assert save(form).isEnabled() and form.made().presence is None and form.made().promotion == "stall"


def test_the_rest_may_be_given(form):
    for box, data in ((form.operator, "CTCC"), (form.source, "manager"), (form.seen, ("technology", "ftth")),
                      (form.presence, "building"), (form.exclusivity, "contract")):
        choose(box, data)
    form.numbers["speed"].setValue(1000)
    form.numbers["price"].setValue(88.5)
    form.contracts.setValue(12)
    form.ends.setChecked(True)
    made = form.made()
    assert (made.presence, made.speed, made.price, made.contracts) == ("building", 1000, 88.5, 12)
    assert made.exclusive_until > TODAY and made.contracts_until > TODAY


def test_source_observer_and_day_are_remembered_and_nothing_typed_is_lost(form):
    for box, data in ((form.operator, "CTCC"), (form.source, "manager"), (form.seen, ("technology", "ftth"))):
        choose(box, data)
    form.source_text.setText("门岗王师傅")
    form.observer.setText("zhang")
    form.day.setDate(form.day.date().addDays(-2))
    form.accept()
    assert len(form.kept) == 1 and not save(form).isEnabled(), "once only"
    form.accept()
    assert len(form.kept) == 1
    form.failed("Not now.")
    assert save(form).isEnabled() and form.hint.text() == "Not now." and form.source_text.text() == "门岗王师傅"
    form.accept()
    form.saved()
    again = form.again()
    assert (again.source_text.text(), again.observer.text()) == ("门岗王师傅", "zhang")
    assert again.day.date() == form.day.date()
    assert again.operator.currentData() is None
    QgsSettings().setValue("fullservice/capture/entered", (TODAY - timedelta(days=1)).isoformat())
    assert form.again().day.date().toPyDate() == TODAY, "yesterday's day is not today's"


def test_alerts_are_grouped_and_at_most_one_a_minute(qgis_app, spoken):
    from fullservice_plugin.gui.competition.alerts import RivalAlerts

    said, live, clock = Said(), Live(""), [1000.0]
    alerts = RivalAlerts(said, live, lambda: clock[0])
    asked = []
    alerts._ask = lambda: asked.append(clock[0])
    alerts._wait.timeout.disconnect()
    alerts._wait.timeout.connect(lambda: alerts._ask())
    row = lambda name, mark: {"estate": name, "names": ["电信"], "names_en": ["Telecom"], "mark": mark}  # noqa: E731
    alerts.tell([row(f"E{number}", number) for number in range(5, 0, -1)])
    assert len(said.told) == 1 and "5" in said.told[0][1] and "…" in said.told[0][1]
    assert ("电信" if spoken == "zh" else "Telecom") in said.told[0][1]
    assert "E5" in said.told[0][1] and "E1" not in said.told[0][1] and len(said.told[0][1]) < 80
    alerts.tell([row("E5", 5)])
    assert len(said.told) == 1, "the same is not told twice"
    clock[0] += 10
    for _ in range(4):
        live.told.emit(["building", "reminder"])
    assert alerts._wait.isActive() and 49_000 < alerts._wait.remainingTime() <= 50_000
    live.told.emit(["building"])
    alerts._wait.stop()
    clock[0] += 60
    live.told.emit(["reminder"])
    QTest.qWait(50)
    assert asked == [clock[0]]
    alerts.stop()


@pytest.fixture(scope="module")
def town(store_name, databases) -> str:
    return databases.fill(store_name)


@pytest.fixture
def dock(town, spoken):
    from qgis.gui import QgsMapCanvas

    from fullservice_plugin.gui.competition.capture import Capture
    from fullservice_plugin.gui.competition.rival_dock import RivalDock

    window, canvas, said = QMainWindow(), QgsMapCanvas(), Said()
    iface = SimpleNamespace(mainWindow=lambda: window, mapCanvas=lambda: canvas, activeLayer=lambda: None)
    QgsExpressionContextUtils.setProjectVariable(QgsProject.instance(), "fullservice_store", town)
    capture = Capture(iface, said)
    made = RivalDock(iface, said, capture)
    made.said, made.window_ = said, window
    yield made
    capture.stop()
    made.stop()
    QgsProject.instance().clear()


def test_the_dock_shows_moves_and_tells(dock, databases, town, spoken):
    from fullservice_plugin.gui.competition.place import Chosen

    assert not dock.new_button.isEnabled() and dock.title.text()
    link = databases.connect(town)
    with link.cursor() as cursor:
        cursor.execute("select b.id::text, b.number, e.id::text from fullservice.building b join fullservice.estate e "
                       "on e.id = b.estate_id join fullservice.intel_observation o on o.building_id = b.id and "
                       "o.state = 'captured' order by b.code limit 1")
        house, number, estate = cursor.fetchone()
    dock.show_place(Chosen("building", house, number))
    wait(lambda: dock.here is not None)
    seen = dock.here.seen
    assert dock.table.rowCount() == len(dock.here.present) and dock.timeline.table.rowCount() == len(seen)
    assert dock.timeline.table.isColumnHidden(2) and not any(b.isEnabled() for b in dock.timeline.buttons.values())
    dock.timeline.table.selectRow(0)
    assert not dock.timeline.buttons["verified"].isEnabled() and dock.timeline.why.text()
    assert dock.timeline.buttons["retired"].isEnabled()
    dock.timeline.buttons["stale"].click()
    wait(lambda: any(one.state == "stale" for one in dock.here.seen))
    assert [one.id for one in dock.timeline.chosen()] == [seen[0].id], "what was chosen stays chosen"
    dock.move_seen([seen[0].id], "verified")
    wait(lambda: dock.said.told)
    assert dock.said.told[0][0] == "error"
    assert dock.pie.unknown is None or 0 <= dock.pie.unknown <= 1
    assert dock.pie.legend() and not dock.parts.text().startswith("{")
    dock.more.click()
    assert dock.more.isChecked() and "HHI" in dock.parts.text()
    dock.show_place(Chosen("estate", estate, "x"))
    assert dock.here is None
    wait(lambda: dock.here is not None)
    assert not dock.timeline.table.isColumnHidden(2) and dock.here.kind == "estate"
    assert "{" not in dock.title.text() + dock.threat.text() + dock.todo.text() + dock.parts.text()
    link.close()


def test_a_place_that_is_gone_is_told_in_the_dock(dock):
    from fullservice_plugin.gui.competition.place import Chosen

    dock.show_place(Chosen("estate", "00000000-0000-0000-0000-000000000000", "x"))
    wait(lambda: dock.said.told)
    assert dock.said.told[0][0] == "error" and dock.here is None and dock.title.text() != "x"


def test_pies_keep_what_is_unknown(qgis_app, spoken):
    from fullservice_plugin.gui.competition.share_pie import SharePie

    pie = SharePie()
    pie.resize(300, 120)
    pie.show_shares([], None)
    assert len(pie.legend()) == 1 and pie.legend()[0][1] == ""
    whole = pie.grab().toImage()
    assert whole.pixelColor(60, 60).name() != "#ffffff"
    pie.show_shares([("A", 0.25, "#0072b2"), ("B", 0.0, "#d55e00")], 0.75)
    assert [colour for _, colour in pie.legend()] == ["#0072b2", ""] and "75" in pie.legend()[1][0]
    image = pie.grab().toImage()
    colours = [image.pixelColor(x, y).name() for x in range(5, 110) for y in range(5, 115)]
    drawn = [colour for colour in colours if colour != image.pixelColor(0, 0).name()]
    assert 0.1 < colours.count("#0072b2") / len(drawn) < 0.4
