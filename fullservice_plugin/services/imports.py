# SPDX-License-Identifier: GPL-2.0-or-later
"""What every import of a table shares: its result, its report and the geometry of its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

import shapely.wkb
import shapely.wkt
from shapely.geometry import MultiPolygon, Point

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.intake import Intake, Row
from fullservice_plugin.core.progress import Progress
from fullservice_plugin.core.table import Problem
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.telling import tell_alike


@dataclass
class ImportResult:
    """Counts by name, the rejected rows with their reasons, and remarks on rows that were kept.

    ``file`` names the file of the rows, where one store gets many of a kind.
    """

    counts: dict[str, int]
    rejected: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    file: str = ""

    def tell(self, progress: Progress) -> None:
        """Report the rejected rows, the remarks and the counts, in the current language."""
        tell_alike(progress.warn, [
            (problem.reason, self._refusal(problem)) for problem in self.rejected
        ])
        tell_alike(progress.say, [
            (remark.reason, tr("Row {row}: {reason}.", row=remark.row, reason=say(remark))) for remark in self.remarks
        ])

    def rejects(self) -> list[dict[str, str]]:
        """Return the rejected rows as plain data, in the current language."""
        file = {"file": self.file} if self.file else {}
        return [{**file, "row": problem.row, "reason": say(problem)} for problem in self.rejected]

    def _refusal(self, problem: Problem) -> str:
        if self.file:
            return tr("{file}, row {row} rejected: {reason}.", file=self.file, row=problem.row, reason=say(problem))
        return tr("Row {row} rejected: {reason}.", row=problem.row, reason=say(problem))


def say(problem: Problem) -> str:
    """Return a problem's reason in the current language."""
    return tr(problem.reason, **problem.values) if problem.values else tr(problem.reason)


def require_rows(intake: Intake, name: str) -> None:
    """Raise InputError when a table holds no row at all."""
    if not intake.rows and not intake.rejected:
        raise InputError("{layer} holds no rows: nothing was imported.", layer=name or "INPUT")


def row_geometry(row: Row, place: Optional[tuple[float, float]]) -> Any:
    """Return a row's shapely geometry in EPSG:4326: its own, its column ``wkt``, or its position; else None.

    Raises ValueError for unreadable WKT.
    """
    if row.geometry is not None and not row.geometry.is_empty:
        return row.geometry
    text = row.get("wkt")
    if text:
        try:
            found = shapely.wkt.loads(text)
        except Exception as error:  # shapely 1.8 and 2 raise different classes without a common base
            raise ValueError(str(error)) from None
        return found if not found.is_empty else None
    return Point(place) if place is not None else None


def ewkb(geometry: Any) -> Optional[str]:
    """Return a geometry as hexadecimal EWKB in EPSG:4326 without Z."""
    return None if geometry is None else str(shapely.wkb.dumps(geometry, hex=True, srid=4326, output_dimension=2))


def multipolygon(geometry: Any) -> Any:
    """Return a polygon as multipolygon; None for anything that is no area."""
    if geometry is None:
        return None
    if geometry.geom_type == "Polygon":
        return MultiPolygon([geometry])
    return geometry if geometry.geom_type == "MultiPolygon" else None


def without_repeats(rows: Sequence[Row], *names: str) -> tuple[list[Row], list[Problem]]:
    """Return the rows whose values of ``names`` are new, and the repeats with the row they repeat."""
    seen: dict[tuple[Any, ...], str] = {}
    kept: list[Row] = []
    repeats: list[Problem] = []
    for row in rows:
        key = tuple(row.get(name) for name in names)
        if key in seen:
            repeats.append(Problem(row.key, "the same as row {first}", {"first": seen[key]}))
            continue
        seen[key] = row.key
        kept.append(row)
    return kept, repeats
