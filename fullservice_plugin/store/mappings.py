# SPDX-License-Identifier: GPL-2.0-or-later
"""How a source was read last time: which columns, datum and licence. Kept by source name and kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from psycopg2 import extensions

from fullservice_plugin.store.bulk import json_text


def recall(cur: extensions.cursor, source_name: str, kind: str) -> Optional[dict[str, Any]]:
    """Return ``columns``, ``datum`` and ``licence`` of a source; None when it was never read."""
    cur.execute(
        "select columns, datum, licence from fullservice.source_mapping"
        " where source_name = %s and kind = %s and not is_deleted",
        (source_name, kind),
    )
    found = cur.fetchone()
    return {"columns": found[0] or {}, "datum": found[1], "licence": found[2]} if found else None


def keep(
    cur: extensions.cursor,
    source_name: str,
    kind: str,
    columns: Mapping[str, str],
    datum: Optional[str],
    licence: Optional[str],
) -> None:
    """Remember how a source was read (in a bulk transaction); nothing is written where nothing changed."""
    cur.execute(
        "insert into fullservice.source_mapping as m (source_name, kind, columns, datum, licence, origin)"
        " values (%s, %s, %s::jsonb, %s, %s, 'algorithm') on conflict (source_name, kind) do update"
        " set columns = excluded.columns, datum = excluded.datum, licence = excluded.licence, is_deleted = false"
        " where (m.columns, m.datum, m.licence, m.is_deleted) is distinct from"
        " (excluded.columns, excluded.datum, excluded.licence, false)",
        (source_name, kind, json_text(dict(columns)), datum, licence),
    )
