# SPDX-License-Identifier: GPL-2.0-or-later
"""Logic of the document form: preview of pictures, other files opened, a new file chosen, its subject found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsFeature, QgsVectorLayer
from qgis.PyQt.QtCore import QByteArray
from qgis.PyQt.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from fullservice_plugin.compat import plain_value
from fullservice_plugin.gis.layers import STORE_PROPERTY
from fullservice_plugin.gui.attribute_forms.tools import FormLogic
from fullservice_plugin.gui.paper_preview import PaperPreview
from fullservice_plugin.gui.questions import Asking
from fullservice_plugin.services.documents import read_document
from fullservice_plugin.services.form_rows import kind_of_subject
from fullservice_plugin.services.negotiation import read_attachment


class AttachmentForm(FormLogic):
    """Reads the document of the row in the background and shows it; a new row takes a file."""

    def __init__(self, form: Any, layer: QgsVectorLayer) -> None:
        self._reading, self._naming = Asking(), Asking()
        self.preview: Any = None
        super().__init__(form, layer)

    def shown(self, feature: QgsFeature) -> None:
        """Show the document of another row."""
        if self.preview is None:
            self._make()
        store = str(self.layer.customProperty(STORE_PROPERTY) or "")
        self._reading.stop()
        if feature.id() < 0:
            self.preview.wait_for_file()
            subject = plain_value(feature["subject_id"])
            if subject:
                self._naming.ask(self.text("Document"), store, lambda opened: kind_of_subject(opened, str(subject)),
                                 self._take_kind, lambda _error: None)
            return
        key = str(feature["id"])
        self.preview.wait()
        self._reading.ask(self.text("Document"), store, lambda opened: read_attachment(opened, key),
                          lambda paper: self._show(*paper), self.preview.failed)

    def _make(self) -> None:
        menu = self.find(QToolButton, "menu_of_content")
        if menu is not None:
            menu.hide()  # QGIS would offer to exchange a filed document, which the store refuses
        place = self.find(QWidget, "preview")
        self.preview = PaperPreview(self.text, place)
        self.preview.chosen.connect(self._take)
        layout = QVBoxLayout(place)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.preview)

    def stop(self) -> None:
        """Let go of the questions on their way."""
        self._reading.stop()
        self._naming.stop()

    def _take_kind(self, kind: str) -> None:
        if kind:
            self.form.changeAttribute("subject_kind", kind)

    def _take(self, path: str) -> None:
        """Put a chosen file into the new row."""
        try:
            name, content = read_document(Path(path))
        except Exception as error:  # the edge: what the person chose cannot be kept
            self.preview.failed(error)
            return
        self.form.changeAttribute("file_name", name)
        self.form.changeAttribute("content", QByteArray(content))
        self._show(name, content)

    def _show(self, name: str, content: Any) -> None:
        self.preview.show_paper(name, content)
        size = self.find(QLabel, "size_of_content")
        if size is not None:
            size.setText(self.preview.size_words)


def open_form(form: Any, layer: QgsVectorLayer, _feature: Any) -> None:
    """Attach the logic to a form that QGIS opens."""
    form.fullservice = AttachmentForm(form, layer)
