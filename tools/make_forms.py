# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes ``forms/<layer>.ui`` for every layer that people edit, from the catalogue and the form groups.

A test compares the files with what this makes. Labels in the files are English; the form's logic puts the map's
language in their place when it opens.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Optional

from fullservice_plugin.core.catalogue.fields import COMMON_FIELDS, TABLES
from fullservice_plugin.core.catalogue.model import Field
from fullservice_plugin.gis.form_groups import ABSENT, HIDDEN, LINKS, NAMES, RECORD, Group
from fullservice_plugin.gis.forms import SENTENCES, groups_of, is_searched
from fullservice_plugin.gis.layers import LAYERS, LayerDefinition, definition
from fullservice_plugin.gis.units import field_label

FORMS = Path(__file__).resolve().parent.parent / "forms"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n'
#: Texts that need the whole width.
WIDE = (*SENTENCES, "full_text", "title", "next_action", "next_step", "bundle", "override_note", "aliases", "content",
        "file_name", "sha256", "reason", "works_hours")
#: Labels longer than this (Latin letters) stand in a row of their own.
LONG = 25
#: What special forms hold besides their fields: above the groups, and below the row of a field.
ABOVE = {"negotiation": "chain"}
BELOW = {("negotiation", "stage"): "hint_stage", ("agreement_building", "exclusive_to"): "hint_exclusive"}
LAST = {"attachment": "preview"}


def edited_layers() -> list[LayerDefinition]:
    """The layers that people edit, in the order of the map."""
    return [spec for spec in LAYERS if not spec.read_only]


def columns(spec: LayerDefinition) -> list[Field]:
    """The fields that a form shows, common ones last."""
    table = TABLES[spec.table]
    common = [field for field in COMMON_FIELDS if field.name in RECORD]
    if spec.schema == "fs_app":  # a view: it has not all that the table has
        common = [field for field in common if field.name not in ("created_at", "created_by")]
    absent = HIDDEN + ABSENT.get(spec.key, ())
    return [field for field in (*table.fields, *common) if not field.is_geometry and field.name not in absent]


def document(key: str) -> str:
    """The text of ``forms/<key>.ui``."""
    spec = definition(key)
    root = ET.Element("ui", version="4.0")
    ET.SubElement(root, "class").text = key
    form = _widget(root, "QWidget", f"{key}_form")
    _rect(form, 640, 560)
    _size(form, "minimumSize", 360, 320)
    outer = ET.SubElement(form, "layout", {"class": "QVBoxLayout", "name": "outer"})
    notice = _widget(ET.SubElement(outer, "item"), "QLabel", "form_notice")
    _property(notice, "visible", "bool", "false")
    _property(notice, "wordWrap", "bool", "true")
    broken = _widget(ET.SubElement(outer, "item"), "QLabel", "form_broken")
    _property(broken, "visible", "bool", "false")
    _property(broken, "wordWrap", "bool", "true")
    tabs = _widget(ET.SubElement(outer, "item"), "QTabWidget", "tabs")
    _property(tabs, "currentIndex", "number", "0")
    _property(tabs, "usesScrollButtons", "bool", "true")
    _main(tabs, spec)
    for link in LINKS:
        if link.parent == key and link.tab:
            _relation(tabs, link.id, link.en)
    ET.SubElement(root, "resources")
    ET.SubElement(root, "connections")
    ET.indent(root, " ")
    return HEAD + ET.tostring(root, encoding="unicode") + "\n"


def _main(tabs: ET.Element, spec: LayerDefinition) -> None:
    tab = _widget(tabs, "QWidget", "tab_main")
    _attribute(tab, "Details")
    layout = ET.SubElement(tab, "layout", {"class": "QVBoxLayout", "name": "tab_main_layout"})
    scroll = _widget(ET.SubElement(layout, "item"), "QScrollArea", "scroll")
    _property(scroll, "frameShape", "enum", "QFrame::NoFrame")
    _property(scroll, "widgetResizable", "bool", "true")
    page = _widget(scroll, "QWidget", "page")
    rows = ET.SubElement(page, "layout", {"class": "QVBoxLayout", "name": "page_layout"})
    if spec.key in ABOVE:
        _empty(ET.SubElement(rows, "item"), ABOVE[spec.key])
    fields = {field.name: field for field in columns(spec)}
    for number, group in enumerate(groups_of(spec, list(fields))):
        name = "record" if group.en == "Record" else str(number)
        if name == "record" and spec.key in LAST:
            _empty(ET.SubElement(rows, "item"), LAST[spec.key])
        _group(rows, spec, name, group, fields)
    spacer = ET.SubElement(ET.SubElement(rows, "item"), "spacer", name="rest")
    _property(spacer, "orientation", "enum", "Qt::Vertical")


def _is_wide(spec: LayerDefinition, field: Field) -> bool:
    """Whether the text needs the whole width."""
    if (spec.key, field.name) == ("contact", "title"):  # of a person, not of a task
        return False
    return field.name in WIDE or is_searched(spec, field)


def _group(rows: ET.Element, spec: LayerDefinition, name: str, group: Group, fields: dict[str, Field]) -> None:
    box = _widget(ET.SubElement(rows, "item"), "QGroupBox", f"group_{name}")
    _property(box, "title", "string", group.en)
    grid = ET.SubElement(box, "layout", {"class": "QGridLayout", "name": f"grid_{name}", "columnstretch": "0,1,0,1",
                                        "columnminimumwidth": "0,110,0,110"})
    row, half = 0, 0
    for field in (fields[entry] for entry in group.fields):
        below = BELOW.get((spec.key, field.name))
        wide = _is_wide(spec, field) or (below is not None and not half) or _long(field)
        if half and wide:
            row, half = row + 1, 0
        _cell(grid, spec, field, row, 2 * half, 3 if wide and not field.unit else 1)
        if below is not None:
            row += 1
            hint = _widget(_item(grid, row, 1, 3), "QLabel", below)
            _property(hint, "wordWrap", "bool", "true")
        row, half = (row + 1, 0) if wide or half else (row, 1)


def _long(field: Field) -> bool:
    """Whether the label leaves too little room for a second field beside it, in either language."""
    return len(field_label(field, "en")) > LONG or 1.8 * len(field_label(field, "zh")) > LONG


def _cell(grid: ET.Element, spec: LayerDefinition, field: Field, row: int, column: int, span: int) -> None:
    if field.type == "boolean":
        _widget(_item(grid, row, column, 2), "QCheckBox", field.name)
        return
    label = _widget(_item(grid, row, column, 1), "QLabel", f"label_{field.name}")
    _property(label, "text", "string", field.name)
    place = _item(grid, row, column + 1, span)
    if is_searched(spec, field):
        room = ET.SubElement(_widget(place, "QWidget", field.name, native="true"), "layout",
                             {"class": "QHBoxLayout", "name": f"room_{field.name}"})
        _no_margins(room)
    elif field.type == "bytea":
        room = ET.SubElement(_widget(place, "QWidget", field.name, native="true"), "layout",
                             {"class": "QHBoxLayout", "name": f"room_{field.name}"})
        _no_margins(room)
        _widget(ET.SubElement(room, "item"), "QLabel", f"size_of_{field.name}")
        _widget(ET.SubElement(room, "item"), "QToolButton", f"menu_of_{field.name}")  # QGIS asks for label and button
    elif field.list or field.name in NAMES or field.ref in NAMES or field.name == "operator_code":
        box = _widget(place, "QComboBox", field.name)
        _property(box, "sizeAdjustPolicy", "enum", "QComboBox::AdjustToMinimumContentsLengthWithIcon")
        _property(box, "minimumContentsLength", "number", "12")
    elif field.type.startswith("timestamp") and field.required:  # the plain widget of Qt cannot be empty
        moment = _widget(place, "QDateTimeEdit", field.name)
        _property(moment, "calendarPopup", "bool", "true")
    elif field.name in SENTENCES:
        text = _widget(place, "QPlainTextEdit", field.name)
        _property(text, "tabChangesFocus", "bool", "true")
        _size(text, "maximumSize", 16777215, 72)
    else:
        _widget(place, "QLineEdit", field.name)


def _relation(tabs: ET.Element, link: str, title: str) -> None:
    tab = _widget(tabs, "QWidget", f"tab_{link}")
    _attribute(tab, title)
    layout = ET.SubElement(tab, "layout", {"class": "QVBoxLayout", "name": f"layout_{link}"})
    holder = _widget(ET.SubElement(layout, "item"), "QWidget", f"relation_{link}", native="true")
    ET.SubElement(holder, "layout", {"class": "QVBoxLayout", "name": f"slot_{link}"})


def _widget(parent: ET.Element, kind: str, name: str, native: Optional[str] = None) -> ET.Element:
    more = {"native": native} if native else {}
    return ET.SubElement(parent, "widget", {"class": kind, "name": name, **more})


def _empty(parent: ET.Element, name: str) -> None:
    """A place that the form's logic fills."""
    _widget(parent, "QWidget", name, native="true")


def _item(grid: ET.Element, row: int, column: int, span: int) -> ET.Element:
    more = {"colspan": str(span)} if span > 1 else {}
    return ET.SubElement(grid, "item", {"row": str(row), "column": str(column), **more})


def _property(widget: ET.Element, name: str, kind: str, value: str) -> None:
    ET.SubElement(ET.SubElement(widget, "property", name=name), kind).text = value


def _attribute(widget: ET.Element, title: str) -> None:
    ET.SubElement(ET.SubElement(widget, "attribute", name="title"), "string").text = title


def _rect(widget: ET.Element, width: int, height: int) -> None:
    rect = ET.SubElement(ET.SubElement(widget, "property", name="geometry"), "rect")
    for name, value in (("x", 0), ("y", 0), ("width", width), ("height", height)):
        ET.SubElement(rect, name).text = str(value)


def _size(widget: ET.Element, name: str, width: int, height: int) -> None:
    size = ET.SubElement(ET.SubElement(widget, "property", name=name), "size")
    for part, value in (("width", width), ("height", height)):
        ET.SubElement(size, part).text = str(value)


def _no_margins(layout: ET.Element) -> None:
    for side in ("left", "top", "right", "bottom"):
        _property(layout, f"{side}Margin", "number", "0")


def main() -> None:
    """Write every form and remove those of layers that nobody edits any more."""
    wanted = {spec.key for spec in edited_layers()}
    for path in FORMS.glob("*.ui"):
        if path.stem not in wanted:
            path.unlink()
    for key in sorted(wanted):
        (FORMS / f"{key}.ui").write_text(document(key), encoding="utf-8")
    print(f"{len(wanted)} forms", file=sys.stderr)


if __name__ == "__main__":
    main()
