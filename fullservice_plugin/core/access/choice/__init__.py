# SPDX-License-Identifier: GPL-2.0-or-later
"""The access method of each building, chosen by one optimisation over cost and revenue."""
