# SPDX-License-Identifier: GPL-2.0-or-later
"""Make ``build/fullservice_plugin-<version>.zip`` from the stage, reproducibly."""

from __future__ import annotations

import configparser
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAGE = ROOT / "build" / "fullservice_plugin"
LIMIT = 25 * 1024 * 1024  # bytes, the plugin repository's limit
EPOCH = (2020, 1, 1, 0, 0, 0)


def package(target_folder: Path) -> Path:
    """Zip the stage with fixed dates and order; return the file's path. Raises SystemExit over the limit."""
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(STAGE / "metadata.txt", encoding="utf-8")
    target = target_folder / f"fullservice_plugin-{metadata['general']['version']}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(STAGE.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                entry = zipfile.ZipInfo(str(Path(STAGE.name) / path.relative_to(STAGE)), EPOCH)
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    if target.stat().st_size > LIMIT:
        raise SystemExit(f"{target.name} is larger than 25 MB, which the plugin repository refuses.")
    return target


if __name__ == "__main__":
    made = package(ROOT / "build")
    print(f"{made.relative_to(ROOT)} ({made.stat().st_size // 1024} kB)")
