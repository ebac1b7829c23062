# SPDX-License-Identifier: GPL-2.0-or-later
"""Plans and designs in the store: written in bulk, one plan with one design version per estate, and read back."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg2 import extensions, sql
from shapely import wkb

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.store import bulk
from fullservice_plugin.store.connection import Store

Row = Mapping[str, Any]


@dataclass(frozen=True)
class WrittenPlan:
    """Ids of a plan just written: ``designs`` by estate id."""

    plan_id: str
    designs: dict[str, str]


@dataclass(frozen=True)
class PlanRecord:
    """A plan as stored; rows are dicts by column name, geometries shapely in EPSG:4326."""

    plan: dict[str, Any]
    designs: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    elements: list[dict[str, Any]] = field(default_factory=list)
    bom: list[dict[str, Any]] = field(default_factory=list)


def write_plan(cur: extensions.cursor, plan: Row, designs: Sequence[Row], decisions: Iterable[Row],
               elements: Iterable[Row], bom: Iterable[Row]) -> WrittenPlan:
    """Write one plan in the caller's transaction (``store.transaction(bulk=True)``).

    Rows carry catalogue column names; those of ``decisions``, ``elements`` and ``bom`` name their estate in
    ``estate_id`` and so come to that estate's design (None: shared by the whole plan). Each design gets the next
    version number of its estate. Geometries are shapely objects in EPSG:4326.
    """
    estates = [str(design["estate_id"]) for design in designs]
    cur.execute("lock table fullservice.access_design in share row exclusive mode")
    cur.execute("select e.id::text, e.branch_code, coalesce(max(d.version_no), 0) from fullservice.estate e "
                "left join fullservice.access_design d on d.estate_id = e.id where e.id = any(%s::uuid[]) "
                "group by e.id, e.branch_code", (estates,))
    known = {estate: (branch, version) for estate, branch, version in cur.fetchall()}
    for estate in estates:
        if estate not in known:
            raise InputError("The plan has a design for the estate {estate}, which is not in the store.", estate=estate)
    branches = {branch for branch, _ in known.values()}
    home = plan.get("branch_code") or (branches.pop() if len(branches) == 1 else None)
    plan_id = _insert(cur, "plan", {"origin": "algorithm", **plan, "branch_code": home})
    made: dict[str, str] = {}
    for design, estate in zip(designs, estates):
        branch, version = known[estate]
        made[estate] = _insert(cur, "access_design", {
            "origin": "algorithm", **design, "plan_id": plan_id, "version_no": version + 1, "branch_code": branch})
    for table, rows in (("access_decision", decisions), ("design_element", elements), ("design_bom", bom)):
        _children(cur, table, plan_id, made, home, rows)
    return WrittenPlan(plan_id, made)


def ask_consents(cur: extensions.cursor, plan_id: str, action: str) -> int:
    """Open talks for the buildings which the plan's routes cross and nobody has asked; return how many."""
    cur.execute("select fs_app.ask_consents(%s, %s)", (plan_id, action))
    return int(cur.fetchone()[0])


def _insert(cur: extensions.cursor, table: str, row: Row) -> str:
    """Insert one row and return its id; unknown columns are an InputError."""
    names = [name for name in row if row[name] is not None]
    known = _columns(table)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError("{table} has no field {fields}.", table=table, fields=unknown)
    jsonb = {entry.name for entry in TABLES[table].fields if entry.type == "jsonb"}
    values = [bulk.json_text(row[name]) if name in jsonb else bulk.plain_value(row[name]) for name in names]
    cur.execute(sql.SQL("insert into {} ({}) values ({}) returning id::text").format(
        bulk.identifier(table), sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.Placeholder() * len(names))), values)
    return str(cur.fetchone()[0])


def _columns(table: str) -> set[str]:
    return {entry.name for entry in TABLES[table].fields} | {"id", "branch_code", "origin"}


def _children(cur: extensions.cursor, table: str, plan_id: str, designs: Mapping[str, str], branch: str | None,
              rows: Iterable[Row]) -> None:
    fixed = ("plan_id", "design_id", "origin", "branch_code")
    columns = [entry.name for entry in TABLES[table].fields if entry.name not in fixed]
    known = set(columns) | {"estate_id", "id"}

    def line(row: Row) -> list[Any]:
        unknown = [name for name in row if name not in known]
        if unknown:
            raise InputError("{table} has no field {fields}.", table=table, fields=unknown)
        estate = row.get("estate_id")
        if estate is not None and str(estate) not in designs:
            raise InputError("The plan has a row for the estate {estate} but no design for it.", estate=estate)
        design = designs[str(estate)] if estate is not None else None
        return [plan_id, design, "algorithm", branch, *(_given(row, name, defaults) for name in columns)]

    defaults = {entry.name: entry.default == "true" for entry in TABLES[table].fields if entry.type == "boolean"}
    bulk.copy_rows(cur, table, [*fixed, *columns], (line(row) for row in rows))


def _given(row: Row, name: str, defaults: Mapping[str, bool]) -> Any:
    """The row's value; what may not be null falls back to its default."""
    value = row.get(name)
    return defaults.get(name) if value is None else value


def read_plan(store: Store, plan_id: str) -> PlanRecord:
    """Read a plan by its id or code; InputError when there is none."""
    found = store.dicts("select * from fullservice.plan where (id::text = %s or code = %s) and not is_deleted",
                        (plan_id, plan_id))
    if not found:
        raise InputError("There is no plan “{plan}” in the store.", plan=plan_id)
    plan = found[0]
    with store.transaction():
        designs = store.dicts(
            "select d.*, e.code as estate_code, e.name as estate_name from fullservice.access_design d "
            "left join fullservice.estate e on e.id = d.estate_id where d.plan_id = %s and not d.is_deleted "
            "order by e.code", (plan["id"],))
        parts = {table: store.dicts(sql.SQL("select t.*, b.code as building_code from {} t left join "
                                            "fullservice.building b on b.id = t.building_id where t.plan_id = %s "
                                            "and not t.is_deleted order by t.fid").format(bulk.identifier(table)),
                                    (plan["id"],))
                 for table in ("access_decision", "design_element")}
        bom = store.dicts("select * from fullservice.design_bom where plan_id = %s and not is_deleted order by fid",
                          (plan["id"],))
    for element in parts["design_element"]:
        element["geom"] = wkb.loads(element["geom"], hex=True) if element["geom"] else None
    return PlanRecord(plan, designs, parts["access_decision"], parts["design_element"], bom)
