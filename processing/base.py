# SPDX-License-Identifier: GPL-2.0-or-later
"""What every algorithm of the provider shares: texts, help, store, progress and errors."""

from __future__ import annotations

import json
import traceback
from functools import cache
from pathlib import Path
from typing import Any, Mapping

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtGui import QIcon

from fullservice_plugin.core.errors import Cancelled, FullServiceError, OutputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.i18n import headed, language, listed, tr
from fullservice_plugin.processing.checks import check_destination, check_layer, check_parameters
from fullservice_plugin.processing.failures import typed
from fullservice_plugin.processing.files import Outputs, check_source_whole

PLUGIN_ROOT = Path(__file__).resolve().parent.parent
HELP = Path(__file__).resolve().parent / "help"

GROUPS = {
    "store": "Store",
    "territory": "Territory",
    "discovery": "Building discovery",
    "negotiation": "Property negotiation",
    "design": "Access design",
    "competition": "Competitor intelligence",
    "plans": "PDF plans",
}


@cache
def texts(algorithm_id: str) -> dict[str, Any]:
    """Return names, summary and parameter help of an algorithm in both languages."""
    found: dict[str, Any] = json.loads((HELP / f"{algorithm_id}.json").read_text(encoding="utf-8"))
    return found


#: The boxes of choices and stores, which QGIS loads by their names where it shows a dialog.
CHOICE = "fullservice_plugin.processing.boxes.ChoiceBox"
STORES = "fullservice_plugin.processing.boxes.StoreBox"


class FullServiceAlgorithm(QgsProcessingAlgorithm):
    """Base of all algorithms.

    A subclass names ``ID`` and ``GROUP``, adds its parameters in :meth:`define` and works in
    :meth:`run`. Texts come from ``help/<id>.json``. Nothing is kept between runs.
    """

    ID = ""
    GROUP = ""
    #: Whether it writes into the store: one that only reads also works on a store that is too new to be written.
    WRITES = True
    #: What is said of a layer without polygons where some are needed.
    NO_POLYGONS = "{layer} holds no polygons. Give a layer of footprints or areas."

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Move a subclass's ``run`` to ``work``: QGIS itself calls ``run`` with arguments of its own."""
        super().__init_subclass__(**kwargs)
        if "run" in cls.__dict__:
            cls.work = cls.__dict__["run"]
            del cls.run

    def define(self) -> None:
        """Add the parameters and outputs."""
        raise NotImplementedError

    def work(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        """Do the work and return the outputs. FullServiceError becomes the algorithm's error message."""
        raise NotImplementedError

    # texts

    def text(self, *path: str) -> str:
        """Return a text of the help file in the current language."""
        found: Any = texts(self.ID)
        for part in path:
            found = found.get(part, {})
        return str(found.get(language(), found.get("en", ""))) if found else path[-2] if len(path) > 1 else ""

    def label(self, name: str) -> str:
        """Return the label of a parameter or output."""
        found = texts(self.ID)["parameters"].get(name, {}).get("label") or texts(self.ID).get("outputs", {}).get(name)
        return str(found[language()]) if found else name

    def counted(self, numbers: Mapping[str, int]) -> str:
        """Return the numbers of outputs (name → number) behind their labels, as the language writes a list."""
        return listed(headed(self.label(name), str(number)) for name, number in numbers.items())

    def add(self, parameter: QgsProcessingParameterDefinition, *, advanced: bool = False) -> None:
        """Add a parameter with its help text."""
        help_text = texts(self.ID)["parameters"].get(parameter.name(), {}).get("help", {})
        parameter.setHelp(str(help_text.get(language(), "")))
        if advanced:
            parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
        self.addParameter(parameter)

    def add_choice(self, name: str, options: list[str], default: str) -> None:
        """Add a choice among codes; the dialog shows what they mean."""
        parameter = QgsProcessingParameterEnum(name, self.label(name), options, False, default)
        parameter.setUsesStaticStrings(True)
        parameter.setMetadata({"widget_wrapper": {"class": CHOICE}})
        self.add(parameter)

    def add_store(self, *, optional: bool = False, new: bool = False) -> None:
        """Add the STORE parameter: a saved PostgreSQL connection or a pg service.

        A dialog offers the store at hand, but for one that is to be made (``new``) and where a store may be left out.
        """
        parameter = QgsProcessingParameterString("STORE", self.label("STORE"), None, False, optional)
        parameter.setMetadata({"widget_wrapper": {"class": STORES, "at_hand": not optional and not new}})
        self.add(parameter)

    def add_template(self) -> None:
        """Add the TEMPLATE parameter: the file of a print template."""
        parameter = QgsProcessingParameterFile("TEMPLATE", self.label("TEMPLATE"), extension="json", optional=True)
        self.add(parameter, advanced=True)

    # what QGIS asks for

    def name(self) -> str:
        """Return the frozen id."""
        return self.ID

    def displayName(self) -> str:  # noqa: N802
        """Return the name in the current language."""
        return self.text("name")

    def group(self) -> str:
        """Return the group's name in the current language."""
        return tr(GROUPS[self.GROUP])

    def groupId(self) -> str:  # noqa: N802
        """Return the group's frozen id."""
        return self.GROUP

    def icon(self) -> QIcon:
        """Return the group's icon."""
        own = PLUGIN_ROOT / "resources" / f"{self.GROUP}.svg"
        return QIcon(str(own if own.exists() else PLUGIN_ROOT / "resources" / "icon.svg"))

    def shortHelpString(self) -> str:  # noqa: N802
        """Return the summary and the help of each parameter."""
        known = texts(self.ID)["parameters"]
        lines = [f"<p>{self.text('summary')}</p>"]
        for definition in self.parameterDefinitions():
            entry = known.get(definition.name(), {})
            about = entry.get("help", {}).get(language(), "")
            if about:
                lines.append(f"<p><b>{definition.description()}</b><br>{about}</p>")
        return "".join(lines)

    def createInstance(self) -> "FullServiceAlgorithm":  # noqa: N802
        """Return a fresh algorithm."""
        return type(self)()

    def initAlgorithm(self, configuration: Any = None) -> None:  # noqa: N802
        """Add the parameters."""
        self.define()

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run; turn our errors into one translated message."""
        progress = Progress(
            lambda fraction: feedback.setProgress(100.0 * fraction),
            feedback.pushInfo,
            feedback.pushWarning,
            feedback.isCanceled,
        )
        self._outputs = Outputs()
        try:
            for definition in self.parameterDefinitions():
                check_destination(definition, parameters.get(definition.name()))
            results = self.work(parameters, context, progress)
            self._outputs.finish()
            return results
        except Cancelled:
            self._outputs.discard()
            feedback.pushInfo(tr("Cancelled."))
            return {}
        except QgsProcessingException:
            self._outputs.discard()
            raise
        except Exception as error:
            self._outputs.discard()
            if not isinstance(error, FullServiceError):
                feedback.pushDebugInfo(traceback.format_exc())
            known = typed(error)
            raise QgsProcessingException(tr(known.template, **known.values)) from error

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Look first ourselves: QGIS only says "not found" or "incorrect value", whatever is wrong."""
        try:
            check_parameters(self, parameters, context)
        except FullServiceError as error:
            return False, tr(error.template, **error.values)
        return super().checkParameterValues(parameters, context)

    def parameterAsSource(  # noqa: N802
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext
    ) -> Any:
        """Return the source of a parameter; InputError when it is damaged or not what the parameter asks for."""
        check_source_whole(parameters.get(name))
        source = super().parameterAsSource(parameters, name, context)
        if source is not None:
            check_layer(self, name, source, parameters)
        return source

    def parameterAsSink(  # noqa: N802
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext, *form: Any
    ) -> tuple[Any, str]:
        """Return (sink, destination), watched over; OutputError when it cannot be made."""
        try:
            sink, destination = super().parameterAsSink(parameters, name, context, *form)
        except QgsProcessingException as error:
            sink, destination, reason = None, "", str(error).strip().rstrip(".")
        else:
            reason = ""
        if sink is None:
            target = parameters.get(name)
            target = target.sink.staticValue() if isinstance(target, QgsProcessingOutputLayerDefinition) else target
            raise OutputError(
                "{name} cannot be created at {target}: {reason}. Choose another place.",
                name=self.label(name), target=str(target), reason=reason or tr("no right to write there"),
            )
        return self._outputs.add(sink, destination), destination

    def store(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Any:
        """Return the open store that STORE names."""
        from fullservice_plugin.gis.connections import open_store

        return open_store(self.parameterAsString(parameters, "STORE", context), write=self.WRITES)
