# SPDX-License-Identifier: GPL-2.0-or-later
"""The only place that asks for a QGIS, Qt or shapely version."""

from __future__ import annotations

from typing import Any

from qgis.core import NULL, Qgis, QgsField
from qgis.PyQt.QtCore import QDate, QDateTime, QTime

QGIS_VERSION = Qgis.QGIS_VERSION_INT


def field(name: str, kind: str) -> QgsField:
    """Return a field of ``kind`` ``text``, ``int``, ``real``, ``bool`` or ``date``.

    QGIS takes ``QMetaType`` since 3.38 and ``QVariant`` types before.
    """
    if QGIS_VERSION >= 33800:
        from qgis.PyQt.QtCore import QMetaType

        types = QMetaType.Type
        return QgsField(name, {"text": types.QString, "int": types.LongLong, "real": types.Double,
                               "bool": types.Bool, "date": types.QDate}[kind])
    from qgis.PyQt.QtCore import QVariant

    return QgsField(name, {"text": QVariant.String, "int": QVariant.LongLong, "real": QVariant.Double,
                           "bool": QVariant.Bool, "date": QVariant.Date}[kind])


def plain_value(value: Any) -> Any:
    """Return an attribute as a plain Python value: NULL → None, Qt dates → ISO text."""
    if value is None or value == NULL:
        return None
    if isinstance(value, (QDate, QDateTime, QTime)):
        from qgis.PyQt.QtCore import Qt

        return value.toString(Qt.DateFormat.ISODate) if not value.isNull() else None
    return value


def relation_strength(word: str) -> Any:
    """Return the strength of a relation, ``association`` or ``composition``."""
    from qgis.core import QgsRelation

    name = word.capitalize()
    scoped = getattr(Qgis, "RelationshipStrength", None) or QgsRelation
    return getattr(scoped, name)


def disable_transactions(project: Any) -> None:
    """Switch automatic transaction groups off (``setTransactionMode`` since 3.26, a flag before)."""
    if hasattr(project, "setTransactionMode"):
        project.setTransactionMode(Qgis.TransactionMode.Disabled)
    else:
        project.setAutoTransaction(False)


def transactions_enabled(project: Any) -> bool:
    """Tell whether the project groups edits in database transactions."""
    if hasattr(project, "transactionMode"):
        return bool(project.transactionMode() != Qgis.TransactionMode.Disabled)
    return bool(project.autoTransaction())


def set_group_box(container: Any, boxed: bool) -> None:
    """Show a form container as a group box or as a tab (``setType`` since 3.32)."""
    if hasattr(container, "setType"):
        kinds = Qgis.AttributeEditorContainerType
        container.setType(kinds.GroupBox if boxed else kinds.Tab)
    else:
        container.setIsGroupBox(boxed)


def vertices_and_segments() -> Any:
    """Return the flags of a snapping to vertices and segments (``Qgis.SnappingType`` since 3.26)."""
    if hasattr(Qgis, "SnappingType"):
        return Qgis.SnappingType.Vertex | Qgis.SnappingType.Segment
    from qgis.core import QgsSnappingConfig

    kinds = QgsSnappingConfig.SnappingTypes
    return QgsSnappingConfig.SnappingTypeFlag(kinds.VertexFlag | kinds.SegmentFlag)
