# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules of the forms are those of the database: the same names, the same outcomes, told in the same words."""

from __future__ import annotations

import itertools

import pytest

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.rules import RULES

#: Values that lie on both sides of every bound.
NUMBERS = (None, -1, 0, 0.1, 0.5, 1, 3, 5, 6, 20, 21, 100, 101, 200, 201, 999, 1000, 2200, 2201)
DAYS = (None, "2026-01-01", "2026-06-30", "2026-06-30", "2027-01-01")
TEXTS = (None, "", "a.pdf", "../a.pdf", "/etc/a", "C:\\a", "building", "estate", "grid")


@pytest.fixture(scope="module")
def filled_store(databases, store_name) -> str:
    return databases.fill(store_name)


@pytest.fixture(scope="module")
def ask(databases, store_name):
    """Ask the store as its owner."""
    link = databases.connect(store_name)

    def rows(query: str, *values):
        with link.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    yield rows
    link.close()


@pytest.fixture(scope="module")
def edited() -> list[str]:
    from fullservice_plugin.gis.layers import LAYERS

    return sorted({spec.table for spec in LAYERS if not spec.read_only})


def test_every_constraint_of_an_edited_table_has_its_sentence(ask, edited):
    stored = {name for name, in ask(
        "select c.conname from pg_constraint c join pg_class t on t.oid = c.conrelid "
        "join pg_namespace n on n.oid = t.relnamespace where n.nspname = 'fullservice' and t.relname = any(%s) "
        "and c.contype in ('c', 'u', 'x') and c.conname !~ '_(fid|id)_(key|unique)$|_is_a_code$'", edited)}
    known = {rule.name for rule in RULES}
    missing = stored - known
    assert not missing, sorted(missing)
    named = {name for name, in ask(
        "select conname from pg_constraint union select relname from pg_class where relkind = 'i'")}
    assert known <= named, "a rule names a constraint that is not there"


def values_for(field) -> tuple:
    if field.type in ("date", "timestamptz"):
        return DAYS
    if field.type == "uuid":
        return (None, "11111111-1111-1111-1111-111111111111")
    return TEXTS if field.type == "text" else NUMBERS


def expression_of(ask, rule) -> str:
    return ask("select pg_get_expr(conbin, conrelid) from pg_constraint where conname = %s", rule.name)[0][0]


@pytest.mark.parametrize("name", sorted({rule.name for rule in RULES if rule.test}))
def test_forms_and_database_judge_alike(ask, qgis_app, name):
    """Each rule on values around its bounds: QGIS' answer and that of PostgreSQL."""
    from qgis.core import QgsExpression

    rules = [rule for rule in RULES if rule.name == name]
    table = TABLES[rules[0].table]
    stored = expression_of(ask, rules[0])
    used = sorted({field.name for field in table.fields
                   if any(f'"{field.name}"' in rule.test for rule in rules)})
    pools = [values_for(table.field(field)) for field in used]
    rows = list(itertools.islice(itertools.product(*pools), 400))
    kinds = {field: table.field(field).type.split("(")[0] for field in used}
    columns = ", ".join(f"unnest(%s::text[]) as {field}" for field in used)
    typed = ", ".join(f"case when {field} is null then null else {field}::numeric::{kinds[field]} end as {field}"
                      if values_for(table.field(field)) is NUMBERS else f"{field}::{kinds[field]} as {field}"
                      for field in used)
    answers = ask(f"select coalesce(({stored}), true) from (select {typed} from (select {columns}) r) t",
                  *[[None if row[place] is None else str(row[place]) for row in rows] for place in range(len(used))])
    for row, (kept,) in zip(rows, answers):
        ours = all(bool(QgsExpression(filled(rule.test, dict(zip(used, row)), kinds)).evaluate()) for rule in rules)
        assert ours == kept, (name, dict(zip(used, row)))


def filled(test: str, values: dict, kinds: dict) -> str:
    """A test with values in the place of its fields."""
    for name, value in values.items():
        text = "NULL" if value is None else f"'{value}'" if isinstance(value, str) else f"{value}"
        if isinstance(value, (int, float)) and kinds[name] in ("integer", "bigint"):
            text = f"{round(value + 1e-9)}"
        if isinstance(value, str) and kinds[name] == "date":
            text = f"to_date({text})"
        test = test.replace(f'"{name}"', text.replace("\\", "\\\\"))
    return test


@pytest.mark.parametrize("statement, said, chinese", [
    ("update fullservice.building set storeys = 500, edit_base = row_version", "Storeys must lie between 0 and 200",
     "层数须在 0 与 200 之间"),
    ("update fullservice.building set code = 'LD0001', edit_base = row_version", "Code: this value is taken",
     "编码：该值"),
    ("insert into fullservice.intel_observation (subject_kind, "
     "operator_code, field, source_class, source_text, observed_on, observer) values ('grid', 'CTCC', 'presence', 'x', "
     "'s', current_date, 'o')", "Source class has a value that is not in its list", "来源类别的取值不在列表中"),
    ("insert into fullservice.task (kind) values ('visit')", "Task: Title must have a value", "任务：标题必须填写"),
])
def test_a_refusal_of_the_database_is_told_in_the_same_words(filled_store, databases, statement, said, chinese):
    """Both ways: through psycopg2, and as the text that QGIS hands over."""
    import psycopg2

    from fullservice_plugin.gui.refusals import refusal
    from fullservice_plugin.i18n import translate
    from fullservice_plugin.store.errors import mapped

    link = databases.connect(filled_store)
    with link.cursor() as cursor, pytest.raises(psycopg2.Error) as caught:
        cursor.execute(statement)
    link.close()
    for error in (mapped(caught.value), refusal(f"PostGIS error: ERROR:  {caught.value}")):
        assert error is not None and said in translate(error.template, "en", **error.values)
        assert chinese in translate(error.template, "zh", **error.values)
