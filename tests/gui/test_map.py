# SPDX-License-Identifier: GPL-2.0-or-later
"""The map in the real QGIS: levels by double click and key, the way back, what the labels say, base maps in GCJ-02."""

from __future__ import annotations

import pytest

BANDS = ("branch", "micro_region", "grid", "estate", "building")
LIMITS = {"branch": (200_000, 1e12), "micro_region": (50_000, 200_000), "grid": (10_000, 50_000),
          "estate": (2_500, 10_000), "building": (400, 2_500)}  # fmt: skip
ALL = {"zh": "全部区域", "en": "All areas"}


@pytest.fixture(scope="module")
def known(store_name, databases) -> str:
    return databases.fill(store_name)


@pytest.fixture(scope="module", params=["zh", "en"])
def tour(request, known, walk, tile_server, databases) -> dict:
    link = databases.connect(known)
    with link.cursor() as cursor:
        cursor.execute("""select e.name, ST_X(p), ST_Y(p), coalesce(nullif(b.name, ''), b.number, b.code), ST_X(q),
                ST_Y(q)
            from fullservice.estate e join lateral (select * from fullservice.building b where b.estate_id = e.id
                and b.geom is not null order by b.code limit 1) b on true
            cross join lateral (select ST_PointOnSurface(b.geom) as q, ST_PointOnSurface(b.geom) as p) x
            where e.code = 'LP0001'""")
        estate, lon, lat, house, east, north = cursor.fetchone()
        cursor.execute("select name, indicators_zh, indicators_en from fs_app.map_territory where code = 'GZ-TH-01'")
        grid = cursor.fetchone()
    link.close()
    found = walk(request.param, known, steps=["install", "open_map", "map_levels"], estate=[lon, lat],
                 building=[east, north], tiles=tile_server.url)
    return {**found, "estate": estate, "house": house, "grid": grid}


def in_band(scale: float, level: str) -> bool:
    low, high = LIMITS[level]
    return low <= scale <= high


def test_loading_and_unloading_leaves_nothing_behind(tour):
    assert tour["before"] == [] and tour["unloaded"] == [] and tour["loaded"] == tour["reloaded"]
    assert not [line for line in tour["log"] if "Traceback" in line], tour["log"]


def test_double_clicks_go_down_the_levels_and_stay_in_their_bands(tour):
    top, micro, grid, estate, building, house = tour["levels"]
    every = ALL[tour["language"]]
    assert top["path"] == [every, "广州分公司"] and in_band(top["scale"], "branch")
    assert micro["path"] == [every, "广州分公司"] and in_band(micro["scale"], "micro_region")
    assert grid["path"] == [every, "广州分公司", "天河微区域"] and in_band(grid["scale"], "grid")
    assert estate["path"] == [every, "广州分公司", "天河微区域", "石牌网格"] and in_band(estate["scale"], "estate")
    assert building["path"] == [*estate["path"], tour["estate"]] and in_band(building["scale"], "building")
    assert house["path"][:-1] == building["path"] and house["path"][-1] == tour["house"]


def test_the_bar_says_what_the_store_counts(tour):
    name, chinese, english = tour["grid"]
    said = tour["levels"][3]["said"]
    assert tour["levels"][3]["path"][-1] == name
    assert said.endswith(chinese if tour["language"] == "zh" else english)


def test_back_returns_to_the_views_one_by_one(tour):
    went = tour["levels"][:-1][::-1]
    assert len(tour["back"]) == len(went)
    for came, gone in zip(tour["back"], went):
        assert came["scale"] == pytest.approx(gone["scale"], rel=0.02)
        assert came["middle"] == pytest.approx(gone["middle"], abs=0.02 * gone["scale"])
        assert came["path"] == gone["path"] or gone is went[0]


def test_the_legend_tells_the_classes_of_the_scale(tour):
    afar, near = tour["legends"]
    shares, stages = {"zh": ("区域签约率", "楼栋洽谈阶段"),
                      "en": ("Signed buildings per area", "Negotiation per building")}[tour["language"]]  # fmt: skip
    unknown = {"zh": "无洽谈记录", "en": "No talks recorded"}[tour["language"]]
    assert len(afar[shares]) == 7 and afar[shares][-1] == unknown and stages not in afar
    assert len(near[stages]) == 12 and shares not in near


def test_keys_and_the_path_move_the_map(tour):
    every = ALL[tour["language"]]
    down, up = tour["keys"]
    assert down["path"] == [every, "广州分公司", "天河微区域"] and in_band(down["scale"], "grid")
    assert up["path"] == [every, "广州分公司"] and in_band(up["scale"], "micro_region")
    assert tour["clicked"]["path"] == [every, "广州分公司"] and in_band(tour["clicked"]["scale"], "micro_region")
    assert tour["all"]["path"] == [every] and in_band(tour["all"]["scale"], "branch")


def test_working_tools_keep_their_double_click(tour):
    before, after = tour["kept_scale"]
    assert after == pytest.approx(before)
    alone = (pytest.approx(1.0), pytest.approx(0.5))  # QGIS' own: by two where it knows a touch screen
    assert tour["switched_off"] in alone, "switched off, no area is gone into"


def test_a_base_map_in_another_datum_is_asked_for_and_warned_of(tour):
    enabled, problem = tour["base_without_datum"]
    assert not enabled and problem
    assert "GCJ-02" in tour["base_warning"]
    # at 113.3° E, 23.1° N GCJ-02 lies 625 m off, to the south-east (published transformation)
    for text in (tour["base_warning"], *(t for t in tour["base_bar"] if "GCJ-02" in t)):
        assert any(str(metres) in text for metres in range(615, 635)), text
    assert any("GCJ-02" in text for text in tour["base_bar"]) and any("GCJ-02" in text for text in tour["base_again"])
    assert tour["base_place"] == [{"zh": "底图", "en": "Base map"}[tour["language"]], "tiles"]
    assert "© Test" in tour["base_credit"] and tour["base_removed"] == [] and "© Test" not in tour["base_credit_after"]


def test_pictures_are_there(tour):
    for name in ("map_branch", "map_micro", "map_grid", "map_estate", "map_building", "map_base"):
        assert (tour["pictures"] / f"{tour['language']}_{name}.png").stat().st_size > 5000
