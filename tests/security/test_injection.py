# SPDX-License-Identifier: GPL-2.0-or-later
"""Nasty texts in every text field of every table, in searches, filters and parameters: kept as they are, or refused."""

from __future__ import annotations

import ast
import importlib.util
import itertools
from pathlib import Path

import pytest
from psycopg2 import sql

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.lists import codes
from fullservice_plugin.core.errors import FullServiceError
from fullservice_plugin.store import bulk
from fullservice_plugin.store.connection import Store

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("fs_corpus", Path(__file__).parent / "corpus.py")
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
CORPUS = _module.CORPUS


@pytest.fixture(scope="module")
def place(databases):
    """An open store with a canary table, one row of every table that others refer to."""
    from fullservice_plugin.store.migrate import install

    name = databases.create()
    store = Store.connect({"service": name})
    install(store)
    store.execute("create table public.canary (x int)")
    store.execute("insert into public.canary values (1)")
    store.execute("insert into fullservice.competitor_operator (code, name) values ('CUCC', 'x')")
    store.execute("insert into fullservice.org_unit (level, code, name) values ('branch', 'B', 'B')")
    yield store
    store.close()


#: Columns that must be unique, and what makes them so.
KEYS = ("code", "login", "source_key", "number")
NUMBERS = itertools.count()


class Rows:
    """Makes a valid row of any table; its text fields hold what a test wants."""

    def __init__(self, store):
        self.store, self.known, self.number = store, {}, next(NUMBERS)

    def parent(self, name):
        if name not in self.known:
            self.known[name] = self.insert(TABLES[name], self.values(TABLES[name]))
        return self.known[name]

    def values(self, table, text=None):
        self.number = next(NUMBERS)
        found = {field.name: self.value(table, field, text) for field in table.fields}
        found.update(self.special(table, found))
        return {name: value for name, value in found.items() if value is not None}

    def value(self, table, field, text):
        """What a field holds: the text where it takes any, a code, a parent, a date; None to leave it out."""
        if field.ref and (field.required or field.name in ("estate_id", "building_id")):
            return self.parent(field.ref) if field.ref != table.name else None
        if field.list and field.required:
            return codes(field.list)[0] if not field.default else None
        if field.type == "text" and not field.list and (text is not None or field.required):
            return (text if text is not None else "v") + (f"~{self.number}" if field.name in KEYS else "")
        if field.required and field.type == "uuid":
            return self.parent("building")
        return "2026-01-01" if field.required and field.type == "date" else None

    def fresh(self, name):
        return self.insert(TABLES[name], self.values(TABLES[name]))

    def special(self, table, found):
        """What the rules of some tables ask for besides."""
        more = {"operator_code": "CUCC"} if "operator_code" in found else {}
        asked = {"building_lineage": {"ancestor_id": "building"}, "staff_person": {"staff_id": "staff"},
                 "access_decision": {"plan_id": "plan"}, "agreement_building": {"building_id": "building"},
                 "reminder": {"subject_id": "building"}, "area_assignment": {"staff_id": "staff"},
                 "access_design": {"estate_id": "estate"}, "wlan_calibration": {"building_id": "building"}}
        more.update({name: self.fresh(parent) for name, parent in asked.get(table.name, {}).items()})
        if table.name == "source_mapping":  # one per source
            more["source_name"] = f"{found['source_name']}~{self.number}"
        if table.name == "reminder" and "occasion" in found:  # written once per occasion
            more["occasion"] = f"{found['occasion']}~{self.number}"
        if table.name == "price_item":  # one per place in the catalogue
            more["figure"] = f"{found['figure']}~{self.number}"
        more.update({"intel_observation": {"subject_kind": "building"}, "attachment": {"sha256": None},
                     "wlan_calibration": dict.fromkeys(("offset_db", "slope", "rmse_db", "points"), 1),
                     "area_assignment": {"kind": "member"}}.get(table.name, {}))
        return more

    def insert(self, table, values):
        return self.store.value(sql.SQL("insert into {} ({}) values ({}) returning id::text").format(
            sql.Identifier(table.schema, table.name), sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() for _ in values)), list(values.values()))


def alive(store):
    assert store.value("select count(*) from public.canary") == 1


@pytest.mark.parametrize("name", [table.name for table in TABLES.values() if table.inserters or table.writers])
def test_every_text_field_keeps_every_text(place, name):
    table, rows = TABLES[name], Rows(place)
    texts = [field.name for field in table.fields if field.type == "text" and not field.list
             and field.name not in ("operator_code", "sha256")]
    kept = refused = 0
    for text in CORPUS:
        values = rows.values(table, text)
        try:
            row = rows.insert(table, values)
        except FullServiceError as error:
            assert name == "attachment" and "without a path" in error.text(), (text, error.text())
            refused += 1
            continue
        back = place.dicts(sql.SQL("select {} from {} where id = %s").format(
            sql.SQL(", ").join(map(sql.Identifier, texts)) if texts else sql.SQL("1"),
            sql.Identifier(table.schema, table.name)), (row,))[0]
        for field in texts:
            if field in values and field not in ("author", "approver", "by", "created_by"):
                assert back[field] == values[field], (field, text)
        kept += 1
    assert kept + refused == len(CORPUS) and kept > 40
    alive(place)


def test_bulk_keeps_every_text(place):
    lines = [("nasty", "src", number, f"k{number}", text, text) for number, text in enumerate(CORPUS)]
    with place.transaction(bulk=True) as cur:
        bulk.copy_rows(cur, "ledger_row", ("batch", "source_name", "row_number", "ledger_key", "name", "address"),
                       lines)
    stored = place.rows("select name, address from fullservice.ledger_row where batch = 'nasty' order by row_number")
    assert stored == [(text, text) for text in CORPUS]
    alive(place)


def test_searches_take_every_text_as_text(place):
    from fullservice_plugin.store.map_views import search

    rows = Rows(place)
    for text in CORPUS:
        rows.insert(TABLES["estate"], {"code": "S" + text[:60] + str(next(NUMBERS)), "name": text})
        found = search(place, text)
        if text.strip() and len(text) < 200:
            assert any(place_.name == text for place_ in found), text
    assert search(place, "%") and all("%" in hit.name + hit.detail for hit in search(place, "%"))
    alive(place)


@pytest.mark.parametrize("text", CORPUS[:12])
def test_parameters_of_algorithms_take_every_text_as_text(place, qgis_app, tmp_path, text):
    from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback

    for algorithm, parameters in (
        ("planaccess", {"AREA": text, "SCENARIO": text}), ("exportplan", {"PLAN_ID": text, "ESTATE": text}),
        ("manageuser", {"LOGIN": text, "NAME": text, "BRANCHES": text, "DEPUTY_OF": text}),
        ("exportnegotiations", {"AREA": text}),
    ):
        found = qgis_app.fullservice_provider.algorithm(algorithm)
        with pytest.raises(QgsProcessingException) as caught:
            found.run({"STORE": place.name, "OUTPUT": str(tmp_path / "x.pdf"), **parameters}, QgsProcessingContext(),
                      QgsProcessingFeedback(False), {}, False)
        assert "syntax error" not in str(caught.value) and "should not" not in str(caught.value), (algorithm, text)
    alive(place)


SINKS = {"execute", "executemany", "rows", "dicts", "value", "copy_expert", "setSubsetString", "mogrify"}
ALLOWED = {
    "migrate.py": "migrations and app files are SQL of ours, read from the plugin",
}


def test_no_statement_and_no_filter_is_built_from_text(root):
    """cursor.execute, setSubsetString and QgsExpression take constants, names bound elsewhere, or composed "
      "psycopg2.sql."""
    wrong = []
    for path in [*root.glob("fullservice_plugin/**/*.py"), *root.glob("processing/**/*.py"), *root.glob("forms/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in SINKS:
                continue
            for part in _open_parts(node.args[0]):
                built = isinstance(part, ast.JoinedStr) and any(isinstance(v, ast.FormattedValue) for v in part.values)
                joined = isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Add, ast.Mod)) and not _constant(part)
                if (built or joined) and path.name not in ALLOWED:
                    wrong.append(f"{path.name}:{node.lineno}")
    assert wrong == []


def _open_parts(node):
    """All parts of an expression, but not what stands quoted in an Identifier or a Literal."""
    yield node
    quoted = isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("Identifier", "Literal", "Placeholder")
    for child in () if quoted else ast.iter_child_nodes(node):
        yield from _open_parts(child)


def _constant(node) -> bool:
    """A sum of literals and of module constants in capitals."""
    if isinstance(node, ast.BinOp):
        return _constant(node.left) and _constant(node.right)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.strip("_").isupper())
