# SPDX-License-Identifier: GPL-2.0-or-later
"""Boxes and cabinets where the designer wants them: each takes in what lies nearest along the tree."""
from __future__ import annotations

from typing import Any, Collection, Sequence

from fullservice_plugin.core.access.wired.demand import Demand
from fullservice_plugin.core.access.wired.hierarchy import Box, RootedTree, street_box
from fullservice_plugin.core.access.wired.rules import Rules
from fullservice_plugin.core.table import Problem

_AROUND = 60.0  # metres of drop up to which a given box takes in homes by itself


def given_boxes(tree: RootedTree, nodes: Sequence[int], homes: dict[int, int], starts: dict[int, tuple[int, float]],
                demand: Demand, rules: Rules, names: Sequence[str]) -> tuple[list[Box], list[Problem]]:
    """Boxes at the given nodes and at those to which buildings were moved by hand (``homes``: row → node).

    ``starts``: row → (street node, metres of lead-in) of the buildings without boxes of their own; ``names``: ids by
    row. A moved building goes where it was moved as long as ports, homes and the drop allow; then each box takes the
    nearest others. Returned with the moves that could not be honoured.
    """
    members: dict[int, list[int]] = {node: [] for node in [*nodes, *homes.values()]}
    problems, taken = [], set(homes)
    for row, node in sorted(homes.items()):
        reason = _refusal(tree, row, node, members[node], starts, demand, rules)
        if reason:
            problems.append(Problem(names[row], reason, {"building": names[row], "limit": round(rules.drop_max)}))
            taken.discard(row)
        else:
            members[node].append(row)
    wishes = sorted((far, node, row) for row, (start, lead) in starts.items() if row not in taken
                    for node in members if (far := _drop(tree, node, start, lead)) <= min(_AROUND, rules.drop_max))
    for _, node, row in wishes:
        if row not in taken and not _refusal(tree, row, node, members[node], starts, demand, rules):
            members[node].append(row)
            taken.add(row)
    boxes = []
    for node, rows in members.items():
        if rows:
            boxes.append(street_box(node, [(row, demand.users[row]) for row in sorted(rows)],
                                    sum(demand.homes[row] for row in rows), rules))
        elif node in nodes:
            problems.append(Problem("box", "A box given by hand serves nobody: no home lies within {limit} m of it.",
                                    {"limit": round(_AROUND)}))
    return boxes, problems


def _drop(tree: RootedTree, node: int, start: int, lead: float) -> float:
    if node not in tree.parent or tree.root[node] != tree.root[start]:
        return float("inf")
    return tree.apart(node, start) + lead


def _refusal(tree: RootedTree, row: int, node: int, rows: list[int], starts: dict[int, tuple[int, float]],
             demand: Demand, rules: Rules) -> str:
    """Why a building cannot join the rows of a box; empty where it can."""
    if row not in starts:
        return "Building {building} cannot be moved to a box on the street: it has boxes of its own."
    if _drop(tree, node, *starts[row]) > rules.drop_max:
        return "Building {building} cannot be moved to that box: the drop would be longer than {limit} m."
    if sum(demand.users[r] for r in rows) + demand.users[row] > rules.street_users:
        return "Building {building} cannot be moved to that box: no port is left there."
    if sum(demand.homes[r] for r in rows) + demand.homes[row] > rules.street_homes:
        return "Building {building} cannot be moved to that box: it would serve too many homes."
    return ""


def given_cabinets(tree: RootedTree, nodes: Sequence[int], boxes: list[Box], rules: Rules,
                   served: Collection[int] = ()) -> tuple[dict[int, list[int]], list[Problem]]:
    """Which boxes (numbers) each given cabinet serves (node → boxes): the nearest, until it is full.

    Boxes of buildings that need cabinets of their own are left out, and those ``served`` elsewhere.
    """
    groups: dict[int, list[int]] = {node: [] for node in nodes}
    lines, homes, taken = dict.fromkeys(nodes, 0), dict.fromkeys(nodes, 0), set(served)
    wishes: list[tuple[float, int, int]] = []
    for i, box in enumerate(boxes):
        if not box.indoors(rules):
            wishes += [(tree.apart(node, box.node), node, i) for node in nodes
                       if node in tree.parent and tree.root[node] == tree.root[box.node]]
    for _, node, i in sorted(wishes):
        box = boxes[i]
        if (i not in taken and lines[node] + box.splitters <= rules.cabinet_lines
                and homes[node] + box.homes <= rules.cabinet_homes):
            groups[node].append(i)
            taken.add(i)
            lines[node], homes[node] = lines[node] + box.splitters, homes[node] + box.homes
    problems: list[Any] = [Problem("cabinet", "A cabinet given by hand serves nobody: no box of its tree fits into it.",
                                   {}) for node in nodes if not groups[node]]
    return {node: members for node, members in groups.items() if members}, problems
