# SPDX-License-Identifier: GPL-2.0-or-later
"""What closes a row: handed-in designs, packages in force, filed documents, recorded observations.

One source: the store makes its triggers from these entries (store/closing.py), and asks the same conditions when a form
opens (store/rights.py), so that a form lets nobody type what would be refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.catalogue.model import COMMON_FIELDS

#: Columns of every row that the store writes itself whenever a row is changed.
_KEPT_BY_STORE = ("fid", "id", "row_version", "edit_base", "created_at", "created_by", "changed_at",
                  "changed_by")


@dataclass(frozen=True)
class Closure:
    """Rows of ``table`` for which ``when`` is true keep all columns but ``loose``, or those of ``shut`` where given.

    ``when`` and ``why`` are SQL over a stored row, whose columns are written ``{row}.column``; ``why`` gives the reason
    (a state of ``machine``, or a word of the errors). ``content`` rows follow the state of another row, and may not be
    added or removed either; ``stays`` rows may not be removed. Imports pass where ``bulk`` is set. ``told`` are
    sentences by reason, ``otherwise`` that of all others; both may name the state.
    """

    table: str
    when: str
    why: str
    otherwise: str
    told: tuple[tuple[str, str], ...] = ()
    loose: tuple[str, ...] = ()
    shut: tuple[str, ...] = ()
    machine: str = ""
    content: bool = False
    stays: bool = False
    bulk: bool = False

    def columns(self) -> tuple[str, ...]:
        """The columns that stay as they are."""
        if self.shut:
            return self.shut
        names = [field.name for field in (*TABLES[self.table].fields, *COMMON_FIELDS)]
        return tuple(name for name in names if name not in (*self.loose, *_KEPT_BY_STORE))

    def sentence(self, why: str) -> str:
        """The sentence for people, English."""
        return dict(self.told).get(why, self.otherwise)


_RETURNED = ("submitted", "in_review")


def _content(table: str) -> Closure:
    """What a design consists of is closed together with it."""
    return Closure(
        table, "fs_app.design_closed(fs_app.design_state({row}.design_id))", "fs_app.design_state({row}.design_id)",
        "The design of this row is closed ({state}), so nothing here can change. Make a new version of the design.",
        tuple((state, "The design of this row is handed in ({state}), so nothing here can change. Have it returned "
               "to change it.") for state in _RETURNED),
        machine="SM-3", content=True)


_DOCUMENT = "A filed document is never exchanged. To correct it, add the new file as a further document."

CLOSURES: tuple[Closure, ...] = (
    Closure(
        "access_design", "fs_app.design_closed({row}.state)", "{row}.state",
        "This design is closed ({state}): only its state and note can change. For anything else, make a new version.",
        tuple((state, "This design is handed in ({state}): only its state and note can change. For anything else, "
               "have it returned.") for state in _RETURNED),
        loose=("state", "note", "submitted_at", "approver", "approved_at", "branch_code"), machine="SM-3", stays=True),
    *(_content(table) for table in ("access_decision", "design_element", "design_bom")),
    Closure(
        "area_package", "fs_app.package_closed({row}.state)", "{row}.state",
        "This package is in force: only its last day, state and note can change. For other terms, add a new package.",
        (("withdrawn", "This package is withdrawn: only its last day, state and note can change. For other terms, add "
          "a new package."),),
        loose=("state", "note", "valid_to", "approver", "approved_at", "branch_code"), machine="SM-13", bulk=True),
    Closure(
        "attachment", "{row}.sha256 is not null", "'document'", _DOCUMENT,
        shut=("sha256", "size_bytes", "subject_kind", "kind")),
    Closure(
        "attachment", "{row}.content is not null and {row}.sha256 is not null", "'document'", _DOCUMENT,
        shut=("content",)),
    Closure(
        "intel_observation", "true", "'only the state may change'",
        "An observation stays as it was recorded; only its state can change. If it is wrong, retire it and record a "
        "new one.", loose=("state", "verified_by")),
)


def closures_of(table: str) -> tuple[Closure, ...]:
    """What may close rows of a table."""
    return tuple(entry for entry in CLOSURES if entry.table == table)
