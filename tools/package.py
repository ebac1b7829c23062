# SPDX-License-Identifier: GPL-2.0-or-later
"""Make ``build/fullservice_plugin-<version>.zip`` from the stage and the libraries of ``vendor.py``, reproducibly.

QGIS' plugin site asks the addresses of an upload whether they answer. Whoever publishes the plugin gives their own, on
the command line or once and for all in ``metadata.txt``; without them the ZIP is good for *Install from ZIP*.
"""

from __future__ import annotations

import argparse
import configparser
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlparse

ROOT = Path(__file__).resolve().parent.parent
STAGE = ROOT / "build" / "fullservice_plugin"
VENDOR = ROOT / "build" / "vendor"
LIMIT = 25_000_000  # bytes, the plugin repository's limit
EPOCH = (2020, 1, 1, 0, 0, 0)
#: Bandit, which the plugin repository runs, finds this file by itself: what others wrote is not ours to change.
BANDIT = "[bandit]\nexclude = /fullservice_plugin/vendor/\n"
#: The addresses that the plugin site asks, then the one that people write to.
ASKED = ("repository", "tracker", "homepage")
ADDRESSES = (*ASKED, "email")
#: Names that RFC 2606 keeps from ever belonging to somebody.
RESERVED = re.compile(r"(^|[.@])(example\.(org|com|net)|[\w-]+\.(invalid|example|test)|localhost)$", re.IGNORECASE)
LACKING = ("The ZIP installs and works; QGIS' plugin site wants addresses that answer, though, and placeholders are: "
           "{names}. To publish it, give yours: make package REPOSITORY=https://… EMAIL=… (TRACKER=… and HOMEPAGE=… "
           "where they do not follow from it).")


def is_placeholder(address: str) -> bool:
    """Tell whether a web or mail address names a host that cannot belong to anybody."""
    return bool(RESERVED.search(urlparse(address).hostname or address))


def settled(given: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses that a publisher means: those given, homepage and tracker from the repository else.

    Raises SystemExit with a sentence where one is no address.
    """
    found = {name: value.strip() for name, value in given.items() if value and value.strip()}
    for name, value in found.items():
        parsed = urlparse(value)
        right = (re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) if name == "email"
                 else parsed.scheme in ("http", "https") and parsed.hostname and not re.search(r"\s", value))
        if not right:
            raise SystemExit(f"{value} is no address for {name}: "
                             + ("name@host is expected." if name == "email" else "https://host/… is expected."))
    if "repository" in found:
        found.setdefault("homepage", found["repository"])
        found.setdefault("tracker", re.sub(r"(\.git)?/*$", "", found["repository"]) + "/issues")
    return found


def with_addresses(metadata: str, addresses: Mapping[str, str]) -> str:
    """Return the text of ``metadata.txt`` with these addresses; its reader takes a lone % for a sign of its own."""
    for name, value in addresses.items():
        line = f"{name}={value}".replace("%", "%%")
        metadata, found = re.subn(rf"(?m)^{name}=.*$", lambda _match, line=line: line, metadata)
        if found != 1:
            raise SystemExit(f"metadata.txt has {found} lines {name}=, one is needed.")
    return metadata


def contents(addresses: Mapping[str, str]) -> dict[str, bytes]:
    """Return path in the ZIP → bytes. Raises SystemExit where the libraries were not fetched."""
    if not (VENDOR / "CONTENTS.txt").is_file():
        raise SystemExit("The libraries of the ZIP are missing: run make setup.")
    found = {}
    for folder, prefix in ((STAGE, Path(STAGE.name)), (VENDOR, Path(STAGE.name) / "vendor")):
        for path in folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                found[(prefix / path.relative_to(folder)).as_posix()] = path.read_bytes()
    found[f"{STAGE.name}/.bandit"] = BANDIT.encode()
    place = f"{STAGE.name}/metadata.txt"
    found[place] = with_addresses(found[place].decode("utf-8"), addresses).encode("utf-8")
    return found


def default_name() -> str:
    """Return the file name of the ZIP of this version."""
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(ROOT / "metadata.txt", encoding="utf-8")
    return f"fullservice_plugin-{metadata['general']['version']}.zip"


def package(target_folder: Path, given: Mapping[str, str] | None = None) -> Path:
    """Zip the stage with fixed dates and order; return the file's path.

    ``given``: the publisher's addresses by their name in ``ADDRESSES``. Raises SystemExit over the limit.
    """
    inside = contents(settled(given or {}))
    target = target_folder / default_name()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(inside.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    if target.stat().st_size > LIMIT:
        raise SystemExit(f"{target.name} is larger than 25 MB, which the plugin repository refuses.")
    return target


def metadata_of(archive: Path) -> dict[str, str]:
    """Return the entries of a ZIP's ``metadata.txt``, read as QGIS and its plugin site read it."""
    with zipfile.ZipFile(archive) as source:
        name = next(name for name in source.namelist() if name.count("/") == 1 and name.endswith("/metadata.txt"))
        parser = configparser.ConfigParser()
        parser.optionxform = str
        parser.read_string(source.read(name).decode("utf-8"))
    return dict(parser["general"])


def main() -> None:
    """Command line: ``package.py [--repository=…] [--tracker=…] [--homepage=…] [--email=…]``."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ADDRESSES:
        parser.add_argument(f"--{name}", default="")
    made = package(ROOT / "build", vars(parser.parse_args()))
    print(f"{made.relative_to(ROOT)} ({made.stat().st_size // 1024} kB)")
    metadata = metadata_of(made)
    lacking = [name for name in ADDRESSES if is_placeholder(metadata[name])]
    if lacking:
        print(LACKING.format(names=", ".join(lacking)))


if __name__ == "__main__":
    main()
