# SPDX-License-Identifier: GPL-2.0-or-later
"""A log that can be sent to support: gathered, scrubbed, read by the user before it leaves the house."""
