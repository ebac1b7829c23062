# SPDX-License-Identifier: GPL-2.0-or-later
"""Aliases, widgets, constraints and form layout of the layers, from the field catalogue."""

from __future__ import annotations

import json
import re
from typing import Any, Optional

from qgis.core import (
    QgsAttributeEditorContainer,
    QgsAttributeEditorField,
    QgsAttributeEditorRelation,
    QgsDefaultValue,
    QgsEditFormConfig,
    QgsEditorWidgetSetup,
    QgsFieldConstraints,
    QgsVectorLayer,
)

from fullservice_plugin.compat import set_group_box
from fullservice_plugin.core.catalogue import fields as catalogue
from fullservice_plugin.core.catalogue.fields_views import VIEW_COLUMNS
from fullservice_plugin.core.catalogue.lists import LISTS
from fullservice_plugin.core.catalogue.model import Field
from fullservice_plugin.core.catalogue.rules import bounds, rules_of
from fullservice_plugin.core.catalogue.states import MACHINES
from fullservice_plugin.gis.form_groups import (
    ABSENT,
    COMPUTED,
    GROUPS,
    HIDDEN,
    LINKS,
    NAMES,
    RECORD,
    SEARCHED,
    Group,
    Link,
)
from fullservice_plugin.gis.layers import LayerDefinition
from fullservice_plugin.gis.units import field_label, unit_label
from fullservice_plugin.i18n import translate

_COLUMNS = 2
#: The expression function of the running plugin that tells a row as it is stored: layer, id, field.
SHOWN = "fullservice_shown"
#: How a row without a name is called in lists and references; a {field} is written with the label of its code, a
#: {field>layer} as the row of that layer is called, which is asked for one by one: only where lists are short.
_SHOWN_AS = {
    "negotiation": "{stage} || ' · ' || format_date(\"stage_since\", 'yyyy-MM-dd')",
    "access_design": "'v' || \"version_no\" || ' · ' || {state}",
    "agreement": "coalesce(\"number\", {type})",
    "attachment": "\"file_name\"",
    "visit_log": "format_date(\"at\", 'yyyy-MM-dd') || ' · ' || {channel}",
    "task": "\"title\"",
    "agreement_term": "{clause} || ' · ' || left(\"text\", 40)",
    "agreement_building": "{building_id>building} || ' · ' || {agreement_id>agreement}",
    "access_decision": "{building_id>building} || ' · ' || {method}",
    "design_review": "format_date(\"at\", 'yyyy-MM-dd') || ' · ' || {decision} || ' · ' || \"by\"",
    "wlan_calibration": "format_date(\"measured_on\", 'yyyy-MM-dd') || ' · ' || \"source\"",
    "precoverage_request": "{state} || coalesce(' · ' || \"reason\", '')",
    "intel_observation": "format_date(\"observed_on\", 'yyyy-MM-dd') || ' · ' || \"operator_code\" || ' · ' || {field}",
    "competitor_promotion": "format_date(\"started_on\", 'yyyy-MM-dd') || ' · ' || {kind}",
    "competitor_offer": "coalesce(\"name\", \"operator_code\")",
    "negotiation_event": "format_date(\"at\", 'yyyy-MM-dd') || ' · ' || {to_stage}",
    "design_bom": "\"item\" || ' · ' || \"quantity\" || coalesce(' ' || \"unit\", '')",
    "address": "coalesce(\"full_text\", \"street\" || ' ' || \"housenumber\", '')",
    "contact": "\"name\" || coalesce(' · ' || \"title\", '')",
}
#: What views tell in both languages, each in a column of its own.
_IN_BOTH = ("indicators", "reason", "operators", "names")
#: Fields that hold sentences.
SENTENCES = ("note", "comment", "result", "source_text", "text", "description", "reason_en", "reason_zh",
             "override_note", "override_reason", "notice")


def catalogue_field(spec: LayerDefinition, name: str) -> Optional[Field]:
    """Return the catalogue's entry of a column, None for a column it does not know."""
    table = catalogue.read_fields(spec.table_of_labels)
    try:
        return table.field(name) if table is not None else VIEW_COLUMNS[name]
    except KeyError:
        return VIEW_COLUMNS.get(name) if spec.read_only else None


def unseen(spec: LayerDefinition, name: str, language: str) -> bool:
    """Whether nobody sees a column: keys, what a form leaves out, the words of a view in the other language."""
    other = "en" if language == "zh" else "zh"
    return (name in HIDDEN + ABSENT.get(spec.key, ())
            or (spec.read_only and (name == "pole" or name in {f"{word}_{other}" for word in _IN_BOTH})))


def value_map(list_name: str, language: str) -> list[dict[str, str]]:
    """Return the choices of a value list as QGIS wants them: label → code."""
    return [{(entry.zh if language == "zh" else entry.en): entry.code} for entry in LISTS[list_name]]


def widget(
    spec: LayerDefinition, field: Field, language: str, layers: dict[str, QgsVectorLayer]
) -> QgsEditorWidgetSetup:
    """Return the editor of a field: lists as choices, references as names, dates with a calendar."""
    if field.list and field.list in LISTS:
        return QgsEditorWidgetSetup("ValueMap", {"map": value_map(field.list, language)})
    if field.ref:
        return _reference(spec, field, layers)
    if field.name == "operator_code" and "competitor_operator" in layers:
        label = "name" if language == "zh" else "name_en"
        return _value_relation(layers["competitor_operator"], "code", label)
    if field.type == "boolean":
        return QgsEditorWidgetSetup("CheckBox", {})
    if field.type == "date":
        return QgsEditorWidgetSetup("DateTime", _date("yyyy-MM-dd"))
    if field.type.startswith("timestamp"):
        return QgsEditorWidgetSetup("DateTime", _date("yyyy-MM-dd HH:mm"))
    if field.type == "bytea":
        return QgsEditorWidgetSetup("Binary", {})
    if field.unit and field.type == "integer":
        suffix = "" if field.unit == "0-1" else f" {unit_label(field.unit, language)}"
        low, high = bounds(spec.table_of_labels, field.name)
        return QgsEditorWidgetSetup(
            "Range", {"AllowNull": True, "Min": int(low or 0), "Max": int(high or 1_000_000), "Step": 1,
                      "Style": "SpinBox", "Suffix": suffix}
        )
    return QgsEditorWidgetSetup("TextEdit", {"IsMultiline": field.name in SENTENCES})


def _date(shape: str) -> dict[str, Any]:
    return {"allow_null": True, "calendar_popup": True, "display_format": shape, "field_format": shape,
            "field_format_overwrite": False, "field_iso_format": False}


def _reference(spec: LayerDefinition, field: Field, layers: dict[str, QgsVectorLayer]) -> QgsEditorWidgetSetup:
    key, shown, rows = NAMES.get(field.name) or NAMES.get(field.ref, ("", "", ""))
    searched = is_searched(spec, field)
    if key in layers and not searched:
        return _value_relation(layers[key], "id", shown, rows)
    link = next((link for link in LINKS if link.child == spec.key and link.field == field.name), None)
    if searched and link is not None and link.parent in layers:
        return _searched(link, layers[link.parent])
    return QgsEditorWidgetSetup("TextEdit", {})


def _searched(link: Link, layer: QgsVectorLayer) -> QgsEditorWidgetSetup:
    """Return a reference that looks rows up while the user types, and never loads a large table."""
    return QgsEditorWidgetSetup(
        "RelationReference",
        {"Relation": link.id, "AllowNULL": True, "ShowForm": False, "ShowOpenFormButton": True, "ReadOnly": False,
         "MapIdentification": True, "AllowAddFeatures": False, "OrderByValue": False, "FetchLimitActive": True,
         "FetchLimitNumber": 100, "ReferencedLayerId": layer.id(), "ReferencedLayerName": layer.name(),
         "ReferencedLayerProviderKey": "postgres", "ReferencedLayerDataSource": layer.source()},
    )


def _value_relation(layer: QgsVectorLayer, key: str, shown: str, rows: str = "") -> QgsEditorWidgetSetup:
    return QgsEditorWidgetSetup(
        "ValueRelation",
        {"Layer": layer.id(), "LayerName": layer.name(), "LayerProviderName": "postgres", "LayerSource": layer.source(),
         "Key": key, "Value": shown, "AllowNull": True, "OrderByValue": True, "UseCompleter": False,
         "AllowMulti": False, "NofColumns": 1, "FilterExpression": rows},
    )


def is_searched(spec: LayerDefinition, field: Field) -> bool:
    """Tell whether a referenced row is looked up while the user types: it comes from a table too large for a list."""
    if field.ref in SEARCHED:
        return True
    _, _, rows = NAMES.get(field.name) or NAMES.get(field.ref, ("", "", ""))
    return bool(rows) and catalogue_field(spec, "estate_id") is None


#: How buildings and agreements are called where another row names them.
_CALLED = {"building": "coalesce({0}['name'], {0}['code'])", "agreement": "coalesce({0}['number'], '')"}


def shown_as(spec: LayerDefinition, language: str, layers: dict[str, QgsVectorLayer]) -> str:
    """Return the expression that names a row, with the labels in it: lists of references know no layer to ask."""
    def label(found: re.Match[str]) -> str:
        name, _, key = found.group(1).partition(">")
        if key:
            row = f"attributes(get_feature('{layers[key].id()}', 'id', \"{name}\"))" if key in layers else "map()"
            return f"coalesce({_CALLED[key].format(row)}, '')"
        field = catalogue_field(spec, found.group(1))
        entries = LISTS[field.list] if field is not None else ()
        words = {entry.code: entry.zh if language == "zh" else entry.en for entry in entries}
        text = json.dumps(words, ensure_ascii=False).replace("'", "''")
        return f"coalesce(map_get(from_json('{text}'), \"{found.group(1)}\"), \"{found.group(1)}\", '')"

    return re.sub(r"\{([\w>]+)\}", label, _SHOWN_AS[spec.key])


def not_by_hand(spec: LayerDefinition) -> bool:
    """Tell whether new rows cannot be typed: what they need is filled by planning or an import only."""
    table = catalogue.read_fields(spec.table_of_labels)
    given = ("subject_id",)  # by the row whose documents are shown
    return table is not None and any(
        field.required and not field.default and field.name not in given
        and (is_computed(spec, field.name) or field.name in ABSENT.get(spec.key, ())) for field in table.fields)


def is_computed(spec: LayerDefinition, name: str) -> bool:
    """Tell whether a column is filled by the store or an algorithm and only shown."""
    computed = COMPUTED.get(spec.key, ())
    return spec.read_only or name in RECORD or "*" in computed or name in computed


def stage_constraint(table: str, field: str) -> str:
    """Return an expression that is true while the step from the stored state is allowed; empty without machine.

    It reads the stored row again, so it also works in a QGIS without this plugin; with it, the row that the form read
    is told by the function :data:`SHOWN`, which nothing but ``eval`` may name: QGIS refuses an expression with a
    function that it does not know. The database has the last word.
    """
    machine = next((m for m in MACHINES.values() if table in m.tables and m.column == field), None)
    if machine is None:
        return ""
    steps = {state.code: [state.code, *machine.targets(state.code)] for state in machine.states}
    table_text = json.dumps(steps, separators=(",", ":"))
    stored = (
        f"CASE WHEN eval('{SHOWN}(NULL, NULL, NULL)') "
        f"THEN eval('{SHOWN}(@layer_id, $id, ''{field}'')') "
        f"ELSE attribute(get_feature_by_id(@layer_id, $id), '{field}') END"
    )
    return (
        f"with_variable('stored', {stored}, \"{field}\" IS NULL OR @stored IS NULL OR "
        f"array_contains(map_get(from_json('{table_text}'), @stored), \"{field}\"))"
    )


def configure(layer: QgsVectorLayer, spec: LayerDefinition, language: str, layers: dict[str, QgsVectorLayer]) -> None:
    """Give every field of a layer its alias, widget, constraint and default, and the layer its form.

    ``layers`` holds the project's layers by key. The layout works without the plugin; with it, the forms
    of ``forms/*.ui`` take over.
    """
    config = layer.editFormConfig()
    for index, attribute in enumerate(layer.fields()):
        name = attribute.name()
        field = catalogue_field(spec, name)
        if field is not None:
            layer.setFieldAlias(index, field_label(field, language))
            layer.setEditorWidgetSetup(index, widget(spec, field, language, layers))
        if unseen(spec, name, language):
            layer.setEditorWidgetSetup(index, QgsEditorWidgetSetup("Hidden", {}))
            config.setReadOnly(index, True)
        elif is_computed(spec, name):
            config.setReadOnly(index, True)
        _constrain(layer, index, spec, name, language)
    _defaults(layer, spec)
    _layout(config, layer, spec, language)
    layer.setEditFormConfig(config)
    _table_columns(layer, spec, language)
    if spec.key in _SHOWN_AS:
        layer.setDisplayExpression(shown_as(spec, language, layers))
    elif spec.shape != "none" or layer.fields().lookupField("name") >= 0:
        shown = next((f for f in ("name", "code", "number", "id") if layer.fields().lookupField(f) >= 0), "")
        other = '"code"' if layer.fields().lookupField("code") >= 0 else "''"
        if shown:
            layer.setDisplayExpression(f'coalesce("{shown}", {other})')


def _constrain(layer: QgsVectorLayer, index: int, spec: LayerDefinition, name: str, language: str) -> None:
    hard = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard
    # the database fills what is not null with a default; QGIS must not ask the user for it
    for kind in (QgsFieldConstraints.Constraint.ConstraintNotNull, QgsFieldConstraints.Constraint.ConstraintUnique):
        layer.removeFieldConstraint(index, kind)
    field = catalogue_field(spec, name)
    if spec.read_only or field is None:
        return
    hidden = HIDDEN + RECORD + ABSENT.get(spec.key, ())
    if field.required and not field.default and name not in hidden and not is_computed(spec, name):
        layer.setFieldConstraint(index, QgsFieldConstraints.Constraint.ConstraintNotNull, hard)
    tests, sentences = constraints(spec, name, language)
    if tests and name not in hidden and not is_computed(spec, name):  # nobody types there; each takes QGIS milliseconds
        layer.setConstraintExpression(index, " AND ".join(f"({test})" for test in tests), " ".join(sentences))
        layer.setFieldConstraint(index, QgsFieldConstraints.Constraint.ConstraintExpression, hard)


def constraints(spec: LayerDefinition, name: str, language: str) -> tuple[list[str], list[str]]:
    """Return what a field has to keep: QGIS expressions, and the sentences that say so."""
    found = rules_of(spec.table_of_labels, name)
    tests = [rule.test for rule in found]
    sentences = [translate(rule.template, language, **rule.words) for rule in found]
    expression = stage_constraint(spec.table, name)
    if expression:
        tests.append(expression)
        sentences.append(translate(
            "This step is not allowed from the stored state. Choose one of the next states, one step at a time.",
            language,
        ))
    return tests, sentences


#: Defaults of the catalogue that QGIS writes otherwise than SQL, and days that are today unless said otherwise.
_SQL_WORDS = {"current_date": "to_date(now())", "clock_timestamp()": "now()"}
_TODAY = ("observed_on", "started_on", "measured_on")


def default_expression(field: Field) -> str:
    """Return the QGIS expression of what stands in a new row's field; empty for none."""
    if field.name in _TODAY:
        return _SQL_WORDS["current_date"]
    return "" if "session_user" in field.default else _SQL_WORDS.get(field.default, field.default)


def _defaults(layer: QgsVectorLayer, spec: LayerDefinition) -> None:
    """Let new rows begin with the defaults of the catalogue.

    A QGIS without the plugin sends the version it last read; the plugin sends the one the user saw.
    """
    for index, attribute in enumerate(layer.fields()):
        field = catalogue_field(spec, attribute.name())
        if field is not None and not spec.read_only and default_expression(field):
            layer.setDefaultValueDefinition(index, QgsDefaultValue(default_expression(field), False))
    index = layer.fields().lookupField("edit_base")
    if index >= 0 and not spec.read_only:
        layer.setDefaultValueDefinition(index, QgsDefaultValue('"row_version"', True))


def groups_of(spec: LayerDefinition, names: list[str]) -> list[Group]:
    """Return the form's groups: those fixed for the layer, else one with all business fields."""
    fixed = GROUPS.get(spec.key) or GROUPS.get(spec.table, ())
    found = [Group(g.en, g.zh, tuple(f for f in g.fields if f in names)) for g in fixed]
    used = {f for g in found for f in g.fields}
    rest = tuple(f for f in names if f not in used and f not in HIDDEN + RECORD + ABSENT.get(spec.key, ()))
    if rest:
        found.append(Group("Further", "其他", rest) if found else Group(spec.en, spec.zh, rest))
    record = tuple(f for f in RECORD if f in names)
    if record:
        found.append(Group("Record", "记录", record))
    return [g for g in found if g.fields]


def _layout(config: QgsEditFormConfig, layer: QgsVectorLayer, spec: LayerDefinition, language: str) -> None:
    names = [field.name() for field in layer.fields()]
    config.clearTabs()
    config.setLayout(QgsEditFormConfig.EditorLayout.TabLayout)
    root = config.invisibleRootContainer()
    main = QgsAttributeEditorContainer(translate("Details", language), root)
    set_group_box(main, False)
    main.setColumnCount(1)
    for group in groups_of(spec, names):
        box = QgsAttributeEditorContainer(group.zh if language == "zh" else group.en, main)
        set_group_box(box, True)
        box.setColumnCount(_COLUMNS if len(group.fields) > 2 else 1)
        for name in group.fields:
            box.addChildElement(QgsAttributeEditorField(name, names.index(name), box))
        main.addChildElement(box)
    config.addTab(main)
    for link in LINKS:
        if link.parent == spec.key and link.tab:
            title = link.zh if language == "zh" else link.en
            tab = QgsAttributeEditorContainer(title, root)
            set_group_box(tab, False)
            relation = QgsAttributeEditorRelation(link.id, tab)
            relation.setShowLabel(False)
            tab.addChildElement(relation)
            config.addTab(tab)


def _table_columns(layer: QgsVectorLayer, spec: LayerDefinition, language: str) -> None:
    columns = layer.attributeTableConfig()
    columns.update(layer.fields())
    entries = columns.columns()
    for column in entries:
        column.hidden = unseen(spec, column.name, language)
    columns.setColumns(entries)
    layer.setAttributeTableConfig(columns)
