# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts that many windows share: whole texts of cut cells, rows of a form that come and go, the order of the menu."""

from __future__ import annotations


def test_a_cut_cell_head_and_box_tell_their_whole_text(qgis_app):
    from qgis.PyQt.QtCore import QPoint
    from qgis.PyQt.QtWidgets import QComboBox, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

    from fullservice_plugin.gui.whole_text import cut_cell, cut_head, cut_text

    window = QWidget()
    table, box = QTableWidget(1, 2, window), QComboBox(window)
    layout = QVBoxLayout(window)
    layout.addWidget(table)
    layout.addWidget(box)
    long = "Lakeside Management Company of the eastern district"
    table.setHorizontalHeaderLabels([long, "A"])
    table.setItem(0, 0, QTableWidgetItem(long))
    table.setItem(0, 1, QTableWidgetItem("A"))
    table.setColumnWidth(0, 60)
    box.addItem(long)
    box.setFixedWidth(80)
    window.resize(300, 200)
    window.show()
    header = table.horizontalHeader()
    assert cut_cell(table, table.model().index(0, 0)) == long and cut_head(header, 0) == long
    assert not cut_cell(table, table.model().index(0, 1)) and not cut_head(header, 1)
    at = table.viewport().mapTo(window, table.visualRect(table.model().index(0, 0)).center())
    assert cut_text(window, at) == long and cut_text(window, box.mapTo(window, QPoint(20, 5))) == long
    table.setColumnWidth(0, 900)
    box.setFixedWidth(900)
    assert not cut_cell(table, table.model().index(0, 0)) and not cut_head(header, 0)
    window.close()


def test_a_row_that_comes_back_stands_where_it_stood(qgis_app):
    from qgis.PyQt.QtWidgets import QFormLayout, QLineEdit, QWidget

    from fullservice_plugin.gui.attribute_forms.rows import FormRows

    window = QWidget()
    form = QFormLayout(window)
    fields = [QLineEdit(window) for _ in range(4)]
    for number, field in enumerate(fields):
        form.addRow(f"row {number}", field)
    rows = FormRows(form)
    shown = lambda: [form.itemAt(row, QFormLayout.ItemRole.FieldRole).widget() for row in range(form.rowCount())]  # noqa: E731
    for field in fields[:3]:
        rows.show(field, False)
    assert shown() == [fields[3]] and fields[0].isHidden()
    for field in (fields[2], fields[0], fields[1], fields[1]):
        rows.show(field, True)
    assert shown() == fields and form.labelForField(fields[1]).text() == "row 1"


def test_the_menu_has_its_sections_and_loses_nothing(qgis_app):
    from qgis.PyQt.QtWidgets import QAction, QDockWidget, QMainWindow, QMenu

    from fullservice_plugin.gui.menu_order import arrange

    window = QMainWindow()
    menu, dock = QMenu(window), QDockWidget("Workbench", window)
    dock.setObjectName("FullServiceWorkbench")
    names = ["FullService_help", "FullService_new", "FullService_project"]
    for name in names:
        action = QAction(name, window)
        action.setObjectName(name)
        menu.addAction(action)
    menu.addAction(dock.toggleViewAction())
    for _ in range(2):  # arranged twice it is the same
        arrange(window, menu)
        told = ["-" if action.isSeparator() else action.text() for action in menu.actions()]
        assert told == ["Workbench", "FullService_project", "-", "FullService_help", "-", "FullService_new"]
