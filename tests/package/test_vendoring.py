# SPDX-License-Identifier: GPL-2.0-or-later
"""The libraries of the ZIP: only where the system has none, for nobody else, and pictures without Pillow."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

#: A Python without the libraries, with the plugin as the ZIP brings it.
WITHOUT = """
import json, sys
from importlib.machinery import PathFinder

HIDDEN = {hidden!r}

class Stock(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if path is None and name in HIDDEN else super().find_spec(name, path, target)

sys.meta_path[:] = [Stock if finder is PathFinder else finder for finder in sys.meta_path]
"""
NAMES = ("reportlab", "pypdf", "typing_extensions", "PIL")
WHERE = """
import fullservice_plugin
from fullservice_plugin import vendoring
before = list(sys.path)
import reportlab, pypdf
print(json.dumps([reportlab.__file__, pypdf.__file__, sys.path == before and not any("vendor" in p for p in sys.path)]))
vendoring.remove()
try:
    import reportlab.lib.colors
except ImportError:
    print(json.dumps(sorted(name for name in sys.modules if name.split(".")[0] in vendoring.NAMES)))
"""
PRINTED = """
import io
from qgis.core import QgsApplication
application = QgsApplication([], True)
from fullservice_plugin.plans import libraries
libraries.require()
from reportlab.pdfgen.canvas import Canvas
from reportlab.lib.utils import ImageReader
from fullservice_plugin.plans.photo import shrunk
folder = sys.argv[1]
canvas = Canvas(folder + "/made.pdf")
for number, name in enumerate(("photo.jpg", "logo.png")):
    data = open(f"{folder}/{name}", "rb").read()
    if name == "photo.jpg":
        data = shrunk(data)
    canvas.drawImage(ImageReader(io.BytesIO(data)), 50, 100 + 300 * number, 200, 150, mask="auto")
canvas.save()
told = []
for bad in (b"no picture", open(folder + "/photo.jpg", "rb").read()[:3000]):
    try:
        shrunk(bad)
    except ValueError as error:
        told.append(str(error))
print(json.dumps([told, ImageReader(io.BytesIO(data)).getSize(), "PIL" in sys.modules]))
"""


@pytest.fixture(scope="module")
def plugin(root, tmp_path_factory) -> str:
    """A folder with the stage and the libraries in it, as in the ZIP."""
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "fullservice_plugin").mkdir()
    import fullservice_plugin

    for path in Path(fullservice_plugin.__file__).parent.iterdir():
        (folder / "fullservice_plugin" / path.name).symlink_to(path)
    (folder / "fullservice_plugin" / "vendoring.py").unlink()  # it looks beside itself, through links too
    source = Path(fullservice_plugin.__file__).parent / "vendoring.py"
    (folder / "fullservice_plugin" / "vendoring.py").write_bytes(source.read_bytes())
    (folder / "fullservice_plugin" / "vendor").symlink_to(root / "build" / "vendor")
    return str(folder)


def run(plugin: str, code: str, *arguments: str, hidden: tuple[str, ...] = NAMES) -> list:
    done = subprocess.run([sys.executable, "-P", "-c", WITHOUT.format(hidden=hidden) + code, *arguments],
                          capture_output=True, text=True, check=False, timeout=120,
                          env={**os.environ, "PYTHONPATH": plugin, "QT_QPA_PLATFORM": "offscreen"})
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]


def test_libraries_come_from_the_zip_where_there_are_none(plugin):
    (places, left) = run(plugin, WHERE)
    assert places[0].startswith(plugin) and places[1].startswith(plugin) and places[2] is True
    assert left == [], "taken away again"


def test_libraries_of_the_system_win(plugin, tmp_path):
    (tmp_path / "reportlab").mkdir()
    (tmp_path / "reportlab" / "__init__.py").write_text("Version = '99'\n")
    code = f"sys.path.append({str(tmp_path)!r})\n" + WHERE.split("vendoring.remove()")[0]
    (places,) = run(plugin, code, hidden=("pypdf", "typing_extensions"))
    assert not places[0].startswith(f"{plugin}/fullservice_plugin") and places[1].startswith(plugin)


def test_photo_and_logo_are_printed_without_pillow(plugin, tmp_path):
    from PIL import Image

    photo = Image.effect_noise((1600, 1200), 80).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    photo.save(tmp_path / "photo.jpg", exif=exif)
    Image.new("RGBA", (61, 40), (200, 30, 30, 128)).save(tmp_path / "logo.png")
    ((told, size, seen),) = run(plugin, PRINTED, str(tmp_path))
    assert len(told) == 2 and all(told) and size == [61, 40] and seen is False
    listed = subprocess.run(["pdfimages", "-list", str(tmp_path / "made.pdf")], capture_output=True, text=True,
                            check=True).stdout.splitlines()[2:]
    kinds = sorted((line.split()[2], line.split()[3], line.split()[4]) for line in listed)
    assert kinds == [("image", "61", "40"), ("image", "675", "900"), ("smask", "61", "40")]
    shown = subprocess.run(["pdftoppm", "-r", "36", "-png", str(tmp_path / "made.pdf")], capture_output=True,
                           check=True).stdout
    with Image.open(io.BytesIO(shown)) as page:
        red = page.convert("RGB").getpixel((75, page.height - 237))
    assert red[0] > 200 and 100 < red[1] < 180, "half transparent on white"


def test_no_window_needs_the_libraries_of_the_plans(plugin):
    code = """
import importlib
from pathlib import Path
from qgis.core import QgsApplication
application = QgsApplication([], True)
application.initQgis()
import fullservice_plugin
from fullservice_plugin import vendoring
vendoring.remove()
root = Path(fullservice_plugin.__file__).parent
for path in sorted((root / "gui").rglob("[a-z]*.py")):
    importlib.import_module(".".join(["fullservice_plugin", *path.relative_to(root).with_suffix("").parts]))
print(json.dumps([name for name in HIDDEN if name in sys.modules]))
application.exitQgis()
"""
    assert run(plugin, code) == [[]]
