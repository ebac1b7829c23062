# SPDX-License-Identifier: GPL-2.0-or-later
"""The dated, cited tables of the WLAN design: coefficients and regulation."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Mapping, Optional

from fullservice_plugin.core.errors import ParameterError


@cache
def read_table(name: str) -> dict[str, Any]:
    """Return the JSON table ``name`` of this package (read once)."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / (name + ".json")).read_text(encoding="utf-8"))
    return found


def coefficients(model: str, row: str, over: Optional[Mapping[str, Any]] = None) -> dict[str, float]:
    """Return one row of ``coefficients.json`` as name → value.

    ``over``: a catalogue's section ``propagation`` (model → row → name → number), whose figures replace those of the
    table. Raises :class:`ParameterError` when the model has no such row.
    """
    table = read_table("coefficients")[model]
    if row not in table["rows"]:
        raise ParameterError(
            "The propagation model {model} knows no {row}. Choose one of: {known}.",
            model=model, row=row, known=list(table["rows"]),
        )
    found = {name: float(value) for name, value in zip(table["columns"], table["rows"][row])}
    own = (over or {}).get(model, {}).get(row, {})
    found.update({name: float(own[name]) for name in found if isinstance(own.get(name), (int, float))})
    return found


def told_verified(name: str) -> bool:
    """Tell whether the coefficients of a model as it is told (``tgax residential, calibrated``) were compared.

    A model of an unknown name counts as not compared.
    """
    words = name.split(",")[0].split()
    return len(words) == 2 and words[0] in read_table("coefficients") and verified(words[0], words[1])


def verified(model: str, row: str = "") -> bool:
    """Tell whether the coefficients were compared with their source; shown beside each result."""
    table = read_table("coefficients")[model]
    return bool(table["verified"]) and row not in table.get("unverified_rows", ())
