# SPDX-License-Identifier: GPL-2.0-or-later
"""A QGIS without the libraries of the PDF plans still has every algorithm."""

from __future__ import annotations

import json
import os
import subprocess
import sys

LISTING = """
import json, sys
for name in ("reportlab", "pypdf", "xlsxwriter"):
    sys.modules[name] = None  # what an import of it then raises is what a missing package raises
from qgis.core import QgsApplication
application = QgsApplication([], False)
application.initQgis()
from fullservice_plugin.processing.provider import algorithm_classes
print(json.dumps([known.ID for known in algorithm_classes()]))
application.exitQgis()
"""


def test_every_algorithm_is_there_without_the_libraries_of_the_plans(root):
    done = subprocess.run([sys.executable, "-P", "-c", LISTING], capture_output=True, text=True, check=False,
                          env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, timeout=120)
    assert done.returncode == 0, done.stderr
    frozen = json.loads((root / "tests" / "package" / "interface.json").read_text(encoding="utf-8"))
    found = set(json.loads(done.stdout.splitlines()[-1]))
    assert set(frozen) <= found, set(frozen) - found
