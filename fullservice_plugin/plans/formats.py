# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers, dates and units as they are printed in English and Chinese; None is an en dash, never zero.

A printed number remembers its value, so that the workbook beside a document holds the same numbers, unrounded.
"""

from __future__ import annotations

import datetime
import math
import re
from typing import Optional, Union

NONE = "–"
Number = Union[int, float]

_CURRENCIES_ZH = {"CNY": "元", "EUR": "欧元", "USD": "美元", "GBP": "英镑"}


class Figure(str):
    """A printed number with its value and the style it has in a workbook."""

    value: float
    style: str

    def __new__(cls, text: str, value: Number, style: str) -> Figure:
        """Return the text with its value."""
        made = super().__new__(cls, text)
        made.value, made.style = float(value), style
        return made


def _signed(text: str) -> str:
    """Return a number with a real minus sign, none before zero."""
    return ("\u2212" if text.strip("-0.,") else "") + text[1:] if text.startswith("-") else text


def integer(value: Optional[Number]) -> str:
    """Return a whole number with thousands separators."""
    return NONE if value is None else Figure(_signed(f"{value:,.0f}"), value, "whole")


def decimal(value: Optional[Number], digits: int = 1) -> str:
    """Return a number with thousands separators and a fixed number of decimals."""
    return NONE if value is None else Figure(_signed("{:,.{}f}".format(value, digits)), value, "number")


def quantity(value: Optional[Number]) -> str:
    """Return a quantity: whole numbers without decimals, others with at most two."""
    if value is None:
        return NONE
    text = _signed(f"{value:,.2f}")
    return Figure(text.rstrip("0").rstrip("."), value, "number")


def percent(value: Optional[Number], digits: int = 1, language: str = "en") -> str:
    """Return a ratio (0–1) as per cent: ``3.1 %`` (ISO 80000-1), in Chinese ``3.1%`` (GB/T 15835)."""
    if value is None:
        return NONE
    return Figure(decimal(100.0 * value, digits) + ("%" if language == "zh" else " %"), value, "percent")


def money(value: Optional[Number], currency: str = "", language: str = "en", digits: int = 0) -> str:
    """Return an amount with its currency: ``CNY 1,234`` in English, ``1,234 元`` in Chinese."""
    if value is None:
        return NONE
    amount = str(decimal(value, digits))
    if currency:
        amount = f"{amount} {_CURRENCIES_ZH.get(currency, currency)}" if language == "zh" else f"{currency} {amount}"
    return Figure(amount, value, "number")


def currency_name(currency: str, language: str) -> str:
    """Return the currency as it stands in a column heading."""
    return _CURRENCIES_ZH.get(currency, currency) if language == "zh" else currency


def day(value: Optional[Union[datetime.date, str]], language: str = "en", long: bool = False) -> str:
    """Return a date: ISO in tables, ``22 November 2026`` or ``2026年11月22日`` where ``long``."""
    if value is None or value == "":
        return NONE
    if isinstance(value, str):
        return value
    date = value.date() if isinstance(value, datetime.datetime) else value
    if not long:
        return date.isoformat()
    if language == "zh":
        return f"{date.year}年{date.month}月{date.day}日"
    months = "January February March April May June July August September October November December".split()
    return f"{date.day} {months[date.month - 1]} {date.year}"


def natural(text: str) -> list[tuple[int, int, str]]:
    """Return a sort key in which numbers count as numbers: 2号楼 stands before 10号楼."""
    parts = re.split(r"(\d+)", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def ticks(most: float, about: int = 4) -> list[float]:
    """Return round figures from 0 up to ``most``, about so many steps of 1, 2 or 5 times a power of ten."""
    if not most > 0:
        return [0.0]
    rough = most / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough * 0.999)
    return [step * k for k in range(int(most / step + 1e-9) + 1)]
