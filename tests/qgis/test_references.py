# SPDX-License-Identifier: GPL-2.0-or-later
"""Places and lengths of a second task are right, when the thread of the first one has ended.

In a process of its own, which ends without tidying up: QGIS may fall over what ended threads left in its caches.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CHILD = """
import importlib.util, json, os, sys, tempfile, threading
from pathlib import Path

spec = importlib.util.spec_from_file_location("headless", "tools/headless.py")
headless = importlib.util.module_from_spec(spec)
spec.loader.exec_module(headless)
application = headless.start_qgis(Path(tempfile.mkdtemp(prefix="fs-qgis-")))
from qgis.core import (QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsCoordinateTransformContext, QgsPointXY,
                       QgsRectangle)
from shapely.geometry import box
from fullservice_plugin.gis.projection import metric_crs
from fullservice_plugin.plans.model import Shape
from fullservice_plugin.plans.site_map import Site, convergence, corners

DEGREES = QgsCoordinateReferenceSystem("EPSG:4326")

def in_a_thread(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]

def local():
    return metric_crs(QgsRectangle(98.99, 9.99, 99.01, 10.01), DEGREES)

def moved():
    way = QgsCoordinateTransform(DEGREES, local(), QgsCoordinateTransformContext())
    point = way.transform(QgsPointXY(99.001, 10.0))
    return [round(point.x(), 1), round(point.y(), 1)]

site = Site(32646, 500, (500000.0, 1105000.0, 500100.0, 1105100.0), Shape("house", box(0, 0, 1, 1)))
drawings = [in_a_thread(lambda: (corners(site), convergence(site))) for _ in range(2)]

running, over = threading.Event(), threading.Event()
one = threading.Thread(target=lambda: (local(), running.set(), over.wait(20)))
one.start()
running.wait(20)
lengths = [moved()]  # a second task in the same area, while the first is at it
over.set()
one.join()
lengths += [in_a_thread(moved), in_a_thread(moved), moved()]
print("TOLD", json.dumps({"drawings": drawings, "lengths": lengths}), flush=True)
os._exit(0)
"""


@pytest.fixture(scope="module")
def told(root) -> dict:
    done = subprocess.run([sys.executable, "-P", "-c", CHILD], cwd=root, capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("TOLD "))
    return json.loads(line[len("TOLD "):])


def test_the_second_package_of_drawings_lies_where_the_first_did(told):
    """The corners of a site are latitude and longitude, in whichever task it is drawn."""
    first, second = told["drawings"]
    assert first == second and first[0][0] == pytest.approx((9.99627, 93.0), abs=1e-4)


def test_lengths_of_a_second_design_are_metres(told):
    assert told["lengths"] == [[109.6, 0.0]] * 4
