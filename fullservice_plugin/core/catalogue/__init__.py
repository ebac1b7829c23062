# SPDX-License-Identifier: GPL-2.0-or-later
"""Value lists, field catalogue and state machines: the one source for tables, forms, styles and documents."""
