# SPDX-License-Identifier: GPL-2.0-or-later
"""What all attribute forms share: names, references, related rows, rules, rights; ``forms/`` has each one's own."""
