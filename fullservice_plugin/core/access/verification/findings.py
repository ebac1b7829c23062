# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules a design is held to, and what breaks them."""

from __future__ import annotations

from dataclasses import dataclass, field

from fullservice_plugin.core.errors import filled

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True)
class Rule:
    """One rule: how bad its breach is, and the English sentence that reports it."""

    severity: str
    template: str


RULES: dict[str, Rule] = {
    # tree of nodes
    "node.id": Rule(ERROR, "Node {feature} appears {count} times."),
    "node.kind": Rule(ERROR, "Node {feature} has the unknown kind {kind}; olt, fdt or fat is expected."),
    "node.parent": Rule(
        ERROR, "Node {feature} ({kind}) must hang on a node of kind {expected}; its parent is {parent}."
    ),
    "node.cycle": Rule(ERROR, "Node {feature} is its own ancestor."),
    "node.ports": Rule(ERROR, "Node {feature} has {ports} ports, but {used} are used."),
    "node.reserve": Rule(ERROR, "Box {feature} has {ports} ports for {used} users; a reserve of {share} is required."),
    "node.used": Rule(ERROR, "Node {feature} reports {used} used ports; {hanging} hang on it."),
    "node.splitter": Rule(ERROR, "Splitter {splitter} of node {feature} is not in the catalogue."),
    "node.homes": Rule(ERROR, "Cabinet {feature} serves {homes} homes; at most {limit} are allowed."),
    "node.idle": Rule(WARNING, "Nothing hangs on node {feature} ({kind})."),
    # drops
    "building.id": Rule(ERROR, "Building {feature} appears {count} times in the building layer."),
    "building.unserved": Rule(WARNING, "Building {feature} is open to access but has no drop."),
    "drop.repeated": Rule(ERROR, "Building {feature} has {count} drops; exactly one is expected."),
    "drop.building": Rule(ERROR, "The drop of {feature} serves a building that is not in the building layer."),
    "drop.node": Rule(ERROR, "The drop of building {feature} hangs on {node}, which is no distribution box (fat)."),
    "drop.refused": Rule(ERROR, "Building {feature} refused access, yet it has a drop."),
    "drop.start": Rule(ERROR, "The drop of building {feature} stays {distance} m away from its box {node}."),
    "drop.end": Rule(ERROR, "The drop of building {feature} ends {distance} m away from the building."),
    "drop.limit": Rule(ERROR, "The drop of building {feature} is {length} m long; at most {limit} m are allowed."),
    "drop.fibres": Rule(ERROR, "The drop of building {feature} carries {fibres} fibres; its demand needs {needed}."),
    # routes
    "route.id": Rule(ERROR, "Route {feature} appears {count} times."),
    "route.kind": Rule(ERROR, "Route {feature} has the unknown kind {kind}; feeder or distribution is expected."),
    "route.construction": Rule(ERROR, "Route {feature} has the unknown construction {construction}."),
    "route.connected": Rule(ERROR, "Node {feature} is not joined to its parent {parent} by {kind} routes."),
    "route.fibres": Rule(ERROR, "Route {feature} carries {fibres} fibres; {needed} are needed downstream of it."),
    "route.cable": Rule(ERROR, "Cable {cable} of route {feature} is not in the catalogue."),
    "route.cable_size": Rule(ERROR, "Cable {cable} of route {feature} has {size} fibres; the route needs {fibres}."),
    "route.idle": Rule(WARNING, "Route {feature} leads to nothing: no fibre of the design runs through it."),
    "length.geometry": Rule(ERROR, "{layer} {feature} reports {length} m; its geometry measures {measured} m."),
    # optics
    "loss.value": Rule(ERROR, "The drop of building {feature} reports {loss} dB; recomputed it is {expected} dB."),
    "loss.budget": Rule(ERROR, "The path to building {feature} loses {loss} dB; the class allows {budget} dB."),
    "loss.reach": Rule(ERROR, "Building {feature} is {length} km of fibre from its OLT; the reach is {reach} km."),
    "split.total": Rule(ERROR, "Box {feature} stands behind a total split of 1:{total}; at most 1:{limit} is allowed."),
    # money
    "bom.row": Rule(ERROR, "{layer}, {feature}: {quantity} × {price} is not {cost}."),
    "bom.negative": Rule(ERROR, "{layer}, {feature}: quantity, price and cost must be numbers and not negative."),
    "bom.repeated": Rule(ERROR, "{layer} lists {feature} {count} times."),
    "bom.price": Rule(ERROR, "{layer}, {feature}: the price {price} differs from the catalogue's {expected}."),
    "bom.quantity": Rule(ERROR, "{layer}, {feature}: {quantity} {unit} listed; the design holds {expected}."),
    "bom.missing": Rule(ERROR, "{layer} lacks {feature}: the design holds {expected} {unit}."),
    "bom.unknown": Rule(ERROR, "{layer}: the catalogue has no item {feature}."),
    "bom.capacity": Rule(ERROR, "{layer}: the {feature} listed hold {listed}; the design needs {needed}."),
    "bom.routes": Rule(ERROR, "The trench cost of all routes adds up to {routes}; {layer} has {bom} for it."),
    "bom.trench_twice": Rule(ERROR, "Route {feature} pays for a trench that route {other} already pays for."),
    "bom.decisions": Rule(ERROR, "The bills of materials add up to {bom}, the decisions to {cost}."),
    # WLAN
    "ap.id": Rule(ERROR, "Access point {feature} appears {count} times."),
    "ap.building": Rule(
        ERROR, "Access point {feature} stands in building {building}, which is not in the building layer."
    ),
    "ap.inside": Rule(ERROR, "Access point {feature} lies {distance} m outside building {building}."),
    "ap.floor": Rule(ERROR, "Access point {feature} is on floor {floor}; building {building} has {storeys}."),
    "ap.band": Rule(ERROR, "Access point {feature} uses band {band}, which region {region} does not open to WLAN."),
    "ap.channel": Rule(
        ERROR, "Access point {feature} uses channel {channel}, which is not legal in band {band} of region {region}."
    ),
    "ap.eirp": Rule(ERROR, "Access point {feature} radiates {eirp} dBm; region {region} allows {limit} dBm there."),
    "ap.uncovered": Rule(
        ERROR,
        "Access point {feature} stands on floor {floor} of building {building}, which the coverage does not report.",
    ),
    "coverage.repeated": Rule(ERROR, "Floor {floor} of building {feature} appears {count} times in the coverage."),
    "coverage.share": Rule(ERROR, "Floor {floor} of building {feature}: a share of {share} is no number from 0 to 1."),
    "coverage.primary": Rule(
        ERROR, "Floor {floor} of building {feature}: primary coverage is {share}; {target} is required."
    ),
    "coverage.secondary": Rule(
        ERROR, "Floor {floor} of building {feature}: secondary coverage is {share}; {target} is required."
    ),
    "coverage.airtime": Rule(
        ERROR, "Floor {floor} of building {feature}: airtime is {airtime}; at most {limit} is allowed."
    ),
    "recomputed.primary": Rule(
        ERROR, "Floor {floor} of building {feature}: recomputed primary coverage is {share}; {target} is required."
    ),
    "recomputed.secondary": Rule(
        ERROR, "Floor {floor} of building {feature}: recomputed secondary coverage is {share}; {target} is required."
    ),
    "coverage.no_ap": Rule(
        ERROR, "Floor {floor} of building {feature} is reported covered, but no access point stands there."
    ),
    "coverage.floors": Rule(ERROR, "Building {feature} has {storeys} storeys; the coverage reports {floors}."),
    # decisions
    "decision.missing": Rule(ERROR, "Building {feature} has no decision."),
    "decision.repeated": Rule(ERROR, "Building {feature} has {count} decisions; exactly one is expected."),
    "decision.building": Rule(ERROR, "The decision on {feature} names a building that is not in the building layer."),
    "decision.method": Rule(ERROR, "Building {feature}: {method} is no access method."),
    "decision.drop": Rule(ERROR, "Building {feature} is decided as {method}, but has no drop."),
    "decision.no_drop": Rule(ERROR, "Building {feature} is decided as {method}, yet it has a drop."),
    "decision.ap": Rule(ERROR, "Building {feature} is decided as {method}, but has no access point."),
    "decision.no_ap": Rule(ERROR, "Building {feature} is decided as {method}, yet it has access points."),
    "decision.refused": Rule(ERROR, "Building {feature} refused access, yet it is decided as {method}."),
    "decision.lock": Rule(ERROR, "Building {feature} is locked to {lock}, yet it is decided as {method}."),
    "decision.runner_up": Rule(
        WARNING, "Building {feature}: the runner-up {runner_up} is the chosen method itself or no method."
    ),
    "decision.cost": Rule(ERROR, "Building {feature}: cost {cost} must be a number and not negative."),
    "decision.none_cost": Rule(ERROR, "Building {feature} is decided as none, yet it costs {cost}."),
    "decision.budget": Rule(ERROR, "The decisions cost {cost}; the budget is {budget}."),
}


@dataclass(frozen=True)
class Finding:
    """One breach: the rule, how bad it is, the feature by its own id, and the sentence.

    ``text`` is English; ``template`` and ``values`` let the edge say it in the reader's language.
    """

    rule: str
    severity: str
    feature: str
    template: str
    values: dict[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Return the English sentence."""
        return filled(self.template, self.values)


class Report:
    """Collects findings in the order in which the checks meet them."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def add(self, rule: str, feature: str, **values: object) -> None:
        """Report that ``feature`` breaks ``rule``; ``values`` fill the rule's sentence."""
        known = RULES[rule]
        shown = {"feature": feature, **{name: plain(value) for name, value in values.items()}}
        self.findings.append(Finding(rule, known.severity, feature, known.template, shown))


def plain(value: object) -> object:
    """Return numbers with at most three decimals and NULL as a dash, as a reader wants them."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return value
