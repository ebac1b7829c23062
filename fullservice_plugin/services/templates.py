# SPDX-License-Identifier: GPL-2.0-or-later
"""The template that an export prints with: a file, laid over this computer's, laid over the store's, laid over ours."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, Mapping

from fullservice_plugin.core.errors import InputError, StoreError
from fullservice_plugin.gis.settings import TEMPLATE
from fullservice_plugin.i18n import tr
from fullservice_plugin.plans import template_file
from fullservice_plugin.plans.logo import read_logo
from fullservice_plugin.plans.print_template import PrintTemplate
from fullservice_plugin.store import letters as queries
from fullservice_plugin.store.connection import Store


def find_template(store: Store, file: str = "", texts: str = "") -> PrintTemplate:
    """Return the template of an export; ``texts`` is a file of letter texts as it was before templates.

    Raises InputError naming file, key and reason for the first thing that cannot be used.
    """
    stored, letters, logo = queries.print_settings(store)
    layers = [(letters, tr("of the store (setting letter_templates)"), "letters"),
              ({"logo": logo} if logo else None, tr("of the store (setting logo)"), ""),
              (stored, tr("of the store (setting print_template)"), "")]  # fmt: skip
    layers += [(path, path, "") for path in (str(TEMPLATE.read()), texts, file) if path]
    data: dict[str, Any] = {}
    source = ""
    for given, name, under in layers:
        if given is not None:
            found, source = _read(given, name, under, tuple(data.get("pages", {})))
            data = template_file.laid(data, found)
    return PrintTemplate(data, source, read_logo(data.get("logo")), _layouts(data, source))


def _read(given: Any, name: str, under: str, pages: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """Return one layer, checked, its paths made absolute, and where it stands; a text is the path of a file."""
    folder = None
    if isinstance(given, str):
        name, folder = given, Path(given).resolve().parent
        given = template_file.read_json(given)
        under = ""
    data = template_file.checked({under: given} if under else given, name, pages)
    if folder is None:
        return data, name
    if "logo" in data and not data["logo"].startswith("data:"):
        data["logo"] = str(folder / data["logo"])
    if "layouts" in data:
        data["layouts"] = {page: str(folder / path) for page, path in data["layouts"].items()}
    return data, name


def _layouts(data: Mapping[str, Any], source: str) -> dict[str, Path]:
    found = {page: Path(path) for page, path in data.get("layouts", {}).items()}
    for page, path in found.items():
        if not path.is_file():
            raise InputError("The template {file} names the layout {path} for {page} pages, which is not there.",
                             file=source, path=path, page=page)  # fmt: skip
    return found


def keep_template(store: Store, data: Mapping[str, Any]) -> None:
    """Make a checked template everybody's; an empty one takes it away. Raises StoreError for other roles than admin."""
    if not queries.may_set(store):
        raise StoreError("Only an administrator of the store may keep a template for everybody.")
    queries.set_print_template(store, data or None)


def keep_file(store: Store, path: str) -> None:
    """Make a template file everybody's: checked, its logo and its letters taken in. Layouts stay files."""
    data, name = _read(path, path, "", ())
    _layouts(data, name)
    logo = read_logo(data.get("logo"))
    if logo:
        kind = "png" if logo.startswith(b"\x89PNG") else "jpeg"
        data["logo"] = f"data:image/{kind};base64,{base64.b64encode(logo).decode('ascii')}"
    keep_template(store, data)


def write_example(path: str) -> Path:
    """Write the example of a template, with its logo, beside each other; return the path of the template.

    Raises OutputError where that cannot be done.
    """
    from fullservice_plugin.plans.merge import write_whole

    target = Path(path)
    write_whole(target, template_file.EXAMPLE.read_bytes())
    logo = target.with_name("logo.svg")
    if not logo.exists():
        write_whole(logo, template_file.EXAMPLE.with_name("template_logo.svg").read_bytes())
    return target
