# SPDX-License-Identifier: GPL-2.0-or-later
"""Tree instances from files: SteinLib, PACE, and the prize-collecting K, P, C and D sets, also gzipped."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import numpy as np


class Refused(Exception):
    """The file is of a kind that is not solved here."""


@dataclass
class Instance:
    """An undirected graph with either ``terminals`` or ``prizes`` (one per node); ``root`` None where it is free."""

    n: int
    tails: Any
    heads: Any
    costs: Any
    terminals: Any = None
    prizes: Any = None
    root: Optional[int] = None


def read(path: Path) -> Instance:
    """Return the instance of a file; Refused where it is of another kind."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="latin-1") as file:
        lines = [line.split() for line in file if line.strip()]
    tables = any(words[0] == "node" for words in lines[:3])
    return _tables(lines) if tables else _sections(lines)


def _tables(lines: list[list[str]]) -> Instance:
    """Lists of nodes with their weight and of links, each after its headline."""
    part, prizes, edges = "", {}, []
    for words in lines:
        if words[0] in ("node", "link"):
            part = words[0]
        elif words[0].startswith("#") or len(words) < 4:
            continue
        elif part == "node":
            prizes[int(words[0]) - 1] = float(words[3])
        elif part == "link":
            edges.append((int(words[1]) - 1, int(words[2]) - 1, float(words[3])))
    if not prizes or not edges:
        raise Refused("neither a SteinLib nor a PACE nor a prize-collecting file")
    return _made(max(prizes) + 1, edges, None, prizes, None)


def _sections(lines: list[list[str]]) -> Instance:
    count, root = 0, None
    edges: list[tuple[int, int, float]] = []
    terminals: list[int] = []
    prizes: dict[int, float] = {}
    for words in lines:
        key = words[0].upper()
        if key in ("A", "ARCS"):
            raise Refused("a directed instance; only undirected ones are solved here")
        if key == "NODES":
            count = int(words[1])
        elif key == "E" and len(words) >= 4:
            edges.append((int(words[1]) - 1, int(words[2]) - 1, float(words[3])))
        elif key == "T" and len(words) == 2:
            terminals.append(int(words[1]) - 1)
        elif key == "TP":
            prizes[int(words[1]) - 1] = float(words[2])
        elif key == "ROOTP":
            root = int(words[1]) - 1
    if not count or not edges or not (terminals or prizes):
        raise Refused("neither a SteinLib nor a PACE nor a prize-collecting file")
    return _made(count, edges, terminals, prizes, root)


def _made(
    count: int, edges: list[tuple[int, int, float]], terminals: Any, prizes: dict[int, float], root: Optional[int]
) -> Instance:
    table = np.array(edges)
    values = np.array([prizes.get(k, 0.0) for k in range(count)]) if prizes else None
    goal = np.array(terminals) if not prizes else None
    ends = table[:, :2].astype(np.int64)
    columns = (np.ascontiguousarray(column) for column in (ends[:, 0], ends[:, 1], table[:, 2]))
    return Instance(count, *columns, goal, values, root)


def known(path: Path) -> tuple[float, float]:
    """Return (lower, best) of the index beside a file: columns file with lower, best or dual_…, primal_…."""
    index = path.parent / "index.csv"
    if index.exists():
        with index.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["file"] == path.name:
                    lower, best = (
                        next((k for k in row if k.startswith(name)), "")
                        for name in (("lower", "dual"), ("best", "primal"))
                    )
                    if lower and best:
                        return float(row[lower]), float(row[best])
    return 0.0, float("inf")


def consistent(case: Instance, edges: Any, cost: float, nodes: Any = None) -> bool:
    """Whether edges form one tree over what the instance asks for, and cost what is said."""
    above = list(range(case.n))

    def top(v: int) -> int:
        while above[v] != v:
            above[v] = above[above[v]]
            v = above[v]
        return v

    for e in np.asarray(edges).tolist():
        a, b = top(int(case.tails[e])), top(int(case.heads[e]))
        if a == b:
            return False
        above[a] = b
    ends = {*case.tails[edges].tolist(), *case.heads[edges].tolist()}
    value = float(case.costs[edges].sum())
    if case.prizes is None:
        goal = set(case.terminals.tolist())
    else:
        goal = {*np.asarray(nodes).tolist(), *([case.root] if case.root is not None else [])}
        outside = np.ones(case.n, dtype=bool)
        outside[nodes] = False
        value += float(case.prizes[outside].sum())
        if not ends <= set(np.asarray(nodes).tolist()):
            return False
    return len({top(v) for v in ends | goal}) <= 1 and abs(value - cost) <= 1e-6 * max(1.0, abs(value))
