# SPDX-License-Identifier: GPL-2.0-or-later
"""The estate card in QGIS."""
