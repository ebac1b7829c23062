# SPDX-License-Identifier: GPL-2.0-or-later
"""The section ``wlan`` of the catalogue as typed settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Optional

from fullservice_plugin.core.access.wlan.propagation import shadow_margin
from fullservice_plugin.core.access.wlan.regulation import channels, eirp_limit
from fullservice_plugin.core.access.wlan.tables import coefficients
from fullservice_plugin.core.access.wlan.walktest import Correction
from fullservice_plugin.core.errors import InputError

if TYPE_CHECKING:
    from fullservice_plugin.core.access.catalogue import Catalogue

DEFAULT_USE = "office"
HEARD_DBM = -82.0
"""Access points on one channel share airtime when they hear each other at this level (802.11 preamble)."""
_USE_WORDS = {
    "residential": ("residential", "apartments", "house", "detached", "semidetached_house", "terrace", "village",
                    "bungalow", "mixed", "住宅", "商住", "城中村"),
    "dorm": ("dorm", "dormitory", "宿舍"),
    "hotel": ("hotel", "hospital", "酒店", "医院"),
    "office": ("office", "commercial", "park", "civic", "public", "government", "写字楼", "园区"),
    "school": ("school", "university", "college", "kindergarten", "学校"),
    "market": ("market", "retail", "supermarket", "shop", "train_station", "专业市场"),
    "industrial": ("industrial", "warehouse", "factory", "厂房"),
}


@dataclass(frozen=True)
class UseModel:
    """How radio and users behave in buildings of one use.

    ``margin_db`` is added to the loss so that the primary target holds with the wanted probability.
    ``figures`` are the model's coefficients, ``wall_figures`` those of the model for floors whose walls are known.
    ``slab_db`` is the loss of one floor slab at 5 GHz. Demands are in the busy hour. Where a walk test calibrated a
    building, its loss on a floor is ``offset_db`` + ``slope`` × the model's.
    """

    use: str
    model: str
    environment: str
    sigma_db: float
    margin_db: float
    slab_db: float
    users_per_home: float
    users_per_100m2: float
    active_share: float
    mbps: float
    offset_db: float = 0.0
    slope: float = 1.0
    figures: tuple[tuple[str, float], ...] = ()
    wall_environment: str = "enterprise"
    wall_figures: tuple[tuple[str, float], ...] = ()

    @property
    def row(self) -> dict[str, float]:
        """The coefficients of the model."""
        return dict(self.figures)

    def walled(self, probability: float) -> "UseModel":
        """Return the model for floors whose walls are known."""
        sigma = dict(self.wall_figures)["sigma_db"]
        own = (self.offset_db, self.slope) != (0.0, 1.0)  # a walk test knows the spread better
        return replace(self, model="walls", environment=self.wall_environment, figures=self.wall_figures,
                       sigma_db=self.sigma_db if own else sigma,
                       margin_db=self.margin_db if own else shadow_margin(sigma, probability))

    def corrected(self, offset_db: float, slope: float, sigma_db: float, probability: float) -> "UseModel":
        """Return the model of a building with its own correction and spread."""
        return replace(self, offset_db=offset_db, slope=slope, sigma_db=sigma_db,
                       margin_db=shadow_margin(sigma_db, probability))

    @property
    def name(self) -> str:
        """The model as it is told."""
        own = "" if (self.offset_db, self.slope) == (0.0, 1.0) else ", calibrated"
        return f"{self.model} {self.environment}{own}"


@dataclass(frozen=True)
class Settings:
    """Targets, radio and prices; ``eirp_dbm`` is legal on every one of ``channels``, so is ``most_eirp_dbm``."""

    primary_dbm: float
    primary_share: float
    secondary_dbm: float
    secondary_share: float
    airtime_limit: float
    mac_efficiency: float
    ghz: float
    width: int
    streams: int
    eirp_dbm: float
    client_dbm: float
    client_loss_db: float
    channels: tuple[int, ...]
    storey_m: float
    apartment_m: float
    uses: dict[str, UseModel]
    probability: float = 0.9
    noise_dbm: float = -95.0
    snr_db: float = 25.0
    most_eirp_dbm: float = 20.0

    @property
    def least_dbm(self) -> float:
        """Signal of the primary target: the wanted one, or what the wanted ratio to the noise asks for."""
        return max(self.primary_dbm, self.noise_dbm + self.snr_db)

    def use_model(self, use: Any, own: Optional[Correction] = None) -> UseModel:
        """Return the model for a building's use; unknown and missing uses count as office.

        ``own``: the building's correction by a walk test.
        """
        model = self.uses.get(canonical_use(use)) or self.uses[DEFAULT_USE]
        return model if own is None else model.corrected(own.offset_db, own.slope, own.rmse_db, self.probability)


def canonical_use(use: Any) -> str:
    """Return the use class of a building's use text (OSM values, our codes, Chinese words)."""
    word = str(use or "").strip().lower()
    for name, words in _USE_WORDS.items():
        if word in words:
            return name
    return DEFAULT_USE


def figure(catalogue: "Catalogue", group: str, item: str, name: str, *, least: float = -1e12) -> float:
    """Return one figure of the section ``wlan``; raises :class:`InputError` that names it."""
    value = catalogue.section("wlan").get(group, {}).get(item, {}).get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value < 1e12:
        raise InputError(
            "Catalogue {file}: {section} / {item} / {field} must be a number of at least {least}, found {value}.",
            file=catalogue.source, section="wlan/" + group, item=item, field=name, least=least, value=repr(value),
        )
    return float(value)


def settings_from(catalogue: "Catalogue", region: str) -> Settings:
    """Read the section ``wlan`` for a region; raises :class:`InputError` or :class:`ParameterError`."""

    def rule(name: str, least: float = -1e12) -> float:
        return figure(catalogue, "rules", name, "value", least=least)

    width = int(rule("width_mhz", 20))
    ap = access_point(catalogue)
    wanted = figure(catalogue, "access_points", ap, "eirp_dbm")
    limits = {channel: eirp_limit(region, channel, width) for channel in channels(region, width)}
    allowed = {channel: limit for channel, limit in limits.items() if limit >= wanted}
    if not allowed:
        wanted = max(limits.values())
        allowed = {channel: limit for channel, limit in limits.items() if limit >= wanted}
    probability = min(0.999, max(0.5, rule("location_probability", 0)))
    return Settings(
        rule("primary_dbm"), rule("primary_share", 0), rule("secondary_dbm"), rule("secondary_share", 0),
        rule("airtime_limit", 0.01), rule("mac_efficiency", 0.01), rule("frequency_ghz", 0.3), width,
        int(figure(catalogue, "access_points", ap, "streams", least=1)), wanted, rule("client_dbm"),
        rule("client_loss_db", 0), tuple(sorted(allowed)), rule("storey_m", 0), rule("apartment_m", 1),
        _uses(catalogue, probability), probability, rule("noise_dbm"), rule("snr_db"),
        min(allowed.values()),
    )


def access_point(catalogue: "Catalogue") -> str:
    """Return the key of the cheapest access point of the catalogue that is made for indoors."""
    found = {key: entry for key, entry in catalogue.section("wlan").get("access_points", {}).items()
             if entry.get("place") != "outdoor"}
    if not found:
        raise InputError("Catalogue {file}: section {section} holds no usable size.", file=catalogue.source,
                         section="wlan/access_points")
    return str(min(found, key=lambda key: (figure(catalogue, "access_points", key, "price", least=0), key)))


def _uses(catalogue: "Catalogue", probability: float) -> dict[str, UseModel]:
    found: dict[str, UseModel] = {}
    over = catalogue.section("propagation")
    for use, entry in catalogue.section("wlan").get("uses", {}).items():
        model, environment = str(entry.get("model")), str(entry.get("environment"))
        row = coefficients(model, environment, over)
        inside = environment if model == "tgax" else "enterprise"
        walls = coefficients("walls", inside, over)
        sigma = row["sigma_db"]

        def get(name: str, use: str = use) -> float:
            return figure(catalogue, "uses", use, name, least=0)

        found[use] = UseModel(
            use, model, environment, sigma, shadow_margin(sigma, probability),
            coefficients("slab_db", str(entry.get("slab")), over)["5"], get("users_per_home"), get("users_per_100m2"),
            get("active_share"), get("mbps"), figures=tuple(row.items()), wall_environment=inside,
            wall_figures=tuple(walls.items()),
        )
    if DEFAULT_USE not in found:
        raise InputError("Catalogue {file}: section {section} must hold the use {use}.", file=catalogue.source,
                         section="wlan/uses", use=DEFAULT_USE)
    return found
