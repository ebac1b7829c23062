# SPDX-License-Identifier: GPL-2.0-or-later
"""The pure Python libraries that the ZIP brings along in ``vendor/``, for a QGIS that has none of its own.

A finder at the very end of ``sys.meta_path`` is asked only after Python's own finders found nothing, so a library of
the system or of the user, newer or older, always wins, also one that is installed later. It answers for these names
only; ``sys.path`` stays as it is, so nothing else that lies in the folder can be imported by other plugins. The
alternative, the folder appended to ``sys.path``, would do the first but not the second.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Optional

FOLDER = Path(__file__).resolve().parent / "vendor"
#: What ``tools/requirements-plugin.txt`` pins: packages by the name they are imported by.
NAMES = ("reportlab", "pypdf", "typing_extensions")


class VendorFinder:
    """Finds the packages of :data:`NAMES` in :data:`FOLDER`; their modules are then found by their own paths."""

    def find_spec(self, name: str, path: Optional[Sequence[str]] = None,
                  target: Optional[ModuleType] = None) -> Optional[ModuleSpec]:
        """Return where one of our packages lies, None for any other name."""
        if path is not None or name not in NAMES:
            return None
        return PathFinder.find_spec(name, [str(FOLDER)])


def _ours(finder: object) -> bool:
    return type(finder).__name__ == VendorFinder.__name__ and type(finder).__module__ == __name__


def install() -> None:
    """Put the finder at the end of ``sys.meta_path``, once."""
    if not any(_ours(finder) for finder in sys.meta_path):
        sys.meta_path.append(VendorFinder())


def remove() -> None:
    """Take the finder away, and forget what it found: an updated plugin brings its own."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not _ours(finder)]
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None)
        if name.split(".")[0] in NAMES and place and FOLDER in Path(place).parents:
            del sys.modules[name]
