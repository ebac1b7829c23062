# SPDX-License-Identifier: GPL-2.0-or-later
"""Fonts of the pages; without a Chinese one these tests are skipped, and say so."""

from __future__ import annotations

import pytest

from fullservice_plugin.plans.fonts import FontSet


@pytest.fixture(scope="module")
def fonts() -> FontSet:
    found = FontSet()
    if found.chinese is None:
        pytest.skip("no TrueType font with Chinese glyphs is installed")
    return found
