# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the battle map of a store: layers, forms, styles, relations and themes in one .qgz file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsExpressionContextUtils,
    QgsLayerTreeGroup,
    QgsProject,
    QgsProjectMetadata,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsRelation,
    QgsRelationContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from fullservice_plugin.compat import disable_transactions, relation_strength
from fullservice_plugin.core.errors import OutputError, StoreError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.gis import palette
from fullservice_plugin.gis.basemaps import CREDIT_VARIABLE
from fullservice_plugin.gis.connections import connection_uri
from fullservice_plugin.gis.form_groups import LINKS
from fullservice_plugin.gis.forms import configure
from fullservice_plugin.gis.layers import (
    GROUPS,
    LANGUAGE_VARIABLE,
    LAYERS,
    STORE_VARIABLE,
    make_layer,
)
from fullservice_plugin.gis.rival_styles import operators_of, put_pies
from fullservice_plugin.gis.styles import apply_style
from fullservice_plugin.gis.themes import add_themes
from fullservice_plugin.gis.write import why_not_written
from fullservice_plugin.i18n import translate

WGS84 = "EPSG:4326"
#: Layers whose legend is open in a new project: it explains the map that is shown first.
_LEGENDS = ("coverage", "negotiation_map", "area_signed")


def build_project(
    store: str, language: str, progress: Progress = SILENT, credit: str = ""
) -> QgsProject:
    """Return the project of a store, not yet written.

    ``store`` is a saved connection or pg service, ``language`` is ``zh`` or ``en``; ``credit`` names the
    sources on the map, as their licences ask. Layers the login may
    not read are left out; StoreError when not a single business layer can be read.
    """
    _no_plain_password(store)
    project = QgsProject()
    disable_transactions(project)
    layers: dict[str, QgsVectorLayer] = {}
    for number, spec in enumerate(LAYERS):
        progress.step(0.6 * number / len(LAYERS))
        layer = make_layer(store, spec, language)
        if layer.isValid():
            layers[spec.key] = layer
        else:
            progress.say(translate("Left out, because this login cannot read it: {layer}", language,
                                   layer=spec.title(language)))
    if "building" not in layers or "estate" not in layers:
        raise StoreError(
            "The store {store} shows no buildings and estates to this login. Check the connection and the rights.",
            store=store,
        )
    _add_to_tree(project, layers, language)
    _relate(project, layers, language)
    for number, spec in enumerate(LAYERS):
        progress.step(0.6 + 0.3 * number / len(LAYERS))
        if spec.key in layers:
            configure(layers[spec.key], spec, language, layers)
            apply_style(layers[spec.key], spec, language)
    if "rival_shares" in layers:
        put_pies(layers["rival_shares"], operators_of(layers.get("competitor_operator"), language), language)
    add_themes(project, layers, language)
    _properties(project, layers, store, language)
    _decorate(project, credit)
    return project


def _no_plain_password(store: str) -> None:
    """A password that QGIS keeps in plain text would stand in the project, readable by whoever gets it."""
    if connection_uri(store).password():
        raise StoreError(
            "The connection “{name}” keeps its password in plain text, and the project would hold it. Save the "
            "connection "
            "with an authentication configuration, or use a service of pg_service.conf, then try again.", name=store)


def write_project(project: QgsProject, path: str) -> None:
    """Write the project as .qgz; an older file is replaced only when the new one is complete.

    Raises OutputError with the reason when it cannot be written.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise OutputError("The folder {folder} does not exist. Create it or choose another one.", folder=target.parent)
    handle, name = tempfile.mkstemp(suffix=".qgz", prefix=f".{target.stem}-", dir=str(target.parent)) \
        if os.access(target.parent, os.W_OK) else (-1, "")
    if handle < 0:
        raise OutputError("{file} cannot be written: no right to write in this folder. Choose another one.",
                          file=target)
    os.close(handle)
    fresh = Path(name)
    try:
        if not project.write(str(fresh)):
            raise OutputError("{file} cannot be written: {reason}", file=target,
                              reason=why_not_written(target, project.error()))
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)
        fresh.with_suffix(".qgz~").unlink(missing_ok=True)


def _add_to_tree(project: QgsProject, layers: dict[str, QgsVectorLayer], language: str) -> None:
    root = project.layerTreeRoot()
    folders: dict[str, QgsLayerTreeGroup] = {}
    for key, english, chinese in GROUPS:
        if any(spec.group == key and spec.key in layers for spec in LAYERS):
            folders[key] = root.addGroup(chinese if language == "zh" else english)
    for spec in LAYERS:
        layer = layers.get(spec.key)
        if layer is None:
            continue
        project.addMapLayer(layer, False)
        if spec.shape == "none":
            folder = folders.get(f"{spec.group} records")
            if folder is None:
                folder = folders[spec.group].addGroup(translate("Tables", language))
                folders[f"{spec.group} records"] = folder
            node = folder.addLayer(layer)
        else:
            node = folders[spec.group].addLayer(layer)
        node.setExpanded(spec.key in _LEGENDS)
        node.setItemVisibilityChecked(spec.shape != "none")
    for key, folder in folders.items():
        folder.setExpanded(key in ("coverage", "negotiation"))


def _relate(project: QgsProject, layers: dict[str, QgsVectorLayer], language: str) -> None:
    relations = []
    for link in LINKS:
        if link.child not in layers or link.parent not in layers:
            continue
        relation = QgsRelation(QgsRelationContext(project))
        relation.setId(link.id)
        relation.setName(link.zh if language == "zh" else link.en)
        relation.setReferencingLayer(layers[link.child].id())
        relation.setReferencedLayer(layers[link.parent].id())
        relation.addFieldPair(link.field, link.parent_field)
        relation.setStrength(relation_strength("association"))
        relations.append(relation)
    project.relationManager().setRelations(relations)


def data_extent(layers: dict[str, QgsVectorLayer]) -> Optional[QgsRectangle]:
    """Return the extent (EPSG:4326) of the first level that holds something: estates, buildings, territory."""
    for key in ("estate", "building", "grid", "branch", "street"):
        layer = layers.get(key)
        if layer is None:
            continue
        extent = layer.extent()
        if not extent.isNull() and extent.isFinite() and not extent.isEmpty():
            return extent
    return None


def display_crs(extent: Optional[QgsRectangle]) -> QgsCoordinateReferenceSystem:
    """Return the CRS the map is drawn in: the UTM zone of the extent's centre, in metres."""
    if extent is None:
        return QgsCoordinateReferenceSystem("EPSG:3857")
    centre = extent.center()
    zone = min(60, max(1, int((centre.x() + 180.0) // 6.0) + 1))
    return QgsCoordinateReferenceSystem(f"EPSG:{(32600 if centre.y() >= 0 else 32700) + zone}")


def _decorate(project: QgsProject, credit: str) -> None:
    """Show a scale bar and the credit on the map canvas."""
    project.writeEntryBool("ScaleBar", "/Enabled", True)
    project.writeEntry("ScaleBar", "/Placement", 0)
    project.writeEntry("ScaleBar", "/PreferredSize", 80)
    project.writeEntry("ScaleBar", "/Style", 3)
    # an expression, so that the credits of base maps join when they are added
    for name in (CREDIT_VARIABLE, f"{CREDIT_VARIABLE}_data"):
        QgsExpressionContextUtils.setProjectVariable(project, name, credit)
    project.writeEntryBool("CopyrightLabel", "/Enabled", True)
    project.writeEntry("CopyrightLabel", "/Label", f"[% @{CREDIT_VARIABLE} %]")
    project.writeEntry("CopyrightLabel", "/Placement", 3)


def _properties(project: QgsProject, layers: dict[str, QgsVectorLayer], store: str, language: str) -> None:
    title = translate("Full-Service Battle Map", language)
    project.setTitle(title)
    project.setBackgroundColor(QColor(palette.LAND))
    selected = QColor(palette.SELECTED)
    selected.setAlpha(palette.SELECTED_ALPHA)
    project.setSelectionColor(selected)
    extent = data_extent(layers)
    crs = display_crs(extent)
    project.setCrs(crs)
    project.setEllipsoid("EPSG:7030")
    if extent is not None:
        transform = QgsCoordinateTransform(QgsCoordinateReferenceSystem(WGS84), crs, project.transformContext())
        view = transform.transformBoundingBox(extent)
        view.scale(1.08)
        project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(view, crs))
        # what QGIS calls all of the map: else the world, as soon as a base map of the whole world lies below
        project.viewSettings().setPresetFullExtent(QgsReferencedRectangle(view, crs))
    metadata = QgsProjectMetadata()
    metadata.setTitle(title)
    metadata.setLanguage("zh-CN" if language == "zh" else "en")
    metadata.setAbstract(translate(
        "Buildings, property negotiation, competitors and access design of the store {store}. Unknown is hatched, "
        "never shown as zero.", language, store=store))
    project.setMetadata(metadata)
    QgsExpressionContextUtils.setProjectVariable(project, LANGUAGE_VARIABLE, language)
    QgsExpressionContextUtils.setProjectVariable(project, STORE_VARIABLE, store)
