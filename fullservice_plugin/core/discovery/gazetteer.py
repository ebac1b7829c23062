# SPDX-License-Identifier: GPL-2.0-or-later
"""An index of what buildings are called: by address, by estate and number, by name; exact and with spelling noise."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Iterable, Optional, Sequence

from fullservice_plugin.core.discovery.addresses import Address, fold_number, fold_street
from fullservice_plugin.core.discovery.names import BuildingName, normal, number_of, parse_name
from fullservice_plugin.core.table import FeatureTable

STREET = ("addr:street", "street", "addr_street", "道路", "街道")
NUMBER = ("addr:housenumber", "housenumber", "addr_housenumber", "门牌号", "门牌")
NAME = ("name", "building_name", "名称", "楼栋名称")
ESTATE = ("estate_name", "estate", "community", "小区", "楼盘", "楼盘名称")
OWN_NUMBER = ("number", "building_number", "楼号", "栋号", "楼栋号")
_FUZZY = 0.8  # least similarity of a street name that still speaks for it
_FUZZY_ESTATE = 0.74  # the same for an estate: one of four characters may be wrong (then for review)


@dataclass(frozen=True)
class Hit:
    """One building that a text speaks for: its row, how well (0–1) and by what (``address`` or ``name``)."""

    row: int
    score: float
    by: str


def first_column(table: FeatureTable, names: Iterable[str]) -> list[Any]:
    """Return the first of the named columns that the table has; all None where it has none of them."""
    return table.column(next((name for name in names if name in table.columns), ""))


class Gazetteer:
    """Names and addresses of buildings; ``addresses`` are extra (row, street, number) triples of address points."""

    def __init__(self, buildings: FeatureTable, addresses: Sequence[tuple[int, Any, Any]] = ()) -> None:
        self._by_street: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self._by_estate: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self._by_name: dict[str, set[int]] = defaultdict(set)
        self._by_landmark: dict[str, set[int]] = defaultdict(set)
        self._near: dict[tuple[str, str], list[tuple[str, float]]] = {}
        columns = [first_column(buildings, names) for names in (STREET, NUMBER, NAME, ESTATE, OWN_NUMBER)]
        for row, (street, number, name, estate, own) in enumerate(zip(*columns)):
            self._add_address(row, street, number)
            self._add_name(row, name, estate, own)
        for row, street, number in addresses:
            self._add_address(row, street, number)

    def learn(self, row: int, name: Any, address: Optional[Address]) -> None:
        """Add what a point of interest inside a building is called; buildings' own names and addresses go first."""
        key = normal(name)
        if key and key not in self._by_name and normal(parse_name(name).estate) not in self._by_estate:
            self._by_landmark[key].add(row)
        if address is not None and address.street and address.number:
            numbers = self._by_street[address.street]
            if address.number not in numbers:
                numbers[address.number].add(row)

    def _add_address(self, row: int, street: Any, number: Any) -> None:
        folded = fold_street(street)
        for part in str(number or "").replace(";", ",").split(","):
            if folded and fold_number(part):
                self._by_street[folded][fold_number(part)].add(row)

    def _add_name(self, row: int, name: Any, estate: Any, own: Any) -> None:
        parsed = parse_name(name)
        known = normal(parse_name(estate).estate or estate)
        number = number_of(str(own).strip()) if own else parsed.number
        for key in {known, normal(parsed.estate)} - {""}:
            self._by_estate[key][number].add(row)
        if name:
            self._by_name[normal(name)].add(row)

    def find(self, name: Any, address: Optional[Address]) -> list[Hit]:
        """Return the buildings that a row's name and address speak for, best first, at most 20."""
        told: dict[int, dict[str, float]] = {}

        def offer(rows: Iterable[int], score: float, by: str) -> None:
            for row in rows:
                known = told.setdefault(row, {})
                known[by] = max(known.get(by, 0.0), score)

        parsed = parse_name(name)
        if address is not None:
            for rows, score in self._address_hits(address):
                offer(rows, score, "address")
            if address.name.estate or address.name.number:
                merged = BuildingName(
                    address.name.estate or parsed.estate,
                    address.name.phase or parsed.phase,
                    address.name.number or parsed.number,
                )
                for rows, score in self._name_hits(merged, ""):
                    offer(rows, score, "name")
        if name:
            for rows, score in self._name_hits(parsed, normal(name)):
                offer(rows, score, "name")
        # an address that a whole estate shares says little alone; with the building's number it says all
        hits = [
            Hit(
                row,
                1.0 - (1.0 - by.get("address", 0.0)) * (1.0 - by.get("name", 0.0)),
                max(by, key=lambda word: by[word]),
            )
            for row, by in told.items()
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.row))[:20]

    def street_rows(self, address: Address) -> set[int]:
        """Return the buildings on the address's street nearest in house number; empty where the street is unknown."""
        numbers = self._by_street.get(address.street)
        if not numbers:
            return set()
        wanted = _leading(address.number)
        if wanted is None:
            return set().union(*numbers.values())
        ranked = sorted((abs(found - wanted), key) for key in numbers if (found := _leading(key)) is not None)
        return set(numbers[ranked[0][1]]) if ranked and ranked[0][0] <= 20 else set()

    def _address_hits(self, address: Address) -> Iterable[tuple[set[int], float]]:
        if not address.street or not address.number:
            return
        for street, alike in self._alike("street", address.street):
            numbers = self._by_street[street]
            if address.number in numbers:
                rows = numbers[address.number]
                yield rows, (0.95 if len(rows) == 1 else 0.65 if len(rows) <= 3 else 0.45) * alike
            else:
                plain = _leading(address.number)
                for key, rows in numbers.items():
                    low, _, high = key.partition("-")
                    if (
                        plain is not None
                        and _leading(low) is not None
                        and (
                            _leading(low) == plain or (high and _leading(low) <= plain <= (_leading(high) or 0))  # type: ignore[operator]
                        )
                    ):
                        yield rows, (0.8 if len(rows) == 1 else 0.45) * alike

    def _name_hits(self, parsed: BuildingName, whole: str) -> Iterable[tuple[set[int], float]]:
        if whole and whole in self._by_name:
            rows = self._by_name[whole]
            yield rows, 0.95 if len(rows) == 1 else 0.5
        if whole and whole in self._by_landmark:
            rows = self._by_landmark[whole]
            yield rows, 0.8 if len(rows) == 1 else 0.45
        estate = normal(parsed.estate)
        if not estate:
            return
        for key, alike in self._alike("estate", estate):
            numbers = self._by_estate[key]
            if parsed.number and parsed.number in numbers:
                rows = numbers[parsed.number]
                yield rows, (0.92 if len(rows) == 1 else 0.6) * alike
            elif not parsed.number:
                every = set().union(*numbers.values())
                yield every, (0.85 if len(every) == 1 else 0.45) * alike
            else:
                yield set().union(*numbers.values()), 0.35 * alike

    def _alike(self, kind: str, text: str) -> list[tuple[str, float]]:
        """Return the known streets or estates alike to ``text`` with their similarity, best first."""
        if (kind, text) in self._near:
            return self._near[kind, text]
        known = self._by_street if kind == "street" else self._by_estate
        if text in known:
            found = [(text, 1.0)]
        else:
            pairs = _pairs(text)
            found = []
            for key in known:
                own = _pairs(key)
                if abs(len(key) - len(text)) > 4 or 2 * len(pairs & own) < 0.5 * (len(pairs) + len(own)):
                    if not (len(text) >= 2 and len(key) >= 2 and kind == "estate" and (text in key or key in text)):
                        continue
                ratio = SequenceMatcher(None, text, key, autojunk=False).ratio()
                if kind == "estate" and min(len(text), len(key)) >= 2 and (text in key or key in text):
                    ratio = max(ratio, 0.88)
                if ratio >= (_FUZZY if kind == "street" else _FUZZY_ESTATE) and not _other_word(text, key):
                    found.append((key, ratio))
            found = sorted(found, key=lambda item: (-item[1], item[0]))[:3]
        self._near[kind, text] = found
        return found


def _pairs(text: str) -> set[str]:
    return {text[k : k + 2] for k in range(len(text) - 1)} or {text}


def _other_word(a: str, b: str) -> bool:
    """Tell whether two names differ in a word that makes them different: 东 and 西, 一 and 二, or digits."""
    telling = set("东西南北中一二三四五六七八九十0123456789")
    return (set(a) ^ set(b)) & telling != set()


def _leading(text: str) -> Optional[int]:
    digits = ""
    for letter in text:
        if not letter.isdigit():
            break
        digits += letter
    return int(digits) if digits else None
