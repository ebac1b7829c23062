# SPDX-License-Identifier: GPL-2.0-or-later
"""What a window shows, looked at as a reader would: texts that do not fit, and words of the other language."""

from __future__ import annotations

import re

from cells import cut_cells, told_by_mouse, words_of
from qgis.gui import QgsAttributeDialog
from qgis.PyQt.QtCore import QPoint, QSize, Qt
from qgis.PyQt.QtGui import QTextDocument
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QTabBar,
    QToolBar,
    QToolButton,
    QWidget,
)
from windows import place_of

#: The smallest screen that every window has to fit on, in real pixels.
SCREEN = (1366, 768)
CHINESE = re.compile(r"[㐀-鿿]")
WORD = re.compile(r"[A-Za-z]{3,}")
#: What stays as it is in a Chinese text: names of products, programs, standards and file kinds; units; keys.
NAMES = {
    "Alt", "Ctrl", "Delete", "Down", "English", "Enter", "Esc", "Excel", "FullService", "GHz", "GeoPackage", "Hata",
    "KiB", "Left", "MBTiles", "MHz", "Mbit", "MiB", "OpenStreetMap", "Overpass", "PostGIS", "PostgreSQL", "Python",
    "Right", "Sample", "Shift", "Tab", "TrueType", "WiFi", "code", "conf", "dBm", "desktop", "fullservice", "key",
    "kind", "olt", "Ofcom", "plugin", "service",
}
#: Words on buttons of QGIS' own dialogs, which its translation leaves to Qt.
QGIS_WORDS = ("Close",)
#: Chinese characters that make a sentence: below, an English word beside them is no key that it explains.
_SENTENCE = 4
#: Parts of Qt's own that are never seen: buttons of a title that ours takes the place of, a button of other wizards.
QTS = {"qt_dockwidget_closebutton", "qt_dockwidget_floatbutton", "qt_wizard_commit", "ScrollLeftButton",
       "ScrollRightButton"}  # fmt: skip


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
    (QAbstractItemView, words_of),
    (QAbstractSpinBox, lambda box: [box.specialValueText(), *(part for part in (
        getattr(box, "prefix", str)(), getattr(box, "suffix", str)()))]),
)


def texts(widget):
    """The texts of a widget, everything that tells about it, and what its menus and tabs say."""
    for kind, read in _TEXTS:
        if isinstance(widget, kind):
            yield from read(widget)
    if widget.isWindow() or isinstance(widget, QDockWidget):
        yield widget.windowTitle()
    if isinstance(widget, QTabBar):
        yield from (widget.tabToolTip(row) for row in range(widget.count()))
    else:
        yield from (widget.toolTip(), widget.whatsThis(), widget.statusTip(), widget.accessibleName(),
                    widget.accessibleDescription())
    if isinstance(widget, (QMenu, QToolBar)):
        for action in widget.actions():
            yield from (action.text(), action.toolTip(), action.statusTip(), action.whatsThis())


def foreign(text: str, language: str, data=()) -> list[str]:
    """Words of the other language in a text; ``data`` are words that the store holds."""
    text = plain(str(text or ""))
    for known in data:
        text = text.replace(known, "")
    if language == "en":
        # a language, the product and a credit themselves; headings of columns that an import knows
        own = re.sub("简体中文|中文|全业务作战地图|“[^”]*”|© .*|Empty: [^.]*", "", text)
        return CHINESE.findall(own)
    return [word for word in WORD.findall(re.sub(r"[!-~]*[@_./:=][!-~]*", "", text))
            if word not in NAMES and not word.isupper()]


def _inside(root):
    """Every widget of a window, hidden ones too."""
    for widget in [root, *root.findChildren(QWidget)]:
        if (widget.window() is root.window() or widget.window() is root) and widget.objectName() not in QTS:
            yield widget


def strange(root, language: str, data=(), keys: bool = False) -> list[str]:
    """Texts in the other language, also of what is hidden for now; with ``keys``, Chinese sentences may name keys."""
    found = []
    for widget in _inside(root):
        for text in texts(widget):
            bad = foreign(text, language, data)
            told = keys and language == "zh" and len(CHINESE.findall(str(text))) > _SENTENCE
            if bad and not told:
                found.append(f"{name_of(widget)}: {plain(str(text))} {bad}")
    return list(dict.fromkeys(found))


def punctuated(root, language: str) -> list[str]:
    """Marks of the other language: half-width ones between Chinese characters, full-width ones in English."""
    wrong = re.compile("[㐀-鿿][,;:?!](?![0-9A-Za-z/])|[㐀-鿿]\\.(?:$|\\s|[㐀-鿿])" if language == "zh" else
                       "[，。；：？！（）、]")
    found = []
    for widget in _inside(root):
        found += [f"{name_of(widget)}: {plain(str(text))}" for text in texts(widget)
                  if text and wrong.search(re.sub("“[^”]*”", "", plain(str(text))))]
    return list(dict.fromkeys(found))


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
        return _cut_heads(widget)
    if isinstance(widget, QAbstractItemView):
        return cut_cells(widget)
    if isinstance(widget, QComboBox) and not widget.isEditable():
        option = QStyleOptionComboBox()
        option.initFrom(widget)
        room = widget.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option,
                                             QStyle.SubControl.SC_ComboBoxEditField, widget).width()
        fits = _wide(widget, widget.currentText()) <= room + 2
        told = fits or widget.currentText() in told_by_mouse(widget, widget.rect().center()) or widget.toolTip()
        return [] if told else [widget.currentText()]
    if isinstance(widget, QLineEdit) and widget.placeholderText() and not widget.text():
        return [] if _wide(widget, widget.placeholderText()) <= widget.width() - 8 or widget.toolTip() \
            else [widget.placeholderText()]
    return []


def _cut_heads(header) -> list[str]:
    found = []
    for section in range(header.count()):
        text = str(header.model().headerData(section, header.orientation()) or "")
        if header.isSectionHidden(section) or _wide(header, text) <= header.sectionSize(section):
            continue
        left, wide = header.sectionViewportPosition(section), header.sectionSize(section)
        middle = QPoint(left + wide // 2, header.height() // 2)
        if header.viewport().rect().contains(middle) and text not in told_by_mouse(header.viewport(), middle):
            found.append(text)
    return found


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


def walked(found: dict, place: str) -> None:
    """Note that a window of ours was looked at."""
    if place and place not in found.setdefault("walked", []):
        found["walked"].append(place)


def look(driver, found: dict, tour: dict, name: str, window, ours: bool = True) -> None:
    """Take a picture of a window and note what is wrong with it; the size of those that QGIS makes is its own."""
    driver.settle(0.15)
    suffix = "" if tour.get("scale", 1) == 1 else f"_{round(100 * tour['scale'])}"
    driver.picture(f"{name}{suffix}", window)
    walked(found, place_of(window))
    known = (*tour.get("data", ()), *(() if ours else QGIS_WORDS))
    said = found.setdefault("screens", {})
    said[name] = {"cut": cut(window), "strange": strange(window, tour["language"], known, not ours),
                  "marks": punctuated(window, tour["language"]), "large": too_large(window) if ours else []}
