# SPDX-License-Identifier: GPL-2.0-or-later
"""A small place with a real plan whose route runs along walls, and what any document to properties must hold."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

from pypdf import PdfReader

_spec = importlib.util.spec_from_file_location("fs_town_handouts", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(town)
ON = date(2026, 5, 4)
CONTACT, PHONE = "李四光", "13912345678"


class Place:
    """The store, its ids, its plan."""

    def __init__(self, store, ids, plan) -> None:
        self.store, self.ids, self.plan = store, ids, plan

    def sql(self, statement: str, *values) -> None:
        with self.store.transaction(bulk=True) as cur:
            cur.execute(statement, values)


def build(service: str) -> Place:
    """A row of houses wall to wall (A and D have homes, B and C carry the cable), and two estates beside it."""
    from fullservice_plugin.core.access.catalogue import load_catalogue
    from fullservice_plugin.services.design import plan_area
    from fullservice_plugin.services.negotiation import record_party
    from fullservice_plugin.services.packages import import_packages
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    store = Store.connect({"service": service})
    install(store)
    ids = town.build_row(store)
    import_packages(store, town.table({"code": ["P1", "P2"], "name": ["畅享千兆", "Home 300"], "segment": ["home"] * 2,
                                       "price_month": [99.0, 59.5], "down_mbps": [1000, 300], "up_mbps": [50, 30],
                                       "contract_months": [24, 12]}))  # fmt: skip
    party = record_party(store, ids["E3"], "Row Owners", "owner", authority="sign",
                         contact={"name": CONTACT, "phone": PHONE, "consent": True})  # fmt: skip
    record_party(store, ids["E3"], "Row Managers", "property_mgmt")
    made = plan_area(store, "G", scenario="base", today=date(2026, 3, 1), budget=None, horizon_years=8.0,
                     catalogue=load_catalogue(), time_limit=10.0)  # fmt: skip
    with store.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.agreement (number, status, estate_id, valid_from, valid_to, notice_days, "
                    "works_from, works_to, works_hours, fee_model, fee_amount, exclusivity, power_model) values "
                    "('R-7', 'draft', %s, '2024-06-01', '2029-05-31', 60, '2026-06-01', '2026-06-20', '08:30–17:30', "
                    "'per_year', 1234.5, 'none', 'metered') returning id", (ids["E3"],))  # fmt: skip
        cur.execute(
            "insert into fullservice.agreement_building (agreement_id, building_id) values (%s, %s)",
            (cur.fetchone()[0], ids["A"]),
        )
        cur.execute(
            "insert into fullservice.negotiation (building_id, estate_id) select %s, %s where not exists "
            "(select from fullservice.negotiation where building_id = %s)",
            (ids["A"], ids["E3"], ids["A"]),
        )
        cur.execute("update fullservice.negotiation set party_id = %s where building_id in (%s, %s)",
                    (party, ids["A"], ids["B"]))  # fmt: skip
    return Place(store, ids, made)


def squeezed(path) -> str:
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(str(path)).pages))


def sound(path) -> PdfReader:
    """The PDF, after looking for fonts that are not embedded, missing glyphs and words outside the page."""
    fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True).stdout
    rows = [row.split() for row in fonts.splitlines()[2:]]
    assert rows and all(row[-5] == "yes" for row in rows), fonts
    boxes = subprocess.run(["pdftotext", "-bbox", str(path), "-"], capture_output=True, text=True, check=True).stdout
    sizes = re.findall(r'<page width="([\d.]+)" height="([\d.]+)">', boxes)
    wide, high = max(float(size[0]) for size in sizes), max(float(size[1]) for size in sizes)
    sides = re.findall(
        r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>', boxes
    )
    assert len(sides) > 50
    for left, top, right, bottom, word in sides:
        assert float(left) >= 20 and float(right) <= wide - 20, word
        assert float(top) >= 10 and float(bottom) <= high - 6, word
    reader = PdfReader(str(path))
    text = "".join(page.extract_text() for page in reader.pages)
    assert not re.search(r"[\ufffd\x00{}]", text)
    return reader


def outline(entries, level=0):
    for entry in entries:
        if isinstance(entry, list):
            yield from outline(entry, level + 1)
        else:
            yield level, entry


def sheet_rows(path: Path, number: int) -> list[list[str]]:
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as book:
        tree = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    return [
        ["".join(cell.itertext()) if cell.find(f"{main}f") is None else cell.find(f"{main}v").text for cell in row]
        for row in tree.iter(f"{main}row")
    ]
