# SPDX-License-Identifier: GPL-2.0-or-later
"""`make run`: the whole chain on a sample city, from footprints to PDF plans.

``--city`` is ``helsinki`` (real, OpenStreetMap), ``yangban`` (样板城, made) or any OpenStreetMap file.
The sample ledger, talks, rivals, packages and territory are made by the demo and named as samples.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "tools")]

from chain import Chain  # noqa: E402
from cluster import Cluster  # noqa: E402
from headless import start_qgis  # noqa: E402
from inputs.make import make_inputs  # noqa: E402
from measure import Stopwatch  # noqa: E402
from report import print_summary  # noqa: E402
from words import say  # noqa: E402


def arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--city", default="helsinki", help="helsinki, yangban or an OpenStreetMap file")
    parser.add_argument("--out", type=Path, default=None, help="folder for plans and projects")
    parser.add_argument("--store", default="", help="name of the database, which is made afresh")
    parser.add_argument("--language", choices=("zh", "en"), default=None, help="language of messages")
    return parser.parse_args()


def city_name(city: str) -> str:
    """Return a short name, safe for a database: the city or the file's name without its endings."""
    stem = Path(city).name.split(".")[0].lower()
    return "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in stem) or "city"


def main() -> int:
    """Run the chain; return the exit status."""
    options = arguments()
    name = city_name(options.city)
    out: Path = (options.out or ROOT / "build" / f"demo-{name}").resolve()
    out.mkdir(parents=True, exist_ok=True)
    language = options.language or ("zh" if options.city == "yangban" else "en")
    if options.city not in ("helsinki", "yangban") and not Path(options.city).is_file():
        print(f"There is no city and no file called {options.city}. Name helsinki, yangban or an .osm.pbf file.",
              file=sys.stderr)
        return 2
    begun = time.perf_counter()
    inputs = make_inputs(options.city, out / "inputs")
    store = Cluster().fresh_database(options.store or f"fullservice_{name}")
    start_qgis(ROOT / "build" / "profile-demo")
    from fullservice_plugin.i18n import set_language

    set_language(language)
    print(say("Inputs made in {seconds} s: {folder}", seconds=f"{time.perf_counter() - begun:.1f}", folder=inputs))
    watch = Stopwatch()
    chain = Chain(inputs, out, store, language, watch)
    begun = time.perf_counter()
    chain.run()
    print_summary(chain, time.perf_counter() - begun)
    (out / "summary.json").write_text(json.dumps(chain.results, indent=1, ensure_ascii=False, default=str),
                                      encoding="utf-8")
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    import os

    os._exit(status)  # QGIS 3.22 without a window may crash while the interpreter unwinds
