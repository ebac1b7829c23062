# SPDX-License-Identifier: GPL-2.0-or-later
"""Fetch the libraries of ``requirements-plugin.txt`` by pip, pinned by hash, and unpack them.

All of them into ``build/vendor``, which ships in the ZIP; those that this Python cannot import also into ``build/lib``,
for tests and demo. The licences stay with them. A wheel with compiled parts is refused.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINNED = ROOT / "tools" / "requirements-plugin.txt"
WHEELS = ROOT / "build" / "wheels"
#: Not for import: scripts of a wheel, and the fonts of reportlab (binary files): plans use those of the system.
LEFT_OUT = (".data/", "reportlab/fonts/", "dist-info/RECORD")
COMPILED = {".so", ".pyd", ".dll", ".dylib", ".exe"}


def names() -> list[str]:
    """Return the pinned packages by the name they are imported by."""
    return [line.split("==")[0] for line in PINNED.read_text(encoding="utf-8").splitlines() if "==" in line]


def _here() -> dict[str, Path]:
    return {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in sorted(WHEELS.glob("*.whl"))}


def fetch() -> list[Path]:
    """Return the wheels, downloaded where they are not here yet. Raises SystemExit where pip fails."""
    WHEELS.mkdir(parents=True, exist_ok=True)
    pinned = set(re.findall(r"--hash=sha256:(\w+)", PINNED.read_text(encoding="utf-8")))
    here = _here()
    if not pinned <= set(here):
        shutil.rmtree(WHEELS)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                   "--require-hashes", "--only-binary", ":all:", "--dest", str(WHEELS), "-r", str(PINNED)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"pip could not fetch the libraries of the ZIP: {done.stderr.strip()[-1500:]}")
        here = _here()
    return [here[found] for found in sorted(pinned, key=lambda found: here[found].name)]


def unpack(wheel: Path, target: Path) -> None:
    """Unpack one wheel. Raises SystemExit for one that is not pure Python."""
    with zipfile.ZipFile(wheel) as archive:
        compiled = [name for name in archive.namelist() if Path(name).suffix in COMPILED]
        if compiled or not wheel.name.endswith("-none-any.whl"):
            raise SystemExit(f"{wheel.name} has compiled parts, which the plugin repository refuses: {compiled[:3]}")
        for name in archive.namelist():
            if not any(part in name for part in LEFT_OUT):
                archive.extract(name, target)


def vendor(target: Path) -> None:
    """Make ``target`` anew from the wheels, unless they are the ones it was made from."""
    wheels = fetch()
    note = target / "CONTENTS.txt"
    said = "".join(f"{wheel.name}\n" for wheel in wheels) + f"without {' '.join(LEFT_OUT)}\n"
    if note.is_file() and note.read_text(encoding="utf-8") == said:
        return
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for wheel in wheels:
        unpack(wheel, target)
    note.write_text(said, encoding="utf-8")


def main() -> None:
    """Fill both folders."""
    vendor(ROOT / "build" / "vendor")
    beside = ROOT / "build" / "lib"
    lacking = [name for name in names() if importlib.util.find_spec(name) is None and not list(beside.glob(f"{name}*"))]
    for wheel in fetch() if lacking else ():
        if wheel.name.split("-")[0] in lacking:
            unpack(wheel, beside)


if __name__ == "__main__":
    main()
