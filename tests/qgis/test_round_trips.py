# SPDX-License-Identifier: GPL-2.0-or-later
"""How often QGIS asks the server to show a row in its form and to save one edit: counted in the server's own log."""

from __future__ import annotations

import pytest

#: Statements at most; measured 2026-11 with QGIS 3.22. More is slower for everybody who is far from the server.
READ, SAVE = 3, 6


@pytest.fixture(scope="module")
def place(own_server, root, qgis_app):
    """The made town on a server that writes every statement into its log."""
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.migrate import install

    service = own_server.create("counted")
    with Store.connect({"service": service}) as store:
        install(store)
        store.execute((root / "tests" / "data" / "small_city.sql").read_text(encoding="utf-8"))
    own_server.cluster._psql("alter system set log_statement = 'all'")
    own_server.cluster._psql("select pg_reload_conf()")
    return own_server, service


class Counter:
    """Statements that the server logged since."""

    def __init__(self, server):
        self.log = server.cluster.log
        self.start = self.log.stat().st_size

    def lines(self):
        with open(self.log, encoding="utf-8", errors="replace") as handle:
            handle.seek(self.start)
            return [line for line in handle if "statement:" in line or "execute " in line]


@pytest.mark.parametrize("key", ["building", "negotiation"])
def test_statements_to_show_a_row_and_to_save_an_edit(place, key):
    from qgis.core import QgsFeatureRequest

    from fullservice_plugin.gis.guard import guard, release
    from fullservice_plugin.gis.layers import definition, make_layer

    server, service = place
    layer = make_layer(service, definition(key), "en")
    watch = guard(layer)
    fid = next(layer.getFeatures(QgsFeatureRequest().setLimit(1))).id()
    shown = Counter(server)
    feature = layer.getFeature(fid)
    watch.saw(fid, feature["row_version"], feature)
    read = [line for line in shown.lines() if "counted" in line or "FETCH" in line or "SELECT" in line.upper()]
    place_of_text = layer.fields().lookupField("name" if key == "building" else "next_action")
    layer.startEditing()
    for text in ("the first save of a session opens a connection", "counted"):
        saved = Counter(server)
        layer.changeAttributeValue(fid, place_of_text, text)
        assert layer.commitChanges(False), layer.commitErrors()
        written = saved.lines()
    layer.rollBack()
    release(layer.id())
    print(f"\n{key}: {len(read)} statements to show a row, {len(written)} to save one edit")
    assert 1 <= len(read) <= READ, read
    assert 1 <= len([line for line in written if "UPDATE" in line]) <= 1
    assert len(written) <= SAVE, written
