# SPDX-License-Identifier: GPL-2.0-or-later
"""Third step: the first source of buildings, looked at before it is taken in."""

from __future__ import annotations

from typing import Any, Optional

from qgis.PyQt.QtWidgets import QComboBox, QFormLayout, QLineEdit, QPushButton

from fullservice_plugin.connectors.osm_file import is_osm_file
from fullservice_plugin.gis.settings import DATUM
from fullservice_plugin.gui.first_run.page import StepPage, wrapped
from fullservice_plugin.gui.first_run.sample import building_jobs, told
from fullservice_plugin.gui.first_run.sources import Look, LookTask, Sketch, SourceChoice
from fullservice_plugin.gui.notify import sentence
from fullservice_plugin.gui.settings_page import datum_names
from fullservice_plugin.i18n import tr


class BuildingsPage(StepPage):
    """Discovers buildings; households are estimated and estates grouped in the same go."""

    things = ("building", "estate", "street")

    def __init__(self) -> None:
        super().__init__(tr("Buildings"), tr(
            "Footprints and streets: an OpenStreetMap file brings both, beside other footprints choose a line layer. "
            "A source can be taken in again: nothing comes twice."))
        self._looking: Optional[LookTask] = None
        box = self.group(tr("Source"))
        form = QFormLayout(box)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.source = SourceChoice(box, "polygon", osm=True)
        self.source.changed.connect(self._chosen)
        self.name = QLineEdit(box)
        self.name.textChanged.connect(lambda _text: self._ready())
        self.datum = QComboBox(box)
        for code, name in datum_names().items():
            self.datum.addItem(name, code)
        self.datum.setToolTip(tr(
            "What coordinates of a new source are first taken to be in. A wrong one is noticed and said."))
        form.addRow(tr("File or layer"), self.source)
        self.streets = SourceChoice(box, "line")
        self.streets.setToolTip(tr("A line layer of streets. An OpenStreetMap file brings its own."))
        form.addRow(tr("Streets (optional)"), self.streets)
        form.addRow(tr("Name of the source"), self.name)
        form.addRow(tr("Datum"), self.datum)
        self.sketch = Sketch(box)
        self.preview = wrapped("", box)
        form.addRow(self.sketch)
        form.addRow(self.preview)
        self.find_button = QPushButton(tr("Take these buildings in"), box)
        self.find_button.clicked.connect(lambda _checked=False: self.find())
        form.addRow(self.find_button)
        self.finish()
        self.sketch.setVisible(False)

    def initializePage(self) -> None:  # noqa: N802 (the name Qt asks for)
        """Begin with the datum of the settings."""
        self.datum.setCurrentIndex(self.datum.findData(DATUM.read()))
        super().initializePage()

    def show_holdings(self) -> None:
        """What is there already."""
        super().show_holdings()
        self._ready()

    def _ready(self) -> None:
        ready = bool(self.store) and bool(self.name.text().strip()) and self.source.value is not None
        self.find_button.setEnabled(ready and not self.runner.busy)

    def _chosen(self) -> None:
        self._stop_looking()
        self.say_of_source("")
        self.sketch.setVisible(False)
        value = self.source.value
        self.name.setText("OpenStreetMap" if is_osm_file(self.source.path) else self.source.title)
        self.preview.setText("" if value is None else tr("Looking at the source…"))
        self._ready()
        if value is not None:
            self._looking = LookTask(value, self._looked)
            self._looking.start()

    def _looked(self, found: Any) -> None:
        self._looking = None
        if isinstance(found, BaseException):
            self.preview.setText(sentence(found))
            return
        look: Look = found
        if look.extent is None:
            self.preview.setText(tr("The source has {count} rows, none of them with a place.", count=look.count))
            return
        west, south, east, north = (f"{value:.4f}" for value in look.extent)
        text = "{count} footprints, longitude {west}° to {east}°, latitude {south}° to {north}°."
        if look.points:
            text = "{count} points, longitude {west}° to {east}°, latitude {south}° to {north}°."
        self.preview.setText(tr(text, count=look.count, west=west, east=east, south=south, north=north))
        self.sketch.show_look(look)
        self.sketch.setVisible(True)

    def find(self) -> None:
        """Take the source in."""
        name = self.name.text().strip()

        def done(results: list[dict[str, Any]]) -> None:
            made = results[0]
            text = tr("{name}: {new} new, {changed} changed, {review} to be reviewed by you.", name=name,
                      new=made["NEW"], changed=made["CHANGED"], review=made["REVIEW"])
            report = told(results)
            if report["points"]:
                text += " " + tr("These are points: each is kept as a building without a footprint.")
            if not report["footprints"]:
                text += " " + tr("Households and estates are worked out from footprints: take in footprints of this "
                                 "place too. Each point gets the one it lies in.")
            self.wizard().made.append(text)
            self.runner.tell(text)
            self.look()

        self.runner.run(building_jobs(self.store, self.source.value, name, self.datum.currentData(),
                                      self.streets.value), done)

    def _stop_looking(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def stop(self) -> None:
        """Let go of the look too."""
        self.source.blockSignals(True)  # a project that is closed later changes the list: nothing is looked at any more
        self._stop_looking()
        super().stop()
