# SPDX-License-Identifier: GPL-2.0-or-later
"""Which operator of the store a provider of an availability file is."""

from __future__ import annotations

from collections import Counter
from typing import Any, Optional

from fullservice_plugin.core.errors import ParameterError
from fullservice_plugin.core.intake import fold
from fullservice_plugin.core.table import Problem
from fullservice_plugin.store import competition as queries

# The code of an operator made for a provider: FCC and its id.
PREFIX = "FCC"


class Operators:
    """The store's operators, found by the FCC's provider id or by brand; what is ambiguous is not guessed."""

    def __init__(self, rows: list[tuple[str, str, str, bool]], known_as: dict[str, str], may_create: bool) -> None:
        self._may_create = may_create
        names: dict[str, set[str]] = {}
        for code, name, english, _ in rows:
            for text in (code, name, english):
                if text:
                    names.setdefault(fold(text), set()).add(code)
        self._names = {name: next(iter(codes)) for name, codes in names.items() if len(codes) == 1}
        self._given = {fold(name): self._given_code(code) for name, code in known_as.items()}
        self._found: dict[tuple[int, str], Optional[str]] = {}
        self._lost: Counter[tuple[int, str]] = Counter()
        self._new: dict[str, tuple[str, str]] = {}

    @classmethod
    def read(cls, cur: Any, options: Any) -> "Operators":
        """Read the store's operators; ParameterError when ``options.known_as`` names one it lacks."""
        return cls(queries.operators(cur), dict(options.known_as), options.new_operators)

    def of(self, provider: int, brand: str) -> Optional[str]:
        """Return the code of a provider's operator, of a new one where that is allowed; None where there is none."""
        key = (provider, brand)
        if key not in self._found:
            self._found[key] = self._match(provider, brand)
        if self._found[key] is None:
            self._lost[key] += 1
        return self._found[key]

    def of_shares(self, code: str) -> str:
        """Return the operator whose offer an area's shares are; ParameterError when the store lacks it."""
        found = self._names.get(fold(code)) if code.strip() else None
        if found is None and code.strip() and self._may_create:
            found = code.strip()
            self._new[found] = ("其他", "Other") if found == "OTHER" else (found, found)
        if found is None:
            raise ParameterError(
                "Operator {code} is not among the store's operators. Add it, name another one, or allow new operators.",
                code=code or "–")
        return found

    def create(self, cur: Any, codes: list[str]) -> int:
        """Write the new operators among ``codes`` and return how many."""
        rows = [(code, *self._new[code], False, None) for code in sorted(codes) if code in self._new]
        return queries.upsert_operators(cur, rows).inserted if rows else 0

    def unmatched(self) -> list[Problem]:
        """Return a sentence for each provider without operator, the most frequent first."""
        return [
            Problem("", "Provider {provider} ({brand}) has no operator in the store: {count} rows. Give an operator "
                    "this name or the code {code}, or allow new operators.",
                    {"provider": provider, "brand": brand or "–", "count": count, "code": f"{PREFIX}{provider}"})
            for (provider, brand), count in self._lost.most_common()
        ]

    def _match(self, provider: int, brand: str) -> Optional[str]:
        number = str(provider)
        for known, text in ((self._given, number), (self._given, brand), (self._names, f"{PREFIX}{number}"),
                            (self._names, number), (self._names, brand)):
            if text and fold(text) in known:
                return known[fold(text)]
        if not self._may_create:
            return None
        code = f"{PREFIX}{number}"
        name = brand or code
        self._new.setdefault(code, (name, name))
        return code

    def _given_code(self, code: str) -> str:
        if fold(code) not in self._names:
            raise ParameterError(
                "Operator {code} is not among the store's operators. Add it, name another one, or allow new operators.",
                code=code)
        return self._names[fold(code)]
