# SPDX-License-Identifier: GPL-2.0-or-later
"""Seconds to draw the built project at each scale band, a plain QGIS layer of the same buildings beside it.

A made city of ``--size`` buildings (``benchmarks/common/big_city.py``) is filled set-based, read by a customer
manager's login through row security, and drawn at 1200 × 800 pixels and 96 dpi by QGIS' parallel renderer: every theme
of the built project, then ``plain``, the buildings table as QGIS adds it by itself, with categories by coverage level.
The best of ``--times`` draws after one that warms the caches, at the slower one of the two ends of a band. The last
line holds all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Iterable

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from big_city import STORE, filled  # noqa: E402
from server import private_server, qgis  # noqa: E402
from stage import use_stage  # noqa: E402

SIZE = (1200, 800)
#: Scale denominators at which is drawn: both ends of every band, where most is on the map and where it is usual.
BANDS = {"branch": (400_000, 205_000), "micro_region": (195_000, 51_000), "grid": (49_000, 10_100),
         "estate": (9_900, 2_600), "building": (2_400, 1_000)}


def drawn(layers: list[Any], centre: Any, crs: Any, scale: float, picture: str = "") -> tuple[float, float]:
    """Seconds to draw the layers around a point (map coordinates, metres) at a scale: by the clock, and of CPU in QGIS.

    The CPU is that of all threads of the drawing process, without the server's; it hardly depends on what else runs.
    """
    from qgis.core import (
        QgsExpressionContext,
        QgsExpressionContextUtils,
        QgsMapRendererParallelJob,
        QgsMapSettings,
        QgsRectangle,
    )
    from qgis.PyQt.QtCore import QEventLoop, QSize
    from qgis.PyQt.QtGui import QColor

    from fullservice_plugin.gis import palette

    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setOutputSize(QSize(*SIZE))
    settings.setOutputDpi(96)
    settings.setDestinationCrs(crs)
    half = [scale * pixels * 0.0254 / 96 / 2 for pixels in SIZE]
    x, y = centre.x(), centre.y()
    settings.setExtent(QgsRectangle(x - half[0], y - half[1], x + half[0], y + half[1]))
    settings.setBackgroundColor(QColor(palette.LAND))
    visible = [layer for layer in layers if layer.isInScaleRange(settings.scale())]
    settings.setLayers(visible)
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.globalScope())
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    job = QgsMapRendererParallelJob(settings)
    loop = QEventLoop()
    job.finished.connect(loop.quit)
    started, busy = time.perf_counter(), time.process_time()
    job.start()
    loop.exec()
    taken = time.perf_counter() - started, time.process_time() - busy
    if picture:
        job.renderedImage().save(picture)
    return taken


def plain_layer(service: str) -> Any:
    """The buildings as QGIS adds them by itself: every scale, categories by coverage level."""
    from qgis.core import (
        QgsCategorizedSymbolRenderer,
        QgsDataSourceUri,
        QgsFillSymbol,
        QgsRendererCategory,
        QgsVectorLayer,
    )

    uri = QgsDataSourceUri()
    uri.setConnection(service, "", "", "")
    uri.setDataSource("fullservice", "building", "geom", "", "fid")
    layer = QgsVectorLayer(uri.uri(False), "plain", "postgres")
    colours = ("#bbbbbb", "#e69f00", "#d55e00", "#009e73", "#0072b2")
    layer.setRenderer(QgsCategorizedSymbolRenderer("coverage_level", [
        QgsRendererCategory(level, QgsFillSymbol.createSimple({"color": colour}), str(level))
        for level, colour in enumerate(colours)]))
    return layer


def themes_of(project: Any) -> dict[str, list[Any]]:
    """The layers of each theme in drawing order."""
    order = project.layerTreeRoot().layerOrder()
    found = {}
    for name in project.mapThemeCollection().mapThemes():
        wanted = {layer.id() for layer in project.mapThemeCollection().mapThemeVisibleLayers(name)}
        found[name] = [layer for layer in order if layer.id() in wanted]
    return found


def measure(stacks: Iterable[tuple[str, list[Any]]], project: Any, times: int, pictures: str,
            each: bool) -> dict[str, float]:
    """Print and return seconds per stack of layers and band: the slower of the band's two scales."""
    figures: dict[str, float] = {}
    view = project.viewSettings().defaultViewExtent()
    for name, layers in stacks:
        for band, scales in BANDS.items():
            worst = (0.0, 0.0)
            for scale in scales:
                where = view.center()
                where.setX(where.x() + 37.0)
                shot = f"{pictures}/{name}_{band}_{scale}.png" if pictures else ""
                first = drawn(layers, where, project.crs(), scale, shot)
                slow = name == "plain" and first[0] > 3.0
                best = first if slow else min(drawn(layers, where, project.crs(), scale) for _ in range(times))
                worst = max(worst, best)
                for layer in layers if each else ():
                    alone, _cpu = drawn([layer], where, project.crs(), scale)
                    if alone > 0.05:
                        print(f"    1:{scale} {layer.name()} alone: {alone:.2f} s", flush=True)
            figures[f"{name}/{band}"], figures[f"{name}/{band}/cpu"] = round(worst[0], 3), round(worst[1], 3)
            print(f"{name} · {band}: {worst[0]:.2f} s, {worst[1]:.2f} s of CPU", flush=True)
    return figures


def main() -> int:
    """Measure; print the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="buildings")
    parser.add_argument("--times", type=int, default=3, help="draws per scale")
    parser.add_argument("--keep", action="store_true", help="use the store of an earlier run, and leave it")
    parser.add_argument("--no-plain", action="store_true", help="without the peer")
    parser.add_argument("--theme", default="", help="only this theme")
    parser.add_argument("--each", action="store_true", help="every layer alone as well")
    parser.add_argument("--pictures", default="", help="folder for a picture per scale")
    options = parser.parse_args()
    use_stage()
    cluster = private_server()
    _application = qgis()
    from fullservice_plugin.gis.project import build_project

    service = filled(cluster, options.size, options.keep)
    started = time.perf_counter()
    project = build_project(service, "en")
    figures: dict[str, Any] = {"size": options.size, "build_s": round(time.perf_counter() - started, 2),
                               "load_average": os.getloadavg()[0]}
    print(f"project built: {figures['build_s']} s", flush=True)
    stacks = [pair for pair in themes_of(project).items() if options.theme in ("", pair[0])]
    if not options.no_plain:
        stacks.append(("plain", [plain_layer(service)]))
    figures.update(measure(stacks, project, options.times, options.pictures, options.each))
    project.clear()
    if not options.keep:
        cluster.drop_database(STORE)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
