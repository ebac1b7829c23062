# SPDX-License-Identifier: GPL-2.0-or-later
"""The domain: no QGIS, no Qt, no database, no network."""
