# SPDX-License-Identifier: GPL-2.0-or-later
"""Use cases that join domain, store and QGIS."""
