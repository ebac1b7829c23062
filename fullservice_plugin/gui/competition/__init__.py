# SPDX-License-Identifier: GPL-2.0-or-later
"""Competitor intelligence in QGIS: a form for what was seen, a dock of who is there, alerts."""
