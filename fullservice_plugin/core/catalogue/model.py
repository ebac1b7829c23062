# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of the field catalogue: what a table, a field, a value list and a state machine are.

Pure data. The database, the forms, the styles and the documents are all built from, or compared with, what is written
with these words in the modules beside this one.
"""
from __future__ import annotations

from dataclasses import dataclass

#: Roles of the people, in the order in which they are shown. Their PostgreSQL names carry the store's prefix.
ROLES = ("customer_manager", "network_support", "functional", "planner", "admin", "read_only")


@dataclass(frozen=True)
class Field:
    """One column: SQL ``type``, English and Chinese label, ``unit``, value list and referenced table (``ref``).

    ``personal`` fields name or reach a person: nobody reads them but through the masked views and a logged reveal.
    """

    name: str
    type: str
    en: str
    zh: str
    list: str = ""
    unit: str = ""
    ref: str = ""
    required: bool = False
    default: str = ""
    personal: bool = False

    @property
    def is_geometry(self) -> bool:
        """Whether the column holds a geometry."""
        return self.type.startswith("geometry(")


@dataclass(frozen=True)
class Table:
    """One table: its fields (without the common ones), who may write it and where its branch comes from.

    ``parents`` are (column, table) pairs tried in order to find the branch of a row that names none. ``append_only``
    rows are never changed or deleted; ``shared`` rows without a branch are read by everybody; ``readers`` narrows
    reading (empty: every role); ``replaceable`` rows may be deleted by planners (computed or imported content).
    ``own_rows``: customer managers write only what is theirs, by ``owner`` (a column with a person) or, where that is
    empty, by their grids and by the parents; ``own_created`` adds what they entered themselves.
    """

    name: str
    en: str
    zh: str
    fields: tuple[Field, ...]
    schema: str = "fullservice"
    writers: tuple[str, ...] = ()
    inserters: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    parents: tuple[tuple[str, str], ...] = ()
    append_only: bool = False
    shared: bool = False
    replaceable: bool = False
    own_rows: bool = False
    own_created: bool = False
    owner: str = ""

    def field(self, name: str) -> Field:
        """Return the field ``name``, also a common one; KeyError when the table has none."""
        for field in self.fields + COMMON_FIELDS:
            if field.name == name:
                return field
        raise KeyError(name)

    @property
    def geometry(self) -> str:
        """Name of the first geometry column, "" when there is none."""
        return next((field.name for field in self.fields if field.is_geometry), "")

    @property
    def qualified(self) -> str:
        """``schema.table``."""
        return self.schema + "." + self.name


@dataclass(frozen=True)
class Code:
    """One value of a list: the stored ``code`` and its labels."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Transition:
    """One allowed step of a state machine.

    ``evidence`` names what must be there to enter ``target``; ``sla_days`` is how long a row may stay in ``target``
    (0: no limit). A step from "" is the creation of a row.
    """

    source: str
    target: str
    roles: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    needs_note: bool = False
    sla_days: int = 0


@dataclass(frozen=True)
class Machine:
    """A state machine: the tables and the column it rules, its states in order and its transitions."""

    code: str
    en: str
    zh: str
    tables: tuple[str, ...]
    column: str
    states: tuple[Code, ...]
    transitions: tuple[Transition, ...]

    @property
    def initial(self) -> str:
        """The state of a new row."""
        return next(step.target for step in self.transitions if not step.source)

    def targets(self, source: str) -> tuple[str, ...]:
        """States reachable from ``source`` in one step, in catalogue order."""
        return tuple(step.target for step in self.transitions if step.source == source)


@dataclass(frozen=True)
class Snapshot:
    """A table of figures that the database writes itself, partitioned by month: no versions, no edits, no audit."""

    name: str
    en: str
    zh: str
    fields: tuple[Field, ...]
    day: str
    schema: str = "fullservice"

    @property
    def qualified(self) -> str:
        """``schema.table``."""
        return self.schema + "." + self.name


#: Columns that every table has; filled by the database, except branch, origin and the deletion mark.
COMMON_FIELDS = (
    Field("fid", "integer", "Key in QGIS", "QGIS 主键", required=True),
    Field("id", "uuid", "Identifier", "标识", required=True),
    Field("row_version", "bigint", "Row version", "行版本", required=True),
    Field("edit_base", "bigint", "Version the edit started from", "编辑所基于的版本"),
    Field("branch_code", "text", "Branch", "分公司"),
    Field("origin", "text", "Origin", "来源", "origin", required=True),
    Field("created_at", "timestamptz", "Created at", "创建时间", required=True),
    Field("created_by", "text", "Created by", "创建人", required=True),
    Field("changed_at", "timestamptz", "Changed at", "修改时间", required=True),
    Field("changed_by", "text", "Changed by", "修改人", required=True),
    Field("is_deleted", "boolean", "Deleted", "已删除", required=True),
)
