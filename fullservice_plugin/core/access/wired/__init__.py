# SPDX-License-Identifier: GPL-2.0-or-later
"""Wired access: street graph, Steiner trees with proven bounds, hierarchy, cables and bill of materials."""
