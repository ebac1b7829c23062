# SPDX-License-Identifier: GPL-2.0-or-later
"""Seconds of a search and of an estate card in a city of ``--size`` buildings, plain QGIS beside the search.

The made city of ``benchmarks/common/big_city.py``, as many addresses as buildings, read by a customer manager's login
through row security. Each text is searched ``--times`` times as the workbench does, estates first, then all; the
medians are printed. ``plain`` asks the layers of estates, buildings and addresses, as QGIS adds them by itself, for
what contains the text, 40 of each. It knows no pinyin. A card is read as the dock reads it, once each, of estates that
nobody has asked for before. The last line holds all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

from big_city import STORE, filled  # noqa: E402
from server import private_server, qgis  # noqa: E402
from stage import use_stage  # noqa: E402

#: What is typed: {n} is the number of an estate in the middle of the city.
TEXTS = {
    "estate": "样板小区{n}", "building": "样板小区{n}7号楼", "many": "小区", "code": "E{n}",
    "address": "样板市77路123号", "nothing": "翠湖名邸", "sound": "yangbanxiaoqu", "initials": "ybxq{n}",
    "nothing_by_sound": "cuihumingdi", "nothing_in_letters": "eglise 12",
}
BY_SOUND = ("sound", "initials", "nothing_by_sound")
LAYERS = {"estate": ("name", "code"), "building": ("name", "code"), "address": ("full_text",)}


def seconds(deed: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Median seconds of a call, and what it returned last."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        answer = deed()
        taken.append(time.perf_counter() - started)
    return round(statistics.median(taken), 3), answer


def plain_layers(service: str) -> dict[str, Any]:
    """The three layers as QGIS adds them by itself."""
    from qgis.core import QgsDataSourceUri, QgsVectorLayer

    found = {}
    for table in LAYERS:
        uri = QgsDataSourceUri()
        uri.setConnection(service, "", "", "")
        uri.setDataSource("fullservice", table, "geom", "", "fid")
        found[table] = QgsVectorLayer(uri.uri(False), table, "postgres")
    return found


def plain_search(layers: dict[str, Any], text: str) -> int:
    """How many rows of the layers contain a text, at most 40 of each."""
    from qgis.core import QgsFeatureRequest

    found = 0
    for table, columns in LAYERS.items():
        rule = " or ".join(f"\"{column}\" ilike '%{text}%'" for column in columns)
        found += sum(1 for _ in layers[table].getFeatures(QgsFeatureRequest().setFilterExpression(rule).setLimit(40)))
    return found


def main() -> int:
    """Measure; print the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="buildings")
    parser.add_argument("--times", type=int, default=3, help="searches per text")
    parser.add_argument("--cards", type=int, default=50, help="estate cards")
    parser.add_argument("--keep", action="store_true", help="use the store of an earlier run, and leave it")
    options = parser.parse_args()
    use_stage()
    cluster = private_server()
    _application = qgis()
    from fullservice_plugin.services.estate_card import estate_card
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.map_views import search

    service = filled(cluster, options.size, options.keep)
    figures: dict[str, Any] = {"size": options.size, "load_average": os.getloadavg()[0]}
    layers = plain_layers(service)
    with Store.connect({"service": service}) as store:
        for key, pattern in TEXTS.items():
            text = pattern.format(n=options.size // 32)
            figures[key], hits = seconds(lambda text=text: search(store, text), options.times)
            first, _ = seconds(lambda text=text: search(store, text, only_estates=True), options.times)
            figures[f"{key}/first"] = first
            line = f"{key} · {text}: estates {first:.2f} s, all {figures[key]:.2f} s, {len(hits)} hits"
            if key not in BY_SOUND:
                figures[f"{key}/plain"], rows = seconds(lambda text=text: plain_search(layers, text), options.times)
                line += f"; plain {figures[f'{key}/plain']:.2f} s, {rows} rows"
            print(line, flush=True)
        keys = [key for key, in store.rows(
            "select id::text from fullservice.estate order by md5(code) limit %s", (options.cards,))]
        cards = [seconds(lambda key=key: estate_card(store, "estate", key), 1)[0] for key in keys]
    figures["card"], figures["slowest_card"] = statistics.median(cards), max(cards)
    print(f"card: {figures['card']:.3f} s, slowest of {len(cards)} {figures['slowest_card']:.3f} s", flush=True)
    if not options.keep:
        cluster.drop_database(STORE)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
