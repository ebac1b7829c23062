# SPDX-License-Identifier: GPL-2.0-or-later
"""competitorscores: shares, concentration, threat, win-back value, white spots and overbuild per estate."""

from __future__ import annotations

import json
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
    QgsWkbTypes,
)

from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.projection import qgis_geometry, wgs84
from fullservice_plugin.gis.write import fields_of, write_rows
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.standings import EstateStanding, standings

COLUMNS = (("estate", "text"), ("name", "text"), ("grid", "text"), ("buildings", "int"), ("seen", "int"),
           ("households", "int"), ("own_share", "real"), ("leader", "text"), ("leader_share", "real"),
           ("unknown_share", "real"), ("hhi_low", "real"), ("hhi_high", "real"), ("hhi_band", "text"),
           ("threat", "real"), ("completeness", "real"), ("confidence", "real"), ("win_back", "real"),
           ("white_homes", "int"), ("overbuilt_homes", "int"), ("shares", "text"), ("observed", "text"),
           ("stale", "int"), ("conflict", "int"))


class CompetitorScores(FullServiceAlgorithm):
    """Score the estates of an area against the rivals there."""

    ID = "competitorscores"
    GROUP = "competition"
    WRITES = False

    def define(self) -> None:
        """Add the parameters and outputs."""
        self.add_store()
        self.add(QgsProcessingParameterString("AREA", self.label("AREA"), None, False, True))
        self.add(QgsProcessingParameterFeatureSink(
            "OUTPUT", self.label("OUTPUT"), QgsProcessing.SourceType.TypeVectorPolygon))
        for name in ("ESTATES", "SCORED", "WIN_BACK", "WHITE_HOMES", "OVERBUILT_HOMES"):
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Read, score, write."""
        store = self.store(parameters, context)
        try:
            found = standings(store, self.parameterAsString(parameters, "AREA", context).strip(),
                              progress=progress.part(0.0, 0.9))
        finally:
            store.close()
        unseen = sum(1 for one in found if not one.seen)
        if unseen:
            progress.say(tr("{count} estates were never observed: nothing is said of them, which is not zero.",
                            count=unseen))
        fields = fields_of(COLUMNS)
        sink, name = self.parameterAsSink(
            parameters, "OUTPUT", context, fields, QgsWkbTypes.Type.MultiPolygon, wgs84())
        write_rows(sink, fields, [(qgis_geometry(one.geometry, multi=True), _row(one)) for one in found],
                   progress.part(0.9, 1.0))
        return {"OUTPUT": name, "ESTATES": len(found),
                "SCORED": sum(one.standing.threat is not None for one in found),
                "WIN_BACK": sum(one.standing.win_back or 0.0 for one in found),
                "WHITE_HOMES": sum(one.white or 0 for one in found),
                "OVERBUILT_HOMES": sum(one.overbuilt or 0 for one in found)}


def _row(one: EstateStanding) -> list[Any]:
    score = one.standing
    shares = {code: round(share, 4) for code, share in sorted(score.shares.items())}
    return [one.code, one.name, one.grid, one.buildings, one.seen, one.households, score.own_share, score.leader,
            score.leader_share, score.unknown_share, score.hhi_low, score.hhi_high, one.band, score.threat,
            score.completeness, score.confidence, score.win_back, one.white, one.overbuilt,
            json.dumps(shares, ensure_ascii=False), None if one.observed is None else one.observed.isoformat(),
            int(one.stale), int(one.conflict)]
