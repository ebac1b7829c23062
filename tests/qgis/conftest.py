# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs algorithms as Processing does, in both languages, and as a user who may do little."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

CHINESE = re.compile("[\u4e00-\u9fff]")
NOBODY = 65534


@dataclass
class Outcome:
    """What became of a run: the outputs, or the error; what was told on the way."""

    error: str = ""
    outputs: dict = field(default_factory=dict)
    warnings: list = field(default_factory=list)
    told: list = field(default_factory=list)


class Attempt:
    """Runs an algorithm of ours the way the toolbox and ``qgis_process`` do: check the parameters, then run."""

    def __init__(self, provider) -> None:
        self.provider = provider

    def __call__(self, algorithm: str, stop=None, **parameters) -> Outcome:
        """``stop(fraction)`` may be called at every report of progress; True cancels."""
        from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback

        made = Outcome()

        class Feedback(QgsProcessingFeedback):
            def pushWarning(self, text):
                made.warnings.append(text)

            def pushInfo(self, text):
                made.told.append(text)

            def reportError(self, text, fatalError=False):  # noqa: N803
                made.warnings.append(text)

        feedback = Feedback(False)
        if stop is not None:
            feedback.progressChanged.connect(lambda percent: stop(percent / 100.0) and feedback.cancel())
        context = QgsProcessingContext()
        found = self.provider.algorithm(algorithm) if isinstance(algorithm, str) else algorithm
        good, made.error = found.checkParameterValues(parameters, context)
        if good:
            try:
                made.outputs, done = found.run(parameters, context, feedback, {}, False)
                made.error = "" if done else "failed without a word"
            except QgsProcessingException as error:
                made.error = str(error)
        return made

    def refused(self, algorithm, *words: str, **parameters) -> Outcome:
        """Run in both languages; the error must be one sentence that holds ``words`` and has a Chinese form."""
        from fullservice_plugin.i18n import set_language

        made = self(algorithm, **parameters)
        assert made.error, f"{algorithm} took it: {made.outputs}"
        for word in words:
            assert word in made.error, made.error
        assert "Traceback" not in made.error and "\n" not in made.error and "should not" not in made.error, made.error
        set_language("zh")
        try:
            chinese = self(algorithm, **parameters)
        finally:
            set_language("en")
        assert CHINESE.search(chinese.error) and chinese.error != made.error, chinese.error
        return made


@pytest.fixture(scope="session")
def fonts(qgis_app):
    """The fonts of this machine."""
    from fullservice_plugin.plans.fonts import FontSet

    return FontSet()


@pytest.fixture
def attempt(qgis_app) -> Attempt:
    """Runs algorithms and returns what became of it."""
    return Attempt(qgis_app.fullservice_provider)


@pytest.fixture
def unprivileged():
    """A context in which this process has no more rights than any user: root is not held by file modes."""

    @contextmanager
    def lowered():
        if os.geteuid() != 0:
            yield
            return
        os.setresgid(NOBODY, NOBODY, 0)
        os.setresuid(NOBODY, NOBODY, 0)
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)
            os.setresgid(0, 0, 0)

    return lowered


def layer(kind: str, fields: str, rows: list, name: str = "made", crs: str = "EPSG:4326"):
    """A memory layer; rows are (WKT or "", values); ``kind`` None makes a table."""
    from qgis.core import QgsCoordinateReferenceSystem, QgsFeature, QgsGeometry, QgsVectorLayer

    made = QgsVectorLayer(f"{kind}?{'crs=' + crs + '&' if crs else ''}{fields}", name, "memory")
    if not crs:
        made.setCrs(QgsCoordinateReferenceSystem())
    features = []
    for wkt, values in rows:
        feature = QgsFeature(made.fields())
        if wkt:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(values)
        features.append(feature)
    made.dataProvider().addFeatures(features)
    return made


def houses(count: int = 3, west: float = 0.0, south: float = 50.0, homes: object = 3, step: float = 0.001) -> list:
    """``count`` × ``count`` houses as rows of :func:`layer` (code, households)."""
    rows = []
    for i in range(count):
        for j in range(count):
            x, y = west + i * step + 0.4 * step, south + j * step + 0.1 * step
            ring = f"{x} {y},{x + .2 * step} {y},{x + .2 * step} {y + .1 * step},{x} {y + .1 * step},{x} {y}"
            rows.append((f"Polygon(({ring}))", [f"B{i}-{j}", homes]))
    return rows


def streets(count: int = 3, west: float = 0.0, south: float = 50.0, step: float = 0.001) -> list:
    """A grid of streets around :func:`houses`."""
    far, rows = count * step, []
    for k in range(count + 1):
        rows.append((f"LineString({west} {south + k * step},{west + far} {south + k * step})", ["s"]))
        rows.append((f"LineString({west + k * step} {south},{west + k * step} {south + far})", ["s"]))
    return rows


@dataclass
class Made:
    """The makers of sample layers."""

    layer = staticmethod(layer)
    houses = staticmethod(houses)
    streets = staticmethod(streets)

    def design(self, **other) -> dict:
        """Good parameters of ``designwired``, some of them replaced."""
        return {
            "BUILDINGS": layer("Polygon", "field=code:string&field=hh:integer", houses(), "houses"),
            "ID_FIELD": "code", "HOUSEHOLDS_FIELD": "hh",
            "STREETS": layer("LineString", "field=name:string", streets(), "streets"),
            "SUPPLY": layer("Point", "field=code:string", [("Point(0.0001 49.9999)", ["A"])], "olts"),
            "TIME_LIMIT": 0.5, "OUTPUT_ROUTES": "memory:", "OUTPUT_NODES": "memory:", "OUTPUT_DROPS": "memory:",
            "OUTPUT_WIRED_BOM": "memory:", **other,
        }


@pytest.fixture(scope="session")
def made(qgis_app) -> Made:
    """Makers of sample layers."""
    return Made()
