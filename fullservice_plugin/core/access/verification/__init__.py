# SPDX-License-Identifier: GPL-2.0-or-later
"""The independent verifier of designs: it knows the exported layers and the catalogue, and none of the designers."""
