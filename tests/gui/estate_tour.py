# SPDX-License-Identifier: GPL-2.0-or-later
"""One estate from its discovery to the approved design, by mouse and keys: drawn, talked about, signed, designed."""

from __future__ import annotations

from pathlib import Path

from hand_tour import STEP, Hand
from plan_tour import designed, printed
from qgis.core import QgsApplication, QgsExpressionContextUtils, QgsProject
from qgis.PyQt.QtCore import QMimeData, QPointF, Qt, QTimer
from qgis.PyQt.QtGui import QDropEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDialogButtonBox, QDockWidget, QInputDialog, QLineEdit
from qgis.utils import iface, plugins

WORDS = {
    "zh": {"estate": "湖畔新城", "result": "物业愿意谈，要求走弱电井", "next": "提交方案", "party": "湖畔物业公司"},
    "en": {"estate": "Lakeside", "result": "They will talk; cables go through the riser", "next": "Send the proposal",
           "party": "Lakeside Management"},
}
STAGES = ("party_identified", "contacted", "surveyed", "proposal_sent", "negotiating", "terms_agreed", "in_approval")


class Talker:
    """Presses the buttons of the deal and fills its dialogs."""

    def __init__(self, driver, found: dict, tour: dict) -> None:
        self.driver, self.found, self.tour = driver, found, tour
        self.hand = Hand(driver, tour["store"])
        self.desk = plugins["fullservice_plugin"].negotiation
        self.words = WORDS[tour["language"]]
        self.papers = Path(tour["papers"])

    def wait_deed(self, before: int) -> None:
        self.driver.wait(lambda: len(self.desk.deeds.stack) > before and not self.desk.deeds.busy, 15, "the deed")
        self.driver.wait(lambda: not self.desk._tasks and self.desk.deal.view is not None, 15, "the deal again")
        self.driver.settle(0.1)

    def press(self, key: str, name: str, fill, shot: str = "") -> None:
        """Press a button of the deal, fill its dialog, save it."""
        before = len(self.desk.deeds.stack)
        self.desk.dialog = None
        button = self.desk.deal.buttons.get(key) or self.desk.deal.step_buttons[key]
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.driver.wait(lambda: self.desk.dialog is not None and self.desk.dialog.objectName() == name, 10, name)
        dialog = self.desk.dialog
        self.driver.settle(0.1)
        ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.found.setdefault("closed_at_first", {})[key] = not ok.isEnabled()
        fill(dialog)
        self.driver.settle(0.2)
        if shot:
            self.driver.picture(shot, dialog)
        assert ok.isEnabled(), f"{key}: {dialog.hint.text()}"
        QTest.mouseClick(ok, Qt.MouseButton.LeftButton)
        self.wait_deed(before)

    def step(self, stage: str) -> None:
        """Take a step that needs nothing more."""
        before = len(self.desk.deeds.stack)
        button = self.desk.deal.step_buttons[stage]
        assert button.isEnabled(), f"{stage}: {button.toolTip()}"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.wait_deed(before)

    def paper(self, kind: str) -> str:
        path = self.papers / f"{kind}.pdf"
        path.write_bytes(b"%PDF-1.4 " + kind.encode())
        return str(path)

    def document(self, kind: str) -> None:
        def fill(dialog) -> None:
            dialog.document.setFilePath(self.paper(kind))
            dialog.kind.setCurrentIndex(dialog.kind.findData(kind))

        self.press("document", "FullServiceDocument", fill)

    def stage(self) -> str:
        return self.desk.deal.view.stage


def estate(driver, found: dict, tour: dict) -> None:
    talker = Talker(driver, found, tour)
    discovered(talker)
    begun(talker)
    talked(talker)
    signed(talker)
    designed(talker)
    approved(talker)
    printed(talker)


def discovered(talker: Talker) -> None:
    """Draw the estate and two buildings on the map beside the street."""
    hand, driver = talker.hand, talker.driver
    x, y = talker.tour["place"]
    hand.look_at(x, y)
    before = hand.start("new_estate")
    for dx, dy in ((-2, -1), (2, -1), (2, 1), (-2, 1)):
        hand.click(x + dx * STEP, y + dy * STEP)
    hand.click(x - 2 * STEP, y + STEP, Qt.MouseButton.RightButton)
    driver.wait(lambda: hand.desk.tools.dialog is not None, 5, "the dialog")
    hand.desk.tools.dialog.name.setText(talker.words["estate"])
    hand.desk.tools.dialog.accept()
    hand.done(before)
    for number, shift in enumerate((-1.2, 1.2)):
        hand.desk.tools.dialog = None
        before = hand.start("new_building")
        left, low = x + shift * STEP - 0.0002, y - 0.0001
        for corner in ((left, low), (left + 0.0004, low), (left + 0.0004, low + 0.0002), (left, low + 0.0002)):
            hand.click(*corner)
        hand.click(left, low + 0.0002, Qt.MouseButton.RightButton)
        driver.wait(lambda: hand.desk.tools.dialog is not None, 5, "the dialog")
        dialog = hand.desk.tools.dialog
        dialog.number.setText(f"{number + 1}")
        dialog.households.setValue(400)
        dialog.storeys.setValue(11)
        dialog.accept()
        hand.done(before)
    talker.found["discovered"] = hand.ask(
        "select count(*), sum(b.households) from fullservice.building b join fullservice.estate e on "
        "e.id = b.estate_id where e.name = %s and not b.is_deleted", talker.words["estate"])
    driver.drawn()
    driver.picture("estate_discovered")


def begun(talker: Talker) -> None:
    """Select the estate on the map and begin its talks."""
    from fullservice_plugin.gis.layers import require_layer

    layer = require_layer("estate")
    layer.dataProvider().reloadData()
    layer.selectByExpression(f"\"name\" = '{talker.words['estate']}'")
    iface.setActiveLayer(layer)
    before = len(talker.desk.deeds.stack)

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QInputDialog), box
        talker.found["first_action"] = box.findChild(QLineEdit).text()
        talker.driver.picture("estate_begin", box)
        box.accept()

    QTimer.singleShot(1500, answer)
    talker.desk.here.trigger()
    talker.driver.wait(lambda: len(talker.desk.deeds.stack) > before and not talker.desk.deeds.busy, 15, "the talks")
    talker.desk.here.trigger()
    talker.driver.wait(lambda: talker.desk.deal.view is not None and not talker.desk._tasks, 15, "the deal")
    talker.desk.board.show()
    talker.driver.wait(lambda: any(cards.count() for cards in talker.desk.board.columns.values()), 15, "the board")
    for name in ("Browser", "LayerOrder"):
        other = iface.mainWindow().findChild(QDockWidget, name)
        if other is not None:
            other.hide()
    iface.mainWindow().resizeDocks([talker.desk.deal], [520], Qt.Orientation.Horizontal)
    iface.mainWindow().resizeDocks([talker.desk.board], [330], Qt.Orientation.Vertical)
    talker.found["begun"] = [talker.stage(), len(talker.desk.deal.view.talks)]
    talker.driver.drawn()
    talker.driver.picture("estate_begun")


def dropped(talker: Talker, column: str) -> None:
    """Drop the deal's card on a column of the board, as a mouse does when it lets go."""
    board = talker.desk.board
    source = next(cards for cards in board.columns.values() for row in range(cards.count())
                  if set(cards.item(row).data(Qt.ItemDataRole.UserRole).ids) == set(talker.desk.deal.view.ids))
    row = next(row for row in range(source.count())
               if set(source.item(row).data(Qt.ItemDataRole.UserRole).ids) == set(talker.desk.deal.view.ids))
    source.setCurrentRow(row)
    target = board.columns[column]
    event = QDropEvent(QPointF(20, 20), Qt.DropAction.MoveAction, QMimeData(), Qt.MouseButton.LeftButton,
                       Qt.KeyboardModifier.NoModifier)
    event.source = lambda: source  # what Qt fills in while a real drag is on its way
    target.dropEvent(event)


def talked(talker: Talker) -> None:
    """Party, contact, survey, proposal, rounds: what every stage asks for, and a drop that is refused."""
    words = talker.words
    board = talker.desk.board
    dropped(talker, "signed")
    talker.driver.wait(lambda: not talker.desk._tasks, 10, "the answer")
    talker.driver.settle(0.3)
    talker.found["refused_drop"] = board.state.text()

    def party(dialog) -> None:
        dialog.name.setText(words["party"])
        dialog.authority.setCurrentIndex(dialog.authority.findData("sign"))
        dialog.person.setText("李雷")
        dialog.phone.setText("13800001234")
        dialog.consent.setChecked(True)

    talker.press("party", "FullServiceParty", party, "estate_party")
    before = len(talker.desk.deeds.stack)
    dropped(talker, "contact")
    talker.wait_deed(before)
    talker.found["dropped"] = talker.stage()

    def contact(dialog) -> None:
        dialog.result.setPlainText(words["result"])
        dialog.next_step.setText(words["next"])
        dialog.has_due.setChecked(True)
        if dialog.person.count() > 1:
            dialog.person.setCurrentIndex(1)
        talker.found["masked"] = dialog.person.currentText()

    talker.press("contact", "FullServiceContact", contact, "estate_contact")
    talker.step("contacted")
    talker.document("survey")
    talker.step("surveyed")
    talker.document("proposal")
    talker.step("proposal_sent")
    talker.press("contact", "FullServiceContact", contact)
    talker.step("negotiating")
    talker.found["talked"] = talker.stage()
    talker.driver.drawn()
    talker.driver.picture("estate_negotiating")


def signed(talker: Talker) -> None:
    """Terms, a clause that the law forbids, the signature, the permit."""
    def forbidden(dialog) -> None:
        dialog.codes["exclusivity"].setCurrentIndex(dialog.codes["exclusivity"].findData("access"))
        talker.driver.settle(0.1)
        talker.found["law"] = dialog.law.text()
        talker.driver.picture("estate_law", dialog)
        dialog.codes["exclusivity"].setCurrentIndex(dialog.codes["exclusivity"].findData("none"))
        dialog.codes["fee_model"].setCurrentIndex(dialog.codes["fee_model"].findData("none"))

    talker.press("terms", "FullServiceTerms", forbidden)
    talker.step("terms_agreed")
    talker.step("in_approval")

    def sign(dialog) -> None:
        dialog.number.setText("XY-2026-001")
        dialog.rights["riser_right"].setChecked(True)
        dialog.rights["power_right"].setChecked(True)
        for name in ("works_from", "works_to"):
            dialog.days[name][0].setChecked(True)
        dialog.approver.setText("boss")
        dialog.document.setFilePath(talker.paper("agreement"))

    talker.press("signed", "FullServiceTerms", sign, "estate_sign")
    talker.found["signed"] = talker.stage()
    talker.document("permit")
    talker.step("entry_permitted")
    talker.found["entered"] = talker.stage()
    talker.found["timeline"] = talker.desk.deal.tree.topLevelItemCount()
    talker.driver.drawn()
    talker.driver.picture("estate_entered")


def approved(talker: Talker) -> None:
    """Somebody else approves, in the same window: the project's store is theirs now."""
    from fullservice_plugin.gis.layers import STORE_VARIABLE

    QgsExpressionContextUtils.setProjectVariable(QgsProject.instance(), STORE_VARIABLE, talker.tour["boss"])
    dock = plugins["fullservice_plugin"].review
    dock.load(talker.design)
    talker.driver.wait(lambda: dock.buttons["approve"].isEnabled(), 15, "the approver may")
    talker.driver.picture("estate_review")
    QTest.mouseClick(dock.buttons["approve"], Qt.MouseButton.LeftButton)
    state = "select state, author <> approver from fullservice.access_design where id = %s"
    talker.driver.wait(lambda: talker.hand.ask(state, talker.design)[0][0] == "approved", 15, "approved")
    talker.found["approved"] = talker.hand.ask(state, talker.design)
    talker.found["methods"] = sorted(row[0] for row in talker.hand.ask(
        "select method from fullservice.access_decision where design_id = %s and not is_deleted", talker.design))
    talker.driver.settle(0.5)
    talker.driver.drawn()
    talker.driver.picture("estate_approved")
    assert QgsApplication.taskManager().countActiveTasks() < 5
