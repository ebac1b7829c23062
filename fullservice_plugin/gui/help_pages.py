# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the pages of the help come from: files for windows, the catalogue for forms, each algorithm for itself."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fullservice_plugin.core.catalogue.fields import read_fields
from fullservice_plugin.core.catalogue.lists import LISTS
from fullservice_plugin.core.catalogue.model import Field
from fullservice_plugin.core.catalogue.rules import RULES
from fullservice_plugin.gis.form_groups import ABSENT, HIDDEN, LINKS
from fullservice_plugin.gis.forms import groups_of, is_computed
from fullservice_plugin.gis.layers import LAYERS, LayerDefinition
from fullservice_plugin.gis.units import field_label
from fullservice_plugin.i18n import translate

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "help"
#: Pages of windows in the order in which they are listed; a page that is not named here comes after them.
WINDOWS = ("workbench", "trail", "legend", "first_run", "settings", "estate_card", "board", "deal", "day", "rivals",
           "review", "ledger", "design_workbench", "design_by_hand", "design_review", "wlan_floors", "plans")
#: Values of a list that a page names; longer lists stand in the form only.
_SHOWN = 14


@dataclass(frozen=True)
class Page:
    """One page: its ``topic`` is what a question mark asks for; ``body`` is Markdown or HTML."""

    topic: str
    group: str
    title: str
    body: str
    markdown: bool = True


def pages(language: str, provider: Any) -> list[Page]:
    """Return every page in ``language``: the map, windows, forms, algorithms."""
    return [*_files(language), *_forms(language), *_algorithms(language, provider)]


def _files(language: str) -> list[Page]:
    found = {path.name.split(".")[0]: path.read_text(encoding="utf-8") for path in FOLDER.glob(f"*.{language}.md")}
    rest = [topic for topic in sorted(found) if topic not in WINDOWS and topic not in ("map", "help")]
    made = []
    for group, topics in (("", ("map", "help")), ("Windows", WINDOWS), ("Dialogs", rest)):
        for topic in topics:
            title = found[topic].splitlines()[0].lstrip("# ")
            made.append(Page(topic, translate(group, language) if group else "", title, found[topic]))
    return made


def _forms(language: str) -> list[Page]:
    told = json.loads((FOLDER / "forms.json").read_text(encoding="utf-8"))
    group = translate("Forms", language)
    return [Page(f"form_{spec.key}", group, spec.title(language), form_page(spec, told[spec.key][language], language),
                 False) for spec in LAYERS if spec.key in told]


def form_page(spec: LayerDefinition, told: str, language: str) -> str:
    """Return the page of a form as HTML: what it is for, each field with its rules, its tabs."""
    table = read_fields(spec.table_of_labels)
    names = [field.name for field in table.fields if not field.is_geometry] if table is not None else []
    fields = {field.name: field for field in table.fields} if table is not None else {}
    parts = [f"<h1>{html.escape(spec.title(language))}</h1><p>{html.escape(told)}</p>"]
    for group in groups_of(spec, [name for name in names if name not in HIDDEN + ABSENT.get(spec.key, ())]):
        title = group.zh if language == "zh" else group.en
        rows = "".join(f"<tr><td><b>{html.escape(field_label(fields[name], language))}</b>&nbsp;&nbsp;</td>"
                       f"<td>{html.escape(_about(spec, fields[name], language))}</td></tr>"
                       for name in group.fields if name in fields)
        parts.append(f"<h3>{html.escape(title)}</h3><table cellspacing='4'>{rows}</table>")
    tabs = [link.zh if language == "zh" else link.en for link in LINKS if link.parent == spec.key and link.tab]
    if tabs:
        parts.append(f"<h3>{html.escape(translate('Tabs', language))}</h3><p>"
                     f"{html.escape(translate(', ', language).join(tabs))}</p>")
    return "".join(parts)


def _about(spec: LayerDefinition, field: Field, language: str) -> str:
    """What a field asks for, in a few sentences."""
    said = []
    if is_computed(spec, field.name):
        said.append(translate("Filled by the store or an algorithm.", language))
    elif field.required and not field.default:
        said.append(translate("Needed.", language))
    entries = LISTS.get(field.list, ())
    if entries and len(entries) <= _SHOWN:
        words = translate(", ", language).join(entry.zh if language == "zh" else entry.en for entry in entries)
        said.append(f"{words}{'。' if language == 'zh' else '.'}")
    said += [translate(rule.template, language, **rule.words) for rule in RULES
             if rule.table == spec.table_of_labels and rule.field == field.name]
    return ("" if language == "zh" else " ").join(said)


def _algorithms(language: str, provider: Any) -> list[Page]:
    if provider is None:
        return []
    made = []
    for algorithm in sorted(provider.algorithms(), key=lambda each: (each.groupId(), each.displayName())):
        body = (f"<h1>{html.escape(algorithm.displayName())}</h1><p><code>{algorithm.id()}</code></p>"
                f"{algorithm.shortHelpString()}")
        group = f"{translate('Algorithms', language)} · {algorithm.group()}"
        made.append(Page(algorithm.name(), group, algorithm.displayName(), body, False))
    return made
