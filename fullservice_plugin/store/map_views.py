# SPDX-License-Identifier: GPL-2.0-or-later
"""What the workbench asks the store: areas with their indicators, estates of a grid, search by name."""
from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Optional

from psycopg2 import sql

from fullservice_plugin.core.catalogue.lists import LISTS, code_label
from fullservice_plugin.core.pinyin import sounds_like
from fullservice_plugin.core.spelling import has_letters, spelt_like
from fullservice_plugin.store.connection import Store, literal

#: So many hits of a search are shown.
HITS = 40
#: West, south, east, north in degrees (EPSG:4326).
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """Something to fly to. ``kind`` is branch, micro_region, grid, estate, building or address."""

    kind: str
    id: str
    name: str
    detail: str
    box: Optional[Box]
    parent_id: str = ""


def place_of_row(row: tuple[Any, ...]) -> Place:
    """Return a place of (kind, id, name, detail, west, south, east, north, parent)."""
    kind, row_id, name, detail, west, south, east, north, parent = row
    box = None if west is None else (float(west), float(south), float(east), float(north))
    return Place(str(kind), str(row_id), str(name or ""), str(detail or ""), box, str(parent or ""))


def areas(store: Store, language: str) -> list[Place]:
    """All areas valid today, larger ones first, with their indicators in ``language``."""
    rows = store.rows(
        """select t.level, t.id, t.name, case when %s then t.indicators_zh else t.indicators_en end,
                  st_xmin(t.geom), st_ymin(t.geom), st_xmax(t.geom), st_ymax(t.geom), t.parent_id
           from fs_app.map_territory t
           where (t.valid_from is null or t.valid_from <= current_date)
             and (t.valid_to is null or t.valid_to >= current_date)
           order by array_position(array['branch', 'micro_region', 'grid'], t.level), t.code""",
        (language == "zh",),
    )
    return [place_of_row(row) for row in rows] + _unassigned(store, language)


def _unassigned(store: Store, language: str) -> list[Place]:
    """What lies in no grid, per branch: shown, so that nothing gets lost. Flies to where those buildings are."""
    rows = store.rows(
        """select 'unassigned', coalesce(o.id::text, ''), null, null, st_xmin(x.box), st_ymin(x.box), st_xmax(x.box),
                  st_ymax(x.box), o.id, x.buildings, x.estates
           from (select b.branch_code, st_extent(coalesce(b.geom, b.entry_point)) as box, count(*) as buildings,
                        count(distinct b.estate_id) as estates
                 from fs_app.live_building b where b.grid_id is null group by 1) x
           left join fullservice.org_unit o on o.level = 'branch' and o.code = x.branch_code and not o.is_deleted
           order by o.code nulls last""")
    words = ("未归属", "{} 栋 {} 盘") if language == "zh" else ("Outside every grid", "{} buildings · {} estates")
    return [
        place_of_row((kind, f"unassigned {key}", words[0], words[1].format(buildings, estates), *box, parent))
        for kind, key, _, _, *box, parent, buildings, estates in rows
    ]


def estates(store: Store, grid_id: str, language: str) -> list[Place]:
    """The estates of a grid with their indicators; those of no grid where ``grid_id`` is empty."""
    rows = store.rows(
        """select 'estate', e.id, coalesce(nullif(e.name, ''), e.code),
                  case when %s then e.indicators_zh else e.indicators_en end,
                  st_xmin(e.geom), st_ymin(e.geom), st_xmax(e.geom), st_ymax(e.geom), e.grid_id
           from fs_app.map_estate e
           where e.grid_id is not distinct from %s::uuid
           order by e.code limit 2000""",
        (language == "zh", grid_id or None),
    )
    return [place_of_row(row) for row in rows]


def search(store: Store, text: str, limit: int = HITS, language: str = "zh", only_estates: bool = False) -> list[Place]:
    """Estates, buildings, addresses and estates by their property party, better hits first.

    Name, code or alias contains ``text``, whatever its case and accents, or the Chinese name sounds like it: pinyin,
    initials, or both mixed. Parties by name, or by the name of their role; contacts (people) are never looked at.
    ``only_estates``: what stands first, those found by a name or code of their own, in a tenth of the time.
    """
    wanted = unicodedata.normalize("NFC", text.strip())
    if not wanted:
        return []
    lower = wanted.lower()
    roles = [one.code for one in LISTS["party_role"]
             if len(wanted) > 1 and (lower in one.zh or lower in one.en.lower())]
    sound = sounds_like(text)
    parts = [_ESTATES] if only_estates else [_ESTATES, _OTHERS]
    rows = store.rows(_HITS.format(hits=sql.SQL(" union all ").join(parts)), {
        "spelt": spelt_like(wanted), "plain": f"%{literal(_caseless(wanted))}%", "limit": limit, "roles": roles,
        "sound": sound, "begin": None if sound is None else "^" + sound})
    return [place_of_row((*row[:3], _party(row[3], row[9], language), *row[4:9])) for row in rows]


def _caseless(text: str) -> str:
    """The longest part of a text that can be written in one way only: Chinese characters, digits, signs."""
    parts = "".join("\0" if has_letters(letter) else letter for letter in text).split("\0")
    return max(parts, key=len)


def _party(detail: Optional[str], role: Optional[str], language: str) -> str:
    """The party that led to an estate, with its role; for other hits their code."""
    return f"{detail} · {code_label('party_role', role, language)}" if role else str(detail or "")


# Rank: written so, sounds so from its beginning, sounds so further in. A sound is NULL where nothing was typed that
# could be one. Buildings and addresses stop at the limit, since there may be very many; where hardly any fits, all are
# looked at, and LIKE for the part without letters settles most of them in a third of the time that a pattern takes.
_ESTATES = sql.SQL("""
(select case when e.name ~ %(spelt)s or e.code ~ %(spelt)s then 1
             when e.name ~ %(begin)s then 2 else 3 end as rank,
        'estate' as kind, e.id, coalesce(nullif(e.name, ''), e.code) as name, e.code as detail, e.geom,
        e.grid_id as parent, null::text as role
 from fullservice.estate e
 where not e.is_deleted and (e.name ~ %(spelt)s or e.code ~ %(spelt)s or e.name ~ %(sound)s
       or exists (select 1 from unnest(e.aliases) a where a ~ %(spelt)s or a ~ %(sound)s))
 order by 1, length(e.name), e.name
 limit %(limit)s)
""")
_OTHERS = sql.SQL("""
(select case when b.name ~ %(spelt)s or b.code ~ %(spelt)s then 4 else 5 end, 'building', b.id,
        coalesce(nullif(b.name, ''), b.number, b.code), b.code, coalesce(b.geom, b.entry_point), b.estate_id, null
 from fullservice.building b
 where not b.is_deleted and (b.name like %(plain)s and b.name ~ %(spelt)s
       or b.code like %(plain)s and b.code ~ %(spelt)s or b.name ~ %(sound)s)
 limit %(limit)s)
union all
(select 6, 'estate', e.id, coalesce(nullif(e.name, ''), e.code), p.name, e.geom, e.grid_id, p.role
 from fullservice.property_party p join fullservice.estate e on e.id = p.estate_id and not e.is_deleted
 where not p.is_deleted and (p.name ~ %(spelt)s or p.name ~ %(sound)s or p.role = any(%(roles)s))
   and current_date between coalesce(p.valid_from, current_date) and coalesce(p.valid_to, current_date)
 limit %(limit)s)
union all
(select 7, 'address', a.id, a.full_text, null, a.geom, a.building_id, null
 from fullservice.address a
 where not a.is_deleted and a.full_text like %(plain)s and a.full_text ~ %(spelt)s
 limit %(limit)s)
""")
_HITS = sql.SQL("""
select kind, id, name, detail, st_xmin(geom), st_ymin(geom), st_xmax(geom), st_ymax(geom), parent, role
from ({hits}) hits order by rank, length(name), name limit %(limit)s
""")
