# SPDX-License-Identifier: GPL-2.0-or-later
"""How colours look to people who see red and green alike, and how far two colours are apart.

Simulation: Machado, Oliveira, Fernandes, "A physiologically-based model for simulation of color vision deficiency",
IEEE TVCG 15 (2009), matrices of severity 1.0 on linear RGB. Distance: CIE 1976 ΔE*ab under D65 (CIE 15:2004); sRGB as
in IEC 61966-2-1. A ΔE of 2.3 is just noticed side by side (Mahy and others 1994); we ask for four times that.
"""

from __future__ import annotations

import numpy as np

MACHADO = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}
_TO_XYZ = np.array(((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750),
                    (0.0193339, 0.1191920, 0.9503041)))  # fmt: skip
_WHITE = _TO_XYZ.sum(axis=1)


def linear(colour: str) -> np.ndarray:
    """Linear RGB (0–1) of ``#rrggbb``."""
    values = np.array([int(colour[place:place + 2], 16) for place in (1, 3, 5)]) / 255.0
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB."""
    ratio = np.clip(_TO_XYZ @ np.clip(rgb, 0.0, 1.0), 0.0, None) / _WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array((116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])))


def distance(one: str, other: str, vision: str = "") -> float:
    """ΔE*ab of two colours, as seen with ``vision`` (a key of :data:`MACHADO`, empty for normal)."""
    seen = [linear(colour) for colour in (one, other)]
    if vision:
        seen = [np.array(MACHADO[vision]) @ rgb for rgb in seen]
    return float(np.linalg.norm(lab(seen[0]) - lab(seen[1])))
