# SPDX-License-Identifier: GPL-2.0-or-later
"""How a user starts: first steps, settings, log for support, and what the start dock leads to."""
