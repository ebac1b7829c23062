# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of a form that come and go: a hidden row leaves no gap behind, as it would where it is only made invisible."""

from __future__ import annotations

from qgis.PyQt.QtWidgets import QFormLayout, QWidget


class FormRows:
    """Knows the rows of a form, once they are all there, and their order."""

    def __init__(self, form: QFormLayout) -> None:
        self._form = form
        self._labels: dict[QWidget, QWidget] = {}
        for row in range(form.rowCount()):
            item = form.itemAt(row, QFormLayout.ItemRole.FieldRole)
            field = item.widget() if item is not None else None
            label = form.labelForField(field) if field is not None else None
            if field is not None and label is not None:
                self._labels[field] = label

    def show(self, field: QWidget, wanted: bool) -> None:
        """Show or hide the row of a field."""
        if (self._at(field) >= 0) == wanted:
            return
        label = self._labels[field]
        if wanted:
            fields = list(self._labels)
            before = [self._at(each) for each in fields[: fields.index(field)]]
            self._form.insertRow(max([at for at in before if at >= 0], default=-1) + 1, label, field)
        else:
            self._form.takeRow(field)
        label.setVisible(wanted)
        field.setVisible(wanted)

    def _at(self, field: QWidget) -> int:
        return int(self._form.getWidgetPosition(field)[0])
