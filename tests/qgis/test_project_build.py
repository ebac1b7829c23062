# SPDX-License-Identifier: GPL-2.0-or-later
"""The project of a store: layers, words, forms, relations, themes, and no secrets."""

from __future__ import annotations

import zipfile

import pytest


@pytest.fixture(scope="module")
def town(store_name, databases) -> str:
    """A store with a made town."""
    return databases.fill(store_name)


@pytest.fixture(scope="module", params=["zh", "en"])
def opened(request, town, tmp_path_factory):
    """The project written by the algorithm and read again; its language and its text."""
    from qgis.core import QgsProject

    import processing

    path = tmp_path_factory.mktemp("project") / f"map_{request.param}.qgz"
    result = processing.run("fullservice:buildproject", {"STORE": town, "LANGUAGE": request.param, "OUTPUT": str(path)})
    assert result["LAYERS"] > 30
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name]
    with zipfile.ZipFile(path) as archive:
        text = next(archive.read(name).decode() for name in archive.namelist() if name.endswith(".qgs"))
    project = QgsProject()
    assert project.read(str(path))
    yield project, request.param, text
    project.clear()


def by_key(project) -> dict:
    from fullservice_plugin.gis.layers import key_of

    return {key_of(layer): layer for layer in project.mapLayers().values()}


def test_every_layer_is_there_valid_and_found_by_key(opened):
    from fullservice_plugin.gis.layers import LAYERS, find_layer

    project, language, _ = opened
    layers = by_key(project)
    assert set(layers) == {spec.key for spec in LAYERS}
    for spec in LAYERS:
        layer = layers[spec.key]
        assert layer.isValid() and layer.name() == spec.title(language), spec.key
        layer.setName("renamed by a user")
        assert find_layer(spec.key, project) is layer
        uri = layer.dataProvider().uri()
        assert uri.keyColumn() == "fid" and uri.useEstimatedMetadata() and not uri.password()


def test_fields_speak_the_language(opened):
    project, language, _ = opened
    layers = by_key(project)
    building = layers["building"]
    expected = {"zh": ("高度（m）", "层数"), "en": ("Height (m)", "Storeys")}[language]
    assert building.attributeDisplayName(building.fields().lookupField("height_m")) == expected[0]
    assert building.attributeDisplayName(building.fields().lookupField("storeys")) == expected[1]
    talk = layers["negotiation"]
    setup = talk.editorWidgetSetup(talk.fields().lookupField("stage"))
    labels = {code: label for entry in setup.config()["map"] for label, code in entry.items()}
    assert setup.type() == "ValueMap" and labels["signed"] == {"zh": "已签约", "en": "Signed"}[language]
    for name in ("fid", "id", "row_version", "edit_base", "is_deleted"):
        assert talk.editorWidgetSetup(talk.fields().lookupField(name)).type() == "Hidden"
    assert talk.editFormConfig().readOnly(talk.fields().lookupField("created_at"))


def test_catalogue_labels_cover_the_tables(opened):
    from fullservice_plugin.core.catalogue.fields import TABLES
    from fullservice_plugin.gis.forms import catalogue_field
    from fullservice_plugin.gis.layers import LAYERS

    layers = by_key(opened[0])
    for spec in LAYERS:
        if spec.schema == "fs_app":
            continue
        assert spec.table in TABLES
        missing = [f.name() for f in layers[spec.key].fields() if catalogue_field(spec, f.name()) is None]
        assert not missing, (spec.key, missing)


def test_relations_themes_and_settings(opened):
    from fullservice_plugin.compat import transactions_enabled
    from fullservice_plugin.gis.form_groups import LINKS

    project, language, _ = opened
    relations = project.relationManager().relations()
    assert set(relations) == {link.id for link in LINKS} and all(r.isValid() for r in relations.values())
    themes = project.mapThemeCollection().mapThemes()
    assert sorted(themes) == sorted(
        {"zh": ["楼盘发现", "商机价值", "物业洽谈", "竞争情报", "接入设计", "设计与资源", "经营分析"],
         "en": ["Discovery", "Opportunities", "Negotiation", "Competition", "Access design", "Design and resources",
                "Analysis"]}[language])
    for theme in themes:
        assert len(project.mapThemeCollection().mapThemeVisibleLayers(theme)) > 5
    assert not transactions_enabled(project)
    assert project.metadata().language() == {"zh": "zh-CN", "en": "en"}[language]
    assert project.crs().authid() == "EPSG:32649"
    view = project.viewSettings().defaultViewExtent()
    assert project.viewSettings().presetFullExtent() == view
    assert 900 < view.width() < 3000 and 500 < view.height() < 3000  # metres


def test_a_theme_that_had_nothing_to_show_is_put_in_when_it_has(opened):
    from fullservice_plugin.gis.themes import theme_showing

    project, language, _ = opened
    themes = project.mapThemeCollection()
    name = {"zh": "接入设计", "en": "Access design"}[language]
    themes.removeMapTheme(name)
    assert theme_showing(project, "decision_map", language) == name
    keys = {layer.customProperty("fullservice/key") for layer in themes.mapThemeVisibleLayers(name)}
    assert {"decision_map", "design_routes", "coverage", "grid"} <= keys


def test_project_holds_no_secret_no_code_no_path(opened, root):
    text = opened[2]
    for word in ("password=", "fullservice_forms", str(root), "PGPASS"):
        assert word not in text


def test_unknown_is_hatched_never_white(opened):
    from qgis.core import QgsRuleBasedRenderer

    layers = by_key(opened[0])
    for key in ("negotiation_map", "decision_map", "competition_map", "building"):
        renderer = layers[key].renderer()
        assert isinstance(renderer, QgsRuleBasedRenderer)
        last = renderer.rootRule().children()[-1]
        assert last.isElse() and last.symbol().symbolLayerCount() == 2
        for rule in renderer.rootRule().children():
            assert rule.symbol().color().lightness() < 250


def test_levels_are_labelled_at_their_scales_and_hatched_where_empty(opened):
    layers = by_key(opened[0])
    for key, far, near in (("branch", 0, 200_000), ("micro_region", 200_000, 50_000), ("grid", 50_000, 10_000),
                           ("building", 2_500, 0)):
        labels = layers[key].labeling()
        scales = [(labels.settings(one).minimumScale, labels.settings(one).maximumScale)
                  for one in labels.subProviders()]
        assert scales == [(far, near)], (key, scales)
        if key == "building":
            continue
        last = layers[key].renderer().rootRule().children()[-1]
        assert last.isElse() and "LinePatternFill" in [part.layerType() for part in last.symbol().symbolLayers()], key


def test_counts_on_the_map_match_the_rows(opened, databases, town):
    project, language, _ = opened
    layers = by_key(project)
    grids = {f["code"]: f[f"indicators_{language}"] for f in layers["grid"].getFeatures()}
    link = databases.connect(town)
    with link.cursor() as cursor:
        cursor.execute("""select g.code, count(*), count(*) filter (where n.stage in
                              ('signed', 'entry_permitted', 'in_force', 'renewing'))
                          from fullservice.org_unit g join fullservice.building b on b.grid_id = g.id
                          left join fullservice.negotiation n on n.building_id = b.id group by 1""")
        for code, buildings, signed in cursor.fetchall():
            assert f"{signed}/{buildings}" in grids[code]
    link.close()
    without = [f for f in layers["negotiation_map"].getFeatures() if not f["stage"]]
    assert len(without) == 8  # every ninth building has no talk


@pytest.fixture(scope="module")
def manager(databases, town) -> str:
    """The service of a customer manager of the made town."""
    from fullservice_plugin.store.connection import Store
    from fullservice_plugin.store.roles import add_person

    login = f"{town}_li"
    store = Store.connect({"service": town})
    with store.transaction(bulk=True) as cursor:
        staff = add_person(cursor, login, "customer_manager", ("GZ",))
        cursor.execute("update fullservice.estate set owner_staff_id = %s", (staff,))
    store.close()
    return databases.service(login, town, login)


def test_customer_manager_gets_the_map_and_may_edit(manager, tmp_path):
    from qgis.core import QgsProject

    import processing

    path = tmp_path / "manager.qgz"
    processing.run("fullservice:buildproject", {"STORE": manager, "LANGUAGE": "zh", "OUTPUT": str(path)})
    project = QgsProject()
    project.read(str(path))
    layers = by_key(project)
    assert {"building", "estate", "negotiation", "negotiation_map", "competition_map", "decision_map",
            "grid"} <= set(layers)
    assert layers["building"].featureCount() == 72 or sum(1 for _ in layers["building"].getFeatures()) == 72
    assert all(feature["indicators_zh"] for feature in layers["grid"].getFeatures())
    estate = layers["estate"]
    feature = next(estate.getFeatures())
    estate.startEditing()
    estate.changeAttributeValue(feature.id(), estate.fields().lookupField("name"), "改名")
    assert estate.commitChanges(), estate.commitErrors()
    plan = layers["plan"]
    plan.startEditing()
    row = next(plan.getFeatures())
    plan.changeAttributeValue(row.id(), plan.fields().lookupField("scenario"), "mine")
    assert not plan.commitChanges()
    plan.rollBack()
    project.clear()


def test_health_of_a_store_names_login_and_role(manager, empty_database, qgis_app):
    from fullservice_plugin.gui.health import examine

    well = examine(manager)
    assert well.light in ("green", "amber") and dict(well.facts)["Role"] in ("Customer manager", "客户经理")
    assert examine(empty_database).light == "red" and examine(empty_database).error is not None
    assert not examine("no_such_service").reachable


def test_login_without_rights_is_told(databases, town, qgis_app, tmp_path):
    from qgis.core import QgsProcessingException

    import processing

    link = databases.connect(town)
    with link.cursor() as cursor:
        cursor.execute(f"create role {town}_nobody login")
    link.close()
    service = databases.service(f"{town}_nobody", town, f"{town}_nobody")
    target = tmp_path / "none.qgz"
    with pytest.raises(QgsProcessingException):
        processing.run("fullservice:buildproject", {"STORE": service, "LANGUAGE": "en", "OUTPUT": str(target)})
    with pytest.raises(QgsProcessingException, match=r"\.qgz"):
        processing.run("fullservice:buildproject", {"STORE": town, "LANGUAGE": "en", "OUTPUT": str(tmp_path / "a.txt")})
    assert not list(tmp_path.iterdir())


def test_packages_have_a_form_in_groups(opened):
    from fullservice_plugin.gis.forms import groups_of
    from fullservice_plugin.gis.layers import definition

    project, language, _ = opened
    layer = by_key(project)["area_package"]
    names = [field.name() for field in layer.fields()]
    titles = [group.zh if language == "zh" else group.en for group in groups_of(definition("area_package"), names)]
    assert titles == {"zh": ["套餐", "有效期与优先级", "适用范围", "审核", "记录"],
                      "en": ["Package", "Validity", "Place", "Review", "Record"]}[language]
    config = layer.editFormConfig()
    for name, fixed in (("author", True), ("approver", True), ("approved_at", True), ("state", False), ("note", False)):
        assert config.readOnly(names.index(name)) == fixed, name
    assert layer.editorWidgetSetup(names.index("state")).type() == "ValueMap"
    assert layer.editorWidgetSetup(names.index("estate_id")).type() == "RelationReference"


def test_estates_name_their_packages_on_the_map(opened, databases, town):
    from qgis.core import QgsExpression, QgsExpressionContext, QgsExpressionContextUtils

    project, _, _ = opened
    link = databases.connect(town)
    with link.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute("select set_config('fs.bulk', 'on', true)")
        cursor.execute(
            "insert into fullservice.area_package (code, name, segment, price_month, priority, estate_id, state, "
            "origin) select 'LBL', '千兆', 'home', 99, 2, id, 'approved', 'import' from fullservice.estate "
            "where code = 'LP0001' on conflict do nothing")
        cursor.execute("commit")
    link.close()
    layers = by_key(project)
    estates = layers["estate_map"]
    near = [rule.settings().fieldName for rule in estates.labeling().rootRule().children()][-1]
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.layerScope(estates))
    told = {}
    for feature in estates.getFeatures():
        context.setFeature(feature)
        told[feature["code"]] = QgsExpression(near).evaluate(context)
    assert told["LP0001"].endswith("\n千兆 P2") and not any("千兆" in text for code, text in told.items()
                                                          if code != "LP0001" and text)
    assert "LBL" in [feature["code"] for feature in layers["package_map"].getFeatures()]
