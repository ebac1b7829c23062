# SPDX-License-Identifier: GPL-2.0-or-later
"""Buildings grouped into estates (楼盘): by areas, by names, else by street block and distance.

Buildings are linked from the nearest pair upwards. A link is taken only where it crosses no main road
(primary to tertiary), stays in one block unless both sides are known to be one estate, and joins no two
different names. What hangs together is an estate.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Optional, Sequence

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree
from shapely.ops import unary_union
from shapely.prepared import prep

from fullservice_plugin.core.discovery.arrays import Array
from fullservice_plugin.core.discovery.blocks import Blocks, build_blocks, crosses
from fullservice_plugin.core.discovery.footprints import Footprints, footprints_of, near_pairs
from fullservice_plugin.core.discovery.names import normal, parse_name
from fullservice_plugin.core.discovery.nearest import shortest_links
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

_NEAR = 20.0  # m between walls that make neighbours in a block
_ALIKE_NEAR = 40.0  # m between walls of two alike buildings (rows of slabs stand 20–40 m apart)
_SAME_LABEL = 150.0  # m between buildings of one name or area
_ALIKE = 0.6  # area ratio from which two footprints count as alike
_CLOSE_OUT, _CLOSE_IN = 18.0, 14.0  # m, closing that draws the outline: gaps under 36 m are bridged
_STREET_FIELDS = ("addr:street", "street", "addr_street")
_NUMBER_FIELDS = ("addr:housenumber", "housenumber", "addr_housenumber")


@dataclass(frozen=True)
class Estate:
    """One estate: ``members`` are row numbers of the buildings; ``geometry`` its outline (metres).

    ``method`` is ``area``, ``name`` or ``block``; ``households`` None where no member has any known;
    ``named_by`` is ``area``, ``name``, ``building``, ``address``, ``guess`` (one of many buildings) or empty.
    """

    id: str
    name: str
    members: tuple[int, ...]
    households: Optional[int]
    geometry: Any
    method: str
    named_by: str = ""


@dataclass(frozen=True)
class _Label:
    key: str
    name: str
    method: str
    area: Any = None


def group_estates(
    buildings: FeatureTable,
    streets: Optional[FeatureTable] = None,
    areas: Optional[FeatureTable] = None,
    name_field: str = "name",
    progress: Progress = SILENT,
) -> list[Estate]:
    """Return the estates of a table of footprints; all tables in one metric CRS.

    ``streets`` may have a road class (``highway`` or alike), ``areas`` a ``name``. A column ``households``
    is summed, a column ``estate_id`` (an earlier grouping) keeps ids stable. Every building with a
    footprint belongs to exactly one estate; those without get none.
    """
    prints = footprints_of(buildings.geometry)
    rows = np.nonzero(prints.area > 0)[0]
    points = [buildings.geometry[k].representative_point() for k in rows]
    blocks = build_blocks(streets, points)
    progress.step(0.3)
    labels = _labels(buildings, rows, points, areas, name_field)
    progress.step(0.4)
    i, j, gap = _links(rows, prints, blocks, labels)
    progress.step(0.7)
    groups = _grow(len(rows), i, j, gap, labels)
    found = []
    ids = _stable_ids(buildings, [[int(rows[k]) for k in group] for group in groups])
    for number, group in enumerate(groups):
        progress.step(0.7 + 0.3 * number / max(len(groups), 1))
        found.append(
            _estate(ids[number], [int(rows[k]) for k in group], _label_of(group, labels), buildings, name_field)
        )
    return found


def _labels(
    buildings: FeatureTable, rows: Array, points: Sequence[Any], areas: Optional[FeatureTable], name_field: str
) -> list[Optional[_Label]]:
    """Return what is known of each building: the smallest area it lies in, else the estate in its name."""
    found: list[Optional[_Label]] = [None] * len(rows)
    if areas is not None and len(areas):
        names = areas.column("name")
        shapes = [(k, s) for k, s in enumerate(areas.geometry) if s is not None and s.geom_type.endswith("Polygon")]
        if shapes and len(points):
            at = np.array([[p.x, p.y, p.x, p.y] for p in points])
            i, j = near_pairs(np.array([shape.bounds for _, shape in shapes]), at, 0.0)
            quick = {k: prep(shapes[k][1]) for k in set(i.tolist())}
            for k, point in sorted(zip(i.tolist(), j.tolist()), key=lambda pair: -shapes[pair[0]][1].area):
                if quick[k].contains(points[point]):
                    row, shape = shapes[k]
                    found[point] = _Label(f"area:{areas.ids[row]}", _area_name(names[row]), "area", shape)
    parsed = [parse_name(value) for value in (buildings.column(name_field) if name_field else [None] * len(buildings))]
    seen = Counter(normal(parsed[row].estate) for row in rows)
    for k, row in enumerate(rows):
        key = normal(parsed[row].estate)
        if found[k] is None and key and (parsed[row].number or parsed[row].phase) and seen[key] > 1:
            found[k] = _Label(f"name:{key}", parsed[row].estate, "name")
    return found


def _area_name(value: Any) -> str:
    """Return an area's name without the words that only say it is an outline (…轮廓, …范围)."""
    return re.sub(r"(?:轮廓|范围|边界|boundary)$", "", str(value or "")).strip()


def _links(
    rows: Array, prints: Footprints, blocks: Blocks, labels: Sequence[Optional[_Label]]
) -> tuple[Array, Array, Array]:
    """Return the allowed links (i, j) between buildings with their gap in metres."""
    boxes = prints.bounds[rows]
    i, j = near_pairs(boxes, boxes, _ALIKE_NEAR)
    i, j = i[i < j], j[i < j]
    wide_i, wide_j = _same_label_pairs(boxes, labels)
    code = np.unique(np.concatenate([i, wide_i]) * np.int64(max(len(rows), 1)) + np.concatenate([j, wide_j]))
    i, j = code // max(len(rows), 1), code % max(len(rows), 1)
    keys = np.array([label.key if label else "" for label in labels] or [""])
    areas = np.array([bool(label and label.method == "area") for label in labels] or [False])
    one = (keys[i] == keys[j]) & (keys[i] != "")
    # an area is closed: nothing outside it joins
    open_pair = ~areas[i] & ~areas[j] & (blocks.face[i] == blocks.face[j])
    same_side = blocks.main_face[i] == blocks.main_face[j]
    keep = same_side & (one | open_pair)
    i, j, one = i[keep], j[keep], one[keep]
    area = prints.area[rows]
    alike = np.minimum(area[i], area[j]) >= _ALIKE * np.maximum(area[i], area[j])
    limit = np.where(one, _SAME_LABEL, np.where(alike, _ALIKE_NEAR, _NEAR))
    lines, gap = shortest_links(prints, rows[i], rows[j])
    keep = gap <= limit
    i, j, gap, lines, one = i[keep], j[keep], gap[keep], lines[keep], one[keep]
    barred = crosses(lines, blocks.main_lines)
    outside = (blocks.face[i] < 0) & ~one
    barred |= outside & crosses(lines, blocks.lines)
    return i[~barred], j[~barred], gap[~barred]


def _same_label_pairs(boxes: Array, labels: Sequence[Optional[_Label]]) -> tuple[Array, Array]:
    """Return the pairs that tie each label's buildings together, found label by label.

    Of all pairs within reach only those of the shortest tree over their boxes are kept: the near ones are
    linked anyway, and a village of hundreds would have tens of thousands.
    """
    groups: dict[str, list[int]] = {}
    for k, label in enumerate(labels):
        if label is not None:
            groups.setdefault(label.key, []).append(k)
    left, right = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for rows in groups.values():
        own = np.array(rows)
        i, j = near_pairs(boxes[own], boxes[own], _SAME_LABEL)
        i, j = i[i < j], j[i < j]
        if len(i) > len(own):
            a, b = boxes[own[i]], boxes[own[j]]
            apart = np.maximum(np.maximum(a[:, :2] - b[:, 2:], b[:, :2] - a[:, 2:]), 0.0)
            cost = np.hypot(apart[:, 0], apart[:, 1]) + 1e-6
            tree = minimum_spanning_tree(coo_matrix((cost, (i, j)), shape=(len(own), len(own)))).tocoo()
            i, j = np.minimum(tree.row, tree.col), np.maximum(tree.row, tree.col)
        left.append(own[i])
        right.append(own[j])
    return np.concatenate(left), np.concatenate(right)


def _grow(n: int, i: Array, j: Array, gap: Array, labels: Sequence[Optional[_Label]]) -> list[list[int]]:
    """Join buildings from the shortest link upwards; two different labels never come together."""
    parent = list(range(n))
    key = [label.key if label else "" for label in labels]

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    for k in np.lexsort((j, i, gap)):
        a, b = root(int(i[k])), root(int(j[k]))
        if a == b or (key[a] and key[b] and key[a] != key[b]):
            continue
        low, high = min(a, b), max(a, b)
        parent[high] = low
        key[low] = key[low] or key[high]
    groups: dict[int, list[int]] = {}
    for k in range(n):
        groups.setdefault(root(k), []).append(k)
    return list(groups.values())


def _label_of(group: Sequence[int], labels: Sequence[Optional[_Label]]) -> Optional[_Label]:
    return next((label for label in (labels[k] for k in group) if label is not None), None)


def _stable_ids(buildings: FeatureTable, groups: list[list[int]]) -> list[str]:
    """Return one id per group: that of the earlier estate with most members in it, else from its first building.

    An earlier id goes to one group only, the one that kept most of it.
    """
    earlier = buildings.column("estate_id")
    shared: Counter[tuple[str, int]] = Counter()
    for number, group in enumerate(groups):
        for row in group:
            if earlier[row]:
                shared[str(earlier[row]), number] += 1
    ids: dict[int, str] = {}
    for (key, number), _ in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if number not in ids and key not in ids.values():
            ids[number] = key
    taken = set(ids.values())
    for number, group in enumerate(groups):
        if number in ids:
            continue
        for row in sorted(group, key=lambda k: buildings.ids[k]):
            key = "E" + hashlib.blake2s(buildings.ids[row].encode(), digest_size=5).hexdigest().upper()
            if key not in taken:
                break
        ids[number] = key
        taken.add(key)
    return [ids[number] for number in range(len(groups))]


def _estate(key: str, members: list[int], label: Optional[_Label], buildings: FeatureTable, name_field: str) -> Estate:
    known = [value for value in (buildings.column("households")[row] for row in members) if value is not None]
    shapes = [buildings.geometry[row] for row in members]
    outline = _outline(shapes)
    if label is not None and label.area is not None and label.area.buffer(5.0).contains(outline):
        outline = label.area
    name, named_by = (label.name, label.method) if label and label.name else _name(members, buildings, name_field)
    return Estate(
        key,
        name,
        tuple(members),
        int(sum(float(value) for value in known)) if known else None,
        outline,
        label.method if label else "block",
        named_by,
    )


def _outline(shapes: Sequence[Any]) -> Any:
    """Return the closed union of footprints: gaps bridged, a few metres of land around the walls."""
    closed = unary_union([shape.buffer(_CLOSE_OUT, resolution=2) for shape in shapes]).buffer(-_CLOSE_IN, resolution=2)
    merged = closed if not closed.is_empty else unary_union(list(shapes))
    return merged.simplify(0.5)


def _name(members: Sequence[int], buildings: FeatureTable, name_field: str) -> tuple[str, str]:
    """Return (name, by what): the name shared by buildings, else street and numbers, else one building's name."""
    names = buildings.column(name_field) if name_field else []
    given = Counter(parse_name(names[row]).estate for row in members if names and names[row])
    given.pop("", None)
    if given and (len(members) == 1 or given.most_common(1)[0][1] > 1):
        return given.most_common(1)[0][0], "building"
    street_field = next((name for name in _STREET_FIELDS if name in buildings.columns), None)
    number_field = next((name for name in _NUMBER_FIELDS if name in buildings.columns), None)
    if street_field:
        streets, numbers = buildings.column(street_field), buildings.column(number_field or "")
        found = name_of_addresses([(streets[row], numbers[row]) for row in members])
        if found:
            return found, "address"
    return (given.most_common(1)[0][0], "guess") if given else ("", "")


def name_of_addresses(addresses: Sequence[tuple[Any, Any]]) -> str:
    """Return a name such as ``Hauptstraße 5–17`` for (street, house number) pairs; empty without a street."""
    common = Counter(str(street) for street, _ in addresses if street)
    if not common:
        return ""
    street = max(common, key=lambda name: (common[name], name))
    own = sorted({str(number) for name, number in addresses if name == street and number}, key=_by_number)
    if not own:
        return street
    first, last = _ends(own)
    return f"{street} {first}–{last}" if first != last else f"{street} {first}"


def _ends(numbers: Sequence[str]) -> tuple[str, str]:
    """Return the first part of the lowest and the last part of the highest of sorted house numbers."""
    return numbers[0].split("-")[0].strip(), numbers[-1].split("-")[-1].strip()


def _by_number(text: str) -> tuple[int, str]:
    digits = ""
    for letter in text:
        if not letter.isdigit():
            break
        digits += letter
    return int(digits or 0), text
