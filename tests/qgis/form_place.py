# SPDX-License-Identifier: GPL-2.0-or-later
"""A map over a town: two buildings in estates of their own, a party each, and a talk; the plugin watches over it."""

from __future__ import annotations

import pytest
from qgis.PyQt import sip

from tests.qgis.waiting import wait

HOUSES = """update fullservice.building b set estate_id = e.id, edit_base = b.row_version
from (select id, row_number() over (order by code) as place from fullservice.estate where not is_deleted) e
join (select id, row_number() over (order by code) as place from fullservice.building where not is_deleted) h
    on h.place = e.place
where b.id = h.id and e.place <= 2 returning b.fid, b.id::text, e.id::text"""
PARTY = """insert into fullservice.property_party (name, role, estate_id) values (%s, 'property_mgmt', %s)
returning id::text, estate_id::text, name"""
TALK = """insert into fullservice.negotiation (building_id, estate_id, party_id, kind, stage)
values (%s, %s, %s, 'renewal', 'not_started') returning fid"""
#: Forms that a test opened; they go before their layers do.
OPEN: list = []


@pytest.fixture(scope="module")
def town(store_name, databases) -> str:
    """A store with a made town and two parties, each of another estate."""
    return databases.fill(store_name)


def deed(town, sql, values=None):
    from fullservice_plugin.store.connection import Store

    with Store.connect({"service": town}) as store, store.transaction() as cur:
        cur.execute(sql, values)
        return cur.fetchall() if cur.description else []


@pytest.fixture(scope="module")
def houses(town):
    """Two buildings, each in an estate of its own: row number, id, id of the estate."""
    return deed(town, HOUSES)


@pytest.fixture(scope="module")
def parties(town, houses):
    """A party of each estate: id, id of the estate, name."""
    return [deed(town, PARTY, (f"Office {number}", house[2]))[0] for number, house in enumerate(houses)]


@pytest.fixture(scope="module")
def talk(town, houses, parties):
    """The row number of a talk with the first party."""
    return deed(town, TALK, (houses[0][1], houses[0][2], parties[0][0]))[0][0]


@pytest.fixture(scope="module")
def path(town, tmp_path_factory):
    import processing

    path = str(tmp_path_factory.mktemp("names") / "map.qgz")
    processing.run("fullservice:buildproject", {"STORE": town, "LANGUAGE": "en", "OUTPUT": path})
    return path


def editors():
    """QGIS' editors, which QGIS desktop has from its start."""
    from qgis.gui import QgsGui

    if "RelationReference" not in QgsGui.editorWidgetRegistry().factories():
        QgsGui.editorWidgetRegistry().initEditors()


@pytest.fixture
def watch(path, talk):
    """The map, open, with the plugin's watch over it; names are known."""
    from qgis.core import QgsProject

    from fullservice_plugin.gui.attribute_forms.name_lists import current
    from fullservice_plugin.gui.notify import Notifier
    from fullservice_plugin.gui.watch import ProjectWatch

    editors()
    project = QgsProject.instance()
    made = ProjectWatch(Notifier(None))
    assert project.read(path)
    try:
        wait(lambda: "ValueRelation" not in {setup(key, name).type() for key, name in naming()})
        yield made
    finally:
        while OPEN:
            sip.delete(OPEN.pop())
        if current() is not None:
            made.stop()
        project.clear()


def layer(key):
    from fullservice_plugin.gis.layers import require_layer

    return require_layer(key)


def setup(key, name):
    found = layer(key)
    return found.editorWidgetSetup(found.fields().lookupField(name))


def naming():
    """Every field of our layers whose stored editor names rows of another layer."""
    from fullservice_plugin.gis.layers import LAYERS
    from fullservice_plugin.gui.attribute_forms.own_forms import FORMS

    return [(spec.key, field.name()) for spec in LAYERS if (FORMS / f"{spec.key}.ui").exists()
            for field in layer(spec.key).fields()
            if setup(spec.key, field.name()).type() in ("ValueRelation", "RelationReference")]


def open_form(key, fid, context=None):
    """A form with its logic; QGIS without its desktop attaches none, and asks in a window why."""
    from qgis.core import QgsEditFormConfig
    from qgis.gui import QgsAttributeEditorContext, QgsAttributeForm

    from fullservice_plugin.gui.attribute_forms.tools import FormLogic

    config = layer(key).editFormConfig()
    config.setInitCodeSource(QgsEditFormConfig.PythonInitCodeSource.CodeSourceNone)
    layer(key).setEditFormConfig(config)
    form = QgsAttributeForm(layer(key), layer(key).getFeature(fid), context or QgsAttributeEditorContext())
    form.fullservice = FormLogic(form, layer(key))
    OPEN.append(form)
    return form
