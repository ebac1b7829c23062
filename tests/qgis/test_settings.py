# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings of this computer are kept, bounded and honoured; messages, the log for support, the guard."""

from __future__ import annotations

from types import SimpleNamespace

import pytest


@pytest.fixture(autouse=True)
def untouched(qgis_app):
    """Every test begins and ends with the defaults."""
    from fullservice_plugin.gis.settings import ALL

    for setting in ALL:
        setting.reset()
    yield
    for setting in ALL:
        setting.reset()


def test_what_cannot_be_reads_as_the_default():
    from qgis.core import QgsSettings

    from fullservice_plugin.gis.settings import ALL, BUDGET, DATUM, HORIZON

    assert len({setting.key for setting in ALL}) == len(ALL)
    for setting, wrong in ((HORIZON, "soon"), (HORIZON, 0), (HORIZON, 1e9), (BUDGET, -1), (DATUM, "mars")):
        QgsSettings().setValue(setting.path, wrong)
        assert setting.read() == setting.default
    HORIZON.write(8)
    assert HORIZON.read() == 8.0 and QgsSettings().contains(HORIZON.path)
    HORIZON.write(HORIZON.default)
    assert not QgsSettings().contains(HORIZON.path), "a default leaves nothing behind"


def test_the_page_keeps_what_it_shows_and_goes_back_to_the_defaults():
    from fullservice_plugin.gis.settings import ALL, BUDGET, FONT, STORE
    from fullservice_plugin.gui.settings_page import SettingsFactory

    applied = []
    page = SettingsFactory(lambda: applied.append(True)).createWidget(None)
    editors = {editor.setting.key: editor for editor in page.editors}
    assert set(editors) == {setting.key for setting in ALL}, "every setting has its line"
    assert all(editor.widget.toolTip() for editor in page.editors)
    changed = {"default_store": "own store", "language": "zh", "datum": "gcj02", "plan/budget": 120000.0,
               "plan/horizon_years": 7.5, "plan/take_rate": 0.35, "plan/time_limit": 90.0, "heartbeat_s": 30.0,
               "alert_minutes": 15.0, "log_level": "error", "font": "/fonts/own.ttf", "template": "/plans/own.json"}
    for key, value in changed.items():
        editors[key].show(value)
    page.apply()
    assert {setting.key: setting.read() for setting in ALL} == changed and applied == [True]
    again = SettingsFactory(lambda: None).createWidget(None)
    assert STORE.read() == "own store" and {e.setting.key: e._get() for e in again.editors} == changed
    again.reset.click()
    assert BUDGET.read() == 120000.0, "nothing is kept before OK"
    again.apply()
    assert all(setting.read() == setting.default for setting in ALL) and FONT.read() == ""


def test_settings_are_honoured_where_they_count(monkeypatch):
    from qgis.PyQt.QtCore import QObject, pyqtSignal

    from fullservice_plugin.gis import settings
    from fullservice_plugin.gis.known_stores import last_store, remember_store
    from fullservice_plugin.gui import live
    from fullservice_plugin.gui.competition.alerts import RivalAlerts
    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.i18n import language, set_language
    from fullservice_plugin.plugin import FullServicePlugin

    remember_store("yesterday")
    assert last_store() == "yesterday"
    settings.STORE.write("ours")
    assert last_store() == "ours"
    remember_store("")
    before = language()
    settings.LANGUAGE.write("zh")
    FullServicePlugin(None)
    assert language() == "zh"
    settings.LANGUAGE.write("en")
    FullServicePlugin(None)
    assert language() == "en"
    set_language(before)

    beats = []

    class Still(QObject):
        changed, lost, back, unbounded = pyqtSignal(list), pyqtSignal(str), pyqtSignal(), pyqtSignal()

        def __init__(self, dsn, heartbeat_s):
            super().__init__()
            beats.append(heartbeat_s)

        def begin(self):
            pass

        def stop(self):
            pass

    monkeypatch.setattr(live, "Listener", Still)
    monkeypatch.setattr(live, "ask_later", lambda *_: SimpleNamespace(cancel=lambda: None))
    settings.HEARTBEAT.write(45.0)
    followed = live.LiveMap(Notifier(None))
    followed.follow("nowhere")
    followed.stop()
    assert beats == [45.0]

    class Live(QObject):
        followed, told = pyqtSignal(str), pyqtSignal(list)
        store = ""

    settings.ALERTS.write(5.0)
    alerts = RivalAlerts(Notifier(None), Live(), clock=lambda: 1000.0)
    alerts._told_at = 1000.0
    alerts._changed(["reminder"])
    assert 299_000 <= alerts._wait.remainingTime() <= 300_000
    alerts.stop()


def test_the_font_of_the_settings_is_asked_for(tmp_path):
    from fullservice_plugin.core.errors import FullServiceError
    from fullservice_plugin.gis.settings import FONT
    from fullservice_plugin.services.plans import fonts

    pytest.importorskip("reportlab")
    FONT.write(str(tmp_path / "none.ttf"))
    with pytest.raises(FullServiceError):
        fonts()


def test_the_log_keeps_what_the_settings_want_and_support_gets_no_secret():
    from fullservice_plugin.gis.settings import LOG_LEVEL
    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.gui.support.facts import compose
    from fullservice_plugin.gui.support.journal import Journal

    journal = Journal()
    told = Notifier(None)
    told.info("opened the map")
    told.warning("password=geheim77 of 李伟, 13812345678", "Failing row contains (1, Li Lei).")
    LOG_LEVEL.write("error")
    told.warning("not wanted")
    told.error(ValueError("broken"))
    journal.stop()
    told.error(ValueError("after the end"))
    lines = list(journal.lines)
    assert len(lines) == 3 and " info opened the map" in lines[0] and " warning " in lines[1] and " error " in lines[2]
    assert "ValueError: broken" in lines[2], "the trace is in the log"
    text = compose(lines, [("PostgreSQL", "15.18")], ["李伟"])
    for word in ("geheim77", "李伟", "13812345678", "Li Lei", "not wanted", "after the end"):
        assert word not in text, text
    for word in ("QGIS: 3.", "GDAL: ", "PostgreSQL: 15.18", "fullservice/log_level: error", "opened the map"):
        assert word in text, text


def test_the_guard_tells_a_failure_and_hands_a_result_on():
    from fullservice_plugin.core.errors import Cancelled, StoreError
    from fullservice_plugin.gui.notify import Notifier

    said = []

    class Told(Notifier):
        def _push(self, text, level, details="", button=None, passing=False):
            said.append(text)

    def fails(error):
        raise error

    told = Told(None)
    assert told.guard(lambda a, b: a + b, 1, 2) == 3 and said == []
    assert told.guard(fails, StoreError("The store {name} is away.", name="x")) is None
    assert told.guard(fails, Cancelled()) is None
    assert said == ["The store x is away."], "who cancelled hears nothing"


def test_messages_pass_or_stay_and_go_with_the_plugin(qgis_app):
    from types import SimpleNamespace

    from qgis.core import Qgis
    from qgis.gui import QgsMessageBar

    from fullservice_plugin.gui.notify import Notifier

    bar = QgsMessageBar()
    notifier = Notifier(SimpleNamespace(messageBar=lambda: bar, mainWindow=lambda: None))
    bar.pushWidget(bar.createMessage("QGIS", "theirs"), Qgis.MessageLevel.Info, 0)
    notifier.info("passes")
    notifier.success("done")
    notifier.warning("stays", "why")
    assert {item.text(): item.duration() > 0 for item in bar.items()} == {
        "theirs": False, "passes": True, "done": True, "stays": False}
    notifier.stop()
    assert [item.text() for item in bar.items()] == ["theirs"]
