# SPDX-License-Identifier: GPL-2.0-or-later
"""Plan the access of an area: method per building, wired design, WLAN design, cost and proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from fullservice_plugin.core.access.choice.model import AccessOptions, AccessPlan
from fullservice_plugin.core.errors import SolverError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.core.table import FeatureTable

if TYPE_CHECKING:
    from fullservice_plugin.core.access.catalogue import Catalogue


def plan_access(
    buildings: FeatureTable,
    streets: FeatureTable,
    supply: FeatureTable,
    packages: Optional[FeatureTable],
    catalogue: "Catalogue",
    options: AccessOptions,
    progress: Progress = SILENT,
    floors: Optional[FeatureTable] = None,
) -> AccessPlan:
    """Choose the access method of every building and design the chosen set.

    All geometry in metres in one local metric CRS. Columns of ``buildings`` (all optional, NULL = unknown):
    ``households, businesses, storeys, use, users`` counts and use; ``access_state`` (open, refused, spare);
    ``probability`` (0–1) of agreement; ``take_rate`` (0–1); ``method_lock`` (a method: an approved or locked
    choice); ``rivals`` (number of rival networks present), ``rival_share`` (0–1), ``exclusive_until`` (ISO
    date of a rival's exclusive right), ``riser_right`` and ``power_right`` (bool), ``value_class`` (red,
    blue, white). Columns of ``packages`` (polygons, or no geometry = everywhere): ``segment`` (home,
    business), ``price_month``, ``down_mbps``, ``valid_from``, ``valid_to`` (ISO dates), ``priority``.
    ``floors`` (optional) are floor outlines with ``building_id, floor, use, users``.
    """
    raise SolverError("No plan can be computed yet.")
