# SPDX-License-Identifier: GPL-2.0-or-later
"""Consent packs of a plan: one PDF for each property party, and an index of all; a cancelled run is resumed."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Optional

from fullservice_plugin.core.errors import InputError, ParameterError
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.i18n import tr, translate
from fullservice_plugin.plans import labels, libraries
from fullservice_plugin.plans.letter_templates import template as letter_template
from fullservice_plugin.plans.print_template import PrintTemplate
from fullservice_plugin.services.letters import output_folder
from fullservice_plugin.services.plans import fonts as find_fonts
from fullservice_plugin.services.plans import invented, read_sources, require_plan
from fullservice_plugin.services.templates import find_template
from fullservice_plugin.store import handouts as queries
from fullservice_plugin.store.connection import Store

BATCH = 25  # buildings read at once
FORMAT = "2"  # of the pages: a change of their look makes older packs be written anew


@dataclass(frozen=True)
class Packs:
    """What came of a plan."""

    folder: Path
    packs: int
    written: int  # in this run; the others were there already
    properties: int
    homes: int


def export_consents(
    store: Store,
    plan_id: str,
    language: str,
    folder: str,
    *,
    named: bool = False,
    on: Optional[datetime.date] = None,
    templates: str = "",
    template: str = "",
    progress: Progress = SILENT,
) -> Packs:
    """Write the packs of the plan ``plan_id`` (code or uuid) and their index into a folder, made where it lacks.

    Every file is whole or not there. What is there already and says the same stays as it is. ``named``: contacts by
    name where the role may read them; every look is written down. Raises InputError where the plan asks nobody.
    """
    libraries.require()
    plan = require_plan(store, plan_id)
    place = output_folder(folder)
    with store.transaction() as cur:
        rows = queries.asked(cur, str(plan["id"]))
        seen = queries.subjects(cur, [row["building_id"] for row in rows], on or datetime.date.today())
    rows = [row for row in rows if row["building_id"] in seen]
    if not rows:
        raise InputError("Plan {plan} touches no property whose consent is missing: there is nothing to write.",
                         plan=plan["code"])  # fmt: skip
    progress.step(0.03)
    run = _Run(store, plan, language, on or datetime.date.today(), named, find_template(store, template, templates))
    return run.write(place, _groups(rows, seen), progress.part(0.03, 1.0))


def _groups(rows: Sequence[dict[str, Any]], seen: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the properties by party – by estate, or alone, where no party is known – each with the key of its file."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        subject = seen[row["building_id"]]
        if subject["party_id"]:
            key = f"P{subject['party_fid']:05d}"
        elif subject["estate_id"]:
            key = f"E{subject['estate_fid']:05d}"
        else:
            key = f"B{subject['building_fid']:05d}"
        found.setdefault(key, []).append(row)
    return sorted(found.items())


class _Run:
    def __init__(
        self, store: Store, plan: dict[str, Any], language: str, on: datetime.date, named: bool, look: PrintTemplate
    ) -> None:
        from fullservice_plugin.plans.consent import MAP
        from fullservice_plugin.plans.printing import attribution
        from fullservice_plugin.services.dossier_facts import Order, Reader

        sources = read_sources(store)
        self.code, self.area = str(plan["code"]), str(plan["area_name"] or plan["area_code"])
        self.language, self.on = language, on
        self.template, self.look = letter_template("consent", language, look.letters, look.source), look
        self.fonts, self.made = find_fonts(), invented(sources)
        purpose = f"consent packs of plan {self.code}"
        self.order = Order(language, on, str(plan["id"]), MAP, attribution(sources), named, purpose)
        self.reader = Reader(store, self.order, look)

    def t(self, source: str, /, **values: Any) -> str:
        return translate(source, self.language, **values)

    def write(self, place: Path, groups: Sequence[tuple[str, list[dict[str, Any]]]], progress: Progress) -> Packs:
        """Write pack after pack, then the index: a cancelled run leaves whole packs and the index of an earlier one."""
        from fullservice_plugin.plans.consent_index import Index
        from fullservice_plugin.plans.document import short_code

        listed: list[Any] = []
        written = 0
        for number, (key, rows) in enumerate(groups):
            progress.step(0.95 * number / len(groups))
            name = f"{short_code(self.code)}_{key}_{self.language}.pdf"
            pack, estates = self._pack(rows, name, progress)
            written += self._write_pack(place / name, pack, progress)
            listed += self._listed(pack, estates)
        progress.step(0.95)
        index = Index(self.code, self.area, self.on, tuple(listed), self.made)
        self._write_index(place, index)
        homes = sum(row.homes or 0 for row in listed)
        if written < len(groups):
            progress.say(
                tr("{count} packs were there already with the same content.", count=len(groups) - written)
            )
        progress.step(1.0)
        return Packs(place, len(groups), written, len(listed), homes)

    def _pack(self, rows: Sequence[dict[str, Any]], name: str, progress: Progress) -> tuple[Any, list[str]]:
        """Return the pack of a group and the names of its properties' estates."""
        from fullservice_plugin.plans.dossier_model import ConsentPack
        from fullservice_plugin.services import letter_facts

        known = []
        keys = [row["building_id"] for row in rows]
        for start in range(0, len(keys), BATCH):
            progress.check()
            known += self.reader.read(keys[start : start + BATCH])
        wanted = {row["building_id"]: row for row in rows}
        properties = tuple(self._asked(one, wanted[one.facts.talk["building_id"]]) for one in known)
        facts = self._facts(known, properties)
        letter = letter_facts.compose(self.template, facts, self.on, look=self.look, made=self.made)
        said = letter_facts.words(facts, self.language, self.on, self.template.reply_days)
        pack = ConsentPack(
            language=self.language,
            operator=letter.operator,
            reference=f"{self.code} · {letter.reference}"
            if len(known) == 1
            else f"{self.code} · {name.split('_')[-2]}",
            date=self.on,
            day=letter.day,
            party=letter.recipient[0],
            known=bool(facts.talk["party"]),
            plan=self.code,
            properties=properties,
            letter=letter,
            reply_by=str(said["reply_by"]),
            file=name,
            made=self.made,
        )
        return pack, [str(one.facts.talk["estate_name"] or one.facts.talk["estate_code"] or "") for one in known]

    def _facts(self, known: Sequence[Any], properties: Sequence[Any]) -> Any:
        """Return the facts of the letter: those of the first property, with what is said of all."""
        first = known[0].facts
        counted = [one.homes for one in properties]
        homes = sum(counted) if all(value is not None for value in counted) else None
        talk = {**first.talk, "households": homes}
        if len(known) > 1:  # the letter is about all of them: it names no house and no address of one
            talk["address"] = None
            if len({one.facts.talk["estate_id"] for one in known}) > 1:
                talk["estate_name"] = None
        covered = tuple((one.facts.talk["building_name"] or "", one.facts.talk["number"] or "",
                         one.facts.talk["building_code"]) for one in known) if len(known) > 1 else ()  # fmt: skip
        return replace(first, talk=talk, asked=self._sentence(properties), covered=covered)

    def _sentence(self, properties: Sequence[Any]) -> str:
        """Return what the party is asked for, in one sentence."""
        enters = [one for one in properties if one.enters]
        walls = [one for one in properties if one.metres is not None]
        metres = sum(one.metres for one in walls)
        parts = []
        if len(enters) == 1:
            parts.append(self.t("to enter {building} and to lay a fibre cable in it", building=enters[0].name))
        elif enters:
            parts.append(self.t("to enter {count} buildings and to lay a fibre cable in each", count=len(enters)))
        if len(walls) == 1:
            parts.append(self.t("to lay a cable along the wall of {building} over {metres} m to other houses",
                                building=walls[0].name, metres=_metres(metres)))  # fmt: skip
        elif walls:
            parts.append(self.t("to lay cables along the walls of {count} buildings over {metres} m in all to other "
                                "houses", count=len(walls), metres=_metres(metres)))  # fmt: skip
        return ("；" if self.language == "zh" else "; and ").join(parts) + ("。" if self.language == "zh" else ".")

    def _asked(self, known: Any, row: dict[str, Any]) -> Any:
        from fullservice_plugin.plans.dossier_model import Asked
        from fullservice_plugin.services.dossier_facts import entry_words, name_of

        talk, asks = known.facts.talk, []
        if row["enters"]:
            method = labels.label("method_long", row["method"], self.language)
            asks.append(self.t("Entry, and a cable in the building: {method}.", method=method))
        if row["metres"] is not None:
            asks.append(self.t("A cable along the wall over {metres} m, which serves other houses.",
                               metres=_metres(row["metres"])))  # fmt: skip
        stage = (
            labels.label("negotiation_stage", talk["stage"], self.language) if talk["stage"] else self.t("no talk yet")
        )
        return Asked(
            code=str(talk["building_code"]),
            name=name_of(talk, self.language),
            homes=talk["households"],
            enters=bool(row["enters"]),
            metres=row["metres"],
            asks=tuple(asks),
            stage=stage,
            entry=entry_words(known, self.language) if row["enters"] else "",
            site=known.site,
        )

    def _write_pack(self, path: Path, pack: Any, progress: Progress) -> bool:
        """Write the pack unless the very same is there; return whether it was written."""
        from fullservice_plugin.plans.consent import print_pack
        from fullservice_plugin.plans.document import TitleBlock
        from fullservice_plugin.plans.merge import write_whole
        from fullservice_plugin.plans.model import content_hash

        digest = content_hash(self.look.stamped((FORMAT, pack)), self.language)
        if _says(path, digest):
            return False
        title = self.t("Consent pack: {party}", party=pack.party)
        block = TitleBlock(
            title, pack.reference, self.code, "", pack.operator, self.on, digest, self.language, self.made
        )
        data = print_pack(pack, block, self.fonts, progress, self.look)
        progress.check()
        write_whole(path, data)
        return True

    def _listed(self, pack: Any, estates: Sequence[str]) -> list[Any]:
        from fullservice_plugin.plans.consent_index import IndexRow

        gap = " " if self.language == "en" else ""
        return [
            IndexRow(pack.party, estate, one.code, one.name, one.homes, one.enters, one.metres, gap.join(one.asks),
                     one.stage, pack.file)
            for one, estate in zip(pack.properties, estates)
        ]  # fmt: skip

    def _write_index(self, place: Path, index: Any) -> None:
        from fullservice_plugin.plans.consent_index import index_workbook, print_index
        from fullservice_plugin.plans.document import short_code
        from fullservice_plugin.plans.merge import write_whole

        stem = f"{short_code(self.code)}_index_{self.language}"
        pages = print_index(index, self.language, self.reader.operator, self.fonts, self.look)
        write_whole(place / f"{stem}.pdf", pages)
        write_whole(place / f"{stem}.xlsx", index_workbook(index, self.t))


def _metres(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:,.1f}"


def _says(path: Path, digest: str) -> bool:
    """Return whether a whole PDF with this content is there already."""
    from pypdf import PdfReader

    if not path.is_file():
        return False
    try:
        reader = PdfReader(str(path), strict=False)
        return f"content-sha256:{digest}" in str((reader.metadata or {}).get("/Keywords", "")) and len(reader.pages) > 0
    except Exception:  # whatever is wrong with the file: it is written anew
        return False


def day_of(text: str) -> Optional[datetime.date]:
    """Return the day of an ISO date, None for an empty text. Raises ParameterError for anything else."""
    if not text:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ParameterError("{value} is no date. Write it as YYYY-MM-DD.", value=text) from None
