# SPDX-License-Identifier: GPL-2.0-or-later
"""Availability files of the FCC and of Ofcom imported: read, placed, summed up to observations about rivals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Optional

from psycopg2 import sql

from fullservice_plugin.core.competition.availability import (
    FORMATS,
    STRONGEST,
    area_code,
    columns_of,
    date_of_name,
    detect,
)
from fullservice_plugin.core.competition.availability_rows import Claim, Reading, ShareRow, point_of, read_rows
from fullservice_plugin.core.competition.evidence import initial_confidence
from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable, Problem
from fullservice_plugin.i18n import tr
from fullservice_plugin.services.availability_operators import Operators
from fullservice_plugin.services.imports import ImportResult, say
from fullservice_plugin.services.telling import tell_alike
from fullservice_plugin.store import availability as queries
from fullservice_plugin.store.connection import Store
from fullservice_plugin.store.rights import require_bulk

OFFICIAL = initial_confidence("official")
CAP = initial_confidence("official", area_average=True)


@dataclass
class Keyed:
    """A layer in EPSG:4326 that places codes, and its field with them ("" to find it by its name)."""

    table: FeatureTable
    key: str = ""


@dataclass
class Options:
    """How to read a file. ``form`` "detect" finds the format; ``operator`` is whose offer Ofcom's shares are."""

    form: str = "detect"
    observed_on: Optional[date] = None
    operator: str = "OTHER"
    known_as: Mapping[str, str] = field(default_factory=dict)
    new_operators: bool = False
    areas: Optional[Keyed] = None
    locations: Optional[Keyed] = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    file: str = ""


def import_availability(
    store: Store, table: FeatureTable, options: Options, progress: Progress = SILENT, today: Optional[date] = None
) -> ImportResult:
    """Add what an availability file says of rivals, in one transaction.

    A position in exactly one footprint is a fact about that building; everything else speaks of estates, below the
    cap of area averages. Counts: ``rows, observations, buildings, estates, duplicates, outside, new_operators,
    rejected``. Raises InputError and ParameterError when the file cannot be read or placed at all.
    """
    if options.form not in ("detect", *FORMATS):
        raise ParameterError("{format} is no format of availability files. Use one of {known}.", format=options.form,
                             known=("detect", *FORMATS))
    with store.transaction(bulk=True) as cur:
        require_bulk(cur, "intel_observation", *(("competitor_operator",) if options.new_operators else ()))
        form = _form(table, options)
        day = options.observed_on or date_of_name(options.file) or date_of_name(table.name)
        reading = read_rows(table, form, options.mapping, day, today or date.today())
        progress.step(0.2)
        run = _Run(cur, table.name or "INPUT", options, reading, Operators.read(cur, options), progress)
        queries.begin(cur)
        if form == "ofcom":
            run.shares(reading.shares)
        else:
            run.claims(reading.claims)
        return run.finish(len(table))


def _form(table: FeatureTable, options: Options) -> str:
    """Return the format of a file; InputError when it holds nothing or is of none."""
    if not table.ids and not table.problems:
        raise InputError("{layer} holds no rows: nothing was imported.", layer=table.name or "INPUT")
    if options.form != "detect":
        return options.form
    wanted = set(options.mapping)
    given = {name for name in FORMATS if wanted and wanted <= {column.name for column in columns_of(name)}}
    found = detect([*table.columns, *options.mapping]) or (given.pop() if len(given) == 1 else None)
    if found is None:
        raise InputError(
            "{layer} is no availability file that is known: neither of the FCC (provider_id, location_id, technology; "
            "polygons providerid, technology, maxdown) nor of Ofcom (a share such as Full Fibre availability). It has: "
            "{known}. Choose FORMAT and name the columns.",
            layer=table.name or "INPUT", known=list(table.columns),
        )
    return found


class _Run:
    """One import under way: what is rejected, what lies outside, which areas are asked for."""

    def __init__(
        self, cur: Any, name: str, options: Options, reading: Reading, operators: Operators, progress: Progress
    ) -> None:
        self.cur, self.name, self.options, self.operators, self.progress = cur, name, options, operators, progress
        self.rejected: list[Problem] = reading.rejected
        self.outside: list[str] = []
        self.source = options.file or name
        self._numbers = _areas_by_code(options.areas)
        self._outlines: list[tuple[int, Any]] = []
        self._asked: set[int] = set()
        self._missed = ""

    def claims(self, claims: Sequence[Claim]) -> None:
        """Place what providers say to offer."""
        kept = self._with_operator(claims)
        spots = _positions(self.options.locations)
        rows = list(self._claim_rows(kept, spots))
        self._require_places(kept, rows)
        staged = queries.stage_claims(self.cur, rows)
        self.progress.step(0.4)
        lost, outside = queries.place_positions(self.cur, staged, OFFICIAL, CAP)
        self.rejected += [Problem(kept[n].row, *_no_place(*why)) for n, *why in lost]
        self.progress.step(0.6)
        queries.cut_areas(self.cur, self._areas())
        thin, beyond = queries.spread_claims(self.cur, staged, CAP)
        self._apart(kept, thin, [*outside, *beyond])
        queries.sum_claims(self.cur, self.source, OFFICIAL, CAP)

    def shares(self, shares: Sequence[ShareRow]) -> None:
        """Place the shares of areas, and bring them to estates."""
        operator = self.operators.of_shares(self.options.operator)
        rows = []
        for n, row in enumerate(shares):
            area = self._area(row.area, row.outline)
            if area is None:
                self._lose(row.row, row.area)
            else:
                rows.append((n, area, row.observed_on, row.premises, *row.shares))
        self._require_places(shares, rows)
        staged: sql.Identifier = queries.stage_shares(self.cur, rows)
        self.progress.step(0.4)
        queries.cut_areas(self.cur, self._areas())
        self.progress.step(0.6)
        thin, beyond = queries.sum_shares(self.cur, staged, self.source, operator, CAP)
        self._apart(shares, thin, beyond)

    def finish(self, count: int) -> ImportResult:
        """Write the facts and return what became of the rows."""
        self.progress.step(0.8)
        codes, made, buildings, estates = queries.facts(self.cur)
        new = self.operators.create(self.cur, codes)
        added = queries.write(self.cur, STRONGEST)
        self.progress.step(1.0)
        self._tell()
        self.rejected.sort(key=lambda problem: (len(problem.row), problem.row))
        return ImportResult(
            {
                "rows": count,
                "observations": added,
                "buildings": buildings,
                "estates": estates,
                "duplicates": made - added,
                "outside": len(self.outside),
                "new_operators": new,
                "rejected": len(self.rejected),
            },
            self.rejected,
            file=self.source,
        )

    def _with_operator(self, claims: Sequence[Claim]) -> list[Claim]:
        """Return the claims of providers that have an operator; the others are rejected."""
        kept = []
        for claim in claims:
            if self.operators.of(claim.provider, claim.brand) is None:
                self.rejected.append(Problem(
                    claim.row, "provider {provider} ({brand}) is not among the store's operators",
                    {"provider": claim.provider, "brand": claim.brand or "–"}))
            else:
                kept.append(claim)
        return kept

    def _claim_rows(self, claims: Sequence[Claim], spots: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for n, claim in enumerate(claims):
            place = claim.position or (spots.get(claim.location) if claim.outline is None else None)
            area = self._area(claim.area, claim.outline) if place is None else None
            if place == ():
                self.rejected.append(Problem(claim.row, "location {code} stands at several positions",
                                             {"code": claim.location}))
            elif place is None and area is None:
                only_areas = self.options.areas is not None and self.options.locations is None
                self._lose(claim.row, claim.area if only_areas else claim.location or claim.area)
            else:
                x, y = place if place is not None else (None, None)
                operator = self.operators.of(claim.provider, claim.brand)
                yield (n, operator, claim.code, claim.technology, STRONGEST.index(claim.technology), claim.down,
                       claim.up, claim.location, claim.observed_on, x, y, area)

    def _area(self, code: str, outline: Any) -> Optional[int]:
        """Return the number of a row's area; its own outline goes before one that its code names."""
        if outline is not None:
            self._outlines.append((len(self._numbers) + len(self._outlines), outline))
            return self._outlines[-1][0]
        number = self._numbers.get(code) if code else None
        if number is not None:
            self._asked.add(number)
        return number

    def _areas(self) -> Iterator[tuple[int, Any]]:
        yield from self._outlines
        if self.options.areas is not None and self._asked:
            table, key = self.options.areas.table, _key_column(self.options.areas)
            for code, outline in zip(table.columns[key], table.geometry):
                number = self._numbers.get(area_code(code)) if code is not None else None
                if number in self._asked:
                    yield number, outline

    def _lose(self, row: str, code: str) -> None:
        """Keep in mind a row that nothing places: beyond the layers that were given, or without any code."""
        if code:
            self.outside.append(row)
            self._missed = self._missed or code
        else:
            self.rejected.append(Problem(row, "it has no position, no outline, and no code that a layer places"))

    def _require_places(self, usable: Sequence[Any], placed: Sequence[Any]) -> None:
        """Refuse a file of which no row can be placed: then a layer is missing or is keyed in another way."""
        if not usable or placed or not self._missed:
            return
        if self.options.areas is None and self.options.locations is None:
            raise ParameterError(
                "{layer} has codes but no positions. Give the outlines of its areas (AREAS), such as postcodes or "
                "census blocks, or the positions of its locations (LOCATIONS).", layer=self.name)
        raise InputError(
            "None of the codes of {layer} is found in the layers that should place them, for example {code}. Choose "
            "the fields with the codes.", layer=self.name, code=self._missed)

    def _apart(self, rows: Sequence[Any], thin: Sequence[int], outside: Sequence[int]) -> None:
        self.rejected += [
            Problem(rows[n].row, "its area covers less than half of every estate it touches") for n in thin
        ]
        self.outside += [rows[n].row for n in outside]

    def _tell(self) -> None:
        if self.outside:
            self.progress.say(tr(
                "{file}: {count} rows lie outside the estates of the store or the layers given, for example row {row}; "
                "they are left out.", file=self.source, count=len(self.outside), row=self.outside[0]))
        tell_alike(self.progress.warn, [(problem.reason, say(problem)) for problem in self.operators.unmatched()])


def _no_place(buildings: int, estates: int, shared: bool) -> tuple[str, dict[str, object]]:
    if estates > 1:
        return "its position lies in {count} estates and names no building", {"count": estates}
    if shared:
        return "several locations share its position, which names no building, and no estate is there", {}
    if buildings > 1:
        return "its position lies in {count} buildings, and no estate is there", {"count": buildings}
    return "its position lies in no building and no estate", {}


def _areas_by_code(areas: Optional[Keyed]) -> dict[str, int]:
    """Return code → number; several outlines of one code are one area."""
    found: dict[str, int] = {}
    if areas is not None:
        for code in areas.table.columns[_key_column(areas)]:
            if code is not None and str(code).strip():
                found.setdefault(area_code(code), len(found))
    return found


def _positions(locations: Optional[Keyed]) -> dict[str, Any]:
    """Return location → lon, lat; () for one that stands at several positions."""
    found: dict[str, Any] = {}
    if locations is not None:
        for code, shape in zip(locations.table.columns[_key_column(locations)], locations.table.geometry):
            place = point_of(shape)
            if code is not None and str(code).strip() and place is not None:
                key = area_code(code)
                found[key] = place if found.setdefault(key, place) == place else ()
    return found


def _key_column(layer: Keyed) -> str:
    """Return the field with the codes: the one chosen, else the only one with a usual name."""
    if layer.key:
        return layer.key
    usual = {area_code(name) for form in FORMATS for column in columns_of(form)
             if column.name in ("area_id", "location_id") for name in (column.name, *column.aliases)}
    found = [name for name in layer.table.columns if area_code(name) in usual]
    if len(found) != 1:
        raise ParameterError("{layer}: choose the field with the codes. It has: {known}.", layer=layer.table.name,
                             known=list(layer.table.columns))
    return found[0]
