# SPDX-License-Identifier: GPL-2.0-or-later
"""Make ``build/fullservice_plugin-<version>.zip`` from the stage and the libraries of ``vendor.py``, reproducibly."""

from __future__ import annotations

import configparser
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAGE = ROOT / "build" / "fullservice_plugin"
VENDOR = ROOT / "build" / "vendor"
LIMIT = 25_000_000  # bytes, the plugin repository's limit
EPOCH = (2020, 1, 1, 0, 0, 0)
#: Bandit, which the plugin repository runs, finds this file by itself: what others wrote is not ours to change.
BANDIT = "[bandit]\nexclude = /fullservice_plugin/vendor/\n"


def contents() -> dict[str, bytes]:
    """Return path in the ZIP → bytes. Raises SystemExit where the libraries were not fetched."""
    if not (VENDOR / "CONTENTS.txt").is_file():
        raise SystemExit("The libraries of the ZIP are missing: run make setup.")
    found = {}
    for folder, prefix in ((STAGE, Path(STAGE.name)), (VENDOR, Path(STAGE.name) / "vendor")):
        for path in folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                found[(prefix / path.relative_to(folder)).as_posix()] = path.read_bytes()
    found[f"{STAGE.name}/.bandit"] = BANDIT.encode()
    return found


def package(target_folder: Path) -> Path:
    """Zip the stage with fixed dates and order; return the file's path. Raises SystemExit over the limit."""
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(STAGE / "metadata.txt", encoding="utf-8")
    target = target_folder / f"fullservice_plugin-{metadata['general']['version']}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(contents().items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    if target.stat().st_size > LIMIT:
        raise SystemExit(f"{target.name} is larger than 25 MB, which the plugin repository refuses.")
    return target


if __name__ == "__main__":
    made = package(ROOT / "build")
    print(f"{made.relative_to(ROOT)} ({made.stat().st_size // 1024} kB)")
