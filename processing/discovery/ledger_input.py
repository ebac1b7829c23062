# SPDX-License-Identifier: GPL-2.0-or-later
"""A ledger read from a file of any encoding or from a layer, with its columns found by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFields,
    QgsProcessingContext,
    QgsWkbTypes,
)

from fullservice_plugin.compat import plain_value
from fullservice_plugin.connectors.ledger_file import is_ledger_file, read_ledger_file
from fullservice_plugin.core.discovery.ledger import LedgerRow
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.intake import fold
from fullservice_plugin.gis.projection import WGS84
from fullservice_plugin.gis.write import fields_of
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.discovery.inputs import add_field, add_layer, open_source

FIELDS = {
    "ID_FIELD": ("ledger_key", "id", "code", "编号", "台账编号", "序号"),
    "X_FIELD": ("x", "lon", "lng", "longitude", "经度"),
    "Y_FIELD": ("y", "lat", "latitude", "纬度"),
    "NAME_FIELD": (
        "name",
        "building_name",
        "estate_name",
        "名称",
        "楼栋名称",
        "楼宇名称",
        "楼盘名称",
        "小区名称",
        "小区",
        "楼盘",
    ),
    "ADDRESS_FIELD": ("address", "full_text", "地址", "标准地址", "详细地址", "安装地址"),
    "HOUSEHOLDS_FIELD": ("households", "homes", "户数", "住户数", "总户数"),
}


@dataclass
class LedgerInput:
    """The rows as read: ``fields`` of the source, ``values`` per row, the parts that locate them, row numbers.

    ``columns`` says which column was read as which part.
    """

    name: str
    fields: QgsFields
    values: list[list[Any]] = field(default_factory=list)
    rows: list[LedgerRow] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    households: list[Any] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)


def add_ledger(algorithm: FullServiceAlgorithm, *, households: bool = False) -> None:
    """Add the ledger's parameters."""
    add_layer(algorithm, "LEDGER", "table")
    for name in FIELDS:
        if households or name != "HOUSEHOLDS_FIELD":
            add_field(algorithm, name, "LEDGER")
    algorithm.add_choice("DATUM", ["detect", "wgs84", "gcj02", "bd09"], "detect")


Recall = Callable[[str], "dict[str, str]"]


def read_ledger(
    algorithm: FullServiceAlgorithm,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    recall: Optional[Recall] = None,
) -> LedgerInput:
    """Return the ledger that LEDGER names; coordinates come from X and Y, else from the layer's points.

    ``recall`` gives, for the ledger's name, the columns chosen last time: they count where none is chosen now.
    Raises InputError for an unreadable file or layer, ParameterError for a column that is not there.
    """
    value = parameters.get("LEDGER")
    if isinstance(value, str) and is_ledger_file(value):
        return _from_file(algorithm, Path(value), parameters, context, recall)
    return _from_layer(algorithm, parameters, context, recall)


def check_ledger(parameters: dict[str, Any]) -> None:
    """Raise InputError when LEDGER is a file that cannot be read."""
    value = parameters.get("LEDGER")
    if isinstance(value, str) and is_ledger_file(value):
        read_ledger_file(Path(value))


def _columns(
    algorithm: FullServiceAlgorithm,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    name: str,
    headings: list[str],
    recall: Optional[Recall],
) -> dict[str, Optional[int]]:
    """Return the column number of each part: the chosen one, else last time's, else the first usual heading."""
    before = recall(name) if recall is not None else {}
    known = {fold(heading): k for k, heading in reversed(list(enumerate(headings)))}
    found: dict[str, Optional[int]] = {}
    for part, usual in FIELDS.items():
        chosen = algorithm.parameterAsString(parameters, part, context) if parameters.get(part) else ""
        if chosen and fold(chosen) not in known:
            raise ParameterError(
                "{layer} has no column {name}. It has: {known}.", layer=name, name=chosen, known=list(headings)
            )
        wanted = [chosen] if chosen else [word for word in (before.get(part), *usual) if word]
        found[part] = next((known[fold(word)] for word in wanted if fold(word) in known), None)
    return found


def _from_file(
    algorithm: FullServiceAlgorithm,
    path: Path,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    recall: Optional[Recall],
) -> LedgerInput:
    table = read_ledger_file(path)
    columns = _columns(algorithm, parameters, context, table.name, table.headings, recall)
    made = LedgerInput(table.name, fields_of([(name, "text") for name in table.headings]))
    for number, cells in zip(table.numbers, table.rows):
        _append(made, number, [cell if cell != "" else None for cell in cells], columns, (None, None), str(number))
    return _checked(made, columns, False)


def _from_layer(
    algorithm: FullServiceAlgorithm,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    recall: Optional[Recall],
) -> LedgerInput:
    source = open_source(algorithm, parameters, "LEDGER", context)
    spatial = source.wkbType() != QgsWkbTypes.Type.NoGeometry
    if spatial and not source.sourceCrs().isValid():
        raise InputError(
            "{layer} has no coordinate reference system. Set its CRS, then run again.", layer=source.sourceName()
        )
    headings = [one.name() for one in source.fields()]
    columns = _columns(algorithm, parameters, context, source.sourceName(), headings, recall)
    made = LedgerInput(source.sourceName(), source.fields())
    transform = (
        QgsCoordinateTransform(source.sourceCrs(), QgsCoordinateReferenceSystem(WGS84), context.transformContext())
        if spatial
        else None
    )
    for number, feature in enumerate(source.getFeatures(), start=1):
        point: tuple[Optional[float], Optional[float]] = (None, None)
        if transform is not None and feature.hasGeometry() and not feature.geometry().isEmpty():
            at = transform.transform(feature.geometry().pointOnSurface().asPoint())
            point = (at.x(), at.y())
        values = [plain_value(value) for value in feature.attributes()]
        _append(made, number, values, columns, point, str(feature.id()))
    if not made.rows:
        raise InputError("{layer} holds no rows.", layer=made.name)
    return _checked(made, columns, spatial)


def _append(
    made: LedgerInput,
    number: int,
    values: list[Any],
    columns: dict[str, Optional[int]],
    point: tuple[Optional[float], Optional[float]],
    own: str,
) -> None:
    def cell(part: str) -> Any:
        at = columns[part]
        return values[at] if at is not None else None

    key = cell("ID_FIELD")
    x, y = cell("X_FIELD"), cell("Y_FIELD")
    if columns["X_FIELD"] is None or columns["Y_FIELD"] is None:
        x, y = point
    made.values.append(values)
    made.numbers.append(number)
    made.households.append(cell("HOUSEHOLDS_FIELD"))
    text = str(int(key)) if isinstance(key, float) and key.is_integer() else str(key or "").strip()
    made.rows.append(LedgerRow(text or own, cell("NAME_FIELD"), cell("ADDRESS_FIELD"), x, y))


def _checked(made: LedgerInput, columns: dict[str, Optional[int]], spatial: bool) -> LedgerInput:
    placed = columns["X_FIELD"] is not None and columns["Y_FIELD"] is not None
    if not spatial and not placed and columns["NAME_FIELD"] is None and columns["ADDRESS_FIELD"] is None:
        raise ParameterError(
            "{layer} has neither coordinates nor a name or address. Choose at least one of these columns.",
            layer=made.name,
        )
    headings = [one.name() for one in made.fields]
    made.columns = {part: headings[at] for part, at in columns.items() if at is not None}
    return made
