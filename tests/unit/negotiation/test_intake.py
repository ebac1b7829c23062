# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of imported tables: headings, values, rejects."""

from __future__ import annotations

from datetime import date

import pytest

from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.intake import Column, fold, read_mapping, take, with_headings
from fullservice_plugin.core.table import FeatureTable, Problem

COLUMNS = (
    Column("code", required=True),
    Column("amount", "number", ("金额",), least=0),
    Column("count", "integer"),
    Column("day", "date"),
    Column("yes", "bool"),
    Column("kind", codes={"a": "a", "甲": "a"}),
)


def _table(**columns: list) -> FeatureTable:
    count = len(next(iter(columns.values())))
    return FeatureTable([str(n) for n in range(1, count + 1)], [None] * count, dict(columns), [], "sheet")


def _one(name: str, value: object) -> object:
    got = take(_table(**{"code": ["x"], name: [value]}), COLUMNS)
    return got.rows[0].get(name) if got.rows else got.rejected[0].text()


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("amount", "1,234.5", 1234.5), ("amount", "１２", 12.0), ("amount", " ", None), ("amount", "N/A", None),
        ("count", "3.0", 3), ("count", 4.0, 4), ("day", "2024/5/1", date(2024, 5, 1)),
        ("day", "2024年5月1日", date(2024, 5, 1)), ("day", "2024-05-01T10:00:00", date(2024, 5, 1)),
        ("yes", "是", True), ("yes", "0", False), ("kind", "甲", "a"), ("kind", " A ", "a"), ("code", 12.0, "12"),
        ("code", "none", "none"),
    ],
)  # fmt: skip
def test_values_read(name: str, value: object, read: object) -> None:
    assert _one(name, value) == read


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("amount", "1,5", "number"), ("amount", "inf", "number"), ("amount", "-1", "at least"),
        ("count", "3.5", "whole"), ("day", "2023-02-29", "date"), ("day", "01.05.2024", "date"),
        ("yes", "maybe", "yes or no"), ("kind", "z", "not one"), ("code", "", "empty"),
    ],
)  # fmt: skip
def test_values_refused(name: str, value: object, word: str) -> None:
    assert word in str(_one(name, value))


def test_headings_by_name_alias_and_mapping() -> None:
    table = _table(CODE=["x"], 金额=["5"], Other=["7"])
    assert take(table, COLUMNS).rows[0].values["amount"] == 5.0
    assert take(table, COLUMNS, {"count": "other"}).rows[0].values["count"] == 7
    with pytest.raises(ParameterError, match="no column"):
        take(table, COLUMNS, {"count": "missing"})
    with pytest.raises(ParameterError, match="not a column"):
        take(table, COLUMNS, {"colour": "Other"})


def test_mapping_text() -> None:
    assert read_mapping("a=b; c = d e；f=g") == {"a": "b", "c": "d e", "f": "g"}
    assert read_mapping("") == {}
    with pytest.raises(ParameterError, match="must look like"):
        read_mapping("a:b")


def test_sheet_of_text_without_headings() -> None:
    sheet = _table(Field1=["code", "x"], Field2=["kind", "甲"])
    assert take(with_headings(sheet), COLUMNS).rows[0].values["kind"] == "a"
    twice = _table(Field1=["code", "x"], Field2=["code", "y"])
    assert with_headings(twice) is twice
    named = _table(code=["x"])
    assert with_headings(named) is named


def test_dropped_features_and_empty_rows_are_told() -> None:
    table = _table(code=["x"])
    table.problems.append(Problem("9", "empty geometry"))
    got = take(table, COLUMNS)
    assert [(problem.row, problem.text()) for problem in got.rejected] == [("9", "empty geometry")]
    assert "empty" in take(_table(amount=[None]), (Column("amount", "number"),)).rejected[0].text()
    assert fold("  ＡＢ  c ") == "ab c"
