# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts a document together from its sections, in the operator's order and with the operator's own texts and pages."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from fullservice_plugin.plans.document import Document
from fullservice_plugin.plans.print_template import COVER, MAPS

#: Section → the page it stands on (portrait, landscape; '' where it makes its own) and what appends it to a document,
#: given what the document is about.
Makers = Mapping[str, tuple[str, Callable[[Document, Any], object]]]


def compose(document: Document, kind: str, subject: Any, makers: Makers) -> None:
    """Append the sections of a kind of document that the template has; one that says nothing leaves no page."""
    look, language = document.look, document.language
    values = document.block.values(look)
    turn = ""
    for name in look.sections(kind):
        if name not in makers:
            turn = _own_page(document, turn, *look.page(name, language, values))
            continue
        page, make = makers[name]
        document.note = look.text(kind, name, language, values)
        if name in (COVER, MAPS):
            make(document, subject)
            turn = ""
        else:
            turn = _section(document, turn, page, lambda make=make: make(document, subject))
        document.note = ""


def _section(document: Document, turn: str, page: str, make: Callable[[], object]) -> str:
    """Append a section on a page of its form; return the form of the page that is open then."""
    before, first = len(document.story), document.first
    if page != turn:
        document.page(page)
    begun = len(document.story)
    make()
    if len(document.story) == begun:  # it had nothing to say
        del document.story[before:]
        document.first = first
        return turn
    return page


def _own_page(document: Document, turn: str, title: str, text: str) -> str:
    def make() -> None:
        document.note = text
        document.heading(title)
        document.space(10)

    return _section(document, turn, turn or "portrait", make)
