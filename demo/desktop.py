# SPDX-License-Identifier: GPL-2.0-or-later
"""`make desktop`: QGIS on the sample city's project with the plugin active, in a private profile."""

from __future__ import annotations

import argparse
import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PROFILE = ROOT / "build" / "desktop"


def prepare_profile(language: str) -> None:
    """Make the plugin active, in the wanted language, without touching the user's own profile."""
    settings = PROFILE / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    settings.parent.mkdir(parents=True, exist_ok=True)
    stored = configparser.ConfigParser(interpolation=None)
    stored.optionxform = str  # type: ignore[assignment,method-assign]
    stored.read(settings, encoding="utf-8")
    for section, values in {
        "PythonPlugins": {"fullservice_plugin": "true", "processing": "true"},
        "locale": {"overrideFlag": "true", "userLocale": "zh_CN" if language == "zh" else "en_US"},
    }.items():
        if not stored.has_section(section):
            stored.add_section(section)
        stored[section].update(values)
    with settings.open("w", encoding="utf-8") as handle:
        stored.write(handle, space_around_delimiters=False)


def main() -> int:
    """Open the project, making it first where needed; return the exit status of QGIS."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--city", default="helsinki")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    language = "zh" if options.city == "yangban" else "en"
    project = options.out.resolve() / f"battlemap_{language}.qgz"
    if not project.exists():
        done = subprocess.run([sys.executable, "-P", str(HERE / "run.py"), "--city", options.city, "--out",
                               str(options.out)], check=False)
        if done.returncode:
            return done.returncode
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        print(f"There is no screen here. The project is {project}; open it where there is one.", file=sys.stderr)
        return 1
    prepare_profile(language)
    program = shutil.which("qgis")
    if program is None:
        print("QGIS desktop is not installed: install the package qgis.", file=sys.stderr)
        return 1
    variables = {key: value for key, value in os.environ.items() if key != "QT_QPA_PLATFORM"}
    return subprocess.run([program, "--profiles-path", str(PROFILE), "--project", str(project)], env=variables,
                          check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
