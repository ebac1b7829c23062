# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes ``docs/data_dictionary.md`` from the catalogue: tables, fields, lists, state machines, in both languages.

A test compares the file with what this makes, so that the document never says anything else than the database.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fullservice_plugin.core.catalogue.fields import COMMON_FIELDS, SNAPSHOTS, TABLES
from fullservice_plugin.core.catalogue.lists import EDITABLE, LISTS
from fullservice_plugin.core.catalogue.model import Field, Machine, Table
from fullservice_plugin.core.catalogue.states import EVIDENCE, MACHINES, state_label
from fullservice_plugin.store import roles

TARGET = Path(__file__).resolve().parent.parent / "docs" / "data_dictionary.md"
HEAD = """# Data dictionary · 数据字典

Made from the catalogue by `make dictionary`; not edited by hand. 由目录自动生成，请勿手工修改。

Every table has the common fields; they are listed once. Personal fields are shown masked; in clear only through a
logged reveal. 每张表都有公共字段，仅列出一次。个人信息字段默认脱敏，明文查看须留痕。
"""


def document() -> str:
    """The whole document."""
    parts = [HEAD, "## Common fields · 公共字段\n", _fields(COMMON_FIELDS)]
    for table in TABLES.values():
        parts += [f"## {table.qualified} · {table.en} · {table.zh}\n", _rights(table), _fields(table.fields)]
    for snapshot in SNAPSHOTS.values():
        parts += [f"## {snapshot.qualified} · {snapshot.en} · {snapshot.zh}\n",
                  "Partitioned by month; written by the store only. 按月分区，仅由数据库写入。\n",
                  _fields(snapshot.fields)]
    parts += ["# State machines · 状态机\n", *(_machine(machine) for machine in MACHINES.values())]
    parts.append("# Value lists · 值列表\n")
    for name, entries in LISTS.items():
        mark = " · may be extended 可扩充" if name in EDITABLE else ""
        parts += [f"## {name}{mark}\n",
                  _grid(("code", "English", "中文"), [(entry.code, entry.en, entry.zh) for entry in entries])]
    return "\n".join(parts)


def _rights(table: Table) -> str:
    def names(found: tuple[str, ...]) -> str:
        return ", ".join(found) or "–"

    own = " Customer managers: own rows only 客户经理仅限本人数据." if table.own_rows else ""
    return (f"read 读: {names(roles.readers(table))} · insert 增: {names(roles.inserters(table))} · "
            f"change 改: {names(roles.writers(table))} · remove 删: {names(roles.deleters(table))}.{own}\n")


def _fields(fields: tuple[Field, ...]) -> str:
    rows = [(field.name + (" *" if field.required else ""), field.type, field.en, field.zh, field.unit,
             field.list or (f"→ {field.ref}" if field.ref else "") or ("personal 个人信息" if field.personal else ""))
            for field in fields]
    return _grid(("field", "type", "English", "中文", "unit 单位", "list, reference 列表/引用"), rows)


def _machine(machine: Machine) -> str:
    rows = [(f"{step.source or '–'} → {step.target}", state_label(machine.code, step.target, "zh"),
             ", ".join(step.roles), "; ".join(EVIDENCE[name].en for name in step.evidence),
             "yes 是" if step.needs_note else "", str(step.sla_days or "")) for step in machine.transitions]
    head = ("step", "至", "roles 角色", "evidence 证据", "note 备注", "days 时限")
    return f"## {machine.code} · {machine.en} · {machine.zh}\n\n{_grid(head, rows)}"


def _grid(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
    print(TARGET.name, file=sys.stderr)
