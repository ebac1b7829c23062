# SPDX-License-Identifier: GPL-2.0-or-later
"""The design workbench: from an area over its settings to a plan, its scenarios, and on to review and approval."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any, Callable, Optional

from qgis.core import QgsProject
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import (
    QFileDialog,
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QShortcut,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.access.choice.apart import plan_apart
from fullservice_plugin.gis.connections import open_store
from fullservice_plugin.gui.design.area_picker import AreaPicker
from fullservice_plugin.gui.design.plan_form import PlanForm
from fullservice_plugin.gui.design.plan_map import PlanMap, compared_features, decided_features
from fullservice_plugin.gui.design.plan_page import PlanPage
from fullservice_plugin.gui.design.plan_words import area_words
from fullservice_plugin.gui.design.scenario_page import ScenarioPage
from fullservice_plugin.gui.design.work_bar import WorkBar
from fullservice_plugin.gui.discovery.deeds import is_open, project_store, redraw
from fullservice_plugin.gui.filters import FILTERS
from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.i18n import language, tr
from fullservice_plugin.services import plan_desk
from fullservice_plugin.services.compare import compare_plans
from fullservice_plugin.services.design import PlanResult, plan_area, stage_of

_TABLES = {"plan", "access_design", "access_decision"}


class PlanDock(QgsDockWidget):
    """Tabs appear with what they show: the area always, a plan once there is one, scenarios once there are plans."""

    def __init__(self, iface: Any, notifier: Notifier, hand: Any, review: Any) -> None:
        super().__init__(tr("Design workbench"), iface.mainWindow())
        self.setObjectName("FullServiceDesignWorkbench")
        self._iface, self._notifier, self._hand, self._review = iface, notifier, hand, review
        self._reading, self._doing, self._comparing = Asking(), Asking(), Asking()
        self.area: Optional[plan_desk.Area] = None
        self._alone: list[Any] = []
        self.map = PlanMap(iface)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.plan_page, self.scenarios = PlanPage(self), ScenarioPage(self)
        self.tabs.addTab(self._area_page(), tr("Area"))
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.tabs, 1)
        self.work = WorkBar(notifier, body)
        self.work.changed.connect(self._enable)
        layout.addWidget(self.work)
        self.setWidget(body)
        for page in (self.plan_page, self.scenarios):
            page.hide()
        self.plan_page.pressed.connect(self.press)
        self.plan_page.building.connect(self.map.fly_to_building)
        self.scenarios.opened.connect(self.open_plan)
        self.scenarios.compared.connect(self.compare)
        self.scenarios.ended.connect(self.map.end_comparison)
        hand.kept.connect(self.open_plan)
        review.changed.connect(self.reload)
        QgsProject.instance().cleared.connect(self._cleared)
        QgsProject.instance().readProject.connect(self._read)
        self._enable()

    def _area_page(self) -> QWidget:
        page = QWidget(self)
        outer = QVBoxLayout(page)
        outer.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea(page)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        body = QWidget(area)
        layout = QVBoxLayout(body)
        self.picker = AreaPicker(self._iface, self._notifier, body)
        self.picker.chosen.connect(self.choose)
        layout.addWidget(self.picker)
        self.facts = QLabel(body)
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(self.facts)
        self.form = PlanForm(body)
        layout.addWidget(self.form)
        layout.addStretch(1)
        area.setWidget(body)
        self.make_button = QPushButton(tr("Make the plan (Ctrl+Enter)"), page)
        self.make_button.clicked.connect(lambda _checked=False: self.make())
        self.lacking = QLabel(page)
        self.lacking.setWordWrap(True)
        for widget, stretch in ((area, 1), (self.lacking, 0), (self.make_button, 0)):
            outer.addWidget(widget, stretch)
        for check in self.form.methods.values():
            check.toggled.connect(lambda _on: self._enable())
        self.form.scenario.editTextChanged.connect(lambda _text: self._enable())
        for keys, run in (("Ctrl+Return", self.make), ("Ctrl+Enter", self.make)):
            QShortcut(QKeySequence(keys), page, run, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        return page

    def _ask(self, asking: Asking, title: str, ask: Callable[[Any], Any], answered: Callable[[Any], None],
             write: bool = False) -> None:
        name = self._store()
        if name is not None:
            asking.ask(title, name, ask, answered, self._notifier.error, write)

    def choose(self, code: str) -> None:
        """Make an area (its code; several estates joined with +) the one to plan."""

        def shown(answer: tuple[plan_desk.Area, list[dict[str, Any]]]) -> None:
            self._picked(answer[0])
            self._list(answer[1])

        self._ask(self._reading, tr("Area {code}", code=code),
                  lambda store: (plan_desk.read_area_facts(store, code), plan_desk.plans_here(store, code)), shown)

    def _picked(self, area: plan_desk.Area) -> None:
        if self.area is None or self.area.code != area.code:
            self._tab(self.plan_page, "", False)
            self.map.clear()
        self.area = area
        self.picker.use_map(False)
        self.form.show_area(area.currency, area.scenarios)
        self.map.fly(area.box)
        self._enable()

    def _list(self, plans: list[dict[str, Any]]) -> None:
        view = self.plan_page.view
        self.scenarios.show_plans(plans, view.plan["code"] if view is not None else "")
        self._tab(self.scenarios, tr("Scenarios ({count})", count=len(plans)), bool(plans))

    def _tab(self, page: QWidget, title: str, shown: bool) -> None:
        """Show a page as a tab, or take it away: nothing empty is offered."""
        at = self.tabs.indexOf(page)
        if shown and at < 0:
            at = self.tabs.insertTab(1 if page is self.plan_page else self.tabs.count(), page, title)
        elif not shown and at >= 0:
            self.tabs.removeTab(at)
        if shown:
            self.tabs.setTabText(at, title)

    def make(self) -> None:
        """Compute the plan in a process of its own and keep it; a stop leaves nothing behind."""
        area, name = self.area, self._store()
        if area is None or name is None or self.work.busy or self._lacking():
            return
        wish = asdict(self.form.wish())

        def work(progress: Any) -> PlanResult:
            with open_store(name) as store:
                return plan_area(store, area.code, **wish, solve=plan_apart, progress=progress)

        self.work.run(tr("Plan {area}", area=area.name), work, lambda made: self._made(name, made), stage_of)

    def _made(self, store: str, made: PlanResult) -> None:
        if not is_open(store):  # another map was opened meanwhile
            self._notifier.success(tr("Plan {code} is kept in the store {store}.", code=made.code, store=store))
            return
        if made.new:
            self._notifier.success(tr("Plan {code} is kept as a draft.", code=made.code),
                                   self._offer(tr("Withdraw"), lambda: self.withdraw(made.plan_id)))
        else:
            self._notifier.info(tr("Nothing has changed since plan {code}: it stands.", code=made.code))
        for one in made.targets:
            if not one.met:
                self._notifier.warning(tr("Grid {code} misses its coverage target: {served} of {asked} homes.",
                                          code=one.code, served=round(one.served), asked=round(one.asked)))
        redraw()
        self.open_plan(made.code)

    def _offer(self, words: str, run: Callable[[], None]) -> QPushButton:
        button = QPushButton(words)
        button.clicked.connect(lambda _checked=False: run())
        return button

    def open_plan(self, code: str) -> None:
        """Show a plan (code or id) with its area: alone on the map, its figures and reasons, its rivals beside it."""

        def ask(store: Any) -> Any:
            view = plan_desk.read_plan_view(store, code)
            rows = [row for group in (*view.served, *view.left_out) for row in group.rows]
            area = view.plan["area_code"]
            facts = plan_desk.read_area_facts(store, area)
            return view, decided_features(rows), plan_desk.plans_here(store, area), facts

        def shown(answer: Any) -> None:
            view, features, plans, area = answer
            self._picked(area)
            self.plan_page.show_plan(view)
            self._list(plans)
            self._tab(self.plan_page, tr("Plan"), True)
            self.tabs.setCurrentWidget(self.plan_page)
            self.map.show(view.plan["id"], view.plan["code"], features, view.box)
            self.plan_page.buttons["map"].setChecked(True)
            self._alone = features

        self._ask(self._reading, tr("Plan {code}", code=code), ask, shown)

    def reload(self) -> None:
        """Read states and figures again; the map stays."""
        view, area = self.plan_page.view, self.area
        if area is None or self._reading.busy or not self.isVisible():
            return
        code = view.plan["id"] if view is not None and self.tabs.indexOf(self.plan_page) >= 0 else ""

        def ask(store: Any) -> Any:
            plans = plan_desk.plans_here(store, area.code)
            there = any(plan["id"] == code for plan in plans)
            return plans, plan_desk.read_plan_view(store, code) if there else None

        def shown(answer: Any) -> None:
            if answer[1] is not None:
                self.plan_page.show_plan(answer[1])
            elif code:
                self._tab(self.plan_page, "", False)
                self.map.clear()
            self._list(answer[0])

        self._ask(self._reading, tr("Plans"), ask, shown)

    def tables_changed(self, tables: list[str]) -> None:
        """Somebody changed plans or designs: read them again."""
        if _TABLES & set(tables):
            self.reload()

    def compare(self, first: str, second: str) -> None:
        """Show two plans (codes) beside each other, and on the map where they differ."""

        def ask(store: Any) -> Any:
            found = compare_plans(store, first, second)
            return found, compared_features(found)

        def shown(answer: Any) -> None:
            self.scenarios.show_comparison(answer[0])
            self.map.compare(*answer[1], (first, second))

        self._ask(self._comparing, tr("Compare"), ask, shown)

    def press(self, key: str) -> None:
        """Do what a button of the plan's page says."""
        view = self.plan_page.view
        if view is None:
            return
        plan = view.plan
        if key == "change":
            self._front(self._hand)
            self._hand.plan.setCurrentText(plan["code"])
            self._hand.open()
        elif key == "review":
            self._front(self._review)
            self._review.load_plan(plan["code"])
        elif key == "hand_in":
            self._ask(self._doing, tr("Hand in"), lambda store: plan_desk.hand_in_plan(store, plan["id"]),
                      self._handed_in, True)
        elif key == "withdraw":
            self.withdraw(plan["id"])
        elif key == "pdf":
            self._pdf(plan["code"])
        elif key == "map" and self.map.plan:
            self.map.clear()
        else:
            self.map.show(plan["id"], plan["code"], self._alone, view.box)

    @staticmethod
    def _front(dock: QgsDockWidget) -> None:
        dock.show()
        dock.raise_()

    def _handed_in(self, count: int) -> None:
        self._notifier.success(tr("Designs handed in for review: {count}. Somebody else approves them.", count=count),
                               self._offer(tr("Review…"), lambda: self.press("review")))
        redraw()
        self.reload()

    def withdraw(self, plan: str) -> None:
        """Take a plan (its id) back; a button brings it back."""

        def done(since: datetime) -> None:
            undo = self._offer(tr("Undo"), partial(self._back, plan, since))
            self._notifier.success(tr("The plan was withdrawn."), undo)
            redraw()
            self.reload()

        self._ask(self._doing, tr("Withdraw"), lambda store: plan_desk.withdraw_plan(store, plan), done, True)

    def _back(self, plan: str, since: datetime) -> None:
        def done(_nothing: None) -> None:
            redraw()
            self.open_plan(plan)

        self._notifier.withdraw()
        self._ask(self._doing, tr("Undo"), lambda store: plan_desk.bring_back_plan(store, plan, since), done, True)

    def _pdf(self, code: str) -> None:
        path, _ = QFileDialog.getSaveFileName(self, tr("Write the plan as PDF"), f"{code}.pdf", "PDF (*.pdf)")
        if path:
            self.write_pdf(code, path if path.lower().endswith(".pdf") else path + ".pdf")

    def write_pdf(self, code: str, path: str) -> None:
        """Write a plan as PDF into a file."""
        from fullservice_plugin.services.plans import export_plan

        said, name = language(), self._store()
        if name is None or self.work.busy:
            return

        def work(progress: Any) -> Any:
            with open_store(name, write=False) as store:
                return export_plan(store, code, "", said, path, progress=progress)

        self.work.run(tr("PDF of plan {code}", code=code), work,
                      lambda made: self._notifier.success(tr("The plan was written to {path}.", path=made)))

    def _store(self) -> Optional[str]:
        """The store of the open map; None, and the user is told, where there is none."""
        return self._notifier.guard(project_store)

    def _lacking(self) -> str:
        if self.area is None:
            return tr("Choose an area first: by its name, with a click on the map, or by a rectangle around estates.")
        if not self.area.may_plan:
            return tr("Your role does not change designs.")
        return self.form.lacking()

    def _enable(self) -> None:
        idle, lacking = not self.work.busy, self._lacking()
        self.facts.setText(area_words(self.area) if self.area is not None else "")
        self.facts.setVisible(self.area is not None)
        self.form.setEnabled(idle and self.area is not None and self.area.may_plan)
        self.picker.setEnabled(idle)
        self.make_button.setEnabled(idle and not lacking)
        self.lacking.setText(lacking)
        self.lacking.setVisible(idle and bool(lacking))

    def _cleared(self) -> None:
        """Another project is opened: what was shown belongs to the last one."""
        self.area = None
        for asking in (self._reading, self._comparing):
            asking.stop()
        for page in (self.plan_page, self.scenarios):
            self._tab(page, "", False)
        self.map.forget()
        self._enable()

    def _read(self, _document: Any = None) -> None:
        self.map.restore()

    def stop(self) -> None:
        """Let go of tasks, tool, layers and filters; called before the dock is deleted."""
        for asking in (self._reading, self._doing, self._comparing):
            asking.stop()
        self.work.stop()
        QgsProject.instance().cleared.disconnect(self._cleared)
        QgsProject.instance().readProject.disconnect(self._read)
        self._hand.kept.disconnect(self.open_plan)
        self._review.changed.disconnect(self.reload)
        self.picker.stop()
        self.map.clear()
        FILTERS.now()
