# SPDX-License-Identifier: GPL-2.0-or-later
"""Plans and templates: documents seen before they are saved."""
