# SPDX-License-Identifier: GPL-2.0-or-later
"""The dialog “Base map…”: a known service, tiles from a server or a file, with the datum they are drawn in."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Optional

from qgis.core import QgsBlockingNetworkRequest, QgsMapLayer, QgsProject
from qgis.gui import QgsFileWidget, QgsPasswordLineEdit
from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtNetwork import QNetworkRequest
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from fullservice_plugin.core.errors import FullServiceError, InputError
from fullservice_plugin.gis import palette
from fullservice_plugin.gis.basemaps import (
    SERVICES,
    Service,
    Tiles,
    base_maps,
    check_url,
    datum_of,
    datum_of_host,
    describe,
    mbtiles_layer,
    read_mbtiles,
    xyz_layer,
)
from fullservice_plugin.gis.key_ring import keep_key
from fullservice_plugin.gis.wmts import Offer, offers
from fullservice_plugin.gui.attribute_forms.rows import FormRows
from fullservice_plugin.gui.help_key import help_on
from fullservice_plugin.gui.map.base_map_words import DATUMS, NAMES, shift_sentence
from fullservice_plugin.gui.notify import sentence
from fullservice_plugin.gui.questions import Question, do_later
from fullservice_plugin.i18n import tr

_XYZ, _VECTOR, _WMTS, _FILE = "xyz", "vector", "wmts", "file"
_KINDS = ((_FILE, "Tiles in a file (MBTiles)"), (_XYZ, "Tiles from an address (XYZ)"), (_WMTS, "WMTS service"),
          (_VECTOR, "Vector tiles from an address"))  # fmt: skip
_ROLE = Qt.ItemDataRole.UserRole


class BaseMapDialog(QDialog):
    """``layer`` is what was made, once accepted; ``where`` is the middle of the map in degrees (WGS-84)."""

    def __init__(self, where: tuple[float, float], remove: Callable[[str], None],
                 parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setObjectName("FullServiceBaseMap")
        self.setWindowTitle(tr("Base map"))
        self.setMinimumWidth(540)
        self._where, self._remove = where, remove
        self._task: Optional[Question] = None
        self._tiles: Optional[Tiles] = None
        self.layer: Optional[QgsMapLayer] = None
        self.key_id = ""
        self._fields()
        self._form = QFormLayout()
        self._rows()
        layout = QVBoxLayout(self)
        layout.addLayout(self._form)
        layout.addWidget(self.warning)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        help_on(self)
        layout.addWidget(self.present)
        self._list()
        self._kind_chosen()

    def _fields(self) -> None:
        self.kind = QComboBox(self)
        for service in SERVICES:
            self.kind.addItem(tr(service.name), service)
        for key, words in _KINDS:
            self.kind.addItem(tr(words), key)
        self.kind.currentIndexChanged.connect(self._kind_chosen)
        self.name, self.address, self.credit = QLineEdit(self), QLineEdit(self), QLineEdit(self)
        self.address.textChanged.connect(self._address_changed)
        self.key = QgsPasswordLineEdit(self)
        self.key.textChanged.connect(lambda _text: self._judge())
        self.file = QgsFileWidget(self)
        self.file.setFilter("MBTiles (*.mbtiles)")
        self.file.fileChanged.connect(self._file_chosen)
        self.ask = QPushButton(tr("Ask the service"), self)
        self.ask.clicked.connect(self._ask)
        self.offer = QComboBox(self)
        self.offer.currentIndexChanged.connect(lambda _row: self._offer_chosen())
        self.deepest = QSpinBox(self)
        self.deepest.setRange(1, 24)
        self.deepest.setValue(18)
        self.datum = QComboBox(self)
        self.datum.addItem(tr("Choose the datum…"), "")
        for key, words in DATUMS:
            self.datum.addItem(tr(words), key)
        self.datum.currentIndexChanged.connect(lambda _row: self._judge())
        self.warning, self.problem = QLabel(self), QLabel(self)
        for label in (self.warning, self.problem):
            label.setWordWrap(True)
        self.warning.setStyleSheet(f"background: {palette.ALERT_GROUND}; color: {palette.INK}; padding: 6px 8px;"
                                   f" border-left: 4px solid {palette.DRAWN};")  # fmt: skip
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Add"))
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Close"))
        self.buttons.accepted.connect(self._add)
        self.buttons.rejected.connect(self.reject)
        self.present = QListWidget(self)
        self.present.setMaximumHeight(110)

    def _rows(self) -> None:
        service = QWidget(self)
        row = QHBoxLayout(service)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.offer, 1)
        row.addWidget(self.ask)
        self._service = service
        for words, widget in ((tr("Source"), self.kind), (tr("File"), self.file), (tr("Address"), self.address),
                              (tr("Layer of the service"), service), (tr("Your key"), self.key),
                              (tr("Name"), self.name), (tr("Deepest level"), self.deepest),
                              (tr("Datum"), self.datum), (tr("Credit"), self.credit)):
            self._form.addRow(words, widget)
        self._shown = FormRows(self._form)
        self.key.setToolTip(tr("Kept in the authentication database of QGIS. The project holds a reference only."))
        self.address.setToolTip(tr("With {z}, {x} and {y} where the numbers of a tile go; {key} stands for your key."))

    # choices

    def _chosen(self) -> Any:
        return self.kind.currentData()

    def _kind_chosen(self, _row: int = 0) -> None:
        self._let_go()
        chosen = self._chosen()
        known = isinstance(chosen, Service)
        self._shown.show(self.file, chosen == _FILE)
        self._shown.show(self.address, chosen in (_XYZ, _VECTOR, _WMTS))
        self._shown.show(self._service, chosen == _WMTS)
        self._shown.show(self.deepest, chosen in (_XYZ, _VECTOR))
        self.offer.clear()
        self._tiles = None
        self.name.setText(tr(chosen.name) if known else "")
        self.credit.setText(chosen.credit if known else "")
        self.address.setText("")
        self.datum.setEnabled(not known)
        self.datum.setCurrentIndex(self.datum.findData(chosen.datum) if known else 0)
        self._judge()

    def _address_changed(self, text: str) -> None:
        """A host that is known suggests its datum; what was chosen for another host has to be chosen again."""
        if not isinstance(self._chosen(), Service):
            self.datum.setCurrentIndex(max(0, self.datum.findData(datum_of_host(text))))
        self._judge()

    def _file_chosen(self, path: str) -> None:
        self._tiles = None
        try:
            self._tiles = read_mbtiles(path) if path else None
        except FullServiceError as error:
            self._judge(sentence(error))
            return
        if self._tiles is not None:
            self.name.setText(self._tiles.name)
            self.credit.setText(self._tiles.credit)
        self.datum.setCurrentIndex(0)
        self._judge()

    def _ask(self) -> None:
        """Ask a WMTS what it offers, in the background."""
        address = self._with_key(self.address.text().strip(), self.key.text().strip())
        self._let_go()
        self.problem.setText(tr("Asking…"))
        self.ask.setEnabled(False)

        def told(found: list[Offer]) -> None:
            self.ask.setEnabled(True)
            self.offer.clear()
            for one in found:
                self.offer.addItem(one.title, one)
            self._judge()

        def failed(error: BaseException) -> None:
            self.ask.setEnabled(True)
            self._judge(sentence(error))

        self._task = do_later(tr("Base map"), lambda: offers(fetch(address), address), told, failed)

    def _let_go(self) -> None:
        """Nobody waits any longer for what is being asked."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.ask.setEnabled(True)

    def _offer_chosen(self) -> None:
        offer = self.offer.currentData()
        if offer is not None:
            self.name.setText(offer.title)
        self._judge()

    # judge and add

    def _url(self) -> str:
        """The tile address, with ``{key}`` where the key goes; empty where there is none yet."""
        chosen = self._chosen()
        if isinstance(chosen, Service):
            return chosen.url
        if chosen == _WMTS:
            offer = self.offer.currentData()
            return "" if offer is None else str(offer.url)
        return self.address.text().strip()

    def _needs_key(self) -> bool:
        chosen = self._chosen()
        return "{key}" in (chosen.url if isinstance(chosen, Service) else self.address.text())

    def _judge(self, problem: str = "") -> None:
        """Show what is still missing, and the warning of a shifted datum."""
        self._shown.show(self.key, self._needs_key())
        datum = str(self.datum.currentData() or "")
        told = shift_sentence(datum, *self._where) if datum else ""
        self.warning.setText(told)
        self.warning.setVisible(bool(told))
        self.problem.setText(problem or self._missing(datum))
        self.problem.setVisible(bool(self.problem.text()))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not self.problem.text())

    def _missing(self, datum: str) -> str:
        chosen = self._chosen()
        if chosen == _FILE and self._tiles is None:
            return tr("Choose a file.")
        if chosen == _WMTS and self.offer.currentData() is None:
            return tr("Give the address of the capabilities, then ask the service what it offers.")
        if chosen != _FILE:
            try:
                check_url(self._url())
            except InputError as error:
                return sentence(error)
        if self._needs_key() and not self.key.text().strip():
            return tr("This service asks for a key of your own.")
        return "" if datum else tr("Choose the datum: it decides whether the base map fits our data.")

    @staticmethod
    def _with_key(url: str, key: str) -> str:
        return url.replace("{key}", QUrl.toPercentEncoding(key).data().decode())

    def _add(self) -> None:
        try:
            self.layer = self._made()
        except FullServiceError as error:
            self._judge(sentence(error))
            return
        describe(self.layer, str(self.datum.currentData()), self.credit.text().strip())
        self.accept()

    def _made(self) -> QgsMapLayer:
        chosen, name = self._chosen(), self.name.text().strip() or tr("Base map")
        if self._tiles is not None and chosen == _FILE:
            made = mbtiles_layer(self._tiles, name)
        else:
            url, deepest = self._url(), self.deepest.value()
            if self._needs_key():
                reference = keep_key(name, self.key.text().strip())
                self.key_id = reference.split("-", 1)[1]
                typed = self._with_key("{key}", self.key.text().strip())
                url = url.replace("{key}", reference).replace(typed, reference)
            if isinstance(chosen, Service):
                deepest = chosen.zmax
            elif chosen == _WMTS:
                deepest = self.offer.currentData().zmax
            made = xyz_layer(name, url, 0, deepest, chosen == _VECTOR)
        if not made.isValid():
            raise InputError("The base map “{name}” cannot be opened. Check the address or the file.", name=name)
        return made

    # what is there already

    def _list(self) -> None:
        self.present.clear()
        for layer in base_maps(QgsProject.instance()):
            item = QListWidgetItem(f"{layer.name()} · {NAMES[datum_of(layer)]}", self.present)
            item.setData(_ROLE, layer.id())
            button = QPushButton(tr("Remove"), self.present)
            button.clicked.connect(partial(self._removed, layer.id()))
            holder = QWidget(self.present)
            row = QHBoxLayout(holder)
            row.setContentsMargins(0, 0, 0, 0)
            row.addStretch(1)
            row.addWidget(button)
            item.setSizeHint(holder.sizeHint())
            self.present.setItemWidget(item, holder)
        self.present.setVisible(self.present.count() > 0)

    def _removed(self, key: str, _checked: bool = False) -> None:
        self._remove(key)
        self._list()

    def done(self, result: int) -> None:
        """Close; what is still being asked is let go of."""
        self._let_go()
        super().done(result)


def fetch(address: str) -> bytes:
    """Return what an address answers (background thread). Raises InputError with the reason."""
    if not address.startswith(("http://", "https://")):
        raise InputError("The address must begin with http:// or https://.")
    request = QgsBlockingNetworkRequest()
    if request.get(QNetworkRequest(QUrl(address)), True) != QgsBlockingNetworkRequest.ErrorCode.NoError:
        reason = request.errorMessage().split(address)[-1][:200]  # the address may hold the key
        raise InputError("The service does not answer: {reason}", reason=reason)
    return bytes(request.reply().content())
