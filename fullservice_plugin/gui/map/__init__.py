# SPDX-License-Identifier: GPL-2.0-or-later
"""The map: its hierarchy by zoom and double click, base maps."""
