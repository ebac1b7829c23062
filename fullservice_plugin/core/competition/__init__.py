# SPDX-License-Identifier: GPL-2.0-or-later
"""Competitor intelligence: evidence, presence, scores, effect on the take rate."""
