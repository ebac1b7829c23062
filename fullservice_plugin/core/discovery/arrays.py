# SPDX-License-Identifier: GPL-2.0-or-later
"""The array type of this room's annotations."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]
