# SPDX-License-Identifier: GPL-2.0-or-later
"""Assemble the plugin as it ships: ``build/fullservice_plugin`` with all rooms inside.

Tests, demo and ZIP use this tree. ``--link`` makes it of symbolic links, for live editing.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("processing", "forms", "styles")
FILES = ("metadata.txt", "LICENSE", "CHANGELOG.md")
#: The sample city of the demo ships with the plugin, for the first steps of a new user.
PLACED = {"demo/data": Path("resources") / "sample"}
SKIPPED = {"__pycache__"}


def wanted(root: Path) -> dict[Path, Path]:
    """Return stage path → source file for everything that ships."""
    found: dict[Path, Path] = {}
    rooms = [("fullservice_plugin", Path()), *((name, Path(name)) for name in ROOMS), *PLACED.items()]
    for room, prefix in rooms:
        for path in sorted((root / room).rglob("*")):
            relative = path.relative_to(root / room)
            if path.is_file() and not SKIPPED.intersection(relative.parts) and path.suffix != ".pyc":
                found[prefix / relative] = path
    for name in FILES:
        if (root / name).is_file():
            found[Path(name)] = root / name
    return found


def stage(root: Path, target: Path, *, link: bool = False) -> int:
    """Bring ``target`` up to date with the sources; return how many files changed."""
    files = wanted(root)
    changed = 0
    for relative, source in files.items():
        place = target / relative
        if link:
            if place.is_symlink() and place.resolve() == source.resolve():
                continue
        elif place.is_file() and not place.is_symlink() and filecmp.cmp(source, place, shallow=False):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = place.with_name(f".{place.name}.{os.getpid()}")
        if link:
            fresh.symlink_to(source)
        else:
            shutil.copyfile(source, fresh)
        os.replace(fresh, place)
        changed += 1
    return changed + remove_stale(target, files)


def remove_stale(target: Path, files: dict[Path, Path]) -> int:
    """Remove what no longer has a source; return how many files went."""
    removed = 0
    for path in sorted(target.rglob("*"), reverse=True):
        relative = path.relative_to(target)
        if SKIPPED.intersection(relative.parts) or path.name.startswith("."):
            continue
        if (path.is_symlink() or path.is_file()) and relative not in files:
            path.unlink(missing_ok=True)
            removed += 1
        elif path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()
    return removed


def main() -> None:
    """Command line: ``stage.py [--link] [TARGET]``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="?", type=Path, default=ROOT / "build" / "fullservice_plugin")
    parser.add_argument("--link", action="store_true", help="symbolic links instead of copies")
    options = parser.parse_args()
    changed = stage(ROOT, options.target, link=options.link)
    if changed:
        print(f"staged {options.target}: {changed} files changed")


if __name__ == "__main__":
    main()
