# SPDX-License-Identifier: GPL-2.0-or-later
"""Access design: wired trees, WLAN, choice of method, catalogue, optics and verification."""
