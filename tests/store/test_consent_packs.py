# SPDX-License-Identifier: GPL-2.0-or-later
"""Consent packs of a real small plan: grouped, complete, equal in every form, resumed, and nobody else's."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest

from fullservice_plugin.core.errors import Cancelled, InputError
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.services.consents import export_consents
from fullservice_plugin.services.dossiers import export_dossier

_spec = importlib.util.spec_from_file_location("fs_handout_consents", Path(__file__).with_name("handout_place.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
ON, CONTACT, PHONE, sound, squeezed, outline, sheet_rows = (
    made.ON,
    made.CONTACT,
    made.PHONE,
    made.sound,
    made.squeezed,
    made.outline,
    made.sheet_rows,
)


@pytest.fixture(scope="module")
def place(qgis_app, empty_database):
    found = made.build(empty_database)
    yield found
    found.store.close()


def test_contacts_only_when_asked_and_every_look_written_down(place, tmp_path):
    looks = "select count(*) from fs_audit.unmask"
    before = place.store.value(looks)
    export_consents(place.store, place.plan.code, "en", str(tmp_path / "quiet"), on=ON)
    assert place.store.value(looks) == before
    done = export_consents(place.store, place.plan.code, "en", str(tmp_path / "named"), on=ON, named=True)
    assert place.store.value(looks) == before + 1
    assert place.store.value("select purpose from fs_audit.unmask order by seq desc limit 1") == (
        f"consent packs of plan {place.plan.code}"
    )
    text = "".join(squeezed(path) for path in done.folder.glob("*.pdf"))
    assert CONTACT in text and PHONE not in text and PHONE[-4:] not in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_packs_index_and_workbook_say_the_same(place, tmp_path, language):
    told: list[float] = []
    done = export_consents(place.store, place.plan.code, language, str(tmp_path / "c"), on=ON,
                           progress=Progress(report=told.append))  # fmt: skip
    assert told == sorted(told) and told[-1] == 1.0
    crossings = {
        c["building"]: c["metres"]
        for c in place.store.value(
            "select params -> 'crossings' from fullservice.plan where id = %s", (place.plan.plan_id,)
        )
    }
    entered = {
        row[0]
        for row in place.store.rows(
            "select b.code from fullservice.access_decision d join fullservice.building b on b.id = d.building_id "
            "where d.plan_id = %s and d.method <> 'none'",
            (place.plan.plan_id,),
        )
    }
    assert {"B", "C"} <= set(crossings) and {"A", "D"} <= entered
    book = next(done.folder.glob("*.xlsx"))
    rows = {row[0]: row for row in sheet_rows(book, 2)[1:]}
    assert set(rows) == set(crossings) | entered and done.properties == len(rows)
    for code, row in rows.items():
        assert (
            (float(row[6]) if row[6] else None) == pytest.approx(crossings[code]) if code in crossings else not row[6]
        )
        assert (row[5] in ("yes", "是")) == (code in entered)
    homes = dict(place.store.rows("select code, households from fullservice.building"))
    assert all(int(row[4]) == homes[code] for code, row in rows.items())
    total = sheet_rows(book, 1)[-1]
    assert [float(value) for value in total[1:3]] == [len(rows), sum(homes[code] for code in rows)]
    assert float(total[5]) == pytest.approx(sum(crossings.values()), abs=0.02) and done.homes == float(total[2])
    index = next(done.folder.glob("*index*.pdf"))
    sound(index)
    text = squeezed(index)
    assert f"{done.homes:,}" in text and f"{sum(crossings.values()):,.1f}" in text
    packs = [path for path in done.folder.glob("*.pdf") if path != index]
    assert len(packs) == done.packs == done.written and {row[9] for row in rows.values()} == {p.name for p in packs}
    for path in packs:
        reader = sound(path)
        mine = [code for code, row in rows.items() if row[9] == path.name]
        assert sum(len(page.get("/VP", ())) for page in reader.pages) == len(mine)
        assert ("Consent form" if language == "en" else "同意书") in [e.title for _, e in outline(reader.outline)]
        said = squeezed(path)
        for code in mine:
            if code in crossings:
                metres = f"{crossings[code]:,.0f}" if crossings[code] >= 10 else f"{crossings[code]:,.1f}"
                assert f"{metres}m" in said or f"{metres}米" in said


def test_cancel_leaves_whole_files_and_resume_writes_the_rest(place, tmp_path):
    whole = export_consents(place.store, place.plan.code, "en", str(tmp_path / "whole"), on=ON)
    folder = tmp_path / "cut"

    def stop() -> bool:
        return len(list(folder.glob("*.pdf"))) >= 1

    with pytest.raises(Cancelled):
        export_consents(place.store, place.plan.code, "en", str(folder), on=ON, progress=Progress(cancelled=stop))
    left = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(left) == 1 and not [name for name in left if "index" in name or name.startswith(".")]
    stamps = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    done = export_consents(place.store, place.plan.code, "en", str(folder), on=ON)
    assert done.written == done.packs - 1
    assert all((folder / name).stat().st_mtime_ns == stamp for name, stamp in stamps.items())
    same = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert same == {path.name: path.read_bytes() for path in whole.folder.iterdir()}
    first = next(iter(left))
    (folder / first).write_bytes(left[first][:2000])  # cut off by somebody: written anew
    place.sql("update fullservice.building set households = households + 1 where code = 'A'")
    changed = export_consents(place.store, place.plan.code, "en", str(folder), on=ON)
    assert 1 <= changed.written <= 2 and sound(folder / first)
    place.sql("update fullservice.building set households = households - 1 where code = 'A'")
    assert export_consents(place.store, place.plan.code, "en", str(folder), on=date(2026, 5, 5)).written == done.packs


def test_a_permission_ends_the_question_and_another_branch_sees_nothing(place, tmp_path, databases):
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.roles import add_person

    name = place.store.connection.info.dbname
    with place.store.transaction(bulk=True) as cur:
        cur.execute(
            "insert into fullservice.org_unit (level, code, name, geom) select 'branch', 'X', 'Other', "
            "ST_Translate(geom, 5, 0) from fullservice.org_unit where code = 'B'"
        )
        add_person(cur, f"{name}_other", "customer_manager", ("X",))
    other = Store.connect({"service": databases.service(f"{name}_other", name, f"{name}_other")})
    try:
        with pytest.raises(InputError, match="no building"):
            export_dossier(other, "E3", "en", str(tmp_path / "o.pdf"))
        with pytest.raises(InputError, match="no plan|no property|nothing to write"):
            export_consents(other, place.plan.code, "en", str(tmp_path / "o"))
    finally:
        other.close()
    assert not (tmp_path / "o.pdf").exists() and not list(tmp_path.glob("o/*"))
    place.sql("insert into fullservice.negotiation (building_id, estate_id, stage, origin) values (%s, %s, 'signed', "
              "'import')", place.ids["D"], place.ids["E3"])  # fmt: skip
    place.sql("update fullservice.negotiation set is_deleted = true where building_id = %s and stage <> 'signed'",
              place.ids["D"])  # fmt: skip
    done = export_consents(place.store, place.plan.code, "en", str(tmp_path / "s"), on=ON)
    rows = {row[0]: row for row in sheet_rows(next(done.folder.glob("*.xlsx")), 2)[1:]}
    assert "D" not in rows or rows["D"][5] == "no"
    place.sql("insert into fullservice.plan (code, area_code, params) values ('empty', 'G', '{}')")
    with pytest.raises(InputError, match="nothing to write"):
        export_consents(place.store, "empty", "en", str(tmp_path / "none"))
