# SPDX-License-Identifier: GPL-2.0-or-later
"""Schematics of a plan say what the design says: boxes, splitters, ports and drops per cabinet, floors of risers."""

from __future__ import annotations

import dataclasses
import io
import re

import pytest
from pypdf import PdfReader
from shapely.geometry import Point, box

from fullservice_plugin.plans.access_plan import access_document
from fullservice_plugin.plans.model import Node
from tests.unit.plans import samples


def text_of(plan, language, fonts):
    data = access_document(plan, language, fonts, []).build()
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_cabinets_and_risers_are_drawn(fonts, language):
    plan = samples.sample_plan(30, language)
    text = text_of(plan, language, fonts)
    assert ("Splittersanddropspercabinet" if language == "en" else "各光交箱分光与入户示意图") in text
    for node in plan.nodes:
        assert node.code in text
        if node.kind == "fat":
            served = [path for path in plan.paths if path.node == node.code]
            worst, fibres = max(path.loss_db for path in served), sum(path.fibres for path in served)
            said = (f"{len(served)}drops,{fibres}fibres,atmost{worst:.2f}dB" if language == "en"
                    else f"入户{len(served)}条，{fibres}芯，最大损耗{worst:.2f}dB")  # fmt: skip
            assert said in text
    assert text.count("12/16") == sum(node.kind == "fat" for node in plan.nodes)
    assert ("Riserdiagrams" if language == "en" else "弱电竖井图") in text
    assert ("6storeys,11buildings" if language == "en" else "6层，11栋") in text


def test_many_boxes_run_over_several_drawings(fonts):
    plan = samples.sample_plan(30)
    boxes = tuple(Node(f"FAT-{n:03d}", "fat", "FDT-1", 8, n % 8, "1:8") for n in range(100))
    loose = (Node("FAT-X", "fat", "", None, None, ""), Node("FDT-9", "fdt", "OLT-1", 8, 0, "1:4"))
    text = text_of(dataclasses.replace(plan, nodes=boxes + loose), "en", fonts)
    assert all(f"FAT-{n:03d}" in text for n in range(100))
    assert "Nocabinetinthestore" in text and "FDT-9" in text


def test_nothing_designed_has_no_section(fonts):
    text = text_of(samples.sample_plan(0), "en", fonts)
    assert "Riserdiagrams" not in text and "percabinet" not in text


def test_risers_follow_the_design():
    from fullservice_plugin.services.plan_risers import plan_risers

    def decided(number, storeys, method):
        geom = box(number, 0, number + 0.0002, 0.0002).wkb
        return {"building_id": number, "name": f"B{number}", "estate": "E", "storeys": storeys, "method": method,
                "geom": geom}  # fmt: skip

    def element(kind, code=None, building=None, parent=None, floor=None, point=None):
        geom = None if point is None else Point(point).wkb
        return {"kind": kind, "code": code, "building_id": building, "parent_code": parent, "floor": floor,
                "geom": geom}  # fmt: skip

    found = plan_risers(
        [decided(1, 6, "ftth"), decided(2, 3, "wlan"), decided(3, 1, "ftth"), decided(4, 9, "none"),
         decided(5, None, "ftth"), decided(6, 4, "fttb")],
        [element("fat", "F1", floor=3, point=(1, 0)), element("fat", "F2", point=(5.9, 1)),
         element("drop", building="1", parent="F1"), element("drop", building="6", parent="F2"),
         element("ap", building="2", floor=2), element("ap", building="2", floor=2),
         element("ap", building="2", floor=3)],
    )  # fmt: skip
    said = {r.building: (r.storeys, r.boxes, r.points, r.outside, r.cabled) for r in found}
    assert said == {
        "B1": (6, ((3, 1),), (), False, True),
        "B2": (3, (), ((2, 2), (3, 1)), False, False),
        "B6": (4, (), (), True, True),
    }
