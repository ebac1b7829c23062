# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the map is in the hierarchy, and the views it came from."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsCoordinateReferenceSystem, QgsRectangle

from fullservice_plugin.store.map_views import Place

#: How many steps back are kept.
_DEPTH = 50
#: Two views are the same when their edges differ by less than this share of their width: QGIS fits them to the window.
_SAME = 0.02

#: A view that was left: extent, its coordinates, and the path that the bar showed.
View = tuple[QgsRectangle, QgsCoordinateReferenceSystem, list[Place]]


class Trail:
    """The path from the branch down, and a stack of views to go back to."""

    def __init__(self) -> None:
        self.path: list[Place] = []
        self._back: list[View] = []
        self._pinned: Optional[QgsRectangle] = None

    def __len__(self) -> int:
        return len(self._back)

    def leave(self, view: QgsRectangle, crs: QgsCoordinateReferenceSystem) -> None:
        """Keep the view that is about to be left; the same view twice counts once."""
        if self._back and self._back[-1][1] == crs and alike(self._back[-1][0], view):
            return
        self._back.append((QgsRectangle(view), crs, list(self.path)))
        del self._back[:-_DEPTH]

    def back(self) -> Optional[View]:
        """Take the last view off the stack; None where there is none."""
        self._pinned = None
        return self._back.pop() if self._back else None

    def pin(self, path: list[Place], view: QgsRectangle) -> None:
        """Hold the path that was gone into as long as the map stays at ``view``."""
        self.path = list(path)
        self._pinned = QgsRectangle(view)

    def pinned(self, view: QgsRectangle) -> bool:
        """Tell whether the map is still where it was brought to; once it is not, the path follows the map."""
        if self._pinned is not None and not alike(self._pinned, view):
            self._pinned = None
        return self._pinned is not None

    def clear(self) -> None:
        """Forget everything: another project."""
        self.path, self._back, self._pinned = [], [], None


def alike(one: QgsRectangle, other: QgsRectangle) -> bool:
    """Tell whether two views show the same: the same middle, about the same size."""
    limit = _SAME * max(one.width(), other.width())
    shift = one.center().distance(other.center())
    return bool(shift <= limit and abs(one.width() - other.width()) <= limit
                and abs(one.height() - other.height()) <= limit)
