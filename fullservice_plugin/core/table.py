# SPDX-License-Identifier: GPL-2.0-or-later
"""A table of features as plain arrays: what the domain code computes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

from fullservice_plugin.core.errors import InputError, filled
from fullservice_plugin.core.shapes import WkbShapes


@dataclass(frozen=True)
class Problem:
    """One row of the input that could not be used, with the reason (English template and values)."""

    row: str
    reason: str
    values: dict[str, object] = field(default_factory=dict)

    def text(self) -> str:
        """Return the reason in English."""
        return filled(self.reason, self.values)


@dataclass
class FeatureTable:
    """Features in one CRS.

    ``ids`` are the source's own ids as text (the feature id where the source has none); ``geometry``
    holds one shapely geometry per id (metres in a local metric CRS unless said otherwise; ``None`` for
    tables without geometry); ``columns`` holds one list per field, with ``None`` for NULL.
    """

    ids: list[str]
    geometry: Sequence[Any]
    columns: dict[str, list[Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    name: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, name: str, default: Any = None) -> list[Any]:
        """Return a column; a list of ``default`` when the table has no such field."""
        found = self.columns.get(name)
        return list(found) if found is not None else [default] * len(self.ids)

    def take(self, rows: Sequence[int]) -> "FeatureTable":
        """Return the given rows as a new table (problems stay with the original)."""
        return FeatureTable(
            [self.ids[i] for i in rows],
            self.geometry.take(rows) if isinstance(self.geometry, WkbShapes) else [self.geometry[i] for i in rows],
            {name: [values[i] for i in rows] for name, values in self.columns.items()},
            [],
            self.name,
        )

    def numbers(
        self, name: str, default: Optional[float] = None, *, least: Optional[float] = None, most: float = 1e12
    ) -> list[Optional[float]]:
        """Return a column as numbers.

        NULL becomes ``default``. Text that is no number, or a number below ``least`` or above ``most``, raises
        :class:`InputError` that names the layer, feature and field.
        """
        found: list[Optional[float]] = []
        for key, value in zip(self.ids, self.column(name)):
            if value is None or value == "":
                found.append(default)
                continue
            try:
                number = float(value)
            except (TypeError, ValueError):
                raise InputError(
                    "{layer}: field {field} of feature {feature} must be a number, found {value}. "
                    "Correct it or leave it empty.",
                    layer=self.name or "layer", field=name, feature=key, value=repr(value),
                ) from None
            if number != number or (least is not None and number < least):
                raise InputError(
                    "{layer}: field {field} of feature {feature} must be at least {least}, found {value}. "
                    "Correct it or leave it empty.",
                    layer=self.name or "layer", field=name, feature=key, value=value,
                    least=f"{least or 0:g}",
                )
            if number > most:
                raise InputError(
                    "{layer}: field {field} of feature {feature} must be at most {most}, found {value}. "
                    "Correct it or leave it empty.",
                    layer=self.name or "layer", field=name, feature=key, value=value, most=f"{most:g}",
                )
            found.append(number)
        return found
