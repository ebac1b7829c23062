# SPDX-License-Identifier: GPL-2.0-or-later
"""The optical loss of every subscriber, recomputed from lengths, splitters, splices and connectors."""

from __future__ import annotations

from typing import Sequence

from fullservice_plugin.core.access.verification.findings import Report
from fullservice_plugin.core.access.verification.limits import Limits, splitter_outputs
from fullservice_plugin.core.access.verification.tables import Drop, Node

AGREE_DB = 0.1
"""Stated and recomputed loss agree within this."""


def check_loss(
    nodes: Sequence[Node],
    drops: Sequence[Drop],
    metres: dict[str, float],
    single: dict[str, bool],
    limits: Limits,
    report: Report,
) -> None:
    """Check loss, power budget, reach and total split of every drop.

    ``metres`` and ``single`` come from :func:`wired.trace`. Where routes form a loop the fibre may take the
    longer way round, so that the stated loss may exceed the recomputed one.
    """
    by_key = {node.key: node for node in nodes}
    for node in nodes:
        parent = by_key.get(node.parent)
        if node.kind == "fat" and parent is not None:
            total = max(1, splitter_outputs(node.splitter)) * max(1, splitter_outputs(parent.splitter))
            if total > limits.total_split:
                report.add("split.total", node.key, total=total, limit=limits.total_split)
    for drop in drops:
        box = by_key.get(drop.node)
        cabinet = by_key.get(box.parent) if box is not None else None
        if box is None or cabinet is None or box.key not in metres or cabinet.key not in metres:
            continue  # reported as a broken chain
        length = metres[cabinet.key] + metres[box.key] + drop.measured
        expected = limits.path_loss(length, [splitter_outputs(cabinet.splitter), splitter_outputs(box.splitter)])
        unique = single[cabinet.key] and single[box.key]
        if drop.loss is None or drop.loss < expected - AGREE_DB or (unique and drop.loss > expected + AGREE_DB):
            report.add("loss.value", drop.building, loss=drop.loss, expected=expected)
        loss = max(expected, drop.loss or 0.0)
        if loss > limits.budget_db + 1e-6:
            report.add("loss.budget", drop.building, loss=loss, budget=limits.budget_db)
        if length > limits.reach_m:
            report.add("loss.reach", drop.building, length=length / 1000.0, reach=limits.reach_m / 1000.0)
