# SPDX-License-Identifier: GPL-2.0-or-later
"""What a window shows, looked at as a reader would: texts that do not fit, and words of the other language."""

from __future__ import annotations

import re

from qgis.gui import QgsAttributeDialog
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QTextDocument
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QWidget,
)

#: The smallest screen that every window has to fit on, in real pixels.
SCREEN = (1366, 768)
CHINESE = re.compile(r"[㐀-鿿]")
WORD = re.compile(r"[A-Za-z][a-z]{2,}")
#: What stays as it is in a Chinese text: names of products, programs, standards and file kinds; units; keys.
NAMES = {
    "ARPU", "Alt", "Ctrl", "Delete", "English", "Enter", "Esc", "Excel", "FullService", "GHz", "GeoPackage",
    "Hata", "KiB", "Mbit", "MiB", "OpenStreetMap", "Overpass", "PostGIS", "Post", "Postgre", "PostgreSQL", "Python",
    "QGIS", "Shift", "Tab", "Wi", "WiFi", "conf", "dBm", "desktop", "fullservice", "plugin", "service",
}


def plain(text: str) -> str:
    """A text without markup and mnemonics."""
    if "<" in text and ">" in text:
        document = QTextDocument()
        document.setHtml(text)
        text = document.toPlainText()
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def name_of(widget) -> str:
    own = widget.objectName() or (widget.parentWidget().objectName() if widget.parentWidget() else "")
    return f"{type(widget).__name__} {own}"


def shown(root):
    """Every widget of a window that is to be seen, without those of other top-level windows."""
    for widget in [root, *root.findChildren(QWidget)]:
        if widget.isVisible() and (widget.window() is root.window()) and not widget.visibleRegion().isEmpty():
            yield widget


def _button_texts(button):
    if not isinstance(button, QToolButton) or button.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly:
        yield button.text()


def _heads(header):
    model = header.model()
    if model is not None and header.orientation() == Qt.Orientation.Horizontal:
        yield from (str(model.headerData(section, header.orientation()) or "") for section in range(header.count())
                    if not header.isSectionHidden(section))


#: How the texts of a kind of widget are read: only those that we wrote, not what a person or the store put there.
_TEXTS = (
    (QLabel, lambda label: [label.text()]),
    (QAbstractButton, _button_texts),
    (QGroupBox, lambda box: [box.title()]),
    (QTabBar, lambda bar: [bar.tabText(row) for row in range(bar.count())]),
    (QHeaderView, _heads),
    (QLineEdit, lambda line: [line.placeholderText()]),
    (QComboBox, lambda box: [] if box.isEditable() else [box.itemText(row) for row in range(box.count())]),
)


def texts(widget):
    """The texts of a widget, its tooltip and the title of a window."""
    for kind, read in _TEXTS:
        if isinstance(widget, kind):
            yield from read(widget)
    if widget.isWindow() or isinstance(widget, QDockWidget):
        yield widget.windowTitle()
    if not isinstance(widget, QTabBar):
        yield widget.toolTip()


def strange(root, language: str, data=()) -> list[str]:
    """Texts in the other language; ``data`` are words that the store holds."""
    found = []
    for widget in shown(root):
        for text in map(plain, texts(widget)):
            for known in data:
                text = text.replace(known, "")
            if language == "en":
                own = re.sub("简体中文|中文|全业务作战地图", "", text)  # a language and the product name themselves
                bad = CHINESE.findall(own)
            else:
                bad = [word for word in WORD.findall(re.sub(r"\S*[@_./:]\S*", "", text)) if word not in NAMES]
            if bad:
                found.append(f"{name_of(widget)}: {text} {bad}")
    return found


def _wide(widget, text: str) -> int:
    return max((widget.fontMetrics().horizontalAdvance(line) for line in text.split("\n")), default=0)


def _label(label) -> bool:
    if not label.text() or (label.pixmap() is not None and not label.pixmap().isNull()):
        return True
    if label.wordWrap():
        return label.heightForWidth(label.width()) <= label.height() + 2
    return label.sizeHint().width() <= label.width() + 2


def _button(button) -> bool:
    option = QStyleOptionButton()
    option.initFrom(button)
    option.text, option.icon, option.iconSize = button.text(), button.icon(), button.iconSize()
    boxes = {QCheckBox: QStyle.SubElement.SE_CheckBoxContents, QRadioButton: QStyle.SubElement.SE_RadioButtonContents}
    part = next((part for kind, part in boxes.items() if isinstance(button, kind)),
                QStyle.SubElement.SE_PushButtonContents)
    room = button.style().subElementRect(part, option, button).width()
    if not button.icon().isNull():
        room -= button.iconSize().width() + 4
    return _wide(button, plain(button.text())) <= room + 2


def _fits(widget) -> list[str]:
    """The texts of a widget that are cut off."""
    if isinstance(widget, QLabel):
        return [] if _label(widget) or widget.toolTip() else [widget.text()]
    if isinstance(widget, (QPushButton, QCheckBox, QRadioButton)):
        return [] if _button(widget) else [widget.text()]
    if isinstance(widget, QGroupBox):
        return [] if _wide(widget, widget.title()) <= widget.width() else [widget.title()]
    if isinstance(widget, QTabBar):
        return [text for row, text in enumerate(_TEXTS[3][1](widget))
                if _wide(widget, plain(text)) > widget.tabRect(row).width() and not widget.tabToolTip(row)]
    if isinstance(widget, QHeaderView) and widget.orientation() == Qt.Orientation.Horizontal and widget.model():
        model = widget.model()
        cut = []
        for section in range(widget.count()):
            text = str(model.headerData(section, widget.orientation()) or "")
            hint = model.headerData(section, widget.orientation(), Qt.ItemDataRole.ToolTipRole)
            if not widget.isSectionHidden(section) and _wide(widget, text) > widget.sectionSize(section) and not hint:
                cut.append(text)
        return cut
    if isinstance(widget, QComboBox) and not widget.isEditable():
        option = QStyleOptionComboBox()
        option.initFrom(widget)
        room = widget.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option,
                                             QStyle.SubControl.SC_ComboBoxEditField, widget).width()
        fits = _wide(widget, widget.currentText()) <= room + 2 or widget.toolTip()
        return [] if fits else [widget.currentText()]
    if isinstance(widget, QLineEdit) and widget.placeholderText() and not widget.text():
        return [] if _wide(widget, widget.placeholderText()) <= widget.width() - 8 or widget.toolTip() \
            else [widget.placeholderText()]
    return []


def cut(root) -> list[str]:
    """Texts that do not fit where they stand and have no tooltip."""
    return [f"{name_of(widget)} {widget.width()}px: {text}" for widget in shown(root) for text in _fits(widget)]


def too_large(window) -> list[str]:
    """A window that needs more than the smallest screen, in real pixels."""
    ratio = QApplication.primaryScreen().devicePixelRatio()
    least = window.minimumSizeHint().expandedTo(window.minimumSize())
    grows = isinstance(window, QgsAttributeDialog)  # with the screen
    size: QSize = window.frameGeometry().size() if window.isWindow() and not grows else least
    need = (round(size.width() * ratio), round(size.height() * ratio))
    return [] if need[0] <= SCREEN[0] and need[1] <= SCREEN[1] else [f"{name_of(window)} needs {need[0]}×{need[1]}"]


def look(driver, found: dict, tour: dict, name: str, window) -> None:
    """Take a picture of a window and note what is wrong with it."""
    driver.settle(0.15)
    suffix = "" if tour.get("scale", 1) == 1 else f"_{round(100 * tour['scale'])}"
    driver.picture(f"{name}{suffix}", window)
    said = found.setdefault("screens", {})
    said[name] = {"cut": cut(window), "strange": strange(window, tour["language"], tour.get("data", ())),
                  "large": too_large(window)}
