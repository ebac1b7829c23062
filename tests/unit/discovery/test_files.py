# SPDX-License-Identifier: GPL-2.0-or-later
"""OpenStreetMap files and ledgers: whole or refused."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("osgeo")

from fullservice_plugin.connectors.ledger_file import read_ledger_file
from fullservice_plugin.connectors.osm_file import read_osm
from fullservice_plugin.core.discovery.source import facts_of
from fullservice_plugin.core.errors import InputError

OSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
 <node id="1" lat="60.0" lon="25.0"/><node id="2" lat="60.0" lon="25.001"/>
 <node id="3" lat="60.001" lon="25.001"/><node id="4" lat="60.001" lon="25.0"/>
 <node id="5" lat="60.0005" lon="25.0005"><tag k="addr:street" v="Katu"/><tag k="addr:housenumber" v="5"/></node>
 <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
  <tag k="building" v="apartments"/><tag k="building:levels" v="6"/><tag k="addr:street" v="Katu"/></way>
 <way id="11"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/><tag k="name" v="Katu"/></way>
 <way id="12"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="natural" v="water"/></way>
</osm>
"""


def test_osm_in_one_pass(tmp_path):
    path = tmp_path / "a.osm"
    path.write_text(OSM, encoding="utf-8")
    data = read_osm(path)
    assert data.buildings.ids == ["w10"]
    assert data.buildings.column("building:levels") == ["6"] and data.buildings.column("addr:street") == ["Katu"]
    facts = facts_of(data.buildings)[0]
    assert (facts.use, facts.storeys, facts.street) == ("apartments", 6, "Katu")
    assert data.addresses.column("addr:housenumber") == ["5"]
    assert data.streets.column("highway") == ["residential"]
    assert data.areas.column("kind") == ["water"]
    assert len(read_osm(path, (0.0, 0.0, 1.0, 1.0)).buildings) == 0


def test_real_extract(shared_data):
    data = read_osm(shared_data / "city" / "monaco_2020-07.osm.pbf")
    assert len(data.buildings) == 1151 and len(data.addresses) > 100 and len(data.streets) > 1500
    assert len(set(data.buildings.ids)) == len(data.buildings)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_cut_pbf_is_refused_whole(shared_data, tmp_path, share):
    whole = (shared_data / "city" / "helsinki_centre.osm.pbf").read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError, match="damaged or cut off"):
        read_osm(path)


def test_a_changed_byte_is_noticed(shared_data, tmp_path):
    whole = bytearray((shared_data / "city" / "monaco_2020-07.osm.pbf").read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    path = tmp_path / "flipped.osm.pbf"
    path.write_bytes(bytes(whole))
    with pytest.raises(InputError, match="damaged"):
        read_osm(path)


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("missing.osm.pbf", None, "does not exist"),
        ("empty.osm.pbf", b"", "is empty"),
        ("text.osm.pbf", b"hello world, no pbf", "no OpenStreetMap .pbf"),
        ("text.osm", b"hello", "no OpenStreetMap .osm"),
        ("cut.osm", OSM[: OSM.index('<way id="11"')].encode(), "damaged|cannot be read"),
        ("broken.osm", OSM.replace("<nd ref", "<nd <ref").encode(), "cannot be read"),
    ],
)
def test_bad_osm_files(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_osm(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_ledgers_in_any_encoding(tmp_path, encoding, delimiter):
    path = tmp_path / "ledger.csv"
    rows = [["编号", "名称", "户数"], ["1", "望湖苑3号楼", "48"], ["", "", ""], ["2", "火炬小区", ""]]
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    table = read_ledger_file(path)
    assert table.headings == ["编号", "名称", "户数"]
    assert table.rows == [["1", "望湖苑3号楼", "48"], ["2", "火炬小区", ""]] and table.numbers == [2, 4]


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n\n", "is empty"),
        ("a.csv", b"id,name\n", "no rows"),
        ("a.csv", b"id,name\n\xff\xff\xfe,1\n", "UTF-8 or GB18030"),
        ("a.csv", None, "does not exist"),
        ("a.xlsx", b"PK\x03\x04broken", "Excel"),
        ("a.xlsx", b"no workbook", "Excel"),
    ],
)
def test_bad_ledgers(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_ledger_file(path)


def test_workbook(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    path = tmp_path / "ledger.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for k, row in enumerate(
        [["编号", "名称", "经度", "户数"], [1, "望湖苑3号楼", 120.123456, 48], ["2", "火炬小区", "", 7.5]]
    ):
        sheet.write_row(k, 0, row)
    book.close()
    table = read_ledger_file(path)
    assert table.headings == ["编号", "名称", "经度", "户数"]
    assert table.rows == [["1", "望湖苑3号楼", "120.123456", "48"], ["2", "火炬小区", "", "7.5"]]
    assert table.numbers == [2, 3]
    broken = tmp_path / "cut.xlsx"
    shutil.copy(path, broken)
    broken.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="Excel"):
        read_ledger_file(broken)


def test_licence_is_the_files_own(tmp_path):
    from fullservice_plugin.connectors.osm_file import LICENCE, licence_of

    made, taken = tmp_path / "made.osm", tmp_path / "taken.osm"
    made.write_text('<?xml version="1.0"?>\n<osm version="0.6" attribution="A &amp; B" license="CC0 1.0">\n</osm>')
    taken.write_text('<osm version="0.6" attribution="http://www.openstreetmap.org/copyright" '
                     'license="http://opendatacommons.org/licenses/odbl/1-0/">\n</osm>')
    assert licence_of(made) == "CC0 1.0, A & B"
    assert licence_of(taken) == LICENCE
    assert licence_of(tmp_path / "city.osm.pbf") == LICENCE


def test_use_comes_from_the_first_column_that_tells_it():
    from fullservice_plugin.core.discovery.source import facts_of
    from fullservice_plugin.core.table import FeatureTable

    columns = {
        "building:use": [None, None, "", None, None, "office"],
        "building": ["apartments", "yes", "yes", "yes", "yes", "industrial"],
        "amenity": [None, "school", None, None, None, None],
        "shop": [None, None, "clothes", None, None, None],
        "office": [None, None, None, "company", None, None],
    }
    table = FeatureTable([str(n) for n in range(6)], [None] * 6, columns)
    assert [facts.use for facts in facts_of(table)] == ["apartments", "school", "retail", "office", None, "office"]
