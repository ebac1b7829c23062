# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows written into Processing sinks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Iterable, Sequence

from qgis.core import QgsFeature, QgsFeatureSink, QgsFields

from fullservice_plugin.compat import field
from fullservice_plugin.core.errors import OutputError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import tr

_ROOM = 100_000  # bytes: with less left than this, a result failed for want of room


def why_not_written(path: Path, said: str) -> str:
    """Return why ``path`` could not be written: a full disk by its name, since libraries call it many things."""
    return tr("the disk is full") if shutil.disk_usage(path.parent).free < _ROOM else said


def fields_of(columns: Iterable[tuple[str, str]]) -> QgsFields:
    """Return QGIS fields for ``(name, kind)`` pairs; kind is ``text``, ``int``, ``real`` or ``bool``."""
    made = QgsFields()
    for name, kind in columns:
        made.append(field(name, kind))
    return made


def write_rows(
    sink: QgsFeatureSink,
    fields: QgsFields,
    rows: Sequence[tuple[Any, Sequence[Any]]],
    progress: Progress = SILENT,
) -> None:
    """Write ``(geometry or None, values)`` rows; raise OutputError when the sink refuses one.

    ``geometry`` is a QgsGeometry already in the sink's CRS.
    """
    total = max(len(rows), 1)
    for number, (geometry, values) in enumerate(rows):
        if number % 500 == 0:
            progress.step(number / total)
        feature = QgsFeature(fields)
        if geometry is not None:
            feature.setGeometry(geometry)
        feature.setAttributes(list(values))
        if not sink.addFeature(feature, QgsFeatureSink.Flag.FastInsert):
            raise OutputError(
                "The result could not be written: {reason}. Choose another output.", reason=sink.lastError()
            )
