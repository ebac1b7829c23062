# SPDX-License-Identifier: GPL-2.0-or-later
"""Typed errors of the whole product.

A message is an English template with named placeholders; the values travel beside it, so that the
edge (Processing, message bar) can show the same sentence in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping


def filled(template: str, values: Mapping[str, object]) -> str:
    """Return an English template with its values filled in; lists and tuples become “a, b, c”."""
    told = {name: ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
            for name, value in values.items()}
    return template.format(**told) if told else template


class FullServiceError(Exception):
    """Base of all errors we raise on purpose.

    ``template`` is an English sentence with ``{named}`` placeholders that says what is wrong and what
    to do; ``values`` fills it. A list among them stays one: the edge writes it as the reader's language does.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.template = template
        self.values = values
        super().__init__(self.text())

    def text(self) -> str:
        """Return the English sentence."""
        return filled(self.template, self.values)


class InputError(FullServiceError):
    """A file, layer, row or field cannot be used as given."""


class ParameterError(FullServiceError):
    """A parameter is missing, out of range or contradicts another."""


class StoreError(FullServiceError):
    """The store is absent, of another version, unreachable or refuses the login."""


class ConflictError(StoreError):
    """Somebody else changed or removed the row meanwhile (FS409, FS410, FS428)."""


class TransitionError(StoreError):
    """The state machine does not allow this step, or its evidence is missing (FS422)."""


class SolverError(FullServiceError):
    """No plan can be computed from this input."""


class OutputError(FullServiceError):
    """A result cannot be written; nothing half-written is left."""


class MissingDependencyError(FullServiceError):
    """A library or font that this step needs is not installed."""


class Cancelled(FullServiceError):
    """The user cancelled; nothing is kept."""

    def __init__(self) -> None:
        super().__init__("Cancelled.")
