# SPDX-License-Identifier: GPL-2.0-or-later
"""The operator's catalogue in the store: prices and rules for all or for one branch, in and out as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

from fullservice_plugin.core.access.catalogue import (
    DEFAULT_FILE,
    Catalogue,
    figures_of,
    laid_over,
    load_catalogue,
    with_file,
)
from fullservice_plugin.core.access.choice.own_cost import OwnCosts
from fullservice_plugin.core.access.optics import load_optics
from fullservice_plugin.core.errors import InputError, OutputError, ParameterError, StoreError
from fullservice_plugin.store import prices as queries
from fullservice_plugin.store.connection import Store

STORE = "store"


@dataclass(frozen=True)
class Priced:
    """What an import did: figures written anew, changed, and left as they were."""

    new: int
    changed: int
    same: int


def area_catalogue(cur: Any, buildings: Sequence[str], file: str = "") -> Catalogue:
    """Return the catalogue for an area: the default, over it the store's figures, its branch's, and a file's."""
    found = queries.figures(cur, queries.branch_of(cur, buildings))
    catalogue = laid_over(load_catalogue(None), found, STORE)
    return with_file(catalogue, file) if file else catalogue


def import_catalogue(store: Store, file: str = "", region: str = "") -> Priced:
    """Write a catalogue's figures (default: the one that ships) for the whole store or a branch, all or none.

    Raises InputError for a file that is no catalogue or cannot be designed with, ParameterError for an unknown branch,
    StoreError for a login that may not write prices.
    """
    data = json.loads(DEFAULT_FILE.read_text(encoding="utf-8")) if not file else with_file(Catalogue({}), file).data
    rows = figures_of(data)
    if not rows:
        raise InputError("Catalogue {file} holds no figure.", file=file)
    complete = laid_over(load_catalogue(None), rows, Path(file).name if file else DEFAULT_FILE.name)
    OwnCosts(complete), load_optics(complete)  # a catalogue that no design can use is refused here
    with store.transaction(bulk=True) as cur:
        if not queries.may_write(cur):
            raise StoreError(
                "The login {login} may not write prices: that takes the role of planner. "
                "Ask the store's administrator.",
                login=store.login,
            )
        if region and not queries.known_branch(cur, region):
            raise ParameterError("There is no branch with the code {code} that your login may see.", code=region)
        new, changed = queries.write(cur, rows, queries.home_branch(cur, region))
    return Priced(new, changed, len(rows) - new - changed)


def export_catalogue(store: Store, output: str, region: str = "") -> Path:
    """Write the whole catalogue that holds for a branch ('': the whole store) as JSON and return its path."""
    path = Path(output)
    if path.suffix.lower() != ".json":
        raise OutputError("The catalogue is JSON: the file name must end in .json, found {file}.", file=output)
    with store.transaction() as cur:
        if region and not queries.known_branch(cur, region):
            raise ParameterError("There is no branch with the code {code} that your login may see.", code=region)
        found = laid_over(load_catalogue(None), queries.figures(cur, queries.home_branch(cur, region)), STORE)
    from fullservice_plugin.plans.merge import write_whole

    write_whole(path, json.dumps(found.data, ensure_ascii=False, indent=1).encode("utf-8"))
    return path
