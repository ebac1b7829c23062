# SPDX-License-Identifier: GPL-2.0-or-later
"""Availability files of the American and the British regulator: which format, which columns, what their codes mean.

FCC Broadband Data Collection: who offers what at a location (fixed list) or within an outline (coverage polygons).
Ofcom Connected Nations: which share of the premises of a postcode or census output area can get a class of speed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Optional

from fullservice_plugin.core.competition.scores import TECH_RANK
from fullservice_plugin.core.errors import InputError
from fullservice_plugin.core.intake import Column, fold

FORMATS = ("fcc_bdc", "fcc_polygons", "ofcom")

# Codes of the FCC's table of fixed technologies: copper, cable, fibre, satellites, licensed and free radio, other.
FCC_TECHNOLOGY: dict[int, str] = {
    0: "unknown",
    10: "xdsl",
    40: "hfc_eoc",
    50: "ftth",
    60: "other",
    61: "other",
    70: "fwa",
    71: "fwa",
    72: "fwa",
}
# Of several technologies of one rival the strongest counts, in the order of the threat score.
STRONGEST = (*sorted(TECH_RANK, key=lambda technology: -TECH_RANK[technology]), "other", "unknown")
# A line of more than 1 Tbit/s is a slip of the pen.
MOST_MBPS = 1e6

_PLACE = (
    Column("area_id", aliases=("block_geoid", "geoid20", "geoid", "census_block", "h3_res8_id", "h3")),
    Column("longitude", "number", ("lon", "lng", "x")),
    Column("latitude", "number", ("lat", "y")),
    Column("observed_on", "date", ("as_of_date", "data_as_of")),
)
FCC_COLUMNS = (
    Column("provider_id", "integer", ("providerid",), required=True, least=0),
    Column("brand_name", aliases=("brandname",)),
    Column("location_id", aliases=("locationid",)),
    Column("technology", "integer", ("technology_code", "techcode"), required=True),
    Column("max_advertised_download_speed", "number", ("maxdown",), least=0),
    Column("max_advertised_upload_speed", "number", ("maxup",), least=0),
    Column("business_residential_code", codes={"b": "B", "r": "R", "x": "X"}),
    *_PLACE,
)
# The shares of premises Ofcom publishes, the fastest first, with the speed (Mbit/s) each stands for.
SHARES: dict[str, Optional[float]] = {
    "full_fibre": None,
    "gigabit": 1000.0,
    "ufbb_300": 300.0,
    "ufbb_100": 100.0,
    "sfbb": 30.0,
}
OFCOM_COLUMNS = (
    Column(
        "area_id",
        aliases=("postcode", "pcds", "pcd", "postcode_space", "output area", "oa21cd", "oa11cd", "oa code", "oa"),
    ),
    Column("all_premises", "number", ("number of premises",), least=0),
    Column("matched_premises", "number", ("all matched premises",), least=0),
    *(Column(name, "number") for name in SHARES),
    Column("observed_on", "date", ("data_as_of",)),
)
# Words of headings that count lines, or speak of other people or of what is missing.
_OTHER_MEASURE = re.compile(r"number|count|resid|business|sme|commerc|unable|below|uso|rural|urban|fwa|wireless")
_ASKED = {
    "fcc_bdc": ("provider_id", "location_id", "technology"),
    "fcc_polygons": ("provider_id", "technology"),
    "ofcom": ("area_id",),
}


def columns_of(form: str) -> tuple[Column, ...]:
    """Return the columns of a format; those without which it cannot be read are required."""
    known = OFCOM_COLUMNS if form == "ofcom" else FCC_COLUMNS
    return tuple(_required(column) if column.name in _ASKED[form] else column for column in known)


def detect(headings: Iterable[str]) -> Optional[str]:
    """Return the format whose columns these are; None when they are of none."""
    names = list(headings)
    flat = {_squash(name) for name in names}
    if "technology" in flat and "providerid" in flat:
        if "locationid" in flat or "maxadvertiseddownloadspeed" in flat:
            return "fcc_bdc"
        return "fcc_polygons" if "maxdown" in flat else None
    return "ofcom" if any(share_of(name) for name in names) else None


def share_of(heading: str) -> Optional[str]:
    """Return which share of :data:`SHARES` a heading of Ofcom's means; the wording differs from year to year."""
    text = fold(heading).replace("_", " ").replace("-", " ")
    if not re.search(r"availab|%|percent", text) or _OTHER_MEASURE.search(text):
        return None
    if re.search(r"full ?fib(re|er)|ft+[ph]\b", text):
        return "full_fibre"
    if "gigabit" in text:
        return "gigabit"
    if re.search(r"ufbb|ultra ?fast", text):
        return "ufbb_100" if re.search(r"(?<!\d)100(?!\d)", text) and "300" not in text else "ufbb_300"
    return "sfbb" if re.search(r"sfbb|super ?fast", text) else None


def find_headings(form: str, headings: Iterable[str], layer: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return column → heading for a file of ``form``; ``given`` wins.

    Raises InputError when two headings mean the same share, or when the file lacks what the format needs.
    """
    names = list(headings)
    flat = {_squash(name): name for name in reversed(names)}
    found: dict[str, str] = {}
    for column in columns_of(form):
        hit = next((flat[key] for key in map(_squash, (column.name, *column.aliases)) if key in flat), None)
        if hit is not None:
            found[column.name] = hit
    if form == "ofcom":
        found.update(_share_headings(names, layer, given))
        found.update(_premises(names))
    found.update(given)
    lacking = [name for name in _ASKED[form] if name not in found]
    if form == "ofcom" and not any(name in found for name in SHARES):
        lacking.append("sfbb")
    if lacking:
        raise InputError(
            "{layer} is no file of the format {format}: it has no column for {lacking}. It has: {known}. Choose the "
            "format, or name the columns.",
            layer=layer, format=form, lacking=lacking, known=names,
        )
    return found


def area_code(value: object) -> str:
    """Return a code of an area or location for comparing.

    Without blanks, signs and leading zeros: a postcode is written with and without its blank, and a sheet takes the
    zeros from a census block.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(value))).upper()
    return (text.lstrip("0") or "0") if text.isdigit() else text


def date_of_name(name: str) -> Optional[date]:
    """Return the day a file speaks of, after its name: ``_J24_`` (June), ``_D23_`` (December) or ``202305_``."""
    half = re.search(r"(?:^|_)([JD])(\d{2})(?:[_.]|$)", name)
    if half:
        year = 2000 + int(half.group(2))
        return date(year, 6, 30) if half.group(1) == "J" else date(year, 12, 31)
    month = re.match(r"(20\d\d)(0[1-9]|1[0-2])(?:[_.]|$)", name)
    if month:
        first = date(int(month.group(1)), int(month.group(2)), 1)
        return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return None


def _required(column: Column) -> Column:
    return Column(column.name, column.kind, column.aliases, column.codes, True, column.least)


def _squash(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


def _share_headings(names: list[str], layer: str, given: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        share = share_of(name)
        if share is None or share in given:
            continue
        if share in found:
            raise InputError(
                "{layer}: the columns {first} and {second} both mean {share}. Say which, as {share}=heading.",
                layer=layer, first=found[share], second=name, share=share,
            )
        found[share] = name
    return found


def _premises(names: list[str]) -> dict[str, str]:
    """Return the columns with the number of premises: all of them, and those whose lines are known."""
    found: dict[str, str] = {}
    for name in names:
        words = set(re.findall(r"[a-z]+", fold(name)))
        if "premises" in words and words <= {"all", "matched", "premises", "number", "of", "total"}:
            found.setdefault("matched_premises" if "matched" in words else "all_premises", name)
    return found
