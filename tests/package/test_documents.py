# SPDX-License-Identifier: GPL-2.0-or-later
"""The documents name what is there: tests, files, links."""

from __future__ import annotations

import re

import pytest

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


@pytest.mark.parametrize("language", ["", ".zh"])
def test_every_test_that_the_table_of_accidents_names_exists(root, language):
    text = (root / "docs" / f"faults{language}.md").read_text(encoding="utf-8")
    named = NAMED.findall(text)
    assert len(named) >= 20
    for path, function in named:
        assert f"def {function}(" in (root / path).read_text(encoding="utf-8"), (path, function)


def test_links_between_documents_lead_somewhere(root):
    for document in [*root.glob("*.md"), *(root / "docs").glob("*.md")]:
        for target in LINK.findall(document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), (document.name, target)
