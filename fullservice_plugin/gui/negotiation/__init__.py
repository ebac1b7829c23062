# SPDX-License-Identifier: GPL-2.0-or-later
"""Working tools of property negotiation: the board, one deal, the day."""
