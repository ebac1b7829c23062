# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock of WLAN floors in real QGIS: one map at a time, layers narrowed and given back, rubbish told."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("qgis.core")
from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication


@pytest.fixture
def maps(qgis_app, tmp_path) -> Path:
    """Two floors of one building with two quantities, made by the designers themselves."""
    import numpy as np

    from fullservice_plugin.gis.raster import style_raster, write_raster

    folder = tmp_path / "maps"
    folder.mkdir()
    wkt = "EPSG:3067"
    from qgis.core import QgsCoordinateReferenceSystem

    wkt = QgsCoordinateReferenceSystem(wkt).toWkt()
    for floor in (1, 2):
        for quantity, unit in (("rssi", "dBm"), ("airtime", "")):
            path = folder / f"H_1_F{floor}_{quantity}.tif"
            write_raster(path, np.full((10, 20), -50.0 - floor), 385000.0, 6672010.0, 1.0, wkt, unit,
                         {"BUILDING": "H 1", "FLOOR": str(floor), "QUANTITY": quantity, "MODEL": "p1238_site office"})
            style_raster(path, [(-85.0, "#440154", "-85 dBm"), (-50.0, "#fde725", "-50 dBm")])
    return folder


@pytest.fixture
def dock(qgis_app):
    from qgis.gui import QgsMapCanvas
    from qgis.PyQt.QtWidgets import QMainWindow

    from fullservice_plugin.gui.design.floor_dock import FloorDock
    from fullservice_plugin.gui.notify import Notifier

    window, canvas, said = QMainWindow(), QgsMapCanvas(), []
    iface = SimpleNamespace(mainWindow=lambda: window, mapCanvas=lambda: canvas)
    notifier = Notifier(None)
    notifier.error, notifier.info = lambda error: said.append(str(error)), said.append
    made = FloorDock(iface, notifier)
    made.said = said
    yield made
    made.stop()
    QgsProject.instance().clear()


def points(name: str, fields: str, rows) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"Point?crs=EPSG:3067&{fields}", name, "memory")
    features = []
    for values in rows:
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(385005.0, 6672005.0)))
        feature.setAttributes(list(values))
        features.append(feature)
    assert layer.dataProvider().addFeatures(features)[0]
    QgsProject.instance().addMapLayer(layer)
    return layer


def rasters() -> list[str]:
    return [one.name() for one in QgsProject.instance().mapLayers().values() if one.type() == one.RasterLayer]


def opened(dock, folder: str) -> None:
    """Open a folder and wait until it is read: that is done in the background."""
    dock.open(folder)
    end = time.monotonic() + 10
    while dock._reading is not None and time.monotonic() < end:
        QCoreApplication.processEvents()
    assert dock._reading is None


def test_one_floor_at_a_time_and_all_given_back(dock, maps) -> None:
    aps = points("aps", "field=ap_id:string&field=floor:integer&field=channel:integer",
                 [("a", 1, 36), ("b", 2, 40), ("c", 2, 149)])
    assert aps.setSubsetString('"channel" < 100')
    other = points("other", "field=name:string&field=floor:integer", [("x", 1)])
    opened(dock, str(maps))
    assert dock.building.currentText() == "H 1", "the id as it was, not as the file could hold it"
    assert [dock.quantity.itemData(k) for k in range(dock.quantity.count())] == ["rssi", "airtime"]
    assert len(rasters()) == 1 and aps.featureCount() == 1 and other.featureCount() == 1
    assert len(dock.legend.stops) == 2 and "p1238_site office" in dock.state.text()
    dock.floor.setValue(2)
    assert len(rasters()) == 1 and " 2 " in rasters()[0]
    assert [f["ap_id"] for f in aps.getFeatures()] == ["b"], "its own filter still holds"
    dock.floor.setValue(9)
    assert dock.floor.value() == 2, "there are no higher floors"
    dock.quantity.setCurrentIndex(1)
    assert len(rasters()) == 1
    dock.clear()
    assert rasters() == [] and aps.subsetString() == '"channel" < 100' and aps.featureCount() == 2


def test_the_value_under_the_cursor_is_told(dock, maps) -> None:
    opened(dock, str(maps))
    dock.isVisible = lambda: True
    dock._iface.mapCanvas().setDestinationCrs(dock._layer().crs())
    dock._told_at(QgsPointXY(385005.0, 6672005.0))
    assert dock.legend.toolTip() == "-51.00 dBm"
    dock._told_at(QgsPointXY(0.0, 0.0))
    assert dock.legend.toolTip() == ""


def test_folders_without_maps_and_broken_files_are_told(dock, maps, tmp_path) -> None:
    opened(dock, str(tmp_path / "nowhere"))
    assert "does not exist" in dock.said[-1]
    (maps / "broken_F1_rssi.tif").write_bytes(b"no raster")
    (maps / "holiday.tif").write_bytes(b"nor this")
    opened(dock, str(maps))
    assert "2" in dock.said[-1] and "broken_F1_rssi.tif" in dock.said[-1] and dock.building.count() == 1
    empty = tmp_path / "empty"
    empty.mkdir()
    opened(dock, str(empty))
    assert rasters() == [] and not dock.floor.isEnabled() and dock.state.text()


def test_the_name_tells_where_the_raster_does_not(qgis_app, maps) -> None:
    import shutil

    import numpy as np

    from fullservice_plugin.gis.floor_maps import read_floor_maps
    from fullservice_plugin.gis.raster import write_raster

    write_raster(maps / "T9_F-1_snr.tif", np.zeros((2, 2)), 0.0, 0.0, 1.0, "", "dB")
    found, left = read_floor_maps(maps)
    assert left == [] and ("T9", -1, "snr", "dB") in [(m.building, m.floor, m.quantity, m.unit) for m in found]
    shutil.rmtree(maps)
