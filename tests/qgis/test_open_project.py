# SPDX-License-Identifier: GPL-2.0-or-later
"""A map that was put together in the background goes on drawing when the thread that did it has ended."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest


@pytest.fixture
def clean(qgis_app):
    from qgis.core import QgsProject, QgsSettings

    from fullservice_plugin.gis.known_stores import LAST

    yield
    QgsProject.instance().clear()
    QgsSettings().remove(LAST)


def test_the_reference_system_of_the_map_outlives_the_thread_that_built_it(clean, tmp_path):
    from qgis.core import (
        QgsCoordinateReferenceSystem,
        QgsCoordinateTransform,
        QgsCoordinateTransformContext,
        QgsPointXY,
        QgsProject,
    )

    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.gui.open_project import _open

    path, built, opened = tmp_path / "map.qgz", threading.Event(), threading.Event()
    moved = []

    def build() -> None:
        project = QgsProject()
        project.setCrs(QgsCoordinateReferenceSystem("EPSG:32630"))  # a zone that no other test uses
        project.write(str(path))
        project.clear()
        built.set()
        opened.wait(20)

    def move(crs) -> None:
        way = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), crs, QgsCoordinateTransformContext())
        moved.append(way.transform(QgsPointXY(-2.08, 47.65)))

    builder = threading.Thread(target=build)
    builder.start()
    assert built.wait(20)
    _open(SimpleNamespace(addProject=QgsProject.instance().read), Notifier(None), "town", path)
    crs = QgsProject.instance().crs()
    move(crs)
    opened.set()
    builder.join()
    drawing = threading.Thread(target=move, args=(crs,))
    drawing.start()
    drawing.join()
    assert [(round(point.x()), round(point.y())) for point in moved] == [(569090, 5277810)] * 2
