# SPDX-License-Identifier: GPL-2.0-or-later
"""Map sheets of a plan beside QGIS's own atlas of the same sheets, layers and template: a line each, last line JSON.

``plans.py [--sheets 200] [--scale 500] [--pairs 1]`` draws a made town cut into so many sheets (about).
``ours`` is the whole export: tables, schematics, sheets, georeference, one file; ``sheets`` the numbered sheets
alone, georeferenced, one file; ``peer`` is QgsLayoutExporter.exportToPdf over a QgsLayoutAtlas into one file, without
georeference. Each runs in a process of its own, one after the other, ``--pairs`` times; printed: sheets, seconds by the
wall and of the processor, peak memory, and the ratios of sheets per second to the peer's of the same round.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from stage import use_stage  # noqa: E402

STEP = 45.0  # metres between the buildings of the made town


def town(buildings: int) -> Any:
    """Return the plan of a made town: rows of buildings along streets, fed by boxes, all shapes with their labels."""
    from shapely.geometry import LineString, Point

    sys.path.append(str(ROOT / "tests" / "unit" / "plans"))
    from samples import place, sample_plan, square

    from fullservice_plugin.plans.model import BaseMap, Decision, Shape

    across = max(6, round(buildings**0.5))
    rows = -(-buildings // across)
    decisions, network, streets = [], [], []
    for index in range(buildings):
        x, y = (index % across) * STEP, (index // across) * STEP
        decisions.append(Decision(f"B{index}", f"Street {index}", "E001", 12, "ftth", "fttb", 900.0, 4000.0, 50.0, "",
                                  "", False, square(x, y)))  # fmt: skip
        network.append(Shape("drop", LineString([place(x + 9, y - 14), place(x + 9, y)]), "", "E001"))
        if index % 8 == 0:
            network.append(Shape("fat", Point(place(x + 9, y - 14)), f"FAT-{index // 8}", "E001"))
    for row in range(rows):
        ends = [place(0, row * STEP - 14), place(across * STEP, row * STEP - 14)]
        network.append(Shape("distribution", LineString(ends), "", "E001"))
        streets.append(Shape("residential", LineString([place(-30, row * STEP - 20), ends[1]]), f"Street {row}"))
    plan = sample_plan(2, estates=1)
    base = BaseMap(tuple(streets))
    return dataclasses.replace(plan, decisions=tuple(decisions), network=tuple(network), base=base, risers=())


def ours(plan: Any, scale: int, target: Path) -> int:
    """Write the plan with its atlas; return the number of pages with a map."""
    from pypdf import PdfReader

    from fullservice_plugin.plans.fonts import FontSet
    from fullservice_plugin.plans.print_access import print_access

    target.write_bytes(print_access(plan, "en", FontSet(), sheet_scale=str(scale)))
    return sum("/VP" in page for page in PdfReader(target).pages)


def sheets_only(plan: Any, scale: int, target: Path) -> int:
    """Write the numbered sheets alone, as one georeferenced file; return their number."""
    from fullservice_plugin.plans.document import Document, TitleBlock
    from fullservice_plugin.plans.fonts import FontSet
    from fullservice_plugin.plans.print_access import access_layers, access_sheets
    from fullservice_plugin.plans.print_template import OURS
    from fullservice_plugin.plans.printing import Assembly, add_sheets
    from fullservice_plugin.plans.sheet_forms import sheet_forms

    block = TitleBlock("Sheets", "Sheets", plan.code, "v1", "", plan.created, "0" * 64, "en")
    document = Document(block, FontSet())
    numbered = [sheet for sheet in access_sheets(plan, "en", str(scale)) if sheet.key.startswith("sheet:")]
    add_sheets(document, numbered, sheet_forms(OURS))
    target.write_bytes(Assembly(document, numbered, access_layers(plan, "en"), ()).run())
    return len(numbered)


def peer(plan: Any, scale: int, target: Path) -> int:
    """Write the same sheets by QGIS's atlas: one layout, driven by a layer of the sheets; return their number."""
    from qgis.core import (
        QgsFeature,
        QgsGeometry,
        QgsLayoutExporter,
        QgsLayoutItemMap,
        QgsPrintLayout,
        QgsReadWriteContext,
        QgsVectorLayer,
    )
    from qgis.PyQt.QtXml import QDomDocument

    from fullservice_plugin.plans.fonts import FontSet
    from fullservice_plugin.plans.maps import DPI, MapPrinter
    from fullservice_plugin.plans.print_access import access_layers, access_sheets
    from fullservice_plugin.plans.sheets import frame_extent, sheet_crs

    sheets = access_sheets(plan, "en", str(scale))
    numbered = [sheet for sheet in sheets if sheet.key.startswith("sheet:")]
    printer = MapPrinter(access_layers(plan, "en"), FontSet(), "en", "", "2026-03-01")
    cover = QgsVectorLayer(f"Polygon?crs={sheet_crs(numbered[0]).authid()}&field=name:string", "sheets", "memory")
    for sheet in numbered:
        feature = QgsFeature(cover.fields())
        feature.setGeometry(QgsGeometry.fromRect(frame_extent(sheet)))
        feature.setAttributes([sheet.title])
        cover.dataProvider().addFeatures([feature])
    printer.project.addMapLayer(cover, False)
    source = printer._layout(numbered[0])
    layout = QgsPrintLayout(printer.project)
    document = QDomDocument()
    node = source.writeXml(document, QgsReadWriteContext())
    document.appendChild(node)
    layout.loadFromTemplate(document, QgsReadWriteContext())
    frame = layout.itemById("map")
    if not isinstance(frame, QgsLayoutItemMap):
        raise SystemExit("The template has no map.")
    frame.setKeepLayerSet(True)
    frame.setLayers(printer.layers)
    frame.setAtlasDriven(True)
    frame.setAtlasScalingMode(QgsLayoutItemMap.AtlasScalingMode.Fixed)
    atlas = layout.atlas()
    atlas.setCoverageLayer(cover)
    atlas.setEnabled(True)
    settings = QgsLayoutExporter.PdfExportSettings()
    settings.dpi = DPI
    settings.forceVectorOutput = True
    settings.simplifyGeometries = True
    outcome, words = QgsLayoutExporter.exportToPdf(atlas, str(target), settings)
    if outcome != QgsLayoutExporter.ExportResult.Success:
        raise SystemExit(f"QGIS's atlas failed: {words}")
    return len(numbered)


def measure(who: str, buildings: int, scale: int) -> dict[str, Any]:
    """Run one of them here and return its figures."""
    from qgis.core import QgsApplication

    app = QgsApplication([], False)
    app.initQgis()
    plan = town(buildings)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "plan.pdf"
        begun, worked = time.monotonic(), time.process_time()
        sheets = {"ours": ours, "sheets": sheets_only, "peer": peer}[who](plan, scale, target)
        seconds, cpu = time.monotonic() - begun, time.process_time() - worked
        size = target.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"who": who, "sheets": sheets, "seconds": round(seconds, 2), "cpu": round(cpu, 2),
            "per_second": round(sheets / seconds, 2), "peak_mb": round(peak),
            "file_mb": round(size / 1e6, 1)}  # fmt: skip


def main() -> None:
    """Measure all, one after the other, in processes of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheets", type=int, default=200)
    parser.add_argument("--scale", type=int, default=500, choices=(500, 1000))
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--who", choices=("ours", "sheets", "peer"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    use_stage()
    # A sheet holds 193 × 154 mm.
    buildings = round(given.sheets * 193 * 154 * (given.scale / 1000) ** 2 / STEP**2 * 1.07)
    if given.who:
        print(json.dumps(measure(given.who, buildings, given.scale)))
        return
    runs: dict[str, list[dict[str, Any]]] = {"ours": [], "sheets": [], "peer": []}
    for _ in range(given.pairs):
        for who, found in runs.items():
            command = [sys.executable, "-P", __file__, "--who", who, "--sheets", str(given.sheets), "--scale",
                       str(given.scale)]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found.append(json.loads(done.stdout.strip().splitlines()[-1]))
    middle = {who: sorted(found, key=lambda run: run["cpu"])[len(found) // 2] for who, found in runs.items()}
    for who, run in middle.items():
        for name in ("sheets", "seconds", "cpu", "per_second", "peak_mb", "file_mb"):
            print(f"{who:6} {name:11} {run[name]}")
    ratios = {}
    for who in ("ours", "sheets"):
        for clock in ("seconds", "cpu"):
            each = [(one["sheets"] / one[clock]) / (other["sheets"] / other[clock])
                    for one, other in zip(runs[who], runs["peer"])]  # fmt: skip
            ratios[f"{who}_ratio_{clock}"] = [round(value, 2) for value in (statistics.median(each), min(each))]
    for name, (median, least) in ratios.items():
        print(f"{name:20} median {median}, least {least} of {given.pairs}")
    print(json.dumps({"buildings": buildings, "scale": given.scale, **middle, **ratios}))


if __name__ == "__main__":
    main()
