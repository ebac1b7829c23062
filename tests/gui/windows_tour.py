# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour that opens what no dock and no dialog of :mod:`language_tour` is: menus, bars, pages, questions.

Together they reach every window that the code can make (:mod:`windows`), and the dialog of every algorithm.
"""

from __future__ import annotations

from card_tour import press
from language_tour import one, plugin
from qgis.core import QgsApplication, QgsFeatureRequest, QgsProject
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtWidgets import QApplication, QDialog, QDockWidget, QLineEdit, QMenu, QPushButton, QToolBar
from qgis.utils import iface
from screen import foreign, look, walked

#: Questions of Qt's own whose content is this computer's: only what we say of them is looked at.
FILES = "QFileDialog"


class Questions:
    """Looks at each ready-made question as it opens, and closes it."""

    def __init__(self, driver, found: dict, tour: dict) -> None:
        self.driver, self.found, self.tour, self.yes = driver, found, tour, False

    def opened(self, place: str) -> None:
        QTimer.singleShot(250, lambda: self._look(place))

    def _look(self, place: str) -> None:
        box = QApplication.activeModalWidget()
        if box is None:
            QTimer.singleShot(150, lambda: self._look(place))
            return
        name = "ask_" + place.replace(":", "_").replace(".", "_")
        if FILES in place:
            bad = foreign(box.windowTitle(), self.tour["language"])
            self.found["screens"][name] = {"strange": [f"{box.windowTitle()} {bad}"] if bad else []}
        else:
            look(self.driver, self.found, self.tour, name, box)
        walked(self.found, place)
        (box.accept if self.yes and FILES not in place else box.reject)()


def until_asked(driver, found: dict, run, *places: str) -> None:
    """Run what asks, and wait until the last of ``places`` was looked at."""
    run()
    driver.wait(lambda: places[-1] in found.get("walked", ()), 15, places[-1])
    driver.settle(0.1)


def main_window(driver, found: dict, tour: dict) -> None:
    """Menus, toolbars, the bar of the path, the names of layers, the themes."""
    window = iface.mainWindow()
    for menu in window.findChildren(QMenu):
        if menu.objectName() == "FullServiceMenu" or getattr(menu, "fullservice_place", ""):
            menu.popup(QPoint(40, 40))
            look(driver, found, tour, "menu_" + menu.objectName() + str(len(menu.actions())), menu)
            menu.close()
    for bar in window.findChildren(QToolBar):
        if bar.objectName().startswith("FullService"):
            bar.setVisible(True)
            look(driver, found, tour, "bar_" + bar.objectName(), bar)
    legend = plugin().map.legend
    legend.setFloating(True)
    legend.show()
    for scale in (300_000, 60_000, 4_000, 900):
        iface.mapCanvas().zoomScale(scale)
        driver.drawn()
        driver.settle(0.5)
        look(driver, found, tour, f"dock_Legend_{scale}", legend)
    legend.setFloating(False)
    legend.hide()
    layers(driver, found, tour)


def layers(driver, found: dict, tour: dict) -> None:
    """Names of groups, layers, classes, themes and fields of the project."""
    said, project = [], QgsProject.instance()
    names = [(node.name(), "layer tree") for node in (*project.layerTreeRoot().findGroups(True),
                                                      *project.layerTreeRoot().findLayers())]
    model = iface.layerTreeView().layerTreeModel()
    for node in project.layerTreeRoot().findLayers():
        names += [(str(one.data(Qt.ItemDataRole.DisplayRole) or ""), f"class of {node.name()}")
                  for one in model.layerLegendNodes(node)]
        if hasattr(node.layer(), "fields"):
            said += raw_fields(node.layer())
            names += [(field.displayName(), f"field of {node.name()}") for field in node.layer().fields()
                      if not hidden(node.layer(), field)]
        names += [(node.layer().mapTipTemplate() if hasattr(node.layer(), "mapTipTemplate") else "", "map tip")]
    names += [(name, "theme") for name in project.mapThemeCollection().mapThemes()]
    found["project_names"] = len(names)
    for name, where in names:
        if where == "map tip":
            continue
        bad = foreign(name, tour["language"], tour.get("data", ()))
        if bad:
            said.append(f"{where}: {name} {bad}")
    found.setdefault("screens", {})["project"] = {"strange": sorted(set(said))}
    tree = iface.mainWindow().findChild(QDockWidget, "Layers")
    tree.show()
    iface.layerTreeView().expandAll()
    driver.settle(0.3)
    driver.picture("layers", tree)


def hidden(layer, field) -> bool:
    return layer.editorWidgetSetup(layer.fields().lookupField(field.name())).type() == "Hidden"


def raw_fields(layer) -> list[str]:
    """Columns that a person sees under the name that the database gives them."""
    return [f"column of {layer.name()}: {field.name()}" for field in layer.fields()
            if field.displayName() == field.name() and not hidden(layer, field)]


def context_menus(driver, found: dict, tour: dict) -> None:
    """A right click on a place of the workbench, on a card of the board, on the map; a drop with two ways."""
    from fullservice_plugin.services.talk_desk import Step

    held = plugin()

    def popped(name: str) -> None:
        driver.wait(lambda: QApplication.activePopupWidget() is not None, 15, name)
        menu = QApplication.activePopupWidget()
        look(driver, found, tour, name, menu)
        menu.close()
        driver.wait(lambda: QApplication.activePopupWidget() is None, 5, "closed")
        driver.settle(0.3)  # a menu that goes takes no other with it

    bench = held.dock
    bench.show()
    driver.wait(lambda: bench.tree.topLevelItemCount() > 0, 15, "areas")
    bench.tree.customContextMenuRequested.emit(bench.tree.visualItemRect(bench.tree.topLevelItem(0)).center())
    popped("menu_place")
    bench.filter.setText("LP0001")
    driver.wait(lambda: bench.tree.topLevelItemCount() == 1, 15, "found")
    driver.settle(0.3)
    look(driver, found, tour, "dock_Workbench_found", bench)
    bench.filter.clear()
    board = held.negotiation.board
    board.show()
    driver.wait(lambda: any(cards.count() for cards in board.columns.values()), 15, "the board")
    cards = next(cards for cards in board.columns.values() if cards.count())
    cards.setCurrentRow(0)
    cards.customContextMenuRequested.emit(cards.visualItemRect(cards.item(0)).center())
    popped("menu_card")
    board._choose(held.negotiation.deal.view, [Step("negotiating", True, (), (), 0), Step("refused", True, (), (), 0)])
    popped("menu_ways")
    board.hide()


def questions(driver, found: dict, tour: dict, asks: Questions) -> None:
    """Everything that a button asks by a window of Qt."""
    from fullservice_plugin.gis.layers import require_layer
    from fullservice_plugin.gui.attribute_forms.tools import choose_date
    from fullservice_plugin.gui.export_table import save_active_table
    from fullservice_plugin.gui.first_run.sources import SourceChoice
    from fullservice_plugin.gui.history_dialog import HistoryDialog
    from fullservice_plugin.gui.notify import show_details
    from fullservice_plugin.gui.paper_preview import PaperPreview
    from fullservice_plugin.gui.support.dialog import SupportDialog
    from fullservice_plugin.i18n import tr

    held, window = plugin(), iface.mainWindow()
    talks = held.negotiation

    def ask(run, *places: str) -> None:
        until_asked(driver, found, run, *places)

    ask(lambda: talks.begin("estate", ()), "gui.negotiation.desk:begin:ask_text")
    ask(lambda: talks.reveal("x"), "gui.negotiation.desk:reveal:ask_text")
    asks.yes = True
    ask(lambda: talks._letter(talks.deal.view), "gui.negotiation.desk:show:ask_choice",
        "gui.negotiation.desk:show:QFileDialog.getSaveFileName")
    review = held.review
    review.show()
    driver.wait(lambda: review.design.count() > 0 and review.table.rowCount() > 0, 20, "the designs")
    review.table.selectRow(0)
    look(driver, found, tour, "dock_DesignReview_chosen", review)
    done, review.do = review.do, lambda *_values: None
    review._press("override")
    driver.settle(0.8)
    asks.yes = False
    review._versions = review._versions or review._designs[:1]
    ask(review._pick_version, "gui.design.review_dock:_pick_version:ask_choice")
    review.do = done
    review.hide()
    ask(held.floors._browse, "gui.design.floor_dock:_browse:QFileDialog.getExistingDirectory")
    ask(lambda: held.plan._pdf("P"), "gui.design.plan_dock:_pdf:QFileDialog.getSaveFileName")
    iface.setActiveLayer(require_layer("estate"))
    ask(lambda: save_active_table(iface, held.notifier),
        "gui.export_table:save_active_table:QFileDialog.getSaveFileName")
    ask(SourceChoice(window, "polygon")._browse, "gui.first_run.sources:_browse:QFileDialog.getOpenFileName")
    ask(PaperPreview(tr, window)._choose, "gui.paper_preview:_choose:QFileDialog.getOpenFileName")
    row = next(require_layer("estate").getFeatures(QgsFeatureRequest().setLimit(1)))
    one(tour, "update fullservice.estate set edit_base = row_version, build_year = 2003, estate_type = 'mixed', "
              f"geom = ST_Translate(geom, 0.0001, 0) where fid = {row.id()} returning id")
    history = HistoryDialog(require_layer("estate"), str(row["id"]), held.notifier, window)
    history.show()
    driver.wait(lambda: history.entries, 10, "the history")
    history.list.setCurrentItem(history.list.topLevelItem(0))
    look(driver, found, tour, "dialog_history_chosen", history)
    ask(history._export, "gui.history_dialog:_export:QFileDialog.getSaveFileName")
    ask(lambda: history._question("?"), "gui.history_dialog:_question:ask_yes")
    history.close()
    line = QLineEdit(window)
    line.show()
    driver.settle(0.5)  # the windows before are gone, and take no popup with them
    choose_date(line)
    look(driver, found, tour, "calendar", line.findChild(QDialog))
    line.deleteLater()
    show_details("–", "–", window)
    driver.settle(0.2)
    box = next(dialog for dialog in window.findChildren(QDialog) if "show_details" in getattr(
        dialog, "fullservice_place", ""))
    look(driver, found, tour, "details", box)
    box.close()
    support = SupportDialog(window, held.notifier, held.start.journal, tour["store"])
    ask(support._ask_where, "gui.support.dialog:_ask_where:QFileDialog.getSaveFileName")
    support.reject()
    papers(driver, found, tour, ask)


def papers(driver, found: dict, tour: dict, ask) -> None:
    """The dock of plans with a document, and where it asks for files."""
    dock = plugin().plans
    dock.show()
    driver.wait(lambda: dock.subject.count() > 0, 20, "the plans")
    for kind in range(dock.kind.count()):
        dock.kind.setCurrentIndex(kind)
        driver.settle(0.3)
        look(driver, found, tour, f"dock_Plans_{dock.kind.itemData(kind)}", dock)
    dock.kind.setCurrentIndex(0)
    press(dock.look)
    driver.wait(lambda: dock.draft is not None and dock.pages.shown is not None, 60, "the first page")
    dock.setFloating(True)
    dock.resize(620, 470)
    look(driver, found, tour, "dock_Plans_page", dock)
    dock.setFloating(False)
    for name, call in (("_choose", "getOpenFileName"), ("_new", "getSaveFileName"), ("_save", "getSaveFileName")):
        ask(getattr(dock, name), f"gui.plans.preview_dock:{name}:QFileDialog.{call}")
    dock.hide()


def messages(driver, found: dict, tour: dict) -> None:
    """The message bar: an error with its details, an offer, and the bar of a lost store."""
    from fullservice_plugin.core.errors import StoreError
    from fullservice_plugin.i18n import tr

    held, bar = plugin(), iface.messageBar()
    bar.clearWidgets()
    held.notifier.error(StoreError("The saved connections cannot be read: {reason}", reason="–"))
    held.notifier.error(ValueError("x"))
    held.notifier.success(tr("The plan was withdrawn."), QPushButton(tr("Undo")))
    for item in bar.items():
        driver.settle(0.1)
        look(driver, found, tour, f"message_{len(bar.items())}", bar)
        bar.popWidget(item)
    banner = held.watch.live.banner
    held.watch.live._lost("")
    driver.settle(0.2)
    driver.picture("banner")
    banner.lower()


def more_dialogs(driver, found: dict, tour: dict) -> None:
    """The base map with each kind of source, the page of the settings, the help's pages, a conflict."""
    from fullservice_plugin.gui.map.base_map_dialog import BaseMapDialog
    from fullservice_plugin.gui.settings_page import SettingsPage

    held, window = plugin(), iface.mainWindow()
    held.map.base_maps.open()
    dialog = held.map.base_maps.dialog
    assert isinstance(dialog, BaseMapDialog)
    for row in range(dialog.kind.count()):
        dialog.kind.setCurrentIndex(row)
        driver.settle(0.1)
        look(driver, found, tour, f"dialog_base_map_{row}", dialog)
    dialog.datum.setEnabled(True)
    dialog.datum.setCurrentIndex(dialog.datum.findData("gcj02"))
    look(driver, found, tour, "dialog_base_map_warning", dialog)
    dialog.reject()
    page = SettingsPage(None, lambda: None)
    page.resize(640, 420)
    page.show()
    look(driver, found, tour, "settings", page)
    page.deleteLater()
    conflict(driver, found, tour, window)


def conflict(driver, found: dict, tour: dict, window) -> None:
    """Two changed the same estate: names, a code, a date, a border."""
    from fullservice_plugin.core.merge import merge
    from fullservice_plugin.gis.layers import require_layer
    from fullservice_plugin.gui.conflict_dialog import Conflict, ConflictDialog

    row = next(require_layer("estate").getFeatures(QgsFeatureRequest().setLimit(1)))
    before, ours, others = {"zh": ("锦绣花园", "锦绣花园一期", "锦绣花园（东区）"),
                            "en": ("Lakeside", "Lakeside Garden", "Lakeside East")}[tour["language"]]
    base = {"name": before, "estate_type": "residential", "build_year": 2001, "geom": row.geometry()}
    shifted = row.geometry()
    shifted.translate(0.0004, 0.0002)
    mine = {"name": ours, "build_year": 2003, "geom": shifted}
    theirs = {**base, "name": others, "estate_type": "commercial", "build_year": 2002}
    plain = [{**values, "geom": values["geom"].asWkt()} if "geom" in values else values
             for values in (base, mine, theirs)]
    made = Conflict(row.id(), "estate", str(row["name"]), base, mine, theirs, merge(*plain), row, "li.wei",
                    "2026-05-04 10:20:30")
    dialog = ConflictDialog([made], tour["language"], window)
    dialog.show()
    look(driver, found, tour, "dialog_conflict", dialog)
    dialog.reject()


def first_steps(driver, found: dict, tour: dict) -> None:
    """Every page of the first steps."""
    from windows import place_of

    from fullservice_plugin.gui.first_run.wizard import FirstRunWizard

    wizard = FirstRunWizard(iface, plugin().notifier)
    wizard.show()
    wizard.take(tour["store"])
    driver.settle(1.0)
    wizard.currentPage().look()
    driver.wait(lambda: wizard.holdings is not None, 15, "what the store holds")
    wizard.nextId = lambda: wizard.currentId() + 1 if wizard.currentId() < 4 else -1
    for _number in range(5):
        driver.settle(0.6)
        look(driver, found, tour, f"first_steps_{wizard.currentId()}", wizard)
        walked(found, place_of(wizard.currentPage()))
        if wizard.currentId() < 4:
            wizard.next()
    wizard.close()


def algorithms(driver, found: dict, tour: dict) -> None:
    """The dialog of every algorithm, with its groups of advanced parameters open."""
    import processing

    provider = QgsApplication.processingRegistry().providerById("fullservice")
    found["algorithm_dialogs"] = []
    for algorithm in sorted(provider.algorithms(), key=lambda each: each.name()):
        dialog = processing.createAlgorithmDialog(algorithm.id(), {})
        dialog.show()
        driver.settle(0.1)
        look(driver, found, tour, f"algorithm_{algorithm.name()}", dialog, ours=False)
        found["algorithm_dialogs"].append(algorithm.name())
        dialog.close()
        dialog.deleteLater()
    found["algorithms"] = sorted(each.name() for each in provider.algorithms())


def help_pages(driver, found: dict, tour: dict) -> None:
    """Paragraphs of the help that are not in the language of the window."""
    import re

    from qgis.PyQt.QtGui import QTextDocument

    from fullservice_plugin.gui.help_pages import pages

    provider = QgsApplication.processingRegistry().providerById("fullservice")
    said = []
    for page in pages(tour["language"], provider):
        document = QTextDocument()
        (document.setMarkdown if page.markdown else document.setHtml)(page.body)
        for line in document.toPlainText().split("\n"):
            chinese, latin = len(re.findall("[㐀-鿿]", line)), len(re.findall("[A-Za-z]{2,}", line))
            wrong = chinese > latin if tour["language"] == "en" else not chinese and latin > 5
            if wrong and not line.strip().startswith(("http", "fullservice:", "make ")):
                said.append(f"{page.topic}: {line[:120]}")
    found["screens"]["help_pages"] = {"strange": said}


def everything_else(driver, found: dict, tour: dict) -> None:
    """All of it."""
    asks = Questions(driver, found, tour)
    found["asks"].append(asks.opened)
    main_window(driver, found, tour)
    context_menus(driver, found, tour)
    questions(driver, found, tour, asks)
    messages(driver, found, tour)
    more_dialogs(driver, found, tour)
    first_steps(driver, found, tour)
    help_pages(driver, found, tour)
    found.pop("asks")


def algorithm_dialogs(driver, found: dict, tour: dict) -> None:
    algorithms(driver, found, tour)
