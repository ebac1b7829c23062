# SPDX-License-Identifier: GPL-2.0-or-later
"""Choices of algorithms in words: scripts and models give codes, the dialog shows what they mean."""

from __future__ import annotations

from fullservice_plugin.core.catalogue.lists import LISTS, code_label
from fullservice_plugin.i18n import language, tr

#: Value list of a parameter's codes.
_LISTS = {"DATUM": "datum", "FROM": "datum", "TO": "datum", "ROLE": "role", "LEVEL": "org_level", "KIND": "letter_kind",
          "SOURCE_CLASS": "source_class"}  # fmt: skip
#: Codes that belong to no list.
_WORDS = {
    "LANGUAGE": {"zh": "简体中文", "en": "English"},
    "SHEET_SCALE": {"auto": "Chosen to fit", "none": "No sheets", "500": "1:500", "1000": "1:1000"},
    "DATUM": {"detect": "Found out by itself"},
    "FORMAT": {"detect": "Found out by itself", "fcc_bdc": "FCC, table of locations", "fcc_polygons": "FCC, polygons",
               "ofcom": "Ofcom, Connected Nations"},
    "SOURCE_CLASS": {"": "As each row says"},
    "QUANTITY": {"rssi": "Signal (dBm)", "snr": "Signal to noise (dB)", "throughput": "Throughput (Mbit/s)",
                 "airtime": "Airtime in use"},
    "REGION": {"cn": "China", "etsi": "Europe (ETSI)", "fcc": "United States (FCC)"},
    "ENVIRONMENT": {"nlos_highrise": "Between high-rise buildings", "nlos_residential": "Residential area"},
    "ENTRY": {"traditional": "Traditional buildings", "efficient": "Thermally efficient buildings"},
    "BY": {"grid": "Who holds the grid", "load": "Evenly by households", "list": "As a list says"},
}


def choice_words(parameter: str, code: str) -> str:
    """What a code of a parameter means, in the language of the interface; the code itself where nobody knows."""
    known = _WORDS.get(parameter, {})
    if code in known:
        return known[code] if parameter == "LANGUAGE" else tr(known[code])
    entries = LISTS.get(_LISTS.get(parameter, ""), ())
    return code_label(_LISTS[parameter], code, language()) if any(entry.code == code for entry in entries) else code
