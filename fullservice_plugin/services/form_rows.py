# SPDX-License-Identifier: GPL-2.0-or-later
"""What a form asks the store for: the rights on its row, and what a document hangs on."""

from __future__ import annotations

from typing import Any, Optional

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.store import negotiation, rights
from fullservice_plugin.store.subjects import subject_kind


def answers(store: Any) -> bool:
    """Whether the store answers; one that hangs says nothing."""
    return bool(store.value("select true"))


def rights_on_row(store: Any, table: str, fid: int) -> rights.RowRights:
    """What the login may change in a row of ``table``."""
    with store.transaction() as cur:
        return rights.row_rights(cur, TABLES[table], fid)


def new_row_of(store: Any, table: str) -> rights.NewRow:
    """Whether the login may add a row to ``table``, and who it is."""
    with store.transaction() as cur:
        return rights.new_row(cur, TABLES[table])


def kind_of_subject(store: Any, subject: str) -> str:
    """The subject kind (value list ``subject_kind``) of the row with this id; empty where the login sees none."""
    with store.transaction() as cur:
        return subject_kind(cur, subject)


def exclusive_days(store: Any, fid: int) -> Optional[tuple[str, str]]:
    """First and last day (included, "" for no end) of the exclusive period of a building under an agreement, ISO dates.

    None where there is none just now.
    """
    with store.transaction() as cur:
        return negotiation.exclusive_days(cur, fid)
