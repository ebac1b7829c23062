# SPDX-License-Identifier: GPL-2.0-or-later
"""Maps of WLAN floors in a folder, and layers narrowed to one floor and given back as they were."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable, Optional

from osgeo import gdal
from qgis.core import QgsMapLayer, QgsProject, QgsVectorLayer

from fullservice_plugin.core.errors import InputError

QUANTITIES = {"rssi": "Signal", "snr": "Signal to noise", "throughput": "Throughput", "airtime": "Airtime"}
FOLDER_SETTING = "fullservice/wlan_maps"
"""Where the folder of the last maps is remembered."""
_NAME = re.compile(r"^(?P<building>.+)_F(?P<floor>-?\d+)_(?P<quantity>[a-z]+)$")


@dataclass(frozen=True)
class FloorMapFile:
    """One raster: building, floor and quantity as the raster itself tells, else its name; unit of its values."""

    path: Path
    building: str
    floor: int
    quantity: str
    unit: str
    model: str


def read_floor_maps(folder: Path) -> tuple[list[FloorMapFile], list[str]]:
    """Return the maps of a folder and the names of rasters that are none or cannot be read.

    Raises InputError where the folder is not there.
    """
    if not folder.is_dir():
        raise InputError("The folder {folder} does not exist. Choose another one.", folder=folder)
    found, left = [], []
    for path in sorted(folder.glob("*.tif")):
        one = _read(path)
        if one is None:
            left.append(path.name)
        else:
            found.append(one)
    return found, left


def _read(path: Path) -> Optional[FloorMapFile]:
    named = _NAME.match(path.stem)
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        raster = gdal.Open(str(path))
    except RuntimeError:
        raster = None
    finally:
        gdal.PopErrorHandler()
    if raster is None:
        return None
    told = raster.GetMetadata()
    quantity = told.get("QUANTITY") or (named["quantity"] if named else "")
    floor = told.get("FLOOR") or (named["floor"] if named else "")
    building = told.get("BUILDING") or (named["building"] if named else "")
    if quantity not in QUANTITIES or not re.fullmatch(r"-?\d+", floor) or not building:
        return None
    return FloorMapFile(path, building, int(floor), quantity, raster.GetRasterBand(1).GetUnitType() or "",
                        told.get("MODEL", ""))


class FloorFilter:
    """Narrows every layer with the fields building_id or code, and floor, to one floor; ``restore`` gives all back.

    ``of`` tells the filter of a layer, ``put`` gives it one and tells whether it took it.
    """

    def __init__(self, of: Callable[[QgsVectorLayer], str] = QgsVectorLayer.subsetString,
                 put: Callable[[QgsVectorLayer, str], bool] = QgsVectorLayer.setSubsetString) -> None:
        self._own: dict[str, str] = {}
        self._of, self._put = of, put

    def show(self, floor: int, layers: Optional[Iterable[QgsMapLayer]] = None) -> int:
        """Show one floor of the project's layers (or the given ones); returns how many were narrowed."""
        count = 0
        for layer in layers if layers is not None else QgsProject.instance().mapLayers().values():
            if not self._has_floors(layer):
                continue
            own = self._own.setdefault(layer.id(), self._of(layer))
            narrowed = " AND ".join([*([f"({own})"] if own else []), f'"floor" = {int(floor)}'])
            if self._put(layer, narrowed):
                count += 1
            else:
                self._put(layer, own)
                self._own.pop(layer.id())
        return count

    def restore(self) -> None:
        """Give every layer the filter back that it had."""
        for key, own in self._own.items():
            layer = QgsProject.instance().mapLayer(key)
            if layer is not None:
                self._put(layer, own)
        self._own.clear()

    @staticmethod
    def _has_floors(layer: QgsMapLayer) -> bool:
        if not isinstance(layer, QgsVectorLayer) or not layer.isValid() or layer.isEditable():
            return False
        names = {field.name() for field in layer.fields()}
        return "floor" in names and bool({"building_id", "ap_id"} & names)
