# SPDX-License-Identifier: GPL-2.0-or-later
"""Hangs the guards on every table of the catalogue: identity, branch, states, frozen rows, zero-row writes.

Trigger names sort in the order in which they must run.
"""

from __future__ import annotations

from typing import Any

from psycopg2 import sql

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.model import Machine, Table
from fullservice_plugin.core.catalogue.states import MACHINES
from fullservice_plugin.store import closing

_DEFAULTS = sql.SQL("""
create function {function}() returns trigger language plpgsql as $$
begin
    {fill}
    return new;
end $$""")

_STATE_NEW = sql.SQL("""
create function {function}() returns trigger language plpgsql as $$
begin
    if new.{column} is null then
        new.{column} := {initial};
    elsif new.{column} <> {initial} then
        if new.origin = 'import' and fs_app.is_bulk() then
            {imported}
        else
            perform fs_app.refuse_step({machine}, new.id, {initial}, new.{column}, 'start', null);
        end if;
    end if;
    return new;
end $$""")

_STATE_STEP = sql.SQL("""
create function {function}() returns trigger language plpgsql as $$
declare
    noted boolean := coalesce(current_setting('fs.note', true), '') <> '' or {noted};
begin
    if fs_app.is_undoing() then
        return new;  -- back to where the row stood before its author's own deed
    end if;
    perform fs_app.check_step({machine}, new.id, old.{column}, new.{column}, noted, {fields}, {talk});
    {effects}
    return new;
end $$""")

_STATE_EVENT = sql.SQL("""
create function {function}() returns trigger language plpgsql security definer as $$
begin
    perform fs_app.log_step({machine}, new.id, new.branch_code, {source}, new.{column}, {reason});
    return null;
end $$""")

_EFFECTS = {
    "negotiation": "new.stage_since := clock_timestamp();",
    "access_design": "if new.state = 'submitted' then new.submitted_at := clock_timestamp(); "
    "elsif new.state = 'approved' then new.approver := session_user; "
    "new.approved_at := clock_timestamp(); end if;",
    "area_package": "if new.state = 'approved' then new.approver := session_user; "
    "new.approved_at := clock_timestamp(); end if;",
}
_WITH_NOTE = ("negotiation", "access_design", "area_package", "precoverage_request")


def create(cur: Any) -> None:
    """Create all triggers (fs_app has just been rebuilt, so none is there)."""
    for table in TABLES.values():
        _guards(cur, table)
        if table.append_only:
            _append_only(cur, table)
    for machine in MACHINES.values():
        for name in machine.tables:
            _states(cur, machine, TABLES[name])
    _special(cur)
    closing.create(cur)


def trigger(
    cur: Any,
    table: Table,
    name: str,
    when: str,
    function: str,
    level: str = "row",
    condition: sql.Composable | None = None,
    old: str = "",
    new: str = "",
    arguments: tuple[str, ...] = (),
) -> None:
    """Create one trigger; ``old``/``new`` name its transition tables."""
    parts = [
        sql.SQL("create trigger {} " + when + " on {}").format(
            sql.Identifier(name), sql.Identifier(table.schema, table.name)
        )
    ]
    if old or new:
        parts.append(sql.SQL("referencing"))
        parts += [sql.SQL("old table as {}").format(sql.Identifier(old))] if old else []
        parts += [sql.SQL("new table as {}").format(sql.Identifier(new))] if new else []
    parts.append(sql.SQL("for each " + level))
    if condition is not None:
        parts.append(sql.SQL("when ({})").format(condition))
    parts.append(
        sql.SQL("execute function {}({})").format(
            sql.Identifier("fs_app", function), sql.SQL(", ").join(map(sql.Literal, arguments))
        )
    )
    cur.execute(sql.SQL(" ").join(parts))


def _guards(cur: Any, table: Table) -> None:
    trigger(cur, table, "fs_10_guard", "before insert or update", "guard")
    _defaults(cur, table)
    if table.name == "org_unit":
        trigger(cur, table, "fs_20_branch", "before insert or update", "org_unit_branch")
    else:
        pairs = tuple(part for column, parent in table.parents for part in (column, TABLES[parent].qualified))
        trigger(
            cur,
            table,
            "fs_20_branch",
            "before insert or update",
            "fill_branch",
            condition=sql.SQL("new.branch_code is null"),
            arguments=(table.geometry, *pairs),
        )
    if table.name in ("estate", "building"):
        trigger(cur, table, "fs_15_grid", "before insert", "fill_grid",
                condition=sql.SQL("new.grid_id is null and fs_app.is_bulk() is not true"))
    trigger(cur, table, "fs_99_hit_update", "after update", "must_hit", "statement", new="touched")
    trigger(cur, table, "fs_99_hit_delete", "after delete", "must_hit", "statement", old="touched")


def _defaults(cur: Any, table: Table) -> None:
    """QGIS sends NULL for what the user left empty, where SQL would leave the column out: give it its default."""
    fields = [field for field in table.fields if field.required and field.default]
    if not fields:
        return
    name = "defaults_" + table.name
    fill = [
        sql.SQL("new.{column} := coalesce(new.{column}, " + field.default + ");").format(
            column=sql.Identifier(field.name)
        )
        for field in fields
    ]
    empty = [sql.SQL("new.{} is null").format(sql.Identifier(field.name)) for field in fields]
    cur.execute(_DEFAULTS.format(function=sql.Identifier("fs_app", name), fill=sql.SQL(" ").join(fill)))
    trigger(cur, table, "fs_11_defaults", "before insert", name, condition=sql.SQL(" or ").join(empty))


def _append_only(cur: Any, table: Table) -> None:
    moving = any(table.name in machine.tables for machine in MACHINES.values())
    trigger(cur, table, "fs_05_append_only", "before delete" if moving else "before update or delete", "append_only")
    trigger(cur, table, "fs_05_no_truncate", "before truncate", "append_only", "statement")


def _states(cur: Any, machine: Machine, table: Table) -> None:
    column = sql.Identifier(machine.column)
    talk = table.name == "negotiation"
    imported = "new.evidence_missing := true;" if talk else "null;"
    parts = {"column": column, "machine": sql.Literal(machine.code), "initial": sql.Literal(machine.initial)}
    names = {kind: "state_" + kind + "_" + table.name for kind in ("new", "step", "event", "start")}
    placed = {kind: sql.Identifier("fs_app", name) for kind, name in names.items()}
    cur.execute(_STATE_NEW.format(function=placed["new"], imported=sql.SQL(imported), **parts))
    noted = (
        "(new.note is distinct from old.note and coalesce(new.note, '') <> '')" if table.name in _WITH_NOTE else "false"
    )
    fields = "jsonb_build_object('id', new.id)" if table.geometry else "to_jsonb(new)"
    cur.execute(
        _STATE_STEP.format(
            function=placed["step"],
            noted=sql.SQL(noted),
            fields=sql.SQL(fields),
            talk=sql.SQL("new" if talk else "null::fullservice.negotiation"),
            effects=sql.SQL(_EFFECTS.get(table.name, "")),
            **parts,
        )
    )
    for kind, source, reason in (
        ("event", sql.SQL("old.{}").format(column), "null"),
        ("start", sql.SQL("null"), "new.origin"),
    ):
        note = "new.note" if table.name in _WITH_NOTE and kind == "event" else reason
        cur.execute(_STATE_EVENT.format(function=placed[kind], source=source, reason=sql.SQL(note), **parts))
    fresh = sql.SQL("new.{column} is distinct from {initial}").format(**parts)
    moved = sql.SQL("new.{column} is distinct from old.{column}").format(column=column)
    trigger(cur, table, "fs_30_state_new", "before insert", names["new"], condition=fresh)
    trigger(cur, table, "fs_31_state_step", "before update", names["step"], condition=moved)
    trigger(cur, table, "fs_80_state_event", "after update", names["event"], condition=moved)
    trigger(cur, table, "fs_81_state_start", "after insert", names["start"], condition=None if talk else fresh)


def _special(cur: Any) -> None:
    design, link, agreement = TABLES["access_design"], TABLES["agreement_building"], TABLES["agreement"]
    trigger(cur, link, "fs_40_exclusive", "before insert or update", "exclusive_period")
    trigger(
        cur,
        agreement,
        "fs_85_exclusive",
        "after update",
        "agreement_changed",
        condition=sql.SQL(
            "(old.exclusivity, old.status, old.valid_from, old.valid_to, old.is_deleted) is distinct from "
            "(new.exclusivity, new.status, new.valid_from, new.valid_to, new.is_deleted)"
        ),
    )
    for name, column in (("attachment", "subject_id"), ("agreement_building", "building_id"), ("agreement", "id")):
        for verb in ("insert", "update"):
            trigger(
                cur,
                TABLES[name],
                "fs_86_evidence_" + verb,
                "after " + verb,
                "evidence_arrived",
                "statement",
                new="touched",
                arguments=(column,),
            )
    seen = TABLES["intel_observation"]
    trigger(cur, seen, "fs_87_rival", "after insert", "rival_entered", "statement", new="touched")
    trigger(cur, TABLES["attachment"], "fs_12_filed", "before insert or update", "filed_document")
    trigger(cur, TABLES["negotiation"], "fs_35_derived", "before update", "talk_derived")
    trigger(cur, design, "fs_25_author", "before insert or update", "design_author")
    trigger(cur, TABLES["design_review"], "fs_25_author", "before insert", "review_author")
    package = TABLES["area_package"]
    trigger(cur, package, "fs_25_author", "before insert or update", "package_author")
