# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo's makers on the path, and their inputs made once."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest

DAY = date(2026, 3, 2)
DEMO = Path(__file__).resolve().parents[3] / "demo"
if str(DEMO) not in sys.path:
    sys.path.append(str(DEMO))


@pytest.fixture(scope="session")
def helsinki(tmp_path_factory):
    """The inputs of Helsinki."""
    from inputs.make import make_inputs

    return make_inputs("helsinki", tmp_path_factory.mktemp("demo") / "helsinki", DAY)


@pytest.fixture(scope="session")
def yangban(tmp_path_factory):
    """The inputs of 样板城."""
    from inputs.make import make_inputs

    return make_inputs("yangban", tmp_path_factory.mktemp("demo") / "yangban", DAY)
