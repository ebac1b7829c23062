# SPDX-License-Identifier: GPL-2.0-or-later
"""Operators and observations about rivals in the store."""

from __future__ import annotations

from typing import Any, Sequence

from psycopg2 import sql

from fullservice_plugin.store.bulk import Counts, stage_rows, upsert

OPERATOR_FIELDS = ("code", "name", "name_en", "is_self", "colour")
OBSERVATION_FIELDS = (
    "subject_kind",
    "building_id",
    "estate_id",
    "operator_code",
    "field",
    "value",
    "number",
    "unit",
    "source_class",
    "source_text",
    "observed_on",
    "observer",
    "confidence",
    "valid_until",
)


def operators(cur: Any) -> list[tuple[str, str, str, bool]]:
    """Return code, name, English name and whether it is ourselves, of every operator."""
    cur.execute(
        "select code, name, coalesce(name_en, ''), is_self from fullservice.competitor_operator"
        " where not is_deleted order by code"
    )
    return list(cur.fetchall())


def upsert_operators(cur: Any, rows: Sequence[Sequence[Any]]) -> Counts:
    """Write operators by code; columns as in ``OPERATOR_FIELDS``."""
    return upsert(
        cur, "competitor_operator", (*OPERATOR_FIELDS, "origin"), [(*row, "import") for row in rows], keep=("origin",)
    )


def insert_observations(cur: Any, rows: Sequence[Sequence[Any]], origin: str) -> int:
    """Add observations the store does not have yet; columns as in ``OBSERVATION_FIELDS``. Return how many."""
    return insert_staged(cur, stage_rows(cur, "intel_observation", OBSERVATION_FIELDS, rows).table, origin)


def insert_staged(cur: Any, table: sql.Identifier, origin: str) -> int:
    """Add the observations of a temporary table that the store does not have yet. Return how many.

    The same value from the same source, observer and day about the same subject is the same observation.
    """
    cur.execute(
        sql.SQL(
            """
        with incoming as (
            select distinct on (same) s.*, md5(row(s.building_id, s.estate_id, s.operator_code, s.field, s.value,
                trim_scale(s.number), s.source_class, s.source_text, s.observed_on, s.observer)::text) as same
            from {staged} s order by same),
        present as (
            select md5(row(o.building_id, o.estate_id, o.operator_code, o.field, o.value, trim_scale(o.number),
                o.source_class, o.source_text, o.observed_on, o.observer)::text) as same
            from fullservice.intel_observation o
            where o.observed_on between (select min(observed_on) from {staged})
                and (select max(observed_on) from {staged}))
        insert into fullservice.intel_observation (subject_kind, building_id, estate_id, operator_code, field, value,
            number, unit, source_class, source_text, observed_on, observer, confidence, valid_until, origin)
        select subject_kind, building_id, estate_id, operator_code, field, value, number, unit, source_class,
            source_text, observed_on, observer, confidence, valid_until, %s
        from incoming i where not exists (select 1 from present p where p.same = i.same)
        """
        ).format(staged=table),
        (origin,),
    )
    return int(cur.rowcount)
