# SPDX-License-Identifier: GPL-2.0-or-later
"""Logic of the negotiation form: only the allowed next stages, and what each of them needs."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsFeature, QgsVectorLayer
from qgis.PyQt.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from fullservice_plugin.compat import plain_value
from fullservice_plugin.core.catalogue.states import EVIDENCE, MACHINES, state_label
from fullservice_plugin.gui.attribute_forms.tools import FormLogic
from fullservice_plugin.gui.stage_chain import StageChain

MACHINE = MACHINES["SM-2"]


class NegotiationForm(FormLogic):
    """Shows the chain of stages and says what the chosen stage asks for."""

    def __init__(self, form: Any, layer: QgsVectorLayer) -> None:
        self._stored: Optional[str] = None
        self._chain: Optional[StageChain] = None
        self._mine: Optional[frozenset[str]] = None
        super().__init__(form, layer)

    def shown(self, feature: QgsFeature) -> None:
        """Show the chain from the stored stage."""
        if self._chain is None:
            self._add_chain()
        self._stored, self._mine = (plain_value(feature["stage"]) if feature.id() >= 0 else None), None
        self._explain(self._stored or MACHINE.initial)

    def edited(self, name: str, value: Any) -> None:
        """Explain the stage the user chose."""
        if name == "stage":
            self._explain(str(plain_value(value) or ""))

    def rights_known(self, found: Any) -> None:
        """Name only the stages that are open to this login."""
        self._mine = found.steps
        chosen = self.find(QComboBox, "stage")
        self._explain(str(plain_value(chosen.currentData()) or self._stored or MACHINE.initial) if chosen is not None
                      else self._stored or MACHINE.initial)

    def _add_chain(self) -> None:
        place = self.find(QWidget, "chain")
        self._chain = StageChain(MACHINE, self.language, place)
        layout = QVBoxLayout(place)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._chain)

    def _explain(self, chosen: str) -> None:
        stored = self._stored or MACHINE.initial
        if self._chain is not None:
            self._chain.show_stage(stored, chosen)
        hint = self.find(QLabel, "hint_stage")
        if hint is not None:
            hint.setText(self._sentence(stored, chosen))

    def _sentence(self, stored: str, chosen: str) -> str:
        if chosen == stored:
            codes = list(dict.fromkeys(MACHINE.targets(stored)))
            names = [state_label("SM-2", code, self.language) for code in codes
                     if self._mine is None or code in self._mine]
            if not codes:
                return self.text("This talk is closed.")
            if not names:
                return ""
            return self.text("Next: {stages}.", stages=self._list(names))
        target = state_label("SM-2", chosen, self.language)
        step = next((s for s in MACHINE.transitions if s.source == stored and s.target == chosen), None)
        if step is None:
            return self.text(
                "From “{source}” one cannot go to “{target}” in one step.",
                source=state_label("SM-2", stored, self.language), target=target,
            )
        needs = [EVIDENCE[code].zh if self.language == "zh" else EVIDENCE[code].en for code in step.evidence]
        if step.needs_note:
            needs.append(self.text("a note that says why"))
        if not needs:
            return self.text("Nothing more is needed for “{target}”.", target=target)
        return self.text("“{target}” needs: {needs}.", target=target,
                         needs=self._list(needs, "；" if self.language == "zh" else "; "))

    def _list(self, names: list[str], mark: str = "") -> str:
        return (mark or ("、" if self.language == "zh" else ", ")).join(names)


def open_form(form: Any, layer: QgsVectorLayer, _feature: Any) -> None:
    """Attach the logic to a form that QGIS opens."""
    form.fullservice = NegotiationForm(form, layer)
