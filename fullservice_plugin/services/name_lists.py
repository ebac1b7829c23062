# SPDX-License-Identifier: GPL-2.0-or-later
"""What the forms of the map offer by name, asked for all lists at once."""

from __future__ import annotations

from typing import Any, Iterable, Optional

from fullservice_plugin.store.name_lists import Name, NameList, read_names

__all__ = ["MOST", "Name", "NameList", "names_of"]

#: The most rows of a list that a form gets beforehand; QGIS looks up longer ones itself.
MOST = 5_000


def names_of(store: Any, wanted: Iterable[NameList]) -> dict[NameList, Optional[tuple[Name, ...]]]:
    """The names of each list that the login sees; None for a list of more than :data:`MOST` rows."""
    with store.transaction() as cur:
        return {each: read_names(cur, each, MOST) for each in wanted}
