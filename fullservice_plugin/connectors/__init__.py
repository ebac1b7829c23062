# SPDX-License-Identifier: GPL-2.0-or-later
"""Sources outside: files and services."""
