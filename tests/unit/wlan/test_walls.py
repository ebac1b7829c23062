# SPDX-License-Identifier: GPL-2.0-or-later
"""Interior walls: read, crossed, designed with, and verified by other code."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from fullservice_plugin.core.access.catalogue import Catalogue, load_catalogue
from fullservice_plugin.core.access.verification import walls as other
from fullservice_plugin.core.access.verification.limits import read_limits
from fullservice_plugin.core.access.wlan.design import design_wlan, least_access_points
from fullservice_plugin.core.access.wlan.heatmap import Heard, floor_map
from fullservice_plugin.core.access.wlan.model import WlanOptions
from fullservice_plugin.core.access.wlan.settings import settings_from
from fullservice_plugin.core.access.wlan.walls import NO_WALLS, crossed_db, read_walls, walls_on
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.table import FeatureTable

CATALOGUE = load_catalogue()
GHZ = settings_from(CATALOGUE, "cn").ghz


def walls(*rows, name: str = "walls") -> FeatureTable:
    """(geometry, building, floor, material, thickness, loss)"""
    columns = dict(zip(("building_id", "floor", "material", "thickness_m", "loss_db"),
                       map(list, zip(*[row[1:] for row in rows]))))
    return FeatureTable([str(i) for i in range(len(rows))], [row[0] for row in rows], columns, name=name)


def test_loss_is_that_of_the_material_after_p2040() -> None:
    line = LineString([(0, 0), (0, 10)])
    table = walls((line, "A", None, "concrete", 0.1, None), (line, "B", 2, "砖墙", 0.12, None),
                  (line, "C", None, "", None, 6.5))
    found = read_walls(table, CATALOGUE, GHZ)
    assert walls_on(found, "A", 7)[0, 4] == pytest.approx(14.03, abs=0.01)  # P.2040 check value, 100 mm at 5.5 GHz
    assert walls_on(found, "B", 2)[0, 4] == pytest.approx(4.21, abs=0.01)
    assert len(walls_on(found, "B", 3)) == 0 and walls_on(found, "C", 1)[0, 4] == 6.5
    for material, metres in (("concrete", 0.15), ("brick", 0.24), ("plasterboard", 0.025), ("wood", 0.04),
                             ("glass", 0.012)):
        own = read_walls(walls((line, "A", None, material, metres, None)), CATALOGUE, GHZ)
        assert own["A"][None][0, 4] == pytest.approx(other.slab_loss(material, metres, GHZ), abs=1e-9)


def test_an_edge_of_two_rooms_is_one_wall_the_heavier() -> None:
    rooms = walls((box(0, 0, 5, 5), "A", 1, "plasterboard", None, None),
                  (box(5, 0, 10, 5), "A", 1, "concrete", None, None))
    found = walls_on(read_walls(rooms, CATALOGUE, GHZ), "A", 1)
    crossed = crossed_db(np.array([[2.5, 2.5]]), np.array([[7.5, 2.6]]), found)[0, 0]
    assert crossed == pytest.approx(other.slab_loss("concrete", 0.15, GHZ))


def test_bad_rows_name_layer_feature_and_what_is_known() -> None:
    line = LineString([(0, 0), (0, 10)])
    with pytest.raises(InputError, match="material 'jelly'.*concrete"):
        read_walls(walls((line, "A", None, "jelly", None, None)), CATALOGUE, GHZ)
    with pytest.raises(InputError, match="wall 0 needs a place"):
        read_walls(walls((line, None, None, "brick", None, None)), CATALOGUE, GHZ)
    with pytest.raises(InputError, match="wlan/walls / mine"):
        read_walls(walls((line, "A", None, "brick", None, None)), Catalogue(
            {**CATALOGUE.data, "wlan": {**CATALOGUE.data["wlan"], "walls": {"mine": {"p2040": "cheese"}}}}), GHZ)


coordinate = st.floats(-50, 50, allow_nan=False).map(lambda v: round(v, 3))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(coordinate, coordinate, coordinate, coordinate, st.floats(1, 30)), min_size=1, max_size=8),
       st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=4),
       st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=4))
def test_crossings_are_those_of_the_lines(rows, a, b) -> None:
    """Against shapely; a path that only touches an end, or runs along a wall, may count or not."""
    a, b = np.array(a) + 0.000317, np.array(b) + 0.000711
    found = crossed_db(a, b, np.array(rows, dtype=float))
    for i, start in enumerate(a):
        for j, end in enumerate(b):
            path = LineString([start, end])
            least = most = 0.0
            for x1, y1, x2, y2, loss in rows:
                wall = LineString([(x1, y1), (x2, y2)])
                clear = min(path.distance(p) for p in map(LineString, ([(x1, y1)] * 2, [(x2, y2)] * 2))) > 1e-6 and min(
                    wall.distance(LineString([p, p])) for p in (start, end)) > 1e-6
                hit = path.intersects(wall)
                least += loss if hit and clear else 0.0
                most += loss if hit or not clear else 0.0
            assert least - 1e-9 <= found[i, j] <= most + 1e-9


def floor(**columns) -> FeatureTable:
    return FeatureTable(["A"], [box(0, 0, 48, 24)], {k: [v] for k, v in columns.items()}, name="buildings")


def cells(material: str) -> FeatureTable:
    return walls(*((box(x, y, x + 8, y + 8), "A", None, material, None, None)
                   for x in range(0, 48, 8) for y in range(0, 24, 8)))


def test_heavier_walls_need_more_and_the_verifier_agrees() -> None:
    counts = {}
    for material in ("plasterboard", "concrete"):
        table = cells(material)
        options = WlanOptions(time_limit=8, walls=read_walls(table, CATALOGUE, GHZ))
        design = design_wlan(floor(storeys=1, use="office"), CATALOGUE, options)
        (row,) = design.coverage
        counts[material] = row.aps
        assert row.model == "walls enterprise" and row.primary_share >= 0.99 and row.secondary_share >= 0.85
        assert row.aps >= row.aps_lower_bound >= least_access_points(floor(storeys=1), CATALOGUE, options)["A"][0]
        assert findings(design, table) == []
        if material == "concrete":  # without the walls' help, the same places would look fine to another model
            lost = design_wlan(floor(storeys=1, use="office"), CATALOGUE, WlanOptions(time_limit=8))
            assert "recomputed.primary" in {f.rule for f in findings(lost, table)}
    assert counts["concrete"] > counts["plasterboard"] >= 2


def findings(design, table):
    from fullservice_plugin.core.access.verification.tables import DesignTables
    from fullservice_plugin.core.access.verification.verify import verify_design

    aps = FeatureTable([a.ap_id for a in design.aps], [a.geometry for a in design.aps],
                       {k: [getattr(a, k) for a in design.aps] for k in
                        ("ap_id", "building_id", "floor", "band", "channel", "eirp_dbm")}, name="aps")
    coverage = FeatureTable([str(i) for i in range(len(design.coverage))], [c.geometry for c in design.coverage],
                            {k: [getattr(c, k) for c in design.coverage] for k in
                             ("building_id", "floor", "primary_share", "secondary_share", "airtime", "model")},
                            name="coverage")
    return verify_design(DesignTables(floor(storeys=1), aps=aps, coverage=coverage, walls=table), CATALOGUE)


def test_a_wall_throws_its_shadow_on_the_map() -> None:
    settings_ = settings_from(CATALOGUE, "cn")
    use = settings_.use_model("office")
    table = walls((LineString([(24, -1), (24, 25)]), "A", None, "concrete", None, None))
    wall = walls_on(read_walls(table, CATALOGUE, GHZ), "A", 1)
    ap = [Heard(12.0, 12.0, 20.0, 36)]
    shadow = floor_map(box(0, 0, 48, 24), ap, use, settings_, walls=wall).rasters["rssi"]
    open_ = floor_map(box(0, 0, 48, 24), ap, use.walled(0.9), settings_, walls=NO_WALLS).rasters["rssi"]
    assert np.allclose(shadow[:, :47], open_[:, :47], equal_nan=True)
    behind = open_[:, 49:] - shadow[:, 49:]
    assert np.allclose(behind, other.slab_loss("concrete", 0.15, settings_.ghz), atol=1e-6)
    assert read_limits(CATALOGUE).data["wlan"]["walls"]["concrete"]["thickness_m"] == 0.15
