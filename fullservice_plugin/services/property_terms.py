# SPDX-License-Identifier: GPL-2.0-or-later
"""An agreement in plain words for whoever signs it: fee, power, term, exclusivity. What is not agreed is said so."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from fullservice_plugin.i18n import translate
from fullservice_plugin.plans import formats
from fullservice_plugin.services.letter_facts import OPEN_POINT

FEES = {
    "one_off": "{amount}, paid once by {operator}",
    "per_year": "{amount} per year, paid by {operator}",
    "per_unit": "{amount} per home, paid by {operator}",
}
POWER = {
    "metered": "Metered; {operator} pays what its equipment uses",
    "flat": "{operator} pays a flat sum for what its equipment uses",
    "free": "Provided by the property free of charge",
}
EXCLUSIVITY = {
    "none": "None: other operators may enter on the same terms",
    "marketing": "For advertising in the building only; other operators may enter",
    "wiring": "For the cables that {operator} lays; other operators may lay their own",
    "access": "Agreed for access to the building",
}


def terms(deal: Mapping[str, Any], operator: str, currency: str, language: str) -> tuple[tuple[str, str], ...]:
    """Return the terms of an agreement row (empty: none yet) as label and sentence."""
    rows = (
        ("State of the agreement", _state(deal, language)),
        ("Fee to the property", _fee(deal, operator, currency, language)),
        ("Power for our equipment", _said(POWER, deal.get("power_model"), language, operator=operator)),
        ("Term", _term(deal, language)),
        ("Exclusivity", _said(EXCLUSIVITY, deal.get("exclusivity") or "none", language, operator=operator)),
        ("Cost to the property", translate(
            "None. Survey, works and maintenance are paid by {operator}.", language, operator=operator)),
    )  # fmt: skip
    return tuple((translate(label, language), value or _open(language)) for label, value in rows)


def _open(language: str) -> str:
    text = translate(OPEN_POINT, language)
    return text[:1].upper() + text[1:]


def _said(words: Mapping[str, str], code: Optional[str], language: str, **values: str) -> str:
    return translate(words[code], language, **values) if code in words else ""


def _state(deal: Mapping[str, Any], language: str) -> str:
    if not deal:
        return translate("None yet; this is our proposal", language)
    if deal["status"] == "draft":
        return translate("Draft, not signed yet", language)
    return deal["number"] or translate("Signed", language)


def _fee(deal: Mapping[str, Any], operator: str, currency: str, language: str) -> str:
    model = deal.get("fee_model")
    if model == "none":
        return translate("No fee", language)
    if model not in FEES or deal.get("fee_amount") is None:
        return ""
    fee = float(deal["fee_amount"])
    amount = formats.money(fee, currency, language, 0 if fee.is_integer() else 2)
    return translate(FEES[model], language, amount=amount, operator=operator)


def _term(deal: Mapping[str, Any], language: str) -> str:
    start, end = (formats.day(deal.get(name), language, long=True) for name in ("valid_from", "valid_to"))
    if not deal.get("valid_from") and not deal.get("valid_to"):
        return ""
    if not deal.get("valid_to"):
        text = translate("from {start}", language, start=start)
    elif not deal.get("valid_from"):
        text = translate("until {end}", language, end=end)
    else:
        text = translate("{start} to {end}", language, start=start, end=end)
    if deal.get("notice_days"):
        text += translate("; notice {days} days", language, days=deal["notice_days"])
    if deal.get("auto_renew"):
        text += translate("; renews by itself", language)
    return text[:1].upper() + text[1:]
