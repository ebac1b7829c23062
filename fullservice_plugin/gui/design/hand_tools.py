# SPDX-License-Identifier: GPL-2.0-or-later
"""What each tool makes of clicks on the map: a changed hand. Geometry is in the metric CRS of the session."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import Qt
from shapely.geometry import Point
from shapely.ops import transform as reshape

from fullservice_plugin.core.access.wired.hand import DrawnRoute, Hand
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.shapes import Nearest
from fullservice_plugin.gis import palette
from fullservice_plugin.gui.discovery.map_tools import HandTool, band
from fullservice_plugin.gui.discovery.snapping import Snapper
from fullservice_plugin.services.hand_session import HandSession
from fullservice_plugin.services.hand_wlan import locked, moved, placed

TOOLS = (
    ("draw", "Draw a way"), ("lock", "Lock a route"), ("forbid", "Forbid a street"), ("prefer", "Prefer a street"),
    ("cabinet", "Place a cabinet"), ("box", "Place a box"), ("drag", "Drag a cabinet or box"),
    ("home", "Drag a building to a box"), ("ap", "Place an access point"), ("ap_lock", "Lock an access point"),
    ("ap_drag", "Drag an access point"),
)  # fmt: skip
HINTS = {
    "draw": "Click the corners of the way; a right click or Enter ends it.",
    "lock": "Click on a route: the design keeps it. Click again to release it.",
    "forbid": "Click on a street: no way follows it. Click again to release it.",
    "prefer": "Click on a street: it is taken where it costs little more. Click again to release it.",
    "cabinet": "Click where the cabinet shall stand: it serves the nearest boxes.",
    "box": "Click where the box shall stand: it serves the nearest homes.",
    "drag": "Press on a cabinet or box, drag it and let go.",
    "home": "Press on a building, drag it to the box that shall serve it and let go.",
    "ap": "Choose the floor, then click inside a building with WLAN: an access point stays there.",
    "ap_lock": "Choose the floor, then click on an access point: it keeps place and channel. Again releases it.",
    "ap_drag": "Choose the floor, press on an access point, drag it and let go: it stays there.",
}
CONSTRUCTIONS = (("trench", "Trench"), ("aerial", "Aerial"), ("wall", "Along the wall"), ("duct", "Existing duct"))
_REACH_M = 25.0  # how far from what is meant a click may lie


def to_session(shape: Any, crs: QgsCoordinateReferenceSystem) -> Any:
    """Return a shapely geometry given in EPSG:4326 in the session's CRS."""
    way = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), crs, QgsProject.instance())

    def moved(x: Any, y: Any, _z: Any = None) -> tuple[list[float], list[float]]:
        points = [way.transform(QgsPointXY(a, b)) for a, b in zip(_list(x), _list(y))]
        return [p.x() for p in points], [p.y() for p in points]

    if shape.geom_type == "Point":
        point = way.transform(QgsPointXY(shape.x, shape.y))
        return Point(point.x(), point.y())
    return reshape(moved, shape)


def _list(values: Any) -> list[float]:
    return [float(v) for v in values] if hasattr(values, "__iter__") else [float(values)]


def with_line(session: HandSession, line: Any, construction: str) -> Hand:
    """Return the hand with a drawn way."""
    hand = session.step.hand
    return replace(hand, drawn=(*hand.drawn, DrawnRoute(line, construction)))


def with_lock(session: HandSession, point: Point) -> Hand:
    """Return the hand with the route at a point locked, or released where it was."""
    route = _nearest([r.geometry for r in session.step.design.routes], point)
    if route is None:
        raise InputError("There is no route of the design here. Click on one.")
    return _toggled(session.step.hand, "locked", route)


def with_street(session: HandSession, point: Point, kind: str) -> Hand:
    """Return the hand with the street at a point ``forbidden`` or ``preferred``, or released where it was."""
    street = session.streets.at(point, _REACH_M)
    if street is None:
        raise InputError("There is no street here. Click on one.")
    return _toggled(session.step.hand, kind, street)


def _toggled(hand: Hand, kind: str, line: Any) -> Hand:
    lines = tuple(one for one in getattr(hand, kind) if not one.equals(line))
    if len(lines) == len(getattr(hand, kind)):
        lines = (*lines, line)
    return replace(hand, **{kind: lines})


def with_site(session: HandSession, point: Point, kind: str) -> Hand:
    """Return the hand with a cabinet or a box (``kind`` cabinets or boxes) placed at a point."""
    hand = session.step.hand
    return replace(hand, **{kind: (*getattr(hand, kind), point)})


def with_site_moved(session: HandSession, start: Point, end: Point) -> Hand:
    """Return the hand with the cabinet or box at ``start`` dragged to ``end``."""
    nodes = [node for node in session.step.design.nodes if node.kind in ("fdt", "fat")]
    found = min(nodes, key=lambda node: node.geometry.distance(start), default=None)
    if found is None or found.geometry.distance(start) > _REACH_M:
        raise InputError("There is no cabinet or box here. Press on one and drag it.")
    kind = "cabinets" if found.kind == "fdt" else "boxes"
    hand = session.step.hand
    kept = tuple(one for one in getattr(hand, kind) if one.distance(found.geometry) > 1.0)
    return replace(hand, **{kind: (*kept, end)})


def with_home_moved(session: HandSession, start: Point, end: Point) -> Hand:
    """Return the hand with the building at ``start`` served by the box at ``end``."""
    near = [(shape.distance(start), key) for key, shape in zip(session.buildings.ids, session.buildings.geometry)
            if shape is not None]  # fmt: skip
    boxes = [node for node in session.step.design.nodes if node.kind == "fat"]
    box = min(boxes, key=lambda node: node.geometry.distance(end), default=None)
    if not near or min(near)[0] > _REACH_M or box is None or box.geometry.distance(end) > _REACH_M:
        raise InputError("Press on a building and drag it to the box that shall serve it.")
    hand = session.step.hand
    return replace(hand, homes={**hand.homes, min(near)[1]: box.geometry})


def with_ap(session: HandSession, key: str, point: Point, floor: int) -> Hand:
    """Return the hand with an access point placed (``key`` ap) or locked (ap_lock) at a point of a floor."""
    if session.wlan is None:
        raise InputError("There is no building with WLAN here. Click inside one.")
    hand, step = session.step.hand, session.step.wlan
    aps = placed(session.wlan, hand.aps, point, floor) if key == "ap" else locked(step, hand.aps, point, floor)
    return replace(hand, aps=aps)


def with_ap_moved(session: HandSession, start: Point, end: Point, floor: int) -> Hand:
    """Return the hand with the access point at ``start`` dragged to ``end``."""
    return replace(session.step.hand, aps=moved(session.step.wlan, session.step.hand.aps, start, end, floor))


def with_drawn(session: HandSession, key: str, shape: Any, construction: str, floor: int) -> Hand:
    """Return the hand with what was drawn or clicked with the tool ``key`` (session's CRS)."""
    if key in ("ap", "ap_lock"):
        return with_ap(session, key, shape, floor)
    if key == "draw":
        return with_line(session, shape, construction)
    if key == "lock":
        return with_lock(session, shape)
    if key in ("forbid", "prefer"):
        return with_street(session, shape, "forbidden" if key == "forbid" else "preferred")
    return with_site(session, shape, "cabinets" if key == "cabinet" else "boxes")


def shape_under(session: HandSession, key: str, point: Point, floor: int) -> Optional[Any]:
    """Return the geometry that a click of a tool at a point would take; None where there is none, or none is needed."""
    if key == "lock":
        return _nearest([route.geometry for route in session.step.design.routes], point)
    if key in ("forbid", "prefer"):
        return session.streets.at(point, _REACH_M)
    if key == "drag":
        return _nearest([node.geometry for node in session.step.design.nodes if node.kind in ("fdt", "fat")], point)
    if key == "home":
        return session.houses.at(point, _REACH_M)
    if key in ("ap_lock", "ap_drag"):
        return _nearest([ap.geometry for ap in session.step.wlan.aps if ap.floor == floor], point)
    return None


def _nearest(shapes: list[Any], point: Point) -> Optional[Any]:
    return Nearest(shapes).at(point, _REACH_M)


class DragTool(HandTool):
    """Press, drag, let go: ``dragged`` gets both places as points of the map. What would be taken is outlined under the
    pointer; where it is let go snaps as drawing does. Escape gives up."""

    def __init__(
        self, canvas: Any, dragged: Callable[[QgsPointXY, QgsPointXY], None],
        given_up: Optional[Callable[[], None]] = None,
    ) -> None:
        super().__init__(canvas, given_up)
        self._dragged = dragged
        self._start: Optional[QgsPointXY] = None
        self._snap = Snapper(canvas)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def canvasPressEvent(self, event: Any) -> None:  # noqa: N802
        """Take hold; the right button gives up."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._start = self.toMapCoordinates(event.pos())
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            self._leave()

    def canvasMoveEvent(self, event: Any) -> None:  # noqa: N802
        """Show what would be taken, then the way it is dragged."""
        if self._start is None:
            self._hover(self.toMapCoordinates(event.pos()))
            return
        if self._band is None:
            self._band = band(self.canvas(), QgsWkbTypes.GeometryType.LineGeometry, palette.DRAWN)
        self._band.setToGeometry(QgsGeometry.fromPolylineXY([self._start, self._end(event)]), None)

    def canvasReleaseEvent(self, event: Any) -> None:  # noqa: N802
        """Let go."""
        start, end = self._start, self._end(event)
        moved = self._band is not None
        self.clear()
        if start is not None and moved:  # a click without a move drags nothing
            self._dragged(start, end)

    def _end(self, event: Any) -> QgsPointXY:
        return self._snap.at(event.pos(), self._start is not None)

    def begun(self) -> bool:
        """Whether something is being dragged."""
        return self._start is not None

    def clear(self) -> None:
        """Let go without dragging."""
        super().clear()
        self._start = None
        self._snap.hide()
        self.setCursor(Qt.CursorShape.OpenHandCursor)
