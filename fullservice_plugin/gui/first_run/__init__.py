# SPDX-License-Identifier: GPL-2.0-or-later
"""The first steps of a new user: a store, its areas, its buildings, the first plan."""
