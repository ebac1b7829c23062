# SPDX-License-Identifier: GPL-2.0-or-later
"""assignwork: every open lead and talk gets exactly one owner."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterString,
)

from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.i18n import tr
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.services.assign import WAYS, assign_work

_SHOWN = 20


class AssignWork(FullServiceAlgorithm):
    """Give leads and talks an owner: by grid, by load or by a list; hand over what somebody leaves."""

    ID = "assignwork"
    GROUP = "negotiation"

    def define(self) -> None:
        """Add the parameters and outputs."""
        self.add_store()
        self.add(QgsProcessingParameterString("AREA", self.label("AREA"), None, False, True))
        self.add_choice("BY", list(WAYS), "grid")
        self.add(QgsProcessingParameterFeatureSource(
            "LIST", self.label("LIST"), [QgsProcessing.SourceType.TypeVector], None, True))
        self.add(QgsProcessingParameterString("LEAVER", self.label("LEAVER"), None, False, True))
        self.add(QgsProcessingParameterBoolean("EVERYTHING", self.label("EVERYTHING"), False), advanced=True)
        for name in ("ESTATES", "TALKS", "WITHOUT"):
            self.addOutput(QgsProcessingOutputNumber(name, self.label(name)))

    def run(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Assign and tell."""
        by = str(self.parameterAsEnumString(parameters, "BY", context))
        listed = self._list(parameters, context) if by == "list" else None
        store = self.store(parameters, context)
        try:
            done = assign_work(
                store, self.parameterAsString(parameters, "AREA", context).strip(), by, listed,
                self.parameterAsString(parameters, "LEAVER", context).strip(),
                self.parameterAsBoolean(parameters, "EVERYTHING", context))
        finally:
            store.close()
        progress.step(0.9)
        for login, homes in sorted(done.loads.items()):
            progress.say(tr("{login} gets {homes} households.", login=login, homes=f"{homes:.0f}"))
        for code, reason in done.without[:_SHOWN]:
            progress.warn(tr("{code} has no owner: {reason}.", code=code, reason=tr(reason)))
        if len(done.without) > _SHOWN:
            progress.warn(tr("{count} more have no owner.", count=len(done.without) - _SHOWN))
        return {"ESTATES": done.estates, "TALKS": done.talks, "WITHOUT": len(done.without)}

    def _list(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, str]:
        source = self.parameterAsSource(parameters, "LIST", context)
        if source is None:
            raise ParameterError("BY = list needs LIST: a table with the fields estate and login.")
        for field in ("estate", "login"):
            if source.fields().lookupField(field) < 0:
                raise InputError("{layer} has no field {field}. Choose another table.", layer=source.sourceName(),
                                 field=field)
        table = read_source(source, fields=("estate", "login"))
        found: dict[str, str] = {}
        for row, (estate, login) in enumerate(zip(table.column("estate"), table.column("login"))):
            if not estate or not login or found.get(str(estate), str(login)) != str(login):
                raise InputError("{layer}, row {row}: an estate needs exactly one login.", layer=table.name,
                                 row=row + 1)
            found[str(estate)] = str(login)
        return found
