# SPDX-License-Identifier: GPL-2.0-or-later
"""Prepares a merged file for the archive: what PDF/A-2u (ISO 19005-2) asks for beyond what is drawn.

Viewports with their georeference stay: they do not change what is seen, and a reader that does not know them passes
over them. Written here: metadata as XMP that say the same as the properties, an output intent with its colour profile,
a header that fits, no transitions between pages, no lists of glyphs that may be incomplete.
"""

from __future__ import annotations

import datetime
import struct
from functools import lru_cache
from html import escape
from typing import Any, Mapping, Sequence

from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, NumberObject, TextStringObject

PART, CONFORMANCE = 2, "U"
CONDITION = "sRGB IEC61966-2.1"
#: Primaries of sRGB adapted to D50 by Bradford, and D50 itself (ICC.1:2001-04, annex; IEC 61966-2-1).
PRIMARIES = ((0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
D50 = (0.9642, 1.0, 0.8249)
CURVE = 1024  # points of the tone curve

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdfaid:part>{part}</pdfaid:part><pdfaid:conformance>{conformance}</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<xmp:CreateDate>{day}</xmp:CreateDate><xmp:ModifyDate>{day}</xmp:ModifyDate>
<xmp:CreatorTool>{creator}</xmp:CreatorTool>
<pdf:Producer>{producer}</pdf:Producer><pdf:Keywords>{keywords}</pdf:Keywords>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def prepare(writer: Any, properties: Mapping[str, str], date: datetime.date) -> None:
    """Add what an archive asks for to a file that is about to be written; ``properties`` are those of the file."""
    writer.pdf_header = b"%PDF-1.7" if isinstance(writer.pdf_header, bytes) else "%PDF-1.7"
    root = writer._root_object
    root[NameObject("/Metadata")] = _metadata(writer, properties, date)
    profile = DecodedStreamObject()
    profile.set_data(srgb())
    packed = profile.flate_encode()
    packed[NameObject("/N")] = NumberObject(3)
    intent = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/OutputIntent"),
            NameObject("/S"): NameObject("/GTS_PDFA1"),
            NameObject("/OutputConditionIdentifier"): TextStringObject(CONDITION),
            NameObject("/Info"): TextStringObject(CONDITION),
            NameObject("/DestOutputProfile"): writer._add_object(packed),
        }
    )
    root[NameObject("/OutputIntents")] = ArrayObject([writer._add_object(intent)])
    for page in writer.pages:
        if "/Trans" in page:
            del page["/Trans"]
        _fonts(page)


def _fonts(page: Any) -> None:
    """Take the lists of glyphs off: they are optional, and must be complete where they stand."""
    resources = page["/Resources"].get_object()
    fonts = resources["/Font"].get_object() if "/Font" in resources else {}
    for font in fonts.values():
        for part in font.get_object().get("/DescendantFonts", ()):
            described = part.get_object()["/FontDescriptor"].get_object()
            if "/CIDSet" in described:
                del described["/CIDSet"]


def _metadata(writer: Any, properties: Mapping[str, str], date: datetime.date) -> Any:
    told = {key: escape(str(properties.get(name, "")), quote=False) for key, name in (
        ("title", "/Title"), ("author", "/Author"), ("subject", "/Subject"), ("creator", "/Creator"),
        ("producer", "/Producer"), ("keywords", "/Keywords"))}  # fmt: skip
    text = _XMP.format(part=PART, conformance=CONFORMANCE, day=f"{date.isoformat()}T00:00:00Z", **told)
    stream = DecodedStreamObject()
    stream.set_data(text.encode("utf-8"))
    stream[NameObject("/Type")] = NameObject("/Metadata")
    stream[NameObject("/Subtype")] = NameObject("/XML")
    return writer._add_object(stream)


@lru_cache(maxsize=1)
def srgb() -> bytes:
    """Return an ICC profile (version 2.1, display, matrix and curve) of sRGB; the same bytes always."""
    curve = struct.pack(">4sLL", b"curv", 0, CURVE) + b"".join(
        struct.pack(">H", round(65535 * _linear(step / (CURVE - 1)))) for step in range(CURVE)
    )
    tags = [
        (b"desc", _description(CONDITION)),
        (b"cprt", struct.pack(">4sL", b"text", 0) + b"No copyright, use freely\x00"),
        (b"wtpt", _place(D50)),
        *((name, _place(value)) for name, value in zip((b"rXYZ", b"gXYZ", b"bXYZ"), PRIMARIES)),
    ]
    start = 128 + 4 + 12 * (len(tags) + 3)
    entries, body = [], b""
    for name, data in [*tags, (b"rTRC", curve)]:
        entries.append((name, start + len(body), len(data)))
        body += data + bytes(-len(data) % 4)
    entries += [(name, *entries[-1][1:]) for name in (b"gTRC", b"bTRC")]
    table = struct.pack(">L", len(entries)) + b"".join(struct.pack(">4sLL", *entry) for entry in entries)
    return _header(128 + len(table) + len(body)) + table + body


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _place(values: Sequence[float]) -> bytes:
    return struct.pack(">4sL3l", b"XYZ ", 0, *(round(value * 65536) for value in values))


def _description(text: str) -> bytes:
    plain = text.encode("ascii") + b"\x00"
    return struct.pack(">4sLL", b"desc", 0, len(plain)) + plain + bytes(4 + 4 + 2 + 1 + 67)


def _header(size: int) -> bytes:
    head = struct.pack(">L4sL4s4s4s", size, b"\x00" * 4, 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + b"\x00" * 28
    head += struct.pack(">3l", *(round(value * 65536) for value in D50))
    return head.ljust(128, b"\x00")
