# SPDX-License-Identifier: GPL-2.0-or-later
"""Building discovery and location: datum, matching, change, estates, households, ledger."""
