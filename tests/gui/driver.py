# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs inside the real QGIS (``qgis --code``): installs the ZIP, works with the plugin, takes pictures.

What to do comes from the JSON file named by FULLSERVICE_TOUR; findings go into its ``report`` file.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from types import SimpleNamespace

import qgis.utils
from qgis.core import QgsApplication, QgsExpressionContextUtils, QgsFeatureRequest, QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer
from qgis.PyQt.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDockWidget,
    QLabel,
    QMenu,
    QPushButton,
    QTabWidget,
    QToolBar,
    QWidget,
)
from qgis.utils import iface

TOUR = json.loads(Path(os.environ["FULLSERVICE_TOUR"]).read_text(encoding="utf-8"))
PICTURES = Path(TOUR["pictures"])
sys.path.insert(0, TOUR["folder"])

from heart import PATIENCE, slowness  # noqa: E402

_trace = open(TOUR["report"] + ".trace", "w")
faulthandler.enable(file=_trace)
# Where it stands at its limit, and once more where it stands when it is stopped some seconds later: is it the same?
faulthandler.dump_traceback_later(TOUR["limit"], file=_trace)
faulthandler.register(signal.SIGUSR1, file=_trace)
_BEGUN = time.monotonic()
found: dict = {"steps": [], "errors": [], "log": []}
QgsApplication.messageLog().messageReceived.connect(
    lambda text, tag, level: found["log"].append(f"{tag}: {text}") if level > 0 else None)


def tell_exception(kind, value, trace, _message="", *_args, **_more) -> None:
    """QGIS would ask in a window what to do: nobody is here to answer."""
    found["errors"].append("".join(traceback.format_exception(kind, value, trace)))


qgis.utils.showException = tell_exception


def tell(where: str) -> None:
    """Write down what is begun now, with the seconds since the walk began: read where the walk is stopped."""
    with open(TOUR["report"] + ".steps", "a", encoding="utf-8") as steps:
        steps.write(f"{time.monotonic() - _BEGUN:.1f} s  {where}\n")


def wait(condition, seconds: float = 15.0, what: str = "") -> None:
    end = time.monotonic() + PATIENCE * seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what or condition)
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        time.sleep(0.01)


def idle() -> bool:
    """Whether nothing is on its way: no task of QGIS, no question."""
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("fullservice question")]
    return not names and QgsApplication.taskManager().countActiveTasks() == 0


def settle(seconds: float = 0.3) -> None:
    end = time.monotonic() + seconds
    wait(lambda: time.monotonic() > end, seconds + 5)


def picture(name: str, widget=None) -> None:
    settle()
    (widget or iface.mainWindow()).grab().save(str(PICTURES / f"{TOUR['language']}_{name}.png"))


def drawn() -> None:
    canvas = iface.mapCanvas()
    canvas.refresh()
    settle(0.2)
    wait(lambda: not canvas.isDrawing(), 20, "canvas draws")
    settle(0.2)


def inventory() -> list[str]:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    settle(0.1)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window = iface.mainWindow()
    names = [f"{kind.__name__} {w.objectName()}" for kind in (QToolBar, QDockWidget, QMenu)
             for w in window.findChildren(kind) if "FullService" in w.objectName()]
    names += [f"QAction {a.objectName()}" for a in window.findChildren(QActionType) if "FullService" in a.objectName()]
    names += [p.id() for p in QgsApplication.processingRegistry().providers() if p.id() == "fullservice"]
    names += [a.text() for a in window.menuBar().actions() if "Battle Map" in a.text() or "作战地图" in a.text()]
    return sorted(names)


from qgis.PyQt.QtWidgets import QAction as QActionType  # noqa: E402


def bar_texts() -> list[str]:
    return [item.text() for item in iface.messageBar().items()]


def step(name: str) -> None:
    tell(name)
    started = time.monotonic()
    if name in TOURS:
        hand_tour(name, TOURS[name])
    else:
        globals()[name]()
    found["steps"].append([name, round(time.monotonic() - started, 2)])


def install() -> None:
    import pyplugin_installer

    found["before"] = inventory()
    pyplugin_installer.instance().installFromZipFile(TOUR["zip"])
    settle()
    assert "fullservice_plugin" in qgis.utils.plugins, sorted(qgis.utils.plugins)
    found["loaded"] = inventory()
    qgis.utils.unloadPlugin("fullservice_plugin")
    found["unloaded"] = inventory()
    assert qgis.utils.loadPlugin("fullservice_plugin") and qgis.utils.startPlugin("fullservice_plugin")
    found["reloaded"] = inventory()
    for item in list(iface.messageBar().items()):
        iface.messageBar().popWidget(item)


def algorithm() -> None:
    import processing

    provider = QgsApplication.processingRegistry().providerById("fullservice")
    found["algorithms"] = sorted(a.name() for a in provider.algorithms())
    result = processing.run("fullservice:buildproject", {
        "STORE": TOUR["store"], "LANGUAGE": TOUR["language"], "OUTPUT": str(PICTURES / "tour.qgz")})
    found["layers"] = result["LAYERS"]


def open_map() -> None:
    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.gui.open_project import show_battle_map

    show_battle_map(iface, Notifier(iface), TOUR["store"], TOUR["language"])
    drawn()
    project = QgsProject.instance()
    found["title"] = project.title()
    found["invalid"] = [layer.name() for layer in project.mapLayers().values() if not layer.isValid()]
    found["themes"] = sorted(project.mapThemeCollection().mapThemes())
    found["variable"] = QgsExpressionContextUtils.projectScope(project).variable("fullservice_language")


def workbench() -> None:
    dock = iface.mainWindow().findChild(QDockWidget, "FullServiceWorkbench")
    wait(lambda: dock.tree.topLevelItemCount() > 0, 15, "areas")
    found["light"] = dock.light.colour
    stack = [dock.tree.topLevelItem(0)]
    while stack:
        item = stack.pop()
        item.setExpanded(True)
        stack.extend(item.child(row) for row in range(item.childCount()))
    wait(lambda: not dock._tasks, 15, "estates")
    dock.tree.resizeColumnToContents(0)
    for name in ("Browser", "LayerOrder"):
        other = iface.mainWindow().findChild(QDockWidget, name)
        if other is not None:
            other.hide()
    iface.mainWindow().resizeDocks([dock], [430], Qt.Orientation.Horizontal)
    drawn()
    picture("negotiation")
    names = [dock.themes.itemText(row) for row in range(dock.themes.count())]
    wanted = "接入设计" if TOUR["language"] == "zh" else "Access design"
    dock.themes.setCurrentIndex(names.index(wanted))
    dock._apply_theme(names.index(wanted))
    drawn()
    picture("design")
    dock.filter.setText(TOUR["search"])
    wait(lambda: dock.tree.topLevelItemCount() and dock.tree.headerItem().text(1) in ("编码", "Code"), 15, "search")
    dock.tree.resizeColumnToContents(0)
    found["hits"] = [dock.tree.topLevelItem(row).text(0) for row in range(dock.tree.topLevelItemCount())]
    dock.tree.itemDoubleClicked.emit(dock.tree.topLevelItem(0), 0)
    drawn()
    found["scale"] = iface.mapCanvas().scale()
    picture("search")
    dock._apply_theme(names.index("物业洽谈" if TOUR["language"] == "zh" else "Negotiation"))


def layer_of(key: str):
    from fullservice_plugin.gis.layers import require_layer

    return require_layer(key)


def talk(stage: str):
    request = QgsFeatureRequest().setFilterExpression(f"\"stage\" = '{stage}'").setLimit(1)
    return next(layer_of("negotiation").getFeatures(request))


def related(dialog) -> list:
    """The lists of related rows that a form has made."""
    return [one for one in dialog.findChildren(QWidget) if type(one).__name__ == "QgsRelationEditorWidget"]


def form() -> None:
    layer = layer_of("negotiation")
    layer.startEditing()
    feature = talk("contacted")
    dialog = iface.getFeatureForm(layer, feature)
    dialog.resize(860, 760)
    dialog.show()
    settle(0.5)
    attribute_form = dialog.attributeForm()
    assert getattr(attribute_form, "fullservice", None) is not None, "the form's logic is attached"
    combo = dialog.findChild(QComboBox, "stage")
    model = combo.model()
    found["offered"] = sorted(str(combo.itemData(row)) for row in range(combo.count()) if model.item(row).isEnabled())
    picture("form", dialog)
    tabs = dialog.findChild(QTabWidget, "tabs")
    found["tabs"] = [tabs.tabText(row) for row in range(tabs.count())]
    tabs.setCurrentIndex(3)
    wait(lambda: related(dialog), 15, "the related rows")
    settle(0.5)
    found["sub_forms"] = len(related(dialog))
    picture("form_attachments", dialog)
    tabs.setCurrentIndex(0)
    combo.setCurrentIndex(combo.findData("surveyed"))
    settle()
    found["hint"] = dialog.findChild(QLabel, "hint_stage").text()
    picture("form_next", dialog)
    combo.setCurrentIndex(combo.findData("signed"))
    settle()
    found["hint_illegal"] = dialog.findChild(QLabel, "hint_stage").text()
    button = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    found["ok_enabled"] = button.isEnabled()
    found["form_texts"] = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    picture("form_illegal", dialog)
    dialog.reject()
    layer.rollBack()


def refused_by_store() -> None:
    layer = layer_of("negotiation")
    feature = talk("contacted")
    layer.startEditing()
    layer.changeAttributeValue(feature.id(), layer.fields().lookupField("stage"), "signed")
    found["illegal_commit"] = layer.commitChanges()
    settle()
    found["illegal_bar"] = bar_texts()
    layer.rollBack()
    picture("refused")


def stale() -> None:
    import psycopg2

    layer = layer_of("negotiation")
    feature = talk("surveyed")
    index = layer.fields().lookupField("next_action")
    layer.startEditing()
    layer.changeAttributeValue(feature.id(), index, "A")
    link = psycopg2.connect(f"service={TOUR['store']}")
    with link, link.cursor() as cursor:
        cursor.execute("update fullservice.negotiation set edit_base = row_version, next_action = %s where fid = %s",
                       ("B", feature.id()))
    link.close()

    def keep_editing() -> None:
        dialog = QApplication.activeModalWidget()
        found["stale_window"] = [dialog.table.item(row, column).text() for row in range(dialog.table.rowCount())
                                 for column in range(4) if dialog.table.item(row, column)]
        picture("conflict", dialog)
        dialog.findChild(QPushButton, "verdict_keep").click()

    QTimer.singleShot(1000, keep_editing)
    found["stale_commit"] = layer.commitChanges()
    settle(1.5)
    found["stale_kept"] = layer.isModified()
    layer.rollBack()
    layer.startEditing()
    layer.changeAttributeValue(feature.id(), index, "C")
    found["fresh_commit"] = layer.commitChanges()
    found["fresh_errors"] = layer.commitErrors()
    layer.rollBack()


def saved_project() -> None:
    """A project saved with the plugin carries neither its code nor a path of this computer, nor a font to fetch."""
    import zipfile

    path = str(PICTURES / "saved.qgz")
    QgsProject.instance().write(path)
    with zipfile.ZipFile(path) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".qgs"))
    found["leaks"] = [word for word in ("fullservice_forms", ".ui<", "password=", "Open Sans") if word in text]
    found["form_after_save"] = layer_of("negotiation").editFormConfig().initFunction()


def more_forms() -> None:
    for key in ("building", "estate", "agreement", "intel_observation", "access_design"):
        layer = layer_of(key)
        feature = next(layer.getFeatures(QgsFeatureRequest().setLimit(1)), None)
        if feature is None:
            continue
        dialog = iface.getFeatureForm(layer, feature)
        dialog.resize(860, 760)
        dialog.show()
        settle(0.4)
        picture(f"form_{key}", dialog)
        dialog.reject()


def dialogs() -> None:
    from fullservice_plugin.gui.help import HelpWindow

    qgis.utils.plugins["fullservice_plugin"].actions["connection"].trigger()
    gc.collect()  # nobody holds the window
    box = iface.mainWindow().findChild(QDialog, "FullServiceConnectionDialog")
    box.store.setCurrentText(TOUR["store"])
    box.check.click()
    wait(lambda: box.check.isEnabled(), 15, "check")
    found["connection"] = box.result.text()
    picture("connection", box)
    box.reject()
    window = HelpWindow(iface.mainWindow(), QgsApplication.processingRegistry().providerById("fullservice"))
    window.show()
    picture("help", window)
    window.reject()
    plugin = qgis.utils.plugins["fullservice_plugin"]
    plugin.actions["toolbox"].trigger()
    settle(0.5)
    picture("toolbox")


def hand_tour(name: str, module: str) -> None:
    """Steps of the file beside this one: it works by hand."""
    driver = SimpleNamespace(wait=wait, settle=settle, picture=picture, drawn=drawn, inventory=inventory, tell=tell,
                             idle=idle)
    getattr(__import__(module), name)(driver, found, TOUR)


#: Steps that lie in a file of their own beside this one.
TOURS = {
    step: module
    for module, steps in {
        "hand_tour": ("by_hand", "review", "lead", "ledger", "design"),
        "wlan_tour": ("wlan_by_hand", "floors"), "review_tour": ("review_designs",), "estate_tour": ("estate",),
        "rival_tour": ("rivals",), "card_tour": ("estate_card",), "plans_tour": ("plans",),
        "first_run_tour": ("first_run", "start_dock"), "stock_tour": ("stock", "versions", "lacking", "unzipped"),
        "map_tour": ("map_levels",), "heartbeat_tour": ("heartbeat",), "leak_tour": ("leaks",),
        "forms_tour": ("forms", "closed_rows", "broken_rule", "new_paper"),
        "language_tour": ("ready", "language", "essentials"), "windows_tour": ("everything_else", "algorithm_dialogs"),
    }.items()
    for step in steps
}
EVERYTHING = ("install", "algorithm", "open_map", "workbench", "form", "refused_by_store", "stale", "saved_project",
              "more_forms", "by_hand", "review", "lead", "ledger", "design", "wlan_by_hand", "floors", "review_designs",
              "dialogs")


def run() -> None:
    iface.mainWindow().showNormal()
    iface.mainWindow().setGeometry(0, 0, *TOUR.get("screen", [1600, 1000]))
    chosen, before = TOUR.get("steps"), slowness()
    try:
        for name in chosen or EVERYTHING:
            step(name)
    except Exception:
        found["errors"].append(traceback.format_exc())
        picture("error")
    found["slower"] = max(before, slowness())
    tell("report")
    Path(TOUR["report"]).write_text(json.dumps(found, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
    QgsProject.instance().clear()
    for window in QApplication.topLevelWidgets():
        if window is not iface.mainWindow():
            window.close()
    QTimer.singleShot(0, lambda: os._exit(0))


QTimer.singleShot(1500, run)
