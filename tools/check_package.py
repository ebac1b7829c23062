# SPDX-License-Identifier: GPL-2.0-or-later
"""Ask of a ZIP what QGIS' plugin site asks of an upload, before it is uploaded.

The rules are those of the site's own validator (github.com/qgis/QGIS-Plugins-Website, ``plugins/validator.py``): size,
names and kinds of files, licence, metadata, and whether repository, tracker and homepage answer to a HEAD request; then
the scanners of ``security.py``. A mail address that is a placeholder, which the site
cannot see, is told too.
"""

from __future__ import annotations

import argparse
import re
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urlparse

sys.path.insert(0, str(Path(__file__).resolve().parent))
from package import ADDRESSES, ASKED, LIMIT, ROOT, default_name, is_placeholder, metadata_of

REQUIRED = ("name", "description", "version", "qgisMinimumVersion", "author", "email", "about", "tracker", "repository")
FORBIDDEN_FOLDERS = {"__MACOSX", "__pycache__", ".git"}
TIMEOUT = 10.0  # seconds; the site's
#: The site shows itself as a browser too, since some hosts turn programs away.
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/117.0.0.0 Safari/537.36"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The site does not follow a redirection: it counts as an answer."""

    def redirect_request(self, *_parts: object) -> None:
        return None


def no_answer(address: str, timeout: float = TIMEOUT) -> str:
    """Return why an address counts as dead, "" where it answers with a status below 400."""
    parsed = urlparse(address)
    if parsed.scheme not in ("http", "https") or not parsed.hostname:
        return "is no web address"
    asked = urllib.request.Request(address, method="HEAD", headers={"User-Agent": BROWSER})
    try:
        with urllib.request.build_opener(_NoRedirect).open(asked, timeout=timeout):
            return ""
    except urllib.error.HTTPError as error:
        error.close()
        return f"answers {error.code}" if error.code >= 400 else ""
    except (OSError, ValueError) as error:  # URLError, TLS and time-outs are OSErrors
        return f"gives no answer within {timeout:g} s ({getattr(error, 'reason', None) or error})"


def of_files(archive: Path) -> list[str]:
    """Return what the site would refuse in the ZIP as a file and in the names in it."""
    if archive.stat().st_size > LIMIT:
        return ["The ZIP is larger than 25 MB."]
    with zipfile.ZipFile(archive) as source:
        names = source.namelist()
        broken = source.testzip()
    found = [f"{broken} is damaged."] if broken else []
    for name in names:
        if ".." in name or name.startswith("/") or "\\" in name:
            found.append(f"{name} is a path out of the folder.")
        if ".pyc" in name:
            found.append(f"{name} is compiled.")
        if FORBIDDEN_FOLDERS.intersection(name.split("/")):
            found.append(f"{name} lies in a forbidden folder.")
    folders = sorted({name.split("/")[0] for name in names})
    if len(folders) != 1 or not folders[0].isidentifier() or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]+", folders[0]):
        return [*found, f"One folder named like a Python package is expected, not {', '.join(folders) or 'nothing'}."]
    return found + [f"{needed} is missing." for needed in ("__init__.py", "metadata.txt", "LICENSE")
                    if f"{folders[0]}/{needed}" not in names]


def of_metadata(metadata: dict[str, str]) -> list[str]:
    """Return what the site would refuse in the metadata, its addresses aside."""
    found = [f"metadata.txt has no {name}." for name in REQUIRED if not metadata.get(name, "").strip()]
    if "/" in metadata.get("author", ""):
        found.append("The author's name has a slash.")
    if not re.fullmatch(r"\d+(\.\d+)+", metadata.get("version", "")):
        found.append("The version is no number with dots.")
    return found


def of_addresses(metadata: dict[str, str], timeout: float = TIMEOUT) -> list[str]:
    """Return which addresses do not answer or are placeholders, with the words to give for them."""
    found = []
    for name in ADDRESSES:
        address = metadata.get(name, "")
        reason = "is a placeholder" if is_placeholder(address) else no_answer(address, timeout) if name in ASKED else ""
        if reason:
            found.append(f"{name}: {address or 'nothing'} {reason}; give yours with make package {name.upper()}=…")
    return found


def findings(archive: Path, timeout: float = TIMEOUT) -> list[str]:
    """Return what the site would refuse in a ZIP, one sentence each; nothing where it would take it."""
    try:
        found = of_files(archive)
        metadata = metadata_of(archive)
    except FileNotFoundError:
        return [f"{archive.name} is not there: make package writes it."]
    except StopIteration:
        return found
    except Exception as error:  # whatever the reader of ZIPs or of metadata says is what the site would say
        return [f"{archive.name} cannot be read: {error}"]
    return found + of_metadata(metadata) + of_addresses(metadata, timeout)


def main() -> int:
    """Command line: ``check_package.py [ZIP]``; print the findings, return 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", nargs="?", type=Path, default=ROOT / "build" / default_name())
    archive = parser.parse_args().archive
    found = findings(archive)
    if archive.is_file():
        from security import findings as scanned

        found += scanned(archive, whole=True)
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(f"{archive.name}: QGIS' plugin site would take it")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
