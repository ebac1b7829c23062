# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole chain on one city, through the Processing algorithms by their ids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from measure import Stopwatch
from people import import_staff, lead_talk
from words import say

BOTH = ("zh", "en")
SHOWN = 3  # warnings per step on the terminal


class Chain:
    """Runs the steps on a store; keeps what the later steps and the report need."""

    def __init__(self, inputs: Path, out: Path, store: str, language: str, watch: Stopwatch) -> None:
        self.inputs = inputs
        self.out = out
        self.store = store
        self.language = language
        self.watch = watch
        self.about: dict[str, Any] = json.loads((inputs / "about.json").read_text(encoding="utf-8"))
        self.results: dict[str, Any] = {}
        self.files: list[Path] = []

    def run_algorithm(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Run ``fullservice:name`` on the store; the first warnings go to the terminal, all to ``log.txt``."""
        from qgis.core import QgsProcessingFeedback

        import processing

        warnings: list[str] = []

        class Feedback(QgsProcessingFeedback):
            def pushWarning(self, text: str) -> None:  # noqa: N802
                warnings.append(text)

        try:
            return processing.run(f"fullservice:{name}", {"STORE": self.store, **parameters}, feedback=Feedback())
        finally:
            for text in warnings[:SHOWN]:
                print(f"    ! {text}", flush=True)
            if len(warnings) > SHOWN:
                print("    !", say("… and {count} more, all in log.txt", count=len(warnings) - SHOWN), flush=True)
            with open(self.out / "log.txt", "a", encoding="utf-8") as log:
                log.writelines(f"{name}: {text}\n" for text in warnings)

    def counts(self, made: dict[str, Any], *wanted: str) -> dict[str, Any]:
        """Return the numbers of a result that say something, under lower-case names."""
        return {key.lower(): made[key] for key in wanted or made
                if isinstance(made.get(key), (int, float)) and (wanted or made[key])}

    def file(self, *names: str) -> str:
        """Return the first of these inputs that exists."""
        for name in names:
            if (self.inputs / name).exists():
                return str(self.inputs / name)
        raise FileNotFoundError(names[0])

    def layer(self, table: str, geometry: str = "geom", schema: str = "fullservice", where: str = "",
              key: str = "fid") -> Any:
        """Return a table of the store as a layer."""
        from qgis.core import QgsVectorLayer

        from fullservice_plugin.gis.connections import table_uri

        return QgsVectorLayer(table_uri(self.store, schema, table, geometry, key, where), table, "postgres")

    # steps

    def run(self) -> None:
        """Run everything, in order."""
        for step in (self.install, self.territory, self.discover, self.group, self.locate, self.network,
                     self.negotiate, self.compete, self.plan, self.verify, self.print_plans, self.projects):
            step()

    def install(self) -> None:
        with self.watch.step("createstore") as step:
            step.made.update(self.run_algorithm("createstore"))

    def territory(self) -> None:
        with self.watch.step("importterritory") as step:
            for level in ("branch", "micro_region", "grid"):
                self.run_algorithm("importterritory", INPUT=self.file(f"territory_{level}.gpkg"), LEVEL=level,
                                   CODE_FIELD="code", NAME_FIELD="name", PARENT_FIELD="parent")
            step.made["grids"] = len(list(self.layer("org_unit", where="level = 'grid'").getFeatures()))

    def discover(self) -> None:
        city = self.file("city.osm.pbf", "city.osm")
        title = "样板城" if Path(city).suffix == ".osm" else "OpenStreetMap"
        for name, source, named in (("discoverbuildings", city, title),
                                    ("  again: nothing new", city, title),
                                    ("  second source", self.file("second_source.gpkg"), "Sample second source")):
            with self.watch.step(name) as step:
                made = self.run_algorithm("discoverbuildings", SOURCE=source, SOURCE_NAME=named, DATUM="wgs84")
                step.made.update({key.lower(): made[key] for key in ("NEW", "CHANGED", "GONE", "REVIEW", "UNCHANGED")})
                self.results[name.strip()] = dict(step.made)

    def group(self) -> None:
        with self.watch.step("estimatehouseholds") as step:
            made = self.run_algorithm("estimatehouseholds", BUILDINGS=self.layer("building"), ID_FIELD="id",
                                      STOREYS_FIELD="storeys", HEIGHT_FIELD="height_m", USE_FIELD="use",
                                      OUTPUT="TEMPORARY_OUTPUT")
            step.made["buildings"] = made["OUTPUT"].featureCount()
        with self.watch.step("groupestates") as step:
            made = self.run_algorithm("groupestates", BUILDINGS=self.layer("building"), ID_FIELD="id",
                                      STREETS=self.layer("street"), NAME_FIELD="name",
                                      AREAS=self.layer("land_area", where="kind = 'estate'"),
                                      OUTPUT="TEMPORARY_OUTPUT", OUTPUT_BUILDINGS="TEMPORARY_OUTPUT")
            step.made["estates"] = made["OUTPUT"].featureCount()

    def locate(self) -> None:
        chinese = Path(self.file("ledger.csv", "ledger.xlsx")).suffix == ".xlsx"
        fields = ("ledger_key", "x", "y", "name", "address")
        if chinese:
            fields = ("台账编号", "经度", "纬度", "名称", "地址")
        with self.watch.step("importledger") as step:
            made = self.run_algorithm(
                "importledger", LEDGER=self.file("ledger.csv", "ledger.xlsx"),
                **dict(zip(("ID_FIELD", "X_FIELD", "Y_FIELD", "NAME_FIELD", "ADDRESS_FIELD"), fields)), DATUM="detect")
            step.made.update(self.counts(made))

    def network(self) -> None:
        with self.watch.step("importresources") as step:
            for name in ("supply.gpkg", "resources.gpkg"):
                if (self.inputs / name).exists():
                    step.made.update(self.counts(self.run_algorithm("importresources", INPUT=self.file(name)), "NEW"))
        with self.watch.step("importsites, importpackages") as step:
            if (self.inputs / "sites.gpkg").exists():
                step.made["sites"] = self.run_algorithm("importsites", INPUT=self.file("sites.gpkg"))["NEW"]
            step.made["packages"] = self.run_algorithm("importpackages", INPUT=self.file("packages.gpkg"))["NEW"]

    def negotiate(self) -> None:
        from fullservice_plugin.gis.connections import open_store

        store = open_store(self.store)
        with self.watch.step("sample staff") as step:
            step.made["people"] = import_staff(store, Path(self.file("staff.csv")))
        with self.watch.step("importnegotiations") as step:
            made = self.run_algorithm("importnegotiations", INPUT=self.file("negotiations.csv"),
                                      DOCUMENTS=str(self.inputs))
            step.made.update(self.counts(made))
        with self.watch.step("one talk led by hand") as step:
            talk = lead_talk(store)
            step.made["stages"] = talk["stages"]
        if talk.get("refused"):
            print("   ", say("a step that is not allowed was tried, and the store refused it: {text}",
                             text=talk["refused"]))
        store.close()

    def compete(self) -> None:
        with self.watch.step("importcompetitors") as step:
            made = self.run_algorithm("importcompetitors", INPUT=self.file("competitors.csv"),
                                      OPERATORS=self.file("operators.csv"))
            step.made.update(self.counts(made))

    def plan(self) -> None:
        with self.watch.step("planaccess") as step:
            made = self.run_algorithm("planaccess", AREA=self.about["grid_for_plan"], BUDGET=self.about["budget"],
                                      HORIZON_YEARS=5, SCENARIO="first",
                                      PHASES="; ".join([str(round(self.about["budget"] / 3))] * 2))
            step.made.update(plan=made["PLAN_ID"], cost=round(made["COST"]), benefit=round(made["BENEFIT"]))
            self.results["plan"] = made

    def verify(self) -> None:
        """Check the stored design with code that knows nothing of the code that made it."""
        plan = str(self.results["plan"]["PLAN_ID"])

        def part(table: str, geometry: str = "geom", where: str = "") -> Any:
            return self.layer(table, geometry, "fs_app", f"plan = '{plan}'" + where)

        with self.watch.step("verifydesign") as step:
            made = self.run_algorithm(
                "verifydesign", BUILDINGS=part("plan_building"), ID_FIELD="building_id",
                ROUTES=part("plan_route"), NODES=part("plan_node"), DROPS=part("plan_drop"), APS=part("plan_ap"),
                COVERAGE=part("plan_coverage", ""), DECISIONS=part("plan_decision", ""),
                WIRED_BOM=part("plan_bill", "", " and domain = 'wired'"),
                WLAN_BOM=part("plan_bill", "", " and domain = 'wlan'"), BUDGET=self.about["budget"],
                OUTPUT_FINDINGS="TEMPORARY_OUTPUT")
            step.made["findings"] = self.results["findings"] = made["FINDINGS"]
            for finding in list(made["OUTPUT_FINDINGS"].getFeatures())[:10]:
                print(f"    ! {finding['rule']} {finding['feature']}: {finding['text']}")

    def print_plans(self) -> None:
        area = self.about["grid_for_plan"]
        for language in BOTH:
            with self.watch.step(say("PDF plans ({language})", language=language)):
                for name, parameters in (("exportplan", {"PLAN_ID": self.results["plan"]["PLAN_ID"], "ESTATE": ""}),
                                         ("exportnegotiations", {"AREA": ""}), ("exportcompetition", {"AREA": area})):
                    target = self.out / f"{name.replace('export', '')}_{language}.pdf"
                    self.run_algorithm(name, **parameters, LANGUAGE=language, OUTPUT=str(target))
                    self.files.append(target)
                target = self.out / f"workbook_{language}.xlsx"
                self.run_algorithm("exportworkbook", PLAN_ID=self.results["plan"]["PLAN_ID"], LANGUAGE=language,
                                   OUTPUT=str(target))
                self.files.append(target)
        with self.watch.step("exportnetwork"):
            for ending in ("gpkg", "kml", "dxf", "json"):
                target = self.out / f"network.{ending}"
                self.run_algorithm("exportnetwork", PLAN_ID=self.results["plan"]["PLAN_ID"], OUTPUT=str(target))
                self.files.append(target)

    def projects(self) -> None:
        for language in BOTH:
            with self.watch.step(f"buildproject ({language})"):
                target = self.out / f"battlemap_{language}.qgz"
                self.run_algorithm("buildproject", LANGUAGE=language, OUTPUT=str(target))
                self.files.append(target)
