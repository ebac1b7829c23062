# SPDX-License-Identifier: GPL-2.0-or-later
"""Catalogue of materials, labour and engineering rules: every figure is a default that the user may edit.

The default stands in ``catalogue_default.json``. A user's JSON file of the same shape is laid over it, so that it
needs to hold only what differs; an entry set to ``null`` is taken out.
"""
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Optional, Union

from fullservice_plugin.core.errors import InputError

DEFAULT_FILE = Path(__file__).with_name("catalogue_default.json")


@dataclass(frozen=True)
class Size:
    """One size of a product: ``capacity`` (fibres, ports or outputs) and ``price`` per unit."""

    key: str
    capacity: int
    price: float


@dataclass(frozen=True)
class Catalogue:
    """Prices and rules. ``data`` is the whole JSON; prices are in ``currency``."""

    data: dict[str, Any]
    source: str = ""

    @property
    def currency(self) -> str:
        """ISO 4217 code of all prices."""
        return str(self.data.get("currency", "CNY"))

    def section(self, name: str) -> dict[str, Any]:
        """A raw section, empty where the catalogue has none."""
        found = self.data.get(name, {})
        return found if isinstance(found, dict) else {}

    def number(self, section: str, item: str, field: str) -> float:
        """One figure ≥ 0; raises :class:`InputError` that names it where it is missing or no number."""
        entry = self.section(section).get(item)
        value = entry.get(field) if isinstance(entry, dict) else None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
            raise InputError(
                "Catalogue {file}: {section} / {item} / {field} must be a number of at least 0, found {value}.",
                file=self.source, section=section, item=item, field=field, value=repr(value))
        return float(value)

    def price(self, section: str, item: str) -> float:
        """Price per unit of an item."""
        return self.number(section, item, "price")

    def rule(self, name: str) -> float:
        """Value of an engineering rule (unit as in the JSON)."""
        return self.number("rules", name, "value")

    def text(self, section: str, item: str) -> str:
        """A named choice, e.g. the optical class."""
        entry = self.section(section).get(item)
        return str(entry.get("value", "")) if isinstance(entry, dict) else ""

    def sizes(self, section: str, capacity: str, **wanted: str) -> list[Size]:
        """The sizes of a product, smallest first; ``wanted`` keeps the entries whose field has that value.

        A larger size that costs no more than a smaller one replaces it, so prices rise with capacity. Raises
        :class:`InputError` where no size is left.
        """
        found = []
        for key, entry in self.section(section).items():
            if isinstance(entry, dict) and all(entry.get(name) == value for name, value in wanted.items()):
                size = int(self.number(section, key, capacity))
                if size > 0:
                    found.append(Size(key, size, self.price(section, key)))
        found.sort(key=lambda s: (-s.capacity, s.price, s.key))
        kept: list[Size] = []
        for entry_size in found:
            if not kept or (entry_size.price < kept[-1].price and entry_size.capacity < kept[-1].capacity):
                kept.append(entry_size)
        if not kept:
            raise InputError("Catalogue {file}: section {section} holds no usable size.",
                             file=self.source, section=section)
        return kept[::-1]

    def label(self, section: str, item: str, language: str = "en") -> str:
        """Name of an item for people, in the given language."""
        entry = self.section(section).get(item)
        names = entry.get("name", {}) if isinstance(entry, dict) else {}
        return str(names.get(language) or item) if isinstance(names, dict) else item


@dataclass(frozen=True)
class Figure:
    """One figure of a catalogue by its place: ``section``, ``item`` (keys joined by /), ``figure``; a number or a text.

    ``unit``, ``name_zh``, ``name_en`` and ``source`` are those of its item.
    """

    section: str
    item: str
    figure: str
    value: Optional[float] = None
    text: Optional[str] = None
    unit: str = ""
    name_zh: str = ""
    name_en: str = ""
    source: str = ""


_TOLD = ("name", "unit", "source", "status", "note")  # what is told of an item besides its figures


def figures_of(data: dict[str, Any]) -> list[Figure]:
    """Every figure of a catalogue's JSON, in its order."""
    found: list[Figure] = []

    def walk(keys: tuple[str, ...], entry: Any, around: dict[str, Any]) -> None:
        if isinstance(entry, dict):
            for key, value in entry.items():
                if key not in _TOLD:
                    walk((*keys, key), value, entry)
            return
        if isinstance(entry, bool) or not isinstance(entry, (int, float, str)):
            return
        names = around.get("name") if isinstance(around.get("name"), dict) else {}
        number = float(entry) if isinstance(entry, (int, float)) else None
        found.append(Figure(
            keys[0], "/".join(keys[1:-1]), keys[-1] if len(keys) > 1 else "", number,
            entry if isinstance(entry, str) else None, str(around.get("unit") or "") if len(keys) > 1 else "",
            str((names or {}).get("zh", "")), str((names or {}).get("en", "")),
            str(around.get("source") or "") if len(keys) > 1 else ""))

    walk((), data, {})
    return found


def laid_over(catalogue: Catalogue, figures: Iterable[Figure], source: str) -> Catalogue:
    """The catalogue with figures laid over it, later ones over earlier ones.

    A figure ``available`` of 0 takes its item out.
    """
    over: dict[str, Any] = {}
    for one in figures:
        keys = [one.section, *(key for key in one.item.split("/") if key), *([one.figure] if one.figure else [])]
        if one.figure == "available":
            if one.value == 0:
                _put(over, keys[:-1], None)
            continue
        _put(over, keys, one.text if one.value is None else _plain(one.value))
        if len(keys) > 2 and (one.name_en or one.name_zh):
            _put(over, [*keys[:-1], "name"], {k: v for k, v in (("en", one.name_en), ("zh", one.name_zh)) if v})
        if len(keys) > 2 and one.unit:
            _put(over, [*keys[:-1], "unit"], one.unit)
    return Catalogue(_merge(catalogue.data, over), source) if over else catalogue


def _put(data: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        found = data.get(key)
        data = found if isinstance(found, dict) else data.setdefault(key, {}) if key not in data else {}
    data[keys[-1]] = value


def _plain(value: float) -> Union[int, float]:
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def load_catalogue(path: Optional[Union[str, Path]] = None) -> Catalogue:
    """Read a catalogue and lay it over the default; without a path the default itself.

    Raises :class:`InputError` where the file cannot be read or is no JSON object.
    """
    data = _read(DEFAULT_FILE)
    if path is None or str(path) == "":
        return Catalogue(data, DEFAULT_FILE.name)
    return with_file(Catalogue(data), path)


def with_file(catalogue: Catalogue, path: Union[str, Path]) -> Catalogue:
    """The catalogue with a user's JSON file laid over it; raises :class:`InputError` as :func:`load_catalogue`."""
    file = Path(path)
    return Catalogue(_merge(catalogue.data, _read(file)), file.name)


def _read(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError("Catalogue {file} cannot be read: {reason}.", file=str(file),
                         reason=error.strerror or str(error)) from error
    except ValueError as error:
        raise InputError("Catalogue {file} is not valid JSON: {reason}.", file=str(file), reason=str(error)) from error
    if not isinstance(data, dict):
        raise InputError("Catalogue {file} must hold one JSON object.", file=str(file))
    return data


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged
