# SPDX-License-Identifier: GPL-2.0-or-later
"""A source of buildings read whole: an OpenStreetMap file, an Overpass service, or layers with their columns mapped."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Callable, Optional

from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsProcessingContext

from fullservice_plugin.connectors.osm_file import LICENCE, OsmData, is_osm_file, licence_of, read_osm
from fullservice_plugin.connectors.osm_pbf import check_osm_file, file_size
from fullservice_plugin.core.discovery.blocks import CLASS_FIELDS
from fullservice_plugin.core.discovery.sanity import first_of_each
from fullservice_plugin.core.discovery.source import MAPPED, SourceData, iso_date, renamed, table_hash
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable
from fullservice_plugin.gis.projection import WGS84
from fullservice_plugin.gis.read import read_source
from fullservice_plugin.processing.base import FullServiceAlgorithm
from fullservice_plugin.processing.discovery.inputs import open_source, polygons_only
from fullservice_plugin.services.mappings import SourceMapping, usable

FIELDS = {f"{part.upper()}_FIELD": part for part in MAPPED}
STREET_CLASSES = (*CLASS_FIELDS, "道路等级", "等级")
STREET_NAMES = ("name", "名称", "道路名称", "路名", "street")
USUAL_IDS = ("source_id", "osm_id", "osm_way_id", "id", "ID", "code", "编号")
#: Class of a street whose layer tells none: the store keeps streets by class, and what has none would be a railway.
UNCLASSIFIED = "unclassified"
_FILES = (".gpkg", ".geojson", ".json", ".shp", ".fgb", ".gml", ".kml", ".parquet", ".sqlite")
Recall = Callable[[str], SourceMapping]
Extent = Optional["tuple[float, ...]"]


def check_source(value: Any) -> None:
    """Raise InputError when the source is a file that is missing, empty or, for OpenStreetMap, not whole."""
    if not isinstance(value, str) or not value or "://" in value or "=" in value.split("|")[0]:
        return
    path = Path(value.split("|")[0])
    if is_osm_file(value):
        check_osm_file(path)
    elif path.suffix.lower() in _FILES:
        file_size(path)


def cache_folder() -> Path:
    """Return where tiles of Overpass services are kept: in the user's QGIS profile."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "fullservice" / "overpass"


class SourceReader:
    """Reads what the parameters of discoverbuildings name; ``mapping`` then says which columns were read as what."""

    def __init__(
        self, algorithm: FullServiceAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext, recall: Recall
    ) -> None:
        self._algorithm, self._parameters, self._context, self._recall = algorithm, parameters, context, recall
        self.mapping: dict[str, str] = {}
        self.licence: Optional[str] = None

    def read(self, extent: Extent, progress: Progress) -> SourceData:
        """Return the source in WGS-84 degrees of its own datum. Raises InputError or ParameterError."""
        value, service = self._parameters.get("SOURCE"), self._text("OVERPASS")
        observed = self._observed()
        if value in (None, "") and not service:
            raise ParameterError("Give a source: a file, a layer, or the address of an Overpass service.")
        if value in (None, ""):
            return self._from_overpass(service, extent, observed, progress)
        if isinstance(value, str) and is_osm_file(value):
            return self._from_osm(Path(value), extent, observed, progress)
        return self._from_layers(extent, observed, progress)

    def _text(self, name: str) -> str:
        return str(self._algorithm.parameterAsString(self._parameters, name, self._context) or "").strip()

    def _observed(self) -> Optional[str]:
        text = self._text("OBSERVED_ON")
        found = iso_date(text)
        if text and found is None:
            raise ParameterError("“{value}” is no date. Write it as 2026-11-26.", value=text)
        return found

    def _from_osm(self, path: Path, extent: Extent, observed: Optional[str], progress: Progress) -> SourceData:
        return self._osm(read_osm(path, extent, progress), path.name, licence_of(path), observed)

    def _osm(self, data: OsmData, name: str, licence: str, observed: Optional[str]) -> SourceData:
        self.licence = self._text("LICENCE") or licence
        own = self._streets(None, SILENT)
        digest = data.sha256 if own is None else f"{data.sha256} {table_hash([own])}"
        return SourceData(
            self._text("SOURCE_NAME") or "osm", name, self.licence, digest, data.buildings, data.addresses,
            data.streets if own is None else own, data.areas, data.pois, observed,
        )  # fmt: skip

    def _from_overpass(self, service: str, extent: Extent, observed: Optional[str], progress: Progress) -> SourceData:
        if extent is None:
            raise ParameterError("An Overpass service needs an EXTENT: it is asked for that area only.")
        from fullservice_plugin.connectors.overpass import Overpass  # brings requests, which most runs do without

        return self._osm(Overpass(service, cache_folder()).read(extent, progress), service, LICENCE, observed)

    def _from_layers(self, extent: Extent, observed: Optional[str], progress: Progress) -> SourceData:
        layer = open_source(self._algorithm, self._parameters, "SOURCE", self._context, geometry="any")
        name = layer.sourceName() or "layer"
        given = self._text("SOURCE_NAME") or name
        before = self._recall(given)
        self.mapping = self._mapping(layer, before)
        key = (
            self._text("ID_FIELD")
            or self.mapping.get("id")
            or next((field for field in USUAL_IDS if layer.fields().indexOf(field) >= 0), "")
        )
        table = self._table(layer, key, extent, progress.part(0.0, 0.7))
        if not all(shape.geom_type.endswith("Point") for shape in table.geometry):
            table = polygons_only(table)
        table = first_of_each(table)
        if key:
            self.mapping["id"] = key
        table = renamed(table, {part: column for part, column in self.mapping.items() if part != "id"})
        others = [
            self._other(parameter, extent, progress.part(0.7 + 0.1 * k, 0.8 + 0.1 * k))
            for k, parameter in enumerate(("ADDRESSES", "POIS"))
        ]
        self.licence = self._text("LICENCE") or before.licence or None
        streets = self._streets(extent, progress.part(0.9, 1.0))
        digest = table_hash([table, *others] if streets is None else [table, *others, streets])
        return SourceData(
            given, name, self.licence, digest, table, others[0], streets, None, others[1], observed
        )

    def _mapping(self, layer: Any, before: SourceMapping) -> dict[str, str]:
        """Return fact → column: what was chosen, else what was chosen last time for this source."""
        headings = [field.name() for field in layer.fields()]
        found = usable(before.columns, headings)
        for parameter, part in FIELDS.items():
            chosen = self._text(parameter)
            if chosen and chosen not in headings:
                raise ParameterError(
                    "{layer} has no column {name}. It has: {known}.",
                    layer=layer.sourceName(),
                    name=chosen,
                    known=list(headings),
                )
            if chosen:
                found[part] = chosen
        return found

    def _table(self, layer: Any, key: str, extent: Extent, progress: Progress) -> FeatureTable:
        table = read_source(
            layer,
            crs=QgsCoordinateReferenceSystem(WGS84),
            transform_context=self._context.transformContext(),
            id_field=key,
            progress=progress,
        )
        if not len(table) and table.problems:
            problem = table.problems[0]
            raise InputError(
                "{layer} holds no usable polygon; row {row}: {reason}. Give a layer of footprints or areas.",
                layer=table.name,
                row=problem.row,
                reason=problem.text(),
            )
        return _within(table, extent) if extent is not None else table

    def _other(self, name: str, extent: Extent, progress: Progress) -> Optional[FeatureTable]:
        """Return a layer of addresses or points of interest; ids never meet those of the buildings."""
        layer = open_source(self._algorithm, self._parameters, name, self._context, geometry="any")
        if layer is None:
            return None
        key = next((field for field in USUAL_IDS if layer.fields().indexOf(field) >= 0), "")
        table = self._table(layer, key, extent, progress)
        table.geometry = [shape.representative_point() for shape in table.geometry]
        table.ids = [f"{name.lower()}:{own}" for own in table.ids]
        return first_of_each(table)

    def _streets(self, extent: Extent, progress: Progress) -> Optional[FeatureTable]:
        """Return a layer of streets with their class as ``highway``, as an OpenStreetMap file has it."""
        layer = open_source(self._algorithm, self._parameters, "STREETS", self._context, geometry="line")
        if layer is None:
            return None
        key = next((field for field in USUAL_IDS if layer.fields().indexOf(field) >= 0), "")
        table = self._table(layer, key, extent, progress)
        kept = table.take([row for row, shape in enumerate(table.geometry) if shape.geom_type.endswith("LineString")])
        kept.problems = table.problems
        kinds = next((kept.column(name) for name in STREET_CLASSES if name in kept.columns), [None] * len(kept))
        names = next((kept.column(name) for name in STREET_NAMES if name in kept.columns), [None] * len(kept))
        kept.columns = {"highway": [str(kind or UNCLASSIFIED) for kind in kinds], "name": names}
        seen: Counter[str] = Counter()
        for row, own in enumerate(kept.ids):  # pieces of one street often share its id: each is a row of its own
            seen[own] += 1
            kept.ids[row] = f"streets:{own}" if seen[own] == 1 else f"streets:{own}/{seen[own]}"
        return kept


def _within(table: FeatureTable, extent: "tuple[float, ...]") -> FeatureTable:
    """Return the rows that meet the extent (degrees)."""
    kept = []
    for row, shape in enumerate(table.geometry):
        west, south, east, north = shape.bounds
        if west <= extent[2] and east >= extent[0] and south <= extent[3] and north >= extent[1]:
            kept.append(row)
    made = table.take(kept)
    made.problems = table.problems
    return made
