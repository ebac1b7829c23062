# SPDX-License-Identifier: GPL-2.0-or-later
"""What a row may hold: every check of the database by its name, as a test for forms and a sentence for people.

The database enforces the rules whoever writes; forms test the same while somebody types, and a refusal of the database
is told in the same words. A test compares names and outcomes with the database.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from fullservice_plugin.core.catalogue.fields import TABLES

_LEAST = "{field} cannot be less than {low}."
_MORE = "{field} must be more than {low}."
_BETWEEN = "{field} must lie between {low} and {high}."
_ORDER = "{last} cannot be before {first}."
_LATER = "{last} must be after {first}."
_GIVEN = "{field} must not be empty."
_UNIQUE = "{field}: this value is taken by another row."


@dataclass(frozen=True)
class Rule:
    """One constraint of the database.

    ``name`` is its name there, ``field`` the field whose editor shows the sentence, ``test`` a QGIS expression that is
    true where the rule is kept (empty where only the database can tell), ``low`` and ``high`` the bounds of a number.
    The sentence is ``template`` with ``values``: English, and Chinese where a name ends in ``_zh``.
    """

    name: str
    table: str
    field: str
    test: str
    template: str
    values: tuple[tuple[str, object], ...] = ()
    low: Optional[float] = None
    high: Optional[float] = None

    @property
    def words(self) -> dict[str, object]:
        """The values of the sentence."""
        return dict(self.values)


def _labels(table: str, **fields: str) -> tuple[tuple[str, object], ...]:
    """Labels of fields in both languages, as values of a sentence."""
    found: list[tuple[str, object]] = []
    for key, name in fields.items():
        entry = TABLES[table].field(name)
        found += [(key, entry.en), (key + "_zh", entry.zh)]
    return tuple(found)


def _number(name: str, table: str, field: str, low: float, high: Optional[float] = None,
            open_end: bool = False) -> Rule:
    sign = ">" if open_end else ">="
    test = f'"{field}" IS NULL OR "{field}" {sign} {low:g}'
    values: tuple[tuple[str, object], ...] = (*_labels(table, field=field), ("low", f"{low:g}"))
    template = _MORE if open_end else _LEAST
    if high is not None:
        test = f'"{field}" IS NULL OR ("{field}" >= {low:g} AND "{field}" <= {high:g})'
        values, template = (*values, ("high", f"{high:g}")), _BETWEEN
    return Rule(name, table, field, test, template, values, low, high)


def _order(name: str, table: str, first: str, last: str, strict: bool = False) -> Rule:
    sign = ">" if strict else ">="
    test = f'"{first}" IS NULL OR "{last}" IS NULL OR "{last}" {sign} "{first}"'
    return Rule(name, table, last, test, _LATER if strict else _ORDER, _labels(table, first=first, last=last))


def _given(name: str, table: str, field: str) -> Rule:
    return Rule(name, table, field, f"\"{field}\" IS NULL OR \"{field}\" <> ''", _GIVEN, _labels(table, field=field))


def _unique(name: str, table: str, field: str, sentence: str = "") -> Rule:
    return Rule(name, table, field, "", sentence or _UNIQUE, _labels(table, field=field))


_NULL_OR = "\"{0}\" IS NULL OR "
_SOURCED = ("competitor_offer", "competitor_promotion", "intel_observation")

#: Every check and every uniqueness of the tables that people write, more than one entry where a check has many fields.
RULES: tuple[Rule, ...] = (
    _unique("org_unit_code_unique", "org_unit", "code"),
    _given("org_unit_code_given", "org_unit", "code"),
    _order("org_unit_period", "org_unit", "valid_from", "valid_to"),
    _number("org_unit_coverage_target", "org_unit", "coverage_target", 0, 1),
    _unique("estate_code_unique", "estate", "code"),
    _number("estate_households_not_negative", "estate", "households", 0),
    _number("estate_build_year_plausible", "estate", "build_year", 1000, 2200),
    _unique("building_code_unique", "building", "code"),
    _number("building_storeys_plausible", "building", "storeys", 0, 200),
    _number("building_basements_plausible", "building", "basements", 0, 20),
    _number("building_entrances_not_negative", "building", "entrances", 0),
    _number("building_households_not_negative", "building", "households", 0),
    _number("building_households_not_negative", "building", "households_low", 0),
    Rule("building_households_interval", "building", "households_high",
         '"households_low" IS NULL OR "households_high" IS NULL OR "households_low" <= "households_high"',
         "{last} cannot be less than {first}.",
         _labels("building", first="households_low", last="households_high")),
    _number("building_businesses_not_negative", "building", "businesses", 0),
    _number("building_height_plausible", "building", "height_m", 0, 1000),
    _number("building_area_not_negative", "building", "gross_area_m2", 0),
    _number("building_confidence_share", "building", "discovery_confidence", 0, 1),
    _number("building_coverage_level_range", "building", "coverage_level", 0, 4),
    Rule("building_footprint_valid", "building", "geom", "",
         "The outline of the building crosses itself. Draw it again."),
    _number("street_cost_factor_positive", "street", "cost_factor", 0, open_end=True),
    _number("street_rent_not_negative", "street", "rent_per_m", 0),
    _number("street_bores_not_negative", "street", "free_bores", 0),
    _unique("network_resource_code_unique", "network_resource", "code"),
    *(_number("network_resource_ports_not_negative", "network_resource", name, 0)
      for name in ("installed_ports", "occupied", "reserved", "faulty")),
    Rule("network_resource_ports_within_installed", "network_resource", "installed_ports",
         '"installed_ports" IS NULL OR coalesce("occupied", 0) + coalesce("reserved", 0) + coalesce("faulty", 0)'
         ' <= "installed_ports"',
         "Occupied, reserved and faulty ports together are more than installed."),
    _given("property_party_name_given", "property_party", "name"),
    _order("property_party_period", "property_party", "valid_from", "valid_to"),
    _number("agreement_version_positive", "agreement", "version_no", 1),
    _unique("agreement_number_version_unique", "agreement", "number",
            "There is already an agreement with this number and version."),
    Rule("area_assignment_one_owner", "area_assignment", "org_unit_id", "",
         "This area has another owner in these days. Take the area from that person first (assignwork hands all over, "
         "with the talks)."),
    _order("agreement_period", "agreement", "valid_from", "valid_to", strict=True),
    _order("agreement_works_window", "agreement", "works_from", "works_to"),
    _number("agreement_money_not_negative", "agreement", "fee_amount", 0),
    _number("agreement_money_not_negative", "agreement", "deposit", 0),
    _number("agreement_share_percent", "agreement", "share_pct", 0, 100),
    _number("agreement_notice_not_negative", "agreement", "notice_days", 0),
    _given("agreement_term_text_given", "agreement_term", "text"),
    _unique("agreement_building_once", "agreement_building", "building_id",
            "This building is in the agreement already."),
    Rule("agreement_building_one_exclusive", "agreement_building", "exclusive_period", "",
         "Another agreement is exclusive in this building in the same period."),
    _order("agreement_building_exclusive_order", "agreement_building", "exclusive_from", "exclusive_to"),
    Rule("attachment_sha256_hex", "attachment", "sha256", "", "The fingerprint of the file is not a SHA-256."),
    _number("attachment_size_not_negative", "attachment", "size_bytes", 0),
    Rule("attachment_plain_file_name", "attachment", "file_name",
         _NULL_OR.format("file_name") + "(\"file_name\" <> '' AND NOT regexp_match(\"file_name\", "
         "'(^|/)[.][.](/|$)') AND NOT regexp_match(\"file_name\", '^(/|[A-Za-z]:)'))",
         "Give the name of the file alone, without a path."),
    _number("task_priority_range", "task", "priority", 1, 5),
    _unique("competitor_operator_code_unique", "competitor_operator", "code"),
    Rule("intel_observation_subject", "intel_observation", "subject_kind",
         "\"subject_kind\" IS NULL OR (\"subject_kind\" = 'building' AND \"building_id\" IS NOT NULL) OR "
         "(\"subject_kind\" = 'estate' AND \"estate_id\" IS NOT NULL) OR \"subject_kind\" = 'grid'",
         "Name the building or the estate that was observed."),
    *(_given(f"{table}_source_given", table, field) for table in _SOURCED for field in ("source_text", "observer")),
    _number("intel_observation_confidence_share", "intel_observation", "confidence", 0, 1),
    _number("competitor_offer_price_not_negative", "competitor_offer", "price_month", 0),
    *(_number("competitor_offer_speed_positive", "competitor_offer", name, 0, open_end=True)
      for name in ("down_mbps", "up_mbps")),
    _order("competitor_promotion_period", "competitor_promotion", "started_on", "ended_on"),
    _number("competitor_promotion_intensity_range", "competitor_promotion", "intensity", 1, 5),
    _unique("area_package_code_unique", "area_package", "code"),
    _order("area_package_period", "area_package", "valid_from", "valid_to"),
    _number("area_package_price_not_negative", "area_package", "price_month", 0),
    *(_number("area_package_speed_positive", "area_package", name, 0, open_end=True)
      for name in ("down_mbps", "up_mbps")),
    Rule("price_item_has_a_value", "price_item", "value", '"value" IS NOT NULL OR "text_value" IS NOT NULL',
         "Enter a number or a text."),
    _unique("price_item_once", "price_item", "figure",
            "There is already a price or rule with this section, item and figure."),
    _unique("plan_code_unique", "plan", "code"),
    _unique("access_design_version_unique", "access_design", "version_no",
            "There is already a design of this estate with this version."),
    Rule("access_design_other_approver", "access_design", "approver", "",
         "A design is approved by somebody else than its author."),
    _unique("access_decision_once", "access_decision", "building_id", "The plan decides on this building already."),
    Rule("design_element_ports", "design_element", "used",
         '"used" IS NULL OR "ports" IS NULL OR "used" <= "ports"', "More ports are used than there are."),
    _number("design_element_length_not_negative", "design_element", "length_m", 0),
    _number("design_bom_not_negative", "design_bom", "quantity", 0),
    _number("design_bom_not_negative", "design_bom", "cost", 0),
    Rule("precoverage_request_place", "precoverage_request", "building_id",
         '"estate_id" IS NOT NULL OR "building_id" IS NOT NULL', "Name an estate or a building."),
    _number("precoverage_request_priority_range", "precoverage_request", "priority", 1, 5),
    _number("precoverage_request_level_range", "precoverage_request", "wanted_level", 1, 4),
    _number("wlan_calibration_slope", "wlan_calibration", "slope", 0.2, 5),
    _number("wlan_calibration_rmse", "wlan_calibration", "rmse_db", 0),
    _number("wlan_calibration_points", "wlan_calibration", "points", 0, open_end=True),
    _unique("wlan_calibration_once", "wlan_calibration", "measured_on",
            "This walk test of the building is there already."),
)


def rules_of(table: str, field: str) -> tuple[Rule, ...]:
    """The rules that a form tests in the editor of a field."""
    return tuple(rule for rule in RULES if rule.table == table and rule.field == field and rule.test)


def rule_named(name: str) -> Optional[Rule]:
    """The rule for a constraint of the database; None when people never meet it."""
    return next((rule for rule in RULES if rule.name == name), None)


def bounds(table: str, field: str) -> tuple[Optional[float], Optional[float]]:
    """The lowest and the highest value of a field, None where there is no bound."""
    found = next((rule for rule in rules_of(table, field) if rule.low is not None), None)
    return (found.low, found.high) if found is not None else (None, None)
