# SPDX-License-Identifier: GPL-2.0-or-later
"""Territory: branch → micro-region → grid → estate → building."""
