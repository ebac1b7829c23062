# SPDX-License-Identifier: GPL-2.0-or-later
"""WLAN design: propagation, capacity, placement, channels, bill of materials."""
