# SPDX-License-Identifier: GPL-2.0-or-later
"""Second step: branches, micro-regions and grids from a file or layer, one level after the other."""

from __future__ import annotations

import json
from typing import Any

from qgis.gui import QgsFieldComboBox
from qgis.PyQt.QtWidgets import QComboBox, QFormLayout, QPushButton

from fullservice_plugin.core.catalogue.lists import code_label
from fullservice_plugin.gui.first_run.jobs import Job
from fullservice_plugin.gui.first_run.page import StepPage
from fullservice_plugin.gui.first_run.sources import SourceChoice
from fullservice_plugin.i18n import language, tr

LEVELS = ("branch", "micro_region", "grid")
#: How columns are usually called, in the order in which they are looked for; compared without case.
USUAL = {
    "CODE_FIELD": ("code", "编码", "代码", "编号", "id"),
    "NAME_FIELD": ("name", "名称", "网格名称", "label"),
    "PARENT_FIELD": ("parent", "parent_code", "上级", "上级编码", "所属"),
}


def guess(columns: list[str], usual: tuple[str, ...]) -> str:
    """Return the column that is most likely meant, empty where none is: the whole name first, then a part of it."""
    by_name = {column.lower(): column for column in columns}
    for word in usual:
        if word in by_name:
            return by_name[word]
    for word in usual:
        for column in columns:
            if word != "id" and word in column.lower():
                return column
    return ""


class TerritoryPage(StepPage):
    """Imports one level at a time; what is above must be there first."""

    things = LEVELS

    def __init__(self) -> None:
        super().__init__(tr("Territory"), tr("Branches hold micro-regions, these hold grids. Areas above come from a "
                                             "column, or from the place where the column is empty."))
        box = self.group(tr("Areas of one level"))
        form = QFormLayout(box)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.source = SourceChoice(box, "polygon")
        self.source.changed.connect(self._chosen)
        self.level = QComboBox(box)
        for code in LEVELS:
            self.level.addItem(code_label("org_level", code, language()), code)
        form.addRow(tr("File or layer"), self.source)
        form.addRow(tr("Level"), self.level)
        self.fields: dict[str, QgsFieldComboBox] = {}
        for name, label in (("CODE_FIELD", tr("Code")), ("NAME_FIELD", tr("Name")), ("PARENT_FIELD", tr("Area above"))):
            field = QgsFieldComboBox(box)
            field.setAllowEmptyFieldName(name != "CODE_FIELD")
            field.fieldChanged.connect(lambda _name: self._ready())
            self.fields[name] = field
            form.addRow(label, field)
        self.import_button = QPushButton(tr("Bring these areas in"), box)
        self.import_button.clicked.connect(lambda _checked=False: self.bring_in())
        form.addRow(self.import_button)
        self.finish()
        self._layer: Any = None

    def show_holdings(self) -> None:
        """Propose the first level that is not there yet."""
        super().show_holdings()
        if self.holdings is not None and not self.runner.busy:
            missing = [level for level in LEVELS if not self.holdings.counts.get(level)]
            self.level.setCurrentIndex(self.level.findData(missing[0] if missing else "grid"))
        self._ready()

    def _chosen(self) -> None:
        self._layer = self.source.layer()  # kept: the boxes only look at it
        self.say_of_source(self._unusable())
        columns = [field.name() for field in self._layer.fields()] if self._layer is not None else []
        for name, box in self.fields.items():
            box.setLayer(self._layer)
            box.setField(guess(columns, USUAL[name]))
        self._ready()

    def _unusable(self) -> str:
        """Say why the chosen source cannot be taken; empty where it can, or where none is chosen."""
        if self.source.value is None:
            return ""
        if self._layer is None:
            return tr("{file} is no map that QGIS can read. Choose another file.", file=self.source.path)
        if not self._layer.fields().count():
            return tr("{file} has no columns. Areas need a code: add a column with it.", file=self._layer.name())
        return ""

    def _ready(self) -> None:
        named = bool(self.fields["CODE_FIELD"].currentField()) if self.fields else False
        self.import_button.setEnabled(bool(self.store) and self.source.value is not None and named
                                      and not self.runner.busy)

    def bring_in(self) -> None:
        """Import the chosen areas."""
        level = self.level.currentData()
        parameters = {"STORE": self.store, "INPUT": self.source.value, "LEVEL": level,
                      **{name: box.currentField() for name, box in self.fields.items()}}

        def done(results: list[dict[str, Any]]) -> None:
            made = results[0]
            report = json.loads(made.get("REPORT") or "{}")
            text = tr("{level}: {new} new, {changed} changed, {rejected} left out.",
                      level=self.level.itemText(self.level.findData(level)), new=made["NEW"], changed=made["CHANGED"],
                      rejected=made["REJECTED"])
            if report.get("findings"):
                text += " " + tr("Overlaps or gaps were found: {count}. They are told, not refused.",
                                 count=len(report["findings"]))
            self.wizard().made.append(text)
            self.runner.tell(text)
            self.look()

        self.runner.run([Job(tr("Areas are checked and kept"), "importterritory", parameters)], done)
