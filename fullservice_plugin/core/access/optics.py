# SPDX-License-Identifier: GPL-2.0-or-later
"""Optical power budget of passive networks (ITU-T G.984.2, G.9807.1; figures from the catalogue)."""
from __future__ import annotations

import math
from dataclasses import dataclass

from fullservice_plugin.core.access.catalogue import Catalogue
from fullservice_plugin.core.errors import InputError


@dataclass(frozen=True)
class Optics:
    """Loss figures in dB; ``budget`` is what the class allows, ``margin`` is kept free of it."""

    per_km: float
    first_stage: float
    second_stage: float
    splice: float
    connector: float
    splices: int
    connectors: int
    budget: float
    margin: float

    def loss(self, metres: float) -> float:
        """Loss in dB between OLT and subscriber over ``metres`` of fibre."""
        return (metres / 1000.0 * self.per_km + self.first_stage + self.second_stage
                + self.splices * self.splice + self.connectors * self.connector)

    def reach(self) -> float:
        """Longest fibre in metres that keeps the budget; negative where not even zero metres do."""
        left = self.budget - self.margin - self.loss(0.0)
        if self.per_km <= 0:
            return math.inf if left >= 0 else -1.0
        return left / self.per_km * 1000.0


def load_optics(catalogue: Catalogue) -> Optics:
    """The optics of a catalogue; raises :class:`InputError` naming what is missing."""
    section = catalogue.section("optics")
    name = catalogue.text("optics", "class")
    classes = section.get("classes", {})
    if name not in classes:
        raise InputError("Catalogue {file}: optical class {name} is not defined; defined are {known}.",
                         file=catalogue.source, name=name, known=sorted(classes))
    wavelength = str(section.get("wavelength_nm", {}).get("value", ""))
    per_km = section.get("fibre_db_per_km", {}).get(wavelength, {}).get("value")
    if not isinstance(per_km, (int, float)) or per_km < 0:
        raise InputError("Catalogue {file}: no fibre loss is given for {wavelength} nm.",
                         file=catalogue.source, wavelength=wavelength)
    return Optics(
        per_km=float(per_km),
        first_stage=catalogue.number("splitters", catalogue.text("optics", "first_stage"), "loss_db"),
        second_stage=catalogue.number("splitters", catalogue.text("optics", "second_stage"), "loss_db"),
        splice=catalogue.number("optics", "splice_db", "value"),
        connector=catalogue.number("optics", "connector_db", "value"),
        splices=int(catalogue.number("optics", "splices", "value")),
        connectors=int(catalogue.number("optics", "connectors", "value")),
        budget=float(classes[name]["budget_db"]),
        margin=catalogue.number("optics", "margin_db", "value"))
