# SPDX-License-Identifier: GPL-2.0-or-later
"""Many sentences of one kind told as one, with their number and a few examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fullservice_plugin.i18n import tr

ALIKE = 10  # so many of a kind are told one by one
EXAMPLES = 3


def tell_alike(tell: Callable[[str], None], sentences: Iterable[tuple[str, str]]) -> None:
    """Tell ``(kind, sentence)`` pairs in order; more than ten of a kind become one sentence with a count."""
    kinds: dict[str, list[str]] = {}
    for kind, sentence in sentences:
        kinds.setdefault(kind, []).append(sentence)
    for alike in kinds.values():
        if len(alike) <= ALIKE:
            for sentence in alike:
                tell(sentence)
        else:
            tell(tr("{count} times, for example: {examples}", count=len(alike), examples=" ".join(alike[:EXAMPLES])))
