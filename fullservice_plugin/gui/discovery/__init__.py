# SPDX-License-Identifier: GPL-2.0-or-later
"""Discovery by hand: map tools, dialogs and the review dock."""
