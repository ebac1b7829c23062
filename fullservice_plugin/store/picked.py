# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows that somebody means on the map: under a click, or selected. Positions are WGS-84 degrees (EPSG:4326)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Sequence

from psycopg2 import sql

from fullservice_plugin.store.map_views import Box

#: What a click can mean: table, its geometry, which rows it has on the map, and whether they have a number.
KINDS = {
    "estate": ("estate", "geom", "true", False),
    "building": ("building", "geom", "true", True),
    "building_point": ("building", "entry_point", "geom is null", True),
    "site_poi": ("site_poi", "geom", "true", False),
}
_HERE = sql.SQL("""
select key, id, version, number, name, code from ({kinds}) f order by rank, away, size, id limit 1
""")
_KIND = sql.SQL("""
select {rank} as rank, {key} as key, t.id::text as id, t.row_version as version, {number} as number, t.name, t.code,
    ST_Distance(t.{geometry}, {point}) as away, ST_Area(t.{geometry}) as size
from fullservice.{table} t
where not t.is_deleted and {where} and t.{geometry} && {box} and ST_Intersects(t.{geometry}, {box})
""")
_BOX = sql.SQL("ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)")
_POINT = sql.SQL("ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)")


@dataclass(frozen=True)
class Picked:
    """A row: ``key`` of :data:`KINDS`, its table, id and version, and what people call it (empty: nothing)."""

    key: str
    id: str
    version: Optional[int]
    number: str = ""
    name: str = ""
    code: str = ""

    @property
    def table(self) -> str:
        """The table of the row."""
        return KINDS[self.key][0]

    @property
    def called(self) -> str:
        """Its name, else its code."""
        return self.name or self.code


@dataclass(frozen=True)
class Selection:
    """Rows selected in a layer of ours, by the keys QGIS knows them by: nobody has to read them to know that.

    ``kind`` is what the rows are (``estate`` or ``building``, empty for others), ``column`` holds the id meant.
    """

    kind: str
    schema: str
    table: str
    fids: tuple[int, ...]
    column: str = "id"


def row_at(cur: Any, keys: Sequence[str], lon: float, lat: float, box: Box) -> Optional[Picked]:
    """Return the row of the first kind that has any within ``box`` around a point: the nearest, the smallest first."""
    parts = []
    for rank, key in enumerate(keys):
        table, geometry, where, numbered = KINDS[key]
        parts.append(_KIND.format(
            rank=sql.Literal(rank), key=sql.Literal(key), number=sql.SQL("t.number" if numbered else "null::text"),
            geometry=sql.Identifier(geometry), table=sql.Identifier(table), where=sql.SQL(where), point=_POINT,
            box=_BOX))
    if not parts:
        return None
    west, south, east, north = box
    cur.execute(_HERE.format(kinds=sql.SQL(" union all ").join(parts)),
                {"lon": lon, "lat": lat, "west": west, "south": south, "east": east, "north": north})
    return _picked(cur.fetchone())


def ids_of(cur: Any, chosen: Selection) -> list[str]:
    """Return the ids that the selected rows name, in their order in the table; rows that are gone are left out."""
    cur.execute(
        sql.SQL("select {column}::text from {table} where fid = any(%s) and {column} is not null order by fid").format(
            column=sql.Identifier(chosen.column), table=sql.Identifier(chosen.schema, chosen.table)),
        (list(chosen.fids),))
    return [key for (key,) in cur.fetchall()]


def row_of(cur: Any, key: str, row_id: str) -> Optional[Picked]:
    """Return the living row with this id; None where it is gone."""
    table, _, _, numbered = KINDS[key]
    cur.execute(
        sql.SQL("select {key}, id::text, row_version, {number}, name, code from fullservice.{table} "
                "where id = %s and not is_deleted").format(
            key=sql.Literal(key), number=sql.SQL("number" if numbered else "null::text"), table=sql.Identifier(table)),
        (row_id,))
    return _picked(cur.fetchone())


def _picked(row: Optional[tuple[Any, ...]]) -> Optional[Picked]:
    return None if row is None else Picked(row[0], row[1], row[2], *(str(text or "") for text in row[3:]))
