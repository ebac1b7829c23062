# SPDX-License-Identifier: GPL-2.0-or-later
"""Design by hand in QGIS: a dock, its tools and the layers it draws on."""
