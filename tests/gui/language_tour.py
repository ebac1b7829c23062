# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the tour that opens every dock and dialog, full of what the town holds, and looks at its texts."""

from __future__ import annotations

import sys
import zipfile

import psycopg2
import qgis.utils
from qgis.core import QgsApplication, QgsFeatureRequest
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDockWidget
from qgis.utils import iface, plugins
from screen import look
from windows import mark_windows


def ready(_driver, found: dict, tour: dict) -> None:
    """The plugin from the ZIP without QGIS' installer, whose ways other walks go; its windows carry their marks."""
    found["asks"] = []
    mark_windows(lambda place: [hear(place) for hear in found.get("asks", ())])
    place = tour["zip"] + "_plugins"
    with zipfile.ZipFile(tour["zip"]) as archive:
        archive.extractall(place)
    sys.path.insert(0, place)
    qgis.utils.plugin_paths.append(place)
    qgis.utils.updateAvailablePlugins()
    assert qgis.utils.loadPlugin("fullservice_plugin") and qgis.utils.startPlugin("fullservice_plugin")


def one(tour: dict, query: str):
    link = psycopg2.connect(f"service={tour['store']}")
    with link, link.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    link.close()
    return row


def plugin():
    return plugins["fullservice_plugin"]


def fill_docks(driver, tour: dict) -> None:
    """Let every dock show something."""
    from fullservice_plugin.gui.competition.place import Chosen

    estate, = one(tour, "select id::text from fullservice.estate where code = 'LP0002'")
    talks = one(tour, "select array_agg(n.id::text) from fullservice.negotiation n join fullservice.estate e "
                      "on e.id = n.estate_id where e.code = 'LP0002' and n.stage = 'surveyed'")[0]
    held = plugin()
    held.card.dock.show()
    held.card.dock.show_place("estate", estate)
    driver.wait(lambda: held.card.dock.card is not None, 15, "card")
    held.negotiation.open_deal(talks or [one(tour, "select id::text from fullservice.negotiation limit 1")[0]])
    driver.wait(lambda: held.negotiation.deal.view is not None, 15, "deal")
    held.competition.dock.show_place(Chosen("estate", estate, "LP0002"))
    for dock in (held.discovery.review, held.discovery.ledger):
        dock.show()
        dock.load()
    driver.settle(1.0)


def docks(driver, found: dict, tour: dict) -> None:
    """Each dock on its own, as small as it gets on the smallest screen."""
    fill_docks(driver, tour)
    window = iface.mainWindow()
    for dock in window.findChildren(QDockWidget):
        name = dock.objectName()
        if not name.startswith("FullService"):
            continue
        dock.setFloating(True)
        dock.show()
        driver.settle(0.8)
        dock.resize(dock.sizeHint().boundedTo(QSize(window.width(), window.height() - 40)))
        look(driver, found, tour, f"dock_{name[len('FullService'):]}", dock)
        dock.setFloating(False)
        dock.hide()


def help_key(driver, found: dict, tour: dict) -> None:
    """F1 in a dock opens its own page, and the search finds pages by their words."""
    from fullservice_plugin.gui.help import HelpWindow

    dock = plugin().dock
    dock.show()
    driver.settle(0.3)
    dock.filter.setFocus()
    QTest.keyClick(dock.filter, Qt.Key.Key_F1)
    driver.wait(lambda: plugin().helping is not None and plugin().helping.isVisible(), 5, "help")
    window = plugin().helping
    assert isinstance(window, HelpWindow)
    found["help_topic"] = window.topics.currentItem().text(0)
    look(driver, found, tour, "help", window)
    window.search.setText(tour["help_search"])
    driver.settle(0.2)
    found["help_hits"] = [topic for topic, item in window.items.items() if not item.isHidden()]
    found["help_pages"] = sorted(window.items)
    driver.picture("help_search", window)
    window.close()
    dock.hide()


def dialogs_of(driver, tour: dict):
    """(name, dialog) of every dialog, with values of the town."""
    from shapely.geometry import Point, box

    from fullservice_plugin.core.catalogue.states import EVIDENCE
    from fullservice_plugin.gis.layers import require_layer
    from fullservice_plugin.gui.check_connection import ConnectionDialog
    from fullservice_plugin.gui.competition.capture_dialog import CaptureDialog
    from fullservice_plugin.gui.competition.place import Chosen
    from fullservice_plugin.gui.design.review_compare import show_comparison
    from fullservice_plugin.gui.discovery.dialogs import BuildingDialog, EstateDialog
    from fullservice_plugin.gui.discovery.lead_dialog import LeadDialog
    from fullservice_plugin.gui.first_run.wizard import FirstRunWizard
    from fullservice_plugin.gui.history_dialog import HistoryDialog
    from fullservice_plugin.gui.negotiation.dialogs import ContactDialog, DocumentDialog, PartyDialog, StepDialog
    from fullservice_plugin.gui.negotiation.terms_dialog import TermsDialog
    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.gui.open_project import ProjectDialog
    from fullservice_plugin.gui.support.dialog import SupportDialog
    from fullservice_plugin.services.leads import lead
    from fullservice_plugin.services.talk_desk import Step
    from fullservice_plugin.store.connection import Store

    window = iface.mainWindow()
    operators = [{"code": "CTCC", "name": "China Telecom", "name_en": "China Telecom"}]
    estate, = one(tour, "select id::text from fullservice.estate where code = 'LP0001'")
    with Store.connect({"service": tour["store"]}) as store:
        worth = lead(store, estate)
    row = next(require_layer("estate").getFeatures(QgsFeatureRequest().setLimit(1)))
    missing = ("reason", "next_review") if "reason" in EVIDENCE else ()
    step = Step("refused", True, (), missing, 0)
    compared = [{"name": "LD0001", "method_a": "ftth", "method_b": "fttb", "cost_a": 11000.0, "cost_b": 9000.0,
                 "changed": True}]
    yield "project", ProjectDialog(window)
    connection = ConnectionDialog(window)
    connection.store.setCurrentText(tour["store"])
    connection.show()
    connection.start()
    driver.wait(lambda: connection.check.isEnabled(), 15, "check")
    yield "connection", connection
    yield "new_estate", EstateDialog(box(113.3, 23.1, 113.31, 23.11), window, (("x", "li.wei"),))
    yield "new_building", BuildingDialog(Point(113.3, 23.1), window)
    yield "lead", LeadDialog(worth, (("x", "li.wei"),), window)
    yield "contact", ContactDialog(window, (), (113.3, 23.1))
    yield "document", DocumentDialog(window)
    yield "party", PartyDialog(window)
    yield "step", StepDialog(window, step)
    yield "terms", TermsDialog(window, None, "CN")
    yield "sign", TermsDialog(window, None, "UK", signing=True, note=True)
    yield "capture", CaptureDialog(Chosen("estate", estate, "LP0001"), operators, "li.wei", lambda _seen: None, window)
    yield "history", HistoryDialog(require_layer("estate"), str(row["id"]), Notifier(None), window)
    yield "first_run", FirstRunWizard(iface, Notifier(None))
    yield "support", SupportDialog(window, Notifier(None), plugin().start.journal, tour["store"])
    yield "compare", show_comparison(window, ("v1", "v2"), compared, lambda value: f"{value:,.0f}")


def all_dialogs(driver, found: dict, tour: dict, wanted=()) -> None:
    """Each dialog once, or those that are wanted."""
    for name, dialog in dialogs_of(driver, tour):
        if wanted and name not in wanted:
            dialog.deleteLater()
            continue
        dialog.show()
        driver.settle(0.3)
        look(driver, found, tour, f"dialog_{name}", dialog)
        dialog.close()
        dialog.deleteLater()
    assert QgsApplication.instance() is not None


def essentials(driver, found: dict, tour: dict) -> None:
    """What `make test` has the time for: F1, some dialogs, some forms, a broken rule and a photo."""
    from forms_tour import broken_rule, forms, new_paper

    help_key(driver, found, tour)
    all_dialogs(driver, found, tour, ("contact", "sign", "capture"))
    broken_rule(driver, found, tour)
    new_paper(driver, found, tour)
    forms(driver, found, tour)


def language(driver, found: dict, tour: dict) -> None:
    """Every dock, the help and every dialog."""
    docks(driver, found, tour)
    help_key(driver, found, tour)
    all_dialogs(driver, found, tour)
