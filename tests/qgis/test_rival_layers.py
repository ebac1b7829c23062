# SPDX-License-Identifier: GPL-2.0-or-later
"""Rivals on the map: pies that leave the unknown share hatched, the threat per grid, what is stale; drawn for real."""

from __future__ import annotations

import pytest

pytest.importorskip("qgis.core")
from qgis.core import QgsExpression, QgsExpressionContext, QgsExpressionContextUtils

MADE = """
insert into fullservice.intel_observation (id, branch_code, origin, subject_kind, building_id, operator_code, field,
    value, number, source_class, source_text, observed_on, observer)
select gen_random_uuid(), 'GZ', 'sample', 'building', b.id, o.code, f.field, f.value, f.number, 'manager', 't',
    current_date - case when b.code like '%7' then 20 else 1 end, 'li.wei'
from fullservice.building b join fullservice.estate e on e.id = b.estate_id
join (values ('LP0001', 'CTCC', 9), ('LP0001', 'CMCC', 6), ('LP0002', 'CUCC', 12)) o (estate, code, lines)
    on o.estate = e.code
join lateral (values ('subs', null, o.lines), ('technology', 'ftth', null)) f (field, value, number) on true;
update fullservice.intel_observation o set observed_on = current_date - 1500 where o.building_id in (
    select b.id from fullservice.building b join fullservice.estate e on e.id = b.estate_id where e.code = 'LP0003');
delete from fullservice.intel_observation o using fullservice.building b, fullservice.estate e
where b.id = o.building_id and e.id = b.estate_id and e.code = 'LP0004';
update fullservice.building b set households = 40 from fullservice.estate e
where e.id = b.estate_id and e.code in ('LP0001', 'LP0002');
"""


@pytest.fixture(scope="module")
def town(store_name, databases) -> str:
    return databases.fill(store_name, "begin", "set local session_replication_role = replica", MADE, "commit",
                          "select fs_app.refresh_aggregates()")


@pytest.fixture(scope="module", params=["zh", "en"])
def opened(request, town, tmp_path_factory):
    from qgis.core import QgsProject

    from fullservice_plugin.gis.project import build_project, write_project

    path = tmp_path_factory.mktemp("rivals") / "map.qgz"
    made = build_project(town, request.param)
    write_project(made, str(path))
    made.clear()
    project = QgsProject()
    assert project.read(str(path))
    yield project, request.param
    project.clear()


def layer_of(project, key: str):
    from fullservice_plugin.gis.layers import find_layer

    return find_layer(key, project)


def shares(layer) -> dict[str, list[float]]:
    settings = layer.diagramRenderer().diagramSettings()[0]
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.layerScope(layer))
    found = {}
    for feature in layer.getFeatures():
        context.setFeature(feature)
        found[feature["code"]] = [QgsExpression(text).evaluate(context) for text in settings.categoryAttributes]
    return found


def test_pies_hold_every_operator_and_the_unknown(opened):
    project, language = opened
    layer = layer_of(project, "rival_shares")
    settings = layer.diagramRenderer().diagramSettings()[0]
    names = {"zh": ["中国移动", "中国电信", "中国联通", "未知份额：斜线"],
             "en": ["China Mobile", "China Telecom", "China Unicom", "Unknown share: hatched"]}[language]
    assert list(settings.categoryLabels) == names
    assert [colour.alpha() for colour in settings.categoryColors] == [255, 255, 255, 0], "the hatch shows through"
    told = shares(layer)
    assert told["LP0001"][0] == pytest.approx(6 / 40, abs=1e-3) and told["LP0001"][1] == pytest.approx(9 / 40, abs=1e-3)
    assert sum(told["LP0001"]) == pytest.approx(1.0, abs=1e-3) and told["LP0001"][3] > 0.5
    drawn = QgsExpression(layer.diagramLayerSettings().dataDefinedProperties().property(
        layer.diagramLayerSettings().Property.Show).expressionString())
    context = QgsExpressionContext()
    for feature in layer.getFeatures():
        context.setFeature(feature)
        context.setFields(layer.fields())
        assert bool(drawn.evaluate(context)) == (feature["code"] in ("LP0001", "LP0002")), feature["code"]


def test_an_operator_with_a_quote_and_an_eighth_one(qgis_app):
    from fullservice_plugin.gis.rival_styles import slices

    parts = slices([(f"O'{number}", f"Name {number}") for number in range(9)], "en")
    assert len(parts) == 9 and parts[7][2] == "Other operators" and parts[8][1] == ""
    assert all(not QgsExpression(expression).hasParserError() for expression, _, _ in parts)
    assert len({colour for _, colour, _ in parts}) == 9


def test_unknown_stale_and_disputed_are_told_apart(opened):
    project, _ = opened
    layer = layer_of(project, "rival_state")
    found = {feature["code"]: feature["standing"] for feature in layer.getFeatures()}
    assert found["LP0003"] == "stale" and found["LP0004"] == "unseen" and found["LP0001"] in ("fresh", "disputed")
    for rule in layer.renderer().rootRule().children():
        kinds = [rule.symbol().symbolLayer(number).layerType() for number in range(rule.symbol().symbolLayerCount())]
        wanted = "'stale'" in rule.filterExpression() or "'unseen'" in rule.filterExpression()
        assert ("LinePatternFill" in kinds) == wanted
    buildings = layer_of(project, "competition_map")
    context = QgsExpressionContext()
    for feature in buildings.getFeatures():
        context.setFeature(feature)
        context.setFields(buildings.fields())
        hits = [rule for rule in buildings.renderer().rootRule().children()
                if not rule.isElse() and QgsExpression(rule.filterExpression()).evaluate(context)]
        assert len(hits) <= 1, "a building is drawn once"


def test_tables_show_the_names_of_rivals_in_one_language(opened):
    project, language = opened
    for key, word, title in (("rival_state", "names", {"zh": "竞品", "en": "Rivals"}),
                             ("competition_map", "operators", {"zh": "在场运营商", "en": "Operators there"})):
        layer = layer_of(project, key)
        shown = {column.name for column in layer.attributeTableConfig().columns() if not column.hidden}
        assert shown & {f"{word}_zh", f"{word}_en"} == {f"{word}_{language}"}
        assert layer.attributeDisplayName(layer.fields().lookupField(f"{word}_{language}")) == title[language]


def test_the_threat_of_grids_has_classes_and_a_hatch(opened):
    from fullservice_plugin.compat import plain_value

    project, language = opened
    layer = layer_of(project, "rival_threat")
    children = layer.renderer().rootRule().children()
    assert children[-1].isElse() and children[-1].symbol().symbolLayerCount() == 2 and len(children) == 6
    grids = {feature["code"]: feature for feature in layer.getFeatures()}
    assert grids and any(feature["threat"] for feature in grids.values())
    for feature in grids.values():
        assert feature["known_estates"] <= feature["estates"]
        assert (plain_value(feature["threat"]) is None) == (feature["known_estates"] == 0)
    label = layer.attributeDisplayName(layer.fields().lookupField("threat"))
    assert label.startswith("威胁度" if language == "zh" else "Threat")


def test_it_is_drawn_quickly_and_explained(opened, root):
    import time

    from qgis.core import QgsMapRendererParallelJob, QgsMapSettings
    from qgis.PyQt.QtCore import QSize
    from qgis.PyQt.QtGui import QColor

    project, language = opened
    keys = ("rival_shares", "competition_map", "rival_state", "rival_threat", "estate", "street")
    layers = [layer_of(project, key) for key in keys]
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(project.crs())
    settings.setExtent(project.viewSettings().defaultViewExtent())
    settings.setOutputSize(QSize(1400, 900))
    settings.setBackgroundColor(QColor("#f3f1ec"))
    settings.setOutputDpi(96)
    started = time.monotonic()
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    assert time.monotonic() - started < 10 and not job.errors()
    folder = root / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    image = job.renderedImage()
    image.save(str(folder / f"{language}_rival_map.png"))
    seen = {image.pixelColor(x, y).name() for x in range(0, 1400, 2) for y in range(0, 900, 2)}
    assert {"#0072b2", "#d55e00", "#009e73"} <= seen, "the pies are there"
    for key in keys[:4]:
        assert layer_of(project, key).name() and layer_of(project, key).isSpatial()
